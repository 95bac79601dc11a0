package replication

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"serasi/replication/ledger"
)

// Every raft connection begins with what the caller is and how far it got, and
// one byte of answer. It finds most of the disks that were turned back in time:
// a node that votes or counts with less than it once promised could make a
// second leader or lose a commit.

// position is how far an incarnation has got.
type position struct {
	term  uint64 // current term
	last  uint64 // last entry in its log
	floor uint64 // last entry that is applied on its disk; its log never again ends before it
}

// preamble is what the caller says.
type preamble struct {
	federation ledger.Hash // and the group of it, see Log.group
	raft       ledger.RaftID
	position
}

const (
	preambleMagic = "SERASI-RAFT-1\n"
	preambleSize  = len(preambleMagic) + 32 + 8 + 24
)

// verdict is the answer. The numbers travel.
type verdict byte

const (
	welcome   verdict = 0
	foreign   verdict = 1 // another federation, or another group of it
	regressed verdict = 2 // less than it once had
)

func (p preamble) encode() []byte {
	b := append([]byte(preambleMagic), p.federation[:]...)
	b = append(b, p.raft[:]...)
	return append(b, be(p.term, p.last, p.floor)...)
}

func readPreamble(r io.Reader) (p preamble, err error) {
	b := make([]byte, preambleSize)
	if _, err := io.ReadFull(r, b); err != nil {
		return p, fmt.Errorf("read preamble: %w", err)
	}
	return decodePreamble(b)
}

func decodePreamble(b []byte) (p preamble, err error) {
	if len(b) != preambleSize || string(b[:len(preambleMagic)]) != preambleMagic {
		return p, errors.New("replication: not a raft connection")
	}
	b = b[len(preambleMagic):]
	copy(p.federation[:], b)
	copy(p.raft[:], b[32:])
	p.term, p.last, p.floor = binary.BigEndian.Uint64(b[40:]), binary.BigEndian.Uint64(b[48:]), binary.BigEndian.Uint64(b[56:])
	return p, nil
}

// admit judges what a peer says of itself and keeps the highest claim it ever
// made, once the ledger knows that this raft id is its own; nobody can speak for
// another. It reaches the disk with the next flush.
func (b *book) admit(peer string, p preamble) verdict {
	if m, known := b.roster.Load().members[ledger.NodeID(peer)]; !known || m.Raft != p.raft {
		return welcome // the guard has the last word on what it may send
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	had := b.seen[p.raft]
	if p.term < had.term || p.last < had.floor {
		return regressed
	}
	if p.term > had.term || p.floor > had.floor {
		b.seen[p.raft] = position{term: p.term, floor: max(p.floor, had.floor)}
		b.claimed, b.dirty = true, true
	}
	return welcome
}
