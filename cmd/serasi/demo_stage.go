package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"serasi/node"
)

// story is one of the three, told in steps. A step that was done is not done
// again, and each write of a step has a key of its own, so that a demo which
// was stopped anywhere goes on where it was.
type story struct {
	id, en string
	steps  []func(*stage)
}

var stories = []story{
	{"Cerita 1: anak dengan disabilitas, Antasena (MGL) ke Soeharso (SRK)", "Story 1: a child with a disability, Antasena (MGL) to Soeharso (SRK)", story1},
	{"Cerita 2: lanjut usia, Pangudi Luhur (BKS) ke Gau Mabaji (GWA)", "Story 2: an older person, Pangudi Luhur (BKS) to Gau Mabaji (GWA)", story2},
	{"Cerita 3: sepuluh laki-laki tanpa identitas, BKS ke Satria (BTR)", "Story 3: ten unknown men, BKS to Satria (BTR)", story3},
}

// stage is where a step of a story is played. Its first error stays and makes
// the rest of the step do nothing.
type stage struct {
	*demo
	ctx context.Context
	r   *round
	seq int // writes of this step
	err error
}

// play tells a story, from where it was left; one that is done only if again.
func (d *demo) play(ctx context.Context, n int, again bool) error {
	var r *round
	for _, x := range d.state.Rounds {
		if x.Story == n {
			r = x
		}
	}
	if r != nil && r.Done && !again {
		d.tell("%s: %s", d.title(n), d.t("sudah dimainkan; pakai --again untuk mengulang", "played already; --again plays it anew"))
		return nil
	}
	if r == nil || r.Done {
		r = &round{
			Story: n, Began: time.Now().Truncate(time.Second), Cases: map[string]string{}, Handles: map[string]string{},
			Handoffs: map[string]string{}, Owners: map[string]string{},
		}
		d.state.Rounds = append(d.state.Rounds, r)
	}
	d.tell("")
	d.tell("%s", d.paint(bold, d.title(n)))
	steps := stories[n-1].steps
	for r.Step < len(steps) {
		s := &stage{demo: d, ctx: ctx, r: r}
		steps[r.Step](s)
		if s.err != nil {
			return fmt.Errorf(d.t("cerita %d, langkah %d: %w", "story %d, step %d: %w"), n, r.Step+1, s.err)
		}
		r.Step++
		if err := d.save(); err != nil {
			return err
		}
	}
	r.Done = true
	return d.save()
}

func (d *demo) title(n int) string { return d.t(stories[n-1].id, stories[n-1].en) }

// send makes one call in somebody's name.
func (s *stage) send(balai, role string, r request, out any) {
	if s.err != nil {
		return
	}
	c, err := s.as(balai, role)
	if err != nil {
		s.err = err
		return
	}
	if r.method != http.MethodGet {
		s.seq++
		r.key = fmt.Sprintf("demo-%s-%d-%d-%d-%d", s.state.ID, s.r.Story, s.r.Began.Unix(), s.r.Step, s.seq)
	}
	if err := c.call(s.ctx, r, out); err != nil {
		s.err = fmt.Errorf("%s, %s: %s %s: %w", balai, role, r.method, r.path, err)
	}
}

func (s *stage) post(balai, role, path string, body, out any) {
	s.send(balai, role, request{method: http.MethodPost, path: path, body: body}, out)
}

func (s *stage) get(balai, role, path string, out any) {
	s.send(balai, role, request{method: http.MethodGet, path: path}, out)
}

// person finds somebody of the test data.
func (s *stage) person(key string) (p invented) {
	all, err := people(s.r.Began)
	if err != nil {
		s.err = err
		return p
	}
	for _, p := range all {
		if p.Key == key {
			return p
		}
	}
	s.err = errors.New("nobody is called " + key)
	return p
}

// begin gives the story the case of a person: the one that was loaded, unless an
// earlier round has used it.
func (s *stage) begin(balai, key string) {
	used := false
	for _, x := range s.state.Rounds {
		used = used || x != s.r && x.Cases[key] != ""
	}
	id := s.state.Cases[key]
	if used || id == "" {
		p := s.person(key)
		c, err := s.as(balai, worker)
		if s.err = errors.Join(s.err, err); s.err != nil {
			return
		}
		o, err := s.register(s.ctx, c, p, p.intake("", ""), fmt.Sprintf("round-%d-%s", s.r.Began.Unix(), key))
		s.err, id = err, string(o.Case.ID)
	}
	s.follow(balai, key, id)
}

// follow notes a case and its handle in the ledger.
func (s *stage) follow(balai, key, id string) {
	var o node.Overview
	s.get(balai, worker, path("cases", id), &o)
	s.r.Cases[key], s.r.Handles[key] = id, o.Case.Handle
}

// handoff reads a handoff as one balai sees it.
func (s *stage) handoff(balai, name string) (h node.Handoff) {
	s.get(balai, head, path("handoffs", s.r.Handoffs[name]), &h)
	return h
}

// await waits until a handoff is, at one balai, as the story needs it.
func (s *stage) await(balai, name, what string, yes func(node.Handoff) bool) (h node.Handoff) {
	if s.err != nil {
		return h
	}
	c, err := s.as(balai, head)
	if err != nil {
		s.err = err
		return h
	}
	s.err = waitFor(s.ctx, balai+": "+what, func() (bool, error) {
		var now node.Handoff
		err := c.get(s.ctx, path("handoffs", s.r.Handoffs[name]), nil, &now)
		if isStatus(err, http.StatusNotFound) {
			return false, nil // it has not come yet
		}
		h = now
		return err == nil && yes(now), err
	})
	return h
}

// reaches waits until a handoff stands at a stage at one balai.
func (s *stage) reaches(balai, name, stage string) node.Handoff {
	return s.await(balai, name, stage, func(h node.Handoff) bool { return h.Stage == stage && h.Pending == "" })
}

// act takes a step of a handoff in the name of a head.
func (s *stage) act(balai, role, name, act string, body map[string]any) {
	if body == nil {
		body = map[string]any{}
	}
	var h node.Handoff
	s.post(balai, role, path("handoffs", s.r.Handoffs[name], act), body, &h)
}

// offer puts the case of a person on offer and keeps the handoff under name.
func (s *stage) offer(balai, key, name, kind string, letter map[string]any) {
	var h node.Handoff
	s.post(balai, head, path("cases", s.r.Cases[key], kind), letter, &h)
	s.r.Handoffs[name] = string(h.ID)
}

// assign gives a case to the social worker of a balai.
func (s *stage) assign(balai, id string) {
	var o node.Overview
	s.get(balai, head, path("cases", id), &o)
	s.send(balai, head, request{
		method: http.MethodPost, path: path("cases", id, "assign"), version: o.Case.Version,
		body: map[string]any{"lead": s.at(balai).Users[worker], "unit": "rehabilitasi"},
	}, nil)
}

// say prints a scene, unless the step has failed.
func (s *stage) say(balai, role, id, en string, args ...any) {
	if s.err == nil {
		s.scene(balai, role, s.t(id, en), args...)
	}
}

// ticks prints how far the sender sees its offer.
func (s *stage) showTicks(h node.Handoff) {
	if s.err != nil {
		return
	}
	var parts []string
	for _, t := range []struct {
		at   time.Time
		word string
	}{
		{h.Ticks.Queued, s.t("antre", "queued")}, {h.Ticks.Delivered, s.t("sampai", "delivered")},
		{h.Ticks.Read, s.t("dibaca", "read")}, {h.Ticks.Answered, s.t("dijawab", "answered")},
	} {
		parts = append(parts, yesNo(t.at.IsZero(), "· "+t.word, s.paint(green, "✓ "+t.word)))
	}
	s.tell("      %s %s", s.paint(dim, string(h.From)+":"), strings.Join(parts, "  "))
}

// record is a handover record (BAST) of this round.
func (s *stage) record(zone, place, handedBy, receivedBy, condition, belongings, notes string) map[string]any {
	at := s.r.Began.In(map[string]*time.Location{"WIB": time.FixedZone("WIB", 7*3600), "WITA": time.FixedZone("WITA", 8*3600)}[zone])
	return map[string]any{"form": map[string]string{
		"time": at.Format("2006-01-02 15:04 MST"), "place": place, "handedBy": handedBy, "receivedBy": receivedBy, "condition": condition,
		"belongings": belongings, "documents": "berkas kasus lengkap", "notes": notes,
	}}
}

// stageTo takes a case to one of the seven stages.
func (s *stage) stageTo(balai, id string, stage int) {
	var o node.Overview
	s.get(balai, worker, path("cases", id), &o)
	s.send(balai, worker, request{
		method: http.MethodPost, path: path("cases", id, "stage"), version: o.Case.Version, body: map[string]any{"stage": stage},
	}, nil)
}
