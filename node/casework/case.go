package casework

import (
	"slices"
	"time"
)

// State is where a case stands at one balai. The numbers are stored: add at the
// end, never renumber.
type State uint8

// The states of a case at one balai.
const (
	Open       State = 1
	OnOffer    State = 2 // frozen: offered to another balai, addenda only
	HandedOver State = 3 // another balai is responsible; a read-only stub stays here
	Closed     State = 4
	Arriving   State = 5 // accepted from another balai, not yet received: read and addenda only
)

// moves is the whole life of a case at one balai.
var moves = map[State][]State{
	Open:       {OnOffer, Closed},
	OnOffer:    {Open, HandedOver}, // declined, withdrawn, expired, lapsed, cancelled; received
	Closed:     {Open},
	Arriving:   {Open, HandedOver}, // received; the transfer ended otherwise
	HandedOver: {Arriving, Open},   // comes back by a new transfer
}

var stateNames = map[State]string{Open: "open", OnOffer: "on offer", HandedOver: "handed over", Closed: "closed", Arriving: "arriving"}

func (s State) String() string { return stateNames[s] }

// MarshalText writes the name of s.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *State) UnmarshalText(b []byte) error {
	for k, name := range stateNames {
		if name == string(b) {
			*s = k
			return nil
		}
	}
	return Invalid.Because("no such state of a case")
}

// Stage is one of the seven stages of ATENSI (Permensos 7/2021).
type Stage uint8

// The stages. The numbers are the official ones.
const (
	Access         Stage = 1 // akses, pendekatan awal
	Agreement      Stage = 2 // kesepakatan
	Assessment     Stage = 3 // asesmen komprehensif
	Planning       Stage = 4 // perencanaan layanan sosial
	Implementation Stage = 5 // implementasi
	Monitoring     Stage = 6 // monitoring dan evaluasi
	Termination    Stage = 7 // pascalayanan dan terminasi
)

// Urgency says how soon someone must act.
type Urgency string

// The urgencies of form F1, "Putusan awal".
const (
	Within24h Urgency = "24h"
	Within3d  Urgency = "3d"
	NotUrgent Urgency = "normal"
)

// Basis is the legal ground for working with someone's data (UU 27/2022 art. 20).
type Basis string

// The bases a case or a handoff may rest on.
const (
	ByConsent       Basis = "consent"
	ByContract      Basis = "contract"
	ByLegalDuty     Basis = "legal duty"
	ByVitalInterest Basis = "vital interest" // emergency; consent follows
	ByPublicTask    Basis = "public task"
	ByLegitimate    Basis = "legitimate interest"
)

// Secrecy is a group of cases that needs a grant of its own to be seen.
type Secrecy string

// The secrecy groups: children before the court (UU 11/2012), addiction (UU
// 35/2009), HIV, and trafficking with sexual violence (UU 21/2007, UU 12/2022).
const (
	SecretABH   Secrecy = "ABH"
	SecretNAPZA Secrecy = "NAPZA"
	SecretHIV   Secrecy = "HIV"
	SecretTPPO  Secrecy = "TPPO"
)

// Mode is how a balai serves at its door.
type Mode string

// The modes: single referral point, single entry point, one stop shop.
const (
	SRP Mode = "SRP"
	SEP Mode = "SEP"
	OSS Mode = "OSS"
)

// A Case is one episode of one person at one balai.
type Case struct {
	ID          CaseID    `json:"id"`
	Handle      string    `json:"handle"`                // the case in the ledger: 32 hex digits, random, travels with the case
	Number      string    `json:"number"`                // KODE-YYYY-nnnnn, given offline by this node
	Register    string    `json:"register,omitempty"`    // YYYY/nnnnn in this balai's register, without gaps; given when the person is taken in
	NumberThere string    `json:"numberThere,omitempty"` // its number at the balai it came from
	Person      PersonID  `json:"person"`
	Home        CaseID    `json:"home,omitempty"` // case the person's row lies under, if another one
	State       State     `json:"state"`
	Stage       Stage     `json:"stage"`
	Mode        Mode      `json:"mode,omitempty"`
	Cluster     string    `json:"cluster,omitempty"` // code of the versioned list of clusters
	PPKS        []string  `json:"ppks,omitempty"`    // codes 01 to 26; the first is the main one
	Ragam       []string  `json:"ragam,omitempty"`   // kinds of disability: fisik, intelektual, mental, sensorik
	Secrecy     []Secrecy `json:"secrecy,omitempty"`
	Urgency     Urgency   `json:"urgency"`
	Basis       Basis     `json:"basis"`
	Source      string    `json:"source,omitempty"` // cara masuk, form F1
	Need        string    `json:"need,omitempty"`   // what the person needs, in words
	Lead        UserID    `json:"lead,omitempty"`   // PJ kasus
	Unit        string    `json:"unit,omitempty"`   // work unit inside the balai
	By          UserID    `json:"by,omitempty"`     // who opened it
	Opened      time.Time `json:"opened"`
	Ended       time.Time `json:"ended,omitzero"`
	Reason      string    `json:"reason,omitempty"`  // code of why it ended
	Epoch       uint64    `json:"epoch"`             // custody epoch of the ledger as last pulled; 0 before the first offer
	Handoff     HandoffID `json:"handoff,omitempty"` // the transfer that froze it, brought it or took it away
	From        BalaiCode `json:"from,omitempty"`    // balai it was received from
	To          BalaiCode `json:"to,omitempty"`      // balai it was handed over to
	Version     uint64    `json:"version"`           // grows by one with each change of these fields; the ETag
	Revision    uint64    `json:"revision"`          // grows by one with each change of anything a packet of the case would hold
	Changed     time.Time `json:"changed"`
}

// Move returns c taken to next. The same step twice is one step.
//
// The error is Conflict if c stands elsewhere, and Invalid if no case ever goes
// to next.
func (c Case) Move(next State) (Case, error) {
	switch {
	case stateNames[next] == "":
		return c, Invalid.Because("no such state of a case")
	case c.State == next:
		return c, nil
	case !slices.Contains(moves[c.State], next):
		return c, Conflict.Because("case %s is %s and cannot become %s", c.Number, c.State, next)
	}
	c.State = next
	return c, nil
}

// Editable returns nil if the content of c may be edited here, else Frozen or
// Conflict with the reason. Addenda are allowed while Frozen.
func (c Case) Editable() error {
	switch c.State {
	case Open:
		return nil
	case OnOffer:
		return Frozen.Because("case %s is on offer to another balai; add an addendum, or withdraw the offer", c.Number)
	case Arriving:
		return Frozen.Because("case %s is arriving; until it is received only addenda are possible", c.Number)
	case HandedOver:
		return Conflict.Because("case %s was handed over to %s", c.Number, c.To)
	default:
		return Conflict.Because("case %s is closed", c.Number)
	}
}

// A Note is one progress note (form F6) or, while a case is on offer, an
// addendum ("catatan susulan"), which never changes what was offered.
type Note struct {
	ID           NoteID    `json:"id"`
	Case         CaseID    `json:"case"`
	At           time.Time `json:"at"` // when it happened
	Written      time.Time `json:"written"`
	By           UserID    `json:"by"`
	Balai        BalaiCode `json:"balai"`
	Kind         string    `json:"kind"`                 // progress, visit, incident, conference, rapid assessment
	Text         string    `json:"text"`                 // what was observed
	Place        string    `json:"place,omitempty"`      //
	Profession   string    `json:"profession,omitempty"` // of who writes: pekerja sosial, perawat
	Activity     string    `json:"activity,omitempty"`   // what was done
	Response     string    `json:"response,omitempty"`   // how the person took it
	FollowUp     string    `json:"followUp,omitempty"`   // what is to follow
	Event        string    `json:"event,omitempty"`      // one of NoteEvents, for kind incident
	Confidential bool      `json:"confidential,omitempty"`
	Hidden       bool      `json:"hidden,omitempty"` // the reader may know only that it is there; never stored
	Addendum     bool      `json:"addendum,omitempty"`
	Epoch        uint64    `json:"epoch,omitempty"`   // custody epoch it was written under, for addenda
	Handoff      HandoffID `json:"handoff,omitempty"` // for addenda: the transfer under way when it was written
	Version      uint64    `json:"version"`
}

// Veiled is n for those who may know only that it is there.
func (n Note) Veiled() Note {
	return Note{
		ID: n.ID, Case: n.Case, At: n.At, Written: n.Written, By: n.By, Balai: n.Balai, Kind: n.Kind, Confidential: true, Hidden: true,
		Addendum: n.Addendum, Version: n.Version,
	}
}

// A Document is a file of a case. Its content lies encrypted in a blob.
type Document struct {
	ID       DocumentID `json:"id"`
	Case     CaseID     `json:"case"`
	Kind     string     `json:"kind"`   // ktp, kk, akta, consent, medical, police, letter, photo, other
	Title    string     `json:"title"`  // for the reader; never in a log
	Media    string     `json:"media"`  // media type
	Size     int64      `json:"size"`   // bytes
	Digest   string     `json:"digest"` // SHA-256 of the content, hex
	Blob     string     `json:"blob"`   // random name of the blob
	At       time.Time  `json:"at"`
	By       UserID     `json:"by"`
	Balai    BalaiCode  `json:"balai"`
	Addendum bool       `json:"addendum,omitempty"`
	Epoch    uint64     `json:"epoch,omitempty"`   // as in Note
	Handoff  HandoffID  `json:"handoff,omitempty"` // as in Note
}

// A Consent is one tick of form F4: processing, or sharing with one recipient.
type Consent struct {
	ID        ConsentID `json:"id"`
	Case      CaseID    `json:"case"`
	Scope     string    `json:"scope"`               // processing, sharing, medical, photo
	Recipient BalaiCode `json:"recipient,omitempty"` // for sharing with a balai
	Partner   string    `json:"partner,omitempty"`   // for sharing with one that runs no node: a hospital, an LKS
	Purpose   string    `json:"purpose"`
	How       string    `json:"how"`            // written, spoken, thumbprint, guardian, video
	GivenBy   string    `json:"givenBy"`        // person, guardian, family, officer
	Name      string    `json:"name,omitempty"` // who gave it, if that is not the person
	Witness   string    `json:"witness,omitempty"`
	Text      string    `json:"text,omitempty"`     // version of the consent text
	Language  string    `json:"language,omitempty"` // it was explained in
	Means     string    `json:"means,omitempty"`    // of communication: speech, signs, braille, pictures, a companion
	Why       string    `json:"why,omitempty"`      // why an officer gave it: nobody else could
	At        time.Time `json:"at"`
	Until     time.Time `json:"until,omitzero"` // when it ends by itself; zero: until withdrawn
	By        UserID    `json:"by"`
	Balai     BalaiCode `json:"balai,omitempty"`   // where it was given
	Handoff   HandoffID `json:"handoff,omitempty"` // the transfer under way when it was given, if any
	Withdrawn time.Time `json:"withdrawn,omitzero"`
}

// Valid reports whether c holds at t.
func (c Consent) Valid(t time.Time) bool {
	return !c.At.After(t) && (c.Withdrawn.IsZero() || c.Withdrawn.After(t)) && (c.Until.IsZero() || c.Until.After(t))
}
