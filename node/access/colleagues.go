package access

import (
	"cmp"
	"context"
	"slices"

	"serasi/node/casework"
)

// Colleagues returns the accounts in use, by name: whom to ask, and whom to
// choose for a case. Everybody who works here may know.
func (a *Accounts) Colleagues(_ context.Context, by casework.Actor) (list []casework.Colleague, err error) {
	err = a.store.View(func(tx casework.Tx) error {
		if err := a.gate.Check(tx, by, casework.ReadStatus, nil); err != nil {
			return err
		}
		return eachAccount(tx, func(row account) bool {
			if !row.Disabled {
				list = append(list, casework.Colleague{ID: row.ID, Name: row.Name, Roles: row.Roles, Unit: row.Unit})
			}
			return true
		})
	})
	slices.SortFunc(list, func(x, y casework.Colleague) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID))
	})
	return list, err
}

// Self returns the account of by.
func (a *Accounts) Self(_ context.Context, by casework.Actor) (u casework.User, err error) {
	if by.User == "" {
		return u, casework.Unknown.Because("sign in first")
	}
	row, err := a.account(by.User)
	return row.User, err
}

// Pending returns what those who watch over the balai still have to do, each
// with its deadline: emergencies to judge, requests to answer, erasures to
// confirm, breaches to tell. It says of what and until when, and nothing of the
// people. It is nothing for those who do not watch.
func (p *Privacy) Pending(_ context.Context, by casework.Actor) (list []casework.Errand, err error) {
	err = p.store.View(func(tx casework.Tx) error {
		may := func(act casework.Action) bool { return p.gate.Check(tx, by, act, nil) == nil }
		if may(casework.Review) {
			err := tx.All(casework.GlassRows, func(_, _ string, decode func(any) error) (bool, error) {
				var g casework.Glass
				err := decode(&g)
				if g.Verdict == "" && g.User != by.User {
					list = append(list, casework.Errand{Kind: casework.ToJudge, Number: g.Number, Path: "/privasi", Due: g.Due, Since: g.At})
				}
				return true, err
			})
			if err != nil {
				return err
			}
		}
		if !may(casework.KeepPrivacy) {
			return nil
		}
		return p.pending(tx, by, &list)
	})
	return list, err
}

func (p *Privacy) pending(tx casework.Tx, by casework.Actor, list *[]casework.Errand) error {
	err := tx.All(casework.Requests, func(_, _ string, decode func(any) error) (bool, error) {
		var r casework.SubjectRequest
		err := decode(&r)
		if r.Done.IsZero() {
			*list = append(*list, casework.Errand{Kind: casework.ToAnswerAsked, Number: r.Number, Path: "/privasi", Due: r.Due, Since: r.At})
		}
		return true, err
	})
	if err != nil {
		return err
	}
	asked, err := erasures(tx)
	if err != nil {
		return err
	}
	proven := by
	proven.StepUp = true
	for _, e := range asked {
		if e.Open() && e.AskedBy != by.User && p.gate.Rule(proven, casework.Erase, casework.SameBalai) == nil {
			*list = append(*list, casework.Errand{Kind: casework.ToConfirm, Path: "/privasi/hapus/" + e.ID, Since: e.Asked})
		}
	}
	return tx.Each(casework.Incidents, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
		var i casework.Breach
		err := decode(&i)
		if i.Closed.IsZero() {
			e := casework.Errand{Kind: casework.ToTell, Path: "/privasi/insiden/" + i.ID, Since: i.Known}
			if !i.Told() {
				e.Due = i.Due
			}
			*list = append(*list, e)
		}
		return true, err
	})
}
