package web

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
)

var endInputs = []careInput{
	{name: "reason", kind: inPick, list: "reason", codes: casework.Endings},
	{name: "outcome", kind: inPick, list: "outcome", label: "outcome.all", codes: casework.Outcomes},
	{name: "results", kind: inText, optional: true},
	{name: "functioning", kind: inNumber, optional: true},
	{name: "destination", kind: inLine},
	{name: "with", kind: inLine, optional: true},
	{name: "papers", kind: inLines, optional: true},
	{name: "after", kind: inText, optional: true},
	{name: "noAfter", kind: inText, optional: true},
}

func (s *Site) endRoutes() {
	s.page("GET /kasus/{id}/terminasi", func(v *visit) error { return v.endPage(nil, nil) })
	s.page("POST /kasus/{id}/terminasi", (*visit).endCase)
}

// endPage is the record of termination: the form while the case is open, and
// what it says afterwards.
func (v *visit) endPage(f *ui.Form, both []pair) error {
	file, err := v.carePart(casework.PartEnding)
	if err != nil {
		return err
	}
	version := file.Case.Version
	if f == nil {
		f = v.form("care ending", v.caseID())
	} else if both == nil {
		version = v.version()
	}
	p := ui.PageProps{Title: v.t("care.ending"), Form: f}
	if both != nil {
		return v.write(409, p, endBody(v, file, f, version, both))
	}
	return v.show(p, endBody(v, file, f, version, nil))
}

func (v *visit) endCase() error {
	f := v.form("care ending", v.caseID())
	d, err := readCare[casework.Discharge](f, endInputs)
	if err == nil {
		_, err = v.cfg.Care.Discharge(v.ctx, v.by, v.caseID(), v.version(), d)
	}
	if errors.Is(err, casework.Invalid) {
		err = casework.Faulty(gathered(casework.Faults(err), "papers")...)
	}
	if v.mend(f, err) {
		return v.endPage(f, nil)
	}
	if both, stale := v.clash(err); stale {
		return v.endPage(f, append([]pair{}, both...))
	}
	if err != nil {
		return err
	}
	return v.done(f, casePath(v.caseID(), "terminasi"), v.t("care.ending.done"))
}

// openGoals are the goals of the plan in force without a result.
func openGoals(file casework.CareFile) (out []casework.Goal) {
	if file.Plan.Current == nil {
		return nil
	}
	for _, g := range file.Plan.Current.Data.Goals {
		if g.Outcome == "" {
			out = append(out, g)
		}
	}
	return out
}

// dischargeOf is the record of how the case ended, the last one, or nil.
func dischargeOf(file casework.CareFile) *casework.Record[casework.Discharge] {
	if n := len(file.Care.Discharges); n > 0 && file.Case.State != casework.Open {
		return &file.Care.Discharges[n-1]
	}
	return nil
}

func (v *visit) endFacts(r *casework.Record[casework.Discharge]) []ui.Fact {
	d := r.Data
	facts := []ui.Fact{
		{Label: v.t("care.f.reason"), Value: words.Code(v.ctx, "care.reason", d.Reason)},
		{Label: v.t("care.f.outcome.all"), Value: words.Code(v.ctx, "care.outcome", d.Outcome)},
	}
	for _, x := range []struct{ label, value string }{
		{"results", d.Results}, {"functioning", positive(d.Functioning)}, {"destination", d.Destination}, {"with", d.With},
		{"papers", strings.Join(d.Papers, ", ")}, {"after", d.After}, {"noAfter", d.NoAfter},
	} {
		if x.value != "" {
			facts = append(facts, ui.Fact{Label: v.t("care.f." + x.label), Value: x.value})
		}
	}
	return append(facts, ui.Fact{Label: v.t("care.by"), Value: v.nameOf(r.By) + " · " + words.Date(v.ctx, r.Written.In(v.cfg.Zone))})
}

func positive(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

var calendarInputs = []careInput{
	{name: "holidays", kind: inText},
	{name: "deadlines.access", kind: inNumber, label: "deadline.access"},
	{name: "deadlines.agreement", kind: inNumber, label: "deadline.agreement"},
	{name: "deadlines.assessment", kind: inNumber, label: "deadline.assessment"},
	{name: "deadlines.planning", kind: inNumber, label: "deadline.planning"},
	{name: "deadlines.review", kind: inNumber, label: "deadline.review"},
	{name: "deadlines.consent", kind: inNumber, label: "deadline.consent"},
}

// holidayLines writes the holidays, one a line: day, kind, name.
func holidayLines(list []casework.Holiday) string {
	var b strings.Builder
	for _, h := range list {
		b.WriteString(string(h.Day) + "; " + h.Kind + "; " + h.Name + "\n")
	}
	return strings.TrimSpace(b.String())
}

// readHolidays reads what holidayLines wrote, and what is pasted from a sheet.
func readHolidays(text string) []casework.Holiday {
	out := []casework.Holiday{}
	for _, line := range entries(text) {
		parts := append(strings.SplitN(strings.ReplaceAll(line, "\t", ";"), ";", 3), "", "")
		out = append(out, casework.Holiday{Day: casework.Day(strings.TrimSpace(parts[0])), Kind: strings.TrimSpace(parts[1]), Name: strings.TrimSpace(parts[2])})
	}
	return out
}

func (v *visit) calendarPage() error { return v.calendarAgain(nil, nil) }

func (v *visit) calendarAgain(f *ui.Form, both []pair) error {
	c, err := v.cfg.Care.Calendar(v.ctx, v.by)
	if err != nil {
		return err
	}
	version := c.Version
	if f == nil {
		f = v.form("care calendar", "")
		f.Set("holidays", holidayLines(c.Holidays))
		for name, n := range map[string]int{
			"access": c.Deadlines.Access, "agreement": c.Deadlines.Agreement, "assessment": c.Deadlines.Assessment,
			"planning": c.Deadlines.Planning, "review": c.Deadlines.Review, "consent": c.Deadlines.Consent,
		} {
			f.Set("deadlines."+name, strconv.Itoa(n))
		}
	} else if both == nil {
		version = v.version()
	}
	p := ui.PageProps{Title: v.t("care.calendar"), Form: f}
	if both != nil {
		return v.write(409, p, calendarBody(v, c, f, version, both))
	}
	return v.show(p, calendarBody(v, c, f, version, nil))
}

func (v *visit) saveCalendar() error {
	f := v.form("care calendar", "")
	c := casework.Calendar{Holidays: readHolidays(f.Trim("holidays"))}
	var faults []casework.Fault
	for name, into := range map[string]*int{
		"access": &c.Deadlines.Access, "agreement": &c.Deadlines.Agreement, "assessment": &c.Deadlines.Assessment,
		"planning": &c.Deadlines.Planning, "review": &c.Deadlines.Review, "consent": &c.Deadlines.Consent,
	} {
		n, err := strconv.Atoi(f.Trim("deadlines." + name))
		if err != nil {
			faults = append(faults, casework.Fault{Field: "deadlines." + name, Words: "is not a number"})
		}
		*into = n
	}
	slices.SortFunc(faults, func(a, b casework.Fault) int { return strings.Compare(a.Field, b.Field) })
	err := casework.Faulty(faults...)
	if err == nil {
		_, err = v.cfg.Care.SetCalendar(v.ctx, v.by, v.version(), c)
	}
	if errors.Is(err, casework.Invalid) {
		err = casework.Faulty(v.lineFaults(casework.Faults(err))...)
	}
	if v.mend(f, err) {
		return v.calendarAgain(f, nil)
	}
	if both, stale := v.clash(err); stale {
		return v.calendarAgain(f, append([]pair{}, both...))
	}
	if err != nil {
		return err
	}
	return v.done(f, "/kalender", v.t("care.saved"))
}

// lineFaults says of the faults in a list of holidays in which line they are.
func (v *visit) lineFaults(list []casework.Fault) []casework.Fault {
	out := make([]casework.Fault, len(list))
	for i, x := range list {
		if rest, ok := strings.CutPrefix(x.Field, "holidays."); ok {
			at, _, _ := strings.Cut(rest, ".")
			if n, err := strconv.Atoi(at); err == nil {
				x.Words = v.t("care.line", "n", n+1, "what", v.look.Lang.Words(x.Words))
			}
			x.Field = "holidays"
		}
		out[i] = x
	}
	return out
}

// deadlineFacts say how fast this balai means to work.
func (v *visit) deadlineFacts(c casework.Calendar) (facts []ui.Fact) {
	d := c.Deadlines
	for i, n := range []int{d.Access, d.Agreement, d.Assessment, d.Planning, d.Review, d.Consent} {
		facts = append(facts, ui.Fact{Label: v.inputLabel(calendarInputs[i+1]), Value: v.n("care.days", n)})
	}
	return facts
}
