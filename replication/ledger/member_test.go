package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"testing"
	"time"

	"serasi/replication/ledger"
)

func TestGenesis(t *testing.T) {
	tests := map[string]struct {
		charter func(*ledger.Charter)
		body    func(*ledger.GenesisBody)
		command func(*ledger.Command)
		bend    bool
		want    ledger.Reason
	}{
		"in order":                    {want: ledger.NotRefused},
		"one founder did not sign":    {body: func(b *ledger.GenesisBody) { b.Sigs[2] = b.Sigs[1] }, want: ledger.BadSignature},
		"a signature too few":         {body: func(b *ledger.GenesisBody) { b.Sigs = b.Sigs[:2] }, want: ledger.Malformed},
		"a charter that was changed":  {body: func(b *ledger.GenesisBody) { b.Core[2]++ }, want: ledger.WrongFederation},
		"a charter with a byte more":  {body: func(b *ledger.GenesisBody) { b.Core = append(b.Core, 0) }, want: ledger.Malformed},
		"of another federation":       {command: func(c *ledger.Command) { c.Federation[0]++ }, want: ledger.WrongFederation},
		"by another founder":          {command: func(c *ledger.Command) { c.Actor = "MGL" }, want: ledger.NotYours},
		"with a past":                 {command: func(c *ledger.Command) { c.Prev = ledger.Hash{1} }, want: ledger.WrongFederation},
		"about a member":              {command: func(c *ledger.Command) { c.Subject = ledger.MemberOf("GWA") }, want: ledger.WrongFederation},
		"an unsigned command":         {bend: true, want: ledger.BadSignature},
		"not a genesis":               {command: func(c *ledger.Command) { c.Act, c.Body = ledger.Tick, &ledger.TickBody{} }, want: ledger.NoFederation},
		"of a newer version":          {command: func(c *ledger.Command) { c.Version = ledger.Version + 1 }, want: ledger.NoFederation},
		"two founders with one key":   {charter: func(ch *ledger.Charter) { ch.Founders[1].Sign = ch.Founders[0].Sign }, want: ledger.BadSignature},
		"two founders with one cert":  {charter: func(ch *ledger.Charter) { ch.Founders[1].TLS = ch.Founders[0].TLS }, want: ledger.BadTerms},
		"two founders, one raft id":   {charter: func(ch *ledger.Charter) { ch.Founders[1].Raft = ch.Founders[0].Raft }, want: ledger.BadTerms},
		"two founders":                {charter: func(ch *ledger.Charter) { ch.Founders = ch.Founders[:2] }, want: ledger.Malformed},
		"founders in disorder":        {charter: func(ch *ledger.Charter) { f := ch.Founders; f[1], f[2] = f[2], f[1] }, want: ledger.Malformed},
		"officers in disorder":        {charter: func(ch *ledger.Charter) { o := ch.Officers; o[1], o[2] = o[2], o[1] }, want: ledger.Malformed},
		"an officer twice":            {charter: func(ch *ledger.Charter) { ch.Officers[1] = ch.Officers[0] }, want: ledger.Malformed},
		"no officers":                 {charter: func(ch *ledger.Charter) { ch.Officers = nil }, want: ledger.Malformed},
		"nobody needs to sign":        {charter: func(ch *ledger.Charter) { ch.K = 0 }, want: ledger.Malformed},
		"more signatures than heads":  {charter: func(ch *ledger.Charter) { ch.K = 4 }, want: ledger.Malformed},
		"seats for two":               {charter: func(ch *ledger.Charter) { ch.Seats = 2 }, want: ledger.Malformed},
		"fewer seats than founders":   {charter: func(ch *ledger.Charter) { ch.Seats = 1 }, want: ledger.Malformed},
		"a budget nobody can live on": {charter: func(ch *ledger.Charter) { ch.Daily = 1 }, want: ledger.Malformed},
		"an address without a port":   {charter: func(ch *ledger.Charter) { ch.Founders[0].Addr = "balai" }, want: ledger.Malformed},
		"an officer that is a node": {charter: func(ch *ledger.Charter) {
			ch.K, ch.Officers = 1, [][]byte{ch.Founders[0].Sign}
		}, want: ledger.BadTerms},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ch := charter("MGL", "SRK", "GWA")
			if tt.charter != nil {
				tt.charter(&ch)
			}
			w := unfounded(t, ch)
			body := w.genesisBody()
			if tt.body != nil {
				tt.body(body)
			}
			c := w.command("GWA", ledger.Command{Act: ledger.Genesis, Subject: ledger.Federation(), Body: body})
			if tt.command != nil {
				tt.command(&c)
			}
			s := signWith(t, w.keys["GWA"], c)
			if tt.bend {
				s.Sig[9] ^= 1
			}
			if tt.want != ledger.NotRefused {
				w.refused(s, nil, tt.want)
				return
			}
			first := w.must(s, nil)
			if again := w.apply(s, nil); again != first {
				t.Errorf("the genesis again: %+v, want %+v", again, first)
			}
			w.refused(w.genesis(), nil, ledger.NotNow)
			w.consistent()
		})
	}
}

func TestJoin(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	f := founding("BTR", 1)
	two := w.officers[:2]
	w.refused(w.request("MGL", f, "seed"), nil, ledger.NotYet)
	w.refused(w.activate("MGL", f, two...), nil, ledger.NotYet)
	w.must(w.invite("MGL", "BTR", "seed"), nil)
	w.refused(w.invite("SRK", "BTR", "seed"), nil, ledger.BadTerms)
	w.refused(w.request("MGL", founding("BKS", 1), "seed"), nil, ledger.BadInvitation)
	forged := w.command("MGL", ledger.Command{Act: ledger.Request, Subject: ledger.MemberOf("BTR"), Body: &ledger.RequestBody{
		Entry: f, Key: [32]byte(public(key("seed"))), Sig: [64]byte(ed25519.Sign(key("thief"), ledger.RequestBytes(w.fed, f))),
	}})
	w.refused(signWith(t, w.keys["MGL"], forged), nil, ledger.BadInvitation)
	theirs := founding("BTR", 1)
	theirs.Sign = public(w.keys["SRK"])
	w.refused(w.request("MGL", theirs, "seed"), nil, ledger.BadTerms)
	w.must(w.request("MGL", f, "seed"), nil)
	w.refused(w.request("MGL", f, "seed"), nil, ledger.BadInvitation) // used
	if m := w.member("BTR"); m.Standing != ledger.Requested || m.Pending == nil || m.SignKey() != nil {
		t.Errorf("while it asks: %+v", m)
	}
	w.keys["BTR"] = signKey("BTR", 1)
	w.refused(w.sign("BTR", ledger.Command{Act: ledger.Tick, Subject: ledger.Federation(), Body: &ledger.TickBody{}}), nil, ledger.UnknownKey)
	s, p := w.offer(1, "MGL", "BTR", 7)
	w.refused(s, p, ledger.PeerNotActive)

	w.refused(w.activate("MGL", f), nil, ledger.TooFewOfficers)
	w.refused(w.activate("MGL", f, two[0]), nil, ledger.TooFewOfficers)
	w.refused(w.activate("MGL", f, two[0], two[0]), nil, ledger.TooFewOfficers)
	w.refused(w.activate("MGL", f, two[0], key("no officer")), nil, ledger.TooFewOfficers)
	w.refused(w.activate("MGL", f, two[0], w.keys["MGL"]), nil, ledger.TooFewOfficers)
	other := founding("BTR", 2)
	swapped := &ledger.ActivateBody{Entry: other, Approvals: w.approvals(ledger.Activate, ledger.MemberOf("BTR"), &ledger.ActivateBody{Entry: f}, two...)}
	w.refused(w.sign("MGL", ledger.Command{Act: ledger.Activate, Subject: ledger.MemberOf("BTR"), Body: swapped}), nil, ledger.TooFewOfficers)
	w.must(w.activate("SRK", f, two...), nil)
	if m := w.member("BTR"); m.Standing != ledger.Active || m.Voter || m.Pending != nil || !bytes.Equal(m.SignKey(), f.Sign) {
		t.Errorf("once a member: %+v", m)
	}
	w.must(w.offer(1, "MGL", "BTR", 7))
	w.must(w.step(1, "BTR", ledger.Accept, ledger.StepBody{}), nil)
	w.consistent()
}

func TestInvitationsEnd(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	w.must(w.invite("MGL", "BTR", "seed"), nil)
	w.now = w.now.Add(24 * time.Hour)
	w.refused(w.request("MGL", founding("BTR", 1), "seed"), nil, ledger.BadInvitation)
	far := w.sign("MGL", ledger.Command{Act: ledger.Invite, Subject: ledger.MemberOf("BTR"), Body: &ledger.InviteBody{Key: [32]byte{1}, Expires: w.now.Add(72 * time.Hour)}})
	w.refused(far, nil, ledger.TooSoon)
	past := w.sign("MGL", ledger.Command{Act: ledger.Invite, Subject: ledger.MemberOf("BTR"), Body: &ledger.InviteBody{Key: [32]byte{1}, Expires: w.now}})
	w.refused(past, nil, ledger.BadTerms)
	w.consistent()
}

func TestInvitationsAreBounded(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	seeds := "abcdefghi"
	for i := range 8 {
		w.must(w.invite("MGL", "BTR", seeds[i:i+1]), nil)
	}
	w.refused(w.invite("MGL", "BTR", "i"), nil, ledger.TooManyOpen)
	w.must(w.invite("SRK", "BTR", "other"), nil) // of another's hand
	w.must(w.request("MGL", founding("BTR", 1), "a"), nil)
	w.must(w.invite("MGL", "BTR", "i"), nil) // one was used
	w.now = w.now.Add(25 * time.Hour)
	w.must(w.invite("MGL", "BTR", "j"), nil)
	w.consistent()
}

// The invitation of a code that is taken must not get in the way of the member
// that has it.
func TestInvitingAMemberDoesNotDisturbIt(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	before := w.member("SRK")
	rotate := w.rotate("SRK", ledger.ForTLS, []byte("cert SRK next"))
	w.must(w.invite("GWA", "SRK", "seed"), nil)
	w.must(w.request("GWA", founding("SRK", 2), "seed"), nil)
	if m := w.member("SRK"); m.Head != before.Head || m.Docket != before.Docket || m.Standing != ledger.Active {
		t.Errorf("moved: %+v", m)
	}
	w.must(rotate, nil)
	w.consistent()
}

// A balai that lost its keys comes back with others by the officers, whatever
// whoever has the old ones does.
func TestReadmission(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	w.must(w.offer(1, "SRK", "MGL", 7))
	f := founding("SRK", 2)
	w.must(w.sign("SRK", ledger.Command{Act: ledger.Anchor, Subject: ledger.MemberOf("SRK"), Body: &ledger.AnchorBody{Count: 9}}), nil)
	w.must(w.invite("MGL", "SRK", "seed"), nil)
	request := w.request("MGL", f, "seed")
	activate := w.activate("MGL", f, w.officers[:2]...)
	w.must(w.rotateSign("SRK", 3), nil) // the thief
	w.must(request, nil)
	w.must(activate, nil)
	w.refused(w.step(1, "SRK", ledger.Withdraw, ledger.StepBody{}), nil, ledger.KeyRetired)
	w.keys["SRK"] = signKey("SRK", 2)
	if m := w.member("SRK"); m.Voter || m.Raft != f.Raft || m.Audit.Count != 0 {
		t.Errorf("back as %+v, want a new incarnation without a vote", m)
	}
	w.must(w.step(1, "SRK", ledger.Withdraw, ledger.StepBody{}), nil)
	w.refused(w.activate("MGL", f, w.officers[:2]...), nil, ledger.BadTerms)
	w.consistent()
}

func TestRotate(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	next := signKey("SRK", 2)
	rotation := func(pub []byte, proof [64]byte) ledger.Signed {
		return w.sign("SRK", ledger.Command{Act: ledger.Rotate, Subject: ledger.MemberOf("SRK"), Body: &ledger.RotateBody{Use: ledger.ForSigning, Key: pub, Proof: proof}})
	}
	w.refused(rotation(public(next), ledger.ProveKey(key("x"), w.fed, "SRK")), nil, ledger.BadSignature)
	w.refused(rotation(public(next), ledger.ProveKey(next, w.fed, "MGL")), nil, ledger.BadSignature)
	w.refused(rotation(public(next), ledger.ProveKey(next, ledger.Hash{1}, "SRK")), nil, ledger.BadSignature)
	mgl := w.keys["MGL"]
	w.refused(rotation(public(mgl), ledger.ProveKey(mgl, w.fed, "SRK")), nil, ledger.BadTerms)
	o := w.officers[0]
	w.refused(rotation(public(o), ledger.ProveKey(o, w.fed, "SRK")), nil, ledger.BadTerms)
	w.refused(rotation([]byte{1}, [64]byte{}), nil, ledger.BadTerms)
	w.refused(w.rotate("SRK", 9, []byte{1}), nil, ledger.BadTerms)
	w.refused(w.rotate("SRK", ledger.ForTLS, nil), nil, ledger.BadTerms)
	w.refused(w.rotate("SRK", ledger.ForTLS, founding("MGL", 1).TLS), nil, ledger.BadTerms)
	w.refused(w.rotate("SRK", ledger.ForTLS, founding("SRK", 1).TLS), nil, ledger.BadTerms)
	w.refused(w.rotate("SRK", ledger.ForSealing, []byte("short")), nil, ledger.BadTerms)
	w.refused(w.sign("SRK", ledger.Command{Act: ledger.Rotate, Subject: ledger.MemberOf("MGL"), Body: &ledger.RotateBody{
		Use: ledger.ForSealing, Key: sealKey("SRK", 2),
	}}), nil, ledger.NotYours)

	w.must(w.rotate("SRK", ledger.ForTLS, []byte("cert two")), nil)
	w.must(w.rotate("SRK", ledger.ForTLS, []byte("cert three")), nil)
	if m := w.member("SRK"); len(m.TLS) != 2 || string(m.TLS[0]) != "cert three" || string(m.TLS[1]) != "cert two" {
		t.Errorf("certificates %q", m.TLS)
	}
	w.must(w.rotate("SRK", ledger.ForSealing, sealKey("SRK", 2)), nil)
	if m := w.member("SRK"); m.SealKey() != ledger.KeyIDOf(sealKey("SRK", 2)) || m.SealSince == begin {
		t.Errorf("sealing key %s", m.SealKey())
	}
	w.must(w.rotateSign("SRK", 2), nil)
	w.consistent()
}

func TestRenewRelocateAnchor(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	self := ledger.MemberOf("SRK")
	renew := func(b ledger.RenewBody) ledger.Signed {
		return w.sign("SRK", ledger.Command{Act: ledger.Renew, Subject: self, Body: &b})
	}
	anchor := func(n uint64, h byte) ledger.Signed {
		return w.sign("SRK", ledger.Command{Act: ledger.Anchor, Subject: self, Body: &ledger.AnchorBody{Count: n, Head: ledger.Hash{h}}})
	}
	w.must(anchor(10, 1), nil)
	w.refused(anchor(9, 2), nil, ledger.BadTerms)
	w.refused(anchor(10, 2), nil, ledger.BadTerms)
	w.must(anchor(10, 1), nil)
	w.must(anchor(11, 3), nil)

	next := founding("SRK", 2)
	good := ledger.RenewBody{Raft: next.Raft, TLS: founding("SRK", 1).TLS, Seal: next.Seal, Addr: next.Addr}
	for name, spoil := range map[string]func(*ledger.RenewBody){
		"its own raft id":   func(b *ledger.RenewBody) { b.Raft = founding("SRK", 1).Raft },
		"another's raft id": func(b *ledger.RenewBody) { b.Raft = founding("MGL", 1).Raft },
		"no raft id":        func(b *ledger.RenewBody) { b.Raft = ledger.RaftID{} },
		"another's cert":    func(b *ledger.RenewBody) { b.TLS = founding("MGL", 1).TLS },
		"its old seal":      func(b *ledger.RenewBody) { b.Seal = founding("SRK", 1).Seal },
		"no address":        func(b *ledger.RenewBody) { b.Addr = "" },
	} {
		b := good
		spoil(&b)
		if r := w.apply(renew(b), nil); r.Refused != ledger.BadTerms {
			t.Errorf("renewed with %s: %q", name, r.Refused)
		}
	}
	seats := w.seat("MGL", []ledger.NodeID{"GWA", "MGL", "SRK"}, w.officers[:2]...)
	oldAnchor := anchor(12, 4)
	w.must(renew(good), nil)
	m := w.member("SRK")
	if m.Voter || m.Raft != next.Raft || m.SealKey() != ledger.KeyIDOf(next.Seal) || m.Audit.Count != 0 {
		t.Errorf("renewed to %+v", m)
	}
	w.refused(seats, nil, ledger.MovedOn) // who chooses voters must have seen it
	w.refused(oldAnchor, nil, ledger.MovedOn)
	w.must(anchor(5, 9), nil) // what the backup holds
	relocate := func(who ledger.NodeID, addr string) ledger.Signed {
		return w.sign(who, ledger.Command{Act: ledger.Relocate, Subject: self, Body: &ledger.RelocateBody{Addr: addr}})
	}
	w.refused(relocate("MGL", "evil:1"), nil, ledger.NotYours)
	for _, addr := range []string{"", "nowhere", "a b:1", "u@h:1", next.Addr, "höst:1"} {
		w.refused(relocate("SRK", addr), nil, ledger.BadTerms)
	}
	w.must(relocate("SRK", "balai.example:7001"), nil)
	w.consistent()
}
