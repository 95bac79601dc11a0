package casework

import (
	"maps"
	"slices"
	"time"
)

// A Registration is what the front desk takes down at one go (form F1): one
// person, or several who came together. What Intake says holds for all of them;
// so do the answers.
type Registration struct {
	Intake
	People  []Newcomer        `json:"people"`
	Answers map[string]Values `json:"answers,omitempty"` // sections of form F1, by key
}

// A Newcomer is one of those who came.
type Newcomer struct {
	Claims []Claim  `json:"claims,omitempty"`
	Unborn bool     `json:"unborn,omitempty"`
	Ragam  []string `json:"ragam,omitempty"` // beside those of all
	Need   string   `json:"need,omitempty"`  // instead of that of all
}

// A Registered is one case that a registration opened.
type Registered struct {
	Case     Case      `json:"case"`
	Person   Person    `json:"person"`
	Warnings []Warning `json:"warnings"`
}

// Intakes returns the intake of each person of r.
func (r Registration) Intakes() []Intake {
	out := make([]Intake, len(r.People))
	for i, p := range r.People {
		in := r.Intake
		in.Claims = append(slices.Clone(r.Claims), p.Claims...)
		in.Unborn = r.Unborn || p.Unborn
		in.Ragam = slices.Clone(r.Ragam)
		for _, kind := range p.Ragam {
			if !slices.Contains(in.Ragam, kind) {
				in.Ragam = append(in.Ragam, kind)
			}
		}
		if p.Need != "" {
			in.Need = p.Need
		}
		out[i] = in
	}
	return out
}

// Check returns what is wrong with r, but for the answers, which need the form.
func (r Registration) Check(known Known) []Fault {
	f := faults(r.Intake.Check(known))
	switch n := len(r.People); {
	case n == 0:
		f.add("people", "is missing")
	case n > MaxGroup:
		f.add("people", "are %d; at most %d are possible at one go", n, MaxGroup)
		return f
	case n > 1 && (r.Again != "" || r.Mother != ""):
		f.add("people", "cannot be several with again or mother")
	}
	for i, p := range r.People {
		at := nested("people", i)
		f.within(at, CheckClaims("claims", p.Claims))
		f.codes(at+".ragam", p.Ragam, func(s string) bool { return slices.Contains(Ragams, s) })
		f.text(at+".need", p.Need, MaxText)
	}
	return f
}

// CheckAnswers returns what is wrong with the answers to several sections of f
// on the day of at.
func (f Form) CheckAnswers(answers map[string]Values, at time.Time) []Fault {
	var out faults
	for _, key := range slices.Sorted(maps.Keys(answers)) {
		s, ok := f.Section(key)
		if !ok {
			out.add("answers."+key, "is not a section of this form")
			continue
		}
		out.within("answers."+key, f.CheckAnswer(s, answers[key], nil, at))
	}
	return out
}
