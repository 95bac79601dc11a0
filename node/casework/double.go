package casework

import "time"

// A Verdict is what a person said about two cases that may be of one person. No
// program ever says it.
type Verdict string

// The verdicts. Same joins two persons, and Open takes that back: nothing is
// moved or overwritten, so undoing loses nothing.
const (
	Undecided Verdict = "undecided"
	SameOne   Verdict = "same"      // gabungkan
	Different Verdict = "different" // bukan orang yang sama: never asked again
)

// A Match is a case that may be of the same person as another, with the codes of
// what speaks for it: nik, name, born, year, mother, region. It never says what
// was compared, and a shared address, KK or phone is not among them.
type Match struct {
	Case    CaseID   `json:"case"`
	Strong  bool     `json:"strong"`
	Reasons []string `json:"reasons,omitempty"`
}

// A Double is a match as people see it, with what was decided about it.
type Double struct {
	Card     Card         `json:"card"`
	Strong   bool         `json:"strong"`
	Reasons  []string     `json:"reasons,omitempty"`
	Verdict  Verdict      `json:"verdict"`
	Decision PairDecision `json:"decision,omitzero"`
}

// A PairDecision is one verdict about two persons, and those before it. It is
// stored with each of the two.
type PairDecision struct {
	Cases   [2]CaseID   `json:"cases"`   // the home cases of the two persons, in order of id
	Persons [2]PersonID `json:"persons"` // in the same order
	Verdict Verdict     `json:"verdict"`
	Why     string      `json:"why,omitempty"`
	By      UserID      `json:"by"`
	At      time.Time   `json:"at"`
	Past    []Judgement `json:"past,omitempty"` // oldest first
}

// A Judgement is what somebody says about two cases.
type Judgement struct {
	Verdict Verdict   `json:"verdict" enum:"undecided,same,different"`
	Why     string    `json:"why,omitempty"`
	By      UserID    `json:"by,omitempty"` // set by the node
	At      time.Time `json:"at,omitzero"`  // set by the node
}

// Check returns what is wrong with j.
func (j Judgement) Check() []Fault {
	var f faults
	f.oneOf("verdict", string(j.Verdict), string(Undecided), string(SameOne), string(Different))
	f.text("why", j.Why, MaxText)
	return f
}

// Judged returns d after j; what was said before is kept.
func (d PairDecision) Judged(j Judgement) PairDecision {
	if d.Verdict != "" {
		d.Past = append(d.Past, Judgement{d.Verdict, d.Why, d.By, d.At})
	}
	d.Verdict, d.Why, d.By, d.At = j.Verdict, j.Why, j.By, j.At
	return d
}
