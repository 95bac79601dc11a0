package web_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/web"
)

const (
	hid   = "0123456789abcdef0123456789abcdef"
	group = "fedcba9876543210fedcba9876543210"
)

// desk is the handoffs of a test: one, which somebody may act on.
type desk struct {
	web.Handoffs
	h        casework.Handoff
	acts     []string
	said     casework.Said
	prepared casework.NewPrepared
	offered  casework.NewOffer
	refused  error
}

func (d *desk) Read(context.Context, casework.Actor, casework.HandoffID) (casework.Handoff, error) {
	return d.h, nil
}

func (d *desk) Get(context.Context, casework.Actor, casework.HandoffID) (casework.Handoff, error) {
	return d.h, nil
}

func (d *desk) List(_ context.Context, _ casework.Actor, q casework.HandoffQuery) (p casework.Page[casework.Handoff], err error) {
	if q.Group == "" || q.Group == d.h.Group {
		p.Items = []casework.Handoff{d.h}
	}
	if q.State == "ended" {
		p.Items = nil
	}
	return p, nil
}

func (d *desk) Preparations(context.Context, casework.Actor) ([]casework.Prepared, error) {
	return []casework.Prepared{{ID: hid, State: casework.PreparedWaiting, To: "MGL", Name: "Budi", Changed: noon}}, nil
}

func (d *desk) Prepared(context.Context, casework.Actor, string) (casework.Prepared, error) {
	return casework.Prepared{
		ID: hid, Version: 3, State: casework.PreparedWaiting, To: "MGL", Name: "Budi", Changed: noon, What: d.prepared,
		Talk: []casework.Aside{{Name: "Kepala", At: noon, Text: "lengkapi <b>surat</b>"}},
	}, nil
}

func (d *desk) Prepare(_ context.Context, _ casework.Actor, in casework.NewPrepared) (casework.Prepared, error) {
	d.prepared = in
	return casework.Prepared{ID: hid}, nil
}

func (d *desk) Act(_ context.Context, _ casework.Actor, _ casework.HandoffID, act string, in casework.Said) (casework.Handoff, error) {
	if d.refused != nil {
		return d.h, d.refused
	}
	if err := casework.Faulty(in.Check(act, d.h)...); err != nil {
		return d.h, err
	}
	d.acts, d.said = append(d.acts, act), in
	return d.h, nil
}

func (d *desk) Assign(_ context.Context, _ casework.Actor, ids []casework.HandoffID, to casework.UserID) error {
	d.acts = append(d.acts, "assign "+string(ids[0])+" to "+string(to))
	return nil
}

func (d *desk) Outbox(context.Context, casework.Actor, string, string, int) (p casework.Page[casework.Queued], err error) {
	p.Items = []casework.Queued{{ID: "0000000000000001", Handoff: hid, Act: "offer", To: "MGL", State: "pending", Waits: "there is no answer from the ledger yet", Created: noon}}
	return p, nil
}

func (d *desk) TryNow(context.Context, casework.Actor) error {
	d.acts = append(d.acts, "try now")
	return nil
}

// guide knows two balai.
type guide struct{ web.Directory }

func (guide) All(context.Context, casework.Actor) ([]casework.Candidate, error) {
	return []casework.Candidate{
		{Profile: casework.Profile{Code: "MGL", Name: "Sentra Antasena", Places: []casework.Places{{Name: "A", Total: 5, Free: 2}}, PlacesAt: noon.Add(-48 * time.Hour)}, Connected: true, Described: true},
		{Profile: casework.Profile{Name: "Sentra Jauh"}},
	}, nil
}

// nobody knows no partner.
type nobody struct{ partners }

type partners = web.Partners

func (nobody) Partners(context.Context, casework.Actor, string) ([]casework.Partner, error) {
	return nil, nil
}

func desks(d *desk) func(*web.Config) {
	return func(c *web.Config) {
		c.Handoffs, c.Directory, c.Partners = d, guide{}, nobody{}
		c.Allowed = func(_ casework.Actor, act casework.Action) bool { return act != casework.Offer }
	}
}

func offered() casework.Handoff {
	return casework.Handoff{
		ID: hid, Kind: casework.Transfer, Box: casework.In, From: "MGL", To: "SRK", Stage: "offered", Deadline: noon.Add(30 * time.Hour), Created: noon,
		Group: group, Actions: []string{"accept", "decline"}, Prepares: []string{"redirect"},
		Summary: &casework.Summary{Initials: "S. R.", Sex: "P", Reason: "kursi <roda>", Wanted: "fisioterapi"},
	}
}

func TestHandoffPages(t *testing.T) {
	for name, tt := range map[string]struct {
		path     string
		id, en   []string
		wouldNot string
	}{
		"list":      {"/rujukan", []string{"Perlu jawaban", "dari MGL", "Dikirim", "1 hari lagi", "Rujukan ke MGL"}, []string{"Needs our answer", "from MGL", "Offered", "1 day left"}, "S. R."},
		"ended":     {"/rujukan?bagian=selesai", []string{"Belum ada rujukan yang selesai"}, []string{"No handoff has ended yet"}, "MGL</td>"},
		"one":       {"/rujukan/" + hid, []string{"S. R.", "kursi &lt;roda&gt;", "Terima", "Siapkan: Alihkan"}, []string{"Accept", "Prepare: Redirect", "Reason for the handoff"}, "<roda>"},
		"balai":     {"/rujukan/" + hid, []string{"Sentra Antasena (MGL)"}, []string{"Sentra Antasena (MGL)"}, "Disarankan ke balai"},
		"group":     {"/rujukan/kelompok/" + group, []string{"Jawaban untuk tiap orang", "S. R."}, []string{"Answer for each person"}, "<roda>"},
		"decline":   {"/rujukan/" + hid + "/tolak", []string{"Tidak sesuai kapabilitas", "Saran untuk pengirim"}, []string{"Beyond what we can do"}, ""},
		"print":     {"/rujukan/cetak?h=" + hid, []string{"fisioterapi"}, []string{"fisioterapi"}, "<roda>"},
		"outbox":    {"/antrean", []string{"belum ada jawaban dari buku besar"}, []string{"there is no answer from the ledger yet"}, ""},
		"directory": {"/direktori", []string{"2 dari 5 tempat kosong", "lebih dari 24 jam", "Belum tersambung"}, []string{"2 of 5 places free", "Not connected yet"}, ""},
		"prepared":  {"/rujukan/disiapkan/" + hid, []string{"Menunggu persetujuan kepala", "lengkapi &lt;b&gt;surat&lt;/b&gt;"}, []string{"Waits for the head"}, "<b>surat"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, desks(&desk{h: offered()}))
			w.signIn()
			check := func(want []string) {
				t.Helper()
				a := w.get(tt.path)
				if a.StatusCode != http.StatusOK {
					t.Fatalf("%d: %s", a.StatusCode, a.body)
				}
				for _, s := range want {
					if !a.has(s) {
						t.Errorf("does not say %q:\n%s", s, a.body)
					}
				}
				if tt.wouldNot != "" && a.has(tt.wouldNot) {
					t.Errorf("says %q", tt.wouldNot)
				}
			}
			check(tt.id)
			w.english()
			check(tt.en)
		})
	}
}

func TestTheQueueIsTriedNow(t *testing.T) {
	d := &desk{h: offered()}
	w := newWorld(t, desks(d))
	w.signIn()
	if a := w.get("/antrean"); !a.has("Coba sekarang") {
		t.Error("what waits cannot be tried now")
	}
	if a := w.post("/antrean/sekarang"); !a.has("Sedang dicoba") || !slices.Equal(d.acts, []string{"try now"}) {
		t.Errorf("tried %v: %d", d.acts, a.StatusCode)
	}
}

func TestHandoffSteps(t *testing.T) {
	d := &desk{h: offered()}
	w := newWorld(t, desks(d))
	w.signIn()
	if a := w.post("/rujukan/"+hid, "langkah", "terima"); !a.has("Diterima. Jawaban dalam antrean kirim.") || !slices.Equal(d.acts, []string{"accept"}) {
		t.Errorf("%v: %s", d.acts, a.body)
	}
	if a := w.post("/rujukan/"+hid, "langkah", "tolak"); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("declined without words: %d", a.StatusCode)
	}
	a := w.post("/rujukan/"+hid+"/tolak", "text", "coba lagi")
	if a.StatusCode != http.StatusUnprocessableEntity || !a.has("coba lagi") || !a.has("harus salah satu dari") {
		t.Errorf("no reason: %d %s", a.StatusCode, a.body)
	}
	if w.post("/rujukan/"+hid+"/tolak", "reason", "penuh", "text", "coba lagi"); d.said.Reason != "penuh" || d.said.Text != "coba lagi" {
		t.Errorf("said %+v", d.said)
	}
	if w.post("/rujukan/"+hid+"/alihkan", "redirect", "GWA", "reason", "penuh", "catatan", "mohon"); d.prepared.Act != "redirect" || !d.prepared.Ask || d.prepared.Said.Redirect != "GWA" {
		t.Errorf("prepared %+v", d.prepared)
	}
	if a := w.get("/rujukan/" + hid + "/serah-terima"); a.StatusCode != http.StatusConflict {
		t.Errorf("a step that is not possible: %d", a.StatusCode)
	}
	d.refused = casework.Conflict.Because("accept is not possible now: the handoff is withdrawn")
	if a := w.post("/rujukan/"+hid, "langkah", "terima"); a.Request.URL.Path != "/rujukan/"+hid || !a.has("tidak dapat dilakukan sekarang") {
		t.Errorf("somebody was quicker: %s\n%s", a.Request.URL.Path, a.body)
	}
	d.acts = nil
	w.post("/rujukan", "h", hid, "buat", "tugaskan", "petugas", "u1", "asal", "bagian=jawab")
	if len(d.acts) != 1 || !strings.HasPrefix(d.acts[0], "assign "+hid) {
		t.Errorf("assigned %v", d.acts)
	}
	if a := w.post("/rujukan", "buat", "tugaskan"); !a.has("Belum ada rujukan yang dipilih") {
		t.Error("nothing was chosen, and nobody says so")
	}
}
