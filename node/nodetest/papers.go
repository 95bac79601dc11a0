package nodetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"serasi/node/casework"
)

// An edit is a body that goes with the version its writer saw.
type edit struct {
	version uint64
	body    any
}

func (e edit) etag() string                 { return fmt.Sprintf("%q", fmt.Sprint(e.version)) }
func (e edit) MarshalJSON() ([]byte, error) { return json.Marshal(e.body) }

// Edit changes a case as its social worker, against the version it had.
func (b *Balai) Edit(was casework.Case, p casework.Patch) casework.Case {
	b.c.T.Helper()
	var now casework.Case
	b.Must("worker", http.MethodPatch, "/cases/"+string(was.ID), edit{was.Version, p}, &now)
	return now
}

// TryEdit is Edit that may fail.
func (b *Balai) TryEdit(was casework.Case, p casework.Patch) error {
	return b.Do("worker", http.MethodPatch, "/cases/"+string(was.ID), edit{was.Version, p}, nil)
}

// Assign has the head give a case to the social worker.
func (b *Balai) Assign(id casework.CaseID) {
	b.c.T.Helper()
	over, err := b.Case(id)
	if err != nil {
		b.c.T.Fatalf("%s reads the case to assign it: %v", b.Code, err)
	}
	b.Must("head", http.MethodPost, "/cases/"+string(id)+"/assign", edit{over.Case.Version, map[string]any{"lead": b.worker()}}, nil)
}

// worker is the id of the account of the social worker.
func (b *Balai) worker() casework.UserID {
	b.c.T.Helper()
	var out struct {
		Items []struct {
			ID    casework.UserID
			Login string
		}
	}
	b.Must("admin", http.MethodGet, "/users", nil, &out)
	for _, u := range out.Items {
		if u.Login == "worker" {
			return u.ID
		}
	}
	b.c.T.Fatalf("%s has no social worker", b.Code)
	return ""
}

// MoveStage takes a case to a stage, as its social worker.
func (b *Balai) MoveStage(id casework.CaseID, to casework.Stage, why string) {
	b.c.T.Helper()
	over, err := b.Case(id)
	if err != nil {
		b.c.T.Fatalf("%s reads the case to move it: %v", b.Code, err)
	}
	b.Must("worker", http.MethodPost, "/cases/"+string(id)+"/stage", edit{over.Case.Version, map[string]any{"stage": to, "why": why}}, nil)
}

// Note adds a note as the social worker; an addendum if the case is on its way.
// From here on Check wants to find it.
func (b *Balai) Note(id casework.CaseID, kind, text string) casework.Note {
	b.c.T.Helper()
	var n casework.Note
	b.Must("worker", http.MethodPost, "/cases/"+string(id)+"/notes", map[string]any{"kind": kind, "text": text, "addendum": true}, &n)
	b.c.keep(paper{of: b.handle(id), at: b.Code, note: n.ID, text: text})
	return n
}

// Consent adds a consent as the social worker.
func (b *Balai) Consent(id casework.CaseID, in map[string]any) {
	b.c.T.Helper()
	b.Must("worker", http.MethodPost, "/cases/"+string(id)+"/consents", in, nil)
}

// Claim adds what somebody said or showed about the person.
func (b *Balai) Claim(id casework.CaseID, kind casework.ClaimKind, value string, s casework.Standing, source string) {
	b.c.T.Helper()
	b.Must("worker", http.MethodPost, "/cases/"+string(id)+"/claims", map[string]any{
		"claims": []map[string]any{{"kind": kind, "value": value, "standing": s, "source": source}},
	}, nil)
}

// Document adds a document as the social worker; an addendum if the case is on
// its way. From here on Check wants to find it, with this content.
func (b *Balai) Document(id casework.CaseID, kind, title, content string) casework.Document {
	b.c.T.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for _, f := range [][2]string{{"kind", kind}, {"title", title}, {"addendum", "true"}} {
		if err := w.WriteField(f[0], f[1]); err != nil {
			b.c.T.Fatal(err)
		}
	}
	file, err := w.CreateFormFile("file", "berkas.txt")
	if err != nil {
		b.c.T.Fatal(err)
	}
	if _, err := io.WriteString(file, content); err != nil {
		b.c.T.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.c.T.Fatal(err)
	}
	answer, err := b.send("worker", http.MethodPost, "/cases/"+string(id)+"/documents", &form, w.FormDataContentType(), "")
	if err != nil {
		b.c.T.Fatalf("%s adds a document: %v", b.Code, err)
	}
	var d casework.Document
	if err := json.Unmarshal(answer, &d); err != nil {
		b.c.T.Fatal(err)
	}
	b.c.keep(paper{of: b.handle(id), at: b.Code, document: d.ID, text: content})
	return d
}

// Notes returns all notes of a case, newest first, as the head sees them.
func (b *Balai) Notes(id casework.CaseID) []casework.Note {
	b.c.T.Helper()
	return pages[casework.Note](b, "/cases/"+string(id)+"/notes")
}

// Documents returns all documents of a case, as the head sees them.
func (b *Balai) Documents(id casework.CaseID) []casework.Document {
	b.c.T.Helper()
	return pages[casework.Document](b, "/cases/"+string(id)+"/documents")
}

// Outbox returns all commands of a balai in a state; "" is all.
func (b *Balai) Outbox(state string) []casework.Queued {
	b.c.T.Helper()
	return pages[casework.Queued](b, "/outbox"+query("state", state))
}

// Handoffs returns all handoffs of a balai in a box and a state; "" is all.
func (b *Balai) Handoffs(box casework.Box, state string) []casework.Handoff {
	b.c.T.Helper()
	return pages[casework.Handoff](b, "/handoffs"+query("box", string(box), "state", state))
}

// Inbox returns what a balai knows of the handoffs to it; nothing if it cannot be
// asked now.
func (b *Balai) Inbox() map[casework.HandoffID]casework.Handoff {
	all := map[casework.HandoffID]casework.Handoff{}
	cursor := ""
	for {
		var page casework.Page[casework.Handoff]
		if b.Do("head", http.MethodGet, "/handoffs"+query("box", string(casework.In), "limit", "100", "cursor", cursor), nil, &page) != nil {
			return all
		}
		for _, h := range page.Items {
			all[h.ID] = h
		}
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
}

// query is the part of an address that narrows a list; what is empty is left out.
func query(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// pages reads a whole list as the head.
func pages[T any](b *Balai, path string) (all []T) {
	b.c.T.Helper()
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	cursor := ""
	for {
		var page casework.Page[T]
		at := path + mark + "limit=100"
		if cursor != "" {
			at += "&cursor=" + cursor
		}
		b.Must("head", http.MethodGet, at, nil, &page)
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
}

// handle is the name of a case here in the ledger.
func (b *Balai) handle(id casework.CaseID) string {
	b.c.T.Helper()
	over, err := b.Case(id)
	if err != nil {
		b.c.T.Fatalf("%s reads a case: %v", b.Code, err)
	}
	return over.Case.Handle
}

// content reads a document as the head.
func (b *Balai) content(id casework.CaseID, d casework.DocumentID) (string, error) {
	text, err := b.send("head", http.MethodGet, "/cases/"+string(id)+"/documents/"+string(d), nil, "", "")
	return string(text), err
}
