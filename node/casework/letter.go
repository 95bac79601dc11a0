package casework

import (
	"slices"
	"time"
)

// LetterID names a letter: 32 lower-case hex digits, made by the node.
type LetterID string

// LetterKind says what a letter is for.
type LetterKind string

// The kinds of letter a balai writes about one person (forms F7 to F10).
const (
	ReferralLetter    LetterKind = "referral"    // surat rujukan
	AnswerLetter      LetterKind = "answer"      // jawaban rujukan
	HandoverLetter    LetterKind = "handover"    // berita acara serah terima
	ReportLetter      LetterKind = "report"      // laporan sosial
	TerminationLetter LetterKind = "termination" // surat terminasi
)

// LetterKinds are all of them, in the order people look for them.
func LetterKinds() []LetterKind {
	return []LetterKind{ReferralLetter, AnswerLetter, HandoverLetter, ReportLetter, TerminationLetter}
}

// LetterNature is the "sifat" in the head of a letter.
type LetterNature string

// The natures. A secret letter has a cover that shows initials and the case
// number only; what tells more of the person stands in its closed annex.
const (
	OrdinaryLetter LetterNature = "ordinary" // biasa
	UrgentLetter   LetterNature = "urgent"   // segera
	SecretLetter   LetterNature = "secret"   // rahasia
)

// LetterState is how far a letter is on its way through the office: draf,
// periksa, paraf, tanda tangan, arsip, serahkan.
type LetterState string

// The states. What has a number never changes its words again.
const (
	LetterDraft     LetterState = "draft"     // being written
	LetterChecking  LetterState = "checking"  // waits for a second pair of eyes
	LetterInitials  LetterState = "initials"  // waits for the paraf of the coordinator
	LetterSigning   LetterState = "signing"   // waits for the head
	LetterSigned    LetterState = "signed"    // has its number and its seal
	LetterArchived  LetterState = "archived"  // filed
	LetterDelivered LetterState = "delivered" // handed over to whom it is for
	LetterDropped   LetterState = "dropped"   // a draft that nobody needs; it never had a number
)

// LetterStates are all of them, in order.
func LetterStates() []LetterState {
	return []LetterState{
		LetterDraft, LetterChecking, LetterInitials, LetterSigning, LetterSigned, LetterArchived, LetterDelivered, LetterDropped,
	}
}

// Final reports whether a letter in s has its number, so that its words stay.
func (s LetterState) Final() bool {
	return s == LetterSigned || s == LetterArchived || s == LetterDelivered
}

// LetterAct is something done to a letter.
type LetterAct string

// The acts. Write and scan are recorded as steps and move nothing.
const (
	LetterSubmit  LetterAct = "submit"  // to be checked
	LetterCheck   LetterAct = "check"   // periksa
	LetterInitial LetterAct = "initial" // paraf
	LetterSign    LetterAct = "sign"    // tanda tangan
	LetterArchive LetterAct = "archive" // arsip
	LetterDeliver LetterAct = "deliver" // serahkan
	LetterBack    LetterAct = "back"    // back to whoever wrote it, with words
	LetterDrop    LetterAct = "drop"    // a draft that is not needed, with words
	LetterRevoke  LetterAct = "revoke"  // cabut, with words; the number stays used

	LetterWrite   LetterAct = "write"
	LetterScan    LetterAct = "scan"    // scan of the signed paper attached
	LetterCorrect LetterAct = "correct" // a new letter was begun that names this one
)

type letterMove struct {
	from []LetterState
	to   LetterState // "" leaves it where it is
	why  bool        // needs words
}

// letterMoves is the whole way of a letter.
var letterMoves = map[LetterAct]letterMove{
	LetterSubmit:  {from: []LetterState{LetterDraft}, to: LetterChecking},
	LetterCheck:   {from: []LetterState{LetterChecking}, to: LetterInitials},
	LetterInitial: {from: []LetterState{LetterInitials}, to: LetterSigning},
	LetterSign:    {from: []LetterState{LetterSigning}, to: LetterSigned},
	LetterArchive: {from: []LetterState{LetterSigned}, to: LetterArchived},
	LetterDeliver: {from: []LetterState{LetterArchived}, to: LetterDelivered, why: true},
	LetterBack:    {from: []LetterState{LetterChecking, LetterInitials, LetterSigning}, to: LetterDraft, why: true},
	LetterDrop:    {from: []LetterState{LetterDraft}, to: LetterDropped, why: true},
	LetterRevoke:  {from: []LetterState{LetterSigned, LetterArchived, LetterDelivered}, why: true},
}

// LetterActs are the acts that may be asked for, in the order of the way.
func LetterActs() []LetterAct {
	return []LetterAct{LetterSubmit, LetterCheck, LetterInitial, LetterSign, LetterArchive, LetterDeliver, LetterBack, LetterDrop, LetterRevoke}
}

// NeedsWords reports whether a must say why, or to whom.
func (a LetterAct) NeedsWords() bool { return letterMoves[a].why }

// Fits reports whether a is possible on l as it stands now, whoever asks.
func (a LetterAct) Fits(l Letter) bool {
	m, known := letterMoves[a]
	return known && slices.Contains(m.from, l.State) && (l.Revoked.IsZero() || m.to != "" && a != LetterRevoke)
}

// Take returns l after act. The error is Invalid for an unknown act and
// Conflict if l stands elsewhere.
func (l Letter) Take(act LetterAct) (Letter, error) {
	m, known := letterMoves[act]
	switch {
	case !known:
		return l, Invalid.Because("there is no such act for a letter")
	case !act.Fits(l):
		return l, Conflict.Because("this letter has moved on; load it again")
	}
	if m.to != "" {
		l.State = m.to
	}
	return l, nil
}

// A LetterRow is one line of a table in a letter.
type LetterRow struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A LetterPart is a table, a text, or both, under a title.
type LetterPart struct {
	Key   string      `json:"key"` // names the part for programs: identity, reason, ...
	Title string      `json:"title,omitempty"`
	Annex bool        `json:"annex,omitempty"` // on the closed annex of a secret letter, not on its cover
	Rows  []LetterRow `json:"rows,omitempty"`
	Text  string      `json:"text,omitempty"`
}

// An Addressee is whom a letter is for.
type Addressee struct {
	Name    string    `json:"name"` // "Kepala Sentra Gau Mabaji"
	Place   string    `json:"place,omitempty"`
	Balai   BalaiCode `json:"balai,omitempty"`   // if it is one
	Private bool      `json:"private,omitempty"` // a private person, who is named to nobody that only verifies
}

// A LetterSigner is the signature block as it was on the day of the letter.
type LetterSigner struct {
	User   UserID `json:"user,omitempty"`
	Form   string `json:"form,omitempty"` // Plt., Plh., a.n. or u.b.; empty for the official themselves
	Office string `json:"office"`
	Under  string `json:"under,omitempty"` // with a.n. and u.b.: the office of whoever signs
	Name   string `json:"name"`
	NIP    string `json:"nip,omitempty"`
}

// A LetterStep is one thing done to a letter.
type LetterStep struct {
	Act   LetterAct `json:"act"`
	At    time.Time `json:"at"`
	By    UserID    `json:"by"`
	Name  string    `json:"name,omitempty"` // of whoever did it, then
	Words string    `json:"words,omitempty"`
}

// A Letter is a letter of this balai about one person.
type Letter struct {
	ID         LetterID     `json:"id"`
	Kind       LetterKind   `json:"kind"`
	State      LetterState  `json:"state"`
	Case       CaseID       `json:"case,omitempty"` // empty for an answer before there is a case here
	CaseNumber string       `json:"caseNumber,omitempty"`
	Handoff    HandoffID    `json:"handoff,omitempty"`
	Balai      BalaiCode    `json:"balai"`
	Nature     LetterNature `json:"nature"`
	Subject    string       `json:"subject"`              // hal
	Enclosures string       `json:"enclosures,omitempty"` // lampiran
	Class      string       `json:"class,omitempty"`      // klasifikasi
	To         Addressee    `json:"to"`
	Parts      []LetterPart `json:"parts"`
	Boxes      []string     `json:"boxes,omitempty"`  // who signs on paper beside the signer
	Copies     []string     `json:"copies,omitempty"` // tembusan

	// Set once, at signing.
	Head     *Letterhead   `json:"head,omitempty"`
	Signer   *LetterSigner `json:"signer,omitempty"`
	Number   string        `json:"number,omitempty"`
	Register string        `json:"register,omitempty"` // row of the register: register/year/serial
	Date     string        `json:"date,omitempty"`     // 2006-01-02, in the zone of the balai
	Code     string        `json:"code,omitempty"`     // SRK-7K3M9Q2X, for who verifies
	Salt     string        `json:"salt,omitempty"`     // makes the hash say nothing about the words
	Seal     *LetterSeal   `json:"seal,omitempty"`

	Replaces       LetterID   `json:"replaces,omitempty"` // the letter this one corrects
	ReplacesNumber string     `json:"replacesNumber,omitempty"`
	ReplacedBy     LetterID   `json:"replacedBy,omitempty"`
	Revoked        time.Time  `json:"revoked,omitzero"`
	RevokedWhy     string     `json:"revokedWhy,omitempty"`
	Scan           DocumentID `json:"scan,omitempty"` // the signed paper
	ScanDigest     string     `json:"scanDigest,omitempty"`
	Delivered      string     `json:"delivered,omitempty"` // to whom and how

	Steps   []LetterStep `json:"steps,omitempty"`
	By      UserID       `json:"by"` // who wrote it last
	Created time.Time    `json:"created"`
	Changed time.Time    `json:"changed"`
	Version uint64       `json:"version"`
}

// Secret reports whether the cover must not tell who it is about.
func (l Letter) Secret() bool { return l.Nature == SecretLetter }

// Cover returns the parts that stand on the letter itself.
func (l Letter) Cover() []LetterPart { return l.parts(false) }

// Annex returns the parts on the closed annex.
func (l Letter) Annex() []LetterPart { return l.parts(true) }

func (l Letter) parts(annex bool) (out []LetterPart) {
	for _, p := range l.Parts {
		if p.Annex == annex {
			out = append(out, p)
		}
	}
	return out
}

// Card is what the list shows of l: nothing of the person.
func (l Letter) Card() LetterCard {
	return LetterCard{
		ID: l.ID, Kind: l.Kind, State: l.State, Nature: l.Nature, Case: l.Case, CaseNumber: l.CaseNumber, Handoff: l.Handoff,
		Balai: l.Balai, Number: l.Number, Date: l.Date, To: l.PublicTo(), Revoked: !l.Revoked.IsZero(), Replaced: l.ReplacedBy != "",
		Scanned: l.Scan != "", By: l.By, Changed: l.Changed,
	}
}

// PublicTo is whom l is for, as far as somebody may know who only verifies it.
// A private person is never named, and of a secret letter only another balai.
func (l Letter) PublicTo() string {
	if l.To.Private || l.Secret() && l.To.Balai == "" {
		return NotTold
	}
	return l.To.Name
}

// NotTold stands where an addressee is not named.
const NotTold = "-"

// A LetterCard is one line of the list of letters.
type LetterCard struct {
	ID         LetterID     `json:"id"`
	Kind       LetterKind   `json:"kind"`
	State      LetterState  `json:"state"`
	Nature     LetterNature `json:"nature"`
	Case       CaseID       `json:"case,omitempty"`
	CaseNumber string       `json:"caseNumber,omitempty"`
	Handoff    HandoffID    `json:"handoff,omitempty"`
	Balai      BalaiCode    `json:"balai,omitempty"` // that wrote it
	Number     string       `json:"number,omitempty"`
	Date       string       `json:"date,omitempty"`
	To         string       `json:"to"` // "-" if it is not told
	Revoked    bool         `json:"revoked,omitempty"`
	Replaced   bool         `json:"replaced,omitempty"`
	Scanned    bool         `json:"scanned,omitempty"`
	By         UserID       `json:"by"`
	Changed    time.Time    `json:"changed"`
}

// A ShelvedCard is a row of LetterCards: the card, and where the letter itself
// lies.
type ShelvedCard struct {
	LetterCard
	Owner string `json:"owner"`
}

// A LetterView is a letter as its page shows it to somebody.
type LetterView struct {
	Letter  Letter      `json:"letter"`
	Actions []LetterAct `json:"actions"`      // what the reader may do now
	Edit    bool        `json:"edit"`         // may change the draft
	Attach  bool        `json:"attach"`       // may add a scan
	Correct bool        `json:"correct"`      // may begin a letter that replaces it
	Intact  bool        `json:"intact"`       // a signed letter is what was signed
	QR      string      `json:"qr,omitempty"` // text of the QR code of a signed letter

	Verdict *LetterVerdict `json:"verdict,omitempty"` // of a letter of another balai: whether its seal is genuine
}

// A LetterQuery asks for a page of letters, newest change first.
type LetterQuery struct {
	Kind    LetterKind
	State   LetterState
	Case    CaseID
	Handoff HandoffID
	Year    string // of the date: only letters with a number
	Number  string // part of a number or of a case number
	Cursor  string
	Limit   int // 1 to 100; 0: 50
}

// A RegisterEntry is one number of a register: the letter it was given to, or
// why it was given to none. It holds nothing of a person.
type RegisterEntry struct {
	Row       string     `json:"row"` // register/year/serial
	Number    string     `json:"number"`
	Kind      LetterKind `json:"kind,omitempty"`
	Letter    LetterID   `json:"letter,omitempty"`
	Code      string     `json:"code,omitempty"`
	Date      string     `json:"date"`
	To        string     `json:"to,omitempty"`
	Hash      string     `json:"hash,omitempty"` // SHA-256 of the letter, hex
	Signer    string     `json:"signer,omitempty"`
	At        time.Time  `json:"at"`
	Cancelled string     `json:"cancelled,omitempty"` // why the number is void
	Revoked   time.Time  `json:"revoked,omitzero"`
	Replaced  string     `json:"replaced,omitempty"` // number of the letter that replaces it
}

// A LetterPatch changes a draft; nil leaves a field as it is.
type LetterPatch struct {
	Nature     *LetterNature `json:"nature,omitempty"`
	Subject    *string       `json:"subject,omitempty"`
	Enclosures *string       `json:"enclosures,omitempty"`
	Class      *string       `json:"class,omitempty"`
	To         *Addressee    `json:"to,omitempty"`
	Parts      []LetterPart  `json:"parts,omitempty"` // by key: rows and text; titles stay
	Copies     *[]string     `json:"copies,omitempty"`
}

// A NewLetter asks for a draft.
type NewLetter struct {
	Kind    LetterKind `json:"kind"`
	Case    CaseID     `json:"case,omitempty"`
	Handoff HandoffID  `json:"handoff,omitempty"`
}

// LetterOfAct returns the letter that an act on a handoff calls for, if any.
func LetterOfAct(act string) (kind LetterKind, wanted bool) {
	switch act {
	case "offer":
		return ReferralLetter, true
	case "accept", "wait", "decline", "redirect":
		return AnswerLetter, true
	case "receive":
		return HandoverLetter, true
	}
	return "", false
}

// Signed returns when l was signed, or the zero time.
func (l Letter) Signed() time.Time {
	for _, s := range l.Steps {
		if s.Act == LetterSign {
			return s.At
		}
	}
	return time.Time{}
}

// Sound reports whether a signed letter is still what its seal says. A draft
// has nothing to prove.
func (l Letter) Sound() bool {
	if l.Seal == nil {
		return !l.State.Final()
	}
	a, _, ok := ParseSeal(l.Seal.Token)
	return ok && a == l.Attest()
}
