package casework

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A Wish is what a case asks of the balai it may go to, as far as its file
// says.
type Wish struct {
	Clusters     []string
	Components   []string // K1 to K7 of the plan
	Capabilities []string
	Sex          string
	Age          int    // whole years; -1 if not known
	Region       string // where the person comes from
	Residential  bool
	Advised      BalaiCode // by the balai that was asked before; empty: none was
}

// A Choice is one balai as a destination, with the reasons that put it where it
// stands in the list.
type Choice struct {
	Code      BalaiCode `json:"code,omitempty"` // empty: it has no node and no code yet
	Name      string    `json:"name"`
	Location  string    `json:"location,omitempty"`
	Connected bool      `json:"connected"` // it has a node: handoffs reach it by themselves
	Described bool      `json:"described"` // it has said what it does
	Score     int       `json:"score"`
	Why       []string  `json:"why,omitempty"`  // reasons for it, in words
	But       []string  `json:"but,omitempty"`  // reasons against it, in words; never a block
	Free      int       `json:"free,omitempty"` // places for this person
	Total     int       `json:"total,omitempty"`
	PlacesAt  time.Time `json:"placesAt,omitzero"`
	Stale     bool      `json:"stale,omitempty"`   // the places were counted more than a day ago
	Consent   bool      `json:"consent,omitempty"` // the person has consented to share the file with it
	Phone     string    `json:"phone,omitempty"`
	Opening   string    `json:"opening,omitempty"`
	Asks      string    `json:"asks,omitempty"`
}

// Advice is what may be said about where a case could go.
type Advice struct {
	Wish    Wish     `json:"-"`
	Choices []Choice `json:"choices"`
	// Reason and Wanted are what the file already says, to begin the letter with.
	Reason string `json:"reason,omitempty"`
	Wanted string `json:"wanted,omitempty"`
	Given  string `json:"given,omitempty"`
	// After is the handoff that the balai asked before redirected, if the case was
	// not offered since: its letter is the one to go on from.
	After HandoffID `json:"after,omitempty"`
	// Warnings are soft, such as that of competence (UU 23/2014); never a block.
	Warnings []string `json:"warnings,omitempty"`
}

// Candidate is a balai to choose from.
type Candidate struct {
	Profile   Profile // zero but for Code and Name if it has said nothing
	Location  string
	Region    string
	Connected bool
	Described bool
}

// Rank orders candidates by how well they fit a wish: by service, by place, by
// where they are. Who is not connected comes last.
func Rank(w Wish, all []Candidate, now time.Time) []Choice {
	out := make([]Choice, 0, len(all))
	for _, c := range all {
		out = append(out, c.judge(w, now))
	}
	slices.SortStableFunc(out, func(a, b Choice) int {
		return cmp.Or(-compareBool(a.Connected, b.Connected), -cmp.Compare(a.Score, b.Score), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// verdict gathers the reasons for one balai.
type verdict struct{ Choice }

func (v *verdict) yes(points int, words string) {
	v.Score, v.Why = v.Score+points, append(v.Why, words)
}

func (v *verdict) no(points int, words string) {
	v.Score, v.But = v.Score-points, append(v.But, words)
}

func (c Candidate) judge(w Wish, now time.Time) Choice {
	p := c.Profile
	v := verdict{Choice{
		Code: p.Code, Name: p.Name, Location: c.Location, Connected: c.Connected, Described: c.Described,
		Phone: p.Phone, Opening: p.Opening, Asks: p.Asks, PlacesAt: p.PlacesAt,
	}}
	if w.Advised != "" && w.Advised == p.Code {
		v.yes(20, "the balai that was asked before advises it")
	}
	if !c.Connected {
		v.no(0, "it has no node yet: send a letter, or call")
	}
	if c.Described {
		c.judgeService(&v, w)
		c.judgePlaces(&v, w, now)
	} else if c.Connected {
		v.no(0, "it has not said yet what it does")
	}
	c.judgeWhere(&v, w)
	return v.Choice
}

// judgeService looks at what a balai can do. A balai takes whoever stands at its
// door, so what it does not name counts little against it.
func (c Candidate) judgeService(v *verdict, w Wish) {
	p := c.Profile
	if both := common(w.Clusters, p.Clusters); len(both) > 0 {
		v.yes(6, "serves this cluster: "+strings.Join(both, ", "))
	} else if len(w.Clusters) > 0 && len(p.Clusters) > 0 {
		v.no(2, "does not name this cluster")
	}
	both := common(w.Components, p.Components)
	if len(both) > 0 {
		v.yes(2*len(both), "has what the plan needs: "+strings.Join(both, ", "))
	}
	if missing := len(w.Components) - len(both); missing > 0 && len(p.Components) > 0 {
		v.no(missing, "does not name all that the plan needs")
	}
	if can := common(w.Capabilities, p.Capabilities); len(can) > 0 {
		v.yes(4*len(can), "can do: "+strings.Join(can, ", "))
	}
}

func (c Candidate) judgePlaces(v *verdict, w Wish, now time.Time) {
	p := c.Profile
	if len(p.Places) == 0 {
		return
	}
	v.Free, v.Total = p.FreeFor(w.Sex, w.Age)
	v.Stale = p.Stale(now)
	switch {
	case v.Total == 0:
		v.no(4, "has no house for this sex and age")
	case v.Free == 0:
		v.no(3, "has no free place now")
	case v.Stale:
		v.yes(1, "had a free place when it was last counted")
	default:
		v.yes(4, "has a free place")
	}
}

// judgeWhere looks at the working area and at the distance, as far as codes of
// regions tell it: the same regency, or the same province.
func (c Candidate) judgeWhere(v *verdict, w Wish) {
	if len(w.Region) < 2 {
		return
	}
	province, regency := w.Region[:2], w.Region[:min(5, len(w.Region))]
	areas := c.Profile.Areas
	at := cmp.Or(c.Profile.Region, c.Region)
	switch {
	case len(regency) == 5 && slices.Contains(areas, regency):
		v.yes(5, "the regency is in its working area")
	case slices.Contains(areas, province):
		v.yes(4, "the province is in its working area")
	case len(areas) > 0:
		v.no(1, "the place of origin is not in its working area")
	}
	switch {
	case len(at) >= 5 && at[:5] == regency:
		v.yes(3, "stands in the same regency")
	case len(at) >= 2 && at[:2] == province:
		v.yes(2, "stands in the same province")
	case len(at) >= 2 && at[:1] == province[:1]: // codes of provinces go by islands
		v.yes(1, "stands in the same part of the country")
	}
}

func common(a, b []string) (both []string) {
	for _, s := range a {
		if slices.Contains(b, s) && !slices.Contains(both, s) {
			both = append(both, s)
		}
	}
	return both
}

// centralOnly are the clusters whose residential care is the centre's own.
var centralOnly = []string{"napza", "hiv", "odhiv"}

// Redirected returns the handoff of a case after which it is to be offered to
// another balai, as the one that was asked advised. It is false if the newest of
// them did not end so.
func Redirected(list []Handoff) (h Handoff, ok bool) {
	for _, one := range list {
		if one.Box == Out && (h.ID == "" || one.Created.After(h.Created)) {
			h = one
		}
	}
	return h, h.Stage == "redirected" && h.Redirect != ""
}

// Advised is what the other balai said when it redirected h.
func (h Handoff) Advised() string {
	for _, r := range slices.Backward(h.Talk) {
		if r.Act == "redirect" {
			return r.Text
		}
	}
	return ""
}

// Competence returns the soft warning about who is competent (UU 23/2014,
// annex): residential care other than for NAPZA and HIV is the province's. A
// balai takes others too: advanced, across provinces, in an emergency.
func (w Wish) Competence() (warnings []string) {
	if !w.Residential {
		return nil
	}
	for _, c := range w.Clusters {
		for _, central := range centralOnly {
			if strings.Contains(strings.ToLower(c), central) {
				return nil
			}
		}
	}
	return []string{"residential care outside NAPZA and HIV is the competence of the province (UU 23/2014): let the letter say why a balai is asked"}
}

// Wish returns what the file asks of the balai it may go to.
func (b Bundle) Wish(at time.Time) Wish {
	w := Wish{Sex: b.Person.Value(ClaimSex), Age: -1, Region: b.Person.Value(ClaimRegion)}
	if born, known := b.Person.Born(); known {
		youngest, oldest := born.Age(at)
		w.Age = (youngest + oldest) / 2
	}
	if w.Sex == NotYet {
		w.Sex = ""
	}
	if b.Case.Cluster != "" {
		w.Clusters = []string{b.Case.Cluster}
	}
	plan := PlanOf(b.Care.Plans).Best()
	if plan == nil {
		return w
	}
	for _, g := range plan.Goals {
		if g.Outcome == "" && !slices.Contains(w.Components, g.Component) {
			w.Components = append(w.Components, g.Component)
		}
		w.Residential = w.Residential || g.Base == "residensial" && g.Outcome == ""
	}
	return w
}

// Letter begins the letter of an offer (form F7) with what the file says: why,
// what is wanted, what was given. Nothing that is known is typed again.
func (b Bundle) Letter() (reason, wanted, given string) {
	plan := PlanOf(b.Care.Plans).Best()
	if plan == nil {
		return clip(b.Case.Need, MaxLetter), "", ""
	}
	var why, what, done []string
	for _, g := range plan.Goals {
		if g.Outcome == "tercapai" {
			done = append(done, g.Component+": "+g.Activity)
			continue
		}
		why = append(why, g.Problem)
		what = append(what, g.Component+": "+g.Activity+" ("+g.Aim+")")
	}
	for _, s := range b.Care.Services {
		line := s.Data.Component + ": " + s.Data.Activity
		if !slices.Contains(done, line) && len(done) < 20 {
			done = append(done, line)
		}
	}
	if len(why) == 0 {
		why = []string{b.Case.Need}
	}
	return clip(strings.Join(unique(why), "\n"), MaxLetter), clip(strings.Join(unique(what), "\n"), MaxLetter), clip(strings.Join(done, "\n"), MaxLetter)
}

// SharedWith reports whether the person has consented to share the file with a
// balai, or a partner, at the time.
func (b Bundle) SharedWith(code BalaiCode, at time.Time) bool {
	return code != "" && slices.ContainsFunc(b.Consents, func(c Consent) bool {
		return c.Scope == ForSharing && c.Recipient == code && c.Valid(at)
	})
}

func unique(list []string) (out []string) {
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// clip cuts s to at most n runes.
func clip(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}
