package access_test

import (
	"slices"
	"testing"
	"time"

	"serasi/node/access"
	"serasi/node/casework"
)

// page is all seqs of all pages of a filter, and the size of the longest page.
func page(t *testing.T, m *memory, f access.Filter, limit int) (seqs []uint64, longest int) {
	t.Helper()
	cursor := ""
	for {
		lines, next, err := access.Trail{}.List(m, f, cursor, limit)
		if err != nil {
			t.Fatal(err)
		}
		longest = max(longest, len(lines))
		for _, l := range lines {
			seqs = append(seqs, l.Seq)
		}
		if next == "" {
			return seqs, longest
		}
		if next == cursor {
			t.Fatalf("page after %q does not move on", cursor)
		}
		cursor = next
	}
}

// aTrail has eight lines; the cases c1 (lead u1, unit anak) and c2 (unit lansia,
// secret) are here, c3 is not.
func aTrail(t *testing.T) *memory {
	t.Helper()
	m := newMemory()
	err := m.Update(t.Context(), func(tx casework.Tx) error {
		for _, c := range []casework.Case{
			{ID: "c1", Lead: "u1", Unit: "anak", State: casework.Open},
			{ID: "c2", Lead: "u2", Unit: "lansia", State: casework.Open, Secrecy: []casework.Secrecy{casework.SecretHIV}},
		} {
			if err := tx.Put(casework.Cases, string(c.ID), string(c.ID), c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range []casework.Line{
		{User: "u1", Case: "c1", Outcome: access.Done},   // 1
		{User: "u2", Case: "c1", Outcome: access.Denied}, // 2
		{User: "u2", Case: "c2", Outcome: access.Done},   // 3
		{User: "u1", Case: "c2", Outcome: access.Denied}, // 4
		{User: "u3", Outcome: access.Done},               // 5: of no case
		{User: "u3", Case: "c3", Outcome: access.Denied}, // 6: of a case that is not here
		{User: "u1", Outcome: access.Done},               // 7
		{User: "u3", Case: "c1", Outcome: access.Done},   // 8
	} {
		l.At, l.Act = monday.Add(time.Duration(i)*time.Hour), "read case"
		record(t, m, l)
	}
	return m
}

func TestListOfTheTrail(t *testing.T) {
	m := aTrail(t)
	tests := map[string]struct {
		f    access.Filter
		want []uint64
	}{
		"all":                   {access.Filter{}, []uint64{8, 7, 6, 5, 4, 3, 2, 1}},
		"one user":              {access.Filter{User: "u1"}, []uint64{7, 4, 1}},
		"one case":              {access.Filter{Case: "c1"}, []uint64{8, 2, 1}},
		"one case, one user":    {access.Filter{Case: "c1", User: "u2"}, []uint64{2}},
		"from a moment":         {access.Filter{From: monday.Add(6 * time.Hour)}, []uint64{8, 7}},
		"until before a moment": {access.Filter{To: monday.Add(2 * time.Hour)}, []uint64{2, 1}},
		"nobody":                {access.Filter{User: "u9"}, nil},
		"no such case":          {access.Filter{Case: "c9"}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, limit := range []int{0, 1, 2, 3, 8, 1000} {
				got, longest := page(t, m, tt.f, limit)
				if !slices.Equal(got, tt.want) {
					t.Errorf("limit %d: %v, want %v", limit, got, tt.want)
				}
				if limit > 0 && longest > limit {
					t.Errorf("a page of %d, limit %d", longest, limit)
				}
			}
		})
	}
	lines, next, err := access.CaseTrail{Store: m}.OfCase("c1", "", 2)
	if err != nil || len(lines) != 2 || lines[0].Seq != 8 || next == "" {
		t.Errorf("of a case: %v, next %q, %v", lines, next, err)
	}
	_, _, err = access.CaseTrail{Store: m}.OfCase("", "", 2)
	wants(t, "of no case", err, casework.NotFound)
	for _, cursor := range []string{"x", "1", "0000000000000000", "ffffffffffffffff", "000000000000000A"} {
		_, _, err := access.Trail{}.List(m, access.Filter{}, cursor, 5)
		wants(t, "cursor "+cursor, err, casework.Invalid)
	}
}

// A match that is rare comes on a later page, and no page looks at everything.
func TestListLooksAtSoMuchAndNoMore(t *testing.T) {
	m := newMemory()
	record(t, m, casework.Line{User: "rare", Act: "sign in"})
	record(t, m, some(5000, "")...)
	lines, next, err := access.Trail{}.List(m, access.Filter{User: "rare"}, "", 5)
	if err != nil || len(lines) != 0 || next == "" {
		t.Errorf("first page: %d lines, next %q, %v", len(lines), next, err)
	}
	lines, next, err = access.Trail{}.List(m, access.Filter{User: "rare"}, next, 5)
	if err != nil || len(lines) != 1 || next != "" {
		t.Errorf("second page: %d lines, next %q, %v", len(lines), next, err)
	}
}

func TestWhoSeesWhatOfTheTrail(t *testing.T) {
	m := aTrail(t)
	all := []uint64{8, 7, 6, 5, 4, 3, 2, 1}
	tests := map[string]struct {
		by   casework.Actor
		f    access.Filter
		want []uint64
		kind casework.Kind
	}{
		"auditor":                     {by: casework.Actor{User: "u9", Roles: []casework.Role{casework.Auditor}}, want: all},
		"ppdp":                        {by: casework.Actor{User: "u9", Roles: []casework.Role{casework.DPO}}, want: all},
		"head without the grant":      {by: casework.Actor{User: "u9", Roles: []casework.Role{casework.Head}}, want: []uint64{8, 7, 6, 5, 2, 1}},
		"head with it":                {by: casework.Actor{User: "u9", Roles: []casework.Role{casework.Head}, Grants: []casework.Secrecy{casework.SecretHIV}}, want: all},
		"worker: own, and own cases":  {by: casework.Actor{User: "u1", Roles: []casework.Role{casework.Worker}}, want: []uint64{8, 7, 4, 2, 1}},
		"worker asks for the case":    {by: casework.Actor{User: "u1", Roles: []casework.Role{casework.Worker}}, f: access.Filter{Case: "c1"}, want: []uint64{8, 2, 1}},
		"worker, a case of others":    {by: casework.Actor{User: "u1", Roles: []casework.Role{casework.Worker}}, f: access.Filter{Case: "c2"}, want: []uint64{4}},
		"supervisor of the unit":      {by: casework.Actor{User: "u3", Unit: "anak", Roles: []casework.Role{casework.Supervisor}}, want: []uint64{8, 6, 5, 2, 1}},
		"supervisor, a secret case":   {by: casework.Actor{User: "u9", Unit: "lansia", Roles: []casework.Role{casework.Supervisor}}, want: nil},
		"front desk: own":             {by: casework.Actor{User: "u3", Roles: []casework.Role{casework.FrontDesk}}, want: []uint64{8, 6, 5}},
		"front desk asks for another": {by: casework.Actor{User: "u3", Roles: []casework.Role{casework.FrontDesk}}, f: access.Filter{User: "u1"}, want: nil},
		"admin it":                    {by: casework.Actor{User: "u1", Roles: []casework.Role{casework.AdminIT}}, kind: casework.Forbidden},
		"nobody":                      {by: casework.Actor{Roles: []casework.Role{casework.Auditor}}, kind: casework.Unknown},
		"a token that is not there":   {by: casework.Actor{User: "u1", Token: "t", Roles: []casework.Role{casework.Auditor}}, kind: casework.Unknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var f access.Filter
			err := m.View(func(tx casework.Tx) error {
				var err error
				f, err = access.Gate{}.Narrow(tx, tt.by, tt.f)
				return err
			})
			wants(t, "narrow", err, tt.kind)
			if err != nil {
				return
			}
			if got, _ := page(t, m, f, 3); !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}
