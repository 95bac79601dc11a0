package casework

// VisitWays are how somebody was met after the end of the service.
var VisitWays = []string{"kunjungan", "telepon", "pesan", "lewat mitra"}

// A Discharge is the record of how a case ended (form F10).
type Discharge struct {
	Reason      string   `json:"reason"` // one of Endings
	Outcome     string   `json:"outcome"`
	Results     string   `json:"results,omitempty"`
	Functioning int      `json:"functioning,omitempty"` // social functioning at the end, 1 to 5; 0: not assessed
	Destination string   `json:"destination"`           // where the person goes
	With        string   `json:"with,omitempty"`        // who is responsible from now on, and how related
	Papers      []string `json:"papers,omitempty"`      // originals and copies handed over
	After       string   `json:"after,omitempty"`       // plan for the time after
	NoAfter     string   `json:"noAfter,omitempty"`     // why there is none
}

// NeedsAftercare reports whether somebody must look after a person whose case
// ended for a reason.
func NeedsAftercare(reason string) bool {
	switch reason {
	case "tujuan tercapai", "reunifikasi", "mengundurkan diri", "pindah alamat", "lainnya":
		return true
	}
	return false
}

// Check returns what is wrong with d: all that form F10 asks for is there.
func (d Discharge) Check() []Fault {
	var f faults
	f.oneOf("reason", d.Reason, Endings...)
	f.oneOf("outcome", d.Outcome, Outcomes...)
	f.text("results", d.Results, MaxText)
	if d.Functioning < 0 || d.Functioning > 5 {
		f.add("functioning", "must be 1 to 5")
	}
	if !Expected(d.Reason) {
		f.text("destination", d.Destination, MaxValue)
	} else {
		f.need("destination", d.Destination, MaxValue)
	}
	f.text("with", d.With, MaxValue)
	if n := len(d.Papers); n > MaxCodes {
		f.add("papers", "has %d entries; at most %d are possible", n, MaxCodes)
		return f
	}
	for i, p := range d.Papers {
		f.need(nested("papers", i), p, MaxValue)
	}
	f.text("after", d.After, MaxText)
	f.text("noAfter", d.NoAfter, MaxText)
	if NeedsAftercare(d.Reason) && d.After == "" && d.NoAfter == "" {
		f.add("after", "is missing; if there can be no care afterwards, say why")
	}
	return f
}

// Expected reports whether somebody knew that the case would end. Who dies or
// runs away leaves goals open and takes no papers along.
func Expected(reason string) bool {
	return reason != "meninggal dunia" && reason != "meninggalkan balai tanpa izin"
}

// ToClose returns what is missing before a case with plan, which may be nil,
// can end as d says.
func (d Discharge) ToClose(plan *Plan) []Fault {
	f := faults(d.Check())
	if plan == nil || !Expected(d.Reason) {
		return f
	}
	open := 0
	for _, g := range plan.Goals {
		if g.Outcome == "" {
			open++
		}
	}
	if open > 0 {
		f.add("goals", "%d goals of the plan have no result yet", open)
	}
	return f
}

// A Visit is one contact after the end of the service (form F11).
type Visit struct {
	Day       Day    `json:"day"`
	Way       string `json:"way"`
	Month     int    `json:"month,omitempty"` // which visit of the plan it is: 3 or 6; 0: another one
	Condition string `json:"condition"`
	LivesWith string `json:"livesWith,omitempty"`
	Work      string `json:"work,omitempty"` // school or work
	Problems  string `json:"problems,omitempty"`
	Next      string `json:"next,omitempty"` // what follows
}

// Check returns what is wrong with v.
func (v Visit) Check() []Fault {
	var f faults
	f.needDay("day", v.Day)
	f.oneOf("way", v.Way, VisitWays...)
	if v.Month != 0 && v.Month != 3 && v.Month != 6 {
		f.add("month", "must be 3 or 6")
	}
	f.need("condition", v.Condition, MaxText)
	f.text("livesWith", v.LivesWith, MaxValue)
	f.text("work", v.Work, MaxValue)
	f.text("problems", v.Problems, MaxText)
	f.text("next", v.Next, MaxText)
	return f
}
