package casework

import (
	"slices"
	"time"
)

// PartnerKinds are what a partner that runs no node may be. They are stored:
// add, never rename.
var PartnerKinds = []string{
	"dinsos", "puskesos", "slrt", "lks", "rumah sakit", "puskesmas", "polisi", "kejaksaan", "pengadilan", "sekolah", "panti provinsi",
	"ipwl", "dukcapil", "uptd ppa", "perusahaan", "lainnya",
}

// Grades are the grades of an accredited welfare institution.
var Grades = []string{"A", "B", "C"}

// A Partner is an organisation that people are referred to and that runs no
// node. Its contact person is known to this balai only.
type Partner struct {
	Code       BalaiCode `json:"code"` // M0001: given by this balai; consents to share name it
	Name       string    `json:"name"`
	Kind       string    `json:"kind"`
	Region     string    `json:"region,omitempty"`
	Address    string    `json:"address,omitempty"`
	Contact    string    `json:"contact,omitempty"` // office and person
	Phone      string    `json:"phone,omitempty"`
	Services   string    `json:"services,omitempty"`
	Grade      string    `json:"grade,omitempty"` // of accreditation
	GradeNo    string    `json:"gradeNo,omitempty"`
	GradeUntil Day       `json:"gradeUntil,omitempty"`
	Agreements []Memo    `json:"agreements,omitempty"`
	Ended      bool      `json:"ended,omitempty"` // nobody is referred there any more
	Version    uint64    `json:"version"`
	Changed    time.Time `json:"changed"`
}

// A Memo is a memorandum of understanding with a partner.
type Memo struct {
	Number string `json:"number"`
	Scope  string `json:"scope,omitempty"`
	From   Day    `json:"from"`
	Until  Day    `json:"until"`
}

// Check returns what is wrong with p.
func (p Partner) Check() []Fault {
	var f faults
	f.need("name", p.Name, MaxValue)
	f.oneOf("kind", p.Kind, PartnerKinds...)
	if p.Region != "" && !shape["region"].MatchString(p.Region) {
		f.add("region", "is not the code of a region")
	}
	f.text("address", p.Address, MaxValue)
	f.text("contact", p.Contact, MaxValue)
	f.text("phone", p.Phone, MaxValue)
	f.text("services", p.Services, MaxValue)
	f.text("gradeNo", p.GradeNo, MaxValue)
	if p.Grade != "" {
		f.oneOf("grade", p.Grade, Grades...)
	}
	f.day("gradeUntil", p.GradeUntil)
	if len(p.Agreements) > MaxCodes {
		f.add("agreements", "has %d entries; at most %d are possible", len(p.Agreements), MaxCodes)
		return f
	}
	for i, a := range p.Agreements {
		at := nested("agreements", i)
		f.need(at+".number", a.Number, MaxValue)
		f.text(at+".scope", a.Scope, MaxValue)
		f.needDay(at+".from", a.From)
		f.needDay(at+".until", a.Until)
		f.inOrder(at+".until", a.From, a.Until)
	}
	return f
}

// soon is how many days before its end an accreditation or an agreement is
// warned of.
const soon = 60

// Warnings returns what speaks against sending somebody to p on a day. None of
// it is a block.
func (p Partner) Warnings(day Day) (words []string) {
	switch {
	case p.Kind == "lks" && p.Grade == "":
		words = append(words, "its accreditation is not recorded")
	case p.GradeUntil != "" && p.GradeUntil < day:
		words = append(words, "its accreditation is over")
	case p.GradeUntil != "" && day.Until(p.GradeUntil) <= soon:
		words = append(words, "its accreditation ends soon")
	}
	live := slices.DeleteFunc(slices.Clone(p.Agreements), func(a Memo) bool { return a.From > day || a.Until < day })
	if len(live) == 0 {
		return append(words, "there is no agreement with it in force")
	}
	if !slices.ContainsFunc(live, func(a Memo) bool { return day.Until(a.Until) > soon }) {
		words = append(words, "the agreement with it ends soon")
	}
	return words
}

// States of an outside referral. They are stored.
const (
	OutsideSent     = "sent"
	OutsideAnswered = "answered" // the partner has answered; nobody here has read it
	OutsideClosed   = "closed"   // the answer was read: the loop is closed
	OutsideRecalled = "recalled"
)

// Replies are what a partner may answer.
var Replies = []string{"diterima", "diterima bersyarat", "daftar tunggu", "ditolak", "sudah dilayani", "tidak datang"}

// A NewOutside refers somebody to a partner that runs no node, by letter.
type NewOutside struct {
	Partner  BalaiCode `json:"partner"`
	Reason   string    `json:"reason"`
	Wanted   string    `json:"wanted"`
	Given    string    `json:"given,omitempty"`
	Health   string    `json:"health,omitempty"`
	Journey  string    `json:"journey,omitempty"`
	Contact  string    `json:"contact,omitempty"`
	Basis    Basis     `json:"basis,omitempty"` // empty: consent to share with the partner
	BasisWhy string    `json:"basisWhy,omitempty"`
	AnswerBy Day       `json:"answerBy,omitempty"` // empty: in 14 days
}

// Check returns what is wrong with o.
func (o NewOutside) Check() []Fault {
	var f faults
	if !IsBalai(o.Partner) {
		f.add("partner", "is not the code of a partner")
	}
	f.prose("reason", o.Reason, MaxLetter, true)
	f.prose("wanted", o.Wanted, MaxLetter, true)
	f.prose("given", o.Given, MaxLetter, false)
	f.prose("health", o.Health, MaxLetter, false)
	f.prose("journey", o.Journey, MaxLetter, false)
	f.prose("contact", o.Contact, MaxLetter, false)
	f.prose("basisWhy", o.BasisWhy, MaxLetter, o.Basis != "" && o.Basis != ByConsent)
	if !slices.Contains([]Basis{"", ByConsent, ByLegalDuty, ByVitalInterest, ByPublicTask}, o.Basis) {
		f.add("basis", "must be consent, legal duty, vital interest or public task")
	}
	f.day("answerBy", o.AnswerBy)
	return f
}

// An Outside is a referral to a partner that runs no node. It is this balai's
// own record: the ledger does not know it.
type Outside struct {
	ID       HandoffID  `json:"id"`
	Case     CaseID     `json:"case"`
	Number   string     `json:"number"` // of the case
	Partner  BalaiCode  `json:"partner"`
	Name     string     `json:"name"` // of the partner, as it was called then
	State    string     `json:"state"`
	Letter   NewOutside `json:"letter"`
	Code     string     `json:"code"` // the reply code, as printed in the letter
	Initials string     `json:"initials"`
	By       UserID     `json:"by"`
	At       time.Time  `json:"at"`
	Due      Day        `json:"due"`
	Overdue  bool       `json:"overdue,omitempty"`
	Reply    *Reply     `json:"reply,omitempty"`
	Why      string     `json:"why,omitempty"` // why it was recalled
	Warnings []string   `json:"warnings,omitempty"`
	Version  uint64     `json:"version"`
}

// An OutsideMoment is what the timeline of a case shows of a referral to a
// partner: that it was sent, or that it was answered.
type OutsideMoment struct {
	ID      HandoffID `json:"id"`
	Name    string    `json:"name"` // of the partner, as it was called then
	Partner BalaiCode `json:"partner"`
	State   string    `json:"state"`            // as it stands now
	Answer  string    `json:"answer,omitempty"` // one of Replies: then this is the moment of the answer
	By      UserID    `json:"by,omitempty"`     // empty: the partner itself answered
}

// Moments returns what stands of o in the timeline of its case.
func (o Outside) Moments() []Moment {
	sent := OutsideMoment{ID: o.ID, Name: o.Name, Partner: o.Partner, State: o.State, By: o.By}
	list := []Moment{{At: o.At, Outside: &sent}}
	if o.Reply != nil {
		came := sent
		came.Answer, came.By = o.Reply.Answer, o.Reply.By
		list = append(list, Moment{At: o.Reply.At, Outside: &came})
	}
	return list
}

// A Reply is what a partner answered: entered by our own people from a paper or
// a call, or by the partner with the code of the letter.
type Reply struct {
	Answer string    `json:"answer"`         // one of Replies
	Text   string    `json:"text,omitempty"` // conditions, advice, a date
	Signed string    `json:"signed"`         // who answered, and for which office
	At     time.Time `json:"at"`
	By     UserID    `json:"by,omitempty"` // who entered it here; empty: the partner itself
}

// Check returns what is wrong with r as it was entered.
func (r Reply) Check() []Fault {
	var f faults
	f.oneOf("answer", r.Answer, Replies...)
	f.prose("text", r.Text, MaxLetter, false)
	f.need("signed", r.Signed, MaxValue)
	return f
}

// An OutsideNote is all that the public page shows of a letter: nothing of the
// person it is about.
type OutsideNote struct {
	From     BalaiCode `json:"from"`
	To       string    `json:"to"` // the partner
	At       time.Time `json:"at"`
	Due      Day       `json:"due"`
	Answered bool      `json:"answered"`
}

// An OutsideQuery asks for a page of referrals to partners.
type OutsideQuery struct {
	State   string    // open, overdue, a state, or empty for all
	Case    CaseID    // empty: of any
	Partner BalaiCode // empty: to any
	Cursor  string    // Next of the page before
	Limit   int       // 1 to 100; 0: 50
}
