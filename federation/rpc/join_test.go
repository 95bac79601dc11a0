package rpc_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"serasi/federation/link"
	"serasi/federation/rpc"
)

// gate plays the officers: it knows one invitation and files one request.
type gate struct {
	invited rpc.Invitation
	members []link.Peer

	mu       sync.Mutex // guards all below
	used     bool
	filed    rpc.JoinRequest
	approved int
	broken   bool
}

func (g *gate) Join(_ context.Context, r rpc.JoinRequest) (rpc.JoinReply, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.broken:
		return rpc.JoinReply{}, errors.New("secret: the ledger's disk is full")
	case r.Federation != g.invited.Federation || r.Invitation != g.invited.Key():
		return rpc.JoinReply{}, rpc.NotFound.Because("unknown invitation")
	case r.Code != g.invited.Code:
		return rpc.JoinReply{}, rpc.Forbidden.Because("for another balai")
	case time.Now().After(g.invited.Expires):
		return rpc.JoinReply{}, rpc.Invalid.Because("expired")
	case g.used:
		return rpc.JoinReply{}, rpc.Forbidden.Because("used")
	}
	g.filed = r
	return g.reply(), nil
}

func (g *gate) Progress(_ context.Context, r rpc.JoinRequest) (rpc.JoinReply, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.Invitation != g.filed.Invitation || len(r.Entry) != 0 {
		return rpc.JoinReply{}, rpc.NotFound.Because("nothing was filed")
	}
	return g.reply(), nil
}

func (g *gate) reply() rpc.JoinReply {
	r := rpc.JoinReply{State: rpc.JoinWaiting, Genesis: g.invited.Federation, Approved: g.approved, Needed: 3}
	if g.approved >= 3 {
		r.State, r.Peers = rpc.JoinAdmitted, g.members
	}
	return r
}

// inviter is a member that takes requests, and an invitation for BUD.
func inviter(t *testing.T, tries int) (*gate, rpc.Invitation) {
	t.Helper()
	nodes := start(t, "SOE", "ANT")
	inv := rpc.Invitation{
		Federation: [32]byte{1, 2, 3}, Inviter: "SOE", Endpoints: []string{nodes[0].port.Advertised()},
		Pin: nodes[0].self.Key(), Seed: rpc.NewSeed(), Code: "BUD", Expires: time.Now().Add(24 * time.Hour).Truncate(time.Minute),
	}
	g := &gate{invited: inv, members: nodes[0].reg.Peers()}
	s, err := rpc.ServeJoin(rpc.JoinConfig{Port: nodes[0].port, Gate: g, Tries: tries})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return g, inv
}

func newcomer(t *testing.T, id string) link.Identity {
	t.Helper()
	i, err := link.NewIdentity(id, nil)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestNewcomerIsAdmitted(t *testing.T) {
	g, inv := inviter(t, 0)
	self := newcomer(t, "BUD")
	text, err := inv.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if inv, err = rpc.ParseInvitation(text); err != nil {
		t.Fatal(err)
	}
	got, err := rpc.AskToJoin(within(t), self, inv, []byte("entry of BUD"))
	if err != nil || got.State != rpc.JoinWaiting || got.Needed != 3 {
		t.Fatalf("asked: %+v, %v", got, err)
	}
	if string(g.filed.Entry) != "entry of BUD" || string(g.filed.Certificate) != string(self.Certificate()) {
		t.Errorf("filed: %+v", g.filed)
	}
	for approved := 1; approved <= 3; approved++ {
		g.mu.Lock()
		g.approved = approved
		g.mu.Unlock()
		if got, err = rpc.JoinProgress(within(t), self, inv); err != nil || got.Approved != approved {
			t.Fatalf("after %d approvals: %+v, %v", approved, got, err)
		}
	}
	if got.State != rpc.JoinAdmitted || len(got.Peers) != 2 {
		t.Fatalf("admitted: %+v", got)
	}
	reg := link.NewRegistry()
	if err := reg.Set(got.Peers); err != nil {
		t.Errorf("the list of members is of no use: %v", err)
	}
	if p, ok := reg.Find("SOE"); !ok || p.Addr != inv.Endpoints[0] {
		t.Errorf("the inviter in the list: %+v", p)
	}
}

// Whatever is wrong with an invitation, the answer is the same.
func TestEveryRefusalIsAlike(t *testing.T) {
	said := map[string]string{}
	tests := map[string]func(g *gate, inv *rpc.Invitation){
		"unknown":            func(_ *gate, inv *rpc.Invitation) { inv.Seed = rpc.NewSeed() },
		"expired":            func(g *gate, _ *rpc.Invitation) { g.invited.Expires = time.Now().Add(-time.Hour) },
		"used":               func(g *gate, _ *rpc.Invitation) { g.used = true },
		"for another balai":  func(_ *gate, inv *rpc.Invitation) { inv.Code = "GAU" },
		"another federation": func(_ *gate, inv *rpc.Invitation) { inv.Federation[0] ^= 1 },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			g, inv := inviter(t, 0)
			spoil(g, &inv)
			_, err := rpc.AskToJoin(within(t), newcomer(t, inv.Code), inv, []byte("entry"))
			if !errors.Is(err, rpc.Forbidden) {
				t.Fatalf("%v, want Forbidden", err)
			}
			said[err.Error()] = name
		})
	}
	if len(said) != 1 {
		t.Errorf("refusals differ: %v", said)
	}
}

func TestInviterIsPinned(t *testing.T) {
	_, inv := inviter(t, 0)
	inv.Pin[0] ^= 1
	if _, err := rpc.AskToJoin(within(t), newcomer(t, "BUD"), inv, []byte("entry")); !errors.Is(err, rpc.Unavailable) {
		t.Errorf("asked somebody who is not the inviter: %v", err)
	}
}

// A newcomer tries the endpoints in turn.
func TestDeadEndpointIsPassedOver(t *testing.T) {
	_, inv := inviter(t, 0)
	inv.Endpoints = append([]string{"127.0.0.1:1"}, inv.Endpoints...)
	if _, err := rpc.AskToJoin(within(t), newcomer(t, "BUD"), inv, []byte("entry")); err != nil {
		t.Error(err)
	}
}

// The signature counts on one connection only, so a man in the middle cannot
// carry a request over to his own.
func TestRequestIsBoundToItsConnection(t *testing.T) {
	g, inv := inviter(t, 100)
	self := newcomer(t, "BUD")
	for name, honest := range map[string]bool{"carried over": false, "the control": true} {
		t.Run(name, func(t *testing.T) {
			c, err := link.DialJoin(within(t), self, inv.Inviter, inv.Endpoints[0], inv.Pin)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			exporter, err := c.Exporter("EXPORTER-SERASI-join-v1")
			if err != nil {
				t.Fatal(err)
			}
			if !honest {
				exporter[0] ^= 1 // as it would be on the other connection
			}
			reply := exchange(t, c, request(inv, exporter, "BUD", []byte("entry")))
			if refused := strings.Contains(reply, "the invitation is not valid"); refused == honest {
				t.Errorf("refused: %v", refused)
			}
			g.mu.Lock()
			defer g.mu.Unlock()
			if filed := g.filed.Entry != nil; filed != honest {
				t.Errorf("filed: %v", filed)
			}
			g.filed = rpc.JoinRequest{}
		})
	}
}

// request writes a request to join by hand, as another program would.
func request(inv rpc.Invitation, exporter []byte, code string, entry []byte) []byte {
	key := inv.Key()
	body := append([]byte{1, 1}, inv.Federation[:]...)
	body = append(append(body, key[:]...), byte(len(code)))
	body = append(append(body, code...), 0, 0, 0, byte(len(entry)))
	body = append(body, entry...)
	signed := append(append([]byte("SERASI join v1\x00"), exporter...), body...)
	body = append(body, ed25519.Sign(rpc.OneTimeKey(inv), signed)...)
	return append([]byte{0, 0, byte(len(body) >> 8), byte(len(body))}, body...)
}

func exchange(t *testing.T, c net.Conn, message []byte) string {
	t.Helper()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := c.Write(message); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4096)
	n, _ := c.Read(b)
	return string(b[:n])
}

func TestTriesAreCounted(t *testing.T) {
	g, inv := inviter(t, 0)
	self := newcomer(t, "BUD")
	wrong := inv
	wrong.Seed = rpc.NewSeed()
	for i := range 5 {
		// Good ones in between cost nothing: more balai may come from this address.
		for range 2 {
			if _, err := rpc.AskToJoin(within(t), self, inv, []byte("entry")); err != nil {
				t.Fatalf("a good try after %d bad ones: %v", i, err)
			}
		}
		if _, err := rpc.AskToJoin(within(t), self, wrong, []byte("entry")); !errors.Is(err, rpc.Forbidden) {
			t.Fatalf("bad try %d: %v", i+1, err)
		}
	}
	if _, err := rpc.AskToJoin(within(t), self, inv, []byte("entry")); !errors.Is(err, rpc.TooMany) {
		t.Errorf("after five bad ones: %v, want TooMany", err)
	}
	if g.filed.Entry == nil {
		t.Error("the good one was not filed")
	}
}

// Asking for progress costs no try, or nobody could wait for officers.
func TestProgressIsFree(t *testing.T) {
	_, inv := inviter(t, 1)
	self := newcomer(t, "BUD")
	if _, err := rpc.AskToJoin(within(t), self, inv, []byte("entry")); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if _, err := rpc.JoinProgress(within(t), self, inv); err != nil {
			t.Fatalf("question %d: %v", i+1, err)
		}
	}
	// But a guess does.
	wrong := inv
	wrong.Seed = rpc.NewSeed()
	_, first := rpc.JoinProgress(within(t), self, wrong)
	_, second := rpc.JoinProgress(within(t), self, wrong)
	if !errors.Is(first, rpc.Forbidden) || !errors.Is(second, rpc.TooMany) {
		t.Errorf("guesses: %v, then %v", first, second)
	}
}

func TestFaultOfOursIsNoRefusal(t *testing.T) {
	g, inv := inviter(t, 0)
	g.broken = true
	_, err := rpc.AskToJoin(within(t), newcomer(t, "BUD"), inv, []byte("entry"))
	if !errors.Is(err, rpc.Unavailable) || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v, want Unavailable and no details", err)
	}
}

func TestWrongNewcomerDoesNotAsk(t *testing.T) {
	_, inv := inviter(t, 0)
	if _, err := rpc.AskToJoin(within(t), newcomer(t, "GAU"), inv, []byte("entry")); !errors.Is(err, rpc.Invalid) {
		t.Errorf("asked with the invitation of another: %v", err)
	}
	if _, err := rpc.AskToJoin(within(t), newcomer(t, "BUD"), inv, nil); !errors.Is(err, rpc.Invalid) {
		t.Errorf("asked without an entry: %v", err)
	}
}

func TestInvitationText(t *testing.T) {
	inv := rpc.Invitation{
		Federation: [32]byte{9}, Inviter: "SOE", Endpoints: []string{"soe.example:7443", "[2001:db8::1]:7443"},
		Pin: link.Key{8}, Seed: [16]byte{7}, Code: "BUD", Expires: time.Unix(1_800_000_000, 0).UTC(),
	}
	text, err := inv.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := rpc.ParseInvitation("  " + text + "\n")
	if err != nil || fmt.Sprintf("%#v", plain(got)) != fmt.Sprintf("%#v", plain(inv)) {
		t.Fatalf("read %v, %v", plain(got), err)
	}
	if got.Key() != inv.Key() {
		t.Error("the one-time key changed on the way")
	}
	for name, bad := range map[string]string{
		"empty":      "",
		"no prefix":  strings.TrimPrefix(text, "serasi-inv-"),
		"cut":        text[:len(text)-3],
		"one letter": swap(text, 40),
		"last one":   swap(text, len(text)-1),
		"longer":     text + "A",
		"padding":    text + "=",
	} {
		if _, err := rpc.ParseInvitation(bad); !errors.Is(err, rpc.Invalid) {
			t.Errorf("%s: %v, want Invalid", name, err)
		}
	}
	if strings.Contains(fmt.Sprintf("%v %+v %#v", inv, inv, inv), "7") {
		t.Error("an invitation prints its secret")
	}
}

// plain is an invitation that prints.
func plain(i rpc.Invitation) any {
	type all rpc.Invitation
	return all(i)
}

func swap(s string, at int) string {
	b := []byte(s)
	if b[at] == 'A' {
		b[at] = 'B'
	} else {
		b[at] = 'A'
	}
	return string(b)
}

func TestInvitationIsChecked(t *testing.T) {
	good := rpc.Invitation{Inviter: "SOE", Endpoints: []string{"a:1"}, Code: "BUD", Expires: time.Unix(6000, 0)}
	if err := good.Check(); err != nil {
		t.Fatalf("the control: %v", err)
	}
	tests := map[string]func(*rpc.Invitation){
		"no inviter":     func(i *rpc.Invitation) { i.Inviter = "" },
		"no code":        func(i *rpc.Invitation) { i.Code = "a b" },
		"no endpoint":    func(i *rpc.Invitation) { i.Endpoints = nil },
		"nine endpoints": func(i *rpc.Invitation) { i.Endpoints = strings.Split("a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1", ",") },
		"no port":        func(i *rpc.Invitation) { i.Endpoints = []string{"a"} },
		"no expiry":      func(i *rpc.Invitation) { i.Expires = time.Time{} },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			bad := good
			spoil(&bad)
			if _, err := bad.Encode(); err == nil {
				t.Error("written all the same")
			}
		})
	}
}
