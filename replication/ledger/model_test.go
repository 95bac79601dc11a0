package ledger_test

import (
	"crypto/sha256"
	"testing"
	"time"

	"pgregory.net/rapid"

	"serasi/replication/ledger"
)

// play lets several balai say legal and illegal things at random times, and
// remembers who was responsible for each case.
type play struct {
	*world
	rt     *rapid.T
	twin   *ledger.State // is given the same entries
	twins  *rows
	past   []saying
	owners map[ledger.ID]ledger.Custody
}

type saying struct {
	signed  ledger.Signed
	payload []byte
	first   ledger.Result // zero if it has not taken effect
}

var (
	players  = []ledger.NodeID{"MGL", "SRK", "GWA", "BTR"} // BTR is a stranger at first
	playActs = append([]ledger.Act{ledger.Deliver, ledger.Read}, handoffActs...)
)

func TestLedgerHoldsWhateverIsSaid(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := found(rt, "MGL", "SRK", "GWA")
		w.keys["BTR"] = signKey("BTR", 1)
		twins := newRows()
		p := &play{world: w, rt: rt, twins: twins, twin: ledger.New(twins, nil), owners: map[ledger.ID]ledger.Custody{}}
		for _, e := range w.entries {
			if _, err := p.twin.Apply(e); err != nil {
				rt.Fatal(err)
			}
		}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			p.wait()
			p.speak()
			p.check()
		}
		w.consistent()
		w.rows.same(rt, twins)
	})
}

func (p *play) wait() {
	p.now = p.now.Add(rapid.SampledFrom([]time.Duration{
		0, time.Millisecond, time.Minute, time.Hour, time.Hour - time.Millisecond, 2 * time.Hour, ledger.SuspendedFor, ledger.Lease, -time.Hour,
	}).Draw(p.rt, "wait"))
}

// speak draws one entry and applies it to both states.
func (p *play) speak() {
	s := p.draw()
	p.now++
	entry := ledger.Entry{Stamp: p.now, Proposal: ledger.Proposal{Signed: s.signed, Payload: s.payload}}.Encode()
	p.entries = append(p.entries, entry)
	rows := len(p.rows.all)
	n, _, _ := p.state.Head()
	r, err := p.state.Apply(entry)
	if err != nil {
		p.rt.Fatal(err)
	}
	if r2, err := p.twin.Apply(entry); err != nil || r2 != r {
		p.rt.Fatalf("two states answer %+v and %+v (%v)", r, r2, err)
	}
	if after, _, _ := p.state.Head(); r.Refused != 0 && after == n && len(p.rows.all) != rows {
		p.rt.Fatalf("a refusal (%v) left rows behind", r.Refused)
	}
	if s.first.Event != 0 && r != s.first {
		p.rt.Fatalf("said again: %+v, at first %+v", r, s.first)
	}
	if r.Refused == 0 {
		s.first = r
		p.past = append(p.past, s)
	} else if !r.Refused.Final() {
		p.past = append(p.past, s) // may take effect another time
	}
}

func (p *play) draw() saying {
	rt := p.rt
	actor := rapid.SampledFrom(players).Draw(rt, "actor")
	switch what := rapid.IntRange(0, 19).Draw(rt, "what"); {
	case what < 3 && len(p.past) > 0:
		return rapid.SampledFrom(p.past).Draw(rt, "again")
	case what < 13:
		return p.drawStep(actor)
	case what < 16:
		return p.drawOffer(actor)
	case what == 16:
		return saying{signed: p.drawMembership(actor)}
	case what == 17:
		return saying{signed: p.drawVerdict(actor)}
	case what == 18:
		to := rapid.SampledFrom(players).Draw(rt, "to")
		return saying{signed: p.reassign(actor, p.drawCase(), to, p.officers[:rapid.IntRange(1, 3).Draw(rt, "officers")]...)}
	default:
		return saying{signed: p.sign(actor, ledger.Command{Act: ledger.Tick, Subject: ledger.Federation(), Body: &ledger.TickBody{}})}
	}
}

func (p *play) drawCase() byte { return rapid.ByteRange(1, 2).Draw(p.rt, "case") }
func (p *play) drawID() byte   { return rapid.ByteRange(1, 4).Draw(p.rt, "handoff") }

func (p *play) drawOffer(actor ledger.NodeID) saying {
	rt := p.rt
	b := p.terms(rapid.SampledFrom(players).Draw(rt, "to"), p.drawCase())
	if rapid.IntRange(0, 3).Draw(rt, "referral") == 0 {
		b = p.referralTerms(b.To)
	}
	if rapid.IntRange(0, 7).Draw(rt, "stale") == 0 {
		b.CaseHead = ledger.Hash{}
	}
	c := ledger.Command{Act: ledger.Offer, Subject: ledger.HandoffOf(ledger.ID{p.drawID()}), Payload: sha256.Sum256(word("summary")), Body: b}
	return saying{signed: p.sign(actor, c), payload: word("summary")}
}

func (p *play) drawStep(actor ledger.NodeID) saying {
	rt := p.rt
	id := p.drawID()
	h := p.handoff(id)
	act := rapid.SampledFrom(playActs).Draw(rt, "act")
	if mine := h.Actions(actor); len(mine) > 0 && rapid.Bool().Draw(rt, "legal") {
		act = rapid.SampledFrom(mine).Draw(rt, "action")
	}
	if act == ledger.Offer {
		return p.drawOffer(actor)
	}
	b := ledger.StepBody{}
	switch act {
	case ledger.Receive:
		b = ledger.StepBody{Content: h.Content, Record: ledger.Hash{1}}
	case ledger.Wait:
		b.Expected = p.now.Add(rapid.SampledFrom([]time.Duration{-time.Hour, time.Hour, 400 * 24 * time.Hour}).Draw(rt, "expected"))
	case ledger.Redirect:
		b.Redirect = rapid.SampledFrom(players).Draw(rt, "redirect")
	}
	if act != ledger.Deliver && act != ledger.Read && rapid.Bool().Draw(rt, "word") {
		s, payload := p.world.said(id, actor, act, b, "word")
		return saying{signed: s, payload: payload}
	}
	return saying{signed: p.step(id, actor, act, b)}
}

func (p *play) drawMembership(actor ledger.NodeID) ledger.Signed {
	rt := p.rt
	about := rapid.SampledFrom(players).Draw(rt, "about")
	incarnation := rapid.ByteRange(1, 3).Draw(rt, "incarnation")
	two := p.officers[:rapid.IntRange(1, 2).Draw(rt, "officers")]
	switch rapid.IntRange(0, 5).Draw(rt, "membership") {
	case 0:
		return p.invite(actor, about, "seed "+string(about))
	case 1:
		return p.request(actor, founding(about, incarnation), "seed "+string(about))
	case 2:
		return p.activate(actor, founding(about, incarnation), two...)
	case 3:
		return p.rotate(actor, ledger.ForSealing, sealKey(actor, incarnation))
	case 4:
		return p.seat(actor, []ledger.NodeID{"GWA", "MGL", "SRK"}, two...)
	default:
		f := founding(actor, incarnation)
		return p.sign(actor, ledger.Command{Act: ledger.Renew, Subject: ledger.MemberOf(actor), Body: &ledger.RenewBody{Raft: f.Raft, TLS: f.TLS, Seal: f.Seal, Addr: f.Addr}})
	}
}

func (p *play) drawVerdict(actor ledger.NodeID) ledger.Signed {
	rt := p.rt
	act := rapid.SampledFrom([]ledger.Act{ledger.Suspend, ledger.Suspend, ledger.Suspend, ledger.Revoke}).Draw(rt, "verdict")
	about := rapid.SampledFrom(players).Draw(rt, "about")
	return p.verdict(actor, act, about, p.officers[:rapid.IntRange(1, 2).Draw(rt, "officers")]...)
}

// check compares custody with what it was: one owner, who changes only by an
// event that says so, with the epoch one higher each time.
func (p *play) check() {
	p.invariants()
	p.state.Custodies(func(c ledger.Custody) bool {
		before, known := p.owners[c.Case]
		p.owners[c.Case] = c
		switch {
		case !known:
			if c.Epoch != 1 {
				p.rt.Errorf("custody of %s begins in epoch %d", c.Case, c.Epoch)
			}
		case c.Owner == before.Owner && c.Epoch == before.Epoch:
		case c.Owner != before.Owner && c.Epoch == before.Epoch+1:
			last := p.state.Since(0, 1<<20)
			if a := last[len(last)-1].Act; a != ledger.Receive && a != ledger.Reassign {
				p.rt.Errorf("%v moved custody of %s", a, c.Case)
			}
		default:
			p.rt.Errorf("custody of %s went from %s in %d to %s in %d", c.Case, before.Owner, before.Epoch, c.Owner, c.Epoch)
		}
		return true
	})
}
