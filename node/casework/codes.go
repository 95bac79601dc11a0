package casework

// The short lists a form is checked against. They are the words of the work,
// so they are stored and travel as written here: add, never rename. The long
// official lists (clusters, the 26 categories) have dates of validity and come
// in through Known instead.
var (
	// Endings are the reason codes a case is closed with.
	Endings = []string{
		"tujuan tercapai", "reunifikasi", EndedReferred, "mengundurkan diri", "meninggalkan balai tanpa izin",
		"meninggal dunia", "tidak memenuhi kriteria", "pindah alamat", "lainnya",
	}
	// Ragams are the kinds of disability of UU 8/2016 art. 4. Two or more make
	// "ganda", which is derived and never entered.
	Ragams = []string{"fisik", "intelektual", "mental", "sensorik"}
	// NoteKinds are what a Note may be.
	NoteKinds = []string{"progress", "visit", "incident", "conference", "rapid assessment"}
	// DocumentKinds are what a Document may be.
	DocumentKinds = []string{"ktp", "kk", "akta", "consent", "medical", "police", "letter", "photo", "other"}
	// NoteEvents are what a note of kind incident may be about (form F6, kejadian
	// khusus).
	NoteEvents = []string{"sakit", "kecelakaan", "berkelahi", "kekerasan", "meninggalkan balai", "meninggal", "lainnya"}
	// ConsentMeans are how it was made clear what is consented to.
	ConsentMeans = []string{"speech", "signs", "braille", "pictures", "companion"}
	// ConsentScopes are what a Consent may cover: one tick of form F4 each.
	ConsentScopes = []string{ForProcessing, ForSharing, "medical", "photo"}
	// ConsentWays are how a consent may be given.
	ConsentWays = []string{"written", "spoken", "thumbprint", "guardian", "video"}
	// ConsentGivers are who may give one.
	ConsentGivers = []string{"person", "guardian", "family", "officer"}
)

// EndedReferred is the ending of a case that another balai or a partner took
// over. Nobody picks it by hand without a handoff that says so.
const EndedReferred = "dirujuk"

// FromBalai is the source of a case that came by a transfer.
const FromBalai = "rujukan balai"

// Two scopes of a Consent that rules ask for.
const (
	ForProcessing = "processing"
	ForSharing    = "sharing"
)

// The lists that Known is asked about.
const (
	ListPPKS    = "ppks"
	ListCluster = "cluster"
)

// Known reports whether a versioned list holds a code. A nil Known takes every
// code that has the shape of one.
type Known func(list, code string) bool

func (k Known) has(list, code string) bool {
	return shape[list].MatchString(code) && (k == nil || k(list, code))
}
