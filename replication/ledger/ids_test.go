package ledger_test

import (
	"encoding"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"serasi/replication/ledger"
)

func TestTextOfIDs(t *testing.T) {
	for _, v := range []encoding.TextUnmarshaler{&ledger.Hash{1}, &ledger.ID{2}, &ledger.KeyID{3}, &ledger.RaftID{4}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		again := reflect.New(reflect.TypeOf(v).Elem()).Interface().(encoding.TextUnmarshaler)
		if err := json.Unmarshal(text, again); err != nil || !reflect.DeepEqual(again, v) {
			t.Errorf("%s reads as %v, %v", text, again, err)
		}
		for _, bad := range []string{"", "zz", string(text[1:len(text)-2]) + "g", string(text)} {
			if again.UnmarshalText([]byte(bad)) == nil {
				t.Errorf("%T reads %q", v, bad)
			}
		}
	}
	if id, err := ledger.ParseID(ledger.ID{9}.String()); err != nil || id != (ledger.ID{9}) {
		t.Errorf("%v, %v", id, err)
	}
}

func TestNodeIDs(t *testing.T) {
	for code, want := range map[ledger.NodeID]bool{
		"SRK": true, "BKS2": true, "ABCDEFGH": true,
		"": false, "AB": false, "ABCDEFGHI": false, "1AB": false, "srk": false, "S-K": false, "SRÉ": false, "SR ": false,
	} {
		if code.Valid() != want {
			t.Errorf("%q valid: %v", code, !want)
		}
	}
}

func TestLedgerTime(t *testing.T) {
	wall := time.Date(2026, 5, 4, 3, 2, 1, 7_000_000, time.FixedZone("WIB", 7*3600))
	if got := ledger.At(wall).Time(); !got.Equal(wall) || got.Location() != time.UTC {
		t.Errorf("%v, want %v in UTC", got, wall)
	}
}

// What is refused for good and what may be tried again is told by the number.
func TestReasons(t *testing.T) {
	again := []ledger.Reason{
		ledger.NoFederation, ledger.NotInForce, ledger.UnknownKey, ledger.ActorSuspended, ledger.PeerNotActive, ledger.LeaseNotOver,
		ledger.TooSoon, ledger.OverBudget, ledger.NotYet, ledger.TooManyOpen, ledger.StillNeeded,
	}
	named := map[string]bool{}
	for n := range 256 {
		r := ledger.Reason(n)
		if r.String() == "" {
			continue
		}
		if named[r.String()] {
			t.Errorf("two reasons are called %q", r)
		}
		named[r.String()] = true
	}
	for _, r := range again {
		if r.Final() || r.String() == "" {
			t.Errorf("%q (%d) is final or has no name", r, r)
		}
	}
	if len(named) != len(again)+17 {
		t.Errorf("%d reasons have names", len(named))
	}
	for _, r := range []ledger.Reason{ledger.MovedOn, ledger.OldSealKey, ledger.BadTerms} {
		if !r.Final() {
			t.Errorf("%q is not final", r)
		}
	}
}
