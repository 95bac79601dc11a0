package report

import (
	"fmt"

	"serasi/node/casework"
)

// own reads the rows of a table that belong to the balai and to no case.
func own[T any](tx casework.Tx, t casework.Table) (out []T, err error) {
	err = tx.Each(t, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
		var v T
		if err := decode(&v); err != nil {
			return false, err
		}
		out = append(out, v)
		return true, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", t, err)
	}
	return out, nil
}

// institution is the kind of partner that figure 25 counts.
const institution = "lks"

// house counts what belongs to no case: partners and their papers, as the
// register of partners has them today, and incidents by the day they were known.
// A balai that keeps none of them enters the figures by hand.
func (p period) house(t tallies, s dataset) {
	last := p.lastDay()
	if len(s.partners) > 0 {
		count := map[string]int{"partners": 0, "accredited": 0, "agreements": 0, "agreements.ended": 0}
		for _, one := range s.partners {
			if one.Kind == institution && !one.Ended {
				count["partners"]++
			}
			if one.Kind == institution && !one.Ended && one.Grade != "" && (one.GradeUntil == "" || one.GradeUntil >= last) {
				count["accredited"]++
			}
			for _, memo := range one.Agreements {
				if memo.From <= last && memo.Until >= last {
					count["agreements"]++
				}
				if p.hasDay(memo.Until) {
					count["agreements.ended"]++
				}
			}
		}
		for code, n := range count {
			t.set(code, float64(n))
		}
	}
	if len(s.breaches) > 0 {
		n := 0
		for _, one := range s.breaches {
			if p.has(one.Known) {
				n++
			}
		}
		t.set("breaches", float64(n))
	}
}
