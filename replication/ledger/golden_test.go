package ledger_test

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"serasi/replication/ledger"
)

// The golden files are version 1 as it is stored on disks and signed by balai.
// They never change: a test that fails here has broken every ledger there is.
// New files may be added with -update.
var update = flag.Bool("update", false, "write the golden files anew")

const goldenDir = "../../testdata/golden/ledger"

// chronicle is a ledger in which every act of version 1 happens, but for the
// switch to another version, which would end it.
func chronicle(t tb) *world {
	w := found(t, "BTR", "MGL", "SRK")
	two := w.officers[:2]
	say := func(id byte, who ledger.NodeID, a ledger.Act, b ledger.StepBody) { w.must(w.step(id, who, a, b), nil) }
	self := func(who ledger.NodeID, a ledger.Act, b ledger.Body) {
		w.must(w.sign(who, ledger.Command{Act: a, Subject: ledger.MemberOf(who), Body: b}), nil)
	}
	w.join("MGL", "GWA", 1)
	w.join("MGL", "BKS", 1)
	w.must(w.seat("MGL", []ledger.NodeID{"BKS", "BTR", "GWA", "MGL", "SRK"}), nil)

	// A transfer to the end, by way of a question and the waiting list.
	w.must(w.offer(1, "MGL", "SRK", 1))
	say(1, "SRK", ledger.Deliver, ledger.StepBody{})
	say(1, "SRK", ledger.Read, ledger.StepBody{})
	w.must(w.said(1, "SRK", ledger.Ask, ledger.StepBody{}, "question"))
	w.must(w.said(1, "MGL", ledger.Answer, ledger.StepBody{}, "answer"))
	say(1, "SRK", ledger.Wait, ledger.StepBody{Expected: w.now.Add(48 * time.Hour)})
	w.must(w.said(1, "SRK", ledger.Accept, ledger.StepBody{Conditional: true}, "conditions"))
	say(1, "MGL", ledger.Depart, ledger.StepBody{})
	w.must(w.said(1, "SRK", ledger.Receive, receipt(1), "thanks"))

	// The other ways in which a transfer ends.
	w.must(w.offer(2, "MGL", "SRK", 2))
	w.must(w.said(2, "SRK", ledger.Decline, ledger.StepBody{Reason: 3}, "advice"))
	say(2, "MGL", ledger.Read, ledger.StepBody{})
	w.must(w.offer(3, "MGL", "SRK", 2))
	say(3, "SRK", ledger.Redirect, ledger.StepBody{Redirect: "GWA", Reason: 1})
	w.must(w.offer(4, "MGL", "GWA", 2))
	say(4, "MGL", ledger.Withdraw, ledger.StepBody{Reason: 2})
	say(9, "MGL", ledger.Withdraw, ledger.StepBody{})
	w.must(w.offer(5, "MGL", "GWA", 2))
	say(5, "GWA", ledger.Accept, ledger.StepBody{})
	say(5, "MGL", ledger.Cancel, ledger.StepBody{Reason: 1})
	say(5, "GWA", ledger.ConfirmCancel, ledger.StepBody{})
	w.must(w.offer(6, "MGL", "GWA", 2))
	w.must(w.offer(7, "MGL", "GWA", 3))
	say(7, "GWA", ledger.Accept, ledger.StepBody{})
	w.pass(3 * time.Hour) // 6 expires, 7 lapses

	// A referral, and its words that fade.
	b := w.referralTerms("BKS")
	b.Group = ledger.ID{77}
	w.must(w.offerOf(8, "SRK", b))
	for _, a := range []ledger.Act{ledger.Accept, ledger.Start, ledger.Hold, ledger.Start} {
		say(8, "BKS", a, ledger.StepBody{})
	}
	w.must(w.said(8, "BKS", ledger.Report, ledger.StepBody{Reason: 1}, "outcome"))
	say(8, "SRK", ledger.Read, ledger.StepBody{})
	say(8, "SRK", ledger.Close, ledger.StepBody{})

	// Members come, change and go.
	w.must(w.rotateSign("MGL", 2), nil)
	w.must(w.rotate("MGL", ledger.ForTLS, []byte("cert MGL next")), nil)
	w.must(w.rotate("SRK", ledger.ForSealing, sealKey("SRK", 2)), nil)
	self("SRK", ledger.Relocate, &ledger.RelocateBody{Addr: "srk.example:7001"})
	self("SRK", ledger.Anchor, &ledger.AnchorBody{Count: 12, Head: ledger.Hash{4}})
	f := founding("BKS", 2)
	self("BKS", ledger.Renew, &ledger.RenewBody{Raft: f.Raft, TLS: f.TLS, Seal: f.Seal, Addr: f.Addr})
	w.must(w.verdict("SRK", ledger.Suspend, "GWA", two...), nil)
	w.pass(ledger.SuspendedFor)
	m := w.state.MotionFor(ledger.Revoke, ledger.MemberOf("GWA"), ledger.ContentOf(&ledger.VerdictBody{}))
	w.must(w.approve("SRK", m, w.officers[2]), nil)
	w.must(w.verdict("SRK", ledger.Revoke, "GWA", two...), nil)
	w.must(w.succession("BKS", "SRK", two...), nil)
	w.must(w.council(3, 5, officers(5), two...), nil)
	w.officers = officers(5)

	w.pass(100 * 24 * time.Hour) // the last word of 1 fades
	w.must(w.reassign("SRK", 2, "SRK", w.officers[:3]...), nil)
	w.must(w.approve("SRK", w.state.MotionFor(ledger.Suspend, ledger.MemberOf("MGL"), ledger.ContentOf(&ledger.VerdictBody{})), w.officers[0]), nil)
	w.must(w.invite("SRK", "KRT", "seed"), nil)
	w.must(w.request("SRK", founding("KRT", 1), "seed"), nil)
	w.must(w.offer(10, "SRK", "MGL", 1)) // left open, with its words
	w.must(w.said(10, "MGL", ledger.Ask, ledger.StepBody{}, "another question"))
	return w
}

// table writes what a state says, for people to compare.
func table(v ledger.View) []byte {
	var b bytes.Buffer
	n, h, at := v.Head()
	realm, _ := v.Realm()
	fmt.Fprintf(&b, "events %d\nhead %s\ntime %d\nfederation %s\n", n, h, at, realm.ID)
	for _, m := range v.Members() {
		fmt.Fprintf(&b, "member %s %v voter %v raft %s keys %d seal %s heard %d\n", m.Code, m.Standing, m.Voter, m.Raft, len(m.Sign), m.SealKey(), v.Heard(m.Code))
	}
	v.Custodies(func(c ledger.Custody) bool {
		fmt.Fprintf(&b, "case %s owner %s epoch %d open %s head %s\n", c.Case, c.Owner, c.Epoch, c.Open, c.Head)
		return true
	})
	v.Handoffs(ledger.ID{}, func(h ledger.Handoff) bool {
		fmt.Fprintf(&b, "%v %s %s to %s %v head %s deadline %d\n", h.Kind, h.ID, h.From, h.To, h.Stage, h.Head, h.Deadline)
		return true
	})
	return b.Bytes()
}

// commands lists the first command of each act, and those of the clock by name.
func commands(w *world) []byte {
	var b bytes.Buffer
	seen := map[ledger.Act]bool{}
	for _, e := range w.state.Since(0, 1000) {
		if !seen[e.Act] {
			fmt.Fprintf(&b, "%d %v %x\n", e.Act, e.Act, e.Signed.Bytes)
		}
		seen[e.Act] = true
	}
	sw := &ledger.SwitchBody{Version: 2}
	sw.Approvals = w.approvals(ledger.Switch, ledger.Federation(), sw, w.officers[:3]...)
	s := w.sign("SRK", ledger.Command{Act: ledger.Switch, Subject: ledger.Federation(), Body: sw})
	fmt.Fprintf(&b, "%d %v %x\n", ledger.Switch, ledger.Switch, s.Bytes)
	return b.Bytes()
}

// commands2 lists what version 2 brought.
func commands2(t tb) []byte {
	t.Helper()
	w, b := found(t, "MGL", "SRK", "GWA"), bytes.Buffer{}
	w.must(w.offerOf(1, "MGL", w.referralTerms("SRK")))
	for _, s := range []ledger.Signed{w.leave("SRK"), w.release("MGL", 1, w.officers[:2]...)} {
		c, err := ledger.DecodeCommand(s.Bytes)
		if err != nil || c.Version != 2 {
			t.Fatalf("%v of version %d: %v", c.Act, c.Version, err)
		}
		fmt.Fprintf(&b, "%d %v %x\n", c.Act, c.Act, s.Bytes)
	}
	return b.Bytes()
}

func golden(t tb, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(goldenDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func lines(entries [][]byte) []byte {
	var b bytes.Buffer
	for _, e := range entries {
		fmt.Fprintf(&b, "%x\n", e)
	}
	return b.Bytes()
}

func unlines(t tb, file []byte) (entries [][]byte) {
	t.Helper()
	for line := range strings.Lines(string(file)) {
		f := strings.Fields(line)
		b, err := hex.DecodeString(f[len(f)-1])
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, b)
	}
	return entries
}

func TestGolden(t *testing.T) {
	w := chronicle(t)
	last, _ := w.state.Event(w.head())
	w.consistent()
	result := ledger.Result{Event: last.N, Time: last.Time, Outcome: last.Outcome}
	files := map[string][]byte{
		"snapshot.bin":  w.snapshot(),
		"state.txt":     table(w.state.View),
		"entries.txt":   lines(w.entries),
		"charter.hex":   lines([][]byte{w.charter.Encode()}),
		"founding.hex":  lines([][]byte{founding("SRK", 1).Encode()}),
		"event.hex":     lines([][]byte{apart(t, w.snapshot()).events[last.N-1]}),
		"result.hex":    lines([][]byte{result.Encode()}),
		"commands.txt":  commands(w),
		"commands2.txt": commands2(t),
		"motion.hex":    lines([][]byte{w.state.MotionFor(ledger.Seat, ledger.Federation(), ledger.Hash{1}).Bytes()}),
		"handshake.hex": lines([][]byte{ledger.RequestBytes(w.fed, founding("SRK", 1)), ledger.CharterBytes([]byte("core"))}),
	}
	after := recovered(t)
	files["recovered-commands.txt"] = recoveries(after)
	files["recovered-entries.txt"] = lines(after.entries)
	files["recovered-state.txt"] = table(after.state.View)
	for name, got := range files {
		if *update {
			if err := os.MkdirAll(goldenDir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(goldenDir, name), got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want := golden(t, name); !bytes.Equal(got, want) {
			t.Errorf("%s differs from the file: a version that is in use has changed", name)
		}
	}
}

func (w *world) head() uint64 {
	n, _, _ := w.state.Head()
	return n
}

// The files alone, without the code that wrote them, lead to the same state.
func TestGoldenReplays(t *testing.T) {
	restored, err := restore(ledger.Replay{}, golden(t, "snapshot.bin"))
	if err != nil {
		t.Fatal(err)
	}
	if got := table(ledger.On(restored)); !bytes.Equal(got, golden(t, "state.txt")) {
		t.Errorf("the snapshot restores to another state:\n%s", got)
	}
	applied := newRows()
	for i, e := range unlines(t, golden(t, "entries.txt")) {
		r, err := ledger.New(applied, nil).Apply(e)
		if err != nil || r.Refused != 0 {
			t.Fatalf("entry %d: %v, %v", i, r.Refused, err)
		}
	}
	restored.same(t, applied)
	after := newRows()
	for i, e := range unlines(t, golden(t, "recovered-entries.txt")) {
		if r, err := ledger.New(after, nil).Apply(e); err != nil || r.Refused != 0 {
			t.Fatalf("entry %d of the recovery: %v, %v", i, r.Refused, err)
		}
	}
	if got := table(ledger.On(after)); !bytes.Equal(got, golden(t, "recovered-state.txt")) {
		t.Errorf("the recovery leads to another state:\n%s", got)
	}
}

// Every act that this version knows stands in the files, and decodes.
func TestGoldenIsWhole(t *testing.T) {
	have := map[string]bool{}
	for line := range strings.Lines(string(golden(t, "commands.txt")) + string(golden(t, "commands2.txt")) + string(golden(t, "recovered-commands.txt"))) {
		f := strings.Fields(line)
		have[f[1]] = true
		if len(f) < 3 {
			continue // of the clock
		}
		b, err := hex.DecodeString(f[2])
		if err != nil {
			t.Fatal(err)
		}
		c, err := ledger.DecodeCommand(b)
		if err != nil || c.Act.String() != f[1] || fmt.Sprint(uint8(c.Act)) != f[0] {
			t.Errorf("%s decodes to %v, %v", f[1], c.Act, err)
		}
	}
	for n := range 256 {
		if name := ledger.Act(n).String(); name != "unknown act" && !have[name] {
			t.Errorf("no golden file has %q", name)
		}
	}
}
