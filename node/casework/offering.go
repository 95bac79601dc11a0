package casework

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of what people write with a handoff, in characters.
const (
	MaxSaid    = 8_000 // the text of one act
	MaxLetter  = 4_000 // one field of the letter, so that all of it fits beside the offer
	MaxGroup   = 50    // cases in one collective handoff
	minTerm    = time.Second
	maxTerm    = 90 * 24 * time.Hour
	usualTerm  = 7 * 24 * time.Hour
	usualTrip  = 14 * 24 * time.Hour
	recordMust = 6
)

// A NewOffer asks another balai to take cases over (a transfer), or to do
// something for their people (a referral, which moves no custody). More than
// one case makes a collective handoff: one letter, one handoff each.
type NewOffer struct {
	Kind  HandoffKind `json:"kind"`
	Cases []CaseID    `json:"cases"`
	To    BalaiCode   `json:"to"`

	// The letter, form F7. Reason and Wanted are required.
	Reason  string `json:"reason"`
	Wanted  string `json:"wanted"`
	Given   string `json:"given,omitempty"`
	Health  string `json:"health,omitempty"`
	Journey string `json:"journey,omitempty"`
	Contact string `json:"contact,omitempty"`

	// Basis is what the sending rests on: empty or ByConsent asks each case for
	// a consent to share with To; anything else needs BasisWhy.
	Basis    Basis  `json:"basis,omitempty"`
	BasisWhy string `json:"basisWhy,omitempty"`
	// Grounds are for cases of a collective offer that rest on another basis than
	// the rest of them.
	Grounds map[CaseID]Ground `json:"grounds,omitempty"`
	// Residential says that the person travels and is handed over in person,
	// with a record (form F8). Transfers only.
	Residential bool          `json:"residential,omitempty"`
	AnswerIn    time.Duration `json:"answerIn,omitempty"` // for the destination to answer; 0: 7 days
	ArriveIn    time.Duration `json:"arriveIn,omitempty"` // from acceptance to receipt, transfers only; 0: 14 days
	// Follows is the handoff that this one goes on from: a return to where the
	// case came from, or onward. It is for this balai's own record.
	Follows HandoffID `json:"follows,omitempty"`
}

// A Ground is what the sending of one case rests on.
type Ground struct {
	Basis Basis  `json:"basis"`
	Why   string `json:"why,omitempty"` // for every basis but consent
}

// bases are the ones a handoff may rest on.
var bases = []Basis{ByConsent, ByLegalDuty, ByVitalInterest, ByPublicTask}

// Ground returns what the sending of one of the cases rests on.
func (o NewOffer) Ground(id CaseID) Ground {
	if g, own := o.Grounds[id]; own {
		return g
	}
	return Ground{o.Basis, o.BasisWhy}
}

// Alone returns o as it is for one of its cases.
func (o NewOffer) Alone(id CaseID) NewOffer {
	g := o.Ground(id)
	o.Cases, o.Basis, o.BasisWhy, o.Grounds = []CaseID{id}, g.Basis, g.Why, nil
	return o
}

// Onwards are the codes of why somebody who was received goes on. They go into
// the words of the letter.
var Onwards = []string{"dikembalikan", "diteruskan", "perlu medis dahulu", "keluarga ditemukan", "tidak sesuai kapabilitas", "lainnya"}

// NewOnward sends on somebody who was received here: back to where they came
// from, or to a third balai. It is one act for the person who does it, and a new
// offer that names the handoff it goes on from.
type NewOnward struct {
	To       BalaiCode `json:"to,omitempty" doc:"Without it: back to the balai the person came from"`
	Reason   string    `json:"reason" doc:"Code of why: dikembalikan, diteruskan, perlu medis dahulu, keluarga ditemukan, tidak sesuai kapabilitas, lainnya"`
	Text     string    `json:"text" doc:"Why, in words, for the letter"`
	Wanted   string    `json:"wanted,omitempty" doc:"What is asked of the destination; without it, that the person is taken back"`
	Basis    Basis     `json:"basis,omitempty"`
	BasisWhy string    `json:"basisWhy,omitempty"`
}

// Check returns what is wrong with n; the rest is judged as an offer.
func (n NewOnward) Check() []Fault {
	var f faults
	f.oneOf("reason", n.Reason, Onwards...)
	f.prose("text", n.Text, MaxLetter-100, true)
	return f
}

// WithDefaults returns o with the usual terms where it says nothing.
func (o NewOffer) WithDefaults() NewOffer {
	if o.AnswerIn == 0 {
		o.AnswerIn = usualTerm
	}
	if o.ArriveIn == 0 && o.Kind == Transfer {
		o.ArriveIn = usualTrip
	}
	if o.Basis == "" {
		o.Basis = ByConsent
	}
	return o
}

// Check returns what is wrong with o as an offer of the balai self. It judges
// the terms as they stand: see WithDefaults.
func (o NewOffer) Check(self BalaiCode) []Fault {
	var f faults
	if o.Kind != Transfer && o.Kind != Referral {
		f.add("kind", "must be transfer or referral")
	}
	if n := len(o.Cases); n == 0 || n > MaxGroup {
		f.add("cases", "must name 1 to %d cases", MaxGroup)
	}
	for i, id := range o.Cases {
		if !IsID(string(id)) || slices.Contains(o.Cases[:i], id) {
			f.add("cases."+strconv.Itoa(i), "is not the id of a case, or stands there twice")
		}
	}
	if !IsBalai(o.To) || o.To == self {
		f.add("to", "must be the code of another balai")
	}
	f.id("follows", string(o.Follows))
	f.prose("reason", o.Reason, MaxLetter, true)
	f.prose("wanted", o.Wanted, MaxLetter, true)
	f.prose("given", o.Given, MaxLetter, false)
	f.prose("health", o.Health, MaxLetter, false)
	f.prose("journey", o.Journey, MaxLetter, false)
	f.prose("contact", o.Contact, MaxLetter, false)
	f.prose("basisWhy", o.BasisWhy, MaxLetter, o.Basis != ByConsent)
	if !slices.Contains(bases, o.Basis) {
		f.add("basis", "must be consent, legal duty, vital interest or public task")
	}
	for id, g := range o.Grounds {
		at := "grounds." + string(id)
		if !slices.Contains(o.Cases, id) {
			f.add("grounds", "names a case that is not offered")
			continue
		}
		if !slices.Contains(bases, g.Basis) {
			f.add(at+".basis", "must be consent, legal duty, vital interest or public task")
		}
		f.prose(at+".why", g.Why, MaxLetter, g.Basis != ByConsent)
	}
	if o.AnswerIn < minTerm || o.AnswerIn > maxTerm {
		f.add("answerIn", "must be a second to 90 days")
	}
	switch {
	case o.Kind == Transfer && (o.ArriveIn < minTerm || o.ArriveIn > maxTerm):
		f.add("arriveIn", "must be a second to 90 days")
	case o.Kind == Referral && (o.ArriveIn != 0 || o.Residential):
		f.add("kind", "a referral has neither a journey nor an arrival")
	}
	return f
}

// prose checks a text of several lines that people wrote.
func (f *faults) prose(field, text string, limit int, needed bool) {
	if needed && strings.TrimSpace(text) == "" {
		f.add(field, "is missing")
	}
	if !utf8.ValidString(text) {
		f.add(field, "is not valid UTF-8")
	}
	if n := utf8.RuneCountInString(text); n > limit {
		f.add(field, "has %d characters; at most %d are possible", n, limit)
	}
	if strings.IndexFunc(text, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r' || isTurn(r)
	}) >= 0 {
		f.add(field, "has a control character")
	}
}

// Said is what a person says with an act of a handoff. Each act uses some of
// it; the rest must be empty.
type Said struct {
	Text        string            `json:"text,omitempty" doc:"Goes sealed to the other side: a question, conditions, advice"`
	Form        map[string]string `json:"form,omitempty" doc:"The handover record (form F8), for receive"`
	Reason      string            `json:"reason,omitempty" doc:"Code of why: decline, redirect, withdraw, cancel, report"`
	Redirect    BalaiCode         `json:"redirect,omitempty" doc:"Balai that may help instead, for redirect"`
	Expected    time.Time         `json:"expected,omitzero" doc:"When a place may come free, for wait"`
	Conditional bool              `json:"conditional,omitempty" doc:"For accept: there are conditions, which text names"`
}

// RecordFields are the fields of the handover record (form F8). The first
// RecordNeeded must be filled in when the person is handed over.
var RecordFields = []string{"time", "place", "handedBy", "receivedBy", "condition", "belongings", "documents", "medicines", "notes", "witness"}

// RecordNeeded is how many of RecordFields are required.
const RecordNeeded = recordMust

// actReasons are the codes of why, by act. Their places are the numbers in the
// ledger, from 1 on: only ever add. They betray no diagnosis, because every
// member can read them.
var actReasons = map[string][]string{
	"decline": {
		"penuh", "tidak sesuai kapabilitas", "perlu layanan lain dahulu", "berkas", "di luar wilayah", "kriteria penerimaan", "lainnya",
	},
	"redirect": {
		"penuh", "tidak sesuai kapabilitas", "perlu layanan lain dahulu", "berkas", "di luar wilayah", "kriteria penerimaan", "lainnya",
	},
	"withdraw": {"salah kirim", "persetujuan ditarik", "rencana berubah", "sudah tertangani", "lainnya"},
	"cancel":   {"gagal berangkat", "persetujuan ditarik", "rencana berubah", "keadaan berubah", "lainnya"},
	"report":   {"selesai", "selesai sebagian", "tidak dapat dilayani", "diteruskan", "lainnya"},
}

// ActReasons returns the codes that an act may give as its reason; nil if it
// gives none.
func ActReasons(act string) []string { return slices.Clone(actReasons[act]) }

// Check returns what is wrong with s as the words of an act on a handoff.
func (s Said) Check(act string, h Handoff) []Fault {
	var f faults
	f.prose("text", s.Text, MaxSaid, act == "ask" || act == "answer" || act == "accept" && s.Conditional)
	codes := actReasons[act]
	switch {
	case codes == nil && s.Reason != "":
		f.add("reason", "does not go with %s", act)
	case codes != nil && !slices.Contains(codes, s.Reason):
		f.oneOf("reason", s.Reason, codes...)
	}
	switch {
	case act != "redirect" && s.Redirect != "":
		f.add("redirect", "does not go with %s", act)
	case act == "redirect" && (!IsBalai(s.Redirect) || s.Redirect == h.From || s.Redirect == h.To):
		f.add("redirect", "must be the code of a third balai")
	}
	switch {
	case act != "wait" && !s.Expected.IsZero():
		f.add("expected", "does not go with %s", act)
	case act == "wait" && s.Expected.IsZero():
		f.add("expected", "is missing: when may a place come free")
	}
	if act != "accept" && s.Conditional {
		f.add("conditional", "does not go with %s", act)
	}
	s.checkRecord(&f, act, h.Residential)
	return f
}

// checkRecord checks the handover record.
func (s Said) checkRecord(f *faults, act string, residential bool) {
	if act != "receive" {
		if len(s.Form) > 0 {
			f.add("form", "does not go with %s", act)
		}
		return
	}
	for k, v := range s.Form {
		if !slices.Contains(RecordFields, k) {
			f.add("form", "has a field that form F8 does not know; it has: %s", strings.Join(RecordFields, ", "))
			continue
		}
		f.prose("form."+k, v, MaxValue, false)
	}
	for _, k := range RecordFields[:RecordNeeded] {
		if residential && strings.TrimSpace(s.Form[k]) == "" {
			f.add("form."+k, "is missing: the person travels and is handed over with a record")
		}
	}
}

// A HandoffQuery asks for a page of handoffs, newest first.
type HandoffQuery struct {
	Box    Box       // empty: both
	State  string    // empty: all; open, ended, Ours, Theirs, or the name of a stage
	Other  BalaiCode // the balai at the other end; empty: any
	Case   CaseID    // of one case here; empty: any
	Group  string    // of one collective handoff; empty: any
	Staff  UserID    // assigned to; empty: anybody
	Cursor string    // Next of the page before
	Limit  int       // 1 to 100; 0: 50
}

// Custody says which balai is responsible for a case.
type Custody struct {
	Case    CaseID    `json:"case"`
	Handle  string    `json:"handle" doc:"The case in the ledger"`
	Owner   BalaiCode `json:"owner"`
	Epoch   uint64    `json:"epoch" doc:"Grows by one whenever the owner changes; 0: the ledger has never heard of the case"`
	Open    HandoffID `json:"open,omitempty" doc:"The transfer under way"`
	Since   time.Time `json:"since,omitzero"`
	AsOf    uint64    `json:"asOf" doc:"Number of the last event this answer rests on"`
	Strong  bool      `json:"strong"`
	Missing bool      `json:"missing,omitempty" doc:"Ours by the ledger, but the content is not here"`
}
