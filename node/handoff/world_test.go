package handoff_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"serasi/node/caseload"
	"serasi/node/casework"
	"serasi/node/handoff"
	"serasi/replication/ledger"
)

// rows is the state of a ledger in memory.
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

// world is a federation whose replicated log is one slice: a total order, with
// whatever can happen to those who write to it.
type world struct {
	t     *testing.T
	fed   ledger.Hash
	balai map[casework.BalaiCode]*balai

	mu      sync.Mutex // guards all below
	entries [][]byte
	state   *ledger.State
	clock   time.Time
	dice    *mathrand.Rand
	faults  faults

	checked sync.Map // signatures that are good, so that each is checked once
}

// faults are how often in a hundred a proposal meets what.
type faults struct{ lost, unanswered, twice int }

// balai is one node: its disks, its place in the log, and its incarnation.
type balai struct {
	*world
	code    casework.BalaiCode
	sign    ed25519.PrivateKey
	disk    *memory
	drawer  *drawer
	shredMu sync.Mutex // guards shredded
	shred   []string

	logMu   sync.Mutex // guards the five below
	rows    rows
	applied int
	bells   map[int]chan struct{}
	rung    int
	cut     bool

	// The incarnation: written by the test between two lives, and by others
	// read through current only.
	incMu sync.Mutex // guards the three below against other nodes
	*life
	desk  *handoff.Desk
	cases *caseload.Cases

	point func(string) bool // true: the node crashes there
	armed atomic.Bool       // point is asked
	stop  func()
	short func(int64) int64 // how much of a packet gets through; nil: all
	waits time.Duration     // between two tries, if not 0
}

var start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

func seedKey(seed string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(seed))
	return ed25519.NewKeyFromSeed(sum[:])
}

// found makes a federation and starts its nodes.
func found(t *testing.T, seed uint64, codes ...casework.BalaiCode) *world {
	t.Helper()
	w := &world{t: t, balai: map[casework.BalaiCode]*balai{}, clock: start, dice: mathrand.New(mathrand.NewPCG(seed, 7))}
	w.state = ledger.New(rows{}, w.verify)
	if len(codes)%2 == 0 {
		codes = append(codes, "BTR") // founders are odd in number
	}
	slices.Sort(codes)
	officer := seedKey("officer").Public().(ed25519.PublicKey)
	ch := ledger.Charter{Nonce: ledger.ID{1}, Minute: 1, K: 1, Seats: 5, Officers: [][]byte{officer}}
	for _, code := range codes {
		b := &balai{
			world: w, code: code, sign: seedKey("sign " + string(code)), disk: &memory{rows: map[rowKey][]byte{}},
			drawer: newDrawer(), rows: rows{}, bells: map[int]chan struct{}{},
		}
		seal, err := handoff.NewSealKey(t.Context(), store{b.disk, &life{}}, start)
		if err != nil {
			t.Fatal(err)
		}
		w.balai[code] = b
		ch.Founders = append(ch.Founders, ledger.Founding{
			Code: ledger.NodeID(code), Sign: b.sign.Public().(ed25519.PublicKey), TLS: []byte("cert " + code), Seal: seal,
			Raft: ledger.RaftID{code[0], code[1], code[2], 1}, Addr: "127.0.0.1:7000",
		})
	}
	w.fed = ch.Federation()
	body := &ledger.GenesisBody{Core: ch.Encode()}
	for _, code := range codes {
		body.Sigs = append(body.Sigs, [64]byte(ed25519.Sign(w.balai[code].sign, ledger.CharterBytes(body.Core))))
	}
	w.command(codes[0], ledger.Command{Act: ledger.Genesis, Subject: ledger.Federation(), Body: body})
	for _, code := range codes {
		w.balai[code].start()
	}
	return w
}

// verify remembers what it has checked for all replicas.
func (w *world) verify(pub ed25519.PublicKey, msg, sig []byte) bool {
	key := sha256.Sum256(slices.Concat(pub, sig, msg))
	if _, known := w.checked.Load(key); known {
		return true
	}
	ok := ed25519.Verify(pub, msg, sig)
	if ok {
		w.checked.Store(key, true)
	}
	return ok
}

// command puts a command of a balai itself into the log.
func (w *world) command(code casework.BalaiCode, c ledger.Command) ledger.Result {
	w.t.Helper()
	w.mu.Lock()
	c.Prev = w.state.HeadFor(c.Act, c.Subject)
	w.mu.Unlock()
	if c.Act == ledger.Genesis {
		c.Prev = ledger.Hash{}
	}
	if _, err := rand.Read(c.ID[:]); err != nil {
		w.t.Fatal(err)
	}
	s, err := w.balai[code].signs(c)
	if err != nil {
		w.t.Fatal(err)
	}
	r := w.append(ledger.Proposal{Signed: s})
	if r.Refused != 0 {
		w.t.Fatalf("%v of %s refused: %v", c.Act, code, r.Refused)
	}
	return r
}

// append orders a proposal and tells all nodes.
func (w *world) append(p ledger.Proposal) ledger.Result {
	w.mu.Lock()
	entry := ledger.Entry{Stamp: ledger.At(w.clock), Proposal: p}.Encode()
	w.entries = append(w.entries, entry)
	r, err := w.state.Apply(entry)
	if err != nil {
		panic(err)
	}
	w.mu.Unlock()
	for _, b := range w.balai {
		b.catchUp()
	}
	return r
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(time.Millisecond) // no two rows are of the same moment
	return w.clock
}

// pass lets time go by, and the log notice.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.mu.Lock()
	w.clock = w.clock.Add(d)
	w.mu.Unlock()
	first := slices.Sorted(maps.Keys(w.balai))[0]
	w.command(first, ledger.Command{Act: ledger.Tick, Subject: ledger.Federation(), Body: &ledger.TickBody{}})
}

func (w *world) view(f func(ledger.View)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f(w.state.View)
}

func (w *world) roll(percent int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dice.IntN(100) < percent
}

func (w *world) with(f faults) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults = f
}

func (w *world) weather() faults {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.faults
}

// signs completes a command as a node does.
func (b *balai) signs(c ledger.Command) (ledger.Signed, error) {
	c.Version, c.Federation, c.Actor = ledger.Version, b.fed, ledger.NodeID(b.code)
	return ledger.Sign(b.sign, c)
}

// catchUp applies what is in the log here, unless the cable is cut.
func (b *balai) catchUp() {
	b.world.mu.Lock()
	entries := b.entries
	b.world.mu.Unlock()
	b.logMu.Lock()
	defer b.logMu.Unlock()
	if b.cut {
		return
	}
	for ; b.applied < len(entries); b.applied++ {
		if _, err := ledger.New(b.rows, b.verify).Apply(entries[b.applied]); err != nil {
			panic(err)
		}
	}
	for _, bell := range b.bells {
		select {
		case bell <- struct{}{}:
		default:
		}
	}
}

func (b *balai) cable(in bool) {
	b.logMu.Lock()
	b.cut = !in
	b.logMu.Unlock()
	b.catchUp()
}

func (b *balai) isCut() bool {
	b.logMu.Lock()
	defer b.logMu.Unlock()
	return b.cut
}

// port is the replicated log as one incarnation sees it.
type port struct {
	*balai
	*life
}

func (p port) Propose(_ context.Context, prop ledger.Proposal) (ledger.Result, error) {
	f := p.weather()
	if err := p.err(); err != nil || p.isCut() || p.roll(f.lost) {
		return ledger.Result{}, errors.Join(errors.New("no leader"), err)
	}
	r := p.append(prop)
	if p.roll(f.twice) {
		if again := p.append(prop); r.Refused == 0 && again != r {
			p.t.Errorf("the same bytes again: %+v, first %+v", again, r)
		}
	}
	if p.roll(f.unanswered) || p.dead.Load() {
		return ledger.Result{}, errors.New("the answer was lost")
	}
	return r, nil
}

func (p port) Since(n uint64, limit int) (events []ledger.Event, err error) {
	err = p.View(func(v ledger.View) error {
		events = v.Since(n, limit)
		return nil
	})
	return events, err
}

func (p port) Subscribe() (<-chan struct{}, func()) {
	p.logMu.Lock()
	defer p.logMu.Unlock()
	p.rung++
	n, bell := p.rung, make(chan struct{}, 1)
	p.bells[n] = bell
	return bell, func() {
		p.logMu.Lock()
		defer p.logMu.Unlock()
		delete(p.bells, n)
	}
}

func (p port) View(f func(ledger.View) error) error {
	if err := p.err(); err != nil {
		return err
	}
	p.logMu.Lock()
	defer p.logMu.Unlock()
	return f(ledger.On(p.rows))
}

func (p port) Fresh(context.Context) (uint64, error) {
	if err := p.err(); err != nil || p.isCut() {
		return 0, errors.Join(errors.New("no leader"), err)
	}
	p.catchUp()
	var n uint64
	return n, p.View(func(v ledger.View) error {
		n, _, _ = v.Head()
		return nil
	})
}

// peers are the other nodes, straight from desk to desk.
type peers struct {
	*balai
	*life
}

func (p peers) FetchPacket(ctx context.Context, from casework.BalaiCode, name string, offset int64, w io.Writer, accept func(int64, [32]byte) error) (int64, error) {
	source := p.balai.world.balai[from]
	desk, alive := source.current()
	if err := p.err(); err != nil || p.isCut() || source.isCut() || alive.err() != nil {
		return 0, errors.Join(errors.New("not reachable"), err)
	}
	content, size, digest, err := desk.OpenPacket(ctx, p.code, name)
	if err != nil {
		return 0, err
	}
	if offset > size {
		return 0, casework.Invalid.Because("beyond the end")
	}
	if err := accept(size, digest); err != nil {
		return 0, err
	}
	if _, err := content.Seek(offset, io.SeekStart); err != nil {
		return 0, err
	}
	n := size - offset
	if p.short != nil {
		n = min(n, p.short(size))
	}
	done, err := io.Copy(w, io.LimitReader(content, n))
	if err == nil && n < size-offset {
		err = errors.New("the line broke")
	}
	return done, err
}

// current is the incarnation of a node as others meet it.
func (b *balai) current() (*handoff.Desk, *life) {
	b.incMu.Lock()
	defer b.incMu.Unlock()
	return b.desk, b.life
}

func newID() string {
	var b [16]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err)
	}
	return hex.EncodeToString(b[:])
}

// start opens the node on its disks and lets it run.
func (b *balai) start() {
	b.t.Helper()
	alive := &life{}
	s, f := store{b.disk, alive}, files{b.drawer, alive}
	cases, err := caseload.New(caseload.Config{
		Store: s, Gate: gate{}, Trail: trail{}, Index: index{}, Blobs: f, Clock: b.now, NewID: newID, Balai: b.code, Zone: time.UTC,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	point := b.point
	backoff, most := 2*time.Millisecond, 20*time.Millisecond
	if b.waits > 0 {
		backoff, most = b.waits, b.waits
	}
	desk, err := handoff.Open(handoff.Config{
		Self: b.code, Federation: b.fed, Store: s, Ledger: port{b, alive}, Cases: cases, Gate: gate{}, Trail: trail{}, Files: f,
		Peers: peers{b, alive}, Sign: b.signs, Clock: b.now, NewID: newID,
		Shred: b.shredded,
		Point: func(name string) {
			if point != nil && b.armed.Load() && alive.err() == nil && point(name) {
				alive.dead.Store(true)
			}
		},
		Poll: 5 * time.Millisecond, Backoff: backoff, MaxBackoff: most, KeepHouse: time.Hour, AnchorEvery: 1000 * time.Hour,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.incMu.Lock()
	b.life, b.desk, b.cases = alive, desk, cases
	b.incMu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		desk.Run(ctx)
	}()
	b.stop = sync.OnceFunc(func() { cancel(); <-done })
	b.t.Cleanup(b.stop)
}

func (b *balai) shredded(_ context.Context, owners ...string) error {
	b.disk.writing.Lock()
	defer b.disk.writing.Unlock()
	left := maps.Clone(b.disk.now())
	maps.DeleteFunc(left, func(k rowKey, _ []byte) bool { return slices.Contains(owners, k.owner) })
	b.disk.set(left)
	b.shredMu.Lock()
	defer b.shredMu.Unlock()
	b.shred = append(b.shred, owners...)
	return nil
}

// arm lets the node crash where point says so; disarm ends that, and brings it
// back if it lies dead.
func (b *balai) arm() { b.armed.Store(true) }

func (b *balai) disarm() {
	b.t.Helper()
	b.armed.Store(false)
	if b.dead.Load() {
		b.restart()
	}
}

func (b *balai) restart() {
	b.t.Helper()
	b.stop()
	b.start()
}

var (
	head   = casework.Actor{User: casework.UserID(strings.Repeat("a", 32)), Roles: []casework.Role{casework.Head}, Via: "test", StepUp: true}
	nobody = casework.Actor{User: casework.UserID(strings.Repeat("b", 32)), Via: "test"}
)

// canary is in the case and nowhere else.
const canary = "Kanari Rahasia"

// open opens a case with a note, a document and the consent to share it.
func (b *balai) open(to ...casework.BalaiCode) casework.CaseID {
	b.t.Helper()
	c, _, _, err := b.cases.Open(b.t.Context(), head, casework.Intake{
		Claims: []casework.Claim{{Kind: casework.ClaimName, Value: canary}}, Urgency: casework.NotUrgent, Basis: casework.ByConsent,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	b.note(c.ID, "first "+canary)
	for _, code := range to {
		consent := casework.Consent{Scope: casework.ForSharing, Recipient: code, Purpose: "rehabilitation", How: "written", GivenBy: "person", At: b.now()}
		if _, err := b.cases.AddConsent(b.t.Context(), head, c.ID, consent); err != nil {
			b.t.Fatal(err)
		}
	}
	pdf := append([]byte("%PDF-1.4\n"), bytes.Repeat([]byte(canary+" "), 5_000)...)
	doc := casework.Document{Kind: "medical", Title: "x-ray", Media: "application/pdf"}
	if _, err := b.cases.AddDocument(b.t.Context(), head, c.ID, doc, bytes.NewReader(pdf)); err != nil {
		b.t.Fatal(err)
	}
	return c.ID
}

func (b *balai) note(id casework.CaseID, text string) {
	b.t.Helper()
	if _, err := b.cases.AddNote(b.t.Context(), head, id, casework.Note{Kind: "progress", Text: text, At: b.now()}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *balai) addendum(id casework.CaseID, text string) {
	b.t.Helper()
	n := casework.Note{Kind: "progress", Text: text, At: b.now(), Addendum: true}
	if _, err := b.cases.AddNote(b.t.Context(), head, id, n); err != nil {
		b.t.Fatal(err)
	}
}

func letter(to casework.BalaiCode, cases ...casework.CaseID) casework.NewOffer {
	return casework.NewOffer{Kind: casework.Transfer, Cases: cases, To: to, Reason: "wheelchair workshop, " + canary, Wanted: "three months"}
}

// offer puts one case on offer.
func (b *balai) offer(o casework.NewOffer) casework.HandoffID {
	b.t.Helper()
	hs, err := b.desk.Offer(b.t.Context(), head, o)
	if err != nil {
		b.t.Fatal(err)
	}
	return hs[0].ID
}

func (b *balai) act(id casework.HandoffID, act string, in casework.Said) {
	b.t.Helper()
	if _, err := b.desk.Act(b.t.Context(), head, id, act, in); err != nil {
		b.t.Fatalf("%s at %s: %v", act, b.code, err)
	}
}

func (b *balai) get(id casework.HandoffID) casework.Handoff {
	h, err := b.desk.Get(context.Background(), head, id)
	if err != nil && !errors.Is(err, casework.NotFound) && !errors.Is(err, errDead) {
		b.t.Errorf("get at %s: %v", b.code, err)
	}
	return h
}

// sees waits until the handoff is at a stage here and nothing waits.
func (b *balai) sees(id casework.HandoffID, stage string) casework.Handoff {
	b.t.Helper()
	var h casework.Handoff
	waitFor(b.t, fmt.Sprintf("%s to see %s", b.code, stage), func() bool {
		h = b.get(id)
		return h.Stage == stage && h.Pending == ""
	})
	return h
}

// theCase returns the case here, wherever it stands.
func (b *balai) theCase(id casework.CaseID) casework.Case {
	b.t.Helper()
	o, err := b.cases.Get(b.t.Context(), head, id)
	if err != nil {
		b.t.Fatal(err)
	}
	return o.Case
}

// own returns the cases here by handle and state.
func (b *balai) own() map[string]casework.Case {
	all := map[string]casework.Case{}
	err := store{b.disk, &life{}}.View(func(tx casework.Tx) error {
		return tx.All(casework.Cases, func(_, _ string, decode func(any) error) (bool, error) {
			var c casework.Case
			err := decode(&c)
			all[c.Handle] = c
			return true, err
		})
	})
	if err != nil {
		b.t.Error(err)
	}
	return all
}

// outbox returns the rows about handoffs.
func (b *balai) outbox(state string) []casework.Queued {
	b.t.Helper()
	p, err := b.desk.Outbox(context.Background(), head, state, "", 100)
	if err != nil && !errors.Is(err, errDead) {
		b.t.Errorf("outbox of %s: %v", b.code, err)
	}
	return slices.DeleteFunc(p.Items, func(q casework.Queued) bool { return q.Handoff == "" })
}

// settled waits until every row of every outbox has ended and all has been
// pulled, then checks that each case that travels has one custodian.
func (w *world) settled() {
	w.t.Helper()
	for _, code := range slices.Sorted(maps.Keys(w.balai)) {
		b := w.balai[code]
		waitFor(w.t, "the outbox of "+string(code)+" to empty", func() bool {
			s, err := b.desk.Status()
			return err == nil && s.Pending == 0 && s.Fetching == 0 && s.Cursor == s.Head && len(b.outbox(handoff.Pending)) == 0
		})
	}
	for _, fault := range w.custodyFaults() {
		w.t.Error(fault)
	}
}

// custodyFaults compares what the nodes believe with the ledger.
func (w *world) custodyFaults() (faults []string) {
	custody := map[string]ledger.Custody{}
	w.view(func(v ledger.View) {
		v.Custodies(func(c ledger.Custody) bool {
			custody[c.Case.String()] = c
			return true
		})
	})
	for handle, c := range custody {
		var mine []casework.BalaiCode
		for code, b := range w.balai {
			if k, ok := b.own()[handle]; ok && (k.State == casework.Open || k.State == casework.OnOffer || k.State == casework.Closed) {
				mine = append(mine, code)
				if frozen := k.State == casework.OnOffer; frozen != !c.Open.IsZero() {
					faults = append(faults, fmt.Sprintf("case %s is %s at %s, open transfer %s", handle, k.State, code, c.Open))
				}
			}
		}
		if len(mine) != 1 || mine[0] != casework.BalaiCode(c.Owner) {
			faults = append(faults, fmt.Sprintf("case %s: the ledger says %s, responsible are %v", handle, c.Owner, mine))
		}
	}
	return faults
}

// waitFor asks until the answer is yes.
func waitFor(t *testing.T, what string, yes func() bool) {
	t.Helper()
	tick := time.NewTicker(3 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(60 * time.Second); !yes(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("gave up waiting for %s", what)
		}
	}
}

// reassign gives a case to another balai by the officers' word.
func (w *world) reassign(handle string, to casework.BalaiCode) {
	w.t.Helper()
	m, a := w.motion(handle, to)
	body := &ledger.ReassignBody{To: ledger.NodeID(to), Approvals: []ledger.Approval{a}}
	w.command(to, ledger.Command{Act: ledger.Reassign, Subject: m.Subject, Body: body})
}

// approve brings an officer's word on it to the ledger and no more.
func (w *world) approve(handle string, to casework.BalaiCode) {
	w.t.Helper()
	m, a := w.motion(handle, to)
	w.command(to, ledger.Command{Act: ledger.Approve, Subject: m.Subject, Body: &ledger.ApproveBody{Motion: m, Approval: a}})
}

func (w *world) motion(handle string, to casework.BalaiCode) (m ledger.Motion, a ledger.Approval) {
	w.t.Helper()
	id, err := ledger.ParseID(handle)
	if err != nil {
		w.t.Fatal(err)
	}
	officer := seedKey("officer")
	w.view(func(v ledger.View) {
		m = v.MotionFor(ledger.Reassign, ledger.CaseOf(id), ledger.ContentOf(&ledger.ReassignBody{To: ledger.NodeID(to)}))
	})
	a.Officer = ledger.KeyIDOf(officer.Public().(ed25519.PublicKey))
	copy(a.Sig[:], ed25519.Sign(officer, m.Bytes()))
	return m, a
}
