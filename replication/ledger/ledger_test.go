package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"slices"
	"sort"
	"strings"
	"testing"

	"serasi/replication/ledger"
)

// rows is a state in memory.
type rows map[string][]byte

func (r rows) Get(k []byte) []byte { return r[string(k)] }
func (r rows) Put(k, v []byte)     { r[string(k)] = append([]byte{}, v...) }
func (r rows) Delete(k []byte)     { delete(r, string(k)) }
func (r rows) Scan(prefix, from []byte, f func(k, v []byte) bool) {
	var keys []string
	for k := range r {
		if strings.HasPrefix(k, string(prefix)) && k >= string(from) {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	for _, k := range keys {
		if !f([]byte(k), r[k]) {
			return
		}
	}
}

var _ ledger.KV = rows{}

// world is a federation of invented balai with all their keys.
type world struct {
	t        testing.TB
	rows     rows
	state    *ledger.State
	fed      ledger.Hash
	keys     map[ledger.NodeID]ed25519.PrivateKey
	officers []ed25519.PrivateKey
	made     uint64
	now      ledger.Time
	charter  ledger.Charter
}

func key(seed string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(seed))
	return ed25519.NewKeyFromSeed(sum[:])
}

func founding(code ledger.NodeID, incarnation byte) ledger.Founding {
	return ledger.Founding{
		Code: code, Sign: key("sign" + string(code) + string(rune('0'+incarnation))).Public().(ed25519.PublicKey), TLS: []byte("cert " + code),
		Seal: bytes.Repeat([]byte{incarnation, code[0], code[1], code[2]}, 304), Raft: ledger.RaftID{code[0], code[1], code[2], incarnation},
		Addr: "127.0.0.1:700" + string(rune('0'+incarnation)),
	}
}

// found makes a federation of the given balai with three officers, two of whom
// decide.
func found(t testing.TB, codes ...ledger.NodeID) *world {
	t.Helper()
	w := &world{t: t, rows: rows{}, keys: map[ledger.NodeID]ed25519.PrivateKey{}, now: 1_700_000_000_000}
	w.state = ledger.New(w.rows, nil)
	slices.Sort(codes)
	ch := ledger.Charter{Nonce: ledger.ID{1}, Minute: 1, K: 2, Seats: 5}
	for _, seed := range []string{"officer a", "officer b", "officer c"} {
		w.officers = append(w.officers, key(seed))
	}
	slices.SortFunc(w.officers, func(a, b ed25519.PrivateKey) int {
		return bytes.Compare(a.Public().(ed25519.PublicKey), b.Public().(ed25519.PublicKey))
	})
	for _, o := range w.officers {
		ch.Officers = append(ch.Officers, o.Public().(ed25519.PublicKey))
	}
	for _, c := range codes {
		ch.Founders = append(ch.Founders, founding(c, 1))
		w.keys[c] = key("sign" + string(c) + "1")
	}
	w.charter, w.fed = ch, ch.Federation()
	body := &ledger.GenesisBody{Core: ch.Encode()}
	for _, c := range codes {
		body.Sigs = append(body.Sigs, [64]byte(ed25519.Sign(w.keys[c], ledger.CharterBytes(body.Core))))
	}
	w.must(w.sign(codes[0], ledger.Command{Act: ledger.Genesis, Subject: ledger.Federation(), Body: body}), nil)
	return w
}

// sign completes c in the name of a balai and signs it.
func (w *world) sign(actor ledger.NodeID, c ledger.Command) ledger.Signed {
	w.t.Helper()
	w.made++
	c.Version, c.Federation, c.Actor = 1, w.fed, actor
	if c.ID.IsZero() {
		c.ID = ledger.ID{0: 9, 8: byte(w.made >> 16), 9: byte(w.made >> 8), 10: byte(w.made)}
	}
	if c.Prev.IsZero() {
		c.Prev = w.state.HeadFor(c.Act, c.Subject)
	}
	s, err := ledger.Sign(w.keys[actor], c)
	if err != nil {
		w.t.Fatalf("sign %v: %v", c.Act, err)
	}
	return s
}

func (w *world) apply(s ledger.Signed, payload []byte) ledger.Result {
	w.t.Helper()
	w.now++
	r, err := w.state.Apply(ledger.Entry{Stamp: w.now, Proposal: ledger.Proposal{Signed: s, Payload: payload}}.Encode())
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

func (w *world) refused(s ledger.Signed, payload []byte, why ledger.Reason) {
	w.t.Helper()
	before := len(w.rows)
	n, h, _ := w.state.Head()
	if r := w.apply(s, payload); r.Refused != why {
		w.t.Fatalf("answer %v (event %d), want refusal %v", r.Refused, r.Event, why)
	}
	if n2, h2, _ := w.state.Head(); n2 != n || h2 != h || len(w.rows) != before {
		w.t.Fatalf("a refusal changed the state")
	}
}

// offer signs a transfer of a case from one balai to another.
func (w *world) offer(id byte, from, to ledger.NodeID, caseID byte) (ledger.Signed, []byte) {
	w.t.Helper()
	m, _ := w.state.Member(to)
	c, _ := w.state.Custody(ledger.ID{caseID})
	payload := []byte("sealed summary")
	return w.sign(from, ledger.Command{
		Act: ledger.Offer, Subject: ledger.HandoffOf(ledger.ID{id}), Payload: sha256.Sum256(payload),
		Body: &ledger.OfferBody{
			Kind: ledger.Transfer, To: to, Case: ledger.ID{caseID}, CaseHead: c.Head, Content: ledger.Hash{caseID},
			SealKey: m.SealKey(), AnswerIn: 3600, ArriveIn: 7200, Residential: true,
		},
	}), payload
}

func (w *world) step(id byte, actor ledger.NodeID, act ledger.Act, b ledger.StepBody) ledger.Signed {
	w.t.Helper()
	return w.sign(actor, ledger.Command{Act: act, Subject: ledger.HandoffOf(ledger.ID{id}), Body: &b})
}

// receipt is the body of a Receive for the content that offer names.
func receipt(caseID byte) ledger.StepBody {
	return ledger.StepBody{Content: ledger.Hash{caseID}, Record: ledger.Hash{1}}
}

func TestTransferMovesCustodyOnce(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	s, p := w.offer(1, "MGL", "SRK", 7)
	first := w.must(s, p)
	if again := w.apply(s, p); again != first {
		t.Errorf("the offer again: %+v, want the first result %+v", again, first)
	}
	w.must(w.step(1, "SRK", ledger.Deliver, ledger.StepBody{}), nil)
	w.refused(w.step(1, "GWA", ledger.Accept, ledger.StepBody{}), nil, ledger.NotYours)
	w.refused(w.step(1, "MGL", ledger.Accept, ledger.StepBody{}), nil, ledger.NotYours)
	w.must(w.step(1, "SRK", ledger.Accept, ledger.StepBody{Conditional: true}), nil)
	w.refused(w.step(1, "MGL", ledger.Withdraw, ledger.StepBody{}), nil, ledger.NotNow)
	w.must(w.step(1, "MGL", ledger.Depart, ledger.StepBody{}), nil)
	if c, _ := w.state.Custody(ledger.ID{7}); c.Owner != "MGL" || c.Epoch != 1 {
		t.Errorf("on the way the custodian is %s in epoch %d, want MGL in 1", c.Owner, c.Epoch)
	}
	w.must(w.step(1, "SRK", ledger.Receive, receipt(7)), nil)
	if c, _ := w.state.Custody(ledger.ID{7}); c.Owner != "SRK" || c.Epoch != 2 || !c.Open.IsZero() {
		t.Errorf("custody after receipt: %+v", c)
	}
	w.replays()
}

// replays checks that a snapshot of the state restores to the same state.
func (w *world) replays() {
	w.t.Helper()
	var file bytes.Buffer
	if err := ledger.WriteSnapshot(&file, w.state.View, 40, 2); err != nil {
		w.t.Fatal(err)
	}
	fresh := rows{}
	p := ledger.Replay{Federation: w.fed, Update: func(f func(ledger.KV) error) error { return f(fresh) }}
	if _, err := p.Read(&file); err != nil {
		w.t.Fatalf("replay: %v", err)
	}
	for k, v := range w.rows {
		if !bytes.Equal(fresh[k], v) {
			w.t.Errorf("row %q differs after a replay", k[:1])
		}
	}
	if len(fresh) != len(w.rows) {
		w.t.Errorf("%d rows after a replay, want %d", len(fresh), len(w.rows))
	}
}
