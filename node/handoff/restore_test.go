package handoff_test

import (
	"maps"
	"strings"
	"testing"

	"serasi/node/casework"
	"serasi/node/handoff"
	"serasi/replication/ledger"
)

// backup is what a backup of a node holds: rows without sealing keys, and blobs.
type backup struct {
	rows  map[rowKey][]byte
	blobs map[string][]byte
}

func (b *balai) backup() backup {
	kept := maps.Clone(b.disk.now())
	maps.DeleteFunc(kept, func(k rowKey, _ []byte) bool { return handoff.IsSealingKey(k.t, k.owner, k.id) })
	b.drawer.mu.Lock()
	defer b.drawer.mu.Unlock()
	return backup{kept, maps.Clone(b.drawer.blobs)}
}

// restore puts a backup onto new disks: a new incarnation with a new sealing key.
func (b *balai) restore(from backup) {
	b.t.Helper()
	b.stop()
	from.rows[rowKey{casework.Settings, casework.NodeOwner, "restored"}] = []byte(`{}`)
	b.disk.set(from.rows)
	b.drawer.mu.Lock()
	b.drawer.blobs = from.blobs
	b.drawer.packets, b.drawer.parts = map[string][]byte{}, map[string][]byte{}
	b.drawer.mu.Unlock()
	seal, err := handoff.NewSealKey(b.t.Context(), store{b.disk, &life{}}, b.now())
	if err != nil {
		b.t.Fatal(err)
	}
	b.command(b.code, ledger.Command{Act: ledger.Renew, Subject: ledger.MemberOf(ledger.NodeID(b.code)), Body: &ledger.RenewBody{
		Raft: ledger.RaftID{b.code[0], b.code[1], b.code[2], 2}, TLS: []byte("new cert"), Seal: seal, Addr: "127.0.0.1:7001",
	}})
	b.start()
}

// lose takes the outbox rows of a handoff off the disk.
func (b *balai) lose(id casework.HandoffID) {
	left := maps.Clone(b.disk.now())
	maps.DeleteFunc(left, func(k rowKey, row []byte) bool {
		return k.t == casework.Outbox && strings.Contains(string(row), string(id))
	})
	b.disk.set(left)
}

func (b *balai) reconciled() handoff.Reconciled {
	b.t.Helper()
	var r handoff.Reconciled
	waitFor(b.t, "the restore to be reconciled", func() bool {
		var ok bool
		var err error
		r, ok, err = b.desk.LastReconciled()
		s, sErr := b.desk.Status()
		return err == nil && sErr == nil && ok && !s.Restoring
	})
	return r
}

// Six cases at six points of their way, and then the source is restored from a
// backup made before they moved on.
func TestSourceComesBackFromABackup(t *testing.T) {
	w := found(t, 21, "MGL", "SRK", "GWA")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	quiet, gone, offered, waiting := mgl.open("SRK"), mgl.open("SRK"), mgl.open("SRK"), mgl.open("SRK")
	committed := mgl.open("SRK")
	mgl.sees(mgl.offer(letter("SRK", quiet)), "offered")
	w.settled()
	mgl.cable(false)
	unsent := mgl.offer(letter("SRK", waiting))
	sent := mgl.offer(letter("SRK", committed))
	saved := mgl.backup()
	mgl.stop()
	mgl.lose(unsent) // the old disk dies before this one was ever sent
	mgl.start()
	mgl.cable(true)
	mgl.sees(sent, "offered")

	away := mgl.offer(letter("SRK", gone))
	open := mgl.offer(letter("SRK", offered))
	srk.sees(away, "offered")
	srk.act(away, "accept", casework.Said{})
	waitFor(t, "the packet", func() bool { return srk.get(away).Packet == "here" })
	srk.act(away, "receive", casework.Said{})
	mgl.sees(away, "received")
	srk.sees(open, "offered")
	late := mgl.open("SRK")
	mgl.sees(mgl.offer(letter("SRK", late)), "offered")
	lateHandle := mgl.theCase(late).Handle
	w.settled()

	mgl.restore(saved)
	r := mgl.reconciled()
	states := map[casework.CaseID]casework.State{
		quiet: casework.OnOffer, gone: casework.HandedOver, offered: casework.OnOffer, waiting: casework.OnOffer, committed: casework.OnOffer,
	}
	for id, want := range states {
		if c := mgl.theCase(id); c.State != want {
			t.Errorf("after the restore case %s is %s, want %s", c.Number, c.State, want)
		}
	}
	if len(r.Missing) != 1 || r.Missing[0] != lateHandle {
		t.Errorf("missing cases: %v, want the one opened after the backup", r.Missing)
	}
	if len(r.Archived) != 1 || r.Archived[0] != gone {
		t.Errorf("archived cases: %v, want the one handed over after the backup", r.Archived)
	}
	rows := mgl.outbox(handoff.Undecided)
	if len(rows) != 1 || rows[0].Handoff != unsent {
		t.Fatalf("undecided rows: %+v, want the offer that the ledger never saw", rows)
	}
	if err := mgl.desk.Decide(t.Context(), head, rows[0].ID, false); err != nil {
		t.Fatal(err)
	}
	if c := mgl.theCase(waiting); c.State != casework.Open {
		t.Errorf("the case of a dropped offer is %s, want open", c.State)
	}
	if err := mgl.desk.Decide(t.Context(), head, rows[0].ID, true); err == nil {
		t.Error("a row was decided about twice")
	}
	srk.act(open, "decline", casework.Said{Reason: "penuh"})
	mgl.sees(open, "declined")
	if c := mgl.theCase(offered); c.State != casework.Open {
		t.Errorf("after the decline the case is %s, want open", c.State)
	}
}

// A destination that lost its disk after it received a case fetches the file
// again from the sender, sealed to its new key, and is responsible at once.
func TestDestinationFetchesAgainAfterARestore(t *testing.T) {
	w := found(t, 22, "MGL", "SRK", "GWA")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	saved := srk.backup()
	h := mgl.offer(letter("SRK", mgl.open("SRK")))
	srk.sees(h, "offered")
	srk.act(h, "accept", casework.Said{})
	waitFor(t, "the packet", func() bool { return srk.get(h).Packet == "here" })
	srk.act(h, "receive", casework.Said{})
	mgl.sees(h, "received")
	w.settled()

	srk.restore(saved)
	srk.reconciled()
	waitFor(t, "the file to come again", func() bool { return srk.get(h).Packet == "here" })
	got := srk.get(h)
	if c := srk.theCase(got.Case); c.State != casework.Open || c.Epoch != 2 {
		t.Errorf("the case that came again is %s in epoch %d, want open in 2", c.State, c.Epoch)
	}
	if got.Summary != nil {
		t.Error("a summary sealed to a lost key was opened")
	}
	w.settled()
}

// Nothing may be edited or offered before a restored node is level again.
func TestRestoredNodeWaitsForTheLedger(t *testing.T) {
	w := found(t, 23, "MGL", "SRK", "GWA")
	mgl := w.balai["MGL"]
	id := mgl.open("SRK")
	w.settled()
	saved := mgl.backup()
	mgl.cable(false)
	mgl.restore(saved)
	if err := mgl.desk.Editable(casework.Case{Epoch: 1}); err == nil {
		t.Error("a restored node that hears nobody lets edit what the ledger knows")
	}
	if _, err := mgl.desk.Offer(t.Context(), head, letter("SRK", id)); err == nil || !strings.Contains(err.Error(), "restored") {
		t.Errorf("a restored node that hears nobody offers: %v", err)
	}
	mgl.cable(true)
	mgl.reconciled()
	mgl.sees(mgl.offer(letter("SRK", id)), "offered")
	w.settled()
}
