package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

func (s *Site) intakeRoutes() {
	s.page("GET /kasus/baru", (*visit).intakePage)
	s.page("POST /kasus/baru", (*visit).intake)
	s.page("GET /kasus/terdaftar", (*visit).registeredPage)
}

// intakeDraft is the name of the draft of a new case.
const intakeDraft = "daftar"

func (v *visit) intakePage() error {
	form := v.form(intakeDraft, "")
	form.Set("urgency", string(casework.NotUrgent))
	form.Set("basis", string(casework.ByConsent))
	form.Set("standing", string(casework.Stated))
	for _, name := range []string{"lagi", "ibu"} {
		form.Set("_"+name, v.query(name))
	}
	return v.showIntake(http.StatusOK, form, nil)
}

func (v *visit) showIntake(status int, form *ui.Form, suspects []casework.Double) error {
	def, err := v.intakeForm()
	if err != nil {
		return err
	}
	if form.Bad() && status == http.StatusOK {
		status = http.StatusUnprocessableEntity
	}
	return v.write(status, ui.PageProps{Title: v.t("intake.title"), Form: form}, intakeBody(v, form, def, suspects))
}

// intakeForm is the form F1 of today.
func (v *visit) intakeForm() (casework.Form, error) {
	all, err := v.cfg.Forms.Library(v.ctx, v.by)
	if err != nil {
		return casework.Form{}, err
	}
	def, _ := casework.Current(all, casework.FormIntake, v.now().In(v.cfg.Zone))
	return def, nil
}

// intake looks for doubles before it opens anything: who may be registered
// already is shown, and the reader decides.
func (v *visit) intake() error {
	form := v.form(intakeDraft, "")
	if reshaped, err := v.reshape(form); reshaped {
		return err
	}
	def, err := v.intakeForm()
	if err != nil {
		return err
	}
	r, err := v.registration(form, def)
	if v.mend(form, err) {
		return v.showIntake(http.StatusOK, form, nil)
	}
	if err != nil {
		return err
	}
	if form.Value("ganda") == "" && r.Again == "" {
		suspects, err := v.suspects(r)
		if err != nil && !errors.Is(err, casework.Invalid) { // what is invalid is told below, with its fields
			return err
		}
		if len(suspects) > 0 {
			return v.showIntake(http.StatusOK, form, suspects)
		}
	}
	list, err := v.cfg.Forms.Register(v.ctx, v.by, r)
	if v.mend(form, err) {
		v.renameFaults(form)
		return v.showIntake(http.StatusOK, form, nil)
	}
	if err != nil {
		return err
	}
	return v.registered(form, list)
}

// suspects are the cases that may be of those who come.
func (v *visit) suspects(r casework.Registration) (out []casework.Double, err error) {
	for _, p := range r.People {
		list, err := v.cfg.Doubles.Suspects(v.ctx, v.by, p.Claims)
		if err != nil {
			return nil, err
		}
		for _, d := range list {
			if len(out) < 10 {
				out = append(out, d)
			}
		}
	}
	return out, nil
}

// registration reads the form.
func (v *visit) registration(form *ui.Form, def casework.Form) (casework.Registration, error) {
	r := casework.Registration{Intake: casework.Intake{
		Mode: casework.Mode(form.Value("mode")), Cluster: form.Value("cluster"), PPKS: chosen[string](form, "ppks"), Ragam: chosen[string](form, "ragam"),
		Secrecy: chosen[casework.Secrecy](form, "secrecy"), Urgency: casework.Urgency(form.Value("urgency")), Basis: casework.Basis(form.Value("basis")),
		Source: form.Trim("source"), Need: lines(form, "need"),
		Again: casework.CaseID(form.Value("_lagi")), Mother: casework.CaseID(form.Value("_ibu")),
	}}
	if r.Again != "" {
		r.Mother = ""
	}
	var err error
	if r.At, err = v.moment(form, "at"); err != nil {
		return r, err
	}
	first, err := v.firstPerson(form)
	if err != nil {
		return r, err
	}
	r.People = append(r.People, first)
	others, err := v.otherPeople(form)
	r.People = append(r.People, others...)
	r.Answers = map[string]casework.Values{}
	for _, s := range def.Sections {
		if answers := s.Clean(answersOf(form, "f1."+s.Key+".", s)); len(answers) > 0 {
			r.Answers[s.Key] = answers
		}
	}
	return r, err
}

// firstPerson is who the form is mainly about.
func (v *visit) firstPerson(form *ui.Form) (casework.Newcomer, error) {
	p := casework.Newcomer{Unborn: form.Value("unborn") != ""}
	standing, source := casework.Standing(form.Value("standing")), form.Trim("standing_source")
	add := func(kind casework.ClaimKind, value string) {
		if value == "" {
			return
		}
		c := casework.Claim{Kind: kind, Value: value, Standing: standing, Source: source}
		if own := form.Value("standing_" + string(kind)); own != "" {
			c.Standing = casework.Standing(own)
		}
		p.Claims = append(p.Claims, c)
	}
	for _, kind := range claimKinds {
		if kind != casework.ClaimBorn {
			add(kind, form.Trim(string(kind)))
		}
	}
	born, estimated, err := v.born(form)
	if err != nil {
		return p, err
	}
	if born != "" {
		c := casework.Claim{Kind: casework.ClaimBorn, Value: born, Standing: standing, Source: source}
		if estimated {
			c.Standing = casework.Estimated
		}
		p.Claims = append(p.Claims, c)
	}
	return p, nil
}

// born is the birth date as far as it is known: a date, a month, a year, or the
// years that an estimated age allows.
func (v *visit) born(form *ui.Form) (value string, estimated bool, err error) {
	if value = form.Date("born"); value != "" {
		if _, err := casework.ParseBorn(value); err != nil {
			return "", false, casework.Faulty(casework.Fault{Field: "born", Words: "write a birth date as 2015-08-17, 2015-08, 2015 or 2013..2017"})
		}
		return value, false, nil
	}
	value, err = v.bornOfAge(form.Trim("age"), form.Trim("age_to"))
	return value, value != "", err
}

// bornOfAge is the range of years of birth of somebody who is between two ages.
func (v *visit) bornOfAge(from, to string) (string, error) {
	if from == "" {
		return "", nil
	}
	if to == "" {
		to = from
	}
	young, err1 := strconv.Atoi(from)
	old, err2 := strconv.Atoi(to)
	if errors.Join(err1, err2) != nil || young < 0 || old < young || old > 130 {
		return "", casework.Faulty(casework.Fault{Field: "age", Words: "must be a number of years, the lower one first"})
	}
	year := v.now().In(v.cfg.Zone).Year()
	return fmt.Sprintf("%d..%d", year-old-1, year-young), nil
}

// otherPeople reads those who came along: a line each, "name; L or P; age". A
// line may be a name only.
func (v *visit) otherPeople(form *ui.Form) (out []casework.Newcomer, err error) {
	for n, line := range strings.Split(lines(form, "others"), "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		parts := strings.Split(line, ";")
		claims := []casework.Claim{}
		for i, part := range parts {
			part = strings.TrimSpace(part)
			c := casework.Claim{Value: part, Standing: casework.Standing(form.Value("standing")), Source: form.Trim("standing_source")}
			switch {
			case part == "":
				continue
			case i == 0:
				c.Kind = casework.ClaimName
			case i == 1:
				c.Kind, c.Value = casework.ClaimSex, strings.ToUpper(part)
			case i == 2:
				c.Kind, c.Standing = casework.ClaimBorn, casework.Estimated
				if c.Value, err = v.bornOfAge(part, ""); err != nil {
					return nil, badLine(n)
				}
			default:
				return nil, badLine(n)
			}
			if i > 0 && len(c.Check()) > 0 {
				return nil, badLine(n)
			}
			claims = append(claims, c)
		}
		out = append(out, casework.Newcomer{Claims: claims})
	}
	return out, nil
}

func badLine(n int) error {
	return casework.Faulty(casework.Fault{Field: "others", Words: fmt.Sprintf("line %d must be a name; L or P; an age", n+1)})
}

// renameFaults gives the faults of a registration the names of the form.
func (v *visit) renameFaults(form *ui.Form) {
	for i, x := range form.Faults {
		switch field := x.Field; {
		case strings.HasPrefix(field, "answers."):
			form.Faults[i].Field = "f1." + strings.TrimPrefix(field, "answers.")
		case strings.HasPrefix(field, "people.0.claims."):
			form.Faults[i].Field = v.claimField(form, field)
		case strings.HasPrefix(field, "people."):
			form.Faults[i].Field = "others"
		}
	}
}

// claimField is the field that the nth claim of the first person came from.
func (v *visit) claimField(form *ui.Form, fault string) string {
	n, err := strconv.Atoi(strings.Split(strings.TrimPrefix(fault, "people.0.claims."), ".")[0])
	p, bad := v.firstPerson(form)
	if err != nil || bad != nil || n >= len(p.Claims) {
		return fault
	}
	return string(p.Claims[n].Kind)
}

// enrolled is one new case, as the page after the intake tells of it.
type enrolled struct {
	Case     casework.CaseID `json:"case"`
	Number   string          `json:"number"`
	Register string          `json:"register"`
	Mine     bool            `json:"mine"`
	Doubts   []string        `json:"doubts"`
}

// registered leads to the page that tells what was opened. What it shows is
// kept with the session: a reload shows it again, an address would give it away.
func (v *visit) registered(form *ui.Form, list []casework.Registered) error {
	var told []enrolled
	for _, one := range list {
		e := enrolled{Case: one.Case.ID, Number: one.Case.Number, Register: one.Case.Register, Mine: one.Case.Lead == v.by.User}
		for _, w := range one.Warnings {
			e.Doubts = append(e.Doubts, w.Words)
		}
		told = append(told, e)
	}
	raw, err := json.Marshal(told)
	if err != nil {
		return fmt.Errorf("tell what was opened: %w", err)
	}
	if err := v.cfg.Door.Put(v.ctx, v.cookie, "terdaftar", string(raw)); err != nil {
		v.cfg.Log.Warn("what was opened could not be kept", "request", v.id, "err", err)
	}
	return v.done(form, "/kasus/terdaftar", v.n("intake.done", len(list)))
}

func (v *visit) registeredPage() error {
	raw, err := v.cfg.Door.Pop(v.ctx, v.cookie, "terdaftar")
	if err != nil {
		return err
	}
	var list []enrolled
	if raw == "" {
		return v.to("/kasus")
	}
	if err := json.Unmarshal([]byte(raw), &list); err != nil {
		return fmt.Errorf("read what was opened: %w", err)
	}
	if err := v.cfg.Door.Put(v.ctx, v.cookie, "terdaftar", raw); err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("intake.registered")}, registeredBody(v, list))
}

// sexOptions are the answers of form F1.
func (v *visit) sexOptions() []ui.Option {
	return []ui.Option{
		{Value: "L", Label: v.t("sex.L")}, {Value: "P", Label: v.t("sex.P")}, {Value: casework.NotYet, Label: v.t("claim.unknown")},
	}
}

// ownStanding are how sure one claim is, if that differs from the others.
func (v *visit) ownStanding() []ui.Option {
	return append([]ui.Option{{Label: v.t("intake.asabove")}}, v.standingOptions()...)
}
