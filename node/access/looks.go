package access

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"serasi/node/casework"
)

// Looks returns what the person of a case is told about who saw their file, day
// by day, newest first: roles and purposes, no names. Those who may see the
// trail of the case may, and that is a line of it.
func (p *Privacy) Looks(ctx context.Context, by casework.Actor, id casework.CaseID) ([]casework.Look, error) {
	times := map[casework.Look]int{}
	err := p.onCase(ctx, by, casework.ReadAudit, "printout", id, func(tx casework.Tx, _ casework.Case) error {
		return tx.Each(casework.AuditByCase, string(id), "", func(row string, _ func(any) error) (bool, error) {
			seq, err := strconv.ParseUint(row, 16, 64)
			if err != nil {
				return false, err
			}
			var line casework.Line
			found, err := tx.Get(casework.Audit, casework.NodeOwner, row, &line)
			switch {
			case err != nil:
				return false, err
			case !found:
				return false, &Broken{seq, "it is missing"}
			}
			if line.User != "" {
				times[casework.Look{Day: line.At.In(p.cfg.Zone).Format("2006-01-02"), Role: line.Role, What: purpose(line)}]++
			}
			return true, nil
		})
	})
	if err != nil {
		return nil, err
	}
	list := make([]casework.Look, 0, len(times))
	for look, n := range times {
		look.Times = n
		list = append(list, look)
	}
	slices.SortFunc(list, func(x, y casework.Look) int {
		return cmp.Or(cmp.Compare(y.Day, x.Day), cmp.Compare(x.Role, y.Role), cmp.Compare(x.What, y.What))
	})
	return list, nil
}

// purposes says what an act was for, as a person is told. What is missing here
// is a change.
var purposes = map[casework.Action]string{
	casework.ReadCase:      casework.LookRead,
	casework.Find:          casework.LookRead,
	casework.PrepareOffer:  casework.LookHandoff,
	casework.Offer:         casework.LookHandoff,
	casework.PrepareAnswer: casework.LookHandoff,
	casework.Answer:        casework.LookHandoff,
	casework.Arrive:        casework.LookHandoff,
	casework.Export:        casework.LookExport,
	casework.BreakGlass:    casework.LookEmergency,
	casework.ReadAudit:     casework.LookOversight,
	casework.Oversee:       casework.LookOversight,
	casework.Review:        casework.LookOversight,
	casework.KeepPrivacy:   casework.LookOversight,
	casework.Erase:         casework.LookOversight,
}

func purpose(line casework.Line) string {
	if line.Outcome != Done {
		return casework.LookRefused
	}
	if what, ok := purposes[casework.Action(line.Act)]; ok {
		return what
	}
	return casework.LookWrite
}
