package casework

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A LetterSeal proves that a letter is from a balai and unchanged.
type LetterSeal struct {
	Hash  string `json:"hash"`  // SHA-256 of the canonical text, hex
	Token string `json:"token"` // what the QR code holds: the attestation and its signature
}

// An Attestation is what a balai signs of a letter: enough to find paper and
// file genuine, and nothing of the person.
type Attestation struct {
	Balai  BalaiCode
	Code   string // ends in the random part of Letter.Code
	Kind   LetterKind
	Number string
	Date   string // 2006-01-02
	To     string // "-" if it is not told
	Hash   [sha256.Size]byte
}

// sealFormat heads the bytes of an attestation.
const sealFormat = "1"

// sealDomain keeps a signature on a letter from being taken for one on anything
// else that the same key signs.
const sealDomain = "SERASI letter v1\x00"

// maxTo bounds the addressee in a QR code, in characters.
const maxTo = 60

// Attest returns what the balai says of l, which must be complete.
func (l Letter) Attest() Attestation {
	to := oneLine(l.PublicTo())
	if runes := []rune(to); len(runes) > maxTo {
		to = string(runes[:maxTo-1]) + "…"
	}
	return Attestation{Balai: l.Balai, Code: l.Code, Kind: l.Kind, Number: l.Number, Date: l.Date, To: to, Hash: sha256.Sum256(l.Canonical())}
}

// encode writes a in one way only: fields on lines, then the hash.
func (a Attestation) encode() []byte {
	head := strings.Join([]string{sealFormat, string(a.Balai), a.Code, string(a.Kind), a.Number, a.Date, a.To, ""}, "\n")
	return append([]byte(head), a.Hash[:]...)
}

// SignBytes is what the node signs of a.
func (a Attestation) SignBytes() []byte { return append([]byte(sealDomain), a.encode()...) }

// Token writes a with its signature, for a QR code.
func (a Attestation) Token(sig []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(a.encode(), sig...))
}

var letterCode = regexp.MustCompile(`^[A-Z0-9]{2,8}-[0-9A-HJKMNP-TV-Z]{8}$`)

// IsLetterCode reports whether s is the code of a letter, such as
// SRK-7K3M9Q2X.
func IsLetterCode(s string) bool { return letterCode.MatchString(s) }

// IssuerOf returns the balai that a letter's code names.
func IssuerOf(code string) BalaiCode {
	balai, _, _ := strings.Cut(code, "-")
	return BalaiCode(balai)
}

// crockford is the alphabet of codes: no I, L, O and U, which are misread.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NewLetterCode makes the code of a letter of balai from 40 random bits, the
// first ten hex digits of id. It is false if id has none.
func NewLetterCode(balai BalaiCode, id string) (string, bool) {
	if len(id) < 10 {
		return "", false
	}
	raw, err := hex.DecodeString(id[:10])
	if err != nil {
		return "", false
	}
	var n uint64
	for _, b := range raw {
		n = n<<8 | uint64(b)
	}
	out := make([]byte, 8)
	for i := range out {
		out[7-i] = crockford[n&31]
		n >>= 5
	}
	return string(balai) + "-" + string(out), true
}

// ParseSeal reads the token of a QR code: the text of the code, an address that
// holds it, or the token alone. It is false if there is none in s.
func ParseSeal(s string) (a Attestation, sig []byte, ok bool) {
	s = strings.TrimSpace(s)
	if _, after, found := strings.Cut(s, "t="); found {
		s = after
	}
	if end := strings.IndexAny(s, "&# \n\r\t"); end >= 0 {
		s = s[:end]
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	const tail = sha256.Size + ed25519.SignatureSize
	if err != nil || len(raw) < tail || len(raw) > 2000 {
		return a, nil, false
	}
	head, rest := raw[:len(raw)-tail], raw[len(raw)-tail:]
	f := strings.Split(string(head), "\n")
	if len(f) != 8 || f[0] != sealFormat || f[7] != "" || !utf8.Valid(head) || !IsLetterCode(f[2]) || IssuerOf(f[2]) != BalaiCode(f[1]) || !IsDay(f[5]) {
		return a, nil, false
	}
	a = Attestation{Balai: BalaiCode(f[1]), Code: f[2], Kind: LetterKind(f[3]), Number: f[4], Date: f[5], To: f[6]}
	copy(a.Hash[:], rest)
	return a, rest[sha256.Size:], true
}

// SignedBy reports whether sig is a signature of a with the key pub.
func (a Attestation) SignedBy(pub ed25519.PublicKey, sig []byte) bool {
	return len(pub) == ed25519.PublicKeySize && ed25519.Verify(pub, a.SignBytes(), sig)
}

// sealLine stands before the token in the file of a letter.
const sealLine = "\n==== SEGEL SERASI ====\n"

// File is a signed letter as one file: its text, then its seal.
func (l Letter) File() []byte {
	if l.Seal == nil {
		return nil
	}
	return append(l.Canonical(), []byte(sealLine+l.Seal.Token+"\n")...)
}

// ParseLetterFile takes apart what File wrote: the text that was signed and the
// seal. It is false if b is no such file.
func ParseLetterFile(b []byte) (text []byte, a Attestation, sig []byte, ok bool) {
	s := strings.ReplaceAll(string(b), "\r\n", "\n") // mail programs change the ends of lines
	at := strings.LastIndex(s, sealLine)
	if at < 0 || !strings.HasPrefix(s, letterFormat+"\n") {
		return nil, a, nil, false
	}
	a, sig, ok = ParseSeal(s[at+len(sealLine):])
	return []byte(s[:at]), a, sig, ok
}

// Holds reports whether text is what a was made of.
func (a Attestation) Holds(text []byte) bool { return sha256.Sum256(text) == a.Hash }

// What a check of a letter found.
const (
	LetterGenuine = "genuine"
	LetterForged  = "not genuine" // the seal does not fit the words, or not the balai
	LetterRevoked = "revoked"
	LetterUnknown = "unknown" // this node cannot tell
)

// A LetterProof is what somebody shows who wants to know whether a letter is
// genuine: the text of its QR code, its file, or number and code.
type LetterProof struct {
	QR     string `json:"qr,omitempty"`
	File   string `json:"file,omitempty"`
	Number string `json:"number,omitempty"`
	Code   string `json:"code,omitempty"`
	Source string `json:"-"` // where the question comes from, to slow down guessing; never stored
}

// A LetterVerdict is the answer. It holds nothing of a person.
type LetterVerdict struct {
	Result   string     `json:"result"`        // genuine, not genuine, revoked, unknown
	Why      string     `json:"why,omitempty"` // in words
	Kind     LetterKind `json:"kind,omitempty"`
	Number   string     `json:"number,omitempty"`
	Date     string     `json:"date,omitempty"`
	From     BalaiCode  `json:"from,omitempty"`
	To       string     `json:"to,omitempty"`
	Code     string     `json:"code,omitempty"`
	Replaced string     `json:"replaced,omitempty"` // number of the letter that replaces it
	File     bool       `json:"file,omitempty"`     // the words of the file were compared too
	Here     bool       `json:"here,omitempty"`     // compared with the register of the balai that wrote it
}

// VerifyLetter checks the seal of a proof with the keys that keys returns for a
// balai; it needs no node and no network. It knows nothing of revocations.
func VerifyLetter(p LetterProof, keys func(BalaiCode) []ed25519.PublicKey) LetterVerdict {
	a, sig, text, ok := p.seal()
	if !ok {
		return LetterVerdict{Result: LetterUnknown, Why: "this is not the QR code or the file of a letter"}
	}
	v := LetterVerdict{Kind: a.Kind, Number: a.Number, Date: a.Date, From: a.Balai, To: a.To, Code: a.Code, File: text != nil}
	known := keys(a.Balai)
	if len(known) == 0 {
		v.Result, v.Why = LetterUnknown, "the key of the balai that it names is not known here"
		return v
	}
	signed := false
	for _, k := range known {
		signed = signed || a.SignedBy(k, sig)
	}
	switch {
	case !signed:
		return LetterVerdict{Result: LetterForged, Why: "the seal was not made by the balai that it names", From: a.Balai}
	case text != nil && !a.Holds(text):
		v.Result, v.Why = LetterForged, "the words were changed after the letter was signed"
	default:
		v.Result = LetterGenuine
	}
	return v
}

func (p LetterProof) seal() (a Attestation, sig, text []byte, ok bool) {
	if p.File != "" {
		text, a, sig, ok = ParseLetterFile([]byte(p.File))
		return a, sig, text, ok
	}
	a, sig, ok = ParseSeal(p.QR)
	return a, sig, nil, ok
}
