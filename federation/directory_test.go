package federation_test

import (
	"bytes"
	"testing"
	"time"

	"serasi/federation"
)

// entry is what n has from owner, or nil.
func (n *node) entry(owner string) []byte {
	for _, e := range n.gossip.Directory() {
		if e.Owner == owner {
			return e.Body
		}
	}
	return nil
}

func TestDirectoryReachesEverybody(t *testing.T) {
	all := start(t, "SOE", "ANT", "GAU")
	big := bytes.Repeat([]byte("x"), federation.MaxEntry)
	for _, body := range [][]byte{[]byte("40 beds"), []byte("39 beds"), big} {
		if err := all[0].gossip.Publish(body); err != nil {
			t.Fatal(err)
		}
		for _, n := range all {
			waitFor(t, n.id+" to read it", func() bool { return bytes.Equal(n.entry("SOE"), body) })
		}
	}
	if err := all[0].gossip.Publish(append(big, 'x')); err == nil {
		t.Error("published more than fits")
	}
	rest := all[1:]
	rest.know(t)
	for _, n := range rest {
		if n.entry("SOE") != nil {
			t.Errorf("%s lists the entry of a revoked member", n.id)
		}
	}
}

// The newest version wins, whatever the order; a bad entry does not take the
// others with it.
func TestDirectoryMerge(t *testing.T) {
	all := ports(t, "SOE", "ANT", "GAU")
	all[0].open(t, all[0].config())
	signed := func(owner string, version uint64, body, key string) []byte {
		e := federation.Entry{Owner: owner, Version: version, Body: []byte(body)}
		return federation.EncodeEntry(federation.SignEntry(e, (&node{key: keyOf(key)}).sign))
	}
	all[0].gossip.Merge("ANT", [][]byte{
		[]byte("garbage"),
		signed("ANT", 5, "five", "ANT"),
		signed("ANT", 4, "four", "ANT"),
		signed("BUD", 1, "no member", "BUD"),
		signed("GAU", 9, "forged", "ANT"),
		signed("GAU", 2, "two", "GAU"),
	})
	if got := string(all[0].entry("ANT")) + string(all[0].entry("GAU")); got != "fivetwo" || len(all[0].gossip.Directory()) != 2 {
		t.Errorf("the directory is %q of %d", got, len(all[0].gossip.Directory()))
	}
}

// A node that lost its disk takes back its entry from the others, and one that
// published anew stands above what it said before.
func TestDirectoryAfterALoss(t *testing.T) {
	tests := map[string]struct{ publish, want string }{
		"nothing new":    {"", "before"},
		"published anew": {"after", "after"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			all := ports(t, "SOE", "ANT")
			e := federation.Entry{Owner: "SOE", Version: 1 << 60, Body: []byte("before")} // by a clock far ahead
			c := all[1].config()
			c.Known = []federation.Entry{federation.SignEntry(e, all[0].sign), {Owner: "GAU", Body: []byte("no member")}}
			all[1].open(t, c)
			if n := len(all[1].gossip.Directory()); n != 1 {
				t.Fatalf("%d stored entries were taken, want 1", n)
			}
			all[0].open(t, all[0].config())
			if tt.publish != "" {
				if err := all[0].gossip.Publish([]byte(tt.publish)); err != nil {
					t.Fatal(err)
				}
			}
			for _, n := range all {
				waitFor(t, n.id+" to read "+tt.want, func() bool { return string(n.entry("SOE")) == tt.want })
			}
		})
	}
}

func FuzzMeta(f *testing.F) {
	b, err := federation.SignedMeta("SOE", 1, "soe.example:7443", federation.Position{Event: 1}, time.Unix(1_800_000_000, 0), (&node{key: keyOf("SOE")}).sign)
	if err != nil {
		f.Fatal(err)
	}
	if len(b) >= 200 {
		f.Errorf("meta has %d bytes", len(b))
	}
	f.Add(b)
	f.Add(b[:70])
	f.Fuzz(func(t *testing.T, b []byte) {
		if again, err := federation.RecodeMeta(b); err == nil && !bytes.Equal(again, b) {
			t.Errorf("%x became %x", b, again)
		}
	})
}

func FuzzEntry(f *testing.F) {
	e := federation.Entry{Owner: "SOE", Version: 1, Body: []byte("40 beds")}
	f.Add(federation.EncodeEntry(federation.SignEntry(e, (&node{key: keyOf("SOE")}).sign)))
	f.Add([]byte{1, 200})
	f.Fuzz(func(t *testing.T, b []byte) {
		if again, err := federation.RecodeEntry(b); err == nil && !bytes.Equal(again, b) {
			t.Errorf("%x became %x", b, again)
		}
	})
}

func FuzzDigest(f *testing.F) {
	f.Add(federation.EncodeDigest("SOE", map[string]uint64{"SOE": 1, "ANT": 2}))
	f.Add([]byte{1, 3, 'S', 'O', 'E', 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		if again, err := federation.RecodeDigest(b); err == nil && !bytes.Equal(again, b) {
			t.Errorf("%x became %x", b, again)
		}
	})
}

// The longest names and addresses still fit where memberlist has room.
func TestMetaFits(t *testing.T) {
	id := "a1234567890123456789012345678901"
	addr := "a12345678901234567890123456789012345678901234567890123.id:65535"
	b, err := federation.SignedMeta(id, 1<<32-1, addr, federation.Position{Event: 1 << 63, Applied: 1 << 63}, time.Now(), (&node{key: keyOf(id)}).sign)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := federation.RecodeMeta(b); err != nil || len(b) >= 200 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}
