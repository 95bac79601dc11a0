package ledger

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
)

// A snapshot is the whole history: a header, every event as signed, the live
// sealed payloads, and the SHA-256 of all that. Whoever reads one replays and
// verifies it from the genesis, so it need not trust who sent it.
const snapshotMagic = "SERASI-LEDGER-1\n"

// ErrSnapshot means that a snapshot is cut, altered, or tells a history that
// the rules of the ledger do not allow.
var ErrSnapshot = errors.New("ledger: snapshot is not a true history")

// A SnapshotHeader says what a snapshot holds. Index and Term are those of the
// replicated log up to which it was applied: the restoring state machine is
// told them by nobody else.
type SnapshotHeader struct {
	Federation Hash
	Index      uint64
	Term       uint64
	Events     uint64
	Head       Hash
}

func (h SnapshotHeader) encode() []byte {
	e := encoder{b: []byte(snapshotMagic)}
	e.fixed(h.Federation[:])
	e.u64(h.Index)
	e.u64(h.Term)
	e.u64(h.Events)
	e.fixed(h.Head[:])
	return e.b
}

const headerSize = len(snapshotMagic) + 32 + 24 + 32

// ReadSnapshotHeader reads the first bytes of a snapshot only.
func ReadSnapshotHeader(r io.Reader) (h SnapshotHeader, err error) {
	b := make([]byte, headerSize)
	if _, err := io.ReadFull(r, b); err != nil || string(b[:len(snapshotMagic)]) != snapshotMagic {
		return h, ErrSnapshot
	}
	d := decoder{b: b[len(snapshotMagic):]}
	d.fixed(h.Federation[:])
	h.Index, h.Term, h.Events = d.u64(), d.u64(), d.u64()
	d.fixed(h.Head[:])
	return h, d.end()
}

// WriteSnapshot writes the history in v, applied up to index in term.
func WriteSnapshot(w io.Writer, v View, index, term uint64) error {
	realm, _ := v.Realm()
	n, head, _ := v.Head()
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(w, sum), 64<<10)
	_, err := out.Write(SnapshotHeader{realm.ID, index, term, n, head}.encode())
	frame := func(b []byte) {
		if err == nil {
			_, err = out.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
		}
	}
	v.r.Scan(row(rowEvent), nil, func(_, b []byte) bool {
		frame(b[32:])
		return err == nil
	})
	v.r.Scan(row(rowPayload), nil, func(k, b []byte) bool {
		frame(append(append([]byte(nil), k[1:]...), b...))
		return err == nil
	})
	if err == nil {
		_, err = out.Write(make([]byte, 4)) // an empty frame ends the payloads
	}
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		_, err = w.Write(sum.Sum(nil))
	}
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	return nil
}

// Replay says how a snapshot is read.
type Replay struct {
	Federation Hash   // the only one accepted; zero accepts any
	Verify     Verify // nil means ed25519.Verify
	// Each runs f for 0 to n-1, perhaps many at once, and returns when all have
	// returned. Signatures are checked through it, and Verify must then bear
	// being called at once. Nil means one after the other.
	Each func(n int, f func(i int))
	// Witness is an event number and hash that the history must contain: the
	// last one this node knows. Zero asks for nothing.
	Witness     uint64
	WitnessHash Hash
	// Update runs f in a transaction on the rows being built. Replay calls it
	// once a few hundred events, so that no transaction grows without bound.
	Update func(f func(KV) error) error
}

const (
	replayBatch  = 512 // events in one transaction
	payloadBatch = 64  // payloads in one
)

// Read replays the snapshot in r into empty rows and verifies all of it. On an
// error the rows are of no use. The error wraps ErrSnapshot if the snapshot is
// to blame.
func (p Replay) Read(r io.Reader) (SnapshotHeader, error) {
	sum := sha256.New()
	src := bufio.NewReaderSize(r, 64<<10)
	in := io.TeeReader(src, sum)
	h, err := ReadSnapshotHeader(in)
	if err != nil {
		return h, err
	}
	if !p.Federation.IsZero() && h.Federation != p.Federation {
		return h, fmt.Errorf("%w: of another federation", ErrSnapshot)
	}
	if p.Witness > h.Events {
		return h, fmt.Errorf("%w: older than what is known here", ErrSnapshot)
	}
	if err := p.Update(empty); err != nil {
		return h, err
	}
	if err := p.history(in, h.Events); err != nil {
		return h, err
	}
	if err := p.payloads(in, h); err != nil {
		return h, err
	}
	return h, checkSum(src, sum)
}

func empty(kv KV) error {
	if n, _, _ := On(kv).Head(); n > 0 {
		return errors.New("ledger: a snapshot is read into empty rows only")
	}
	return nil
}

func checkSum(src io.Reader, sum hash.Hash) error {
	want := make([]byte, sha256.Size)
	if _, err := io.ReadFull(src, want); err != nil || !bytes.Equal(want, sum.Sum(nil)) {
		return fmt.Errorf("%w: checksum differs", ErrSnapshot)
	}
	if n, _ := src.Read(make([]byte, 1)); n > 0 {
		return fmt.Errorf("%w: bytes after the end", ErrSnapshot)
	}
	return nil
}

func readFrame(r io.Reader, limit uint32) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, fmt.Errorf("%w: cut short", ErrSnapshot)
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > limit {
		return nil, fmt.Errorf("%w: oversized record", ErrSnapshot)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, fmt.Errorf("%w: cut short", ErrSnapshot)
	}
	return b, nil
}

// history replays the events, some hundreds at a time.
func (p Replay) history(in io.Reader, events uint64) error {
	verify := newAhead(New(nil, p.Verify).verify, p.Each)
	for done := uint64(0); done < events; {
		batch := make([]decoded, min(replayBatch, events-done))
		for i := range batch {
			if err := batch[i].read(in, done+uint64(i)+1); err != nil {
				return err
			}
		}
		verify.check(batch)
		err := p.Update(func(kv KV) error {
			s := New(kv, verify.recall)
			for _, e := range batch {
				if err := s.replay(e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		done += uint64(len(batch))
	}
	return nil
}

// decoded is an event of a snapshot before anything of it is believed.
type decoded struct {
	Event
	cmd   Command // zero if the event is derived
	bytes []byte
}

func (e *decoded) read(in io.Reader, n uint64) (err error) {
	if e.bytes, err = readFrame(in, MaxCommand+512); err != nil {
		return err
	}
	if e.Event, e.cmd, err = decodeEvent(e.bytes); err != nil {
		return fmt.Errorf("%w: event %d is malformed", ErrSnapshot, n)
	}
	e.N = n
	return nil
}

// replay lets one event happen again and compares what came of it with what was
// recorded.
func (s *State) replay(e decoded) error {
	_, before, last := s.Head()
	if realm, ok := s.Realm(); ok && realm.Version > Version {
		return ErrNewer
	}
	if e.Time < last || e.Time > MaxStamp {
		return fmt.Errorf("%w: time runs backwards at event %d", ErrSnapshot, e.N)
	}
	if due := s.Due(); !e.Derived() && due != 0 && due <= e.Time {
		return fmt.Errorf("%w: a deadline was left out before event %d", ErrSnapshot, e.N)
	}
	if e.Derived() {
		s.deriveNext(e.Time)
	} else {
		s.judge(e.Time, e.cmd, Proposal{Signed: e.Signed}, true)
	}
	if h, ok := s.HashAt(e.N); !ok || h != chain(before, e.bytes) {
		return fmt.Errorf("%w: event %d does not follow", ErrSnapshot, e.N)
	}
	return nil
}

// payloads checks the end of the history and takes the live payloads: exactly
// those that open handoffs are owed, in the order of their rows.
func (p Replay) payloads(in io.Reader, h SnapshotHeader) error {
	var owed [][]byte
	err := p.Update(func(kv KV) error {
		kv.Scan(row(rowPayload), nil, func(k, _ []byte) bool {
			owed = append(owed, append([]byte(nil), k...))
			return true
		})
		return p.ends(New(kv, p.Verify), h)
	})
	for err == nil && len(owed) > 0 {
		batch := owed[:min(len(owed), payloadBatch)]
		owed = owed[len(batch):]
		err = p.Update(func(kv KV) error {
			for _, k := range batch {
				if err := New(kv, p.Verify).takePayload(in, k); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		return err
	}
	if b, err := readFrame(in, MaxPayload+24); err != nil || len(b) > 0 {
		return fmt.Errorf("%w: stray payload", ErrSnapshot)
	}
	return nil
}

// ends compares the state with what the header and this node know of it.
func (p Replay) ends(s *State, h SnapshotHeader) error {
	n, head, _ := s.Head()
	if n != h.Events || head != h.Head {
		return fmt.Errorf("%w: head differs", ErrSnapshot)
	}
	if p.Witness != 0 {
		if got, ok := s.HashAt(p.Witness); !ok || got != p.WitnessHash {
			return fmt.Errorf("%w: it does not contain what is known here", ErrSnapshot)
		}
	}
	if realm, _ := s.Realm(); realm.ID != h.Federation {
		return fmt.Errorf("%w: of another federation", ErrSnapshot)
	}
	return nil
}

// takePayload stores the payload owed in row k if it is the one that was signed.
func (s *State) takePayload(in io.Reader, k []byte) error {
	b, err := readFrame(in, MaxPayload+24)
	if err != nil {
		return err
	}
	if len(b) <= 24 || !bytes.Equal(b[:24], k[1:]) {
		return fmt.Errorf("%w: a live payload is missing", ErrSnapshot)
	}
	e, _ := s.Event(binary.BigEndian.Uint64(b[16:24]))
	c, err := e.Command()
	if err != nil || sha256.Sum256(b[24:]) != c.Payload {
		return fmt.Errorf("%w: payload is not the signed one", ErrSnapshot)
	}
	s.kv.Put(k, b[24:])
	return nil
}
