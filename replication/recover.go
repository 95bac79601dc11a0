package replication

import (
	"errors"
	"fmt"

	"github.com/hashicorp/raft"

	"serasi/replication/ledger"
)

// Remains is how far the ledger reaches in one data folder, when the voters
// that could decide are lost. Of all survivors, who has the highest term and
// then the highest entry has everything that was ever decided and is not lost.
type Remains struct {
	Term  uint64 // of the last entry
	Last  uint64 // the last entry in the raft log
	Event uint64 // the last event, with all entries applied
	Head  ledger.Hash
	Time  ledger.Time
	Tail  uint64 // events at the end of which this node never heard that they were decided
}

// Recover begins a new group of voters on what is left in c.Dir, where no node
// may run. look is shown the ledger with every entry of the log applied, also
// those whose fate was open: they count from now on. If it returns a command, a
// ledger.Recover of this member that k officers signed, the command and a
// configuration with this member as the only voter become the last entries of
// the log, both or neither; the next Open leads alone and takes the others in
// again as new incarnations. If it returns nil, nothing on disk is changed.
//
// The error wraps ErrRejoin if the raft files here are not whole: this node is
// no survivor.
func Recover(c Config, look func(Remains, ledger.View) (*ledger.Signed, error)) (err error) {
	if err := c.Check(); err != nil {
		return err
	}
	l := newLog(c.filled())
	defer l.stop()
	if err := l.book.open(); err != nil { // also keeps others out
		return err
	}
	defer func() { err = errors.Join(err, l.book.db.Load().Close()) }() // unflushed: what is applied here is only looked at
	if l.stores, err = openStores(l.conf, l.book, l.dog, l.fail); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.stores.close()) }()
	last, err := l.lastEntry()
	if err != nil {
		return err
	}
	return l.begin(last, look)
}

// lastEntry finds where the log ends. Files that do not fit each other are not
// gone on from.
func (l *Log) lastEntry() (last raft.Log, err error) {
	list, err := l.stores.snaps.List()
	if err != nil {
		return last, fmt.Errorf("list snapshots: %w", err)
	}
	if len(list) > 0 {
		last.Index, last.Term = list[0].Index, list[0].Term
	}
	at := *l.book.flushed.Load()
	if last.Index > at.index {
		return last, errors.New("replication: a snapshot waits to be read: start this node once, stop it, and recover then")
	}
	end, err := l.stores.disk.LastIndex()
	if err != nil {
		return last, err
	}
	if end > last.Index {
		if err := l.stores.disk.GetLog(end, &last); err != nil {
			return last, err
		}
	}
	if at.index > last.Index || last.Index == 0 {
		return last, fmt.Errorf("%w: applied up to %d, but the raft log ends at %d", ErrRejoin, at.index, last.Index)
	}
	return last, nil
}

func (l *Log) begin(last raft.Log, look func(Remains, ledger.View) (*ledger.Signed, error)) error {
	flushed := *l.book.flushed.Load()
	for i := flushed.index + 1; i <= last.Index; i++ {
		var e raft.Log
		if err := l.stores.disk.GetLog(i, &e); err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		if _, err := l.book.apply([]*raft.Log{&e}); err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
	}
	signed, at, err := l.shown(last, flushed, look)
	if err != nil || signed == nil {
		return err
	}
	voted, err := l.stores.disk.GetUint64([]byte("CurrentTerm"))
	if err != nil {
		return fmt.Errorf("read the term: %w", err)
	}
	term := max(last.Term, voted) + 1
	entries := []*raft.Log{
		// The time of the event before it: the clock must close nothing in between.
		{Index: last.Index + 1, Term: term, Type: raft.LogCommand, Data: ledger.Entry{Stamp: at.Time, Proposal: ledger.Proposal{Signed: *signed}}.Encode()},
		{Index: last.Index + 2, Term: term, Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(raft.Configuration{Servers: []raft.Server{
			{ID: serverID(l.conf.Raft), Address: raft.ServerAddress(l.conf.Self), Suffrage: raft.Voter},
		}})},
	}
	answers, err := l.book.apply(entries[:1])
	if err != nil {
		return err
	}
	if a := answers[0].(answer); a.Refused != ledger.NotRefused {
		return refusal{ledger.Recover, a.Refused}
	}
	if err := l.stores.disk.SetUint64([]byte("CurrentTerm"), term); err != nil {
		return err
	}
	return l.stores.disk.StoreLogs(entries)
}

// shown lets look see the state in memory.
func (l *Log) shown(last raft.Log, flushed mark, look func(Remains, ledger.View) (*ledger.Signed, error)) (signed *ledger.Signed, at Remains, err error) {
	l.book.mu.Lock()
	defer l.book.mu.Unlock()
	s, end := l.book.stack()
	defer end()
	v := ledger.On(s)
	at = Remains{Term: last.Term, Last: last.Index}
	at.Event, at.Head, at.Time = v.Head()
	at.Tail = at.Event - flushed.event
	signed, err = look(at, v)
	return signed, at, err
}
