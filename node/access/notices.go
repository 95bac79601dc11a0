package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"serasi/node/casework"
)

// maxNotices is how many of one account are kept; the oldest go.
const maxNotices = 200

func noticeRow(n casework.Notice) string { return string(n.To) + " " + n.ID }

// tell writes a notice to each of these accounts.
func (a *Accounts) tell(tx casework.Tx, n casework.Notice, to ...casework.UserID) error {
	n.At = a.clock().UTC()
	slices.Sort(to)
	for _, user := range slices.Compact(to) {
		n.To, n.ID = user, sortableID(n.At)
		if err := tx.Put(casework.Notices, casework.NodeOwner, noticeRow(n), n); err != nil {
			return fmt.Errorf("notice: %w", err)
		}
	}
	return nil
}

// those returns the accounts in use that wanted picks.
func those(tx casework.Tx, wanted func(account) bool) (ids []casework.UserID, err error) {
	err = eachAccount(tx, func(row account) bool {
		if !row.Disabled && wanted(row) {
			ids = append(ids, row.ID)
		}
		return true
	})
	return ids, err
}

// watchers are those who must know what happened outside the usual way to a
// case: its lead, the supervisors of its unit, the kepala balai and the data
// protection officers.
func watchers(tx casework.Tx, c casework.Case) ([]casework.UserID, error) {
	return those(tx, func(row account) bool {
		return row.ID == c.Lead || slices.Contains(row.Roles, casework.Head) || slices.Contains(row.Roles, casework.DPO) ||
			slices.Contains(row.Roles, casework.Supervisor) && row.Unit != "" && row.Unit == c.Unit
	})
}

func noticesOf(tx casework.Tx, of casework.UserID) (list []casework.Notice, err error) {
	err = tx.Each(casework.Notices, casework.NodeOwner, string(of), func(id string, decode func(any) error) (bool, error) {
		if !strings.HasPrefix(id, string(of)) {
			return false, nil
		}
		var n casework.Notice
		if err := decode(&n); err != nil {
			return false, fmt.Errorf("notice: %w", err)
		}
		list = append(list, n)
		return true, nil
	})
	return list, err
}

// Notices returns what by must know of and has not put aside, newest first.
func (a *Accounts) Notices(_ context.Context, by casework.Actor) (list []casework.Notice, err error) {
	if by.User == "" {
		return nil, casework.Unknown.Because("sign in first")
	}
	err = a.store.View(func(tx casework.Tx) error {
		list, err = noticesOf(tx, by.User)
		return err
	})
	slices.Reverse(list)
	return list[:min(len(list), maxNotices)], err
}

// DropNotice puts a notice of one's own aside; twice is once.
func (a *Accounts) DropNotice(ctx context.Context, by casework.Actor, id string) error {
	if by.User == "" {
		return casework.Unknown.Because("sign in first")
	}
	return a.store.Update(ctx, func(tx casework.Tx) error {
		return tx.Delete(casework.Notices, casework.NodeOwner, noticeRow(casework.Notice{To: by.User, ID: id}))
	})
}
