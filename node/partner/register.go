package partner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
)

// A Register keeps partners and the referrals to them. All methods may be called
// at once.
type Register struct {
	cfg    Config
	tries  *tries
	random func([]byte)
}

// Open returns the register of this balai.
func Open(cfg Config) (*Register, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	return &Register{cfg: cfg, tries: newTries(), random: random}, nil
}

func (r *Register) now() time.Time { return r.cfg.Clock().UTC().Round(0) }

func (r *Register) today() casework.Day { return casework.DayOf(r.now().In(r.cfg.Zone)) }

// deed is who does what, as the gate judges it and the trail records it.
type deed struct {
	by   casework.Actor
	act  casework.Action
	what string
	on   casework.CaseID
	ref  casework.HandoffID
}

func (r *Register) record(tx casework.Tx, x deed, outcome string) error {
	line := casework.Line{
		At: r.now(), User: x.by.User, Name: x.by.Name, Via: x.by.Via, Act: string(x.act), What: x.what, Case: x.on, Handoff: x.ref, Outcome: outcome,
	}
	if len(x.by.Roles) > 0 {
		line.Role = x.by.Roles[0]
	}
	if err := r.cfg.Trail.Record(tx, line); err != nil {
		return fmt.Errorf("write the audit line: %w", err)
	}
	return nil
}

// do runs f in a transaction with its audit line; a refusal is recorded too.
func (r *Register) do(ctx context.Context, x *deed, f func(casework.Tx) error) error {
	err := r.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		return r.record(tx, *x, "done")
	})
	if errors.Is(err, casework.Forbidden) {
		denied := r.cfg.Store.Update(context.WithoutCancel(ctx), func(tx casework.Tx) error { return r.record(tx, *x, "denied") })
		err = errors.Join(err, denied)
	}
	return err
}

// Add registers a partner and gives it a code.
func (r *Register) Add(ctx context.Context, by casework.Actor, p casework.Partner) (casework.Partner, error) {
	if err := casework.Faulty(p.Check()...); err != nil {
		return casework.Partner{}, err
	}
	x := deed{by: by, act: casework.SetUp, what: "partner"}
	err := r.do(ctx, &x, func(tx casework.Tx) error {
		if err := r.cfg.Gate.Check(tx, by, casework.SetUp, nil); err != nil {
			return err
		}
		last, err := tx.Last(casework.Partners, casework.NodeOwner)
		if err != nil {
			return fmt.Errorf("read the last partner: %w", err)
		}
		n := 0
		if last != "" {
			if _, err := fmt.Sscanf(last, "M%d", &n); err != nil {
				return fmt.Errorf("the last partner is %q: %w", last, err)
			}
		}
		p.Code, p.Version, p.Changed = casework.BalaiCode(fmt.Sprintf("M%05d", n+1)), 1, r.now()
		return putPartner(tx, p)
	})
	if err != nil {
		return casework.Partner{}, err
	}
	return p, nil
}

// Change replaces what is known of a partner and was seen at version. The error
// is Conflict with both versions if the edit was stale.
func (r *Register) Change(ctx context.Context, by casework.Actor, code casework.BalaiCode, version uint64, p casework.Partner) (casework.Partner, error) {
	if err := casework.Faulty(p.Check()...); err != nil {
		return casework.Partner{}, err
	}
	x := deed{by: by, act: casework.SetUp, what: "partner"}
	err := r.do(ctx, &x, func(tx casework.Tx) error {
		if err := r.cfg.Gate.Check(tx, by, casework.SetUp, nil); err != nil {
			return err
		}
		now, err := loadPartner(tx, code)
		if err != nil {
			return err
		}
		p.Code = code
		if now.Version != version {
			return casework.Stale(now, p)
		}
		p.Version, p.Changed = now.Version+1, r.now()
		return putPartner(tx, p)
	})
	if err != nil {
		return casework.Partner{}, err
	}
	return p, nil
}

// Partner returns one partner with what speaks against it today.
func (r *Register) Partner(_ context.Context, by casework.Actor, code casework.BalaiCode) (p casework.Partner, warnings []string, err error) {
	err = r.cfg.Store.View(func(tx casework.Tx) error {
		if err := r.mayLook(tx, by); err != nil {
			return err
		}
		p, err = loadPartner(tx, code)
		return err
	})
	return p, p.Warnings(r.today()), err
}

// Partners returns the partners whose name, kind, services or region contain a
// text, in the order of their names.
func (r *Register) Partners(_ context.Context, by casework.Actor, text string) (list []casework.Partner, err error) {
	if faults := (casework.Partner{Name: text + "x", Kind: "lainnya"}).Check(); len(faults) > 0 {
		return nil, casework.Faulty(casework.Fault{Field: "q", Words: faults[0].Words})
	}
	text = strings.ToLower(strings.TrimSpace(text))
	err = r.cfg.Store.View(func(tx casework.Tx) error {
		if err := r.mayLook(tx, by); err != nil {
			return err
		}
		return tx.Each(casework.Partners, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
			var p casework.Partner
			if err := decode(&p); err != nil {
				return false, err
			}
			if strings.Contains(strings.ToLower(strings.Join([]string{p.Name, p.Kind, p.Services, p.Region, string(p.Code)}, "\n")), text) {
				list = append(list, p)
			}
			return true, nil
		})
	})
	slices.SortFunc(list, func(a, b casework.Partner) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Code, b.Code))
	})
	return list, err
}

// Today is the day that warnings are judged by.
func (r *Register) Today() casework.Day { return r.today() }

// mayLook lets in whoever may see a case at all: the register holds the names
// of contact persons.
func (r *Register) mayLook(tx casework.Tx, by casework.Actor) error {
	return r.cfg.Gate.Check(tx, by, casework.Find, nil)
}

func loadPartner(tx casework.Tx, code casework.BalaiCode) (p casework.Partner, err error) {
	found, err := tx.Get(casework.Partners, casework.NodeOwner, string(code), &p)
	if err != nil {
		return p, fmt.Errorf("read partner %s: %w", code, err)
	}
	if !found {
		return p, casework.NotFound.Because("there is no such partner")
	}
	return p, nil
}

func putPartner(tx casework.Tx, p casework.Partner) error {
	if err := tx.Put(casework.Partners, casework.NodeOwner, string(p.Code), p); err != nil {
		return fmt.Errorf("write partner %s: %w", p.Code, err)
	}
	return nil
}
