package node_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"serasi/node/casework"
	"serasi/node/nodetest"
)

// document is as much of an OpenAPI document as a sweep needs.
type document struct {
	Paths      map[string]map[string]operation
	Components struct{ Schemas map[string]*schema }
}

type operation struct {
	OperationID string
	RequestBody struct {
		Content map[string]struct{ Schema *schema }
	}
}

type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Properties map[string]*schema
	Required   []string
	ReadOnly   bool
}

// body is the schema of what an operation takes as JSON, or nil.
func (d document) body(op operation) *schema {
	s := op.RequestBody.Content["application/json"].Schema
	if s != nil && s.Ref != "" {
		s = d.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	return s
}

// wrong is a value that no property of that type takes.
func wrong(s *schema) any {
	types := fmt.Sprint(s.Type)
	switch {
	case strings.Contains(types, "string"):
		return map[string]any{"x": 1}
	case strings.Contains(types, "boolean"), strings.Contains(types, "integer"), strings.Contains(types, "number"):
		return []string{"x"}
	default:
		return true
	}
}

// sweep sends bad bodies to every call of a node that changes something.
type sweep struct {
	t     *testing.T
	at    *nodetest.Balai
	ids   *strings.Replacer // the parameters of paths
	last  string            // who was let in
	count int
}

var long = strings.Repeat("x", 300<<10)

// spoil are bodies that a schema does not allow, with the field to be named.
func spoil(s *schema) (all []struct {
	what, field string
	body        any
}) {
	add := func(what, field string, body any) {
		all = append(all, struct {
			what, field string
			body        any
		}{what, field, body})
	}
	add("a list", "body", []any{1})
	add("a text", "body", "x")
	add("an unknown property", "tidakAda", map[string]any{"tidakAda": 1})
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if p := s.Properties[name]; name != "$schema" && !p.ReadOnly {
			add("a wrong type", name, map[string]any{name: wrong(p)})
			if strings.Contains(fmt.Sprint(p.Type), "string") {
				add("a text of 300 kB", "", map[string]any{name: long})
			}
		}
	}
	for _, name := range s.Required {
		add("without "+name, name, map[string]any{})
	}
	return all
}

// call tries all people until one is let in: what they send must then be judged.
// Who was let in last is asked first.
func (w *sweep) call(method, path string, body any) *nodetest.Problem {
	var p *nodetest.Problem
	for _, role := range append([]string{w.last}, "head", "worker", "admin", "desk", "dpo") {
		w.count++
		err := w.at.Do(role, strings.ToUpper(method), w.ids.Replace(strings.TrimPrefix(path, "/api/v1")), body, nil)
		if !errors.As(err, &p) {
			return nil
		}
		if p.Status != http.StatusForbidden && p.Status != http.StatusUnauthorized {
			w.last = role
			return p
		}
	}
	return p
}

func (w *sweep) operation(method, path string, s *schema) {
	for _, bad := range spoil(s) {
		p := w.call(method, path, bad.body)
		name := fmt.Sprintf("%s %s with %s %q", method, path, bad.what, bad.field)
		switch {
		case p == nil:
			w.t.Errorf("%s was done", name)
			continue
		case p.Status < 400 || p.Status > 499 || p.Type == "" || p.Detail == "" && len(p.Errors) == 0:
			w.t.Errorf("%s: %v %s", name, p, p.Body)
		}
		named := slices.ContainsFunc(p.Errors, func(e struct{ Location, Message string }) bool {
			return strings.Contains(e.Location+" "+e.Message, bad.field)
		})
		if !named {
			w.t.Errorf("%s: no word about the field: %s", name, p.Body)
		}
	}
}

// tally is what a node holds, in numbers, and its ledger.
func tally(b *nodetest.Balai) string {
	var users, tokens struct{ Items []json.RawMessage }
	b.Must("admin", http.MethodGet, "/users", nil, &users)
	b.Must("admin", http.MethodGet, "/tokens", nil, &tokens)
	s, err := b.Status()
	if err != nil {
		return err.Error()
	}
	notes, documents := 0, 0
	for _, c := range b.Cases() {
		notes, documents = notes+len(b.Notes(c.ID)), documents+len(b.Documents(c.ID))
	}
	return fmt.Sprintf("%d users, %d tokens, cases %v, %d notes, %d documents, %d commands, ledger %+v",
		len(users.Items), len(tokens.Items), s.Cases, notes, documents, len(b.Outbox("")), s.Ledger)
}

// Whatever a call is sent that its description does not allow, the answer is a
// problem that names the field, and nothing changes.
func TestBadInputChangesNothing(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL")
	srk := c.Of("SRK")
	opened := srk.Open("Paimin", nil)
	other := srk.Open("Ponirah", nil)
	h := srk.Offer(other.ID, "MGL", nil)
	c.Of("MGL").WaitStage(h.ID, "offered")
	c.WaitFor("the offer to be delivered", func() bool { return !srk.Handoff(h.ID).Ticks.Delivered.IsZero() })
	var d document
	if err := json.Unmarshal(srk.Page("/api/v1/openapi.json"), &d); err != nil {
		t.Fatal(err)
	}
	w := &sweep{t: t, at: srk, ids: strings.NewReplacer(
		"/cases/{id}", "/cases/"+string(opened.ID), "/handoffs/{id}", "/handoffs/"+string(h.ID), "/members/{id}", "/members/MGL",
		"{id}", strings.Repeat("0", 32), "{row}", strings.Repeat("0", 32), "{month}", "2026-01", "{import}", strings.Repeat("0", 32), "{task}", strings.Repeat("0", 32), "{act}", "withdraw", "{glass}", strings.Repeat("0", 32),
		"{request}", strings.Repeat("0", 32), "{erasure}", strings.Repeat("0", 32), "{incident}", strings.Repeat("0", 32), "{user}", strings.Repeat("0", 32), "{command}", strings.Repeat("0", 32),
	)}
	before := tally(srk)
	calls := 0
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
			if s := d.body(d.Paths[path][method]); s != nil && method != "get" {
				calls++
				w.operation(method, path, s)
			}
		}
	}
	t.Logf("%d requests to %d calls", w.count, calls)
	if calls < 15 || w.count < 150 {
		t.Errorf("%d requests to %d calls are too few: is the document whole?", w.count, calls)
	}
	if after := tally(srk); after != before {
		t.Errorf("bad input changed the node\nfrom %s\nto   %s", before, after)
	}
	// The control: the tally notices a change.
	srk.Must("worker", http.MethodPost, "/cases/"+string(opened.ID)+"/notes", map[string]any{"kind": "progress", "text": "baik"}, nil)
	if tally(srk) == before {
		t.Error("the tally does not notice a note")
	}
	if over, err := srk.Case(opened.ID); err != nil || over.Case.State != casework.Open {
		t.Errorf("the case is %s: %v", over.Case.State, err)
	}
	c.Check()
}
