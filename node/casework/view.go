package casework

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// A Page is one page of a list. Next is the cursor of the next one, or "".
type Page[T any] struct {
	Items   []T    `json:"items"`
	Next    string `json:"next,omitempty"`
	Partial bool   `json:"partial,omitempty"` // the index is still being built: there may be more
}

// A Query asks for a page of cases. Text looks for names and numbers and gives
// one page, best first; without it the cases come newest change first.
type Query struct {
	Text   string
	Stage  Stage  // 0: all
	State  State  // 0: all
	Lead   UserID // "": all
	Cursor string // Next of the page before; not with Text
	Limit  int    // 1 to 100; 0: 50
}

// A Card is the least that tells cases apart in a list. Name holds initials
// only, unless the reader may read the case.
type Card struct {
	ID       CaseID    `json:"id"`
	Number   string    `json:"number"`
	Name     string    `json:"name"`
	Initials bool      `json:"initials,omitempty"` // Name holds initials
	Sex      string    `json:"sex,omitempty"`
	AgeBand  string    `json:"ageBand,omitempty"`
	Stage    Stage     `json:"stage"`
	State    State     `json:"state"`
	Urgency  Urgency   `json:"urgency"`
	Lead     UserID    `json:"lead,omitempty"`
	Unit     string    `json:"unit,omitempty"`
	To       BalaiCode `json:"to,omitempty"`
	Opened   time.Time `json:"opened"`
	Changed  time.Time `json:"changed"`
}

// An Overview is one case as its page shows it.
type Overview struct {
	Case      Case   `json:"case"`
	Person    Person `json:"person"`
	Notes     int    `json:"notes"` // how many
	Documents int    `json:"documents"`
	Consents  int    `json:"consents"`
	Stub      *Stub  `json:"stub,omitempty"` // of a case handed over
	Also      []Card `json:"also,omitempty"` // other cases of the same person, and of persons joined to it

	May    []Action `json:"may,omitempty"` // what the reader may do to it, of OnCase
	Agreed bool     `json:"agreed"`        // there is an agreement: the person is a beneficiary (PM), not only a prospective one
}

// OnCase are the actions that a page of a case offers.
var OnCase = []Action{WriteCase, AddToCase, Assign, PrepareOffer, Offer, Export, ReadAudit}

// Can reports whether the reader may do act.
func (o Overview) Can(act Action) bool { return slices.Contains(o.May, act) }

// A Stub is what a balai knows of a case it handed over: where it went, when,
// and whom to call.
type Stub struct {
	Case    CaseID    `json:"case"`
	Handoff HandoffID `json:"handoff"`
	To      BalaiCode `json:"to"`
	Epoch   uint64    `json:"epoch"` // custody epoch that began with it
	At      time.Time `json:"at"`    // when it was received there, ledger time
	Contact string    `json:"contact,omitempty"`
}

// What became of a case, as a Step says it.
const (
	WasOpened   = "opened"
	WasEdited   = "edited"
	WasMoved    = "stage"
	WasClosed   = "closed"
	WasReopened = "reopened"
	WasOffered  = "on offer"
	WasThawed   = "offer ended"
	WentAway    = "handed over"
	Came        = "arriving"
	WasReceived = "received"
	WentBack    = "did not arrive"

	ConsentEnded = "consent withdrawn" // and a balai has data under it: Other says which
	FormSigned   = "form signed"       // Words: code of the form
)

// A Step is one thing that became of a case. Steps are only ever added.
type Step struct {
	ID      string    `json:"id"`
	Case    CaseID    `json:"case"`
	At      time.Time `json:"at"`
	By      UserID    `json:"by,omitempty"` // empty: the node, following the ledger
	Balai   BalaiCode `json:"balai"`
	What    string    `json:"what"`
	Stage   Stage     `json:"stage,omitempty"`   // the stage after it
	Words   string    `json:"words,omitempty"`   // a reason somebody wrote
	Handoff HandoffID `json:"handoff,omitempty"` // the transfer that did it
	Other   BalaiCode `json:"other,omitempty"`   // the balai at its other end
}

// A Moment is one entry of a case's timeline; one of the pointers is set.
type Moment struct {
	At       time.Time `json:"at"`
	Step     *Step     `json:"step,omitempty"`
	Note     *Note     `json:"note,omitempty"`
	Document *Document `json:"document,omitempty"`
	Consent  *Consent  `json:"consent,omitempty"`
	Handoff  *Handoff  `json:"handoff,omitempty"`

	Sheet *SheetCard `json:"sheet,omitempty"`

	Care *CareMoment `json:"care,omitempty"`

	Letter  *LetterCard    `json:"letter,omitempty"`  // signed here, or come with the case
	Outside *OutsideMoment `json:"outside,omitempty"` // a referral to a partner that runs no node
}

// MomentKinds are what a timeline may be narrowed to.
var MomentKinds = []string{"step", "note", "document", "consent", "handoff", "form", "care", "letter", "partner"}

// Kind returns which of MomentKinds m is.
func (m Moment) Kind() string {
	for i, there := range []bool{
		m.Step != nil, m.Note != nil, m.Document != nil, m.Consent != nil, m.Handoff != nil, m.Sheet != nil, m.Care != nil, m.Letter != nil,
		m.Outside != nil,
	} {
		if there {
			return MomentKinds[i]
		}
	}
	return ""
}

// An Entry is one case as the search index holds it, in memory only.
type Entry struct {
	ID      CaseID
	Person  PersonID
	Names   []string // the current name first, then the other names and aliases
	Numbers []string // NIK, KK, BPJS, case numbers, register number
	Mother  string   // her name
	Born    Born     // zero: not known
	Sex     string
	Region  string
	Stage   Stage
	State   State
	Lead    UserID
	Unit    string
	Secrecy []Secrecy
	Changed time.Time
}

// EntryOf makes the index entry of c and its person.
func EntryOf(c Case, p Person) Entry {
	e := Entry{
		ID: c.ID, Person: c.Person, Numbers: []string{c.Number}, Mother: p.Value(ClaimMother), Sex: p.Value(ClaimSex),
		Region: p.Value(ClaimRegion), Stage: c.Stage, State: c.State, Lead: c.Lead, Unit: c.Unit, Secrecy: c.Secrecy, Changed: c.Changed,
	}
	e.Born, _ = p.Born()
	for _, n := range []string{c.NumberThere, c.Register} {
		e.Numbers = appendNew(e.Numbers, n)
	}
	e.Names = appendNew(e.Names, p.Value(ClaimName))
	for _, cl := range p.Claims {
		if cl.Value == NotYet {
			continue
		}
		switch cl.Kind {
		case ClaimName, ClaimAlias:
			e.Names = appendNew(e.Names, cl.Value)
		case ClaimNIK, ClaimKK, ClaimBPJS:
			e.Numbers = appendNew(e.Numbers, cl.Value)
		}
	}
	return e
}

func appendNew(list []string, s string) []string {
	if s == "" {
		return list
	}
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

// CardOf makes the card of c and its person. Without full it holds initials.
func CardOf(c Case, p Person, full bool, at time.Time) Card {
	card := Card{
		ID: c.ID, Number: c.Number, Name: p.Name(), Initials: !full, Sex: p.Value(ClaimSex), AgeBand: p.AgeBand(at), Stage: c.Stage,
		State: c.State, Urgency: c.Urgency, Lead: c.Lead, Unit: c.Unit, To: c.To, Opened: c.Opened, Changed: c.Changed,
	}
	if !full {
		card.Name = p.Initials()
	}
	return card
}

// Initials returns the initials of p's name, for lists on shared screens and
// for what may be told before the file may: "S. W.", or "X." without a name.
func (p Person) Initials() string {
	name := p.Value(ClaimName)
	if name == "" {
		name = p.Value(ClaimAlias)
	}
	var parts []string
	for _, word := range strings.Fields(name) {
		for _, r := range word {
			if unicode.IsLetter(r) {
				parts = append(parts, string(unicode.ToUpper(r))+".")
				break
			}
		}
	}
	if len(parts) == 0 {
		return "X."
	}
	return strings.Join(parts[:min(len(parts), 4)], " ")
}

// Wants reports whether c passes the filters of q. Text is not one of them.
func (q Query) Wants(c Case) bool {
	return (q.Stage == 0 || c.Stage == q.Stage) && (q.State == 0 || c.State == q.State) && (q.Lead == "" || c.Lead == q.Lead)
}
