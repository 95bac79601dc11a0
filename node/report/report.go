package report

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"serasi/node/casework"
)

// A sum is a month counted: the report and what lies behind it.
type sum struct {
	report casework.Report
	lists  map[string][]casework.CaseID
	movers []mover
}

// A dataset is what one or more months are counted from, read in one view.
type dataset struct {
	facts    []fact
	handoffs []casework.Handoff
	keeps    map[casework.Table]bool // kinds of record of care
	beds     int
	partners []casework.Partner
	breaches []casework.Breach
	calendar casework.Calendar
}

func (d *Desk) read(tx casework.Tx, from, until time.Time) (s dataset, err error) {
	if s.keeps, err = kept(tx); err != nil {
		return s, err
	}
	if s.facts, err = d.facts(tx, s.keeps, from, until); err != nil {
		return s, err
	}
	if s.handoffs, err = handoffs(tx, from, until); err != nil {
		return s, err
	}
	if s.calendar, err = d.cfg.Calendar(tx); err != nil {
		return s, err
	}
	if s.beds, err = bedsOf(tx); err != nil {
		return s, err
	}
	if s.partners, err = own[casework.Partner](tx, casework.Partners); err != nil {
		return s, err
	}
	s.breaches, err = own[casework.Breach](tx, casework.Incidents)
	return s, err
}

// sum counts a month. What is not counted takes what was entered by hand.
func (d *Desk) sum(month casework.Month, s dataset, e casework.Entries) (sum, error) {
	from, until := month.Bounds(d.cfg.Zone)
	p := period{month: month, from: from, until: until, zone: d.cfg.Zone, calendar: s.calendar}
	t, movers := p.count(s.facts)
	p.handoffs(t, s.handoffs)
	p.care(t, s)
	p.house(t, s)
	now := d.now()
	out := sum{movers: movers, lists: map[string][]casework.CaseID{}}
	out.report = casework.Report{
		Month: month, Balai: d.cfg.Balai, Entries: e.Version, Over: !now.Before(until), Computed: now, Clusters: clustersOf(from, until),
	}
	for _, i := range casework.Indicators() {
		out.report.Figures = append(out.report.Figures, figure(i, t[i.Code], e.Values[i.Code]))
		if f := t[i.Code]; f != nil && f.list {
			out.lists[i.Code] = f.cases
		}
	}
	out.report.Breakdowns = tables(movers, out.report.Clusters)
	var err error
	out.report.Hash, err = hashOf(out.report)
	return out, err
}

func figure(i casework.Indicator, t *tally, entered string) casework.Figure {
	f := casework.Figure{Code: i.Code}
	switch {
	case t != nil && t.known:
		f.Known, f.Value, f.List = true, t.value, t.list
	case counted(i):
		// A median of nothing is no figure, and nobody can enter one either.
	case i.Text():
		f.ByHand, f.Known, f.Text = true, entered != "", entered
	default:
		f.ByHand = true
		f.Value, f.Known = casework.ParseFigure(entered)
	}
	return f
}

// counted reports whether i is always counted here, so that it is never
// entered by hand. What comes from care is entered as long as a balai keeps no
// such records.
func counted(i casework.Indicator) bool {
	return i.Source == "cases" || i.Source == "handoffs" || i.Source == "plan"
}

// clustersOf returns the clusters that are in force on a day of the month.
func clustersOf(from, until time.Time) []string {
	var out []string
	for _, day := range []time.Time{from, until.AddDate(0, 0, -1)} {
		for _, c := range casework.Clusters(day) {
			if !slices.Contains(out, c.Code) {
				out = append(out, c.Code)
			}
		}
	}
	return out
}

// hashOf is the SHA-256 over what a report says, without when it was counted.
func hashOf(r casework.Report) (string, error) {
	b, err := json.Marshal(struct {
		Month      casework.Month       `json:"month"`
		Balai      casework.BalaiCode   `json:"balai"`
		Figures    []casework.Figure    `json:"figures"`
		Breakdowns []casework.Breakdown `json:"breakdowns"`
		Clusters   []string             `json:"clusters"`
	}{r.Month, r.Balai, r.Figures, r.Breakdowns, r.Clusters})
	if err != nil {
		return "", fmt.Errorf("digest a report: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// Get returns the report of a month: as signed, with what has changed since, or
// live. Outside hides what is fewer than five: it is for what leaves the balai.
//
// The error is Invalid or Forbidden.
func (d *Desk) Get(ctx context.Context, by casework.Actor, month casework.Month, outside bool) (casework.Report, error) {
	r, err := d.get(ctx, by, month, string(month))
	if err == nil && outside {
		r = veil(r)
	}
	return r, err
}

func (d *Desk) get(ctx context.Context, by casework.Actor, month casework.Month, what string) (r casework.Report, err error) {
	if err := casework.Faulty(month.Check()...); err != nil {
		return r, err
	}
	err = d.look(ctx, by, casework.ReadReport, what, func(tx casework.Tx) error {
		now, was, err := d.both(tx, month)
		if err != nil {
			return err
		}
		r = shown(now, was)
		return nil
	})
	if err != nil {
		return casework.Report{}, err
	}
	return r, nil
}

// both counts a month and returns what was signed of it; nil if nothing was.
func (d *Desk) both(tx casework.Tx, month casework.Month) (now sum, was *snapshot, err error) {
	from, until := month.Bounds(d.cfg.Zone)
	s, err := d.read(tx, from, until)
	if err != nil {
		return now, nil, err
	}
	return d.sumOf(tx, month, s)
}

func (d *Desk) sumOf(tx casework.Tx, month casework.Month, s dataset) (now sum, was *snapshot, err error) {
	e, err := entriesOf(tx, month)
	if err != nil {
		return now, nil, err
	}
	if now, err = d.sum(month, s, e); err != nil {
		return now, nil, err
	}
	was, err = snapshotOf(tx, month)
	return now, was, err
}

// shown is what people see of a month: the signed figures if there are any.
func shown(now sum, was *snapshot) casework.Report {
	if was == nil {
		return now.report
	}
	r := was.Report
	r.Signed, r.Corrections, r.Computed = &was.Signature, corrections(now, *was), now.report.Computed
	r.Over = now.report.Over
	return r
}

// MaxMonths is how many months one list holds.
const MaxMonths = 13

// Months returns the months up to and with last, newest first. Zero stands for
// the month that is running.
func (d *Desk) Months(ctx context.Context, by casework.Actor, last casework.Month) ([]casework.MonthLine, error) {
	if last == "" {
		last = casework.MonthOf(d.now().In(d.cfg.Zone))
	}
	if err := casework.Faulty(last.Check()...); err != nil {
		return nil, err
	}
	var out []casework.MonthLine
	err := d.look(ctx, by, casework.ReadReport, "months", func(tx casework.Tx) error {
		from, _ := last.Add(1 - MaxMonths).Bounds(d.cfg.Zone)
		_, until := last.Bounds(d.cfg.Zone)
		s, err := d.read(tx, from, until)
		if err != nil {
			return err
		}
		for i := range MaxMonths {
			now, was, err := d.sumOf(tx, last.Add(-i), s)
			if err != nil {
				return err
			}
			out = append(out, line(shown(now, was)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func line(r casework.Report) casework.MonthLine {
	n := func(code string) int { return int(r.Figure(code).Value) }
	return casework.MonthLine{
		Month: r.Month, Opening: n("open"), In: n("in"), Out: n("out"), Closing: n("close"), Signed: r.Signed,
		Corrections: len(r.Corrections), Over: r.Over,
	}
}
