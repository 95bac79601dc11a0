package web

// routes names every domain of the desk, a line each.
func (s *Site) routes() {
	s.doorRoutes()
	s.lookRoutes()
	s.draftRoutes()
	s.newsRoutes()
	s.todayRoutes()
	s.findRoutes()
	s.doubleRoutes()
	s.helpRoutes()
	s.reportRoutes()
}
