package web

import (
	"context"
	"errors"
	"strings"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// Near is who stands near to a case: its team, and who opened it in an
// emergency. access.Accounts is one. Every method decides about permissions
// itself and writes its audit line.
type Near interface {
	Team(ctx context.Context, by casework.Actor, id casework.CaseID) ([]casework.TeamMember, error)
	AddMember(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewTeamMember) (casework.TeamMember, error)
	DropMember(ctx context.Context, by casework.Actor, id casework.CaseID, user casework.UserID) error
	BreakGlass(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewGlass) (casework.Glass, error)
	Emergencies(ctx context.Context, by casework.Actor) ([]casework.Glass, error)
	JudgeEmergency(ctx context.Context, by casework.Actor, id casework.CaseID, glass string, v casework.GlassReview) (casework.Glass, error)
	Grants(ctx context.Context, by casework.Actor) ([]casework.Grant, error)
	Grant(ctx context.Context, by casework.Actor, in casework.NewGrant) (casework.Grant, error)
	EndGrant(ctx context.Context, by casework.Actor, id string) error
	Looks(ctx context.Context, by casework.Actor, id casework.CaseID) ([]casework.Look, error)
	Notices(ctx context.Context, by casework.Actor) ([]casework.Notice, error)
	DropNotice(ctx context.Context, by casework.Actor, id string) error
}

func (s *Site) nearRoutes() {
	if s.cfg.Near == nil {
		return
	}
	s.page("GET /kasus/{id}/akses", (*visit).looksPage)
	s.page("GET /kasus/{id}/akses/cetak", (*visit).looksPaper)
	s.page("GET /kasus/{id}/tim", (*visit).teamPage)
	s.page("POST /kasus/{id}/tim", (*visit).addMember)
	s.page("POST /kasus/{id}/tim/keluar", (*visit).dropMember)
	s.page("GET /kasus/{id}/darurat", (*visit).glassPage)
	s.page("POST /kasus/{id}/darurat", (*visit).breakGlass)
	s.page("GET /izin", (*visit).grantsPage)
	s.page("POST /izin", (*visit).grant)
	s.page("POST /izin/cabut", (*visit).endGrant)
	s.page("GET /pemberitahuan", (*visit).noticesPage)
	s.page("POST /pemberitahuan", (*visit).dropNotice)
	s.menu(85, "/izin", "grant.nav", s.who(casework.GrantSecrecy, casework.Oversee))
}

// looksPage shows who looked at a case, newest first.
func (v *visit) looksPage() error {
	page, err := v.cfg.Cases.WhoLooked(v.ctx, v.by, v.caseID(), v.query("dari"), perPage)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("looks.title")}, looksBody(v, page))
}

// looksPaper is what the person of a case is given.
func (v *visit) looksPaper() error {
	looks, err := v.cfg.Near.Looks(v.ctx, v.by, v.caseID())
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("looks.paper"), Print: true}, looksPaperBody(v, looks))
}

// allNames returns how the accounts in use are called.
func (v *visit) allNames() (map[casework.UserID]string, []casework.Colleague, error) {
	list, err := v.cfg.Accounts.Colleagues(v.ctx, v.by)
	names := make(map[casework.UserID]string, len(list))
	for _, c := range list {
		names[c.ID] = c.Name
	}
	return names, list, err
}

// colleagueOptions are those who may work with a case.
func (v *visit) colleagueOptions(list []casework.Colleague) []ui.Option {
	out := []ui.Option{{Label: v.t("team.choose")}}
	for _, c := range list {
		if len(c.Roles) > 0 && c.Roles[0] != casework.AdminIT {
			out = append(out, ui.Option{Value: string(c.ID), Label: c.Name + " (" + roleWords(v, c.Roles) + ")"})
		}
	}
	return out
}

func (v *visit) teamPage() error { return v.showTeam(v.plain()) }

func (v *visit) showTeam(f *ui.Form) error {
	team, err := v.cfg.Near.Team(v.ctx, v.by, v.caseID())
	if err != nil {
		return err
	}
	names, list, err := v.allNames()
	if err != nil {
		return err
	}
	f.Action = "/kasus/" + v.part("id") + "/tim"
	return v.show(ui.PageProps{Title: v.t("team.title"), Form: f}, teamBody(v, f, team, names, v.colleagueOptions(list)))
}

// dayIn reads a date field that may be empty. What is no day comes back as a
// moment long past, to be refused by the use case that asks for a later one.
func (v *visit) dayIn(f *ui.Form, name string) time.Time {
	s := f.Date(name)
	if s == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation(time.DateOnly, s, v.cfg.Zone)
	if err != nil {
		return time.Unix(0, 0)
	}
	return t
}

func (v *visit) addMember() error {
	f := v.plain()
	_, err := v.cfg.Near.AddMember(v.ctx, v.by, v.caseID(), casework.NewTeamMember{
		User: casework.UserID(f.Value("user")), As: f.Value("as"), Until: v.dayIn(f, "until"),
	})
	if v.mend(f, err) {
		return v.showTeam(f)
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/kasus/"+v.part("id")+"/tim", v.t("team.added"))
}

func (v *visit) dropMember() error {
	if err := v.cfg.Near.DropMember(v.ctx, v.by, v.caseID(), casework.UserID(v.plain().Value("user"))); err != nil {
		return err
	}
	return v.done(nil, "/kasus/"+v.part("id")+"/tim", v.t("team.dropped"))
}

// glassPage asks why somebody must see a case that is not theirs.
func (v *visit) glassPage() error { return v.showGlass(v.plain()) }

func (v *visit) showGlass(f *ui.Form) error {
	if !v.may(casework.BreakGlass) {
		return casework.Forbidden.Because("your role may not do this")
	}
	return v.show(ui.PageProps{Title: v.t("glass.title"), Form: f}, glassBody(v, f))
}

func (v *visit) breakGlass() error {
	f := v.plain()
	_, err := v.cfg.Near.BreakGlass(v.ctx, v.by, v.caseID(), casework.NewGlass{Reason: f.Value("reason"), Why: f.Trim("why")})
	if v.mend(f, err) {
		return v.showGlass(f)
	}
	if errors.Is(err, casework.Conflict) {
		return v.to("/kasus/" + v.part("id"))
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/kasus/"+v.part("id"), v.t("glass.opened"))
}

func (v *visit) grantsPage() error { return v.showGrants(v.plain()) }

func (v *visit) showGrants(f *ui.Form) error {
	grants, err := v.cfg.Near.Grants(v.ctx, v.by)
	if err != nil {
		return err
	}
	names, list, err := v.allNames()
	if err != nil {
		return err
	}
	page, next := cutList(grants, v.query("dari"), func(g casework.Grant) string { return g.ID })
	return v.show(ui.PageProps{Title: v.t("grant.title"), Form: f, Wide: true}, grantsBody(v, f, page, next, names, v.colleagueOptions(list)))
}

func (v *visit) grant() error {
	f := v.plain()
	until := v.dayIn(f, "until")
	if !until.IsZero() {
		until = until.Add(24*time.Hour - time.Second) // to the end of that day
	}
	_, err := v.cfg.Near.Grant(v.ctx, v.by, casework.NewGrant{
		User: casework.UserID(f.Value("user")), Group: casework.Secrecy(f.Value("group")), Until: until, Why: f.Trim("why"),
	})
	if v.mend(f, err) {
		return v.showGrants(f)
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/izin", v.t("grant.made"))
}

func (v *visit) endGrant() error {
	if err := v.cfg.Near.EndGrant(v.ctx, v.by, v.plain().Value("izin")); err != nil {
		return err
	}
	return v.done(nil, "/izin", v.t("grant.ended"))
}

func (v *visit) noticesPage() error {
	all, err := v.cfg.Near.Notices(v.ctx, v.by)
	if err != nil {
		return err
	}
	page, next := cutList(all, v.query("dari"), func(n casework.Notice) string { return n.ID })
	return v.show(ui.PageProps{Title: v.t("notice.title")}, noticesBody(v, page, next))
}

func (v *visit) dropNotice() error {
	if err := v.cfg.Near.DropNotice(v.ctx, v.by, v.plain().Value("id")); err != nil {
		return err
	}
	return v.to("/pemberitahuan")
}

// noticePath is where a notice leads: to what it is about, for those who watch
// over it, and else to the record of who looked at the case.
func (v *visit) noticePath(n casework.Notice) string {
	watches := v.may(casework.Oversee)
	switch {
	case n.Kind == casework.NoticeIncident:
		return "/privasi/insiden/" + n.About
	case n.Kind == casework.NoticeErasure:
		return "/privasi/hapus/" + n.About
	case n.Kind == casework.NoticeRequest && watches:
		return "/privasi/permintaan/" + string(n.Case) + "/" + n.About
	case n.Kind != casework.NoticeGlass && n.Kind != casework.NoticeMisused && n.Case != "":
		return "/kasus/" + string(n.Case)
	case watches:
		return "/privasi/darurat/" + string(n.Case) + "/" + n.About
	case n.Case != "":
		return "/kasus/" + string(n.Case) + "/akses"
	}
	return "/pemberitahuan"
}

func (v *visit) groupChoices() (out []ui.Option) {
	for _, g := range casework.Secrecies {
		out = append(out, ui.Option{Value: string(g), Label: v.code("secrecy", string(g))})
	}
	return out
}

// glassPath is where a page of a case that was refused can be opened in an
// emergency, or "".
func (v *visit) glassPath(kind casework.Kind) string {
	rest, ok := strings.CutPrefix(v.r.URL.Path, "/kasus/")
	id, _, _ := strings.Cut(rest, "/")
	if !ok || kind != casework.Forbidden || v.cfg.Near == nil || !casework.IsID(id) || strings.HasSuffix(rest, "/darurat") || !v.may(casework.BreakGlass) {
		return ""
	}
	return "/kasus/" + id + "/darurat"
}

func (v *visit) partOptions() []ui.Option {
	return append([]ui.Option{{Label: v.t("team.choose")}}, v.options("teampart", casework.TeamParts...)...)
}
