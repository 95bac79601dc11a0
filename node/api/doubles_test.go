package api_test

import (
	"context"
	"slices"
	"strings"

	"serasi/node/casework"
)

// Everybody with the same first claim is a double here.
func (s *cases) Suspects(_ context.Context, by casework.Actor, claims []casework.Claim) ([]casework.Double, error) {
	if err := casework.Faulty(casework.CheckClaims("claims", claims)...); err != nil {
		return nil, err
	}
	if len(claims) == 0 {
		return nil, nil
	}
	return s.alike(by, claims[0].Value, ""), nil
}

func (s *cases) alike(by casework.Actor, name string, but casework.CaseID) (out []casework.Double) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, f := range s.files {
		if id != but && f.p.Name() == name && s.may(by, casework.Find, &f.c) == nil {
			out = append(out, casework.Double{Card: casework.CardOf(f.c, f.p, true, s.now()), Strong: true, Reasons: []string{"name"}, Verdict: casework.Undecided})
		}
	}
	return out
}

func (s *cases) Doubles(_ context.Context, by casework.Actor, id casework.CaseID) ([]casework.Double, error) {
	f, free, err := s.on(by, casework.ReadCase, id)
	if err != nil {
		return nil, err
	}
	free()
	return s.alike(by, f.p.Name(), id), nil
}

func (s *cases) Judge(_ context.Context, by casework.Actor, id, other casework.CaseID, j casework.Judgement) (d casework.PairDecision, err error) {
	f, free, err := s.on(by, casework.WriteCase, id)
	if err != nil {
		return d, err
	}
	defer free()
	if err := casework.Faulty(j.Check()...); err != nil {
		return d, err
	}
	second := s.files[other]
	if second == nil {
		return d, casework.NotFound.Because("there is no such case")
	}
	s.changes++
	d.Persons = [2]casework.PersonID{f.p.ID, second.p.ID}
	return d.Judged(j), nil
}

// doubleCalls is the part of TestEveryCall about people who may be one.
func doubleCalls(w *world, do doer, at string) {
	t := w.t
	t.Helper()
	var found struct{ Items []casework.Double }
	do(w, "budi", "POST", base+"/doubles", `{"claims":[{"kind":"name","value":"Siti Rahayu","standing":"stated"}]}`, 200).into(&found)
	if len(found.Items) == 0 || !found.Items[0].Strong {
		t.Fatalf("before it is opened: %+v", found.Items)
	}
	other := w.open()
	id := other[strings.LastIndexByte(other, '/')+1:]
	do(w, "budi", "GET", at+"/doubles", "", 200).into(&found)
	if !slices.ContainsFunc(found.Items, func(d casework.Double) bool { return string(d.Card.ID) == id }) {
		t.Fatalf("doubles %+v", found.Items)
	}
	var d casework.PairDecision
	do(w, "budi", "PUT", at+"/doubles/"+id, `{"verdict":"different","why":"tanggal lahir lain"}`, 200).into(&d)
	if d.Verdict != casework.Different || d.Why != "tanggal lahir lain" {
		t.Errorf("judged %+v", d)
	}
	w.do("budi", "PUT", at+"/doubles/"+id, `{"verdict":"maybe"}`).want(422)
	w.do("sari", "GET", at+"/doubles", "").want(403)
}
