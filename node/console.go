package node

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"serasi/node/access"
	"serasi/node/api"
	"serasi/node/casework"
)

// console is the node and the network as its pages show them. Everybody may see
// how the node is; what changes something is for who runs it.
type console struct{ n *Node }

func (c console) Checkup(ctx context.Context, by casework.Actor) (casework.Checkup, error) {
	if err := door(c).Allow(ctx, by, casework.ManageNode); err != nil {
		return casework.Checkup{}, err
	}
	_, found := c.n.examine()
	return found, nil
}

func (c console) Fellows(ctx context.Context, by casework.Actor) (out []casework.Fellow, err error) {
	if err := door(c).Allow(ctx, by, casework.ManageNode); err != nil {
		return nil, err
	}
	list, err := membership(c).List(ctx)
	for _, m := range list {
		out = append(out, casework.Fellow{
			Code: m.Code, Standing: m.Standing, Voter: m.Voter, Leader: m.Leader, Signed: m.Heard, Reachable: m.Reachable, Key: m.Key, Approvals: m.Approvals, Needed: m.Needed,
		})
	}
	return out, err
}

func (c console) Verdict(ctx context.Context, by casework.Actor, code casework.BalaiCode, act string) (casework.Sentence, error) {
	if err := door(c).Allow(ctx, by, casework.ManageNode); err != nil {
		return casework.Sentence{}, err
	}
	return c.verdict(ctx, code, act)
}

func (c console) verdict(ctx context.Context, code casework.BalaiCode, act string) (out casework.Sentence, err error) {
	if !slices.Contains(casework.SentenceActs, act) {
		return out, casework.NotFound.Because("officers do not decide that")
	}
	matter := api.Matter{Act: act, Code: code}
	x, err := membership(c).motion(matter)
	if err != nil {
		return out, err
	}
	m, err := membership(c).Motion(ctx, matter)
	if err != nil {
		return out, err
	}
	out = casework.Sentence{
		Balai: code, Act: act, Standing: x.standing.String(), Have: m.Have, Need: m.Need, Cases: m.Effect.Cases, Handoffs: m.Effect.Handoffs,
		Voters: m.Effect.Before.Voters, After: m.Effect.After.Voters, Majority: m.Effect.After.Needed, Heard: m.Effect.After.Heard,
	}
	out.Content, err = json.MarshalIndent(m, "", "  ")
	return out, err
}

func (c console) Judge(ctx context.Context, by casework.Actor, code casework.BalaiCode, act, typed, signature string) (out casework.Sentence, err error) {
	if err := door(c).Allow(ctx, by, casework.LeaveGroup); err != nil {
		return out, err
	}
	var faults []casework.Fault
	if typed != string(code) {
		faults = append(faults, casework.Fault{Field: "code", Words: "is not the code of that balai"})
	}
	var s api.Signature
	if json.Unmarshal([]byte(signature), &s) != nil {
		faults = append(faults, casework.Fault{Field: "signature", Words: "is not a signature"})
	}
	if err := casework.Faulty(faults...); err != nil {
		return out, err
	}
	if out, err = c.verdict(ctx, code, act); err != nil {
		return out, err
	}
	d, err := membership(c).Sign(ctx, by, api.Matter{Act: act, Code: code}, s)
	out.Have, out.Need, out.Standing = d.Have, d.Need, d.Standing
	if d.Done {
		out.Have = max(out.Have, out.Need)
	}
	return out, err
}

// inviteHours is how long an invitation of the page is good.
const inviteHours = 24

func (c console) Invite(ctx context.Context, by casework.Actor, code casework.BalaiCode) (text string, until time.Time, err error) {
	if err := door(c).Allow(ctx, by, casework.ManageNode); err != nil {
		return "", until, err
	}
	i, err := membership(c).Invite(ctx, by, code, inviteHours)
	return i.Text, i.Expires, err
}

func (c console) Backups(ctx context.Context, by casework.Actor) (casework.Backups, error) {
	return c.n.listBackups(ctx, by)
}

func (c console) BackUp(ctx context.Context, by casework.Actor) error { return c.n.addBackup(ctx, by) }

// VerifyTrail recomputes the chain of the audit trail. The look at it is a line
// of its own.
func (c console) VerifyTrail(ctx context.Context, by casework.Actor) (lines uint64, head string, err error) {
	if err := door(c).Allow(ctx, by, casework.ManageNode); err != nil {
		return 0, "", err
	}
	lines, head, err = c.n.trail.Verify(c.n.db, 0)
	if err != nil {
		return lines, head, err
	}
	line := casework.Line{User: by.User, Name: by.Name, Role: firstRole(by), Via: by.Via, Act: "verify audit", Outcome: access.Done}
	return lines, head, c.n.db.Update(ctx, func(tx casework.Tx) error { return c.n.trail.Record(tx, line) })
}

func (c console) Footprint(ctx context.Context, by casework.Actor) (f casework.Footprint, err error) {
	if err := door(c).Allow(ctx, by, casework.ManageNode); err != nil {
		return f, err
	}
	f = casework.Footprint{Since: c.n.started, Written: written(), Served: c.n.meter.Served()}
	var use unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &use) == nil {
		f.CPU = (time.Duration(use.Utime.Nano()) + time.Duration(use.Stime.Nano())).Seconds()
	}
	if b := c.n.current(); b != nil {
		port := b.port.Stats()
		for _, n := range port.In {
			f.Between += n
		}
		for _, n := range port.Out {
			f.Between += n
		}
	}
	return f, nil
}
