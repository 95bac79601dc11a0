package rpc_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"serasi/federation/link"
	"serasi/federation/rpc"
)

func TestTriesComeBackAfterAnHour(t *testing.T) {
	now := time.Unix(0, 0)
	tries := rpc.NewTries(2, func() time.Time { return now })
	for i, want := range []bool{true, true, false, false} {
		if got := tries.Try("a"); got != want {
			t.Errorf("try %d: %v", i+1, got)
		}
		now = now.Add(time.Minute)
	}
	if !tries.Try("b") {
		t.Error("another source pays for it")
	}
	now = time.Unix(0, 0).Add(time.Hour)
	if !tries.Try("a") {
		t.Error("the first try still counts after an hour")
	}
	if tries.Try("a") {
		t.Error("the second try counts no more before its hour is over")
	}
}

func TestTriesAreBoundedInMemory(t *testing.T) {
	now := time.Unix(0, 0)
	tries := rpc.NewTries(1, func() time.Time { return now })
	for i := range 4500 {
		now = now.Add(time.Millisecond)
		tries.Try(fmt.Sprint(i))
	}
	if n := tries.Sources(); n > 4096 {
		t.Errorf("%d sources are remembered", n)
	}
	if tries.Try("4499") {
		t.Error("the newest source was forgotten")
	}
}

// What decodes must encode to the same bytes: there is one form of each message.
func FuzzJoinRequest(f *testing.F) {
	f.Add(request(rpc.Invitation{Code: "BUD"}, make([]byte, 32), "BUD", []byte("entry"))[4:])
	f.Add([]byte{1, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		if again, err := rpc.RecodeJoin(b); err == nil && !bytes.Equal(again, b) {
			t.Errorf("%x became %x", b, again)
		}
	})
}

func FuzzJoinReply(f *testing.F) {
	f.Add(rpc.EncodeReply(rpc.JoinReply{State: rpc.JoinWaiting, Approved: 1, Needed: 3}))
	f.Add(rpc.EncodeReply(rpc.JoinReply{State: rpc.JoinAdmitted, Peers: []link.Peer{
		{ID: "SOE", Addr: "a:1", RaftID: "r", Voter: true, Certs: [][]byte{{1}, {2}}}, {ID: "ANT"},
	}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if again, err := rpc.RecodeReply(b); err == nil && !bytes.Equal(again, b) {
			t.Errorf("%x became %x", b, again)
		}
	})
}

func FuzzParseInvitation(f *testing.F) {
	text, err := rpc.Invitation{Inviter: "SOE", Endpoints: []string{"a:1"}, Code: "BUD", Expires: time.Unix(6000, 0)}.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add("serasi-inv-")
	f.Fuzz(func(t *testing.T, text string) {
		i, err := rpc.ParseInvitation(text)
		if err != nil {
			return
		}
		again, err := i.Encode()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if j, err := rpc.ParseInvitation(again); err != nil || j.Key() != i.Key() {
			t.Errorf("%q became %q, %v", text, again, err)
		}
	})
}
