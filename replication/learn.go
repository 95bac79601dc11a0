package replication

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/raft"
	"go.etcd.io/bbolt"

	"serasi/replication/ledger"
)

// A node that was away may meet a leader that became a voter meanwhile. The
// proof is in the entries it lacks, which only that leader can send. So it asks
// a peer it knows for the acts on members and voters it lacks, tries them on a
// copy of its state under all rules of the ledger, and lets the guard of the
// transport, and nothing else, use the outcome.

const (
	maxLesson    = 8 << 20
	lessonEvents = 20_000 // read by the teacher for one answer
	hintsLast    = 10 * time.Minute
)

// learn asks for it; it never waits.
func (l *Log) learn() {
	select {
	case l.lacking <- struct{}{}:
	default:
	}
}

func (l *Log) learnOn() {
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-l.lacking:
		}
		l.study()
		select { // however often strangers call
		case <-l.ctx.Done():
			return
		case <-time.After(l.conf.Timing.Housekeeping):
		}
	}
}

func (l *Log) study() {
	if l.conf.Forward == nil {
		return
	}
	all := l.doubt.Swap(false)
	for _, code := range l.acquainted() {
		ctx, cancel := context.WithTimeout(l.ctx, l.conf.Timing.RPC)
		b, err := l.conf.Forward.Events(ctx, string(code), l.book.flushed.Load().event)
		cancel()
		var later *roster
		if err == nil {
			later, err = l.absorb(b)
		}
		if err != nil {
			l.log.Warn("asking for later members failed", "peer", code, "err", err)
			continue
		}
		if had := l.hints.Load(); had == nil || later.event >= had.event || time.Since(had.learned) > hintsLast {
			l.hints.Store(later)
		}
		l.passedOver(later)
		if !all {
			return
		}
	}
}

// acquainted are the members known here, others than this node.
func (l *Log) acquainted() (codes []ledger.NodeID) {
	r := l.book.roster.Load()
	for code, m := range r.members {
		if code != l.conf.Self && m.Standing == ledger.Active {
			codes = append(codes, code)
		}
	}
	for _, i := range l.introduced {
		if _, known := r.members[i.Code]; !known && i.Code != l.conf.Self {
			codes = append(codes, i.Code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// aboutMembers reports whether a command may change who is a member or votes.
func aboutMembers(signed ledger.Signed) bool {
	c, err := ledger.DecodeCommand(signed.Bytes)
	return err == nil && (c.Subject.Kind == ledger.OfFederation || c.Subject.Kind == ledger.OfMember)
}

// Events answers a peer whose ledger ends at event from: this node's head, and
// the commands about members and voters after from, each with its time. A
// recovery is told also to who claims to be beyond it, since its history may be
// another. The commands prove themselves; this node need not be believed.
func (l *Log) Events(from uint64) ([]byte, error) {
	var out []byte
	err := l.View(func(v ledger.View) error {
		head, _, _ := v.Head()
		upto := min(head, from+lessonEvents)
		out = be(upto)
		list := v.Since(from, int(upto-min(from, upto)))
		if c, any := v.Cluster(); any && c.Event <= from {
			if e, ok := v.Event(c.Event); ok {
				list = append([]ledger.Event{e}, list...)
			}
		}
		for _, e := range list {
			if e.Derived() || !aboutMembers(e.Signed) {
				continue
			}
			b := ledger.Entry{Stamp: e.Time, Proposal: ledger.Proposal{Signed: e.Signed}}.Encode()
			out = append(binary.BigEndian.AppendUint32(out, uint32(len(b))), b...)
		}
		return nil
	})
	if len(out) > maxLesson {
		return nil, errors.New("replication: too far behind for a lesson")
	}
	return out, err
}

// decodeLesson reads what Events wrote.
func decodeLesson(b []byte) (upto uint64, entries [][]byte, err error) {
	if len(b) < 8 || len(b) > maxLesson {
		return 0, nil, ledger.ErrMalformed
	}
	upto, b = binary.BigEndian.Uint64(b), b[8:]
	for len(b) > 0 {
		if len(b) < 4 || uint64(binary.BigEndian.Uint32(b)) > uint64(len(b)-4) {
			return 0, nil, ledger.ErrMalformed
		}
		n := binary.BigEndian.Uint32(b)
		entries = append(entries, b[4:4+n])
		b = b[4+n:]
	}
	return upto, entries, nil
}

// absorb tries a lesson on a copy of the state.
func (l *Log) absorb(lesson []byte) (later *roster, err error) {
	upto, entries, err := decodeLesson(lesson)
	if err != nil {
		return nil, err
	}
	err = l.rehearse(func(_ mark, s *stack) error {
		for _, b := range entries {
			n, err := ledger.DecodeEntry(b)
			if err != nil {
				return err
			}
			if !aboutMembers(n.Signed) {
				return errors.New("not about members")
			}
			if r, err := ledger.New(s, l.verified.check).Apply(b); err != nil || r.Refused.Final() && r.Refused != ledger.MovedOn {
				return fmt.Errorf("a later command does not hold: %v, %w", r.Refused, err)
			}
		}
		later = newRoster(readHot(s), upto)
		later.learned = time.Now()
		return nil
	})
	return later, err
}

// rehearse calls f with a copy of the state on disk, which is then forgotten.
func (l *Log) rehearse(f func(mark, *stack) error) error {
	return l.book.view(func(tx *bbolt.Tx) error {
		rows := tx.Bucket(rowsBucket)
		return f(readMark(tx), &stack{layers: []*layer{{}}, base: func() *bbolt.Bucket { return rows }})
	})
}

// pending is who will be a member with which role when the entries before index
// are applied: those in our log, and those earlier in the same batch.
func (l *Log) pending(index uint64, batch []*raft.Log) (r *roster, err error) {
	try := func(s *stack, e *raft.Log) error {
		if e.Type != raft.LogCommand {
			return nil
		}
		n, err := ledger.DecodeEntry(e.Data)
		if err != nil || !aboutMembers(n.Signed) {
			return nil // it changes nobody's role
		}
		_, err = ledger.New(s, l.verified.check).Apply(e.Data)
		return err
	}
	err = l.rehearse(func(at mark, s *stack) error {
		next := index
		if len(batch) > 0 {
			next = batch[0].Index
		}
		for i := at.index + 1; i < next; i++ {
			var e raft.Log
			if err := l.stores.logs.GetLog(i, &e); err != nil {
				return fmt.Errorf("entry %d before a configuration: %w", i, err)
			}
			if err := try(s, &e); err != nil {
				return err
			}
		}
		for _, e := range batch {
			if e.Index > at.index {
				if err := try(s, e); err != nil {
					return err
				}
			}
		}
		r = newRoster(readHot(s), 0)
		return nil
	})
	return r, err
}
