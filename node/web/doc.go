// Package web is the caseworker's desk in the browser: pages made on the
// server, which work without script. It knows no store and no rule: each page
// asks a use case, which decides and records, and shows what it answers.
//
// To add a page of a domain, say "care":
//
//  1. care.go: a small interface for the use cases it needs, with casework types,
//     as a field of Config; and its routes, named in one line of routes.go:
//
//     func (s *Site) careRoutes() {
//     s.page("GET /kasus/{id}/rencana", (*visit).planPage)
//     s.page("POST /kasus/{id}/rencana", (*visit).savePlan)
//     s.menu(60, "/tugas", "care.nav", s.who(casework.ReadCase))
//     }
//
//  2. The handlers. An error that is returned becomes a page of its own kind,
//     with the number of the event. Input that must be mended goes back to its
//     form, and what is done is told on the page it leads to:
//
//     func (v *visit) planPage() error {
//     f := v.form("plan", v.caseID())              // typed, or the draft, or empty
//     plan, err := v.cfg.Care.Plan(v.ctx, v.by, v.caseID())
//     if err != nil {
//     return err
//     }
//     f.Set("goal", plan.Goal)                     // what is known already
//     return v.show(ui.PageProps{Title: v.t("care.plan")}, planBody(f, plan))
//     }
//
//     func (v *visit) savePlan() error {
//     f := v.form("plan", v.caseID())
//     err := v.cfg.Care.SavePlan(v.ctx, v.by, v.caseID(), v.version(), planOf(f))
//     if v.mend(f, err) {                          // Invalid: faults stand at the fields
//     return v.planAgain(f)                    // shows the form again, status 422
//     }
//     if err != nil {
//     return err
//     }
//     return v.done(f, "/kasus/"+string(v.caseID()), v.t("care.plan.saved"))
//     }
//
//     A use case that asks to prove again who one is (step-up) needs nothing here:
//     the page asks, and then does what was meant.
//
//  3. care.templ: the body, made of the components of package ui; the frame, the
//     h1, the summary of errors and the flash come from show. A form is
//     @ui.PostForm(f) { ... }; f.Action is the page's own path unless set.
//
//  4. Words: words/catalogue/care.id.json and care.en.json, ids "care.…", used by
//     v.t in Go and words.T(ctx, …) in templ. No text in templ files: a test looks.
//
//  5. go generate ./node/web/... and commit what it writes; a row for the page in
//     node/e2e/pages.go.
package web

//go:generate go run ./gen
//go:generate go tool templ generate
