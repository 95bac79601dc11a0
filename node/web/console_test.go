package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/web"
)

// console is a network of three, one of which is silent.
type console struct {
	found   casework.Checkup
	backups casework.Backups
	err     error
	signed  int // on a verdict
}

func newConsole() *console {
	return &console{found: casework.Checkup{
		Balai: "SRK", Version: "1.0", At: noon, Lamp: casework.Unsure, Title: "BKS does not answer",
		Ailments: []casework.Ailment{{
			Code: "outbox.old", Severity: casework.Mild, Balai: "MGL", Title: "Something for MGL does not leave the outbox", Impact: "A handoff that somebody sent has not left yet.",
			Evidence: "the oldest command has waited for 5 hours", By: "SRK", At: noon, Since: noon, Step: "Try again now, and telephone that balai if it does not leave.", Page: "/antrean",
		}, {
			Code: "voter.silent", Severity: casework.Mild, Balai: "BKS", Title: "BKS does not answer", Impact: "Handoffs to that balai wait; all else goes on.",
			Evidence: "last heard 12 seconds ago, by gossip", By: "SRK", At: noon, Since: noon.Add(-time.Hour), Step: "Telephone that balai: is its node on, is its line up?", Page: "/konsensus",
		}},
		Balais: []casework.Contact{
			{Balai: "BKS", Lamp: casework.CutOff, Voter: true, Heard: noon.Add(-time.Hour), By: "SRK", Way: "gossip", Event: 40},
			{Balai: "MGL", Lamp: casework.Healthy, Voter: true, Leads: true, Heard: noon, By: "SRK", Way: "ledger", RoundTrip: .012, Event: 50},
		},
		Alone: casework.Alone{Days: 13, Limit: "ledger lease"},
		Group: &casework.Following{Leader: "MGL", Term: 2, Voters: 3, Reachable: 2, Votes: true, Event: 50, Newest: 50},
	}}
}

func (c *console) Checkup(context.Context, casework.Actor) (casework.Checkup, error) {
	return c.found, c.err
}

func (c *console) Verdict(_ context.Context, _ casework.Actor, code casework.BalaiCode, act string) (casework.Sentence, error) {
	if code != "BKS" {
		return casework.Sentence{}, casework.NotFound.Because("there is no such balai")
	}
	return casework.Sentence{
		Balai: code, Act: act, Standing: "active", Have: c.signed, Need: 2, Content: []byte(`{"act":"` + act + `"}`), Cases: 7, Voters: 3, After: 2, Majority: 2, Heard: 1,
	}, c.err
}

func (c *console) Judge(ctx context.Context, by casework.Actor, code casework.BalaiCode, act, typed, signature string) (casework.Sentence, error) {
	if !by.StepUp {
		return casework.Sentence{}, prove{}
	}
	if typed != string(code) || signature == "" {
		return casework.Sentence{}, casework.Faulty(casework.Fault{Field: "code", Words: "is not the code of that balai"})
	}
	c.signed++
	return c.Verdict(ctx, by, code, act)
}

func (c *console) Fellows(context.Context, casework.Actor) ([]casework.Fellow, error) {
	return []casework.Fellow{{Code: "SRK", Standing: "active", Voter: true, Key: "ab12"}, {Code: "GWA", Standing: "requested", Approvals: 1, Needed: 2}}, c.err
}

func (c *console) Invite(_ context.Context, _ casework.Actor, code casework.BalaiCode) (string, time.Time, error) {
	if code != "LMP" {
		return "", time.Time{}, casework.Faulty(casework.Fault{Field: "code", Words: "must be 3 to 8 capital letters and digits, a letter first"})
	}
	return "serasi-invitation-1:abc", noon.Add(time.Hour), c.err
}

func (c *console) VerifyTrail(context.Context, casework.Actor) (uint64, string, error) {
	return 1234, "0123456789abcdef0123", c.err
}

func (c *console) Footprint(context.Context, casework.Actor) (casework.Footprint, error) {
	return casework.Footprint{Since: noon, CPU: 12, Written: 3 << 20}, c.err
}

func (c *console) Backups(context.Context, casework.Actor) (casework.Backups, error) {
	return c.backups, c.err
}

func (c *console) BackUp(context.Context, casework.Actor) error {
	if !c.backups.Keyed {
		return casework.Conflict.Because("there is no recovery key yet: make one with serasi recovery new, and give its public half to serasi backup")
	}
	c.backups.Kept = append(c.backups.Kept, casework.BackupOnDisk{Name: "SRK-20261122T020000Z.age", Made: noon, Bytes: 4096})
	return nil
}

// Without a recovery key the page says how to come by one; with it a backup is
// one press away.
func TestBackupsPage(t *testing.T) {
	c := newConsole()
	w := newWorld(t, func(cfg *web.Config) { cfg.Console = c })
	w.signIn()
	if a := w.get("/cadangan"); !a.has("Belum ada kunci pemulihan") || !a.has("belum pernah") || a.has("Cadangkan sekarang") {
		t.Error("a node without a recovery key does not say so")
	}
	c.backups = casework.Backups{Keyed: true, Made: noon, Proven: noon}
	if a := w.post("/cadangan"); !a.has("Cadangan dibuat") || !a.has("SRK-20261122T020000Z.age") {
		t.Errorf("backing up: %d, and the new one is not listed", a.StatusCode)
	}
}

// An open page is told all figures once, and then what has changed.
func TestTheNetworkIsStreamed(t *testing.T) {
	w := newWorld(t, func(cfg *web.Config) { cfg.Console = newConsole() })
	w.signIn()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.srv.URL+"/aliran?keadaan=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var told struct {
		State   string
		Figures map[string]struct{ T, K string }
	}
	for lines := bufio.NewScanner(resp.Body); told.State == "" && lines.Scan(); {
		if line, is := strings.CutPrefix(lines.Text(), "data: {"); is {
			if err := json.Unmarshal([]byte("{"+line), &told); err != nil {
				t.Fatal(err)
			}
		}
	}
	page := w.get("/simpul")
	for id, want := range map[string]struct{ T, K string }{"lamp.BKS": {"putus", "bad"}, "trip.MGL": {"12 ms", ""}, "event": {"50 dari 50", ""}} {
		if told.Figures[id] != want || !page.has(`data-figure="`+id+`"`) {
			t.Errorf("%s: told %+v", id, told.Figures[id])
		}
	}
	if !page.has(`data-state="` + told.State + `"`) {
		t.Errorf("the page is not about %q", told.State)
	}
}

func TestConsolePages(t *testing.T) {
	c := newConsole()
	w := newWorld(t, func(cfg *web.Config) { cfg.Console = c })
	w.signIn()
	for path, want := range map[string][]string{
		"/simpul": {"BKS tidak menjawab", "Rujukan ke balai itu menunggu", "terakhir terdengar 12 detik lalu, lewat kabar antarbalai", "Telepon balai itu", `href="/konsensus"`, "12 ms",
			"putus", "sehat", "13 hari", "[warning] BKS tidak menjawab", `action="/antrean/sekarang"`, "Coba sekarang", `class="near" role="img"`, "BKS: putus, belum diketahui", "MGL: sehat, 12 ms", "Salin laporan"},
		"/simpul/BKS": {"putus", "oleh SRK, lewat kabar antarbalai", "BKS tidak menjawab"},
		"/konsensus":  {"2 dari 3 pemilih harus hidup", "<svg", "<circle", "MGL"},
		"/anggota":    {"aktif", "meminta bergabung", "1 dari 2", "ab12", "Undang balai"},
		"/jejak":      {"Verifikasi rantai"},
		"/hijau":      {"12 s", "Ditulis ke disk"},
	} {
		a := w.get(path)
		for _, s := range want {
			if a.StatusCode != http.StatusOK || !a.has(s) {
				t.Errorf("%s: %d, no %q", path, a.StatusCode, s)
			}
		}
	}
	if a := w.get("/simpul/XXX"); a.StatusCode != http.StatusNotFound {
		t.Errorf("a balai that is none: %d", a.StatusCode)
	}
	if a := w.get("/simpul"); a.has("http-equiv") {
		t.Error("the page reloads though nobody asked")
	}
	if a := w.get("/simpul?tiap=30"); !a.has(`http-equiv="refresh" content="30"`) {
		t.Error("the page does not reload as asked")
	}
	if a := w.post("/anggota", "code", "lmp"); !a.has("serasi-invitation-1:abc") || !a.has("<svg") {
		t.Errorf("the invitation is not shown: %d", a.StatusCode)
	}
	if a := w.post("/anggota", "code", "9"); a.StatusCode != http.StatusUnprocessableEntity || !a.has("Ada yang perlu diperbaiki") {
		t.Errorf("a code that is none: %d", a.StatusCode)
	}
	if a := w.post("/jejak"); !a.has("utuh sampai baris 1.234") {
		t.Errorf("the verified chain: %d", a.StatusCode)
	}
	w.english()
	if a := w.get("/simpul"); !a.has("Telephone that balai") || strings.Contains(a.body, "Langkah pertama") {
		t.Error("the state is not in English")
	}
	c.err = casework.Forbidden.Because("no")
	for _, path := range []string{"/simpul", "/simpul/BKS", "/konsensus", "/anggota", "/jejak", "/hijau"} {
		if a := w.get(path); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s forbidden: %d", path, a.StatusCode)
		}
	}
}
