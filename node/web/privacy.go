package web

import (
	"context"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// Privacy is the desk of the data protection officer. access.Privacy is one.
// Every method decides about permissions itself and writes its audit line.
type Privacy interface {
	AskRequest(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewSubjectRequest) (casework.SubjectRequest, error)
	AnswerRequest(ctx context.Context, by casework.Actor, id casework.CaseID, request string, in casework.SubjectAnswer) (casework.SubjectRequest, error)
	Requests(ctx context.Context, by casework.Actor) ([]casework.SubjectRequest, error)

	Restriction(ctx context.Context, by casework.Actor, id casework.CaseID) (r casework.Restriction, found bool, err error)
	Restrict(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewRestriction) (casework.Restriction, error)
	Lift(ctx context.Context, by casework.Actor, id casework.CaseID) error

	AskErasure(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewErasure) (casework.Erasure, error)
	ConfirmErasure(ctx context.Context, by casework.Actor, id string) (casework.Erasure, error)
	DropErasure(ctx context.Context, by casework.Actor, id string) error
	Erasures(ctx context.Context, by casework.Actor) ([]casework.Erasure, error)

	NoteIncident(ctx context.Context, by casework.Actor, in casework.NewBreach) (casework.Breach, error)
	ChangeIncident(ctx context.Context, by casework.Actor, id string, version uint64, in casework.BreachPatch) (casework.Breach, error)
	Incidents(ctx context.Context, by casework.Actor) ([]casework.Breach, error)
	Affected(ctx context.Context, by casework.Actor, id string) (casework.Breach, []casework.Affected, error)
}

func (s *Site) privacyRoutes() {
	if s.cfg.Privacy == nil {
		return
	}
	s.page("GET /privasi", (*visit).privacyPage)
	s.page("GET /privasi/darurat/{case}/{glass}", (*visit).glassReviewPage)
	s.page("POST /privasi/darurat/{case}/{glass}", (*visit).glassReview)
	s.page("GET /privasi/permintaan/{case}/{request}", (*visit).requestPage)
	s.page("POST /privasi/permintaan/{case}/{request}", (*visit).answerRequest)
	s.page("GET /privasi/hapus/{erasure}", (*visit).erasurePage)
	s.page("POST /privasi/hapus/{erasure}", (*visit).decideErasure)
	s.page("GET /privasi/insiden/baru", (*visit).newIncidentPage)
	s.page("POST /privasi/insiden/baru", (*visit).newIncident)
	s.page("GET /privasi/insiden/{incident}", (*visit).incidentPage)
	s.page("POST /privasi/insiden/{incident}", (*visit).changeIncident)
	s.page("GET /privasi/insiden/{incident}/daftar", (*visit).affectedList)
	s.page("GET /kasus/{id}/privasi", (*visit).casePrivacyPage)
	s.page("POST /kasus/{id}/privasi/permintaan", (*visit).askRequest)
	s.page("POST /kasus/{id}/privasi/batasi", (*visit).restrict)
	s.page("POST /kasus/{id}/privasi/cabut", (*visit).lift)
	s.page("POST /kasus/{id}/privasi/hapus", (*visit).askErasure)
	s.menu(80, "/privasi", "privacy.nav", s.who(casework.Oversee))
}

// officerDesk is what the page of the officer shows.
type officerDesk struct {
	glass     []casework.Glass
	requests  []casework.SubjectRequest
	erasures  []casework.Erasure
	incidents []casework.Breach
}

// deskRows is how much of each list the desk shows: what is open stands first.
const deskRows = perPage

func (v *visit) privacyPage() error {
	var d officerDesk
	var err error
	if d.glass, err = v.cfg.Near.Emergencies(v.ctx, v.by); err != nil {
		return err
	}
	if d.requests, err = v.cfg.Privacy.Requests(v.ctx, v.by); err != nil {
		return err
	}
	if d.erasures, err = v.cfg.Privacy.Erasures(v.ctx, v.by); err != nil {
		return err
	}
	if d.incidents, err = v.cfg.Privacy.Incidents(v.ctx, v.by); err != nil {
		return err
	}
	d.glass, d.requests = d.glass[:min(len(d.glass), deskRows)], d.requests[:min(len(d.requests), deskRows)]
	d.erasures, d.incidents = d.erasures[:min(len(d.erasures), deskRows)], d.incidents[:min(len(d.incidents), deskRows)]
	return v.show(ui.PageProps{Title: v.t("privacy.title"), Wide: true}, privacyBody(v, d))
}

// dueTag says how long is left until due, if it is still to be done.
func (v *visit) dueTag(done bool, due time.Time) (kind, text string) {
	if done {
		return ui.Good, v.t("privacy.done")
	}
	left := due.Sub(v.now())
	if left < 0 {
		return ui.Bad, v.t("privacy.late")
	}
	return ui.Wait, v.n("privacy.hours", int(left.Hours()))
}

func (v *visit) emergency() (casework.Glass, error) {
	all, err := v.cfg.Near.Emergencies(v.ctx, v.by)
	if err != nil {
		return casework.Glass{}, err
	}
	for _, g := range all {
		if string(g.Case) == v.part("case") && g.ID == v.part("glass") {
			return g, nil
		}
	}
	return casework.Glass{}, casework.NotFound.Because("there is no such emergency")
}

func (v *visit) glassReviewPage() error { return v.showGlassReview(v.plain()) }

func (v *visit) showGlassReview(f *ui.Form) error {
	g, err := v.emergency()
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("review.title"), Form: f}, glassReviewBody(v, f, g))
}

func (v *visit) glassReview() error {
	f := v.plain()
	_, err := v.cfg.Near.JudgeEmergency(v.ctx, v.by, casework.CaseID(v.part("case")), v.part("glass"),
		casework.GlassReview{Verdict: f.Value("verdict"), Words: f.Trim("words")})
	if v.mend(f, err) {
		return v.showGlassReview(f)
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/privasi", v.t("review.done"))
}

func (v *visit) subjectRequest() (casework.SubjectRequest, error) {
	all, err := v.cfg.Privacy.Requests(v.ctx, v.by)
	if err != nil {
		return casework.SubjectRequest{}, err
	}
	for _, r := range all {
		if string(r.Case) == v.part("case") && r.ID == v.part("request") {
			return r, nil
		}
	}
	return casework.SubjectRequest{}, casework.NotFound.Because("there is no such request")
}

func (v *visit) requestPage() error { return v.showRequest(v.plain()) }

func (v *visit) showRequest(f *ui.Form) error {
	r, err := v.subjectRequest()
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("request.title"), Form: f}, requestBody(v, f, r))
}

func (v *visit) answerRequest() error {
	f := v.plain()
	_, err := v.cfg.Privacy.AnswerRequest(v.ctx, v.by, casework.CaseID(v.part("case")), v.part("request"),
		casework.SubjectAnswer{Refused: f.Value("outcome") == "tolak", Answer: f.Trim("answer")})
	if v.mend(f, err) {
		return v.showRequest(f)
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/privasi", v.t("request.answered"))
}

func (v *visit) casePrivacyPage() error { return v.showCasePrivacy(v.plain()) }

func (v *visit) showCasePrivacy(f *ui.Form) error {
	r, found, err := v.cfg.Privacy.Restriction(v.ctx, v.by, v.caseID())
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("privacy.case"), Form: f}, casePrivacyBody(v, f, r, found))
}

// toPrivacy leads back to the page of a case, or shows it again if the form must be
// mended.
func (v *visit) toPrivacy(f *ui.Form, err error, told string) error {
	if v.mend(f, err) {
		return v.showCasePrivacy(f)
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/kasus/"+v.part("id")+"/privasi", told)
}

func (v *visit) askRequest() error {
	f := v.plain()
	_, err := v.cfg.Privacy.AskRequest(v.ctx, v.by, v.caseID(), casework.NewSubjectRequest{
		Kind: f.Value("kind"), From: f.Value("from"), Words: f.Trim("words"), At: v.dayIn(f, "at"),
	})
	return v.toPrivacy(f, err, v.t("request.made"))
}

func (v *visit) restrict() error {
	f := v.plain()
	_, err := v.cfg.Privacy.Restrict(v.ctx, v.by, v.caseID(), casework.NewRestriction{Why: f.Trim("why")})
	return v.toPrivacy(f, err, v.t("restrict.made"))
}

func (v *visit) lift() error {
	return v.toPrivacy(v.plain(), v.cfg.Privacy.Lift(v.ctx, v.by, v.caseID()), v.t("restrict.lifted"))
}

func (v *visit) askErasure() error {
	f := v.plain()
	_, err := v.cfg.Privacy.AskErasure(v.ctx, v.by, v.caseID(), casework.NewErasure{Reason: f.Value("reason"), Letter: f.Trim("letter")})
	return v.toPrivacy(f, err, v.t("erase.asked"))
}

func (v *visit) erasure() (casework.Erasure, error) {
	all, err := v.cfg.Privacy.Erasures(v.ctx, v.by)
	if err != nil {
		return casework.Erasure{}, err
	}
	for _, e := range all {
		if e.ID == v.part("erasure") {
			return e, nil
		}
	}
	return casework.Erasure{}, casework.NotFound.Because("nobody asked for this erasure")
}

func (v *visit) erasurePage() error {
	e, err := v.erasure()
	if err != nil {
		return err
	}
	names, _, err := v.allNames()
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("erase.title")}, erasureBody(v, v.plain(), e, names))
}

func (v *visit) decideErasure() error {
	if v.plain().Value("putusan") == "batal" {
		if err := v.cfg.Privacy.DropErasure(v.ctx, v.by, v.part("erasure")); err != nil {
			return err
		}
		return v.done(nil, "/privasi", v.t("erase.dropped"))
	}
	if _, err := v.cfg.Privacy.ConfirmErasure(v.ctx, v.by, v.part("erasure")); err != nil {
		return err
	}
	return v.done(nil, v.r.URL.Path, v.t("erase.done"))
}

func (v *visit) newIncidentPage() error { return v.showNewIncident(v.form("insiden", "")) }

func (v *visit) showNewIncident(f *ui.Form) error {
	if !v.may(casework.KeepPrivacy) {
		return casework.Forbidden.Because("your role may not do this")
	}
	_, list, err := v.allNames()
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("incident.new"), Form: f}, newIncidentBody(v, f, v.colleagueOptions(list)))
}

// momentIn reads a day and a time of that day.
func (v *visit) momentIn(f *ui.Form, name string) time.Time {
	day := v.dayIn(f, name)
	if day.IsZero() {
		return day
	}
	clock, err := time.Parse("15.04", strings.ReplaceAll(f.Trim(name+".t"), ":", "."))
	if err != nil {
		return day
	}
	return day.Add(time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute)
}

// endIn is momentIn for the end of a span: all of the minute that is named, all
// of the day if no time is, and of what goes on still, until now.
func (v *visit) endIn(f *ui.Form, name string) time.Time {
	begun := v.momentIn(f, name)
	if begun.IsZero() {
		return begun
	}
	end := begun.Add(time.Minute)
	if f.Trim(name+".t") == "" {
		end = begun.AddDate(0, 0, 1)
	}
	if now := v.now(); end.After(now) && !begun.After(now) {
		return now
	}
	return end
}

func (v *visit) newIncident() error {
	f := v.form("insiden", "")
	i, err := v.cfg.Privacy.NoteIncident(v.ctx, v.by, casework.NewBreach{
		Kinds: chosen[string](f, "kinds"), How: f.Trim("how"), Measures: f.Trim("measures"), Known: v.momentIn(f, "known"),
		From: v.momentIn(f, "from"), To: v.endIn(f, "to"), User: casework.UserID(f.Value("user")), Token: f.Trim("token"), Case: casework.CaseID(f.Trim("case")), Digest: f.Trim("digest"),
	})
	if v.mend(f, err) {
		return v.showNewIncident(f)
	}
	if err != nil {
		return err
	}
	return v.done(f, "/privasi/insiden/"+i.ID, v.t("incident.made"))
}

func (v *visit) incidentPage() error { return v.showIncident(v.plain()) }

func (v *visit) showIncident(f *ui.Form) error {
	i, affected, err := v.cfg.Privacy.Affected(v.ctx, v.by, v.part("incident"))
	if err != nil {
		return err
	}
	page, next := cutList(affected, v.query("dari"), func(a casework.Affected) string { return string(a.Case) })
	f.Set("measures", i.Measures)
	return v.show(ui.PageProps{Title: v.t("incident.title"), Form: f, Wide: true}, incidentBody(v, f, i, page, len(affected), next))
}

func (v *visit) changeIncident() error {
	f := v.plain()
	measures, now, yes := f.Trim("measures"), v.now(), true
	p := casework.BreachPatch{Measures: &measures}
	switch f.Value("kabar") {
	case "lembaga":
		p.ToldAgency = &now
	case "orang":
		p.ToldPeople = &now
	case "tutup":
		p.Closed = &yes
	}
	_, err := v.cfg.Privacy.ChangeIncident(v.ctx, v.by, v.part("incident"), v.version(), p)
	if v.mend(f, err) {
		return v.showIncident(f)
	}
	if err != nil {
		return err
	}
	return v.done(nil, v.r.URL.Path, v.t("incident.saved"))
}

// affectedList is the list of those affected as a table for a spreadsheet.
func (v *visit) affectedList() error {
	_, affected, err := v.cfg.Privacy.Affected(v.ctx, v.by, v.part("incident"))
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="terdampak.csv"`)
	v.w.WriteHeader(http.StatusOK)
	if _, err := v.w.Write([]byte("\uFEFF")); err != nil { // spreadsheets take it for UTF-8 then
		return nil // the reader has gone
	}
	out := csv.NewWriter(v.w)
	out.Comma = ';'
	_ = out.Write([]string{v.t("incident.number"), v.t("incident.name"), v.t("user.unit"), v.t("incident.times"), v.t("incident.first"), v.t("incident.last")})
	for _, a := range affected {
		_ = out.Write([]string{
			harmless(a.Number), harmless(a.Name), harmless(a.Unit), strconv.Itoa(a.Times), v.csvTime(a.First), v.csvTime(a.Last),
		})
	}
	out.Flush()
	return nil
}

func (v *visit) csvTime(t time.Time) string { return t.In(v.cfg.Zone).Format("2006-01-02 15:04") }

// harmless keeps a text that a spreadsheet would take for a formula a text.
func harmless(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// below is f sent to an address below that of the case's page.
func (v *visit) below(f *ui.Form, name string) *ui.Form {
	f.Action = "/kasus/" + v.part("id") + "/privasi/" + name
	return f
}

// hintKey is the word for what to do about a request.
func hintKey(kind string) string {
	switch kind {
	case casework.AskCopy:
		return "copy"
	case casework.AskLooks:
		return "looks"
	case casework.AskMend:
		return "mend"
	case casework.AskErase:
		return "erase"
	}
	return "restrict"
}
