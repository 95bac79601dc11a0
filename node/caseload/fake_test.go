package caseload_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"serasi/node/caseload"
	"serasi/node/casework"
	"serasi/node/casework/caseworktest"
)

// gate is a permission table in one function.
type gate func(by casework.Actor, act casework.Action, c *casework.Case) bool

func (g gate) Check(_ casework.Tx, by casework.Actor, act casework.Action, c *casework.Case) error {
	if g(by, act, c) {
		return nil
	}
	return casework.Forbidden.Because("your role may not do this")
}

// MaySee asks the same function, as if the part were a case of its own group.
func (g gate) MaySee(_ casework.Tx, by casework.Actor, c casework.Case, class casework.Class, group casework.Secrecy) error {
	what := string(group)
	if what == "" {
		what = string(class)
	}
	if what == "" || what == string(casework.Common) || g(by, casework.Action("see "+what), &c) {
		return nil
	}
	return casework.Forbidden.Because("not for you")
}

// trail keeps lines in the Audit table, without a chain.
type trail struct {
	store *caseworktest.Store
	fail  error
}

func (t *trail) Record(tx casework.Tx, line casework.Line) error {
	if t.fail != nil {
		return t.fail
	}
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

func (t *trail) lines() []casework.Line {
	var out []casework.Line
	err := t.store.View(func(tx casework.Tx) error {
		return tx.Each(casework.Audit, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
			var l casework.Line
			err := decode(&l)
			out = append(out, l)
			return true, err
		})
	})
	if err != nil {
		panic(err)
	}
	return out
}

func (t *trail) OfCase(id casework.CaseID, _ string, limit int) ([]casework.Line, string, error) {
	var out []casework.Line
	for _, l := range slices.Backward(t.lines()) {
		if l.Case == id && len(out) < limit {
			out = append(out, l)
		}
	}
	return out, "", nil
}

// index finds by substring.
type index struct {
	mu      sync.Mutex // guards entries
	entries map[casework.CaseID]casework.Entry

	loading func() // called in the middle of Load; nil: nothing
}

func (x *index) Put(e casework.Entry) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.entries[e.ID] = e
	return nil
}

func (x *index) Load(entries iter.Seq[casework.Entry]) error {
	var all []casework.Entry
	for e := range entries {
		all = append(all, e)
	}
	if x.loading != nil {
		x.loading()
	}
	for _, e := range all {
		if err := x.Put(e); err != nil {
			return err
		}
	}
	return nil
}

func (x *index) get(id casework.CaseID) casework.Entry {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.entries[id]
}

func (x *index) sorted() []casework.Entry {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.SortedFunc(maps.Values(x.entries), func(a, b casework.Entry) int {
		return cmp.Or(b.Changed.Compare(a.Changed), cmp.Compare(a.ID, b.ID))
	})
}

func (x *index) Find(q casework.Query) []casework.CaseID {
	var out []casework.CaseID
	for _, e := range x.sorted() {
		text := strings.ToLower(strings.Join(append(slices.Clone(e.Names), e.Numbers...), " "))
		if strings.Contains(text, strings.ToLower(q.Text)) && len(out) < q.Limit {
			out = append(out, e.ID)
		}
	}
	return out
}

func (x *index) List(q casework.Query) ([]casework.CaseID, string, error) {
	var out []casework.CaseID
	seen := q.Cursor == ""
	for _, e := range x.sorted() {
		fits := q.Wants(casework.Case{Stage: e.Stage, State: e.State, Lead: e.Lead})
		switch {
		case seen && fits && len(out) == q.Limit:
			return out, string(out[len(out)-1]), nil
		case seen && fits:
			out = append(out, e.ID)
		case string(e.ID) == q.Cursor:
			seen = true
		}
	}
	return out, "", nil
}

func (x *index) Doubles(p casework.Person, limit int) []casework.Match {
	var out []casework.Match
	for _, have := range x.sorted() {
		if slices.Contains(have.Names, p.Name()) && len(out) < limit {
			out = append(out, casework.Match{Case: have.ID, Strong: true, Reasons: []string{"name"}})
		}
	}
	return out
}

// blobs keeps contents in memory.
type blobs struct {
	mu   sync.Mutex // guards the two below
	data map[string][]byte
	next int
}

func (b *blobs) PutBlob(_ context.Context, owner string, r io.Reader) (string, int64, string, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return "", 0, "", err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	name := fmt.Sprintf("blob%d", b.next)
	b.data[owner+"/"+name] = content
	sum := sha256.Sum256(content)
	return name, int64(len(content)), hex.EncodeToString(sum[:]), nil
}

func (b *blobs) OpenBlob(owner, name string) (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	content, ok := b.data[owner+"/"+name]
	if !ok {
		return nil, casework.NotFound.Because("there is no such blob")
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

func (b *blobs) DropBlob(name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	maps.DeleteFunc(b.data, func(k string, _ []byte) bool { return strings.HasSuffix(k, "/"+name) })
	return nil
}

func (b *blobs) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.data)
}

// desk is the case room of one balai with everything around it faked.
type desk struct {
	*caseload.Cases
	conf  caseload.Config
	store *caseworktest.Store
	trail *trail
	index *index
	blobs *blobs

	mu   sync.Mutex // guards the three below
	time time.Time
	may  gate
	lets func(casework.Case) error
}

func (d *desk) allow(g gate) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.may = g
}

func (d *desk) at(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.time = t
}

func (d *desk) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.time = d.time.Add(time.Second) // so that no two rows are of the same moment
	return d.time
}

var (
	wib   = time.FixedZone("WIB", 7*3600)
	wita  = time.FixedZone("WITA", 8*3600)
	start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)
)

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func newDesk(t failer, code casework.BalaiCode, zone *time.Location) *desk {
	t.Helper()
	store := &caseworktest.Store{}
	d := &desk{
		store: store, trail: &trail{store: store}, index: &index{entries: map[casework.CaseID]casework.Entry{}},
		blobs: &blobs{data: map[string][]byte{}}, time: start,
		may: func(casework.Actor, casework.Action, *casework.Case) bool { return true },
	}
	ids := 0
	var idsMu sync.Mutex
	d.conf = caseload.Config{
		Store: store, Trail: d.trail, Index: d.index, Blobs: d.blobs, Clock: d.now, Balai: code, Zone: zone,
		Gate: gate(func(by casework.Actor, act casework.Action, c *casework.Case) bool {
			d.mu.Lock()
			may := d.may
			d.mu.Unlock()
			return may(by, act, c)
		}),
		NewID: func() string {
			idsMu.Lock()
			defer idsMu.Unlock()
			ids++
			sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", code, ids))
			return hex.EncodeToString(sum[:16])
		},
		Lets: func(c casework.Case) error {
			d.mu.Lock()
			lets := d.lets
			d.mu.Unlock()
			if lets == nil {
				return nil
			}
			return lets(c)
		},
	}
	cs, err := caseload.New(d.conf)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	if err := cs.Rebuild(context.Background(), nil); err != nil {
		t.Fatalf("Rebuild: %v", err)
	}
	d.Cases = cs
	return d
}

var worker = casework.Actor{User: "11111111111111111111111111111111", Roles: []casework.Role{casework.Worker}, Unit: "anak", Via: "api"}

// id makes the shape of an id of one digit.
func id[S ~string](digit string) S { return S(strings.Repeat(digit, 32)) }

// opened opens a plain case.
func opened(t failer, d *desk, claims ...casework.Claim) casework.Case {
	t.Helper()
	c, _, _, err := d.Open(context.Background(), worker, casework.Intake{Claims: claims, Urgency: casework.NotUrgent, Basis: casework.ByPublicTask})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return c
}

func named(name string) casework.Claim {
	return casework.Claim{Kind: casework.ClaimName, Value: name}
}

// kind asserts what kind of error err is.
func kind(t *testing.T, err error, want casework.Kind) {
	t.Helper()
	if got, words := casework.Explain(err); err == nil || got != want {
		t.Fatalf("error %v (%s, %q), want %s", err, got, words, want)
	}
}

func ok(t failer, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}
