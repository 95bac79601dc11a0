package letter_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"serasi/node/access"
	"serasi/node/casework"
	"serasi/node/casework/caseworktest"
	"serasi/node/letter"
)

// handoffs are those that this balai knows.
type handoffs map[casework.HandoffID]casework.Handoff

func (h handoffs) Get(_ context.Context, _ casework.Actor, id casework.HandoffID) (casework.Handoff, error) {
	got, ok := h[id]
	if !ok {
		return got, casework.NotFound.Because("there is no such handoff")
	}
	return got, nil
}

// People of the balai MGL.
var (
	worker     = casework.Actor{User: id(1), Name: "Pekerja Uji", Roles: []casework.Role{casework.Worker}, Unit: "anak", Via: "web"}
	coworker   = casework.Actor{User: id(2), Name: "Rekan Uji", Roles: []casework.Role{casework.Worker}, Unit: "anak", Via: "web"}
	supervisor = casework.Actor{User: id(3), Name: "Koordinator Uji", Roles: []casework.Role{casework.Supervisor}, Unit: "anak", Via: "web"}
	head       = casework.Actor{User: id(4), Name: "Kepala Uji", Roles: []casework.Role{casework.Head}, Via: "web", StepUp: true}
	desk       = casework.Actor{User: id(5), Name: "Loket Uji", Roles: []casework.Role{casework.FrontDesk}, Via: "web"}
	admin      = casework.Actor{User: id(6), Name: "Admin Uji", Roles: []casework.Role{casework.AdminIT}, Via: "web", StepUp: true}
)

func id(n int) casework.UserID { return casework.UserID(fmt.Sprintf("%032x", n)) }

// world is the office of one balai.
type world struct {
	*letter.Desk
	t        *testing.T
	store    *caseworktest.Store
	handoffs handoffs
	key      ed25519.PrivateKey
	keys     map[casework.BalaiCode][]ed25519.PublicKey
	now      time.Time
	ids      int
	mu       sync.Mutex // guards ids
	cases    int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, store: &caseworktest.Store{}, handoffs: handoffs{}, now: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC),
		key: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)),
	}
	w.keys = map[casework.BalaiCode][]ed25519.PublicKey{"MGL": {w.key.Public().(ed25519.PublicKey)}}
	w.Desk = w.open()
	return w
}

func (w *world) open() *letter.Desk {
	w.t.Helper()
	d, err := letter.New(letter.Config{
		Balai: "MGL", Zone: time.FixedZone("WIB", 7*3600), Store: w.store, Gate: access.Gate{}, Trail: access.Trail{Clock: w.clock},
		Handoffs: w.handoffs, Clock: w.clock, NewID: w.newID, Sign: func(b []byte) []byte { return ed25519.Sign(w.key, b) },
		Keys: func(c casework.BalaiCode) []ed25519.PublicKey { return w.keys[c] }, Defaults: defaults(),
		Name: func(c casework.BalaiCode, _ string) string { return "Sentra " + string(c) },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func defaults() casework.LetterSettings {
	return casework.LetterSettings{
		Heads: []casework.Letterhead{{Lines: []string{"KEMENTERIAN SOSIAL", "SENTRA UJI"}, Place: "Magelang"}},
		Numberings: []casework.Numbering{
			{Register: "surat", Kinds: casework.LetterKinds(), Pattern: "{urut}/{unit}/{klasifikasi}/{bulan}/{tahun}", Unit: "4.13", Class: "RH.01"},
		},
	}
}

func (w *world) clock() time.Time { return w.now }

func (w *world) newID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return fmt.Sprintf("%010x%022x", uint64(w.ids)*7919, w.ids)
}

// open stores a case of a person with a name.
func (w *world) newCase(name string, secrecy ...casework.Secrecy) casework.Case {
	w.t.Helper()
	w.cases++
	p := casework.Person{ID: casework.PersonID(w.newID()), Claims: []casework.Claim{
		{Kind: casework.ClaimName, Value: name, Standing: casework.Stated, At: w.now}, {Kind: casework.ClaimSex, Value: "P", Standing: casework.Stated, At: w.now},
		{Kind: casework.ClaimBorn, Value: "2015-08-17", Standing: casework.Documented, Source: "akta", At: w.now},
	}}
	c := casework.Case{
		ID: casework.CaseID(w.newID()), Number: fmt.Sprintf("MGL-2026-%05d", w.cases), Person: p.ID, State: casework.Open, Stage: casework.Implementation,
		Urgency: casework.NotUrgent, Basis: casework.ByConsent, Lead: worker.User, Unit: "anak", Secrecy: secrecy, Opened: w.now, Version: 1,
	}
	w.ok(w.store.Update(w.t.Context(), func(tx casework.Tx) error {
		return errors.Join(tx.Put(casework.Cases, string(c.ID), string(c.ID), c), tx.Put(casework.Persons, string(c.ID), string(p.ID), p))
	}))
	return c
}

// offered puts a handoff of a case into the desk's sight.
func (w *world) offered(c casework.Case, box casework.Box, stage string) casework.Handoff {
	w.t.Helper()
	h := casework.Handoff{
		ID: casework.HandoffID(w.newID()), Kind: casework.Transfer, Box: box, From: "MGL", To: "SRK", Case: c.ID, Stage: stage, Created: w.now,
		Deadline: w.now.AddDate(0, 0, 7), Summary: &casework.Summary{
			Initials: "R.", Reason: "perlu kursi roda", Wanted: "fisioterapi", Given: "nutrisi", Number: "MGL-2026-00001", Basis: casework.ByConsent,
		},
	}
	if box == casework.In {
		h.From, h.To = "SRK", "MGL"
	}
	w.handoffs[h.ID] = h
	w.ok(w.store.Update(w.t.Context(), func(tx casework.Tx) error {
		return tx.Put(casework.Handoffs, casework.NodeOwner, string(h.ID), h)
	}))
	return h
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) kind(err error, want casework.Kind) {
	w.t.Helper()
	if !errors.Is(err, want) {
		w.t.Errorf("got %v, want %s", err, want)
	}
}

// begin writes a draft as the worker.
func (w *world) begin(in casework.NewLetter) casework.LetterView {
	w.t.Helper()
	v, err := w.Begin(w.t.Context(), worker, in)
	w.ok(err)
	return v
}

func (w *world) act(by casework.Actor, v casework.LetterView, act casework.LetterAct, words string) casework.LetterView {
	w.t.Helper()
	got, err := w.Act(w.t.Context(), by, v.Letter.ID, v.Letter.Version, act, words)
	if err != nil {
		w.t.Fatalf("%s: %v %v", act, err, casework.Faults(err))
	}
	return got
}

// toSign takes a draft to the table of the head.
func (w *world) toSign(v casework.LetterView) casework.LetterView {
	w.t.Helper()
	if v.Letter.To.Name == "" {
		var err error
		v, err = w.Edit(w.t.Context(), worker, v.Letter.ID, v.Letter.Version, casework.LetterPatch{To: &casework.Addressee{Name: "Dinas Dukcapil Contoh"}})
		w.ok(err)
	}
	v = w.act(worker, v, casework.LetterSubmit, "")
	v = w.act(supervisor, v, casework.LetterCheck, "")
	return w.act(supervisor, v, casework.LetterInitial, "")
}

func (w *world) signed(v casework.LetterView) casework.LetterView {
	w.t.Helper()
	return w.act(head, w.toSign(v), casework.LetterSign, "")
}
