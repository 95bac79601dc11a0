package casework

import "slices"

// A Milestone is something that must be in a case before it leaves a stage
// (Permensos 7/2021, from akses to terminasi). Which ones a case has reached is
// for the use cases to find out.
type Milestone string

// The milestones.
const (
	RapidAssessed Milestone = "rapid assessment" // form F2, or a note of that kind
	ToBeServed    Milestone = "decision"         // "dilayani", or nothing that says otherwise
	Agreed        Milestone = "agreement"        // a consent to processing that holds
	Assessed      Milestone = "assessment"       // form F3, signed by the social worker
	FourDomains   Milestone = "four domains"     // bio, psiko, sosial, spiritual
	TeamHeard     Milestone = "team"             // another profession signed, or wrote a note
	Conferred     Milestone = "conference"       // pembahasan kasus
	Planned       Milestone = "plan"             // goals with services, base, who and when
	PlanApproved  Milestone = "plan approved"    // by the person and by the supervisor
	Served        Milestone = "service"          // a service event or a progress note
)

// A Need is a milestone that is asked for, in words and with the page where it
// is reached.
type Need struct {
	Of     Milestone `json:"of"`
	Words  string    `json:"words"`
	Page   string    `json:"page"`             // key of the page, under the case: asesmen, persetujuan, ...
	Reason bool      `json:"reason,omitempty"` // a recorded reason stands in for it
}

// agreement is asked for on the way into the stages that rest on one, from
// wherever a case comes.
var agreement = Need{Agreed, "the agreement is missing: record the consent, or say why there can be none", "persetujuan", true}

// needs is what must be there before a stage is left for the next one. A way
// back, and the way to the end, asks for nothing: people come back, leave, die.
var needs = map[Stage][]Need{
	Access: {
		{RapidAssessed, "the rapid assessment is missing", "formulir/F2", true},
		{ToBeServed, "the decision so far is not to serve here", "formulir/F2", true},
	},
	Agreement: {agreement},
	Assessment: {
		{Assessed, "the comprehensive assessment is not signed by the social worker", "asesmen", false},
		{FourDomains, "four domains of the assessment must be filled in", "asesmen", false},
		{TeamHeard, "no other profession has been heard", "asesmen", true},
		{Conferred, "the case conference is missing", "konferensi", true},
	},
	Planning: {
		{Planned, "the plan has no goals yet", "rencana", false},
		{PlanApproved, "the plan is not approved", "rencana", false},
	},
	Implementation: {
		{Served, "no service has been given yet", "layanan", true},
	},
}

// Missing returns what c lacks on its way to a stage. A reason, where it may
// stand in, is for the caller to weigh: see Need.Reason.
func (c Case) Missing(to Stage, reached func(Milestone) bool) []Need {
	var out []Need
	if to == Termination {
		return nil
	}
	if to.NeedsAgreement() && !c.Stage.NeedsAgreement() && !reached(Agreed) {
		out = append(out, agreement)
	}
	for s := c.Stage; s < to; s++ {
		for _, n := range needs[s] {
			if !reached(n.Of) && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

// Readiness says where a case stands and what lies between it and each stage
// that may follow.
type Readiness struct {
	Stage   Stage         `json:"stage"`
	Version uint64        `json:"version"` // of the case
	Agreed  bool          `json:"agreed"`  // the person is a beneficiary (PM), not only a prospective one
	Reached []Milestone   `json:"reached"`
	Ways    []ReadinessTo `json:"ways"`
}

// ReadinessTo is one stage that may follow.
type ReadinessTo struct {
	Stage   Stage  `json:"stage"`
	Missing []Need `json:"missing"`
}

// Milestones are all of them, in the order of the stages.
var Milestones = []Milestone{RapidAssessed, ToBeServed, Agreed, Assessed, FourDomains, TeamHeard, Conferred, Planned, PlanApproved, Served}

// Unready is the refusal to move a case, with what is missing as faults: the
// field is the milestone, so that a page can lead to where it is reached. It
// returns nil if nothing is missing, or a reason stands in for all of it.
func (c Case) Unready(missing []Need, why string) error {
	var list []Fault
	for _, n := range missing {
		if !n.Reason || why == "" {
			list = append(list, Fault{Field: string(n.Of), Words: n.Words})
		}
	}
	if list == nil {
		return nil
	}
	return &reason{kind: Conflict, words: "the case is not ready for this stage", faults: list, detail: Lacks(missing)}
}

// Lacks are the needs that a refusal carries.
type Lacks []Need

// LacksOf returns what a refusal to move a case names.
func LacksOf(err error) []Need {
	lacks, _ := detailOf(err).(Lacks)
	return lacks
}

// DecidedToServe returns the decision of a sheet of the intake or the rapid
// assessment, given its newest answers, and whether there is one.
func DecidedToServe(code string, latest map[string]FormAnswer) (serve, decided bool) {
	section := map[string]string{FormIntake: "putusan", FormRapid: "kesimpulan"}[code]
	said := latest[section].Values.One(fieldDecision)
	return said == toServe, said != "" && said != NotYet
}
