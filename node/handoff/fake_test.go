package handoff_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"serasi/node/casework"
	"serasi/node/handoff"
)

var errDead = errors.New("this incarnation of the node has crashed")

// life ends when a node crashes: from then on nothing it does has any effect.
type life struct{ dead atomic.Bool }

func (l *life) err() error {
	if l.dead.Load() {
		return errDead
	}
	return nil
}

type rowKey struct {
	t         casework.Table
	owner, id string
}

// memory is a disk of rows: it outlives the incarnations of its node.
type memory struct {
	writing sync.Mutex // held by the one Update that runs

	mu   sync.Mutex // guards rows, which are never changed in place
	rows map[rowKey][]byte
}

func (m *memory) now() map[rowKey][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows
}

func (m *memory) set(rows map[rowKey][]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = rows
}

// store is the disk as one incarnation has it.
type store struct {
	*memory
	*life
}

func (s store) Update(ctx context.Context, f func(casework.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := errors.Join(s.err(), ctx.Err()); err != nil {
		return err
	}
	tx := &memoryTx{rows: maps.Clone(s.now())}
	if err := f(tx); err != nil {
		return err
	}
	if err := s.err(); err != nil {
		return err
	}
	s.set(tx.rows)
	for _, f := range tx.after {
		f()
	}
	return nil
}

func (s store) View(f func(casework.Tx) error) error {
	if err := s.err(); err != nil {
		return err
	}
	return f(&memoryTx{rows: s.now(), view: true})
}

type memoryTx struct {
	rows  map[rowKey][]byte
	after []func()
	view  bool
}

func (x *memoryTx) Get(t casework.Table, owner, id string, into any) (bool, error) {
	b, ok := x.rows[rowKey{t, owner, id}]
	if !ok {
		return false, nil
	}
	return true, json.Unmarshal(b, into)
}

func (x *memoryTx) Put(t casework.Table, owner, id string, v any) error {
	b, err := json.Marshal(v)
	if x.view {
		err = errors.New("a view writes")
	}
	if err == nil {
		x.rows[rowKey{t, owner, id}] = b
	}
	return err
}

func (x *memoryTx) Delete(t casework.Table, owner, id string) error {
	delete(x.rows, rowKey{t, owner, id})
	return nil
}

func (x *memoryTx) Each(t casework.Table, owner, from string, f func(string, func(any) error) (bool, error)) error {
	return x.walk(func(k rowKey) bool { return k.t == t && k.owner == owner && k.id >= from },
		func(_, id string, decode func(any) error) (bool, error) { return f(id, decode) })
}

func (x *memoryTx) All(t casework.Table, f func(string, string, func(any) error) (bool, error)) error {
	return x.walk(func(k rowKey) bool { return k.t == t }, f)
}

func (x *memoryTx) walk(want func(rowKey) bool, f func(string, string, func(any) error) (bool, error)) error {
	var keys []rowKey
	for k := range x.rows {
		if want(k) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b rowKey) int { return cmp.Or(cmp.Compare(a.owner, b.owner), cmp.Compare(a.id, b.id)) })
	for _, k := range keys {
		b := x.rows[k]
		more, err := f(k.owner, k.id, func(into any) error { return json.Unmarshal(b, into) })
		if err != nil || !more {
			return err
		}
	}
	return nil
}

func (x *memoryTx) Last(t casework.Table, owner string) (string, error) {
	last := ""
	for k := range x.rows {
		if k.t == t && k.owner == owner {
			last = max(last, k.id)
		}
	}
	return last, nil
}

func (x *memoryTx) After(f func()) { x.after = append(x.after, f) }

// drawer is a disk of files.
type drawer struct {
	mu      sync.Mutex // guards all below
	blobs   map[string][]byte
	owners  map[string]string
	packets map[string][]byte
	parts   map[string][]byte
	next    int
}

func newDrawer() *drawer {
	return &drawer{blobs: map[string][]byte{}, owners: map[string]string{}, packets: map[string][]byte{}, parts: map[string][]byte{}}
}

// files is the disk of files as one incarnation has it.
type files struct {
	*drawer
	*life
}

func (f files) PutBlob(_ context.Context, owner string, r io.Reader) (string, int64, string, error) {
	content, err := io.ReadAll(r)
	if err = errors.Join(err, f.err()); err != nil {
		return "", 0, "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	name := fmt.Sprintf("blob%d", f.next)
	f.blobs[name], f.owners[name] = content, owner
	return name, int64(len(content)), hexSum(content), nil
}

func (f files) OpenBlob(owner, name string) (io.ReadCloser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	content, ok := f.blobs[name]
	if !ok || f.owners[name] != owner {
		return nil, casework.NotFound.Because("there is no such blob")
	}
	return io.NopCloser(bytes.NewReader(content)), f.err()
}

func (f files) DropBlob(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.err(); err != nil {
		return err
	}
	delete(f.blobs, name)
	return nil
}

func (f files) PutPacket(_ context.Context, name string, r io.Reader) (int64, string, error) {
	content, err := io.ReadAll(r)
	if err = errors.Join(err, f.err()); err != nil {
		return 0, "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.packets[name] = content
	return int64(len(content)), hexSum(content), nil
}

func (f files) Packet(name string) (io.ReadSeekCloser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	content, ok := f.packets[name]
	if !ok {
		return nil, casework.NotFound.Because("there is no such packet")
	}
	return seekCloser{bytes.NewReader(content)}, f.err()
}

type seekCloser struct{ *bytes.Reader }

func (seekCloser) Close() error { return nil }

func (f files) DropPacket(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.err(); err != nil {
		return err
	}
	delete(f.packets, name)
	delete(f.parts, name)
	return nil
}

func (f files) Partial(name string) (handoff.Partial, error) {
	return &partial{files: f, name: name}, f.err()
}

type partial struct {
	files
	name string
}

func (p *partial) Size() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return int64(len(p.parts[p.name]))
}

func (p *partial) Append(offset int64, data []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if offset != int64(len(p.parts[p.name])) {
		return casework.Conflict.Because("not at the end")
	}
	if err := p.err(); err != nil {
		return err
	}
	p.parts[p.name] = append(p.parts[p.name], data...)
	return nil
}

func (p *partial) Commit(digest string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.err(); err != nil {
		return err
	}
	content := p.parts[p.name]
	delete(p.parts, p.name)
	if hexSum(content) != digest {
		return casework.Conflict.Because("not the packet announced")
	}
	p.packets[p.name] = content
	return nil
}

func (p *partial) Close() error { return nil }

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// gate lets everybody do everything but for those who have no role.
type gate struct{}

func (gate) MaySee(casework.Tx, casework.Actor, casework.Case, casework.Class, casework.Secrecy) error {
	return nil
}

func (gate) Check(_ casework.Tx, by casework.Actor, _ casework.Action, _ *casework.Case) error {
	if len(by.Roles) == 0 {
		return casework.Forbidden.Because("your role may not do this")
	}
	return nil
}

// trail keeps lines in a chain of counts.
type trail struct{}

func (trail) Record(tx casework.Tx, line casework.Line) error {
	last, err := tx.Last(casework.Audit, casework.NodeOwner)
	if err != nil {
		return err
	}
	if last != "" {
		if _, err := fmt.Sscanf(last, "%x", &line.Seq); err != nil {
			return err
		}
	}
	line.Seq++
	return tx.Put(casework.Audit, casework.NodeOwner, fmt.Sprintf("%016x", line.Seq), line)
}

func (trail) Head(tx casework.Tx) (n uint64, hash string, err error) {
	last, err := tx.Last(casework.Audit, casework.NodeOwner)
	if err == nil && last != "" {
		_, err = fmt.Sscanf(last, "%x", &n)
	}
	return n, hexSum([]byte(last)), err
}

func (trail) OfCase(casework.CaseID, string, int) ([]casework.Line, string, error) {
	return nil, "", nil
}

// index finds nothing: these tests look for no names.
type index struct{}

func (index) Put(casework.Entry) error                               { return nil }
func (index) Load(iter.Seq[casework.Entry]) error                    { return nil }
func (index) Find(casework.Query) []casework.CaseID                  { return nil }
func (index) List(casework.Query) ([]casework.CaseID, string, error) { return nil, "", nil }
func (index) Doubles(casework.Person, int) []casework.Match          { return nil }

// holds reports whether any row or file of a disk holds a text.
func holds(m *memory, d *drawer, text string) bool {
	for _, b := range m.now() {
		if bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, b := range d.packets {
		if strings.Contains(name, text) || bytes.Contains(b, []byte(text)) {
			return true
		}
	}
	return false
}
