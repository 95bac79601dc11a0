package casework_test

import (
	"bytes"
	"crypto/ed25519"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"serasi/node/casework"
)

var rewrite = flag.Bool("rewrite-letters", false, "write the golden letter anew; only together with a new format")

func aLetter() casework.Letter {
	return casework.Letter{
		Kind: casework.ReferralLetter, State: casework.LetterSigned, Balai: "MGL", CaseNumber: "MGL-2026-00001", Nature: casework.SecretLetter,
		Subject: "Rujukan Penerima Manfaat", Enclosures: "1 berkas", To: casework.Addressee{Name: "Kepala Sentra Contoh", Place: "Surakarta", Balai: "SRK"},
		Number: "15/4/HK.01/11/2026", Date: "2026-11-22", Code: "MGL-7K3M9Q2X", Salt: strings.Repeat("5a", 16), ReplacesNumber: "14/4/HK.01/11/2026",
		Head: &casework.Letterhead{Lines: []string{"KEMENTERIAN SOSIAL", "SENTRA CONTOH"}, Address: "Jalan Contoh 1", Contact: "(0293) 000000", Place: "Magelang"},
		Parts: []casework.LetterPart{
			{Key: "cover", Title: "Identitas ringkas", Rows: []casework.LetterRow{{Name: "Inisial", Value: "R. C."}, {Name: "Nomor kasus", Value: "MGL-2026-00001"}}},
			{Key: "reason", Title: "Alasan", Annex: true, Text: "baris satu\nNomor: 99/palsu"},
		},
		Signer: &casework.LetterSigner{Form: "Plt.", Office: "Kepala Sentra Contoh", Name: "Budi Contoh", NIP: "197001011990011001"},
		Copies: []string{"Direktur Jenderal Rehabilitasi Sosial"},
	}
}

// The text that is hashed stays as it is for ever: letters of today must be
// found genuine in ten years.
func TestCanonicalLetterIsGolden(t *testing.T) {
	path := filepath.Join("testdata", "letter-1.txt")
	got := aLetter().Canonical()
	if *rewrite {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("the text of a letter changed:\n%s", got)
	}
}

// Whatever a reader sees is under the hash, and no text can pose as a field.
func TestEveryFieldOfALetterIsSealed(t *testing.T) {
	plain := string(aLetter().Canonical())
	changes := map[string]func(*casework.Letter){
		"number":  func(l *casework.Letter) { l.Number = "16/4/HK.01/11/2026" },
		"date":    func(l *casework.Letter) { l.Date = "2026-11-23" },
		"to":      func(l *casework.Letter) { l.To.Name = "Kepala Sentra Lain" },
		"subject": func(l *casework.Letter) { l.Subject = "Lain" },
		"row":     func(l *casework.Letter) { l.Parts[0].Rows[0].Value = "S. C." },
		"text":    func(l *casework.Letter) { l.Parts[1].Text = "baris satu" },
		"annex":   func(l *casework.Letter) { l.Parts[1].Annex = false },
		"signer":  func(l *casework.Letter) { l.Signer.Form = "" },
		"copies":  func(l *casework.Letter) { l.Copies = nil },
		"head":    func(l *casework.Letter) { l.Head.Lines[1] = "SENTRA LAIN" },
		"nature":  func(l *casework.Letter) { l.Nature = casework.OrdinaryLetter },
	}
	for what, change := range changes {
		l := aLetter()
		change(&l)
		if string(l.Canonical()) == plain {
			t.Errorf("%s is not under the hash", what)
		}
	}
	if strings.Contains(plain, "\nNomor: 99/palsu") {
		t.Error("a text poses as a field")
	}
}

// A seal made by one balai is no seal of another, and a seal of a letter is no
// signature of anything else.
func TestSealOfALetter(t *testing.T) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	pub := key.Public().(ed25519.PublicKey)
	l := aLetter()
	a := l.Attest()
	token := a.Token(ed25519.Sign(key, a.SignBytes()))
	got, sig, ok := casework.ParseSeal("https://serasi.example.go.id/v/MGL-7K3M9Q2X?t=" + token + "#x")
	if !ok || got != a || !got.SignedBy(pub, sig) {
		t.Fatalf("the seal does not read back: %+v %v", got, ok)
	}
	if len(token) > 420 {
		t.Errorf("a QR code of %d characters is too dense for an old phone", len(token))
	}
	if !bytes.HasPrefix(a.SignBytes(), []byte("SERASI letter v1\x00")) {
		t.Error("the signature has no domain of its own")
	}
	keys := func(c casework.BalaiCode) []ed25519.PublicKey {
		if c == "MGL" {
			return []ed25519.PublicKey{pub}
		}
		return nil
	}
	l.Seal = &casework.LetterSeal{Token: token}
	if v := casework.VerifyLetter(casework.LetterProof{File: string(l.File())}, keys); v.Result != casework.LetterGenuine || !v.File {
		t.Errorf("offline: %+v", v)
	}
	other := a
	other.Number = "99/x/2026"
	if v := casework.VerifyLetter(casework.LetterProof{QR: other.Token(sig)}, keys); v.Result != casework.LetterForged {
		t.Errorf("a changed seal: %+v", v)
	}
	foreign := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{2}, ed25519.SeedSize))
	if v := casework.VerifyLetter(casework.LetterProof{QR: a.Token(ed25519.Sign(foreign, a.SignBytes()))}, keys); v.Result != casework.LetterForged {
		t.Errorf("a seal by another key: %+v", v)
	}
}

func FuzzParseSeal(f *testing.F) {
	a := aLetter().Attest()
	f.Add(a.Token(make([]byte, ed25519.SignatureSize)))
	f.Add("https://x/v/MGL-7K3M9Q2X?t=AAAA")
	f.Fuzz(func(t *testing.T, s string) {
		a, sig, ok := casework.ParseSeal(s)
		if !ok {
			return
		}
		again, sig2, ok := casework.ParseSeal(a.Token(sig))
		if !ok || again != a || !bytes.Equal(sig, sig2) {
			t.Errorf("%q is read in two ways", s)
		}
	})
}

func FuzzParseLetterFile(f *testing.F) {
	l := aLetter()
	l.Seal = &casework.LetterSeal{Token: l.Attest().Token(make([]byte, ed25519.SignatureSize))}
	f.Add(l.File())
	f.Add([]byte("SURAT SERASI 1\n\n==== SEGEL SERASI ====\nAAAA"))
	f.Fuzz(func(t *testing.T, b []byte) {
		text, a, _, ok := casework.ParseLetterFile(b)
		if ok && a.Holds(text) && a.Code != "MGL-7K3M9Q2X" {
			t.Errorf("a letter was found in %q", b)
		}
	})
}

func TestPlainLetterFitsABrailleLine(t *testing.T) {
	for n, line := range strings.Split(aLetter().Plain(40), "\n") {
		if len([]rune(line)) > 40 {
			t.Errorf("line %d has more than 40 columns: %q", n+1, line)
		}
	}
}

func TestLetterPatterns(t *testing.T) {
	tests := map[string]struct{ pattern, want string }{
		"as seen":   {"{urut}/{unit}/{klasifikasi}/{bulan}/{tahun}", "15/4/HK.01/4/2022"},
		"padded":    {"{urut:4}/{balai}/{romawi}/{tahun}", "0015/MGL/IV/2022"},
		"with text": {"B-{urut}/Sentra/{register}/{tahun}", "B-15/Sentra/surat/2022"},
	}
	for name, tt := range tests {
		n := casework.Numbering{Register: "surat", Pattern: tt.pattern, Unit: "4"}
		if got := n.Write(15, "HK.01", "MGL", "2022-04-09"); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}
