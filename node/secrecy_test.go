package node_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"serasi/node"
	"serasi/node/casework"
	"serasi/node/nodetest"
)

// canaries are what is told of one person in each field that could leak. No two
// share a word, so that a find says which field it was.
var canaries = map[string]string{
	"name": "Wirakusumahningrat", "alias": "Cemplonkuning", "nik": "3372041708150042", "mother": "Ratnaduhitasari",
	"address": "Gang Kenarirejowinangun", "phone": "081299887766554", "marks": "tandalahirbulansabit",
	"note": "catatanperkembanganungu", "document": "isisuratketeranganjingga", "title": "juduldokumentoska",
	"consent": "tujuanpersetujuanmerahmuda", "reason": "alasanrujukanlembayung", "wanted": "permintaanlayananmagenta",
	"journey": "kebutuhanperjalanannila", "decline": "saranpenolakanabuabu", "condition": "syaratpenerimaancokelat",
	"addendum": "catatansusulankrem", "belongings": "bawaantasgendongsalem", "need": "kebutuhanutamahijaulumut",
}

func words() (all []string) {
	for _, w := range canaries {
		all = append(all, w)
	}
	return all
}

// opened is a case with a canary in each field.
func openedWithCanaries(b *nodetest.Balai) casework.Case {
	claims := []map[string]string{}
	for _, kind := range []string{"name", "alias", "nik", "mother", "address", "phone", "marks"} {
		claims = append(claims, map[string]string{"kind": kind, "value": canaries[kind], "standing": "stated", "source": "nenek"})
	}
	c := b.Open(canaries["name"], map[string]any{"claims": claims, "need": canaries["need"]})
	b.Note(c.ID, "progress", canaries["note"])
	b.Document(c.ID, "medical", canaries["title"], strings.Repeat(canaries["document"]+" ", 5000))
	b.Consent(c.ID, map[string]any{
		"scope": "sharing", "recipient": "MGL", "purpose": canaries["consent"], "how": "thumbprint", "givenBy": "guardian", "witness": "TKSK",
	})
	return c
}

// A person's file goes from Surakarta to Magelang, and Gowa looks on. Nothing of
// it is found in the plain at either end, at Gowa, in a log, among the figures, or
// in a backup.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	diary := &nodetest.Diary{}
	c := nodetest.Start(t, func(cfg *node.Config) {
		cfg.Log = slog.New(slog.NewTextHandler(diary, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}, "SRK", "MGL", "GWA")
	srk, mgl := c.Of("SRK"), c.Of("MGL")
	told := openedWithCanaries(srk)
	letter := map[string]any{"reason": canaries["reason"], "wanted": canaries["wanted"], "journey": canaries["journey"], "residential": true}

	first := srk.Offer(told.ID, "MGL", letter)
	mgl.WaitStage(first.ID, "offered")
	mgl.Act(first.ID, "decline", map[string]any{"reason": "penuh", "text": canaries["decline"]})
	srk.WaitStage(first.ID, "declined")
	c.WaitFor("the case to be free again", func() bool {
		over, err := srk.Case(told.ID)
		return err == nil && over.Case.State == casework.Open
	})
	h := srk.Offer(told.ID, "MGL", letter)
	mgl.WaitStage(h.ID, "offered")
	mgl.Act(h.ID, "accept", map[string]any{"conditional": true, "text": canaries["condition"]})
	srk.WaitStage(h.ID, "accepted")
	srk.Note(told.ID, "progress", canaries["addendum"])
	srk.Act(h.ID, "depart", nil)
	mgl.WaitStage(h.ID, "departed")
	there := here(c, mgl, h.ID)
	form := map[string]string{}
	for k, v := range nodetest.Record {
		form[k] = v
	}
	form["belongings"] = canaries["belongings"]
	mgl.Act(h.ID, "receive", map[string]any{"form": form})
	moved(t, srk, told.ID, mgl, h.ID)
	c.Check()

	// The control of the story: what people may see is all there.
	found := casework.Page[casework.Card]{}
	mgl.Must("head", http.MethodGet, "/cases?q="+url.QueryEscape(canaries["name"]), nil, &found)
	if len(found.Items) != 1 || found.Items[0].ID != there {
		t.Errorf("Magelang finds %d cases by the name", len(found.Items))
	}
	if got := srk.Handoff(first.ID).Talk; len(got) == 0 || got[len(got)-1].Text != canaries["decline"] {
		t.Errorf("Surakarta reads %+v of the refusal", got)
	}
	badRequestsEchoNothing(t, mgl, there)

	for _, b := range c.Balai {
		for _, w := range nodetest.Leaks(b.Page("/metrics"), words()...) {
			t.Errorf("the figures of %s say %s", b.Code, w)
		}
		backup := b.Backup()
		for _, w := range nodetest.Leaks(backup.File(), words()...) {
			t.Errorf("a backup of %s says %s", b.Code, w)
		}
		noLeaks(t, b, "running")
	}
	for _, b := range c.Balai {
		b.Stop()
		noLeaks(t, b, "stopped")
	}
	for _, w := range nodetest.Leaks(diary.Text(), words()...) {
		t.Errorf("a log says %s", w)
	}
	controlLeaks(t, c.Of("GWA"), diary)
}

func noLeaks(t *testing.T, b *nodetest.Balai, when string) {
	t.Helper()
	for file, words := range b.LeaksInFolder(words()...) {
		t.Errorf("%s, %s: %s says %v", b.Code, when, file, words)
	}
}

// controlLeaks checks that the search would have found what it looked for, and
// that it looked at more than nothing.
func controlLeaks(t *testing.T, b *nodetest.Balai, diary *nodetest.Diary) {
	t.Helper()
	if len(diary.Text()) < 10_000 {
		t.Errorf("the logs have %d bytes; were they kept?", len(diary.Text()))
	}
	b.Plant("planted", []byte("nama: "+strings.ToUpper(canaries["name"])+"\n"))
	if got := b.LeaksInFolder(words()...)["planted"]; len(got) != 1 || got[0] != canaries["name"] {
		t.Errorf("in a plain file the search finds %v", got)
	}
	for name, data := range map[string]string{
		"hex": "3333373230343137303831353030343233333732303431373038313530303432", "base64": "eyJuIjoiMzM3MjA0MTcwODE1MDA0MiJ9",
	} {
		want := map[string]string{"hex": "3372041708150042", "base64": "3372041708150042"}[name]
		if len(nodetest.Leaks([]byte(data), want)) != 1 {
			t.Errorf("the search does not find %s in %s", want, name)
		}
	}
}

// badRequestsEchoNothing sends the canaries where they do not belong. The answers
// name fields, never what was in them.
func badRequestsEchoNothing(t *testing.T, b *nodetest.Balai, id casework.CaseID) {
	t.Helper()
	name, nik := canaries["name"], canaries["nik"]
	rows := map[string]struct {
		method, path string
		body         any
	}{
		"a name as urgency":       {"POST", "/cases", map[string]any{"urgency": name, "basis": "vital interest"}},
		"a NIK as date of birth":  {"POST", "/cases", map[string]any{"urgency": "normal", "basis": "vital interest", "claims": []map[string]any{{"kind": "born", "value": nik, "standing": "stated"}}}},
		"a name as NIK":           {"POST", "/cases", map[string]any{"urgency": "normal", "basis": "vital interest", "claims": []map[string]any{{"kind": "nik", "value": name, "standing": "stated"}}}},
		"a name as a kind":        {"POST", "/cases", map[string]any{"urgency": "normal", "basis": "vital interest", "claims": []map[string]any{{"kind": name, "value": nik, "standing": name}}}},
		"a name as a number":      {"POST", "/cases", map[string]any{"urgency": "normal", "basis": "vital interest", "unborn": name}},
		"a name for a case":       {"GET", "/cases/" + name, nil},
		"a NIK for a case":        {"GET", "/cases/" + nik, nil},
		"a name as a stage":       {"GET", "/cases?stage=" + name, nil},
		"a name as a cursor":      {"GET", "/cases?cursor=" + name, nil},
		"a name as a destination": {"POST", "/cases/" + string(id) + "/transfers", map[string]any{"to": name, "reason": nik, "wanted": name, "basis": name}},
		"a name as a note's kind": {"POST", "/cases/" + string(id) + "/notes", map[string]any{"kind": name, "text": nik}},
		"a name as an act":        {"POST", "/handoffs/" + string(id) + "/" + strings.ToLower(name), map[string]any{}},
		"a NIK as a login":        {"POST", "/tokens", map[string]any{"login": nik, "password": name, "label": name, "scopes": []string{name}}},
	}
	for row, r := range rows {
		err := b.Do("head", r.method, r.path, r.body, nil)
		var p *nodetest.Problem
		if !errors.As(err, &p) || p.Status < 400 || p.Status > 499 {
			t.Errorf("%s: %v, want a problem", row, err)
			continue
		}
		if got := nodetest.Leaks(p.Body, words()...); len(got) > 0 {
			t.Errorf("%s: the answer repeats %v: %s", row, got, p.Body)
		}
	}
}
