package ledger

import "crypto/ed25519"

// ahead checks signatures of a replay, many at once if its caller can, before
// the events are applied one after the other. It only saves time: what it did
// not find good is checked again where it counts, so it need not know which key
// was in force.
type ahead struct {
	verify Verify
	each   func(n int, f func(i int))
	keys   map[KeyID]ed25519.PublicKey // all that the history brought so far
	good   map[[ed25519.SignatureSize]byte]checked
}

type checked struct {
	pub     ed25519.PublicKey
	command []byte
}

func newAhead(verify Verify, each func(n int, f func(i int))) *ahead {
	if each == nil {
		each = func(n int, f func(i int)) {
			for i := range n {
				f(i)
			}
		}
	}
	return &ahead{verify: verify, each: each, keys: map[KeyID]ed25519.PublicKey{}}
}

// check takes the next events.
func (a *ahead) check(events []decoded) {
	for _, e := range events {
		a.learn(e.cmd)
	}
	a.good = make(map[[ed25519.SignatureSize]byte]checked, len(events))
	found := make([]ed25519.PublicKey, len(events))
	a.each(len(events), func(i int) {
		s, pub := events[i].Signed, a.keys[events[i].cmd.Key]
		if pub != nil && a.verify(pub, signedBytes(s.Bytes), s.Sig[:]) {
			found[i] = pub
		}
	})
	for i, e := range events {
		if found[i] != nil {
			a.good[e.Signed.Sig] = checked{found[i], e.Signed.Bytes}
		}
	}
}

// learn notes the signing keys that a command brings, true or not.
func (a *ahead) learn(c Command) {
	switch b := c.Body.(type) {
	case *GenesisBody:
		ch, err := DecodeCharter(b.Core)
		for i := range ch.Founders {
			if err == nil {
				a.add(ch.Founders[i].Sign)
			}
		}
	case *ActivateBody:
		a.add(b.Entry.Sign)
	case *RotateBody:
		if b.Use == ForSigning && len(b.Key) == ed25519.PublicKeySize {
			a.add(b.Key)
		}
	}
}

func (a *ahead) add(pub ed25519.PublicKey) { a.keys[KeyIDOf(pub)] = pub }

// recall is the Verify of the rules: it remembers what check found good.
func (a *ahead) recall(pub ed25519.PublicKey, msg, sig []byte) bool {
	if len(sig) == ed25519.SignatureSize {
		c, ok := a.good[[ed25519.SignatureSize]byte(sig)]
		if ok && c.pub.Equal(pub) && string(msg) == commandDomain+string(c.command) {
			return true
		}
	}
	return a.verify(pub, msg, sig)
}
