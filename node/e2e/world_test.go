package e2e_test

import (
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/nodetest"
)

// world is two balai with something to see on every page. Whoever adds a page
// that needs more fills it here, and names it in ids.
type world struct {
	c        *nodetest.Cluster
	srk, mgl *nodetest.Balai
	ids      map[string]string // {name} in the path of a row of pages
}

func newWorld(t testing.TB) *world {
	t.Helper()
	if t, test := t.(*testing.T); test {
		t.Parallel()
	}
	c := nodetest.Start(t, nil, "SRK", "MGL")
	w := &world{c: c, srk: c.Of("SRK"), mgl: c.Of("MGL"), ids: map[string]string{}}
	ani := w.srk.Open("Ani Contoh", map[string]any{"urgency": "24h", "need": "kursi roda"})
	w.ids["case"] = string(ani.ID)
	for _, name := range []string{"Budi Contoh", "Citra Contoh", "Dewi Contoh"} {
		w.srk.Open(name, nil)
	}
	w.fileOf(string(ani.ID))
	w.guarded(string(ani.ID))
	away := w.srk.Open("Eko Contoh", nil)
	h := w.srk.Offer(away.ID, "MGL", nil)
	w.mgl.WaitStage(h.ID, "offered")
	w.handOn(string(ani.ID))
	w.ids["month"] = time.Now().Format("2006-01")
	w.ids["frozen"], w.ids["handoff"] = string(away.ID), string(h.ID)
	w.serve("Fitri Contoh")
	w.lists()
	return w
}

// path fills in what a row of pages leaves open.
func (w *world) path(t testing.TB, s string) string {
	t.Helper()
	for name, id := range w.ids {
		s = strings.ReplaceAll(s, "{"+name+"}", id)
	}
	if strings.Contains(s, "{") {
		t.Fatalf("%s: the world has no such id", s)
	}
	return s
}

// fileOf writes something of each kind into a case of SRK.
func (w *world) fileOf(id string) {
	at := "/cases/" + id
	var sheet, intake, consent struct{ ID string }
	w.srk.Must("worker", "POST", at+"/forms", map[string]string{"form": "F1"}, &intake)
	w.srk.Must("worker", "POST", at+"/forms", map[string]string{"form": "F3"}, &sheet)
	w.srk.Must("worker", "POST", at+"/consents", map[string]string{
		"scope": "sharing", "recipient": "BTR", "purpose": "fisioterapi", "how": "thumbprint", "givenBy": "guardian", "witness": "TKSK",
	}, &consent)
	w.srk.Must("worker", "POST", at+"/notes", map[string]string{"kind": "incident", "text": "Demam sejak pagi.", "event": "sakit", "followUp": "ke puskesmas"}, nil)
	w.srk.Document(casework.CaseID(id), "medical", "Hasil fisioterapi", "Perlu kursi roda.")
	w.ids["sheet"], w.ids["intake"], w.ids["consent"] = sheet.ID, intake.ID, consent.ID
}
