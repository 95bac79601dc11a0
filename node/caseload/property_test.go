package caseload_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"serasi/node/casework"
	"serasi/node/casework/caseworktest"
)

// world is two balai and one case between them, with a ledger of one line: who
// is responsible, and which transfer is under way.
type world struct {
	desks   [2]*desk
	ids     [2]casework.CaseID // "" where the case never was
	owner   int
	handoff casework.HandoffID // under way; "" if none
	arrived bool               // adopted at the other end
	packed  casework.Bundle
	next    int
	epoch   uint64
	notes   [2]int // written at each balai
	past    []func(t failer)
}

func (w *world) codes() [2]casework.BalaiCode { return [2]casework.BalaiCode{"MGL", "SRK"} }

func (w *world) event(t failer, desk int, e event) casework.Case {
	c := w.desks[desk].apply(t, e)
	w.past = append(w.past, func(t failer) { w.desks[desk].apply(t, e) })
	return c
}

func (w *world) offer(t *rapid.T) {
	if w.handoff != "" {
		t.Skip("a transfer is under way")
	}
	w.next++
	w.handoff = casework.HandoffID(strings.Repeat(string("0123456789abcdef"[w.next%16]), 31) + string("0123456789abcdef"[w.next/16%16]))
	d, other := w.desks[w.owner], 1-w.owner
	w.packed = d.export(t, w.ids[w.owner])
	w.event(t, w.owner, d.freeze(w.ids[w.owner], w.packed.Mark(), w.handoff, w.codes()[other]))
}

func (w *world) arrive(t *rapid.T) {
	if w.handoff == "" || w.arrived {
		t.Skip("nothing to adopt")
	}
	d, other := w.desks[1-w.owner], 1-w.owner
	c := w.event(t, other, d.adopt(w.packed, d.arrival(t, w.desks[w.owner], w.packed, w.handoff)))
	w.ids[other], w.arrived = c.ID, true
}

func (w *world) end(t *rapid.T) {
	if w.handoff == "" {
		t.Skip("no transfer")
	}
	w.event(t, w.owner, w.desks[w.owner].thaw(w.ids[w.owner], w.handoff))
	if w.arrived {
		other := 1 - w.owner
		w.event(t, other, w.desks[other].release(w.ids[other], w.handoff))
		w.exchange(t)
	}
	w.handoff, w.arrived = "", false
}

func (w *world) receive(t *rapid.T) {
	if !w.arrived {
		t.Skip("nobody arrived")
	}
	other := 1 - w.owner
	w.epoch++
	w.event(t, other, w.desks[other].takeOver(w.ids[other], w.handoff, w.epoch))
	w.event(t, w.owner, w.desks[w.owner].handOver(w.ids[w.owner], w.handoff, w.codes()[other], w.epoch))
	w.exchange(t)
	w.owner, w.handoff, w.arrived = other, "", false
}

// exchange sends the addenda of the transfer that just ended both ways.
func (w *world) exchange(t failer) {
	for i := range w.desks {
		w.desks[i].follow(t, w.ids[i], w.handoff, w.desks[1-i], w.ids[1-i])
	}
}

func (w *world) write(t *rapid.T) {
	at := rapid.IntRange(0, 1).Draw(t, "balai")
	if w.ids[at] == "" {
		t.Skip("not here")
	}
	d := w.desks[at]
	o, err := d.Get(ctx, worker, w.ids[at])
	ok(t, err)
	addendum := rapid.Bool().Draw(t, "addendum")
	_, err = d.AddNote(ctx, worker, w.ids[at], casework.Note{Kind: "progress", Text: "catatan", Addendum: addendum})
	s := o.Case.State
	want := s == casework.Open || addendum && (s == casework.OnOffer || s == casework.Arriving)
	if (err == nil) != want {
		t.Fatalf("note at %s, addendum %v, case %s: %v", w.codes()[at], addendum, s, err)
	}
	if err == nil {
		w.notes[at]++
	}
}

func (w *world) edit(t *rapid.T) {
	at := rapid.IntRange(0, 1).Draw(t, "balai")
	if w.ids[at] == "" {
		t.Skip("not here")
	}
	d := w.desks[at]
	o, err := d.Get(ctx, worker, w.ids[at])
	ok(t, err)
	need := rapid.StringMatching(`[a-z]{1,8}`).Draw(t, "need")
	stale := rapid.Bool().Draw(t, "stale")
	version := o.Case.Version
	if stale {
		version--
	}
	c, err := d.Edit(ctx, worker, w.ids[at], version, casework.Patch{Need: &need})
	if want := o.Case.State == casework.Open && !stale; (err == nil) != want {
		t.Fatalf("edit of a case that is %s, stale %v: %v", o.Case.State, stale, err)
	}
	if err == nil && (c.Need != need || c.Version < o.Case.Version) {
		t.Fatalf("edited to %+v", c)
	}
}

// pullAgain replays the past, as a node does that lost its cursor.
func (w *world) pullAgain(t *rapid.T) {
	before := [2]map[caseworktest.Key][]byte{w.desks[0].store.Rows(), w.desks[1].store.Rows()}
	for _, again := range w.past {
		again(t)
	}
	for i := range w.desks {
		if !reflect.DeepEqual(before[i], w.desks[i].store.Rows()) {
			t.Fatalf("pulling the past again changed %s", w.codes()[i])
		}
	}
}

// check is what must be true at every moment.
func (w *world) check(t *rapid.T) {
	editable := 0
	for i, d := range w.desks {
		states := map[casework.State]int{}
		for k := range d.store.Rows() {
			if k.Table != casework.Cases {
				continue
			}
			o, err := d.Get(ctx, worker, casework.CaseID(k.ID))
			ok(t, err)
			states[o.Case.State]++
			if o.Case.Editable() == nil {
				editable++
				if i != w.owner {
					t.Fatalf("%s may edit a case that %s has", w.codes()[i], w.codes()[w.owner])
				}
			}
			if e := d.index.get(o.Case.ID); e.State != o.Case.State {
				t.Fatalf("the index has the case as %s, the store as %s", e.State, o.Case.State)
			}
		}
		counted, err := d.States()
		ok(t, err)
		for s, n := range counted {
			if states[s] != n {
				t.Fatalf("%s counts %v, and has %v", w.codes()[i], counted, states)
			}
		}
	}
	if want := w.handoff == ""; (editable == 1) != want {
		t.Fatalf("%d balai may edit the case while a transfer is under way: %v", editable, !want)
	}
	if w.handoff == "" && w.ids[1] != "" {
		// Everything written anywhere is where the case is.
		have := len(w.desks[w.owner].export(t, w.ids[w.owner]).Notes)
		if have != w.notes[0]+w.notes[1] {
			t.Fatalf("%d notes where the case is, %d were written", have, w.notes[0]+w.notes[1])
		}
	}
}

func TestNoOrderOfEventsBreaksCustody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{desks: [2]*desk{newDesk(t, "MGL", wib), newDesk(t, "SRK", wib)}, epoch: 1}
		w.ids[0] = opened(t, w.desks[0], named("R.")).ID
		t.Repeat(map[string]func(*rapid.T){
			"offer": w.offer, "arrive": w.arrive, "end": w.end, "receive": w.receive, "write": w.write, "edit": w.edit, "pull again": w.pullAgain,
			"": w.check,
		})
	})
}

// Claims are a set that only grows, whatever the order they come in.
func TestClaimsMergeInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mgl, srk := newDesk(t, "MGL", wib), newDesk(t, "SRK", wib)
		names := rapid.SliceOfN(rapid.StringMatching(`[A-Z][a-z]{2,6}`), 1, 6).Draw(t, "names")
		c := opened(t, mgl)
		for _, n := range names {
			_, _, err := mgl.AddClaims(ctx, worker, c.ID, []casework.Claim{named(n)})
			ok(t, err)
		}
		b := offered(t, mgl, c.ID, h1, "SRK")
		shuffled := b
		shuffled.Person.Claims = rapid.Permutation(b.Person.Claims).Draw(t, "order")
		there := srk.apply(t, srk.adopt(b, srk.arrival(t, mgl, b, h1)))
		srk.apply(t, srk.adopt(shuffled, srk.arrival(t, mgl, shuffled, h1)))
		got := srk.export(t, there.ID).Person
		if len(got.Claims) != len(names) || got.Name() != names[len(names)-1] {
			t.Fatalf("claims %+v of %v", got.Claims, names)
		}
		if e := srk.index.get(there.ID); !slices.Contains(e.Names, names[0]) {
			t.Fatalf("the index knows %v", e.Names)
		}
	})
}
