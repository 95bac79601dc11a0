package node

import (
	"context"
	"time"

	"serasi/node/casework"
)

// dueSoon is how many days ahead a task stands on the page of the day.
const dueSoon = 3

// tasksWaiting are the tasks of by that are overdue or due soon. What came by
// itself has no words of its own: its kind says it.
func (n *Node) tasksWaiting(ctx context.Context, by casework.Actor) (out []casework.Errand, err error) {
	if !n.allowed(by, casework.Find) {
		return nil, nil
	}
	page, err := n.cases.Care().Tasks(ctx, by, casework.TaskQuery{Within: dueSoon, Limit: mostOfAKind})
	if err != nil {
		return nil, err
	}
	for _, d := range page.Items {
		e := casework.Errand{
			Kind: casework.IsDue, Words: d.What, Case: d.Case, Number: d.Number, Name: d.Name, Path: "/kasus/" + string(d.Case) + "/tugas",
			Due: d.Due.Plus(1).In(n.zone).Add(-time.Minute), // it may be done until the day is over
		}
		if d.Kind != casework.DueTask {
			e.Kind += " " + d.Kind
		}
		out = append(out, e)
	}
	return out, nil
}
