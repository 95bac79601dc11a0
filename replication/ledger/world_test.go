package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"maps"
	"slices"
	"time"

	"serasi/replication/ledger"
)

// tb is what tests, benchmarks, fuzz targets and properties have in common.
type tb interface {
	Helper()
	Errorf(format string, args ...any)
	Error(args ...any)
	Fatalf(format string, args ...any)
	Fatal(args ...any)
}

// world is a federation of invented balai with all their keys, and one ledger.
type world struct {
	t        tb
	rows     *rows
	state    *ledger.State
	fed      ledger.Hash
	keys     map[ledger.NodeID]ed25519.PrivateKey
	officers []ed25519.PrivateKey // in the order of the charter
	made     uint32
	now      ledger.Time
	charter  ledger.Charter
	entries  [][]byte // all that was applied, in order
}

// begin is the ledger time at which tests start.
const begin ledger.Time = 1_700_000_000_000

func key(seed string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(seed))
	return ed25519.NewKeyFromSeed(sum[:])
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

// signKey is the signing key of one incarnation of a balai.
func signKey(code ledger.NodeID, incarnation byte) ed25519.PrivateKey {
	return key("sign " + string(code) + string('0'+rune(incarnation)))
}

func sealKey(code ledger.NodeID, incarnation byte) []byte {
	return bytes.Repeat([]byte{incarnation, code[0], code[1], code[2]}, 304)
}

func founding(code ledger.NodeID, incarnation byte) ledger.Founding {
	return ledger.Founding{
		Code: code, Sign: public(signKey(code, incarnation)), TLS: []byte("cert " + string(code) + string('0'+rune(incarnation))),
		Seal: sealKey(code, incarnation), Raft: ledger.RaftID{code[0], code[1], code[2], incarnation},
		Addr: "127.0.0.1:700" + string('0'+rune(incarnation)),
	}
}

// officers returns n officers' keys in the order of their public halves.
func officers(n int) (keys []ed25519.PrivateKey) {
	for i := range n {
		keys = append(keys, key("officer "+string('a'+rune(i))))
	}
	slices.SortFunc(keys, func(a, b ed25519.PrivateKey) int { return bytes.Compare(public(a), public(b)) })
	return keys
}

func publics(keys []ed25519.PrivateKey) (all [][]byte) {
	for _, k := range keys {
		all = append(all, public(k))
	}
	return all
}

// charter is the charter of the given balai with three officers, two of whom
// decide, and the keys for it.
func charter(codes ...ledger.NodeID) ledger.Charter {
	slices.Sort(codes)
	ch := ledger.Charter{Nonce: ledger.ID{1}, Minute: 28_333_333, K: 2, Seats: 5, Officers: publics(officers(3))}
	for _, c := range codes {
		ch.Founders = append(ch.Founders, founding(c, 1))
	}
	return ch
}

// found makes the federation of that charter.
func found(t tb, codes ...ledger.NodeID) *world {
	t.Helper()
	w := unfounded(t, charter(codes...))
	w.officers = officers(3)
	w.must(w.genesis(), nil)
	return w
}

// unfounded is a ledger in which the genesis has yet to come.
func unfounded(t tb, ch ledger.Charter) *world {
	t.Helper()
	w := &world{t: t, rows: newRows(), keys: map[ledger.NodeID]ed25519.PrivateKey{}, now: begin, charter: ch, fed: ch.Federation()}
	w.state = ledger.New(w.rows, nil)
	for _, f := range ch.Founders {
		w.keys[f.Code] = signKey(f.Code, 1)
	}
	return w
}

func (w *world) genesisBody() *ledger.GenesisBody {
	body := &ledger.GenesisBody{Core: w.charter.Encode()}
	for _, f := range w.charter.Founders {
		body.Sigs = append(body.Sigs, [64]byte(ed25519.Sign(w.keys[f.Code], ledger.CharterBytes(body.Core))))
	}
	return body
}

func (w *world) genesis() ledger.Signed {
	w.t.Helper()
	return w.sign(w.charter.Founders[0].Code, ledger.Command{Act: ledger.Genesis, Subject: ledger.Federation(), Body: w.genesisBody()})
}

// command completes c in the name of a balai. Give a Prev to set it.
func (w *world) command(actor ledger.NodeID, c ledger.Command) ledger.Command {
	w.made++
	c.Version, c.Federation, c.Actor = ledger.Least(c.Act, c.Subject.Kind), w.fed, actor
	if c.ID.IsZero() {
		c.ID = ledger.ID{0: 9, 8: byte(w.made >> 24), 9: byte(w.made >> 16), 10: byte(w.made >> 8), 11: byte(w.made)}
	}
	if c.Prev.IsZero() {
		c.Prev = w.state.HeadFor(c.Act, c.Subject)
	}
	return c
}

// sign completes c and signs it with the key of its actor.
func (w *world) sign(actor ledger.NodeID, c ledger.Command) ledger.Signed {
	w.t.Helper()
	return signWith(w.t, w.keys[actor], w.command(actor, c))
}

func signWith(t tb, k ed25519.PrivateKey, c ledger.Command) ledger.Signed {
	t.Helper()
	s, err := ledger.Sign(k, c)
	if err != nil {
		t.Fatalf("sign %v: %v", c.Act, err)
	}
	return s
}

func (w *world) apply(s ledger.Signed, payload []byte) ledger.Result {
	w.t.Helper()
	w.now++
	return w.applyAt(w.now, s, payload)
}

func (w *world) applyAt(stamp ledger.Time, s ledger.Signed, payload []byte) ledger.Result {
	w.t.Helper()
	entry := ledger.Entry{Stamp: stamp, Proposal: ledger.Proposal{Signed: s, Payload: payload}}.Encode()
	w.entries = append(w.entries, entry)
	r, err := w.state.Apply(entry)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) must(s ledger.Signed, payload []byte) ledger.Result {
	w.t.Helper()
	r := w.apply(s, payload)
	if r.Refused != 0 {
		c, _ := ledger.DecodeCommand(s.Bytes)
		w.t.Fatalf("%v of %s refused: %v", c.Act, c.Actor, r.Refused)
	}
	return r
}

// refused applies s and checks that it is refused so, and changes no row.
func (w *world) refused(s ledger.Signed, payload []byte, why ledger.Reason) {
	w.t.Helper()
	before := maps.Clone(w.rows.all)
	if r := w.apply(s, payload); r.Refused != why {
		w.t.Fatalf("answer %q (event %d), want refusal %q", r.Refused, r.Event, why)
	}
	(&rows{all: before}).same(w.t, w.rows)
}

// pass lets time go by, as a voter's tick does.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.now = w.now.Add(d)
	w.tick()
}

func (w *world) tick() {
	w.t.Helper()
	w.must(w.sign(w.charter.Founders[0].Code, ledger.Command{Act: ledger.Tick, Subject: ledger.Federation(), Body: &ledger.TickBody{}}), nil)
}

// word is a sealed payload, as far as the ledger is concerned.
func word(s string) []byte { return []byte("sealed " + s) }

// terms is the offer of a case from one balai to another as things stand.
func (w *world) terms(to ledger.NodeID, caseID byte) *ledger.OfferBody {
	m, _ := w.state.Member(to)
	c, _ := w.state.Custody(ledger.ID{caseID})
	return &ledger.OfferBody{
		Kind: ledger.Transfer, To: to, Case: ledger.ID{caseID}, CaseHead: c.Head, Content: ledger.Hash{caseID},
		SizeBucket: 4, SealKey: m.SealKey(), AnswerIn: 3600, ArriveIn: 7200, Residential: true,
	}
}

func (w *world) referralTerms(to ledger.NodeID) *ledger.OfferBody {
	m, _ := w.state.Member(to)
	return &ledger.OfferBody{Kind: ledger.Referral, To: to, Content: ledger.Hash{5}, SealKey: m.SealKey(), AnswerIn: 3600}
}

func (w *world) offerOf(id byte, from ledger.NodeID, b *ledger.OfferBody) (ledger.Signed, []byte) {
	w.t.Helper()
	payload := word("summary")
	return w.sign(from, ledger.Command{
		Act: ledger.Offer, Subject: ledger.HandoffOf(ledger.ID{id}), Payload: sha256.Sum256(payload), Body: b,
	}), payload
}

// offer signs a transfer of a case from one balai to another.
func (w *world) offer(id byte, from, to ledger.NodeID, caseID byte) (ledger.Signed, []byte) {
	w.t.Helper()
	return w.offerOf(id, from, w.terms(to, caseID))
}

func (w *world) step(id byte, actor ledger.NodeID, act ledger.Act, b ledger.StepBody) ledger.Signed {
	w.t.Helper()
	return w.sign(actor, ledger.Command{Act: act, Subject: ledger.HandoffOf(ledger.ID{id}), Body: &b})
}

// said is a step with a sealed word to the other side.
func (w *world) said(id byte, actor ledger.NodeID, act ledger.Act, b ledger.StepBody, text string) (ledger.Signed, []byte) {
	w.t.Helper()
	h, _ := w.state.Handoff(ledger.ID{id})
	other := h.From
	if actor == h.From {
		other = h.To
	}
	m, _ := w.state.Member(other)
	b.SealKey = m.SealKey()
	return w.sign(actor, ledger.Command{
		Act: act, Subject: ledger.HandoffOf(ledger.ID{id}), Payload: sha256.Sum256(word(text)), Body: &b,
	}), word(text)
}

// receipt is the body of a Receive for the content that offer names.
func receipt(caseID byte) ledger.StepBody {
	return ledger.StepBody{Content: ledger.Hash{caseID}, Record: ledger.Hash{1}}
}

// approvals are the signatures of officers on what an act would do now.
func (w *world) approvals(act ledger.Act, s ledger.Subject, b ledger.Body, by ...ed25519.PrivateKey) (all []ledger.Approval) {
	m := w.state.MotionFor(act, s, ledger.ContentOf(b))
	for _, k := range by {
		all = append(all, approval(m, k))
	}
	return all
}

func approval(m ledger.Motion, k ed25519.PrivateKey) ledger.Approval {
	return ledger.Approval{Officer: ledger.KeyIDOf(public(k)), Sig: [64]byte(ed25519.Sign(k, m.Bytes()))}
}

// verdict is a decision of the given officers to suspend or revoke.
func (w *world) verdict(actor ledger.NodeID, act ledger.Act, about ledger.NodeID, by ...ed25519.PrivateKey) ledger.Signed {
	w.t.Helper()
	b := &ledger.VerdictBody{}
	b.Approvals = w.approvals(act, ledger.MemberOf(about), b, by...)
	return w.sign(actor, ledger.Command{Act: act, Subject: ledger.MemberOf(about), Body: b})
}

func (w *world) seat(actor ledger.NodeID, voters []ledger.NodeID, by ...ed25519.PrivateKey) ledger.Signed {
	w.t.Helper()
	b := &ledger.SeatBody{Voters: voters}
	b.Approvals = w.approvals(ledger.Seat, ledger.Federation(), b, by...)
	return w.sign(actor, ledger.Command{Act: ledger.Seat, Subject: ledger.Federation(), Body: b})
}

func (w *world) reassign(actor ledger.NodeID, caseID byte, to ledger.NodeID, by ...ed25519.PrivateKey) ledger.Signed {
	w.t.Helper()
	b := &ledger.ReassignBody{To: to}
	s := ledger.CaseOf(ledger.ID{caseID})
	b.Approvals = w.approvals(ledger.Reassign, s, b, by...)
	return w.sign(actor, ledger.Command{Act: ledger.Reassign, Subject: s, Body: b})
}

// invite signs an invitation whose one-time key is made from seed.
func (w *world) invite(actor, code ledger.NodeID, seed string) ledger.Signed {
	w.t.Helper()
	return w.sign(actor, ledger.Command{Act: ledger.Invite, Subject: ledger.MemberOf(code), Body: &ledger.InviteBody{
		Key: [32]byte(public(key(seed))), Expires: w.now.Add(24 * time.Hour),
	}})
}

func (w *world) request(actor ledger.NodeID, f ledger.Founding, seed string) ledger.Signed {
	w.t.Helper()
	return w.sign(actor, ledger.Command{Act: ledger.Request, Subject: ledger.MemberOf(f.Code), Body: &ledger.RequestBody{
		Entry: f, Key: [32]byte(public(key(seed))), Sig: [64]byte(ed25519.Sign(key(seed), ledger.RequestBytes(w.fed, f))),
	}})
}

func (w *world) activate(actor ledger.NodeID, f ledger.Founding, by ...ed25519.PrivateKey) ledger.Signed {
	w.t.Helper()
	b := &ledger.ActivateBody{Entry: f}
	b.Approvals = w.approvals(ledger.Activate, ledger.MemberOf(f.Code), b, by...)
	return w.sign(actor, ledger.Command{Act: ledger.Activate, Subject: ledger.MemberOf(f.Code), Body: b})
}

// join takes a balai from invitation to membership.
func (w *world) join(host, code ledger.NodeID, incarnation byte) {
	w.t.Helper()
	seed := "invite " + string(code) + string('0'+rune(incarnation))
	w.must(w.invite(host, code, seed), nil)
	w.must(w.request(host, founding(code, incarnation), seed), nil)
	w.must(w.activate(host, founding(code, incarnation), w.officers[:2]...), nil)
	w.keys[code] = signKey(code, incarnation)
}

func (w *world) member(code ledger.NodeID) ledger.Member {
	w.t.Helper()
	m, ok := w.state.Member(code)
	if !ok {
		w.t.Fatalf("no member %s", code)
	}
	return m
}

func (w *world) handoff(id byte) ledger.Handoff {
	h, _ := w.state.Handoff(ledger.ID{id})
	return h
}

func (w *world) custody(caseID byte) ledger.Custody {
	c, _ := w.state.Custody(ledger.ID{caseID})
	return c
}

func (w *world) snapshot() []byte {
	w.t.Helper()
	var file bytes.Buffer
	if err := ledger.WriteSnapshot(&file, w.state.View, 40, 2); err != nil {
		w.t.Fatal(err)
	}
	return file.Bytes()
}

func restore(p ledger.Replay, file []byte) (*rows, error) {
	fresh := newRows()
	p.Update = func(f func(ledger.KV) error) error { return f(fresh) }
	_, err := p.Read(bytes.NewReader(file))
	return fresh, err
}

// consistent checks what must hold of every ledger: a snapshot restores to the
// same rows, and so do the same entries on a second state.
func (w *world) consistent() {
	w.t.Helper()
	fresh, err := restore(ledger.Replay{Federation: w.fed}, w.snapshot())
	if err != nil {
		w.t.Fatalf("replay: %v", err)
	}
	w.rows.same(w.t, fresh)
	second := newRows()
	for _, e := range w.entries {
		if _, err := ledger.New(second, nil).Apply(e); err != nil {
			w.t.Fatal(err)
		}
	}
	w.rows.same(w.t, second)
	w.invariants()
}

// invariants checks custody and handoffs against each other.
func (w *world) invariants() {
	w.t.Helper()
	w.state.Custodies(func(c ledger.Custody) bool {
		if c.Owner == "" || c.Epoch == 0 {
			w.t.Errorf("case %s has no custodian: %+v", c.Case, c)
		}
		if h, ok := w.state.Handoff(c.Open); !c.Open.IsZero() && (!ok || h.Stage.Ended() || h.Case != c.Case || h.From != c.Owner || h.Epoch != c.Epoch) {
			w.t.Errorf("case %s has an open transfer that is none: %+v", c.Case, h)
		}
		return true
	})
	w.state.Handoffs(ledger.ID{}, func(h ledger.Handoff) bool {
		if h.Kind == ledger.Transfer && !h.Stage.Ended() {
			if c, _ := w.state.Custody(h.Case); c.Open != h.ID {
				w.t.Errorf("transfer %s is open and its case does not know", h.ID)
			}
		}
		if acts := append(h.Actions(h.From), h.Actions(h.To)...); h.Stage.Ended() && len(acts) > 0 {
			w.t.Errorf("handoff %s has ended and may still %v", h.ID, acts)
		}
		return true
	})
}

func (w *world) rotate(who ledger.NodeID, use ledger.KeyUse, key []byte) ledger.Signed {
	w.t.Helper()
	return w.sign(who, ledger.Command{Act: ledger.Rotate, Subject: ledger.MemberOf(who), Body: &ledger.RotateBody{Use: use, Key: key}})
}

// rotateSign replaces the signing key of a balai. From then on it signs with
// the new one, unless that was refused.
func (w *world) rotateSign(who ledger.NodeID, incarnation byte) ledger.Signed {
	w.t.Helper()
	next := signKey(who, incarnation)
	s := w.sign(who, ledger.Command{Act: ledger.Rotate, Subject: ledger.MemberOf(who), Body: &ledger.RotateBody{
		Use: ledger.ForSigning, Key: public(next), Proof: ledger.ProveKey(next, w.fed, who),
	}})
	if !slices.ContainsFunc(w.member(who).Sign, func(k ledger.KeySpan) bool { return bytes.Equal(k.Key, public(next)) }) && incarnation > 1 {
		w.keys[who] = next
	}
	return s
}

// succession merges one balai into another, by a third.
func (w *world) succession(code, heir ledger.NodeID, by ...ed25519.PrivateKey) ledger.Signed {
	w.t.Helper()
	b := &ledger.SucceedBody{Successor: heir}
	b.Approvals = w.approvals(ledger.Succeed, ledger.MemberOf(code), b, by...)
	return w.sign("MGL", ledger.Command{Act: ledger.Succeed, Subject: ledger.MemberOf(code), Body: b})
}
