package casework

// The short lists of services. They are stored and travel: add, never rename.
var (
	// ProvisionKinds are what takes more than one day to provide.
	ProvisionKinds = []string{ProvisionAid, ProvisionTraining}
	// CivilKinds are the papers of the civil registry (adminduk).
	CivilKinds = []string{"nik", "ktp", "kk", "akta", "kia"}
	// CivilStates are how far such a paper is.
	CivilStates = []string{"belum ada", "diajukan", "direkam", "terbit"}
	// ProgrammeCodes are the social programmes somebody may take part in.
	ProgrammeCodes = []string{"PKH", "Sembako", "PBI-JK", "PIP", "DTSEN", "KIP", "KKS", "KPD", "ATENSI YAPI", "lainnya"}
	// ProgrammeStates are what is known of it. Only "terverifikasi" and
	// "diterima" were seen by somebody.
	ProgrammeStates = []string{"diakui", "terverifikasi", "diusulkan", "diterima", "tidak"}
	// IncidentKinds are what must be told upwards (kejadian khusus).
	IncidentKinds = []string{"sakit", "berkelahi", "meninggalkan balai", "meninggal", "kekerasan", "lainnya"}
)

// The kinds of a Provision.
const (
	ProvisionAid      = "alat bantu"
	ProvisionTraining = "vokasional"
)

// provisionStates are the steps of each kind, in order, the last one for what
// came to nothing.
var provisionStates = map[string][]string{
	ProvisionAid:      {"diminta", "dibuat", "diserahkan", "batal"},
	ProvisionTraining: {"mengikuti", "lulus", "bekerja", "usaha", "berhenti"},
}

// ProvisionStates returns the states of a kind of provision in their order.
func ProvisionStates(kind string) []string { return provisionStates[kind] }

// A Service is one service event (F5, F6): what was given, when and by whom.
type Service struct {
	Day       Day    `json:"day"`
	Component string `json:"component"`
	Activity  string `json:"activity"`
	Base      string `json:"base"`
	Goal      CareID `json:"goal,omitempty"` // line of the approved plan; "": an emergency service
	Provider  string `json:"provider,omitempty"`
	Partner   string `json:"partner,omitempty"`
	Amount    int    `json:"amount,omitempty"` // how often or how much, in Unit
	Unit      string `json:"unit,omitempty"`
	Remark    string `json:"remark,omitempty"`
}

// Check returns what is wrong with s.
func (s Service) Check() []Fault {
	var f faults
	f.needDay("day", s.Day)
	f.oneOf("component", s.Component, Components...)
	f.need("activity", s.Activity, MaxValue)
	f.oneOf("base", s.Base, Bases...)
	f.id("goal", string(s.Goal))
	f.text("provider", s.Provider, MaxValue)
	f.text("partner", s.Partner, MaxValue)
	if s.Amount < 0 || s.Amount > 1_000_000 {
		f.add("amount", "must be 0 to 1,000,000")
	}
	f.text("unit", s.Unit, MaxValue)
	f.text("remark", s.Remark, MaxText)
	return f
}

// A Provision is an assistive device or a training on its way: asked for, in
// the making, delivered. Its dates make the waiting list and the report.
type Provision struct {
	Kind    string `json:"kind"`
	Item    string `json:"item"`
	State   string `json:"state"`
	Since   Day    `json:"since"`           // when it came to this state
	Asked   Day    `json:"asked,omitempty"` // when it began; kept by the node
	Goal    CareID `json:"goal,omitempty"`
	Partner string `json:"partner,omitempty"` // workshop, school, employer
	Remark  string `json:"remark,omitempty"`  // measures, hours, wage
}

// Check returns what is wrong with p.
func (p Provision) Check() []Fault {
	var f faults
	f.oneOf("kind", p.Kind, ProvisionKinds...)
	if states := provisionStates[p.Kind]; states != nil {
		f.oneOf("state", p.State, states...)
	}
	f.need("item", p.Item, MaxValue)
	f.needDay("since", p.Since)
	f.day("asked", p.Asked)
	f.id("goal", string(p.Goal))
	f.text("partner", p.Partner, MaxValue)
	f.text("remark", p.Remark, MaxText)
	return f
}

// An Incident is something out of the ordinary (kejadian khusus).
type Incident struct {
	Day     Day    `json:"day"`
	Kind    string `json:"kind"`
	Place   string `json:"place,omitempty"`
	Account string `json:"account"` // what happened
	Done    string `json:"done,omitempty"`
	Told    string `json:"told,omitempty"` // family, police, hospital, head
}

// Check returns what is wrong with i.
func (i Incident) Check() []Fault {
	var f faults
	f.needDay("day", i.Day)
	f.oneOf("kind", i.Kind, IncidentKinds...)
	f.text("place", i.Place, MaxValue)
	f.need("account", i.Account, MaxText)
	f.text("done", i.Done, MaxText)
	f.text("told", i.Told, MaxValue)
	return f
}

// A CivilPaper is one paper of the civil registry that a person gets while
// being served: no NIK, no health insurance, no hospital.
type CivilPaper struct {
	Kind   string `json:"kind"`
	State  string `json:"state"`
	Since  Day    `json:"since"`            // when it came to this state
	Office string `json:"office,omitempty"` // civil registry of which regency
	Remark string `json:"remark,omitempty"`
}

// Check returns what is wrong with p.
func (p CivilPaper) Check() []Fault {
	var f faults
	f.oneOf("kind", p.Kind, CivilKinds...)
	f.oneOf("state", p.State, CivilStates...)
	f.needDay("since", p.Since)
	f.text("office", p.Office, MaxValue)
	f.text("remark", p.Remark, MaxText)
	return f
}

// A Programme is what is known of somebody's part in a social programme. It
// never decides whether somebody is served.
type Programme struct {
	Code   string `json:"code"`
	State  string `json:"state"`
	Seen   Day    `json:"seen"` // when this was last looked up
	Source string `json:"source,omitempty"`
	Number string `json:"number,omitempty"`
	Decile int    `json:"decile,omitempty"` // of DTSEN, 1 to 10; 0: not known
}

// Check returns what is wrong with p.
func (p Programme) Check() []Fault {
	var f faults
	f.oneOf("code", p.Code, ProgrammeCodes...)
	f.oneOf("state", p.State, ProgrammeStates...)
	f.needDay("seen", p.Seen)
	f.text("source", p.Source, MaxValue)
	f.text("number", p.Number, MaxValue)
	if p.Decile < 0 || p.Decile > 10 {
		f.add("decile", "must be 1 to 10")
	}
	return f
}
