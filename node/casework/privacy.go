package casework

import "time"

// SubjectTime is how soon what a person asks of their data must be answered, and
// how soon a breach must be told (UU 27/2022 art. 30, 32, 41 and 46: 3x24 hours,
// on the wall clock).
const SubjectTime = 72 * time.Hour

// BackupsKept is how long backups are kept: what is erased today is in none of
// them after that.
const BackupsKept = 35 * 24 * time.Hour

// What a person may ask of their data.
const (
	AskCopy     = "salinan"       // a copy of it (art. 7)
	AskLooks    = "siapa melihat" // who saw it (art. 31)
	AskMend     = "perbaikan"     // to correct it (art. 6)
	AskRestrict = "pembatasan"    // to restrict its use (art. 11)
	AskObject   = "keberatan"     // to stop it (art. 9 and 10)
	AskErase    = "penghapusan"   // to erase it (art. 8)
)

// SubjectAsks lists what may be asked.
var SubjectAsks = []string{AskCopy, AskLooks, AskMend, AskRestrict, AskObject, AskErase}

// Who asks for a person.
var SubjectAskers = []string{"penerima manfaat", "orang tua", "wali", "kuasa hukum"}

// NewSubjectRequest is what somebody asks of the data of a case.
type NewSubjectRequest struct {
	Kind  string    `json:"kind"`
	From  string    `json:"from" doc:"Who asks: penerima manfaat, orang tua, wali or kuasa hukum"`
	Words string    `json:"words" doc:"What is asked, in the words of who asks"`
	At    time.Time `json:"at,omitzero" doc:"When it was asked; left out: now"`
}

// Check returns what is wrong with n at that time.
func (n NewSubjectRequest) Check(now time.Time) []Fault {
	var f faults
	f.oneOf("kind", n.Kind, SubjectAsks...)
	f.oneOf("from", n.From, SubjectAskers...)
	f.need("words", n.Words, MaxText)
	if n.At.After(now) {
		f.add("at", "lies in the future")
	}
	return f
}

// A SubjectRequest is one of those, and what was done about it.
type SubjectRequest struct {
	ID      string    `json:"id"`
	Case    CaseID    `json:"case"`
	Number  string    `json:"number"` // of the case
	Kind    string    `json:"kind"`
	From    string    `json:"from"`
	Words   string    `json:"words"`
	At      time.Time `json:"at"`
	Due     time.Time `json:"due"`
	By      UserID    `json:"by"` // who wrote it down
	Done    time.Time `json:"done,omitzero"`
	DoneBy  UserID    `json:"doneBy,omitempty"`
	Refused bool      `json:"refused,omitempty"`
	Answer  string    `json:"answer,omitempty"`
}

// Overdue reports whether r was not answered in time.
func (r SubjectRequest) Overdue(at time.Time) bool { return r.Done.IsZero() && at.After(r.Due) }

// A SubjectAnswer says what was done about a request.
type SubjectAnswer struct {
	Refused bool   `json:"refused,omitempty" doc:"It was not done; the words say why"`
	Answer  string `json:"answer" doc:"At least 10 characters"`
}

// Check returns what is wrong with a.
func (a SubjectAnswer) Check() []Fault {
	var f faults
	f.reason("answer", a.Answer, 10)
	return f
}

// A Restriction stops new offers and exports of a case.
type Restriction struct {
	Case  CaseID    `json:"case"`
	Since time.Time `json:"since"`
	By    UserID    `json:"by"`
	Why   string    `json:"why"`
}

// NewRestriction is why a case is restricted.
type NewRestriction struct {
	Why string `json:"why" doc:"At least 10 characters"`
}

// Check returns what is wrong with n.
func (n NewRestriction) Check() []Fault {
	var f faults
	f.reason("why", n.Why, 10)
	return f
}

// A Look is what of one day a person is told about who saw their file: in which
// role and for what, not who by name.
type Look struct {
	Day   string `json:"day"` // 2026-11-22, by the clocks of the balai
	Role  Role   `json:"role,omitempty"`
	What  string `json:"what" doc:"One of the purposes"`
	Times int    `json:"times"`
}

// The purposes of a look, as a person is told.
const (
	LookRead      = "membaca"
	LookWrite     = "mencatat"
	LookHandoff   = "rujukan"
	LookExport    = "menyalin"
	LookEmergency = "darurat"
	LookOversight = "pengawasan"
	LookRefused   = "ditolak"
)

// Why a person may be erased.
var ErasureReasons = []string{"permintaan penerima manfaat", "persetujuan ditarik", "masa simpan habis", "diproses tanpa dasar"}

// NewErasure asks to erase the person of a case with all their cases here.
type NewErasure struct {
	Reason string `json:"reason" doc:"One of the coded reasons"`
	Letter string `json:"letter" doc:"Number of the letter or minutes that decide it"`
}

// Check returns what is wrong with n.
func (n NewErasure) Check() []Fault {
	var f faults
	f.oneOf("reason", n.Reason, ErasureReasons...)
	f.need("letter", n.Letter, 100)
	return f
}

// An Erasure is the certificate of one. It holds nothing of the person.
type Erasure struct {
	ID        string    `json:"id"`
	Cases     []CaseID  `json:"cases"`
	Numbers   []string  `json:"numbers"` // of the cases
	Reason    string    `json:"reason"`
	Letter    string    `json:"letter"`
	Asked     time.Time `json:"asked"`
	AskedBy   UserID    `json:"askedBy"`
	Confirmed time.Time `json:"confirmed,omitzero"`
	Second    UserID    `json:"second,omitempty"` // who confirmed it
	Done      time.Time `json:"done,omitzero"`
	Gone      time.Time `json:"gone,omitzero" doc:"When the last backup that holds it has aged out"`
	Dropped   time.Time `json:"dropped,omitzero"` // taken back before it was confirmed
}

// Open reports whether e waits for its second person.
func (e Erasure) Open() bool { return e.Confirmed.IsZero() && e.Dropped.IsZero() }

// What sort of data got out, for the notice of art. 46.
var BreachKinds = []string{"identitas", "kesehatan", "anak", "perkara hukum", "keuangan", "kontak keluarga", "dokumen"}

// NewBreach is what is known of data that may have got out.
type NewBreach struct {
	Kinds    []string  `json:"kinds" doc:"What sort of data"`
	How      string    `json:"how" doc:"What happened, without names of people"`
	Measures string    `json:"measures,omitempty" doc:"What is done about it"`
	Known    time.Time `json:"known" doc:"When the balai came to know; the clock of 3x24 hours runs from here"`
	From     time.Time `json:"from" doc:"From when it may have been"`
	To       time.Time `json:"to" doc:"Until when"`
	User     UserID    `json:"user,omitempty" doc:"Account that was used; left out: any"`
	Token    string    `json:"token,omitempty" doc:"Id of the token that was used; left out: any"`
	Case     CaseID    `json:"case,omitempty" doc:"Case it is about; left out: any"`
	Digest   string    `json:"digest,omitempty" doc:"SHA-256 of a document that got out, hex, or its first 16 digits or more; left out: any part of a case"`
}

// Check returns what is wrong with n at that time.
func (n NewBreach) Check(now time.Time) []Fault {
	var f faults
	if len(n.Kinds) == 0 {
		f.add("kinds", "is missing")
	}
	for _, k := range n.Kinds {
		f.oneOf("kinds", k, BreachKinds...)
	}
	f.reason("how", n.How, 20)
	f.text("measures", n.Measures, MaxText)
	f.id("user", string(n.User))
	f.id("token", n.Token)
	f.id("case", string(n.Case))
	if n.Digest != "" && !shape["begins"].MatchString(n.Digest) {
		f.add("digest", "is not a SHA-256 in hex, or 16 of its first digits or more")
	}
	for field, at := range map[string]time.Time{"known": n.Known, "from": n.From, "to": n.To} {
		switch {
		case at.IsZero():
			f.add(field, "is missing")
		case at.After(now):
			f.add(field, "lies in the future")
		}
	}
	if n.To.Before(n.From) {
		f.add("to", "lies before the beginning")
	}
	return f
}

// A Breach is an incident of data and what was done about it.
type Breach struct {
	ID string `json:"id"`
	NewBreach
	By         UserID    `json:"by"`
	Due        time.Time `json:"due"`                 // of both notices
	ToldAgency time.Time `json:"toldAgency,omitzero"` // the agency for data protection
	ToldPeople time.Time `json:"toldPeople,omitzero"` // the people affected
	Closed     time.Time `json:"closed,omitzero"`
	Version    uint64    `json:"version"`
}

// Told reports whether everybody was told who must be.
func (i Breach) Told() bool { return !i.ToldAgency.IsZero() && !i.ToldPeople.IsZero() }

// BreachPatch says how far an incident is; nil leaves a field as it is.
type BreachPatch struct {
	Measures   *string    `json:"measures,omitempty"`
	ToldAgency *time.Time `json:"toldAgency,omitempty"`
	ToldPeople *time.Time `json:"toldPeople,omitempty"`
	Closed     *bool      `json:"closed,omitempty"`
}

// An Affected is one case that an incident may concern, found in the audit trail.
type Affected struct {
	Case   CaseID    `json:"case"`
	Number string    `json:"number,omitempty"` // empty: erased since
	Name   string    `json:"name,omitempty"`   // of the person, if the reader may read the case; else initials
	Unit   string    `json:"unit,omitempty"`
	Lead   UserID    `json:"lead,omitempty"`
	Times  int       `json:"times"` // how often it was read or changed
	First  time.Time `json:"first"`
	Last   time.Time `json:"last"`
}
