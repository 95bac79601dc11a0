package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"reflect"
	"testing"
	"time"

	"serasi/replication/ledger"
)

func TestNobodyActsForAnother(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	offer, p := w.offer(1, "MGL", "SRK", 7)
	w.must(offer, p)
	command := func(change func(*ledger.Command)) ledger.Command {
		c := w.command("SRK", ledger.Command{Act: ledger.Accept, Subject: ledger.HandoffOf(ledger.ID{1}), Body: &ledger.StepBody{}})
		if change != nil {
			change(&c)
		}
		return c
	}
	by := func(k ed25519.PrivateKey, change func(*ledger.Command)) ledger.Signed {
		return signWith(t, k, command(change))
	}
	own := w.keys["SRK"]
	good := by(own, nil)
	plain, _ := ledger.DecodeCommand(good.Bytes)
	bare := ledger.Signed{Bytes: good.Bytes, Sig: [64]byte(ed25519.Sign(own, good.Bytes))} // without the domain
	flipped := ledger.Signed{Bytes: bytes.Clone(good.Bytes), Sig: good.Sig}
	flipped.Bytes[2+32+16+4+len("SRK")+8] = byte(ledger.Decline) // version, federation, id, actor, key, act
	bent := good
	bent.Sig[0] ^= 1
	longer := ledger.Signed{Bytes: append(bytes.Clone(good.Bytes), 0), Sig: good.Sig}

	tests := map[string]struct {
		cmd  ledger.Signed
		want ledger.Reason
	}{
		"a leader signs for SRK with its own key": {by(w.keys["GWA"], nil), ledger.BadSignature},
		"the source signs for SRK":                {by(w.keys["MGL"], nil), ledger.BadSignature},
		"a stranger signs for SRK":                {by(key("stranger"), nil), ledger.UnknownKey},
		"an officer signs for SRK":                {by(w.officers[0], nil), ledger.UnknownKey},
		"a third balai accepts":                   {w.step(1, "GWA", ledger.Accept, ledger.StepBody{}), ledger.NotYours},
		"the source accepts":                      {w.step(1, "MGL", ledger.Accept, ledger.StepBody{}), ledger.NotYours},
		"a leader flips a bit of the signature":   {bent, ledger.BadSignature},
		"a leader adds a byte":                    {longer, ledger.Malformed},
		"a leader cuts a byte":                    {ledger.Signed{Bytes: good.Bytes[:len(good.Bytes)-1], Sig: good.Sig}, ledger.Malformed},
		"a leader sends nothing":                  {ledger.Signed{Sig: good.Sig}, ledger.Malformed},
		"a leader turns accept into decline":      {flipped, ledger.BadSignature},
		"signed for another purpose":              {bare, ledger.BadSignature},
		"of another federation":                   {by(own, func(c *ledger.Command) { c.Federation[0]++ }), ledger.WrongFederation},
		"on another history":                      {by(own, func(c *ledger.Command) { c.Prev = ledger.Hash{1} }), ledger.MovedOn},
		"on no history":                           {by(own, func(c *ledger.Command) { c.Prev = ledger.Hash{} }), ledger.MovedOn},
		"on a handoff that is none":               {by(own, func(c *ledger.Command) { c.Subject = ledger.HandoffOf(ledger.ID{2}); c.Prev = ledger.Hash{} }), ledger.NoSuch},
		"on a case instead of a handoff":          {by(own, func(c *ledger.Command) { c.Subject, c.Prev = ledger.CaseOf(ledger.ID{7}), w.custody(7).Head }), ledger.BadTerms},
		"of a version not in force":               {by(own, func(c *ledger.Command) { c.Version = 2 }), ledger.NotInForce},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.refused(tt.cmd, nil, tt.want)
		})
	}
	w.t = t
	w.must(good, nil)
	taken := plain
	taken.Prev = w.handoff(1).Head
	taken.Act = ledger.Receive
	taken.Body = &ledger.StepBody{Content: ledger.Hash{7}, Record: ledger.Hash{1}}
	w.refused(signWith(t, own, taken), nil, ledger.IDTaken)
	w.consistent()
}

// No balai can use up the command ids of another.
func TestIDsAreOfTheirActor(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	id := ledger.ID{42}
	anchor := func(who ledger.NodeID) ledger.Signed {
		return w.sign(who, ledger.Command{ID: id, Act: ledger.Anchor, Subject: ledger.MemberOf(who), Body: &ledger.AnchorBody{Count: 1}})
	}
	w.must(anchor("GWA"), nil)
	w.must(anchor("SRK"), nil)
	w.refused(w.sign("SRK", ledger.Command{ID: id, Act: ledger.Anchor, Subject: ledger.MemberOf("SRK"), Body: &ledger.AnchorBody{Count: 2}}), nil, ledger.IDTaken)
	w.consistent()
}

// A repeated command is told what the first was told, also after its key was
// replaced, its handoff has gone on and much else has happened.
func TestRepeatedCommandGetsItsFirstResult(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	s, p := w.offer(1, "MGL", "SRK", 7)
	first := w.must(s, p)
	w.must(w.step(1, "SRK", ledger.Decline, ledger.StepBody{Reason: 1}), nil)
	w.must(w.rotateSign("MGL", 2), nil)
	w.pass(24 * time.Hour)
	for _, payload := range [][]byte{p, nil, word("another")} {
		if again := w.apply(s, payload); again != first {
			t.Errorf("again: %+v, want %+v", again, first)
		}
	}
	w.consistent()
}

func TestKeysAtTheirTime(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	anchor := func(k ed25519.PrivateKey, n uint64) ledger.Signed {
		return signWith(t, k, w.command("SRK", ledger.Command{Act: ledger.Anchor, Subject: ledger.MemberOf("SRK"), Body: &ledger.AnchorBody{Count: n}}))
	}
	w.refused(anchor(signKey("SRK", 2), 1), nil, ledger.UnknownKey)
	w.must(w.rotateSign("SRK", 2), nil)
	w.refused(anchor(signKey("SRK", 1), 1), nil, ledger.KeyRetired)
	w.must(anchor(signKey("SRK", 2), 1), nil)
	entry := func(s ledger.Signed) []byte {
		return ledger.Entry{Stamp: w.now, Proposal: ledger.Proposal{Signed: s}}.Encode()
	}
	if known, err := w.state.Vet(entry(anchor(signKey("SRK", 1), 2)), ed25519.Verify); !known || err != nil {
		t.Errorf("an entry of the replaced key: %v, %v; want it vetted, it may have been stored before", known, err)
	}
	for i := byte(3); i < 40; i++ {
		w.must(w.rotateSign("SRK", i), nil)
	}
	if n := len(w.member("SRK").Sign); n > 16 {
		t.Errorf("the row of a member holds %d keys", n)
	}
	w.refused(anchor(signKey("SRK", 1), 2), nil, ledger.KeyRetired)
	if known, err := w.state.Vet(entry(anchor(signKey("SRK", 1), 2)), ed25519.Verify); known || err != nil {
		t.Errorf("an entry of a key replaced long ago: %v, %v; want it left to Apply", known, err)
	}
	w.refused(w.rotateSign("SRK", 1), nil, ledger.BadTerms)
	w.consistent()
}

// Vet refuses only what no later state could make valid.
func TestVet(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	s, p := w.offer(1, "MGL", "SRK", 7)
	entry := func(s ledger.Signed, p []byte) []byte {
		return ledger.Entry{Stamp: w.now, Proposal: ledger.Proposal{Signed: s, Payload: p}}.Encode()
	}
	stranger := signWith(t, key("stranger"), w.command("NEW", ledger.Command{Act: ledger.Tick, Subject: ledger.Federation(), Body: &ledger.TickBody{}}))
	forged := signWith(t, w.keys["GWA"], w.command("SRK", ledger.Command{Act: ledger.Tick, Subject: ledger.Federation(), Body: &ledger.TickBody{}}))
	bent := s
	bent.Sig[5] ^= 1
	tests := map[string]struct {
		entry []byte
		known bool
		ok    bool
	}{
		"in order":         {entry(s, p), true, true},
		"of a stranger":    {entry(stranger, nil), false, true},
		"forged":           {entry(forged, nil), false, false},
		"a bent signature": {entry(bent, p), false, false},
		"another payload":  {entry(s, word("x")), false, false},
		"no payload":       {entry(s, nil), false, false},
		"cut":              {entry(s, p)[:90], false, false},
		"nothing":          {nil, false, false},
		"too large":        {make([]byte, ledger.MaxEntry+1), false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if known, err := w.state.Vet(tt.entry, ed25519.Verify); known != tt.known || (err == nil) != tt.ok {
				t.Errorf("known %v, %v; want known %v, ok %v", known, err, tt.known, tt.ok)
			}
		})
	}
}

// Each value has one encoding; whatever else decodes to it is malformed.
func TestOneEncoding(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	s, _ := w.offer(1, "MGL", "SRK", 7)
	c, err := ledger.DecodeCommand(s.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Bytes {
		for _, bit := range []byte{1, 128} {
			b := bytes.Clone(s.Bytes)
			b[i] ^= bit
			other, err := ledger.DecodeCommand(b)
			if err == nil && reflect.DeepEqual(other, c) {
				t.Errorf("byte %d changed and the command did not", i)
			}
		}
	}
	for n := range s.Bytes {
		if _, err := ledger.DecodeCommand(s.Bytes[:n]); !errors.Is(err, ledger.ErrMalformed) {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	c.Key = ledger.KeyIDOf(public(w.keys["MGL"]))
	if again := signWith(t, w.keys["MGL"], c); !bytes.Equal(again.Bytes, s.Bytes) || again.Sig != s.Sig {
		t.Error("a decoded command does not encode to the same bytes")
	}
	c.Body = &ledger.AnchorBody{}
	if _, err := ledger.Sign(w.keys["MGL"], c); !errors.Is(err, ledger.ErrMalformed) {
		t.Errorf("an offer with the body of an anchor was signed: %v", err)
	}
	huge := &ledger.RelocateBody{Addr: string(bytes.Repeat([]byte{'a'}, 1<<15))}
	if _, err := ledger.Sign(w.keys["MGL"], w.command("MGL", ledger.Command{Act: ledger.Relocate, Subject: ledger.MemberOf("MGL"), Body: huge})); err == nil {
		t.Error("an address of 32 KiB was signed")
	}
}

// A member that floods is told to come back; the others are not held up.
func TestBudget(t *testing.T) {
	ch := charter("MGL", "SRK", "GWA")
	ch.Daily = 1000
	w := unfounded(t, ch)
	w.must(w.genesis(), nil)
	anchor := func(who ledger.NodeID) ledger.Signed {
		return w.sign(who, ledger.Command{Act: ledger.Anchor, Subject: ledger.MemberOf(who), Body: &ledger.AnchorBody{}})
	}
	offer := func(n int) ledger.Result {
		id := ledger.ID{1, byte(n >> 8), byte(n)}
		return w.applyAt(w.now, w.sign("SRK", ledger.Command{
			Act: ledger.Offer, Subject: ledger.HandoffOf(id), Payload: sha256.Sum256(word("x")), Body: w.referralTerms("MGL"),
		}), word("x"))
	}
	said := 0
	for ; said < 2000; said++ {
		if r := offer(said); r.Refused != 0 {
			if r.Refused != ledger.OverBudget || r.Refused.Final() {
				t.Fatalf("refused with %q, want over budget and a retry", r.Refused)
			}
			break
		}
	}
	if want := 1000 / 16; said != want {
		t.Errorf("%d offers a day, want %d", said, want)
	}
	w.must(anchor("GWA"), nil)
	w.now = w.now.Add(2 * time.Hour) // a twelfth of a day: 83 points
	w.tick()
	more := 0
	for ; offer(said+more).Refused == 0; more++ {
	}
	if more < 5 || more > 6 {
		t.Errorf("two hours later %d more, want about a twelfth of a day's", more)
	}
	w.pass(48 * time.Hour)
	all := 0
	for ; offer(500+all).Refused == 0; all++ {
	}
	if all != said {
		t.Errorf("two days later %d, want no more than a day's %d", all, said)
	}
	w.consistent()
}
