package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"serasi/federation/federationpb"
	"serasi/federation/link"
	"serasi/federation/rpc"

	"net"
)

func TestProposalReachesTheLeader(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	nodes[0].back.propose = func(_ context.Context, caller string, entry []byte) ([]byte, error) {
		return append([]byte(caller+" said "), entry...), nil
	}
	got, err := nodes[1].client.Propose(within(t), "SOE", []byte("offer"))
	if err != nil || string(got) != "ANT said offer" {
		t.Errorf("Propose: %q, %v", got, err)
	}
}

// What a handler says is what the caller hears: kinds and the leader's name
// cross the wire, private words do not.
func TestErrorsCrossTheWire(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	tests := map[string]struct {
		say   error
		want  error
		words string
	}{
		"invalid":          {rpc.Invalid.Because("malformed"), rpc.Invalid, "malformed"},
		"forbidden":        {fmt.Errorf("deep: %w", rpc.Forbidden.Because("not yours")), rpc.Forbidden, "not yours"},
		"not found":        {rpc.NotFound.Because("no such"), rpc.NotFound, "no such"},
		"too many":         {rpc.TooMany.Because("slower"), rpc.TooMany, "slower"},
		"unavailable":      {rpc.Unavailable.Because("disk"), rpc.Unavailable, "disk"},
		"too slow":         {fmt.Errorf("x: %w", context.DeadlineExceeded), context.DeadlineExceeded, ""},
		"a fault of ours":  {errors.New("secret detail"), nil, "internal"},
		"not the leader":   {fmt.Errorf("x: %w", &rpc.NotLeader{Leader: "GAU"}), nil, "GAU"},
		"no leader at all": {&rpc.NotLeader{}, nil, "no leader"},
	}
	kinds := []error{rpc.Invalid, rpc.Forbidden, rpc.NotFound, rpc.TooMany, rpc.Unavailable, context.DeadlineExceeded}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			nodes[0].back.propose = func(context.Context, string, []byte) ([]byte, error) { return nil, tt.say }
			_, err := nodes[1].client.Propose(within(t), "SOE", []byte("x"))
			if err == nil || !strings.Contains(err.Error(), tt.words) || strings.Contains(err.Error(), "secret") {
				t.Fatalf("heard %v, want words with %q", err, tt.words)
			}
			for _, k := range kinds {
				if errors.Is(err, k) != errors.Is(k, tt.want) {
					t.Errorf("errors.Is(%v, %v) is %v", err, k, !errors.Is(k, tt.want))
				}
			}
			var said, heard *rpc.NotLeader
			if errors.As(tt.say, &said) != errors.As(err, &heard) || said != nil && *said != *heard {
				t.Errorf("said %v, heard %v", said, heard)
			}
		})
	}
}

func TestEntryIsBounded(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	nodes[0].back.propose = func(_ context.Context, _ string, e []byte) ([]byte, error) { return e[:1], nil }
	tests := map[string]struct {
		size int
		ok   bool
	}{
		"empty":         {0, false},
		"as big as may": {rpc.MaxEntry, true},
		"one more":      {rpc.MaxEntry + 1, false},
		"far too big":   {3 * rpc.MaxMessage, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := nodes[1].client.Propose(within(t), "SOE", make([]byte, tt.size))
			if (err == nil) != tt.ok {
				t.Errorf("Propose of %d bytes: %v", tt.size, err)
			}
		})
	}
}

func TestReadIndexAndPing(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	want := rpc.ReadIndex{Term: 3, Index: 99, Event: 42}
	nodes[0].back.readIndex = func(context.Context, string) (rpc.ReadIndex, error) { return want, nil }
	if got, err := nodes[1].client.ReadIndex(within(t), "SOE"); err != nil || got != want {
		t.Errorf("ReadIndex: %+v, %v", got, err)
	}
	p, err := nodes[1].client.Ping(within(t), "SOE")
	if err != nil || p.Event != 7 || string(p.Hash) != "hash" || p.Wall.UnixMilli() != 1234567 {
		t.Errorf("Ping: %+v, %v", p, err)
	}
}

// Events that do not fit in one message come in several, without a gap.
func TestEventsComeInPieces(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	for i := range 3000 {
		nodes[0].back.events = append(nodes[0].back.events, bytes.Repeat([]byte{byte(i)}, 1+i))
	}
	var got [][]byte
	calls := 0
	for len(got) < 3000 {
		more, err := nodes[1].client.FetchEvents(within(t), "SOE", uint64(len(got))+1, 0)
		if err != nil || len(more) == 0 {
			t.Fatalf("after %d events: %d more, %v", len(got), len(more), err)
		}
		got = append(got, more...)
		calls++
	}
	if !slices.EqualFunc(got, nodes[0].back.events, bytes.Equal) {
		t.Error("the events are not the ones sent")
	}
	if calls < 5 {
		t.Errorf("4.5 MB came in %d messages", calls)
	}
	if few, err := nodes[1].client.FetchEvents(within(t), "SOE", 10, 2); err != nil || len(few) != 2 || len(few[0]) != 10 {
		t.Errorf("two from 10: %d events, %v", len(few), err)
	}
	if _, err := nodes[1].client.FetchEvents(within(t), "SOE", 9999, 0); !errors.Is(err, rpc.NotFound) {
		t.Errorf("events beyond the end: %v", err)
	}
}

// A member is cut off in the middle of a call, and of none of the others.
func TestRevokedMemberIsCutOffInMidCall(t *testing.T) {
	nodes := start(t, "SOE", "ANT", "GAU")
	began := make(chan string, 2)
	free := make(chan struct{})
	nodes[0].back.propose = func(ctx context.Context, caller string, _ []byte) ([]byte, error) {
		began <- caller
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-free:
			return []byte("done"), nil
		}
	}
	results := make(map[string]chan error)
	for _, n := range nodes[1:] {
		result := make(chan error, 1)
		results[n.id] = result
		ctx := within(t)
		go func() {
			_, err := n.client.Propose(ctx, "SOE", []byte("x"))
			result <- err
		}()
		<-began
	}
	set(t, nodes[0], []*node{nodes[0], nodes[2]})
	if err := <-results["ANT"]; err == nil {
		t.Error("a revoked node's call was answered")
	}
	if _, err := nodes[1].client.Ping(within(t), "SOE"); err == nil {
		t.Error("a revoked node was served")
	}
	close(free)
	if err := <-results["GAU"]; err != nil {
		t.Errorf("another node's call: %v", err)
	}
}

// The client keeps one connection a peer, and finds a peer again that was away.
func TestClientKeepsItsConnections(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	open := func() int { return nodes[1].port.Stats().Open[link.GRPC] }
	for range 5 {
		if _, err := nodes[1].client.Ping(within(t), "SOE"); err != nil {
			t.Fatal(err)
		}
	}
	if n := open(); n != 1 {
		t.Errorf("%d connections to one peer", n)
	}
	set(t, nodes[1], nodes[1:])
	waitFor(t, "the connection to be closed", func() bool { return open() == 0 })
	if _, err := nodes[1].client.Ping(within(t), "SOE"); !errors.Is(err, link.ErrStranger) {
		t.Errorf("called somebody who is no member: %v", err)
	}
	set(t, nodes[1], nodes)
	waitFor(t, "the peer to answer again", func() bool {
		_, err := nodes[1].client.Ping(within(t), "SOE")
		return err == nil
	})
}

// The caller is the key of the connection, so whatever path a call has, a
// connection that did not come through the port has no caller.
func TestOddPathsAreNoWayIn(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	called := false
	nodes[0].back.propose = func(context.Context, string, []byte) ([]byte, error) { called = true; return nil, nil }
	cc, err := grpc.NewClient("passthrough:///x", grpc.WithTransportCredentials(throughPort{}), grpc.WithNoProxy(),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return nodes[1].port.Dial(ctx, "SOE", link.GRPC)
		}))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cc.Close() }()
	const real = "/serasi.federation.v1.Ledger/Propose"
	tests := map[string]struct {
		path string
		want codes.Code
	}{
		"no leading slash":   {"serasi.federation.v1.Ledger/Propose", codes.Unimplemented},
		"two slashes":        {"/" + real, codes.Unimplemented},
		"unknown method":     {"/serasi.federation.v1.Ledger/Rewrite", codes.Unimplemented},
		"reflection":         {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", codes.Unimplemented},
		"real one (control)": {real, codes.OK},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			called = false
			err := cc.Invoke(within(t), tt.path, &federationpb.ProposeRequest{Entry: []byte("x")}, &federationpb.ProposeResponse{})
			if status.Code(err) != tt.want || called != (tt.want == codes.OK) {
				t.Errorf("%s: %v, handler called: %v", tt.path, err, called)
			}
		})
	}
}

// throughPort is what a program of somebody else's would use.
type throughPort struct {
	credentials.TransportCredentials
}

func (throughPort) ClientHandshake(_ context.Context, _ string, c net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return c, credentials.TLSInfo{CommonAuthInfo: credentials.CommonAuthInfo{SecurityLevel: credentials.PrivacyAndIntegrity}}, nil
}
func (throughPort) Info() credentials.ProtocolInfo            { return credentials.ProtocolInfo{} }
func (t throughPort) Clone() credentials.TransportCredentials { return t }
func (throughPort) OverrideServerName(string) error           { return nil }

func TestServerConfigTellsAllFaults(t *testing.T) {
	_, err := rpc.Serve(rpc.ServerConfig{})
	for _, what := range []string{"port", "ledger", "packets", "status"} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("Serve without %s: %v", what, err)
		}
	}
}
