package web

// routes names every domain of the desk, a line each.
func (s *Site) routes() {
	s.doorRoutes()
	s.lookRoutes()
	s.draftRoutes()
	s.newsRoutes()
	s.todayRoutes()
	s.findRoutes()
	s.caseRoutes()
	if s.cfg.Handoffs != nil && s.cfg.Directory != nil && s.cfg.Partners != nil {
		s.handoffRoutes()
		s.directoryRoutes()
		s.partnerRoutes()
	}
	s.doubleRoutes()
	s.accountRoutes()
	s.userRoutes()
	s.nearRoutes()
	s.privacyRoutes()
	if s.cfg.Care != nil {
		s.careRoutes()
	}
	if s.cfg.Letters != nil {
		s.letterRoutes()
	}
	if s.cfg.Console != nil {
		s.consoleRoutes()
	}
	s.helpRoutes()
	s.reportRoutes()
	if s.cfg.Imports != nil {
		s.importRoutes()
	}
}
