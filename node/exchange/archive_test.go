package exchange_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"serasi/node/casework"
)

func (w *world) archive(by casework.Actor, id casework.CaseID, kind string) map[string]string {
	w.Helper()
	a, err := w.desk.Archive(w.Context(), by, id, kind)
	w.must(err)
	var b bytes.Buffer
	w.must(a.Write(&b))
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	w.must(err)
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		w.must(err)
		text, err := io.ReadAll(r)
		w.must(err)
		w.must(r.Close())
		files[f.Name] = string(text)
	}
	return files
}

func TestArchive(t *testing.T) {
	w := newWorld(t)
	c, _, _, err := w.cases.Open(t.Context(), worker, casework.Intake{
		Urgency: casework.NotUrgent, Basis: casework.ByPublicTask, Unit: "anak",
		Claims: []casework.Claim{{Kind: casework.ClaimName, Value: "Siti <script>alert(1)</script>", Standing: casework.Stated}},
	})
	w.must(err)
	for _, n := range []casework.Note{{Kind: "visit", Text: "Bertemu nenek."}, {Kind: "visit", Text: "Rahasia paman.", Confidential: true}} {
		_, err := w.cases.AddNote(t.Context(), worker, c.ID, n)
		w.must(err)
	}
	_, err = w.cases.AddDocument(t.Context(), worker, c.ID, casework.Document{Kind: "letter", Title: "Surat Siti"}, strings.NewReader("isi surat"))
	w.must(err)

	sheet, err := w.cases.Forms().Begin(t.Context(), worker, c.ID, casework.FormIntake)
	w.must(err)
	_, err = w.cases.Forms().Save(t.Context(), worker, c.ID, sheet.ID, "ditemukan", 0, casework.Values{
		"bawaan.0.barang": {"cincin"}, "bawaan.0.simpan": {"balai"}, "bawaan.1.barang": {"tas"},
	})
	w.must(err)

	files := w.archive(head, c.ID, casework.WholeCase)
	page := files["index.html"]
	for _, want := range []string{"1. Barang: cincin; Disimpan oleh: Balai\n2. Barang: tas", "Bertemu nenek.", "Rahasia paman.", "Siti &lt;script&gt;", c.Number, `href="dokumen/001-letter.txt"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	if strings.Contains(page, "<script") || files["dokumen/001-letter.txt"] != "isi surat" {
		t.Error("the page runs something, or the document is another")
	}
	var m struct {
		Files []struct {
			Name, SHA256 string
			Size         int64
		}
	}
	w.must(json.Unmarshal([]byte(files["manifest.json"]), &m))
	if len(m.Files) != len(files)-1 {
		t.Errorf("the manifest lists %d of %d files", len(m.Files), len(files)-1)
	}
	for _, f := range m.Files {
		sum := sha256.Sum256([]byte(files[f.Name]))
		if hex.EncodeToString(sum[:]) != f.SHA256 || f.Size != int64(len(files[f.Name])) {
			t.Errorf("%s is not what the manifest says", f.Name)
		}
		if strings.Contains(f.Name, "Siti") {
			t.Errorf("%s names the person", f.Name)
		}
	}
	var b casework.Bundle
	w.must(json.Unmarshal([]byte(files["kasus.json"]), &b))
	if b.Case.ID != c.ID || len(b.Check()) > 0 {
		t.Errorf("the JSON does not read back: %v", b.Check())
	}

	own := w.archive(head, c.ID, casework.SubjectCopy)
	for _, name := range []string{"index.html", "kasus.json"} {
		if strings.Contains(own[name], "Rahasia paman") || strings.Contains(own[name], string(worker.User)) || !strings.Contains(own[name], "Bertemu nenek") {
			t.Errorf("the copy for the person: %s", own[name])
		}
	}
}

// The data protection officer takes the copy for the person, of a case of which
// it was asked for, and nothing else.
func TestTheOfficerTakesTheCopyForThePerson(t *testing.T) {
	w := newWorld(t)
	open := func(groups ...casework.Secrecy) casework.Case {
		c, _, _, err := w.cases.Open(t.Context(), worker, casework.Intake{Urgency: casework.NotUrgent, Basis: casework.ByPublicTask, Secrecy: groups})
		w.must(err)
		return c
	}
	asked, other, secret, answered := open(), open(), open(casework.SecretHIV), open()
	for _, c := range []casework.Case{asked, secret, answered} {
		r := casework.SubjectRequest{ID: w.id(), Case: c.ID, Kind: casework.AskCopy, At: w.now}
		if c.ID == answered.ID {
			r.Done = w.now
		}
		w.must(w.db.Update(t.Context(), func(tx casework.Tx) error { return tx.Put(casework.Requests, string(c.ID), r.ID, r) }))
	}
	dpo := actor("f", casework.DPO)
	tired := dpo
	tired.StepUp = false
	for name, tt := range map[string]struct {
		by   casework.Actor
		c    casework.Case
		kind string
	}{
		"nobody asked":              {dpo, other, casework.SubjectCopy},
		"asked and answered":        {dpo, answered, casework.SubjectCopy},
		"the whole case":            {dpo, asked, casework.WholeCase},
		"of a secrecy group":        {dpo, secret, casework.SubjectCopy},
		"another role":              {chief, asked, casework.SubjectCopy},
		"without proving once more": {tired, asked, casework.SubjectCopy},
	} {
		if _, err := w.desk.Archive(t.Context(), tt.by, tt.c.ID, tt.kind); !isKind(err, casework.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var again interface{ StepUp() bool }
	if _, err := w.desk.Archive(t.Context(), tired, asked.ID, casework.SubjectCopy); !errors.As(err, &again) {
		t.Errorf("the refusal does not say that a proof would lift it: %v", err)
	}
	if files := w.archive(dpo, asked.ID, casework.SubjectCopy); files["kasus.json"] == "" {
		t.Error("the copy is empty")
	}
}

func TestArchiveIsAnExport(t *testing.T) {
	w := newWorld(t)
	c, _, _, err := w.cases.Open(t.Context(), worker, casework.Intake{
		Urgency: casework.NotUrgent, Basis: casework.ByPublicTask, Secrecy: []casework.Secrecy{casework.SecretHIV},
	})
	w.must(err)
	granted, unproven := head, head
	granted.Grants = []casework.Secrecy{casework.SecretHIV}
	unproven.StepUp, unproven.Grants = false, granted.Grants
	for name, by := range map[string]casework.Actor{"no grant": head, "no step-up": unproven, "worker": worker, "supervisor": chief, "admin it": admin} {
		if _, err := w.desk.Archive(t.Context(), by, c.ID, casework.WholeCase); !isKind(err, casework.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.desk.Archive(t.Context(), granted, c.ID, "all"); !isKind(err, casework.Invalid) {
		t.Errorf("an unknown kind: %v", err)
	}
	if _, err := w.desk.Archive(t.Context(), granted, casework.CaseID(w.id()), casework.WholeCase); !isKind(err, casework.NotFound) {
		t.Errorf("no such case: %v", err)
	}
	if _, err := w.desk.Archive(t.Context(), granted, c.ID, casework.WholeCase); err != nil {
		t.Error(err)
	}
	done, denied := 0, 0
	w.must(w.db.View(func(tx casework.Tx) error {
		return tx.Each(casework.Audit, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
			var l casework.Line
			err := decode(&l)
			if l.What == "archive whole" && l.Outcome == "done" {
				done++
			} else if l.What == "archive whole" {
				denied++
			}
			return true, err
		})
	}))
	if done != 1 || denied != 5 {
		t.Errorf("%d lines of exports and %d of denials", done, denied)
	}
}
