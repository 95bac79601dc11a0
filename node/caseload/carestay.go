package caseload

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"serasi/node/casework"
)

// bedUse is a row of Beds: who has a bed that is taken. That it is one row a
// bed is why no bed can be given out twice.
type bedUse struct {
	Case casework.CaseID `json:"case"`
	Stay casework.CareID `json:"stay"`
}

// Admit gives a person a bed from a day on. The error is Invalid if the house
// is for others, Conflict if the bed is taken or closed or the person has one,
// else those of Cases.Edit but for Frozen while the case is on offer.
func (k *Care) Admit(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.Admission) (casework.Record[casework.Stay], error) {
	var r casework.Record[casework.Stay]
	err := k.stay(ctx, by, id, func(f *file, now *casework.Record[casework.Stay]) (err error) {
		if now != nil {
			return casework.Conflict.Because("case %s has a bed already: %s", f.c.Number, now.Data.Place)
		}
		r, err = f.admit(in)
		return err
	})
	if err != nil {
		return casework.Record[casework.Stay]{}, err
	}
	return r, nil
}

// MoveBed ends the stay that the caller saw at version and begins another one
// the same day. The errors are those of Admit; Conflict also if the person has
// no bed.
func (k *Care) MoveBed(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, in casework.Admission) (casework.Record[casework.Stay], error) {
	var r casework.Record[casework.Stay]
	err := k.changeStay(ctx, by, id, version, func(f *file, now *casework.Record[casework.Stay]) (err error) {
		if now.Data.Bed == in.Bed {
			return casework.Conflict.Because("case %s has this bed already", f.c.Number)
		}
		if err := f.leave(now, in.From, "pindah kamar"); err != nil {
			return err
		}
		r, err = f.admit(in)
		*now = r
		return err
	})
	if err != nil {
		return casework.Record[casework.Stay]{}, err
	}
	return r, nil
}

// Leave ends the stay that the caller saw at version. The errors are those of
// MoveBed.
func (k *Care) Leave(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, day casework.Day, why string) (casework.Record[casework.Stay], error) {
	return k.restay(ctx, by, id, version, func(f *file, now *casework.Record[casework.Stay]) error { return f.leave(now, day, why) })
}

// GoAway notes that the person is elsewhere for a while, as in a hospital. The
// bed is kept, and this balai stays responsible. The errors are those of
// MoveBed; Conflict also if the person is away already.
func (k *Care) GoAway(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, a casework.Absence) (casework.Record[casework.Stay], error) {
	return k.restay(ctx, by, id, version, func(f *file, now *casework.Record[casework.Stay]) error {
		if now.Data.NowAway() != nil {
			return casework.Conflict.Because("case %s is away already", f.c.Number)
		}
		a.Until = ""
		s := now.Data
		s.Away = append(slices.Clone(s.Away), a)
		faults := append(a.Check(), f.past("from", a.From)...)
		if a.From.Valid() && a.From < s.From {
			faults = append(faults, casework.Fault{Field: "from", Words: "is before it begins"})
		}
		if err := casework.Faulty(faults...); err != nil {
			return err
		}
		return change(f, casework.Stays, now, now.Version, s)
	})
}

// ComeBack ends the absence under way. The errors are those of MoveBed;
// Conflict also if the person is not away.
func (k *Care) ComeBack(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, day casework.Day) (casework.Record[casework.Stay], error) {
	return k.restay(ctx, by, id, version, func(f *file, now *casework.Record[casework.Stay]) error {
		if now.Data.NowAway() == nil {
			return casework.Conflict.Because("case %s is not away", f.c.Number)
		}
		s := now.Data
		s.Away = slices.Clone(s.Away)
		last := &s.Away[len(s.Away)-1]
		last.Until = day
		if err := casework.Faulty(append(dayFaults(f, "day", day), last.Check()...)...); err != nil {
			return err
		}
		return change(f, casework.Stays, now, now.Version, s)
	})
}

func dayFaults(f *file, field string, d casework.Day) []casework.Fault {
	switch {
	case d == "":
		return []casework.Fault{{Field: field, Words: "is missing"}}
	case !d.Valid():
		return []casework.Fault{{Field: field, Words: "is not a day such as 2026-03-19"}}
	}
	return f.past(field, d)
}

// stay runs do with the stay under way here, or nil.
func (k *Care) stay(ctx context.Context, by casework.Actor, id casework.CaseID, do func(*file, *casework.Record[casework.Stay]) error) error {
	return k.cs.write(ctx, deed{by, casework.AddToCase, ofStay}, id, func(f *file) error {
		if err := k.cs.staying(f.c); err != nil {
			return err
		}
		now, err := f.stayNow()
		if err != nil {
			return err
		}
		return do(f, now)
	})
}

// changeStay runs do with the stay under way, which the caller saw at version,
// and which do leaves as it becomes. Of a caller who saw another one, do only
// shows what would have become of it: the error takes back what it wrote.
func (k *Care) changeStay(
	ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, do func(*file, *casework.Record[casework.Stay]) error,
) error {
	return k.stay(ctx, by, id, func(f *file, now *casework.Record[casework.Stay]) error {
		switch {
		case now == nil:
			return casework.Conflict.Because("case %s has no bed here", f.c.Number)
		case now.Version == version:
			return do(f, now)
		}
		was := now.Data
		if err := do(f, now); err != nil {
			return err
		}
		return casework.Stale(was, now.Data)
	})
}

// restay is changeStay that answers with the stay.
func (k *Care) restay(
	ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, do func(*file, *casework.Record[casework.Stay]) error,
) (casework.Record[casework.Stay], error) {
	var r casework.Record[casework.Stay]
	err := k.changeStay(ctx, by, id, version, func(f *file, now *casework.Record[casework.Stay]) error {
		err := do(f, now)
		r = *now
		return err
	})
	if err != nil {
		return casework.Record[casework.Stay]{}, err
	}
	return r, nil
}

// stayNow returns the stay here that has not ended, or nil.
func (f *file) stayNow() (*casework.Record[casework.Stay], error) {
	all, err := records[casework.Stay](f.tx, casework.Stays, f.c.ID)
	if err != nil {
		return nil, err
	}
	r, ok := casework.CurrentStay(all, f.cfg.Balai)
	if !ok {
		return nil, nil
	}
	return &r, nil
}

// admit begins a stay.
func (f *file) admit(in casework.Admission) (casework.Record[casework.Stay], error) {
	var r casework.Record[casework.Stay]
	h, bed, err := houseOfBed(f.tx, in.Bed)
	if err != nil {
		return r, err
	}
	p, err := person(f.tx, f.c)
	if err != nil {
		return r, err
	}
	faults := append(dayFaults(f, "from", in.From), h.Suits(p, f.now)...)
	if err := casework.Faulty(faults...); err != nil {
		return r, err
	}
	var taken bedUse
	found, err := f.tx.Get(casework.Beds, casework.NodeOwner, string(in.Bed), &taken)
	switch {
	case err != nil:
		return r, fmt.Errorf("read who has a bed: %w", err)
	case found && !gone(f.tx, taken.Case):
		return r, casework.Conflict.Because("the bed %s is taken", bed.Name)
	case bed.Closed:
		return r, casework.Conflict.Because("the bed %s is out of use", bed.Name)
	}
	place := strings.Join(slices.DeleteFunc([]string{h.Site, h.Name, bed.Room, bed.Name}, func(s string) bool { return s == "" }), ", ")
	before, err := records[casework.Stay](f.tx, casework.Stays, f.c.ID)
	if err != nil {
		return r, err
	}
	r = newRecord(f, casework.Stay{House: h.ID, Bed: in.Bed, Place: place, From: in.From, Companion: in.Companion})
	for _, one := range before { // whoever saw the stay before has not seen this one
		r.Version = max(r.Version, one.Version+1)
	}
	if err := put(f.tx, casework.Beds, casework.NodeOwner, string(in.Bed), bedUse{f.c.ID, r.ID}); err != nil {
		return r, err
	}
	return r, keep(f, casework.Stays, r)
}

// gone reports whether a case was erased, and its stay with it.
func gone(tx casework.Tx, id casework.CaseID) bool {
	_, err := casework.CaseOf(tx, id)
	return errors.Is(err, casework.NotFound)
}

// leave ends a stay and frees its bed.
func (f *file) leave(r *casework.Record[casework.Stay], day casework.Day, why string) error {
	s := r.Data
	s.Until, s.Left = day, why
	if n := len(s.Away); n > 0 && s.Away[n-1].Until == "" {
		s.Away = slices.Clone(s.Away)
		s.Away[n-1].Until = max(day, s.Away[n-1].From)
	}
	faults := dayFaults(f, "day", day)
	for _, x := range s.Check() {
		if x.Field == "until" {
			x.Field = "day"
		}
		faults = append(faults, x)
	}
	if why == "" {
		faults = append(faults, casework.Fault{Field: "left", Words: "is missing"})
	}
	if err := casework.Faulty(faults...); err != nil {
		return err
	}
	if err := f.tx.Delete(casework.Beds, casework.NodeOwner, string(s.Bed)); err != nil {
		return fmt.Errorf("free a bed: %w", err)
	}
	return change(f, casework.Stays, r, r.Version, s)
}

// vacate frees the bed of a case that ended here or went elsewhere. Whoever
// closes a case or follows the ledger need not think of beds.
func (f *file) vacate() error {
	was, now := f.was.State, f.c.State
	if was == now || now != casework.Closed && now != casework.HandedOver {
		return nil
	}
	r, err := f.stayNow()
	if err != nil || r == nil {
		return err
	}
	why := "selesai"
	switch {
	case now == casework.HandedOver:
		why = "pindah balai"
	case f.c.Reason == "meninggal dunia":
		why = "meninggal"
	case f.c.Reason == "meninggalkan balai tanpa izin":
		why = "tanpa izin"
	case f.c.Reason == "reunifikasi":
		why = "keluarga"
	}
	s := r.Data
	s.Until, s.Left = max(casework.DayOf(f.now.In(f.cfg.Zone)), s.From), why
	if n := len(s.Away); n > 0 && s.Away[n-1].Until == "" {
		s.Away = slices.Clone(s.Away)
		s.Away[n-1].Until = s.Until
	}
	r.Data, r.By, r.Version = s, f.by, r.Version+1
	if err := f.tx.Delete(casework.Beds, casework.NodeOwner, string(s.Bed)); err != nil {
		return fmt.Errorf("free a bed: %w", err)
	}
	return put(f.tx, casework.Stays, f.c.ID, string(r.ID), r)
}
