package casework

import "time"

// ID types. All are 32 lower-case hex digits of 128 random bits, made by the
// caller; none says anything about whom it names.
type (
	CaseID     string
	PersonID   string
	NoteID     string
	DocumentID string
	ConsentID  string
	HandoffID  string
	UserID     string
)

// BalaiCode is the short stable code of a balai, as in case numbers: "SRK".
type BalaiCode string

// ClaimKind says what a claim is about.
type ClaimKind string

// The kinds of claim an intake knows (form F1, "Identitas").
const (
	ClaimName       ClaimKind = "name"       // as in a document
	ClaimAlias      ClaimKind = "alias"      // nickname, "dipanggil"
	ClaimNIK        ClaimKind = "nik"        // population number, 16 digits; may be incomplete
	ClaimKK         ClaimKind = "kk"         // family card
	ClaimBorn       ClaimKind = "born"       // 2015-08-17, 2015-08, 2015, or 2013..2017
	ClaimBirthplace ClaimKind = "birthplace" //
	ClaimSex        ClaimKind = "sex"        // L, P or unknown
	ClaimMother     ClaimKind = "mother"     // name of the mother by birth
	ClaimAddress    ClaimKind = "address"    // as on the KTP
	ClaimDomicile   ClaimKind = "domicile"   // where the person really lives
	ClaimRegion     ClaimKind = "region"     // Kemendagri code of the origin, 33.72
	ClaimPhone      ClaimKind = "phone"      //
	ClaimBPJS       ClaimKind = "bpjs"       //
	ClaimLanguage   ClaimKind = "language"   // understood language
	ClaimMarks      ClaimKind = "marks"      // distinguishing marks
	ClaimFound      ClaimKind = "found"      // place and time where a person was found
)

// Standing says how sure a claim is (domain: identity status).
type Standing string

// The standings, from firmest to weakest.
const (
	Verified   Standing = "verified"   // TERVERIFIKASI_DUKCAPIL: confirmed by the civil registry
	Documented Standing = "documented" // SESUAI_DOKUMEN: a document was seen
	Stated     Standing = "stated"     // PENGAKUAN: said by the person or the family
	Estimated  Standing = "estimated"  // PERKIRAAN: by appearance
	Recording  Standing = "recording"  // DALAM_PROSES_REKAM: biometric recording asked for
	NotKnown   Standing = "not known"  // TIDAK_DIKENAL
)

// A Claim is one thing somebody said or showed about a person. Claims are only
// ever added: a story that changes between morning and evening is two claims.
type Claim struct {
	Kind     ClaimKind `json:"kind"`
	Value    string    `json:"value"`
	Standing Standing  `json:"standing"`
	Source   string    `json:"source,omitempty"` // who or what says so: "KTP", "nenek", "polisi"
	By       UserID    `json:"by,omitempty"`     // who wrote it down; set by the node
	At       time.Time `json:"at"`               // when; set by the node
	Balai    BalaiCode `json:"balai,omitempty"`  // where it was written down; set by the node
}

// A Person is known by claims, not by columns.
type Person struct {
	ID      PersonID  `json:"id"`
	Claims  []Claim   `json:"claims"`
	Unborn  bool      `json:"unborn,omitempty"` // a child not yet born ("janin"), registered through the mother
	Mother  PersonID  `json:"mother,omitempty"` // of an unborn or newborn child, if she is registered here
	Cases   []CaseID  `json:"cases,omitempty"`  // this person's cases here, oldest first; the row lies under the first
	Version uint64    `json:"version"`          // grows by one with each change
	Created time.Time `json:"created"`
}

// Current returns the claim of a kind that the screen shows: the firmest, and
// of equally firm ones the newest. One that only says NotYet comes last.
func (p Person) Current(kind ClaimKind) (Claim, bool) {
	best, found := Claim{}, false
	for _, c := range p.Claims {
		if c.Kind != kind {
			continue
		}
		if !found || c.rank() < best.rank() || c.rank() == best.rank() && !c.At.Before(best.At) {
			best, found = c, true
		}
	}
	return best, found
}

func (c Claim) rank() int {
	if c.Value == NotYet {
		return len(rank)
	}
	return rank[c.Standing]
}

var rank = map[Standing]int{Verified: 0, Documented: 1, Recording: 2, Stated: 3, Estimated: 4, NotKnown: 5}

// NotYet is the value of a claim that nobody knows yet ("belum diketahui").
// Every kind of claim may have it.
const NotYet = "unknown"

// Value returns the value of the current claim of a kind, or "" if there is
// none or it is not known yet.
func (p Person) Value(kind ClaimKind) string {
	c, _ := p.Current(kind)
	if c.Value == NotYet {
		return ""
	}
	return c.Value
}

// Name is what a list shows for p: the current name, else the alias, else a
// neutral word.
func (p Person) Name() string {
	if n := p.Value(ClaimName); n != "" {
		return n
	}
	if n := p.Value(ClaimAlias); n != "" {
		return n
	}
	return "Tidak dikenal"
}
