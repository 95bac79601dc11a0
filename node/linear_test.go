package node_test

import (
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"serasi/node/casework"
	"serasi/node/nodetest"
)

// custodian is the register that the ledger is for each case: who is
// responsible, and for the how-manieth time that changed. Epoch 0 is a case of
// which the ledger has never heard; the first offer makes it known.
type custodian struct {
	owner string
	epoch uint64
}

// deed is what a client does to the register of one case.
type deed struct {
	handle   string
	kind     string // read, offer, receive
	from, to string
}

// outcome is what the client learnt. Of a write that was not answered in time it
// learnt nothing: it may take effect at any moment later.
type outcome struct {
	unknown bool
	custodian
}

// registers are what the histories are held against.
func registers(born map[string]string) porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) (parts [][]porcupine.Operation) {
			at := map[string]int{}
			for _, op := range history {
				handle := op.Input.(deed).handle
				i, known := at[handle]
				if !known {
					i, at[handle] = len(parts), len(parts)
					parts = append(parts, nil)
				}
				parts[i] = append(parts[i], op)
			}
			return parts
		},
		Init: func() any { return custodian{} },
		Step: func(state, input, output any) (bool, any) {
			now, do, out := state.(custodian), input.(deed), output.(outcome)
			if now.owner == "" {
				now.owner = born[do.handle]
			}
			next, legal := now, now.owner == do.from
			switch do.kind {
			case "read":
				return out.custodian == now, now
			case "offer":
				next.epoch = max(now.epoch, 1)
			case "receive":
				next = custodian{do.to, now.epoch + 1}
			}
			if legal {
				return true, next
			}
			return out.unknown, now
		},
	}
}

// chronicle is what all clients saw.
type chronicle struct {
	start time.Time
	mu    sync.Mutex // guards ops
	ops   []porcupine.Operation
}

func (c *chronicle) now() int64 { return int64(time.Since(c.start)) }

func (c *chronicle) add(do deed, out outcome, call int64) {
	op := porcupine.Operation{Input: do, Output: out, Call: call, Return: c.now()}
	if out.unknown {
		op.Return = int64(time.Hour) // after all else
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ops = append(c.ops, op)
}

// patience is how long a client waits for the answer to a write before it says
// that it does not know.
const patience = 250 * time.Millisecond

// traveller is a case that two balai send back and forth.
type traveller struct {
	*chronicle
	handle string
	ends   [2]*nodetest.Balai
	ids    [2]casework.CaseID // under which each end knows it
	here   int                // the end that is responsible
	moves  atomic.Int64
}

// journey moves the case once. It returns false as soon as stop is closed.
func (v *traveller) journey(stop <-chan struct{}) bool {
	from, to := v.ends[v.here], v.ends[1-v.here]
	var h casework.Handoff
	do := deed{v.handle, "offer", from.Code, from.Code}
	if !v.write(stop, do, func() error {
		var err error
		h, err = from.TryOffer(v.ids[v.here], to.Code, nil)
		return err
	}, func() bool { return from.Handoff(h.ID).Event > 0 }) {
		return false
	}
	if !until(stop, func() bool {
		now := to.Handoff(h.ID)
		if slices.Contains(now.Actions, "accept") {
			_ = to.TryAct(h.ID, "accept", nil) // asked again if it did not arrive
		}
		return now.Packet == "here" && slices.Contains(now.Actions, "receive")
	}) {
		return false
	}
	v.ids[1-v.here] = to.Handoff(h.ID).Case
	do = deed{v.handle, "receive", from.Code, to.Code}
	if !v.write(stop, do, func() error { return to.TryAct(h.ID, "receive", map[string]any{"form": nodetest.Record}) },
		func() bool { return to.Handoff(h.ID).Stage == "received" }) {
		return false
	}
	v.here = 1 - v.here
	v.moves.Add(1)
	return until(stop, func() bool { return from.Handoff(h.ID).Stage == "received" })
}

// write hands a command in and waits until it is seen to be done.
func (v *traveller) write(stop <-chan struct{}, do deed, act func() error, done func() bool) bool {
	call, limit := v.now(), time.Now().Add(patience)
	if !until(stop, func() bool { return act() == nil }) {
		return false
	}
	known := until(stop, func() bool { return done() || time.Now().After(limit) }) && time.Now().Before(limit)
	v.add(do, outcome{unknown: !known}, call)
	return known || until(stop, done)
}

// until asks until the answer is yes, or stop is closed.
func until(stop <-chan struct{}, yes func() bool) bool {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !yes() {
		select {
		case <-stop:
			return false
		case <-tick.C:
		}
	}
	return true
}

// watch reads the custody at one end, strongly, again and again.
func (v *traveller) watch(stop <-chan struct{}, at *nodetest.Balai, id casework.CaseID) {
	until(stop, func() bool {
		var c casework.Custody
		call := v.now()
		if at.Do("head", http.MethodGet, "/cases/"+string(id)+"/custody?consistency=strong", nil, &c) == nil {
			v.add(deed{handle: v.handle, kind: "read"}, outcome{custodian: custodian{string(c.Owner), c.Epoch}}, call)
		}
		return false
	})
}

// Custody is one register a case, however often the leader is cut off: what
// people at any balai read strongly, and what moves, fits one order in time.
func TestCustodyIsLinearizable(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL", "GWA")
	seen := &chronicle{start: time.Now()}
	born := map[string]string{}
	var cases []*traveller
	for i, b := range c.Balai {
		opened := b.Open("Paimin", nil)
		v := &traveller{chronicle: seen, handle: opened.Handle, ends: [2]*nodetest.Balai{b, c.Balai[(i+1)%3]}}
		v.ids[0] = opened.ID
		born[v.handle] = b.Code
		cases = append(cases, v)
		if !v.journey(nil) { // both ends know the case from here on
			t.Fatal("the first journey ended early")
		}
	}
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for _, v := range cases {
		ids := v.ids
		for i, b := range v.ends {
			clients.Go(func() { v.watch(stop, b, ids[i]) })
		}
		clients.Go(func() {
			for v.journey(stop) {
			}
		})
	}
	for range 3 {
		leader := c.Leader().Code
		c.Cut(leader)
		c.WaitFor("another leader", func() bool {
			for _, b := range c.Balai {
				if s, err := b.Status(); b.Code != leader && err == nil && s.Raft.Role == "leader" {
					return true
				}
			}
			return false
		})
		c.Heal(leader)
		c.Of(leader).WaitLevel()
		before := journeys(cases)
		c.WaitFor("cases to move again", func() bool { return journeys(cases) >= before+2 })
	}
	close(stop)
	clients.Wait()
	moves, unknown := journeys(cases), 0
	for _, op := range seen.ops {
		if op.Output.(outcome).unknown {
			unknown++
		}
	}
	t.Logf("%d operations, %d moves, %d of unknown outcome", len(seen.ops), moves, unknown)
	if moves < 6 || unknown == 0 {
		t.Errorf("%d moves and %d unknown outcomes are too few to prove anything", moves, unknown)
	}
	model := registers(born)
	if got := porcupine.CheckOperationsTimeout(model, seen.ops, 30*time.Second); got != porcupine.Ok {
		t.Errorf("the history is %s", got)
	}
	lie := falsified(t, seen.ops)
	if got := porcupine.CheckOperationsTimeout(model, lie, 30*time.Second); got != porcupine.Illegal {
		t.Errorf("a history with one stale read is %s", got)
	}
	finish(c, cases)
	c.Check()
}

// journeys is how often custody was seen to move.
func journeys(cases []*traveller) (n int64) {
	for _, v := range cases {
		n += v.moves.Load()
	}
	return n
}

// falsified returns the history with one read changed to what was true before a
// read that had ended already.
func falsified(t *testing.T, ops []porcupine.Operation) []porcupine.Operation {
	t.Helper()
	lie := slices.Clone(ops)
	for i, late := range lie {
		for _, early := range ops {
			a, b := early.Input.(deed), late.Input.(deed)
			if a.kind != "read" || b.kind != "read" || a.handle != b.handle || early.Return >= late.Call {
				continue
			}
			if was := early.Output.(outcome); was.epoch > 2 {
				was.epoch--
				was.owner = "" // set below: the other end
				for _, op := range ops {
					if o := op.Output.(outcome); op.Input.(deed).handle == a.handle && o.epoch == was.epoch && o.owner != "" {
						was.owner = o.owner
					}
				}
				if was.owner != "" {
					lie[i].Output = was
					return lie
				}
			}
		}
	}
	t.Fatal("no read is late enough to be falsified")
	return nil
}

// finish lets the transfers that were under way come to their end.
func finish(c *nodetest.Cluster, cases []*traveller) {
	c.T.Helper()
	for _, v := range cases {
		c.WaitFor("the last journey to end", func() bool {
			open := false
			for _, b := range v.ends {
				var page casework.Page[casework.Handoff]
				if b.Do("head", http.MethodGet, "/handoffs?state=open&limit=100", nil, &page) != nil {
					return false
				}
				for _, h := range page.Items {
					if h.Handle != v.handle {
						continue
					}
					open = true
					for _, act := range []string{"accept", "receive"} {
						if h.Box == casework.In && slices.Contains(h.Actions, act) {
							_ = b.TryAct(h.ID, act, map[string]any{})
						}
					}
				}
			}
			return !open
		})
	}
}
