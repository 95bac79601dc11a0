package casework

import "time"

// An Intake is what the front desk knows when it opens a case (form F1). Only
// Urgency and Basis are required: no NIK, no name, no network, no other balai.
type Intake struct {
	Claims  []Claim   `json:"claims,omitempty"`
	Unborn  bool      `json:"unborn,omitempty"` // the child is not yet born
	Mother  CaseID    `json:"mother,omitempty"` // case of the mother, if she is registered here
	Again   CaseID    `json:"again,omitempty"`  // an earlier case of the same person here: this is a new episode
	Mode    Mode      `json:"mode,omitempty"`
	Cluster string    `json:"cluster,omitempty"`
	PPKS    []string  `json:"ppks,omitempty"`
	Ragam   []string  `json:"ragam,omitempty"`
	Secrecy []Secrecy `json:"secrecy,omitempty"`
	Urgency Urgency   `json:"urgency"`
	Basis   Basis     `json:"basis"`
	Source  string    `json:"source,omitempty"`
	Need    string    `json:"need,omitempty"`
	Lead    UserID    `json:"lead,omitempty"` // empty: the social worker who opens it
	Unit    string    `json:"unit,omitempty"` // empty: the unit of who opens it
	At      time.Time `json:"at,omitzero"`    // when the person came; zero: now. Paper is typed in later
}

// Case returns the content of the case that in asks for.
func (in Intake) Case() Case {
	return Case{
		State: Open, Stage: Access, Mode: in.Mode, Cluster: in.Cluster, PPKS: in.PPKS, Ragam: in.Ragam, Secrecy: in.Secrecy,
		Urgency: in.Urgency, Basis: in.Basis, Source: in.Source, Need: in.Need, Lead: in.Lead, Unit: in.Unit, Opened: in.At,
	}
}

// Check returns what is wrong with in.
func (in Intake) Check(known Known) []Fault {
	f := faults(in.Case().Check(known))
	f = append(f, CheckClaims("claims", in.Claims)...)
	f.id("mother", string(in.Mother))
	f.id("again", string(in.Again))
	if in.Again != "" && (in.Unborn || in.Mother != "") {
		f.add("again", "cannot go with unborn or mother: the person is registered already")
	}
	return f
}

// A Warning is a doubt about an intake. It never blocks: people come with what
// they have, and the case is open already.
type Warning struct {
	Field string   `json:"field,omitempty"`
	Code  string   `json:"code"` // for programs: age, sex, ragam, secrecy, nik, double
	Words string   `json:"words"`
	Cases []CaseID `json:"cases,omitempty"` // for double: who it may be, best first
}

// A Patch is an edit of a case. A nil field stays as it is.
type Patch struct {
	Mode    *Mode      `json:"mode,omitempty"`
	Cluster *string    `json:"cluster,omitempty"`
	PPKS    *[]string  `json:"ppks,omitempty"`
	Ragam   *[]string  `json:"ragam,omitempty"`
	Secrecy *[]Secrecy `json:"secrecy,omitempty"`
	Urgency *Urgency   `json:"urgency,omitempty"`
	Basis   *Basis     `json:"basis,omitempty"`
	Source  *string    `json:"source,omitempty"`
	Need    *string    `json:"need,omitempty"`
	Lead    *UserID    `json:"lead,omitempty"`
	Unit    *string    `json:"unit,omitempty"`
}

// Apply returns c as p wants it.
func (p Patch) Apply(c Case) Case {
	set(&c.Mode, p.Mode)
	set(&c.Cluster, p.Cluster)
	set(&c.PPKS, p.PPKS)
	set(&c.Ragam, p.Ragam)
	set(&c.Secrecy, p.Secrecy)
	set(&c.Urgency, p.Urgency)
	set(&c.Basis, p.Basis)
	set(&c.Source, p.Source)
	set(&c.Need, p.Need)
	set(&c.Lead, p.Lead)
	set(&c.Unit, p.Unit)
	return c
}

func set[T any](field *T, v *T) {
	if v != nil {
		*field = *v
	}
}

// Assigns reports whether p says who has the case, which is Assign and not
// WriteCase in the permission table.
func (p Patch) Assigns() bool { return p.Lead != nil || p.Unit != nil }

// Writes reports whether p changes what the case says.
func (p Patch) Writes() bool {
	p.Lead, p.Unit = nil, nil
	return p != Patch{}
}
