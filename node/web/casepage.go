package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// CaseForms are the use cases on forms, stages and registrations.
// caseload.Forms is one.
type CaseForms interface {
	Library(ctx context.Context, by casework.Actor) ([]casework.Form, error)
	Preview(ctx context.Context, by casework.Actor, form casework.Form) (casework.FormPreview, error)
	PutForm(ctx context.Context, by casework.Actor, form casework.Form) (casework.Form, error)
	Sheets(ctx context.Context, by casework.Actor, id casework.CaseID) (casework.CaseForms, error)
	Begin(ctx context.Context, by casework.Actor, id casework.CaseID, code string) (casework.FormSheet, error)
	Sheet(ctx context.Context, by casework.Actor, id casework.CaseID, sheet casework.SheetID) (casework.SheetView, error)
	Save(ctx context.Context, by casework.Actor, id casework.CaseID, sheet casework.SheetID, section string, version uint64, values casework.Values) (casework.FormAnswer, error)
	Sign(ctx context.Context, by casework.Actor, id casework.CaseID, sheet casework.SheetID, g casework.FormSignature) (casework.FormSheet, error)
	Readiness(ctx context.Context, by casework.Actor, id casework.CaseID) (casework.Readiness, error)
	Register(ctx context.Context, by casework.Actor, r casework.Registration) ([]casework.Registered, error)
}

func (s *Site) caseRoutes() {
	if s.cfg.Forms == nil {
		return
	}
	s.page("GET /kasus/{id}", (*visit).casePage)
	s.page("GET /kasus/{id}/ubah", (*visit).editCasePage)
	s.page("POST /kasus/{id}/ubah", (*visit).editCase)
	s.page("GET /kasus/{id}/tugaskan", (*visit).assignPage)
	s.page("POST /kasus/{id}/tugaskan", (*visit).assign)
	s.page("GET /kasus/{id}/klaim", (*visit).claimsPage)
	s.page("POST /kasus/{id}/klaim", (*visit).addClaim)
	s.page("GET /kasus/{id}/tahap", (*visit).stagePage)
	s.page("POST /kasus/{id}/tahap", (*visit).moveStage)
	s.page("GET /kasus/{id}/catatan", (*visit).notePage)
	s.page("POST /kasus/{id}/catatan", (*visit).addNote)
	s.paperRoutes()
	s.consentRoutes()
	s.formRoutes()
	s.intakeRoutes()
}

// casePath is the address of a page of the case of this visit.
func (v *visit) casePath(parts ...string) string {
	return "/kasus/" + strings.Join(append([]string{string(v.caseID())}, parts...), "/")
}

// file is a case as its pages show it: with the names of who wrote what.
type caseFile struct {
	casework.Overview
	who map[casework.UserID]string
	all []casework.Colleague
}

// file reads the case of this visit.
func (v *visit) file() (caseFile, error) {
	o, err := v.cfg.Cases.Get(v.ctx, v.by, v.caseID())
	if err != nil {
		return caseFile{}, err
	}
	f := caseFile{Overview: o}
	f.who, f.all = v.people()
	return f, nil
}

// people are the accounts here by name. Without them a page is still of use.
func (v *visit) people() (map[casework.UserID]string, []casework.Colleague) {
	who := map[casework.UserID]string{}
	if v.cfg.Staff == nil {
		return who, nil
	}
	list, err := v.cfg.Staff(v.ctx, v.by)
	if err != nil {
		v.cfg.Log.Warn("the names of colleagues are missing", "request", v.id, "err", err)
	}
	for _, c := range list {
		who[c.ID] = c.Name
	}
	return who, list
}

// by names who wrote something: somebody here, or the balai it came from.
func (v *visit) author(f caseFile, by casework.UserID, balai casework.BalaiCode) string {
	if balai != "" && balai != v.cfg.Balai {
		return v.t("casefile.balai", "balai", string(balai))
	}
	if name := f.who[by]; name != "" {
		return name
	}
	return ""
}

// has reports whether there is a page of a case at a path: pages of other
// domains lead on from a case only if they are there.
func (v *visit) has(path string) bool {
	return strings.HasPrefix(v.patternOf(path), "GET /kasus/{id}/")
}

// patternOf is the route that a path would take, or "".
func (v *visit) patternOf(path string) string {
	_, pattern := v.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: path}, Host: v.r.Host})
	return pattern
}

// caseParts are the pages of a case, in the order of the work.
var caseParts = []string{
	"catatan", "asesmen", "rencana", "layanan", "konferensi", "tugas", "persetujuan", "surat", "dokumen", "klaim", "formulir",
	"alat", "hunian", "kejadian", "adminduk", "program", "rujuk", "ganda", "tim", "akses", "privasi", "terminasi", "pascalayanan", "arsip",
}

// partLinks are those that there are.
func (v *visit) partLinks() (out []ui.NavItem) {
	for _, part := range caseParts {
		if part == "arsip" && !v.may(casework.SignReport) {
			continue // only a kepala balai may take a case out
		}
		if path := v.casePath(part); v.has(path) {
			out = append(out, ui.NavItem{Href: path, Label: v.t("casefile.part." + part)})
		}
	}
	return out
}

func (v *visit) casePage() error {
	f, err := v.file()
	if err != nil {
		return err
	}
	ready, err := v.cfg.Forms.Readiness(v.ctx, v.by, v.caseID())
	if err != nil {
		return err
	}
	kind := v.query("jenis")
	page, err := v.cfg.Cases.History(v.ctx, v.by, v.caseID(), kind, v.query("dari"), perPage)
	if err != nil {
		return err
	}
	filter := v.plain()
	filter.Set("jenis", kind)
	return v.show(ui.PageProps{Title: v.t("casefile.title"), Head: f.Person.Name()}, caseBody(v, f, ready, filter, page))
}

// kindOptions are what the timeline may be narrowed to.
func (v *visit) kindOptions() []ui.Option {
	out := []ui.Option{{Label: v.t("find.all")}}
	for _, k := range casework.MomentKinds {
		out = append(out, ui.Option{Value: k, Label: v.t("casefile.kind." + k)})
	}
	return out
}

func (v *visit) kindChips() []ui.Chip {
	if k := v.query("jenis"); k != "" {
		return []ui.Chip{{Label: v.t("casefile.kind." + k), Without: v.without("jenis")}}
	}
	return nil
}

// facts are what the case says of itself.
func (v *visit) facts(f caseFile) []ui.Fact {
	c, change := f.Case, ""
	if f.Can(casework.WriteCase) && c.Editable() == nil {
		change = v.casePath("ubah")
	}
	status := v.t("casefile.prospective")
	if f.Agreed {
		status = v.t("casefile.beneficiary")
	}
	facts := []ui.Fact{
		{Label: v.t("casefile.number"), Value: c.Number},
		{Label: v.t("casefile.register"), Value: c.Register},
		{Label: v.t("casefile.status"), Value: status},
		{Label: v.t("field.urgency"), Value: v.code("urgency", string(c.Urgency)), Change: change},
		{Label: v.t("field.need"), Value: c.Need, Change: change},
		{Label: v.t("field.cluster"), Value: clusterName(c.Cluster), Change: change},
		{Label: v.t("field.ppks"), Value: categoryNames(c.PPKS), Change: change},
		{Label: v.t("field.ragam"), Value: strings.Join(v.codes("ragam", c.Ragam), ", "), Change: change},
		{Label: v.t("field.source"), Value: c.Source, Change: change},
		{Label: v.t("field.basis"), Value: v.code("basis", string(c.Basis)), Change: change},
		{Label: v.t("field.mode"), Value: string(c.Mode), Change: change},
	}
	lead := ui.Fact{Label: v.t("field.lead"), Value: f.who[c.Lead]}
	if f.Can(casework.Assign) && (c.Editable() == nil || c.State == casework.OnOffer || c.State == casework.Arriving) {
		lead.Change = v.casePath("tugaskan")
	}
	facts = append(facts, lead, ui.Fact{Label: v.t("field.unit"), Value: c.Unit})
	if c.NumberThere != "" {
		facts = append(facts, ui.Fact{Label: v.t("casefile.there", "balai", string(c.From)), Value: c.NumberThere})
	}
	return facts
}

// identity is what is known of the person, and how sure it is.
func (v *visit) identity(f caseFile) (facts []ui.Fact) {
	change := ""
	if f.Can(casework.WriteCase) && f.Case.Editable() == nil {
		change = v.casePath("klaim")
	}
	for _, kind := range claimKinds {
		c, ok := f.Person.Current(kind)
		if !ok {
			continue
		}
		facts = append(facts, ui.Fact{Label: v.t("claim." + string(kind)), Value: v.claimValue(c) + " (" + v.t("standing."+string(c.Standing)) + ")", Change: change})
	}
	return facts
}

// claimKinds are the kinds of claim in the order of form F1.
var claimKinds = []casework.ClaimKind{
	casework.ClaimName, casework.ClaimAlias, casework.ClaimNIK, casework.ClaimKK, casework.ClaimSex, casework.ClaimBorn, casework.ClaimBirthplace,
	casework.ClaimMother, casework.ClaimAddress, casework.ClaimDomicile, casework.ClaimRegion, casework.ClaimPhone, casework.ClaimBPJS,
	casework.ClaimLanguage, casework.ClaimMarks, casework.ClaimFound,
}

// claimValue is what a claim says, for the eye.
func (v *visit) claimValue(c casework.Claim) string {
	switch {
	case c.Value == "" || c.Value == casework.NotYet:
		return v.t("claim.unknown")
	case c.Kind == casework.ClaimSex:
		return v.code("sex", c.Value)
	case c.Kind == casework.ClaimNIK || c.Kind == casework.ClaimKK:
		return maskedNIK(c.Value)
	case c.Kind == casework.ClaimBorn:
		return v.bornWords(c.Value)
	}
	return c.Value
}

func clusterName(code string) string {
	if c, ok := casework.ClusterOf(code); ok {
		return c.Name
	}
	return code
}

func categoryNames(codes []string) string {
	var out []string
	for _, code := range codes {
		if c, ok := casework.CategoryOf(code); ok {
			code += " " + c.Name
		}
		out = append(out, code)
	}
	return strings.Join(out, "; ")
}

// code is a stored word in the visitor's language; one nobody knows stays.
func (v *visit) code(list, word string) string {
	if word == "" {
		return ""
	}
	return v.codes(list, []string{word})[0]
}

func (v *visit) editCasePage() error {
	f, err := v.file()
	if err != nil {
		return err
	}
	c := f.Case
	form := v.form("kasus", c.ID)
	for name, value := range map[string]string{
		"mode": string(c.Mode), "cluster": c.Cluster, "urgency": string(c.Urgency), "basis": string(c.Basis), "source": c.Source, "need": c.Need,
		"_versi": strconv.FormatUint(c.Version, 10),
	} {
		form.Set(name, value)
	}
	if !form.Found {
		form.Values["ppks"], form.Values["ragam"] = c.PPKS, c.Ragam
		for _, s := range c.Secrecy {
			form.Values.Add("secrecy", string(s))
		}
	}
	return v.showEdit(form, nil)
}

func (v *visit) showEdit(form *ui.Form, pairs []pair) error {
	return v.show(ui.PageProps{Title: v.t("casefile.edit"), Form: form}, editCaseBody(v, form, pairs))
}

func (v *visit) editCase() error {
	form := v.form("kasus", v.caseID())
	mode, cluster, urgency, basis := casework.Mode(form.Value("mode")), form.Value("cluster"), casework.Urgency(form.Value("urgency")), casework.Basis(form.Value("basis"))
	source, need := form.Trim("source"), strings.ReplaceAll(form.Trim("need"), "\r\n", "\n")
	ppks, ragam, secrecy := chosen[string](form, "ppks"), chosen[string](form, "ragam"), chosen[casework.Secrecy](form, "secrecy")
	_, err := v.cfg.Cases.Edit(v.ctx, v.by, v.caseID(), v.version(), casework.Patch{
		Mode: &mode, Cluster: &cluster, PPKS: &ppks, Ragam: &ragam, Secrecy: &secrecy, Urgency: &urgency, Basis: &basis, Source: &source, Need: &need,
	})
	if both, ok := casework.BothVersions(err); ok {
		current, known := both.Current.(casework.Case)
		if !known {
			return err
		}
		// The reader sees both and decides: what is sent next is against what
		// is stored now.
		form.Values.Set("_versi", strconv.FormatUint(current.Version, 10))
		form.Words = v.say(err)
		return v.conflict(form, v.t("casefile.edit"), editCaseBody(v, form, v.labelled(differ(both.Current, both.Yours))))
	}
	if v.mend(form, err) {
		return v.showEdit(form, nil)
	}
	if err != nil {
		return err
	}
	return v.done(form, v.casePath(), v.t("casefile.edited"))
}

// labelled names the fields of a stale edit as the form does.
func (v *visit) labelled(pairs []pair) []pair {
	for i, p := range pairs {
		pairs[i].label = v.code("field", p.label)
	}
	return pairs
}

func (v *visit) assignPage() error {
	f, err := v.file()
	if err != nil {
		return err
	}
	form := v.plain()
	form.Set("lead", string(f.Case.Lead))
	form.Set("unit", f.Case.Unit)
	form.Set("_versi", strconv.FormatUint(f.Case.Version, 10))
	return v.showAssign(form, f)
}

func (v *visit) showAssign(form *ui.Form, f caseFile) error {
	return v.show(ui.PageProps{Title: v.t("casefile.assign"), Form: form}, assignBody(v, form, f))
}

func (v *visit) assign() error {
	form := v.plain()
	lead, unit := casework.UserID(form.Value("lead")), form.Trim("unit")
	_, err := v.cfg.Cases.Edit(v.ctx, v.by, v.caseID(), v.version(), casework.Patch{Lead: &lead, Unit: &unit})
	if v.mend(form, err) {
		f, err := v.file()
		if err != nil {
			return err
		}
		return v.showAssign(form, f)
	}
	if err != nil {
		return err
	}
	return v.done(nil, v.casePath(), v.t("casefile.assigned"))
}

// leads are those whom a case may be given to.
func (v *visit) leads(f caseFile) []ui.Option {
	out := []ui.Option{{Label: v.t("casefile.nobody")}}
	for _, c := range f.all {
		if slices.Contains(c.Roles, casework.Worker) || slices.Contains(c.Roles, casework.Supervisor) {
			label := c.Name
			if c.Unit != "" {
				label += " (" + c.Unit + ")"
			}
			out = append(out, ui.Option{Value: string(c.ID), Label: label})
		}
	}
	return out
}
