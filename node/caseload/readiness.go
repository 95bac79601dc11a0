package caseload

import (
	"context"
	"slices"

	"serasi/node/casework"
)

// Readiness tells where a case stands and what it lacks before each stage that
// may follow. The error is NotFound or Forbidden.
func (fs *Forms) Readiness(ctx context.Context, by casework.Actor, id casework.CaseID) (casework.Readiness, error) {
	var out casework.Readiness
	err := fs.cs.read(ctx, deed{by, casework.ReadCase, ofReadiness}, id, func(tx casework.Tx, c casework.Case) error {
		reached, err := fs.cs.milestones(tx, c)
		if err != nil {
			return err
		}
		out = casework.Readiness{Stage: c.Stage, Version: c.Version, Agreed: reached[casework.Agreed]}
		for _, m := range casework.Milestones {
			if reached[m] {
				out.Reached = append(out.Reached, m)
			}
		}
		for _, to := range c.Stage.Next() {
			missing := c.Missing(to, func(m casework.Milestone) bool { return reached[m] })
			out.Ways = append(out.Ways, casework.ReadinessTo{Stage: to, Missing: missing})
		}
		return nil
	})
	if err != nil {
		return casework.Readiness{}, err
	}
	return out, nil
}

// milestones finds out what a case has reached.
func (cs *Cases) milestones(tx casework.Tx, c casework.Case) (map[casework.Milestone]bool, error) {
	m := map[casework.Milestone]bool{casework.ToBeServed: true}
	var err error
	if m[casework.Agreed], err = agreed(tx, c.ID, cs.now()); err != nil {
		return nil, err
	}
	notes, err := casework.RowsOf[casework.Note](tx, casework.Notes, c.ID)
	if err != nil {
		return nil, err
	}
	for _, n := range notes {
		switch n.Kind {
		case "rapid assessment":
			m[casework.RapidAssessed] = true
		case "conference":
			m[casework.Conferred] = true
		case "progress", "visit":
			m[casework.Served] = true
		}
		if n.Profession != "" && n.Profession != casework.SocialWorker {
			m[casework.TeamHeard] = true
		}
	}
	if err := milestonesOfForms(tx, c.ID, m); err != nil {
		return nil, err
	}
	return m, milestonesOfCare(tx, c.ID, m)
}

// milestonesOfForms looks at what was answered: the newest sheet of a form
// counts, and its decision.
func milestonesOfForms(tx casework.Tx, id casework.CaseID, m map[casework.Milestone]bool) error {
	sheets, err := casework.RowsOf[casework.FormSheet](tx, casework.FormSheets, id)
	if err != nil || len(sheets) == 0 {
		return err
	}
	answers, err := casework.RowsOf[casework.FormAnswer](tx, casework.FormAnswers, id)
	if err != nil {
		return err
	}
	slices.SortFunc(sheets, func(a, b casework.FormSheet) int { return casework.CompareSheets(b, a) })
	for _, s := range sheets { // oldest first: what comes later decides
		code, _, _, _ := s.Form.Split()
		latest := casework.Latest(answers, s.ID)
		if decided, ok := casework.DecidedToServe(code, latest); ok {
			m[casework.ToBeServed] = decided
		}
		signed := !s.Ended().IsZero()
		switch code {
		case casework.FormRapid:
			m[casework.RapidAssessed] = m[casework.RapidAssessed] || signed
		case casework.FormAssessment:
			form, err := casework.FormFor(tx, id, s.Form)
			if err != nil {
				return err
			}
			m[casework.Assessed] = m[casework.Assessed] || signed
			m[casework.FourDomains] = m[casework.FourDomains] || form.DomainsOf(latest) >= 4
			m[casework.TeamHeard] = m[casework.TeamHeard] || len(s.Signatures) > 1 || len(s.Signatures) == 1 && !signed
		}
	}
	return nil
}

// milestonesOfCare looks at the plan and what came of it.
func milestonesOfCare(tx casework.Tx, id casework.CaseID, m map[casework.Milestone]bool) error {
	care, err := CareOf(tx, id)
	if err != nil {
		return err
	}
	m[casework.Conferred] = m[casework.Conferred] || len(care.Conferences) > 0
	m[casework.Served] = m[casework.Served] || len(care.Services) > 0
	plan := casework.PlanOf(care.Plans)
	m[casework.PlanApproved] = plan.Current != nil
	m[casework.Planned] = plan.Current != nil || plan.Draft != nil && len(plan.Draft.Data.Goals) > 0
	return nil
}
