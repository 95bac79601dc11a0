package web

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"serasi/node/casework"
	"serasi/node/web/words"
)

// What changes on a page of the network while somebody looks at it. Figures are
// exchanged where they stand; anything else is told, for nothing is painted anew
// under who reads it. Without script the page of a moment is complete.

// lookEvery is how often an open page is told what has changed.
const lookEvery = 5 * time.Second

// figure is one of them: its words, and the kind of its tag if it has one.
type figure struct {
	Text string `json:"t"`
	Kind string `json:"k,omitempty"`
}

// figures are all figures of the pages about the network, by where they stand.
func (v *visit) figures(c casework.Checkup) map[string]figure {
	all := map[string]figure{
		"lamp": {v.inWords(string(c.Lamp)), lampKind(c.Lamp)}, "title": {Text: c.Title}, "at": {Text: words.Time(v.ctx, c.At)},
		"alone": {Text: v.n("console.days", c.Alone.Days, "limit", c.Alone.Limit)},
	}
	if g := c.Group; g != nil {
		all["leader"] = figure{Text: string(g.Leader)}
		all["voters"] = figure{Text: v.t("console.of", "have", strconv.Itoa(g.Reachable), "all", strconv.Itoa(g.Voters))}
		all["event"] = figure{Text: v.t("console.of", "have", strconv.FormatUint(g.Event, 10), "all", strconv.FormatUint(g.Newest, 10))}
		all["term"] = figure{Text: strconv.FormatUint(g.Term, 10)}
		all["elections"] = figure{Text: strconv.Itoa(g.Elections)}
	}
	for _, b := range c.Balais {
		at := "." + string(b.Balai)
		all["lamp"+at] = figure{v.inWords(string(b.Lamp)), lampKind(b.Lamp)}
		all["heard"+at] = figure{Text: v.heard(b)}
		all["trip"+at] = figure{Text: trip(v, b)}
		all["event"+at] = figure{Text: strconv.FormatUint(b.Event, 10)}
	}
	return all
}

// heard says when a balai was last heard, by whom and how.
func (v *visit) heard(b casework.Contact) string {
	if b.Heard.IsZero() {
		return v.t("console.never")
	}
	return words.Time(v.ctx, b.Heard) + " " + v.t("console.by", "balai", string(b.By), "way", v.inWords(b.Way))
}

// stateOf names what a page of the network is about: its causes and its balai.
// If that changes, the page is another.
func stateOf(c casework.Checkup) string {
	var parts []string
	for _, a := range c.Ailments {
		parts = append(parts, a.Code+" "+string(a.Balai)+" "+string(a.Severity))
	}
	slices.Sort(parts)
	for _, b := range c.Balais {
		parts = append(parts, string(b.Balai))
	}
	return strings.Join(parts, ";")
}

// tellState writes what has changed since the figures that were told, and returns
// those that are told now. Who may not see the network is told nothing.
func (v *visit) tellState(told map[string]figure) (map[string]figure, error) {
	c, err := v.checkup()
	if err != nil {
		return told, nil
	}
	now, news := v.figures(c), map[string]figure{}
	for id, f := range now {
		if told[id] != f {
			news[id] = f
		}
	}
	if len(news) == 0 {
		return now, nil
	}
	line, err := json.Marshal(struct {
		State   string            `json:"state"`
		Figures map[string]figure `json:"figures"`
	}{stateOf(c), news})
	if err != nil {
		return told, err
	}
	_, err = fmt.Fprintf(v.w, "event: state\ndata: %s\n\n", line)
	return now, err
}

// near is where a balai stands in the picture of distances.
type near struct {
	casework.Contact
	x, y    int  // of 420 and 400; this node is in the middle
	label   int  // y of its name
	known   bool // its round trip was measured
	summary string
}

// The rings of the picture are round trips: each is ten times the one before.
var rings = []struct {
	r  int
	ms string
}{{60, "10 ms"}, {100, "100 ms"}, {140, "1 s"}}

const (
	middleX, middleY = 210, 200
	outside          = 160 // for whom no round trip is known
)

// nearness places all balai around this node: the farther, the longer the way
// there and back took; in the order of their codes, so that each keeps its place.
func nearness(v *visit, all []casework.Contact) []near {
	out := make([]near, len(all))
	for i, b := range all {
		turn := 2*math.Pi*float64(i)/float64(len(all)) - math.Pi/2
		r := float64(outside)
		if b.RoundTrip > 0 {
			r = min(150, max(34, 60+40*math.Log10(b.RoundTrip*100)))
		}
		sin, cos := math.Sincos(turn)
		n := near{Contact: b, known: b.RoundTrip > 0, x: middleX + int(r*cos), y: middleY + int(r*sin)}
		if n.label = n.y - 13; sin > 0 { // away from the middle
			n.label = n.y + 26
		}
		n.summary = fmt.Sprintf("%s: %s, %s", b.Balai, v.inWords(string(b.Lamp)), trip(v, b))
		out[i] = n
	}
	return out
}
