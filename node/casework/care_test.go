package casework_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
)

func TestDays(t *testing.T) {
	for _, row := range []struct {
		name      string
		got, want casework.Day
	}{
		{"the next day of a leap year", casework.Day("2028-02-28").Plus(1), "2028-02-29"},
		{"over the new year", casework.Day("2026-12-31").Plus(1), "2027-01-01"},
		{"three months on", casework.Day("2026-08-17").Months(3), "2026-11-17"},
		{"six months on, of a longer month", casework.Day("2026-08-31").Months(6), "2027-02-28"},
		{"no day stays none", casework.Day("").Plus(3), ""},
		{"nonsense is no day", casework.Day("2026-13-01").Months(1), ""},
	} {
		if row.got != row.want {
			t.Errorf("%s: %q, want %q", row.name, row.got, row.want)
		}
	}
	if n := casework.Day("2026-03-01").Until("2026-04-01"); n != 31 {
		t.Errorf("March has %d days", n)
	}
}

func TestWorkingDays(t *testing.T) {
	c := casework.DefaultCalendar()
	if f := c.Check(); len(f) > 0 {
		t.Fatalf("the calendar each balai begins with is at fault: %v", f)
	}
	for _, row := range []struct {
		name string
		from casework.Day
		n    int
		want casework.Day
	}{
		{"a plain week", "2026-03-02", 3, "2026-03-05"},
		{"over a weekend", "2026-03-05", 3, "2026-03-10"},
		{"over Nyepi, Idulfitri and the joint leave", "2026-03-17", 1, "2026-03-25"},
		{"from a Sunday", "2026-03-08", 0, "2026-03-09"},
		{"nothing to wait for", "2026-03-09", 0, "2026-03-09"},
	} {
		if got := c.After(row.from, row.n); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
		if row.n > 0 {
			if got := c.Between(row.from, row.want); got != row.n {
				t.Errorf("%s: %d working days lie between, want %d", row.name, got, row.n)
			}
		}
	}
	if !c.Knows(2026) || c.Knows(2031) {
		t.Error("the years whose holidays are known are wrong")
	}
	c.Holidays = append(c.Holidays, casework.Holiday{Day: "2026-03-03", Name: "Hari jadi", Kind: "libur balai"})
	if got := c.After("2026-03-02", 1); got != "2026-03-04" {
		t.Errorf("a holiday of the balai's own does not count: %s", got)
	}
}

// careBundle is a bundle with one record of each kind.
func careBundle() casework.Bundle {
	b := bundle()
	b.Care = everyRecord(b.Case.ID)
	return b
}

func stamped[T any](digit string, of casework.CaseID, data T) []casework.Record[T] {
	return []casework.Record[T]{{ID: casework.CareID(strings.Repeat(digit, 32)), Case: of, Balai: "MGL", Written: noon, Version: 1, Data: data}}
}

func everyRecord(of casework.CaseID) casework.Care {
	goal := casework.Goal{
		ID: casework.CareID(strings.Repeat("a", 32)), Problem: "belum bisa berjalan", Aim: "berjalan 10 meter", Component: "K4a", Activity: "fisioterapi",
		Base: "residensial", From: "2026-03-02", Until: "2026-06-02", Cost: 1_500_000, Funds: "APBN",
	}
	return casework.Care{
		Conferences: stamped("1", of, casework.Conference{Day: "2026-03-01", People: []casework.Participant{{Role: "psikolog", Name: "Contoh"}}, Decisions: "tiga bulan"}),
		Plans:       stamped("2", of, casework.Plan{Number: 1, WithFamily: true, Goals: []casework.Goal{goal}, Approved: noon}),
		Services:    stamped("3", of, casework.Service{Day: "2026-03-03", Component: "K1", Activity: "nutrisi", Base: "residensial", Amount: 3, Unit: "porsi"}),
		Provisions:  stamped("4", of, casework.Provision{Kind: casework.ProvisionAid, Item: "kursi roda", State: "diminta", Since: "2026-03-03"}),
		Tasks:       stamped("5", of, casework.Task{What: "telepon dinsos", Due: "2026-03-09"}),
		Stays:       stamped("6", of, casework.Stay{House: goal.ID, Bed: goal.ID, Place: "Melati, 1", From: "2026-03-02"}),
		Discharges:  stamped("7", of, casework.Discharge{Reason: "reunifikasi", Outcome: "sebagian", Destination: "rumah nenek", After: "kunjungan TKSK"}),
		Visits:      stamped("8", of, casework.Visit{Day: "2026-06-02", Way: "telepon", Month: 3, Condition: "baik"}),
		Incidents:   stamped("9", of, casework.Incident{Day: "2026-03-04", Kind: "sakit", Account: "demam"}),
		Civil:       stamped("b", of, casework.CivilPaper{Kind: "nik", State: "direkam", Since: "2026-03-05", Office: "Dukcapil Wonosobo"}),
		Programmes:  stamped("c", of, casework.Programme{Code: "PKH", State: "diusulkan", Seen: "2026-03-05", Decile: 2}),
	}
}

func TestCareTravels(t *testing.T) {
	b := careBundle()
	raw, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var back casework.Bundle
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if f := back.Check(); len(f) > 0 {
		t.Fatalf("what was packed is at fault: %v", f)
	}
	if n := back.Care.Rows(); n != 11 {
		t.Fatalf("%d records came, want one of each of the 11 kinds", n)
	}
	if raw, err := json.Marshal(bundle()); err != nil || strings.Contains(string(raw), `"care"`) {
		t.Errorf("a case without care is written with some: %s %v", raw, err)
	}
}

// TestCareThatComesIsChecked breaks one record of each kind.
func TestCareThatComesIsChecked(t *testing.T) {
	for _, row := range []struct {
		field string
		spoil func(*casework.Care)
	}{
		{"care.conferences.0.data.decisions", func(c *casework.Care) { c.Conferences[0].Data.Decisions = "" }},
		{"care.plans.0.data.goals.0.component", func(c *casework.Care) { c.Plans[0].Data.Goals[0].Component = "K9" }},
		{"care.services.0.id", func(c *casework.Care) { c.Services[0].ID = "../1" }},
		{"care.provisions.0.data.state", func(c *casework.Care) { c.Provisions[0].Data.State = "lulus" }},
		{"care.tasks.0.data.due", func(c *casework.Care) { c.Tasks[0].Data.Due = "besok" }},
		{"care.stays.0.data.until", func(c *casework.Care) { c.Stays[0].Data.Until = "2026-01-01" }},
		{"care.discharges.0.data.after", func(c *casework.Care) { c.Discharges[0].Data.After = "" }},
		{"care.visits.0.data.month", func(c *casework.Care) { c.Visits[0].Data.Month = 4 }},
		{"care.incidents.0.balai", func(c *casework.Care) { c.Incidents[0].Balai = "x" }},
		{"care.civil.0.written", func(c *casework.Care) { c.Civil[0].Written = time.Time{} }},
		{"care.programmes.0.data.decile", func(c *casework.Care) { c.Programmes[0].Data.Decile = 11 }},
	} {
		b := careBundle()
		row.spoil(&b.Care)
		if f := b.Check(); !slices.ContainsFunc(f, func(f casework.Fault) bool { return f.Field == row.field }) {
			t.Errorf("nothing was said of %s: %v", row.field, f)
		}
	}
}

func TestWhichPlanIsInForce(t *testing.T) {
	version := func(n int, written, approved time.Time) casework.Record[casework.Plan] {
		return casework.Record[casework.Plan]{Written: written, Data: casework.Plan{Number: n, Approved: approved}}
	}
	one, two := version(1, noon, noon.Add(time.Hour)), version(2, noon.Add(2*time.Hour), time.Time{})
	v := casework.PlanOf([]casework.Record[casework.Plan]{one, two})
	if v.Current == nil || v.Current.Data.Number != 1 || v.Draft == nil || v.Draft.Data.Number != 2 || len(v.Old) != 0 {
		t.Fatalf("a change waits for approval, and the plan in force is another: %+v", v)
	}
	two.Data.Approved = noon.Add(3 * time.Hour)
	v = casework.PlanOf([]casework.Record[casework.Plan]{one, two})
	if v.Current.Data.Number != 2 || v.Draft != nil || len(v.Old) != 1 {
		t.Fatalf("the later approval is not in force: %+v", v)
	}
	late := version(3, noon.Add(30*time.Minute), time.Time{})
	if v = casework.PlanOf([]casework.Record[casework.Plan]{one, late}); v.Draft != nil || len(v.Old) != 1 {
		t.Fatalf("a draft from before the approval still waits: %+v", v)
	}
}

func TestWhatIsMissingToClose(t *testing.T) {
	fields := func(d casework.Discharge, p *casework.Plan) (out []string) {
		for _, f := range d.ToClose(p) {
			out = append(out, f.Field)
		}
		return out
	}
	open := &casework.Plan{Goals: []casework.Goal{{}, {Outcome: "tercapai"}}}
	whole := everyRecord("").Discharges[0].Data
	for _, row := range []struct {
		name string
		d    casework.Discharge
		p    *casework.Plan
		want []string
	}{
		{"all is there", whole, nil, nil},
		{"a goal without a result", whole, open, []string{"goals"}},
		{"nothing is there", casework.Discharge{}, nil, []string{"reason", "outcome", "destination"}},
		{"no aftercare and no word why", casework.Discharge{Reason: "reunifikasi", Outcome: "tidak", Destination: "rumah"}, nil, []string{"after"}},
		{"no aftercare, and why", casework.Discharge{Reason: "reunifikasi", Outcome: "tidak", Destination: "rumah", NoAfter: "menolak"}, nil, nil},
		{"somebody died", casework.Discharge{Reason: "meninggal dunia", Outcome: "tidak"}, open, nil},
	} {
		if got := fields(row.d, row.p); !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

func TestHousesSuit(t *testing.T) {
	p := person(casework.Claim{Kind: casework.ClaimSex, Value: "P"}, casework.Claim{Kind: casework.ClaimBorn, Value: "2014..2016"})
	at := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name  string
		house casework.House
		suits bool
	}{
		{"for all", casework.House{}, true},
		{"for women", casework.House{Sex: "P"}, true},
		{"for men", casework.House{Sex: "L"}, false},
		{"for children", casework.House{AgeMax: 17}, true},
		{"for adults", casework.House{AgeMin: 18}, false},
		{"for people of 12 and more, who may be 12", casework.House{AgeMin: 12}, true},
		{"for people of up to 8", casework.House{AgeMax: 8}, false},
	} {
		if got := row.house.Suits(p, at); (len(got) == 0) != row.suits {
			t.Errorf("%s: %v", row.name, got)
		}
	}
	if f := (casework.House{Sex: "L", AgeMin: 18}).Suits(casework.Person{}, at); len(f) > 0 {
		t.Errorf("somebody of whom nothing is known is kept out: %v", f)
	}
}

func TestOccupied(t *testing.T) {
	h := casework.CareID(strings.Repeat("a", 32))
	stays := []casework.Stay{{House: h, From: "2026-03-01"}, {House: h, From: "2026-03-01", Until: "2026-03-10"}, {House: h, From: "2026-04-01"}}
	for day, want := range map[casework.Day]int{"2026-02-28": 0, "2026-03-05": 2, "2026-03-10": 1, "2026-04-01": 2} {
		if got := casework.Occupied(stays, day)[h]; got != want {
			t.Errorf("on %s %d beds are taken, want %d", day, got, want)
		}
	}
}

func TestWhatIsDue(t *testing.T) {
	wib := time.FixedZone("WIB", 7*3600)
	morning := time.Date(2026, 3, 5, 9, 0, 0, 0, wib) // a Thursday
	base := func() casework.Dossier {
		return casework.Dossier{
			Zone: wib, Balai: "SRK",
			Case: casework.Case{ID: "c", Handle: "h", Number: "SRK-2026-00001", State: casework.Open, Stage: casework.Access, Urgency: casework.NotUrgent,
				Basis: casework.ByConsent, Lead: "lead", Unit: "anak", Opened: morning},
		}
	}
	approved := stamped("2", "c", casework.Plan{Number: 1, Goals: []casework.Goal{
		{ID: "g1", Activity: "fisioterapi", Until: "2026-04-01", Lead: "nurse"}, {ID: "g2", Until: "2026-04-02", Outcome: "tercapai"},
	}, Approved: morning})
	for _, row := range []struct {
		name string
		make func(*casework.Dossier)
		want []string // kind, step, day, for
	}{
		{"a case at the door", func(*casework.Dossier) {}, []string{"stage 1 2026-03-06 lead"}},
		{"an emergency knows no weekend", func(d *casework.Dossier) {
			d.Case.Urgency, d.Case.Opened = casework.Within24h, morning.AddDate(0, 0, 1)
		}, []string{"stage 1 2026-03-07 lead"}},
		{"a stage begins again with each step here", func(d *casework.Dossier) {
			d.Case.Stage = casework.Agreement
			d.Steps = []casework.Step{{What: casework.WasMoved, Balai: "SRK", At: morning.AddDate(0, 0, 4)}, {What: casework.WasMoved, Balai: "MGL", At: morning.AddDate(0, 1, 0)}}
		}, []string{"stage 2 2026-03-12 lead"}},
		{"the consent follows", func(d *casework.Dossier) { d.Case.Basis = casework.ByVitalInterest },
			[]string{"stage 1 2026-03-06 lead", "consent 0 2026-03-10 lead"}},
		{"the consent came", func(d *casework.Dossier) {
			d.Case.Basis = casework.ByVitalInterest
			d.Consents = []casework.Consent{{Scope: casework.ForProcessing}}
		}, []string{"stage 1 2026-03-06 lead"}},
		{"a plan is looked at again, and a goal comes to its end", func(d *casework.Dossier) {
			d.Case.Stage, d.Care.Plans = casework.Implementation, approved
		}, []string{"goal 0 2026-04-01 nurse", "review 0 2026-04-04 lead"}},
		{"a conference was a review", func(d *casework.Dossier) {
			d.Case.Stage, d.Care.Plans = casework.Monitoring, approved
			d.Care.Conferences = stamped("1", "c", casework.Conference{Day: "2026-03-20"})
		}, []string{"goal 0 2026-04-01 nurse", "review 0 2026-04-19 lead"}},
		{"the balai it came from waits for word", func(d *casework.Dossier) {
			d.Case.Stage, d.Case.From = casework.Implementation, "MGL"
			d.Steps = []casework.Step{{What: casework.WasReceived, Balai: "SRK", At: morning}}
		}, []string{"feedback 14 2026-03-19 lead", "feedback 60 2026-05-04 lead"}},
		{"visits after the end", func(d *casework.Dossier) {
			d.Case.State, d.Case.Stage, d.Case.Reason, d.Case.Ended = casework.Closed, casework.Termination, "reunifikasi", morning
			d.Care.Plans = approved
			d.Care.Visits = stamped("8", "c", casework.Visit{Day: "2026-06-01", Month: 3})
		}, []string{"aftercare 6 2026-09-05 lead"}},
		{"nobody visits who died", func(d *casework.Dossier) {
			d.Case.State, d.Case.Stage, d.Case.Reason, d.Case.Ended = casework.Closed, casework.Termination, "meninggal dunia", morning
			d.Care.Plans = approved
		}, nil},
		{"a case handed over owes nothing", func(d *casework.Dossier) { d.Case.State = casework.HandedOver }, nil},
		{"somebody wrote it down", func(d *casework.Dossier) {
			d.Case.Stage = casework.Monitoring
			d.Care.Tasks = append(stamped("5", "c", casework.Task{What: "telepon", Due: "2026-03-09", For: "nurse"}),
				stamped("6", "c", casework.Task{What: "selesai", Due: "2026-03-01", Done: morning})...)
		}, []string{"task 0 2026-03-09 nurse"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := base()
			row.make(&d)
			list := d.Dues(casework.DefaultCalendar())
			casework.SortDues(list)
			var got []string
			for _, x := range list {
				got = append(got, strings.Join([]string{x.Kind, itoa(x.Step), string(x.Due), string(x.For)}, " "))
				if x.Number != d.Case.Number || !casework.IsID(string(x.ID)) {
					t.Errorf("it does not say what it is about: %+v", x)
				}
			}
			if !slices.Equal(got, row.want) {
				t.Fatalf("due: %q, want %q", got, row.want)
			}
			if len(list) == 0 {
				return
			}
			done := list[0]
			d.Care.Tasks = append(slices.Clone(d.Care.Tasks), casework.Record[casework.Task]{ID: done.ID, Data: casework.Task{Kind: done.Kind, Due: done.Due, Done: morning}})
			if again := d.Dues(casework.DefaultCalendar()); len(again) != len(list)-1 && done.Kind != casework.DueTask {
				t.Errorf("after %s was done %d are due, were %d", done.Kind, len(again), len(list))
			}
		})
	}
}

func itoa(n int) string { b, _ := json.Marshal(n); return string(b) }

func TestCareInTheTimeline(t *testing.T) {
	wib := time.FixedZone("WIB", 7*3600)
	var got []string
	for _, m := range everyRecord("c").Moments(wib) {
		got = append(got, m.What+" "+m.State)
		if m.At.IsZero() || m.Balai != "MGL" || !casework.IsID(string(m.ID)) {
			t.Errorf("it does not say when and where: %+v", m)
		}
		if m.What == casework.CareVisit && casework.DayOf(m.At.In(wib)) != "2026-06-02" {
			t.Errorf("a visit stands at %s, when it was written, and not when it was", m.At)
		}
	}
	slices.Sort(got)
	want := []string{"civil direkam", "conference ", "ended reunifikasi", "incident sakit", "plan ", "provision diminta", "service K1", "stay ", "visit telepon"}
	if !slices.Equal(got, want) {
		t.Errorf("the timeline holds %q, want %q", got, want)
	}
}

func FuzzCare(f *testing.F) {
	raw, err := json.Marshal(everyRecord("c"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"stays":[{"data":{"away":[{}]}}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var c casework.Care
		if json.Unmarshal(raw, &c) != nil || len(c.Check()) > 0 {
			return
		}
		for _, r := range c.Stays {
			if !casework.IsID(string(r.ID)) || r.Data.Until != "" && r.Data.Until < r.Data.From {
				t.Fatalf("passed the check: %+v", r)
			}
		}
		casework.Dossier{Case: casework.Case{State: casework.Open, Stage: casework.Monitoring}, Care: c, Zone: time.UTC}.Dues(casework.DefaultCalendar())
	})
}
