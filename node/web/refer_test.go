package web_test

import (
	"context"
	"net/http"
	"testing"

	"serasi/node/casework"
	"serasi/node/web"
)

// adviser tells where a case could go.
type adviser struct {
	guide
	advice casework.Advice
}

func (a adviser) Suggest(context.Context, casework.Actor, casework.CaseID) (casework.Advice, error) {
	return a.advice, nil
}

func (d *desk) Offer(_ context.Context, _ casework.Actor, o casework.NewOffer) ([]casework.Handoff, error) {
	o = o.WithDefaults()
	d.offered = o
	var faults []casework.Fault
	for _, id := range o.Cases {
		if o.Ground(id).Basis == casework.ByConsent && id != consented {
			faults = append(faults, casework.Fault{Field: "grounds." + string(id) + ".basis", Words: "there is no consent to share this case with that balai; record it, or name another basis"})
		}
	}
	if err := casework.Faulty(faults...); err != nil {
		return nil, err
	}
	return []casework.Handoff{{ID: hid, Group: group}}, nil
}

// A letter that another balai redirected is begun again for the one it advised,
// with its words; what was typed since stays.
func TestALetterGoesOnFromARedirectedOne(t *testing.T) {
	was := casework.Handoff{
		ID: hid, Kind: casework.Referral, Box: casework.Out, From: "SRK", To: "GWA", Redirect: "MGL", Stage: "redirected", Case: hid,
		Summary: &casework.Summary{Reason: "kontraktur <kedua> tungkai", Wanted: "fisioterapi", Journey: "kursi roda", Contact: "Ani"},
		Talk:    []casework.Remark{{Act: "redirect", Text: "bengkel kursi roda ada di sana"}},
	}
	advice := casework.Advice{
		Reason: "dari berkas", Wanted: "dari rencana", Given: "asesmen cepat",
		Choices: []casework.Choice{{Code: "SRG", Name: "Sentra Lain", Connected: true}, {Code: "MGL", Name: "Sentra Antasena", Connected: true}},
	}
	page := func(after casework.HandoffID) (*world, answer) {
		advice.After = after
		w := newWorld(t, desks(&desk{h: was}), func(c *web.Config) { c.Directory = adviser{advice: advice} })
		w.signIn()
		a := w.get("/kasus/" + hid + "/rujuk")
		if a.StatusCode != http.StatusOK {
			t.Fatalf("%d: %s", a.StatusCode, a.body)
		}
		return w, a
	}
	_, plain := page("")
	if !plain.has(`value="SRG" checked`) || !plain.has("dari berkas") || plain.has("kontraktur") {
		t.Fatalf("the control: without a redirected letter\n%s", plain.body)
	}
	w, a := page(hid)
	for _, s := range []string{
		`value="MGL" checked`, `value="` + string(casework.Referral) + `" checked`, "kontraktur &lt;kedua&gt; tungkai", "GWA sudah ditanya dan menyarankan MGL. bengkel kursi roda ada di sana",
		">fisioterapi<", ">kursi roda<", ">asesmen cepat<",
	} {
		if !a.has(s) {
			t.Errorf("the letter lacks %q\n%s", s, a.body)
		}
	}
	if a.has("dari rencana") || a.has(`value="SRG" checked`) {
		t.Error("what the file says takes the place of the letter")
	}
	w.post("/draf", "_draf", "rujuk", "_kasus", hid, "to", "SRG", "kind", string(casework.Transfer), "reason", "diketik sendiri", "wanted", "x")
	if a = w.get("/kasus/" + hid + "/rujuk"); !a.has("diketik sendiri") || a.has("sudah ditanya") || !a.has(`value="SRG" checked`) {
		t.Errorf("the draft is overwritten\n%s", a.body)
	}
}

// consented is who has consented; gone and mute have not.
const (
	consented = "0000000000000000000000000000000a"
	gone      = "0000000000000000000000000000000b"
	mute      = "0000000000000000000000000000000c"
)

// Of a letter for several people each rests on a consent or on a basis of its
// own. The page asks it of those who need it, and of nobody else.
func TestACollectiveLetterWithBases(t *testing.T) {
	d := &desk{h: offered()}
	w := newWorld(t, desks(d), func(c *web.Config) {
		c.Allowed = func(casework.Actor, casework.Action) bool { return true }
	})
	for id, name := range map[casework.CaseID]string{consented: "Ani", gone: "Budi", mute: "Citra"} {
		w.cases.page.Items = append(w.cases.page.Items, casework.Card{ID: id, Name: name, Number: "SRK-" + name})
	}
	w.signIn()
	const at = "/rujukan/kolektif"
	if a := w.get(at); a.has("dasar.") || !a.has("SRK-Budi") {
		t.Fatal("before anybody is chosen, the page asks for a basis")
	}
	letter := []string{"to", "MGL", "kind", string(casework.Transfer), "reason", "penuh", "wanted", "tempat", "answerIn", "7", "cases", consented}
	with := func(more ...string) answer {
		return w.post(at, append(append([]string{}, letter...), more...)...)
	}
	a := with("cases", gone, "cases", mute)
	if a.StatusCode != http.StatusUnprocessableEntity || !a.has(`href="#f-dasar.`+gone+`"`) || !a.has(`href="#f-dasar.`+mute+`"`) || a.has("f-dasar."+consented) {
		t.Fatalf("who has no consent: %d\n%s", a.StatusCode, a.body)
	}
	a = with("cases", gone, "cases", mute, "dasar."+gone, string(casework.ByVitalInterest))
	if a.StatusCode != http.StatusUnprocessableEntity || !a.has(`href="#f-alasan.`+gone+`"`) {
		t.Fatalf("a basis without words: %d\n%s", a.StatusCode, a.body)
	}
	a = with("cases", gone, "dasar."+gone, string(casework.ByVitalInterest), "alasan."+gone, "tidak sadar <b>")
	if a.Request.URL.Path != "/rujukan/kelompok/"+group {
		t.Fatalf("not sent: %s, %d\n%s", a.Request.URL.Path, a.StatusCode, a.body)
	}
	if g := d.offered.Ground(gone); g.Basis != casework.ByVitalInterest || g.Why != "tidak sadar <b>" || d.offered.Ground(consented).Basis != casework.ByConsent || len(d.offered.Cases) != 2 {
		t.Errorf("offered %+v", d.offered)
	}
}
