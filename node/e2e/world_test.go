package e2e_test

import (
	"strings"
	"testing"

	"serasi/node/nodetest"
)

// world is two balai with something to see on every page. Whoever adds a page
// that needs more fills it here, and names it in ids.
type world struct {
	c        *nodetest.Cluster
	srk, mgl *nodetest.Balai
	ids      map[string]string // {name} in the path of a row of pages
}

func newWorld(t *testing.T) *world {
	t.Helper()
	c := nodetest.Start(t, nil, "SRK", "MGL")
	w := &world{c: c, srk: c.Of("SRK"), mgl: c.Of("MGL"), ids: map[string]string{}}
	ani := w.srk.Open("Ani Contoh", map[string]any{"urgency": "24h", "need": "kursi roda"})
	w.ids["case"] = string(ani.ID)
	for _, name := range []string{"Budi Contoh", "Citra Contoh", "Dewi Contoh"} {
		w.srk.Open(name, nil)
	}
	away := w.srk.Open("Eko Contoh", nil)
	h := w.srk.Offer(away.ID, "MGL", nil)
	w.mgl.WaitStage(h.ID, "offered")
	w.ids["frozen"], w.ids["handoff"] = string(away.ID), string(h.ID)
	return w
}

// path fills in what a row of pages leaves open.
func (w *world) path(t *testing.T, s string) string {
	t.Helper()
	for name, id := range w.ids {
		s = strings.ReplaceAll(s, "{"+name+"}", id)
	}
	if strings.Contains(s, "{") {
		t.Fatalf("%s: the world has no such id", s)
	}
	return s
}
