package access_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"serasi/node/access"
	"serasi/node/casework"
)

var monday = time.Date(2026, 3, 2, 8, 0, 0, 0, time.FixedZone("WIB", 7*3600))

const firstDay = 24*time.Hour + time.Second

func record(t *testing.T, store casework.Store, lines ...casework.Line) {
	t.Helper()
	err := store.Update(t.Context(), func(tx casework.Tx) error {
		for _, line := range lines {
			if err := (access.Trail{Clock: func() time.Time { return monday }}).Record(tx, line); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// some returns n lines about case c.
func some(n int, c casework.CaseID) []casework.Line {
	lines := make([]casework.Line, n)
	for i := range lines {
		lines[i] = casework.Line{User: "u1", Act: "read case", Case: c, Outcome: access.Done, Why: fmt.Sprint("look ", i+1)}
	}
	return lines
}

func lineID(seq int) string { return fmt.Sprintf("%016x", seq) }

func TestTrailNoticesTampering(t *testing.T) {
	edit := func(f func(*casework.Line)) func([]byte) []byte {
		return func(was []byte) []byte {
			var line casework.Line
			if err := json.Unmarshal(was, &line); err != nil {
				t.Error(err)
			}
			f(&line)
			now, err := json.Marshal(line)
			if err != nil {
				t.Error(err)
			}
			return now
		}
	}
	gone := func([]byte) []byte { return nil }
	tests := map[string]struct {
		tamper func(m *memory)
		broken uint64 // the first bad line; 0 for none
	}{
		"untouched":      {func(*memory) {}, 0},
		"another reason": {func(m *memory) { m.change(casework.Audit, lineID(3), edit(func(l *casework.Line) { l.Why = "" })) }, 3},
		"another user":   {func(m *memory) { m.change(casework.Audit, lineID(1), edit(func(l *casework.Line) { l.User = "u2" })) }, 1},
		"another hour": {func(m *memory) {
			m.change(casework.Audit, lineID(7), edit(func(l *casework.Line) { l.At = l.At.Add(1) }))
		}, 7},
		"another hash":   {func(m *memory) { m.change(casework.Audit, lineID(4), edit(func(l *casework.Line) { l.Hash = l.Prev })) }, 4},
		"another number": {func(m *memory) { m.change(casework.Audit, lineID(4), edit(func(l *casework.Line) { l.Seq = 5 })) }, 4},
		"one taken out":  {func(m *memory) { m.change(casework.Audit, lineID(5), gone) }, 5},
		"the first gone": {func(m *memory) { m.change(casework.Audit, lineID(1), gone) }, 1},
		"the last gone":  {func(m *memory) { m.change(casework.Audit, lineID(8), gone) }, 8},
		"one more": {func(m *memory) {
			m.change(casework.Audit, lineID(9), func([]byte) []byte { return []byte(`{"seq":9}`) })
		}, 9},
		"the head gone": {func(m *memory) { m.change(casework.Settings, "audit head", gone) }, 8},
		"the head behind": {func(m *memory) {
			m.change(casework.Settings, "audit head", func([]byte) []byte { return []byte(`{"count":7}`) })
		}, 8},
		"two swapped": {func(m *memory) {
			var third []byte
			m.change(casework.Audit, lineID(3), func(was []byte) []byte { third = was; return was })
			m.change(casework.Audit, lineID(4), func(was []byte) []byte {
				m.rows[rowKey{casework.Audit, casework.NodeOwner, lineID(3)}] = was
				return third
			})
		}, 3},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := newMemory()
			record(t, m, some(8, "")...)
			tt.tamper(m)
			count, head, err := access.Trail{}.Verify(m, 1)
			var broken *access.Broken
			switch {
			case tt.broken == 0 && (err != nil || count != 8 || len(head) != 64):
				t.Errorf("%d lines, head %q, %v", count, head, err)
			case tt.broken != 0 && !errors.As(err, &broken):
				t.Errorf("not noticed: %v", err)
			case tt.broken != 0 && broken.Seq != tt.broken:
				t.Errorf("first bad line %d, want %d", broken.Seq, tt.broken)
			}
		})
	}
}

// Whoever rewrites the whole chain gets another head: the anchor tells.
func TestRewrittenTrailHasAnotherHead(t *testing.T) {
	a, b := newMemory(), newMemory()
	record(t, a, some(5, "")...)
	lines := some(5, "")
	lines[1].User = "u2"
	record(t, b, lines...)
	_, headA, errA := access.Trail{}.Verify(a, 1)
	_, headB, errB := access.Trail{}.Verify(b, 1)
	if errA != nil || errB != nil || headA == headB {
		t.Errorf("heads %s, %s; %v, %v", headA, headB, errA, errB)
	}
}

func TestVerifyAcrossViewsAndFromTheMiddle(t *testing.T) {
	m := newMemory()
	record(t, m, some(2000, "")...) // two whole views
	for _, from := range []uint64{0, 1, 2, 1000, 1001, 2000, 2001} {
		if count, head, err := (access.Trail{}).Verify(m, from); err != nil || count != 2000 || head == "" {
			t.Errorf("from %d: %d lines, head %q, %v", from, count, head, err)
		}
	}
	m.change(casework.Audit, lineID(1500), func([]byte) []byte { return nil })
	if _, _, err := (access.Trail{}).Verify(m, 1700); err != nil {
		t.Errorf("from behind the fault: %v", err)
	}
	if count, _, err := (access.Trail{}).Verify(m, 1); err == nil || count != 1499 {
		t.Errorf("%d good lines, %v", count, err)
	}
	if _, _, err := (access.Trail{}).Verify(m, 9000); err == nil {
		t.Error("a start behind the end was taken")
	}
	empty := newMemory()
	if count, head, err := (access.Trail{}).Verify(empty, 1); err != nil || count != 0 || head != "" {
		t.Errorf("empty: %d, %q, %v", count, head, err)
	}
}

func TestLineStandsOrFallsWithItsAct(t *testing.T) {
	m, stop := newMemory(), errors.New("stop")
	record(t, m, some(2, "")...)
	err := m.Update(t.Context(), func(tx casework.Tx) error {
		if err := (access.Trail{}).Record(tx, casework.Line{Act: "edit", Outcome: access.Done}); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if count, _, err := (access.Trail{}).Verify(m, 1); err != nil || count != 2 {
		t.Errorf("%d lines, %v", count, err)
	}
}

func TestDenyStandsAlone(t *testing.T) {
	m := newMemory()
	line := casework.Line{User: "u1", Act: "read case", Case: "guessed", Outcome: access.Done}
	if err := (access.Trail{}).Deny(t.Context(), m, line); err != nil {
		t.Fatal(err)
	}
	lines, _, err := access.Trail{}.List(m, access.Filter{}, "", 0)
	if err != nil || len(lines) != 1 || lines[0].Outcome != access.Denied {
		t.Errorf("%v, %v", lines, err)
	}
	// A case that never was must not come to own rows, and with them a key.
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (access.Trail{}).Deny(ended, m, line); err != nil {
		t.Errorf("a denial after the caller hung up: %v", err)
	}
	if _, ok := m.rows[rowKey{casework.AuditByCase, "guessed", lineID(1)}]; ok {
		t.Error("a guessed id owns a row")
	}
	m.broken = errors.New("disk full")
	if err := (access.Trail{}).Deny(t.Context(), m, line); !errors.Is(err, m.broken) {
		t.Errorf("a denial that could not be written: %v", err)
	}
}

// The rows written by the first release must add up for ever.
func TestGoldenTrail(t *testing.T) {
	b, err := os.ReadFile("testdata/trail.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(b, &rows); err != nil {
		t.Fatal(err)
	}
	m, again := newMemory(), newMemory()
	var last casework.Line
	for i, row := range rows {
		m.change(casework.Audit, lineID(i+1), func([]byte) []byte { return row })
		last = casework.Line{}
		if err := json.Unmarshal(row, &last); err != nil {
			t.Fatal(err)
		}
		plain := last
		plain.Seq, plain.Prev, plain.Hash = 0, "", ""
		record(t, again, plain)
	}
	m.change(casework.Settings, "audit head", func([]byte) []byte {
		return fmt.Appendf(nil, `{"count":%d,"hash":%q}`, len(rows), last.Hash)
	})
	count, head, err := access.Trail{}.Verify(m, 1)
	if err != nil || count != uint64(len(rows)) || head != last.Hash || count < 3 {
		t.Errorf("%d lines, head %s, %v", count, head, err)
	}
	if _, head, err := (access.Trail{}).Verify(again, 1); err != nil || head != last.Hash {
		t.Errorf("the same lines written today end in %s, want %s; %v", head, last.Hash, err)
	}
}

// No field of a line, present or to come, may break the chain.
func TestOddBytesInEveryField(t *testing.T) {
	var line casework.Line
	texts := 0
	for _, f := range reflect.ValueOf(&line).Elem().Fields() {
		if f.Kind() == reflect.String {
			f.SetString("a\xffb")
			texts++
		}
	}
	m := newMemory()
	record(t, m, line, line)
	if count, _, err := (access.Trail{}).Verify(m, 1); err != nil || count != 2 || texts < 10 {
		t.Errorf("%d lines of %d texts, %v", count, texts, err)
	}
}

// Whatever the bytes of a line, it reads back as it was hashed.
func FuzzRecord(f *testing.F) {
	f.Add("membaca", "Siti", "karena perlu", int64(0))
	f.Add("\xff\xfe", "a\x00b", "\u2028<&>\ufffd", int64(-62135596800))
	f.Add("", "\xed\xa0\x80", strings.Repeat("é", 99), int64(253402300799))
	f.Fuzz(func(t *testing.T, act, name, why string, at int64) {
		when := time.Unix(at, at%1e9)
		if y := when.UTC().Year(); y < 0 || y > 9999 {
			return // no such date in JSON
		}
		m := newMemory()
		record(t, m, casework.Line{Act: act, Name: name, Why: why, At: when, Outcome: why, Case: casework.CaseID(name)})
		record(t, m, casework.Line{Act: why, User: casework.UserID(act)})
		if count, _, err := (access.Trail{}).Verify(m, 1); err != nil || count != 2 {
			t.Errorf("%d lines, %v", count, err)
		}
	})
}
