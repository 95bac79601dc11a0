package casework

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// The kinds of what must be done by a day. All but the first come by
// themselves from what the file of the case says.
const (
	DueTask      = "task"      // somebody wrote it down
	DueStage     = "stage"     // the time of a stage runs out
	DueConsent   = "consent"   // the consent that was to follow ("persetujuan menyusul")
	DueReview    = "review"    // the next look at the plan (stage 5 and 6)
	DueGoal      = "goal"      // a line of the plan has come to its end without a result
	DueFeedback  = "feedback"  // to the balai the case came from
	DueAftercare = "aftercare" // visit after the end of the service
)

// DueKinds are all of them.
var DueKinds = []string{DueTask, DueStage, DueConsent, DueReview, DueGoal, DueFeedback, DueAftercare}

// The days after arrival on which the balai a case came from is told how it
// goes, and the months after the end in which the person is visited.
var (
	FeedbackDays    = []int{14, 60}
	AftercareMonths = []int{3, 6}
)

// A Task is something to be done for a case by a day.
type Task struct {
	What   string    `json:"what,omitempty"` // in words; empty for what came by itself
	Kind   string    `json:"kind,omitempty"` // one of DueKinds; "": DueTask
	Due    Day       `json:"due"`
	For    UserID    `json:"for,omitempty"` // who does it; "": the lead of the case
	Done   time.Time `json:"done,omitzero"`
	DoneBy UserID    `json:"doneBy,omitempty"`
	Result string    `json:"result,omitempty"`
}

// Check returns what is wrong with t.
func (t Task) Check() []Fault {
	var f faults
	f.maybeOne("kind", t.Kind, DueKinds...)
	if t.Kind == "" || t.Kind == DueTask {
		f.need("what", t.What, MaxValue)
	} else {
		f.text("what", t.What, MaxValue)
	}
	f.needDay("due", t.Due)
	f.id("for", string(t.For))
	f.text("result", t.Result, MaxText)
	return f
}

// A Due is one thing that waits for somebody, as a list shows it.
type Due struct {
	ID      CareID  `json:"id"`
	Case    CaseID  `json:"case"`
	Number  string  `json:"number"`
	Name    string  `json:"name"`
	Kind    string  `json:"kind"`
	What    string  `json:"what,omitempty"` // words of the task, or of the goal
	Step    int     `json:"step,omitempty"` // stage, day or month, after its kind
	Due     Day     `json:"due"`
	Late    int     `json:"late,omitempty"` // days it is overdue
	For     UserID  `json:"for,omitempty"`
	Unit    string  `json:"unit,omitempty"`
	Urgency Urgency `json:"urgency"`
}

// A Dossier is what tells which things are due in one case.
type Dossier struct {
	Case     Case
	Steps    []Step
	Consents []Consent
	Care     Care
	Balai    BalaiCode      // this balai
	Zone     *time.Location // of this balai
}

// Dues returns what is open in the case of d, without its name and without Late:
// those depend on who looks and when.
func (d Dossier) Dues(c Calendar) []Due {
	b := dues{d: d, c: c, done: map[CareID]bool{}}
	for _, r := range d.Care.Tasks {
		if !r.Data.Done.IsZero() {
			b.done[r.ID] = true
		}
	}
	for _, r := range d.Care.Tasks {
		if r.Data.Done.IsZero() {
			b.put(Due{ID: r.ID, Kind: cmp.Or(r.Data.Kind, DueTask), What: r.Data.What, Due: r.Data.Due, For: r.Data.For})
		}
	}
	switch d.Case.State {
	case Open, OnOffer:
		b.stage()
		b.consent()
		b.plan()
		b.feedback()
	case Closed:
		b.aftercare()
	}
	return b.list
}

type dues struct {
	d    Dossier
	c    Calendar
	done map[CareID]bool
	list []Due
}

func (b *dues) put(x Due) {
	c := b.d.Case
	if b.done[x.ID] || !x.Due.Valid() {
		return
	}
	x.Case, x.Number, x.Unit, x.Urgency = c.ID, c.Number, c.Unit, c.Urgency
	if x.For == "" {
		x.For = c.Lead
	}
	b.list = append(b.list, x)
}

// auto puts something that comes by itself. Its id follows from what it is
// about, so that who says it is done says it of this one and of no other.
func (b *dues) auto(kind string, step int, anchor string, due Day, what string, who UserID) {
	b.put(Due{ID: dueID(b.d.Case, kind, anchor), Kind: kind, Step: step, What: what, Due: due, For: who})
}

func dueID(c Case, kind, anchor string) CareID {
	sum := sha256.Sum256([]byte(c.Handle + "\x00" + kind + "\x00" + anchor))
	return CareID(hex.EncodeToString(sum[:16]))
}

func (b *dues) dayOf(t time.Time) Day { return DayOf(t.In(b.d.Zone)) }

// entered is when the case came to the stage it stands at, here.
func (b *dues) entered() Day {
	at := b.d.Case.Opened
	for _, s := range b.d.Steps {
		begins := s.What == WasMoved || s.What == WasReceived || s.What == WasReopened || s.What == WasOpened
		if begins && s.Balai == b.d.Balai && s.At.After(at) {
			at = s.At
		}
	}
	return b.dayOf(at)
}

func (b *dues) stage() {
	c, from, t := b.d.Case, b.entered(), b.c.Deadlines
	days := 0
	switch c.Stage {
	case Access:
		switch c.Urgency {
		case Within24h:
			b.auto(DueStage, int(c.Stage), string(from), from.Plus(1), "", "") // wall time: an emergency knows no weekend
			return
		case Within3d:
			b.auto(DueStage, int(c.Stage), string(from), from.Plus(3), "", "")
			return
		}
		days = t.Access
	case Agreement:
		days = t.Agreement
	case Assessment:
		days = t.Assessment
	case Planning:
		days = t.Planning
	default:
		return
	}
	b.auto(DueStage, int(c.Stage), string(from), b.c.After(from, days), "", "")
}

// consent is due where the work began on another ground and nobody has agreed
// since.
func (b *dues) consent() {
	c := b.d.Case
	if c.Basis != ByVitalInterest {
		return
	}
	agreed := slices.ContainsFunc(b.d.Consents, func(x Consent) bool { return x.Scope == ForProcessing && x.Withdrawn.IsZero() })
	if !agreed {
		from := b.dayOf(c.Opened)
		b.auto(DueConsent, 0, string(from), b.c.After(from, b.c.Deadlines.Consent), "", "")
	}
}

// plan looks after the approved plan: its reviews, and the goals whose time is
// over.
func (b *dues) plan() {
	c := b.d.Case
	cur := PlanOf(b.d.Care.Plans).Current
	if cur == nil || c.Stage != Implementation && c.Stage != Monitoring {
		return
	}
	last := b.dayOf(cur.Data.Approved)
	for _, r := range b.d.Care.Conferences {
		last = max(last, r.Data.Day)
	}
	b.auto(DueReview, 0, string(last), last.Plus(b.c.Deadlines.Review), "", "")
	for _, g := range cur.Data.Goals {
		if g.Outcome == "" {
			b.auto(DueGoal, 0, string(g.ID)+string(g.Until), g.Until, g.Activity, g.Lead)
		}
	}
}

// feedback is owed to the balai that the case came from.
func (b *dues) feedback() {
	var received time.Time
	for _, s := range b.d.Steps {
		if s.What == WasReceived && s.Balai == b.d.Balai && s.At.After(received) {
			received = s.At
		}
	}
	if received.IsZero() {
		return
	}
	from := b.dayOf(received)
	for _, n := range FeedbackDays {
		b.auto(DueFeedback, n, string(from)+string(rune('a'+n)), from.Plus(n), string(b.d.Case.From), "")
	}
}

// aftercare is due three and six months after the end, unless such a visit is
// in the file.
func (b *dues) aftercare() {
	c := b.d.Case
	if !NeedsAftercare(c.Reason) || c.Stage != Termination || !b.served() {
		return
	}
	from := b.dayOf(c.Ended)
	for _, n := range AftercareMonths {
		visited := slices.ContainsFunc(b.d.Care.Visits, func(r Record[Visit]) bool { return r.Data.Month == n && r.Data.Day >= from })
		if !visited {
			b.auto(DueAftercare, n, string(from)+string(rune('a'+n)), from.Months(n), "", "")
		}
	}
}

// served reports whether the case ended after a service, and not at the door.
func (b *dues) served() bool {
	return len(b.d.Care.Discharges) > 0 || PlanOf(b.d.Care.Plans).Current != nil
}

var urgencyRank = map[Urgency]int{Within24h: 0, Within3d: 1, NotUrgent: 2}

// SortDues puts what is late before what is not, then by day, then by urgency.
func SortDues(list []Due) {
	slices.SortFunc(list, func(a, b Due) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(urgencyRank[a.Urgency], urgencyRank[b.Urgency]),
			strings.Compare(a.Number, b.Number), strings.Compare(string(a.ID), string(b.ID)))
	})
}

// Whose tasks a list shows.
const (
	TasksMine = "mine"
	TasksUnit = "unit"
	TasksAll  = "balai"
)

// A TaskQuery asks for a page of what is due.
type TaskQuery struct {
	Whose  string // TasksMine, TasksUnit or TasksAll; "": TasksMine
	Late   bool   // only what is overdue
	Within int    // only what is due within so many days; 0: all
	Kind   string // "": all
	Cursor string
	Limit  int // 1 to 100; 0: 50
}

// Check returns what is wrong with q.
func (q TaskQuery) Check() []Fault {
	var f faults
	f.maybeOne("whose", q.Whose, TasksMine, TasksUnit, TasksAll)
	f.maybeOne("kind", q.Kind, DueKinds...)
	if q.Within < 0 || q.Within > 365 {
		f.add("within", "must be 0 to 365 days")
	}
	return f
}
