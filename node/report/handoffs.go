package report

import (
	"fmt"
	"slices"
	"time"

	"serasi/node/casework"
)

// What became of a handoff, by the word of its stage.
var (
	refusals = []string{"declined", "redirected"}
	// unheard are the ends that no answer of the destination brought about.
	unheard = []string{"withdrawn", "expired", "rejected"}
	waiting = []string{"queued", "offered", "asked", "waitlisted"}
)

// handoffs reads the transfers and referrals that matter to months from from on.
func handoffs(tx casework.Tx, from, until time.Time) ([]casework.Handoff, error) {
	var out []casework.Handoff
	err := tx.Each(casework.Handoffs, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
		var h casework.Handoff
		if err := decode(&h); err != nil {
			return false, err
		}
		if h.Created.Before(until) && (h.Ended.IsZero() || !h.Ended.Before(from)) {
			out = append(out, h)
		}
		return true, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the handoffs: %w", err)
	}
	return out, nil
}

// handoffs counts those sent and got in the month, what was answered in it, and
// what waits at its end.
func (p period) handoffs(t tallies, list []casework.Handoff) {
	hours := map[casework.Box][]float64{}
	names := map[casework.Box]string{casework.Out: "sent", casework.In: "got"}
	for _, name := range names {
		for _, what := range []string{"", ".accepted", ".declined", ".waiting"} {
			t.of(name + what)
		}
	}
	for _, h := range list {
		name := names[h.Box]
		if name == "" || h.Stage == "rejected" {
			continue
		}
		if p.has(h.Created) {
			t.count(name, h)
		}
		answered := h.Ticks.Answered
		if answered.IsZero() && slices.Contains(refusals, h.Stage) {
			answered = h.Ended
		}
		heard := !answered.IsZero() && !slices.Contains(unheard, h.Stage) && !slices.Contains(waiting, h.Stage)
		switch {
		case heard && p.has(answered):
			if slices.Contains(refusals, h.Stage) {
				t.count(name+".declined", h)
			} else {
				t.count(name+".accepted", h)
			}
			hours[h.Box] = append(hours[h.Box], answered.Sub(h.Created).Hours())
		case h.Created.Before(p.until) && (!heard || !answered.Before(p.until)) && (h.Ended.IsZero() || !h.Ended.Before(p.until)):
			t.count(name+".waiting", h)
		}
	}
	for box, list := range hours {
		t.set(names[box]+".hours", oneDecimal(median(list)))
	}
}

// count counts a handoff; the list behind it holds the case, if it is here.
func (t tallies) count(code string, h casework.Handoff) {
	f := t.of(code)
	f.value++
	if h.Case != "" {
		f.cases = append(f.cases, h.Case)
	}
}
