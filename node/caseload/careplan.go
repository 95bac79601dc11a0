package caseload

import (
	"context"
	"slices"

	"serasi/node/casework"
)

// A plan is edited as a draft. Whoever edits names the version of what they
// saw: the draft, else the plan in force, else 0. The first change after an
// approval makes the next version of the plan, which waits for an approval of
// its own.

// EditPlan sets what the draft says beside its goals. The errors are those of
// Cases.Edit.
func (k *Care) EditPlan(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, h casework.PlanHead) (casework.Record[casework.Plan], error) {
	return k.editPlan(ctx, by, id, version, func(f *file, p *casework.Plan) error {
		p.WithPerson, p.WithFamily, p.Conference = h.WithPerson, h.WithFamily, h.Conference
		if h.Conference == "" {
			return nil
		}
		var have struct{}
		found, err := f.tx.Get(casework.Conferences, string(id), string(h.Conference), &have)
		if err == nil && !found {
			err = casework.Faulty(casework.Fault{Field: "conference", Words: "is not a conference of this case"})
		}
		return err
	})
}

// PutGoal adds a goal to the draft, or changes the one with its id. The errors
// are those of Cases.Edit.
func (k *Care) PutGoal(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, g casework.Goal) (casework.Record[casework.Plan], error) {
	return k.editPlan(ctx, by, id, version, func(f *file, p *casework.Plan) error {
		if err := casework.Faulty(g.Check()...); err != nil {
			return err
		}
		if g.ID == "" {
			g.ID = casework.CareID(f.cfg.NewID())
			p.Goals = append(slices.Clone(p.Goals), g)
			return nil
		}
		i := slices.IndexFunc(p.Goals, func(have casework.Goal) bool { return have.ID == g.ID })
		if i < 0 {
			return casework.NotFound.Because("there is no such goal in the plan")
		}
		if g.Outcome == "" { // who changes the words of a goal does not take its result away
			g.Outcome, g.Result = p.Goals[i].Outcome, p.Goals[i].Result
		}
		p.Goals = slices.Clone(p.Goals)
		p.Goals[i] = g
		return nil
	})
}

// DropGoal takes a goal out of the draft. The errors are those of Cases.Edit.
func (k *Care) DropGoal(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, goal casework.CareID) (casework.Record[casework.Plan], error) {
	return k.editPlan(ctx, by, id, version, func(_ *file, p *casework.Plan) error {
		before := len(p.Goals)
		p.Goals = slices.DeleteFunc(slices.Clone(p.Goals), func(g casework.Goal) bool { return g.ID == goal })
		if len(p.Goals) == before {
			return casework.NotFound.Because("there is no such goal in the plan")
		}
		return nil
	})
}

func (k *Care) editPlan(
	ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, edit func(*file, *casework.Plan) error,
) (casework.Record[casework.Plan], error) {
	var r casework.Record[casework.Plan]
	err := k.cs.write(ctx, deed{by, casework.WriteCase, ofPlan}, id, func(f *file) error {
		if err := k.cs.editable(f.c); err != nil {
			return err
		}
		base, own, err := f.draft()
		if err != nil {
			return err
		}
		mine := base.Data
		if err := edit(f, &mine); err != nil {
			return err
		}
		if err := casework.Faulty(mine.Check()...); err != nil {
			return err
		}
		if base.Version != version {
			return casework.Stale(base.Data, mine)
		}
		if own {
			r = base
			return change(f, casework.Plans, &r, version, mine)
		}
		r = newRecord(f, mine)
		return keep(f, casework.Plans, r)
	})
	if err != nil {
		return casework.Record[casework.Plan]{}, err
	}
	return r, nil
}

// draft returns what the next change of the plan starts from, and whether that
// is a draft of this balai already. If not, its number is the next one and it
// is approved by nobody.
func (f *file) draft() (casework.Record[casework.Plan], bool, error) {
	all, err := records[casework.Plan](f.tx, casework.Plans, f.c.ID)
	if err != nil {
		return casework.Record[casework.Plan]{}, false, err
	}
	next := 1
	for _, r := range all {
		next = max(next, r.Data.Number+1)
	}
	var base casework.Record[casework.Plan]
	switch v := casework.PlanOf(all); {
	case v.Draft != nil && v.Draft.Balai == f.cfg.Balai:
		return *v.Draft, true, nil
	case v.Draft != nil:
		base = *v.Draft
	case v.Current != nil:
		base = *v.Current
	}
	base.Data = unapproved(base.Data)
	base.Data.Number = next
	return base, false, nil
}

// unapproved is p without its approval.
func unapproved(p casework.Plan) casework.Plan {
	return casework.Plan{WithPerson: p.WithPerson, WithFamily: p.WithFamily, Conference: p.Conference, Goals: p.Goals}
}

// ApprovePlan puts the draft into force. It needs the right to assign: the
// supervisor of the unit, or the head. The error is Invalid with what the plan
// lacks, Conflict if there is no draft, else those of Cases.Edit.
func (k *Care) ApprovePlan(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64) (casework.Record[casework.Plan], error) {
	var r casework.Record[casework.Plan]
	err := k.cs.write(ctx, deed{by, casework.Assign, ofApproval}, id, func(f *file) error {
		if err := k.cs.editable(f.c); err != nil {
			return err
		}
		all, err := records[casework.Plan](f.tx, casework.Plans, id)
		if err != nil {
			return err
		}
		v := casework.PlanOf(all)
		if v.Draft == nil || v.Draft.Balai != f.cfg.Balai {
			return casework.Conflict.Because("there is no draft of a plan to approve")
		}
		if err := casework.Faulty(v.Draft.Data.ToApprove()...); err != nil {
			return err
		}
		r = *v.Draft
		p := r.Data
		p.Approved, p.ApprovedBy = f.now, by.User
		return change(f, casework.Plans, &r, version, p)
	})
	if err != nil {
		return casework.Record[casework.Plan]{}, err
	}
	return r, nil
}

// EndGoal says how far a goal of the plan in force was reached. It changes no
// other word of the plan and needs no new approval. The error is Conflict if
// the plan in force is another balai's: make a version of one's own first.
func (k *Care) EndGoal(
	ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, goal casework.CareID, said casework.GoalResult,
) (casework.Record[casework.Plan], error) {
	var r casework.Record[casework.Plan]
	if err := casework.Faulty(said.Check()...); err != nil {
		return r, err
	}
	err := k.cs.write(ctx, deed{by, casework.WriteCase, ofPlan}, id, func(f *file) error {
		if err := k.cs.editable(f.c); err != nil {
			return err
		}
		all, err := records[casework.Plan](f.tx, casework.Plans, id)
		if err != nil {
			return err
		}
		v := casework.PlanOf(all)
		if v.Current == nil {
			return casework.Conflict.Because("there is no approved plan yet")
		}
		r = *v.Current
		p, ok := ended(r.Data, goal, said)
		if !ok {
			return casework.NotFound.Because("there is no such goal in the plan")
		}
		if err := change(f, casework.Plans, &r, version, p); err != nil {
			return err
		}
		// The draft was copied before this was known.
		if d := v.Draft; d != nil && d.Balai == f.cfg.Balai {
			if p, ok := ended(d.Data, goal, said); ok {
				return change(f, casework.Plans, d, d.Version, p)
			}
		}
		return nil
	})
	if err != nil {
		return casework.Record[casework.Plan]{}, err
	}
	return r, nil
}

// ended is p with a result at one of its goals.
func ended(p casework.Plan, goal casework.CareID, said casework.GoalResult) (casework.Plan, bool) {
	i := slices.IndexFunc(p.Goals, func(g casework.Goal) bool { return g.ID == goal })
	if i < 0 {
		return p, false
	}
	p.Goals = slices.Clone(p.Goals)
	p.Goals[i].Outcome, p.Goals[i].Result = said.Outcome, said.Result
	return p, true
}
