package replication

// What cannot be reached through the front door without a hostile network, and
// is worth the exception: decoders, and the merge of layers.

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/raft"
	"go.etcd.io/bbolt"

	"serasi/replication/ledger"
)

func FuzzPreamble(f *testing.F) {
	f.Add(preamble{federation: ledger.Hash{1}, raft: ledger.RaftID{2}, position: position{3, 4, 5}}.encode())
	f.Add([]byte(preambleMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := decodePreamble(b)
		if err == nil && !bytes.Equal(p.encode(), b) {
			t.Errorf("%x decodes, and encodes to %x", b, p.encode())
		}
	})
}

func FuzzLesson(f *testing.F) {
	f.Add(be(7))
	f.Add(append(be(7), 0, 0, 0, 2, 'a', 'b', 0, 0, 0, 0))
	f.Add(append(be(7), 255, 255, 255, 255))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, entries, err := decodeLesson(b)
		n := 8
		for _, e := range entries {
			n += 4 + len(e)
		}
		if err == nil && n != len(b) {
			t.Errorf("%d bytes are explained, of %d", n, len(b))
		}
	})
}

func FuzzConfiguration(f *testing.F) {
	f.Add(raft.EncodeConfiguration(raft.Configuration{Servers: []raft.Server{{ID: "a", Address: "AAA"}}}))
	f.Add([]byte{0xc1})
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := decodeConfiguration(b)
		if err == nil && !slices.ContainsFunc(c.Servers, func(s raft.Server) bool { return s.Suffrage == raft.Voter }) {
			t.Error("a configuration without a voter is taken")
		}
	})
}

func FuzzWitness(f *testing.F) {
	f.Add("12 " + ledger.Hash{1}.String() + "\n")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		if w, err := parseWitness(s); err == nil {
			if again, err := parseWitness(fmt.Sprintf("%d %s\n", w.event, w.head)); err != nil || again != w {
				t.Errorf("%q reads as %v and then %v, %v", s, w, again, err)
			}
		}
	})
}

// Layers over a tree must look like one tree, whatever lies where.
func TestLayersLookLikeOneTree(t *testing.T) {
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	dice := rand.New(rand.NewPCG(1, 2))
	key := func() string { return fmt.Sprintf("%c%d", "abm"[dice.IntN(3)], dice.IntN(40)) }
	model := map[string]string{}
	err = db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket(rowsBucket)
		for range 60 {
			k := key()
			model[k] = "base " + k
			_ = b.Put([]byte(k), []byte(model[k])) // shown by the comparison below
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = db.View(func(tx *bbolt.Tx) error {
		s := &stack{layers: []*layer{{}}, base: func() *bbolt.Bucket { return tx.Bucket(rowsBucket) }}
		for step := range 600 {
			k := key()
			switch dice.IntN(4) {
			case 0, 1:
				model[k] = fmt.Sprint(step)
				s.Put([]byte(k), []byte(model[k]))
			case 2:
				delete(model, k)
				s.Delete([]byte(k))
			default:
				compareScan(t, s, model, k[:1], k)
			}
			if got := string(s.Get([]byte(k))); got != model[k] {
				t.Fatalf("step %d: %s is %q, want %q", step, k, got, model[k])
			}
			if step%200 == 199 && len(s.layers) < 3 {
				s.layers = append([]*layer{{}}, s.layers...)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func compareScan(t *testing.T, s *stack, model map[string]string, prefix, from string) {
	t.Helper()
	var want, got []string
	for _, k := range slices.Sorted(maps.Keys(model)) {
		if strings.HasPrefix(k, prefix) && k >= from {
			want = append(want, k+"="+model[k])
		}
	}
	s.Scan([]byte(prefix), []byte(from), func(k, v []byte) bool {
		got = append(got, string(k)+"="+string(v))
		return true
	})
	if !slices.Equal(got, want) {
		t.Fatalf("scan %s from %s: %v, want %v", prefix, from, got, want)
	}
}

func TestTermsOfAppliedEntries(t *testing.T) {
	b := &book{runs: []run{{5, 9, 2}, {12, 20, 4}}}
	rows := map[string]struct {
		index, term uint64
		want        bool
	}{
		"in a run":                {7, 2, true},
		"in a run, another term":  {7, 3, false},
		"between two, the first":  {10, 2, true},
		"between two, a middle":   {11, 3, true},
		"between two, the second": {10, 4, true},
		"between two, older":      {10, 1, false},
		"between two, newer":      {10, 5, false},
		"before all":              {3, 1, true},
		"before all, newer":       {3, 3, false},
		"after all":               {25, 4, true},
		"after all, older":        {25, 3, false},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			if got := b.fits(row.index, row.term); got != row.want {
				t.Errorf("fits: %v, want %v", got, row.want)
			}
		})
	}
}

// The raft configuration follows the ledger by the safest single steps.
func TestNextChange(t *testing.T) {
	member := func(code string, s ledger.Standing, voter bool) ledger.Member {
		return ledger.Member{Code: ledger.NodeID(code), Standing: s, Voter: voter, Raft: ledger.RaftID{code[0]}}
	}
	have := func(code string, s raft.ServerSuffrage) raft.Server {
		return server(member(code, ledger.Active, false), s)
	}
	const v, n = raft.Voter, raft.Nonvoter
	rows := map[string]struct {
		conf    []raft.Server
		members []ledger.Member
		away    string
		want    string
	}{
		"nothing to do": {[]raft.Server{have("AAA", v)}, []ledger.Member{member("AAA", ledger.Active, true)}, "", ""},
		"a newcomer":    {[]raft.Server{have("AAA", v)}, []ledger.Member{member("AAA", ledger.Active, true), member("BBB", ledger.Active, false)}, "", "add BBB"},
		"revoked first": {
			[]raft.Server{have("AAA", v), have("BBB", n)},
			[]ledger.Member{member("AAA", ledger.Active, true), member("BBB", ledger.Revoked, false), member("CCC", ledger.Active, false)}, "", "remove BBB",
		},
		"suspended stays": {
			[]raft.Server{have("AAA", v), have("BBB", n)},
			[]ledger.Member{member("AAA", ledger.Active, true), member("BBB", ledger.Suspended, false)}, "", "",
		},
		"only invited": {[]raft.Server{have("AAA", v)}, []ledger.Member{member("AAA", ledger.Active, true), member("BBB", ledger.Invited, false)}, "", ""},
		"two gain a vote": {
			[]raft.Server{have("AAA", v), have("BBB", n), have("CCC", n)},
			[]ledger.Member{member("AAA", ledger.Active, true), member("BBB", ledger.Active, true), member("CCC", ledger.Active, true)}, "", "give BBB its vote",
		},
		"one of the two is away": {
			[]raft.Server{have("AAA", v), have("BBB", n), have("CCC", n)},
			[]ledger.Member{member("AAA", ledger.Active, true), member("BBB", ledger.Active, true), member("CCC", ledger.Active, true)}, "CCC", "",
		},
		"exchange: gains before": {
			[]raft.Server{have("AAA", v), have("BBB", n)},
			[]ledger.Member{member("AAA", ledger.Active, false), member("BBB", ledger.Active, true)}, "", "give BBB its vote",
		},
		"exchange: loses after": {
			[]raft.Server{have("AAA", v), have("BBB", v)},
			[]ledger.Member{member("AAA", ledger.Active, false), member("BBB", ledger.Active, true)}, "", "take the vote of AAA",
		},
		"exchange: the new one is away": {
			[]raft.Server{have("AAA", v), have("BBB", n)},
			[]ledger.Member{member("AAA", ledger.Active, false), member("BBB", ledger.Active, true)}, "BBB", "",
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			r := &roster{members: map[ledger.NodeID]ledger.Member{}}
			for _, m := range row.members {
				r.members[m.Code] = m
			}
			c := nextChange(raft.Configuration{Servers: row.conf}, r, func(s raft.Server) bool { return string(s.Address) != row.away })
			got := ""
			if c != nil {
				got = c.what
			}
			if got != row.want {
				t.Errorf("next is %q, want %q", got, row.want)
			}
		})
	}
}

// A snapshot that takes the place of a longer log leaves raft with a wrong idea
// of it, and one that comes again and again helps nobody.
func TestInstalledSnapshotThatRaftCannotGoOnFrom(t *testing.T) {
	rows := []struct {
		name string
		came int // times
		last uint64
		want error
	}{
		{"in the place of a shorter log", 1, 40, nil},
		{"twice", 2, 40, nil},
		{"in the place of a longer log", 1, 60, ErrRestart},
		{"three times", 3, 40, ErrRejoin},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var fatal error
			c := Config{Dir: t.TempDir(), Self: "AAA", Profile: LAN, Fatal: func(err error) { fatal = err }}.filled()
			for range row.came { // each in another life of the process
				l := newLog(c)
				if err := l.openFiles(); err != nil {
					t.Fatal(err)
				}
				l.installed(50, 1, row.last)
				l.stop()
				if err := errors.Join(l.stores.close(), l.book.close()); err != nil {
					t.Fatal(err)
				}
			}
			if !errors.Is(fatal, row.want) {
				t.Errorf("fatal %v, want %v", fatal, row.want)
			}
		})
	}
}
