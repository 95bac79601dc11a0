package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
)

// kept is how long an upload that nobody runs is kept.
const kept = 30 * 24 * time.Hour

func (d *Desk) load(tx casework.Tx, id casework.ImportID) (casework.Upload, error) {
	var u casework.Upload
	if !casework.IsID(string(id)) {
		return u, casework.NotFound.Because("there is no such import")
	}
	found, err := tx.Get(casework.Imports, casework.NodeOwner, string(id), &u)
	switch {
	case err != nil:
		return u, fmt.Errorf("read an import: %w", err)
	case !found:
		return u, casework.NotFound.Because("there is no such import")
	}
	return u, nil
}

func (d *Desk) save(tx casework.Tx, u *casework.Upload) error {
	u.Version++
	u.Changed = d.now()
	if err := tx.Put(casework.Imports, casework.NodeOwner, string(u.ID), u); err != nil {
		return fmt.Errorf("keep an import: %w", err)
	}
	return nil
}

// rowID sorts as the rows stand in the file.
func rowID(no int) string { return fmt.Sprintf("%08d", no) }

func putRow(tx casework.Tx, id casework.ImportID, r casework.ImportRow) error {
	if err := tx.Put(casework.ImportRows, string(id), rowID(r.No), r); err != nil {
		return fmt.Errorf("keep a row: %w", err)
	}
	return nil
}

// Upload takes a table in: CSV or XLSX of at most MaxFile bytes. Its rows are
// encrypted under a key of their own, and nothing of them is a case yet. The
// columns are guessed from the headings.
//
// The error is Invalid with what is wrong with the file, or Forbidden.
func (d *Desk) Upload(ctx context.Context, by casework.Actor, name string, r io.Reader) (casework.Upload, error) {
	u := casework.Upload{
		ID: casework.ImportID(d.cfg.NewID()), Name: fileName(name), By: by.User, ByName: by.Name, At: d.now(), State: casework.ImportMapping,
		Defaults: casework.ImportDefaults{Urgency: casework.NotUrgent, Basis: casework.ByPublicTask, Unit: by.Unit},
	}
	// Who may not must not be received from either.
	err := d.cfg.Store.View(func(tx casework.Tx) error { return d.cfg.Gate.Check(tx, by, casework.PrepareImport, nil) })
	if err != nil {
		return casework.Upload{}, d.denied(ctx, by, casework.PrepareImport, "upload", err)
	}
	if err := d.sweep(ctx); err != nil {
		return casework.Upload{}, err
	}
	content, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	switch {
	case err != nil:
		return casework.Upload{}, fmt.Errorf("receive a table: %w", err)
	case len(content) > MaxFile:
		return casework.Upload{}, unfit("is larger than 10 MiB; split it")
	}
	t, err := decode(content)
	if err != nil {
		return casework.Upload{}, err
	}
	u.Headings, u.Targets = t.headings, casework.GuessTargets(t.headings)
	if err := d.putRows(ctx, &u, t); err != nil {
		return casework.Upload{}, errors.Join(err, d.cfg.Shred(context.WithoutCancel(ctx), string(u.ID)))
	}
	err = d.change(ctx, by, casework.PrepareImport, "upload", func(tx casework.Tx) error { return d.save(tx, &u) })
	if err != nil {
		return casework.Upload{}, errors.Join(err, d.cfg.Shred(context.WithoutCancel(ctx), string(u.ID)))
	}
	return u, nil
}

// fileName is the last part of a path, without what would not print.
func fileName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(path.Base(strings.ReplaceAll(name, `\`, "/")), ""))
	if r := []rune(name); len(r) > 100 {
		name = string(r[:100])
	}
	return name
}

// batch is how many rows go into one transaction.
const batch = 200

func (d *Desk) putRows(ctx context.Context, u *casework.Upload, t table) error {
	rows := t.numbered()
	u.Rows = len(rows)
	for some := range slices.Chunk(rows, batch) {
		err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
			for _, r := range some {
				if err := putRow(tx, u.ID, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sweep throws away what was uploaded long ago and never run.
func (d *Desk) sweep(ctx context.Context) error {
	var old []string
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		all, err := d.all(tx)
		for _, u := range all {
			if d.now().Sub(u.Changed) > kept && (u.State == casework.ImportMapping || u.State == casework.ImportChecked || u.State == casework.ImportUndone) {
				old = append(old, string(u.ID))
				err = errors.Join(err, tx.Delete(casework.Imports, casework.NodeOwner, string(u.ID)))
			}
		}
		return err
	})
	if err != nil || len(old) == 0 {
		return err
	}
	return d.cfg.Shred(ctx, old...)
}

func (d *Desk) all(tx casework.Tx) (out []casework.Upload, err error) {
	err = tx.Each(casework.Imports, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
		var u casework.Upload
		if err := decode(&u); err != nil {
			return false, err
		}
		out = append(out, u)
		return true, nil
	})
	slices.SortFunc(out, func(a, b casework.Upload) int { return b.At.Compare(a.At) })
	return out, err
}

// Uploads returns all imports, newest first.
func (d *Desk) Uploads(ctx context.Context, by casework.Actor) (out []casework.Upload, err error) {
	err = d.look(ctx, by, "imports", func(tx casework.Tx) (err error) {
		out, err = d.all(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Get returns one import as it stands. If the node works on it, Get waits for a
// moment for it to end, so that a short one needs no second look.
func (d *Desk) Get(ctx context.Context, by casework.Actor, id casework.ImportID, patience time.Duration) (u casework.Upload, err error) {
	err = d.look(ctx, by, "import", func(tx casework.Tx) (err error) {
		u, err = d.load(tx, id)
		return err
	})
	if err != nil {
		return casework.Upload{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for u.Working() {
		d.mu.Lock()
		step := d.step
		d.mu.Unlock()
		if err := d.cfg.Store.View(func(tx casework.Tx) (err error) { u, err = d.load(tx, id); return err }); err != nil || !u.Working() {
			return u, err
		}
		select {
		case <-ctx.Done():
			return u, nil
		case <-step:
		}
	}
	return u, nil
}

// rowsPage is how many rows one page holds.
const rowsPage = 25

// Rows returns a page of the rows of an import in the order of the file: those
// in a state, or all if it is "".
func (d *Desk) Rows(ctx context.Context, by casework.Actor, id casework.ImportID, state, cursor string) (page casework.Page[casework.ImportRow], err error) {
	states := []string{"", casework.RowGood, casework.RowBad, casework.RowDouble, casework.RowOpened, casework.RowUndone, casework.RowKept}
	var faults []casework.Fault
	if !slices.Contains(states, state) {
		faults = append(faults, casework.Fault{Field: "state", Words: "must be one of: " + strings.Join(states[1:], ", ")})
	}
	if cursor != "" && (len(cursor) != 8 || strings.Trim(cursor, "0123456789") != "") {
		faults = append(faults, casework.Fault{Field: "cursor", Words: "is not one that a page before gave"})
	}
	if err := casework.Faulty(faults...); err != nil {
		return page, err
	}
	err = d.look(ctx, by, "import rows", func(tx casework.Tx) error {
		if _, err := d.load(tx, id); err != nil {
			return err
		}
		return tx.Each(casework.ImportRows, string(id), cursor, func(at string, decode func(any) error) (bool, error) {
			var r casework.ImportRow
			if err := decode(&r); err != nil {
				return false, err
			}
			if state != "" && r.State != state {
				return true, nil
			}
			if len(page.Items) == rowsPage {
				page.Next = at
				return false, nil
			}
			page.Items = append(page.Items, r)
			return true, nil
		})
	})
	if err != nil {
		return casework.Page[casework.ImportRow]{}, err
	}
	return page, nil
}

// begin takes an import from one of some states to another, for somebody who
// may do act, and wakes the work.
func (d *Desk) begin(ctx context.Context, by casework.Actor, act casework.Action, what string, id casework.ImportID, version uint64, from []string, set func(*casework.Upload) error) (u casework.Upload, err error) {
	err = d.change(ctx, by, act, what, func(tx casework.Tx) error {
		if u, err = d.load(tx, id); err != nil {
			return err
		}
		if u.Version != version {
			return casework.Conflict.Because("this import has changed since you saw it; look at it again")
		}
		if !slices.Contains(from, u.State) {
			return casework.Conflict.Because("this is not possible while the import is %s", u.State)
		}
		u.Done = 0
		u.Worker = &casework.ImportWorker{User: by.User, Name: by.Name, Roles: by.Roles, Unit: by.Unit, Via: by.Via}
		if err := set(&u); err != nil {
			return err
		}
		return d.save(tx, &u)
	})
	if err != nil {
		return casework.Upload{}, err
	}
	d.ring()
	return u, nil
}

// Map says what the columns are and starts the dry run, which tries every row
// and writes nothing.
//
// The error is Invalid with the fields, Conflict if somebody else was quicker or
// the import has been run, NotFound or Forbidden.
func (d *Desk) Map(ctx context.Context, by casework.Actor, id casework.ImportID, version uint64, m casework.Mapping) (casework.Upload, error) {
	from := []string{casework.ImportMapping, casework.ImportChecked}
	return d.begin(ctx, by, casework.PrepareImport, "map import", id, version, from, func(u *casework.Upload) error {
		if err := casework.Faulty(m.Check(len(u.Headings), casework.Listed(d.now().In(d.cfg.Zone)))...); err != nil {
			return err
		}
		u.Targets, u.Defaults, u.State = m.Targets, m.Defaults, casework.ImportChecking
		u.Good, u.Bad, u.Doubles = 0, 0, 0
		return nil
	})
}

// Start opens a case for each row that is good, and for those that may be
// registered already too if doubles is true. It goes on by itself, also after a
// restart. The errors are those of Map.
func (d *Desk) Start(ctx context.Context, by casework.Actor, id casework.ImportID, version uint64, doubles bool) (casework.Upload, error) {
	return d.begin(ctx, by, casework.Import, "run import", id, version, []string{casework.ImportChecked}, func(u *casework.Upload) error {
		u.State, u.Also = casework.ImportRunning, doubles
		return nil
	})
}

// Undo takes back the cases of an import that nobody has touched since; the
// others stay, each with why. The errors are those of Map.
func (d *Desk) Undo(ctx context.Context, by casework.Actor, id casework.ImportID, version uint64) (casework.Upload, error) {
	return d.begin(ctx, by, casework.Import, "undo import", id, version, []string{casework.ImportDone, casework.ImportUndone}, func(u *casework.Upload) error {
		u.State, u.Kept = casework.ImportUndoing, 0
		return nil
	})
}

// Discard throws an import away, with all that was uploaded. Cases that it
// opened stay, and can no longer be taken back together.
func (d *Desk) Discard(ctx context.Context, by casework.Actor, id casework.ImportID, version uint64) error {
	err := d.change(ctx, by, casework.PrepareImport, "discard import", func(tx casework.Tx) error {
		u, err := d.load(tx, id)
		switch {
		case err != nil:
			return err
		case u.Version != version:
			return casework.Conflict.Because("this import has changed since you saw it; look at it again")
		case u.Working():
			return casework.Conflict.Because("this is not possible while the import is %s", u.State)
		}
		return tx.Delete(casework.Imports, casework.NodeOwner, string(id))
	})
	if err != nil {
		return err
	}
	return d.cfg.Shred(ctx, string(id))
}
