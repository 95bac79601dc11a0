package nodetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"serasi/node"
	"serasi/node/api"
	"serasi/node/casework"
)

// Balai is one node under test.
type Balai struct {
	Code string
	Dir  string

	c      *Cluster
	config node.Config
	first  string // code for the first account
	node   *node.Node
	life   atomic.Pointer[life] // the last one
	ghost  atomic.Bool          // killed, and still to be taken out of this process
	cancel context.CancelFunc
	ended  chan error
	http   http.Client
	tokens map[string]string // role -> bearer

	moments map[string]func() // point -> what happens there; guarded by Cluster.trapMu
}

const password = "kata sandi untuk uji"

// people are the accounts of each balai under test, by short role.
var people = map[string]struct {
	roles  []casework.Role
	scopes []string
}{
	"worker": {[]casework.Role{casework.Worker}, []string{"read", "write", "handoff"}},
	"head":   {[]casework.Role{casework.Head}, []string{"read", "write", "handoff", "stepup"}},
	"desk":   {[]casework.Role{casework.FrontDesk}, []string{"read", "write"}},
	"dpo":    {[]casework.Role{casework.DPO}, []string{"read"}},

	"supervisor": {[]casework.Role{casework.Supervisor}, []string{"read", "write", "handoff"}},
}

// makePeople claims the first account and makes one for each role.
func (b *Balai) makePeople() {
	b.c.T.Helper()
	b.Must("", http.MethodPost, "/first-admin", map[string]any{"code": b.first, "login": "admin", "password": password}, nil)
	b.tokens["admin"] = b.token("admin", []string{"read", "node"})
	for login, p := range people {
		b.Must("admin", http.MethodPost, "/users", map[string]any{
			"login": login, "name": "Uji " + login, "roles": p.roles, "password": password, "unit": "satu",
		}, nil)
		b.tokens[login] = b.token(login, p.scopes)
	}
}

func (b *Balai) token(login string, scopes []string) string {
	b.c.T.Helper()
	var out struct{ Token string }
	b.Must("", http.MethodPost, "/tokens", map[string]any{
		"login": login, "password": password, "label": "uji", "scopes": scopes,
	}, &out)
	return out.Token
}

// A Problem is what the REST door answers when it does not do what was asked.
type Problem struct {
	Status int
	Type   string
	Detail string
	Errors []struct{ Location, Message string }
	Body   []byte
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%d %s: %s %v", p.Status, p.Type, p.Detail, p.Errors)
}

// Do asks the REST door of the balai as one of its people ("" for nobody), and
// decodes the answer into out. The error is a *Problem if the door said no.
func (b *Balai) Do(role, method, path string, in, out any) error {
	var body io.Reader
	media := ""
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body, media = bytes.NewReader(text), "application/json"
	}
	match := ""
	if e, ok := in.(interface{ etag() string }); ok {
		match = e.etag()
	}
	answer, err := b.send(role, method, path, body, media, match)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(answer, out)
}

// send is Do with any body, and the whole answer.
func (b *Balai) send(role, method, path string, body io.Reader, media, match string) ([]byte, error) {
	l := b.life.Load()
	if l == nil {
		return nil, errors.New("the node never ran")
	}
	ctx, cancel := context.WithTimeout(l.ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+b.config.People+"/api/v1"+path, body)
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{"Content-Type": media, "If-Match": match} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if role != "" {
		req.Header.Set("Authorization", "Bearer "+b.tokens[role])
	}
	resp, err := b.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, ctx.Err()); err != nil { // a dead node gives no answers, even if one is on its way
		return nil, err
	}
	if resp.StatusCode >= 300 {
		p := &Problem{Status: resp.StatusCode, Body: answer}
		_ = json.Unmarshal(answer, p)
		p.Status = resp.StatusCode
		return nil, p
	}
	return answer, nil
}

// Must is Do for what has to work.
func (b *Balai) Must(role, method, path string, in, out any) {
	b.c.T.Helper()
	if err := b.Do(role, method, path, in, out); err != nil {
		b.c.T.Fatalf("%s: %s %s: %v", b.Code, method, path, err)
	}
}

// Status is the node's own view of itself.
func (b *Balai) Status() (s api.Status, err error) {
	err = b.Do("admin", http.MethodGet, "/node/status", nil, &s)
	if err != nil && b.tokens["admin"] == "" { // before there are accounts
		return b.node.Status(context.Background())
	}
	return s, err
}

// Checkup is how the node finds itself, without asking its REST door.
func (b *Balai) Checkup() casework.Checkup { return b.node.Checkup(context.Background()) }

// Adjust changes the settings of a balai that has stopped.
func (b *Balai) Adjust(f func(*node.Config)) { f(&b.config) }

func (b *Balai) members() (all []api.Member) {
	var out struct{ Items []api.Member }
	if b.Do("admin", http.MethodGet, "/members", nil, &out) == nil {
		return out.Items
	}
	list, err := b.node.Members(context.Background())
	if err != nil {
		return nil
	}
	return list
}

func (b *Balai) activeMembers() (n int) {
	for _, m := range b.members() {
		if m.Standing == "active" {
			n++
		}
	}
	return n
}

func (b *Balai) voters() (n int) {
	for _, m := range b.members() {
		if m.Voter {
			n++
		}
	}
	return n
}

// Open opens a case and returns it.
func (b *Balai) Open(name string, more map[string]any) casework.Case {
	b.c.T.Helper()
	in := map[string]any{
		"urgency": "normal", "basis": "vital interest",
		"claims": []map[string]string{{"kind": "name", "value": name, "standing": "stated"}},
	}
	for k, v := range more {
		in[k] = v
	}
	var out struct{ Case casework.Case }
	b.Must("worker", http.MethodPost, "/cases", in, &out)
	b.c.keep(paper{of: out.Case.Handle, at: b.Code, opened: out.Case.ID})
	return out.Case
}

// Case reads a case as its social worker, else as the head.
func (b *Balai) Case(id casework.CaseID) (casework.Overview, error) {
	var out casework.Overview
	err := b.Do("head", http.MethodGet, "/cases/"+string(id), nil, &out)
	return out, err
}

// Offer offers a case to another balai.
func (b *Balai) Offer(id casework.CaseID, to string, more map[string]any) casework.Handoff {
	b.c.T.Helper()
	h, err := b.TryOffer(id, to, more)
	if err != nil {
		b.c.T.Fatalf("%s offers to %s: %v", b.Code, to, err)
	}
	return h
}

// TryOffer is Offer that may fail.
func (b *Balai) TryOffer(id casework.CaseID, to string, more map[string]any) (h casework.Handoff, err error) {
	if err = b.Do("head", http.MethodPost, "/cases/"+string(id)+"/transfers", letter(to, more), &h); err == nil {
		b.c.keep(paper{at: b.Code, offer: h.ID})
	}
	return h, err
}

// OfferGroup offers several cases under one letter; the handoffs come back in
// the order of the cases.
func (b *Balai) OfferGroup(ids []casework.CaseID, to string, more map[string]any) []casework.Handoff {
	b.c.T.Helper()
	in := letter(to, more)
	in["kind"], in["cases"] = casework.Transfer, ids
	var out struct{ Handoffs []casework.Handoff }
	b.Must("head", http.MethodPost, "/groups", in, &out)
	for _, h := range out.Handoffs {
		b.c.keep(paper{at: b.Code, offer: h.ID})
	}
	return out.Handoffs
}

// letter is an offer that says enough, and more.
func letter(to string, more map[string]any) map[string]any {
	in := map[string]any{"to": to, "reason": "uji", "wanted": "fisioterapi", "basis": "vital interest", "basisWhy": "darurat"}
	for k, v := range more {
		in[k] = v
	}
	return in
}

// Act takes a step of a handoff as the head.
func (b *Balai) Act(id casework.HandoffID, act string, in map[string]any) {
	b.c.T.Helper()
	if err := b.TryAct(id, act, in); err != nil {
		b.c.T.Fatalf("%s: %s: %v", b.Code, act, err)
	}
}

// TryAct is Act that may fail.
func (b *Balai) TryAct(id casework.HandoffID, act string, in map[string]any) error {
	if in == nil {
		in = map[string]any{}
	}
	return b.Do("head", http.MethodPost, "/handoffs/"+string(id)+"/"+act, in, nil)
}

// Handoff reads a handoff as the head; a zero one if it is not known here.
func (b *Balai) Handoff(id casework.HandoffID) (h casework.Handoff) {
	_ = b.Do("head", http.MethodGet, "/handoffs/"+string(id), nil, &h)
	return h
}

// WaitStage waits until a handoff stands at a stage here.
func (b *Balai) WaitStage(id casework.HandoffID, stage string) {
	b.c.T.Helper()
	b.c.WaitFor(fmt.Sprintf("%s to see the handoff %s", b.Code, stage), func() bool { return b.Handoff(id).Stage == stage })
}

// SetClock moves the node's wall clock.
func (b *Balai) SetClock(by time.Duration) {
	if err := os.WriteFile(b.config.Clock, []byte(by.String()), 0o600); err != nil {
		b.c.T.Fatal(err)
	}
}
