package node

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"serasi/node/access"
	"serasi/node/casework"
	"serasi/node/letter"
	"serasi/node/store"
	"serasi/replication"
	"serasi/replication/ledger"
)

// openLetters builds the desk where letters are written.
func (n *Node) openLetters() (err error) {
	conf := letterConfig(n.db, n.id, n.zone, n.clock)
	conf.Handoffs, conf.Keys = n.desk, n.letterKeys
	if n.letters, err = letter.New(conf); err != nil {
		return fmt.Errorf("letters: %w", err)
	}
	return nil
}

// letterConfig is what letters need, on a node that runs or on the store of one
// that does not.
func letterConfig(db *store.DB, id identity, zone *time.Location, now func() time.Time) letter.Config {
	code := casework.BalaiCode(id.Code)
	return letter.Config{
		Balai: code, Zone: zone, Store: db, Gate: access.Gate{Clock: now}, Trail: access.Trail{Clock: now}, Handoffs: noHandoffs{}, Clock: now,
		NewID: newID, Sign: func(b []byte) []byte { return ed25519.Sign(id.key(), b) }, Keys: func(casework.BalaiCode) []ed25519.PublicKey { return nil },
		Name: balaiNameOn, Defaults: usualLetters(code),
	}
}

// noHandoffs is the desk of a node that does not run.
type noHandoffs struct{}

func (noHandoffs) Get(context.Context, casework.Actor, casework.HandoffID) (casework.Handoff, error) {
	return casework.Handoff{}, casework.NotFound.Because("there is no such handoff")
}

// letterKeys are the keys that a balai signs or signed with: our own, and what
// the ledger lists.
func (n *Node) letterKeys(code casework.BalaiCode) (keys []ed25519.PublicKey) {
	if code == casework.BalaiCode(n.id.Code) {
		keys = append(keys, n.id.key().Public().(ed25519.PublicKey))
	}
	err := n.ledger.View(func(v ledger.View) error {
		if m, found := v.Member(ledger.NodeID(code)); found {
			keys = append(keys, signKeys(m)...)
		}
		return nil
	})
	if err != nil {
		n.log.Debug("the keys of a balai cannot be read", "err", err)
	}
	return keys
}

func signKeys(m ledger.Member) (keys []ed25519.PublicKey) {
	for _, s := range m.Sign {
		keys = append(keys, s.Key)
	}
	return keys
}

// renamed is the day on which the technical units became sentra (Permensos
// 3/2022): letters of before show the name of then.
const renamed = "2022-03-01"

// balaiNameOn is what a balai is called on a day.
func balaiNameOn(code casework.BalaiCode, day string) string {
	if day < renamed {
		for _, u := range casework.Units() {
			if u.Code == code {
				return u.Name
			}
		}
	}
	return balaiName(code)
}

// usualLetters are the settings of letters before the office has written its
// own: they are there so that the first letter can be signed on the first day.
func usualLetters(code casework.BalaiCode) casework.LetterSettings {
	head := casework.Letterhead{Lines: []string{"KEMENTERIAN SOSIAL REPUBLIK INDONESIA", strings.ToUpper(balaiName(code))}, Place: string(code)}
	for _, s := range casework.Sentras() {
		if s.Code == code {
			head.Place = strings.TrimPrefix(strings.TrimPrefix(s.Location, "Kota "), "Kabupaten ")
		}
	}
	return casework.LetterSettings{
		Heads:      []casework.Letterhead{head},
		Numberings: []casework.Numbering{{Register: "surat", Kinds: casework.LetterKinds(), Pattern: "{urut}/{unit}/{klasifikasi}/{bulan}/{tahun}", Unit: string(code), Class: "RH"}},
	}
}

// skippedLetters is how many numbers of each register of letters a restored node
// leaves out: more than a balai signs between two backups.
const skippedLetters = 100

// A Roster holds the signing keys of balai, for those who verify letters without
// a node.
type Roster map[string][]ed25519.PublicKey

// LedgerRoster reads the keys of all balai from the ledger in a data folder,
// whether its node runs or not. The ledger is verified on the way.
func LedgerRoster(dir string) (Roster, error) {
	members, err := replication.Members(dir)
	if err != nil {
		return nil, fmt.Errorf("read the keys from the ledger: %w", err)
	}
	r := Roster{}
	for _, m := range members {
		r[string(m.Code)] = signKeys(m)
	}
	return r, nil
}

// ParseRoster reads what Text wrote: a line for each key, with the code of its
// balai.
func ParseRoster(text string) (Roster, error) {
	r := Roster{}
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Fields(line)
		key, err := hex.DecodeString(f[len(f)-1])
		if len(f) != 2 || err != nil || len(key) != ed25519.PublicKeySize || !casework.IsBalai(casework.BalaiCode(f[0])) {
			return nil, fmt.Errorf("line %d is no key of a balai: it has the code of the balai and 64 hex digits", i+1)
		}
		r[f[0]] = append(r[f[0]], key)
	}
	return r, nil
}

// Lines are the keys of r, a line each.
func (r Roster) Lines() (out [][]string) {
	for code, keys := range r {
		for _, k := range keys {
			out = append(out, []string{code, hex.EncodeToString(k)})
		}
	}
	return out
}

// VerifyLetter checks a letter with the keys of r. Whether it was revoked only
// the node of its balai knows.
func (r Roster) VerifyLetter(p LetterProof) LetterVerdict {
	return casework.VerifyLetter(p, func(code casework.BalaiCode) []ed25519.PublicKey { return r[string(code)] })
}

// The words of checking a letter, for programs.
type (
	LetterProof   = casework.LetterProof
	LetterVerdict = casework.LetterVerdict
)

// Words returns what was said in English in a language, id or en.
func Words(lang, english string) string { return casework.Language(lang).Words(english) }
