package report_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
)

func TestMonthOfOnePerson(t *testing.T) {
	w := newWorld(t)
	w.at("2026-01-15 09:00")
	c := w.open("P", "2010-02-10", casework.Intake{Source: "diantar keluarga (paman)", Cluster: "anak", PPKS: []string{"02"}})
	w.figure("2026-01", "in", 0) // registered, and no beneficiary yet
	w.at("2026-01-20 09:00")
	c = w.serve(c)
	w.figure("2026-01", "in", 1)
	w.figure("2026-01", "in.new", 1)
	w.figure("2026-01", "close", 1)
	w.figure("2026-02", "open", 1)
	w.at("2026-03-05 09:00")
	c = w.close(c, "reunifikasi")
	w.figure("2026-03", "open", 1)
	w.figure("2026-03", "out", 1)
	w.figure("2026-03", "out.reunified", 1)
	w.figure("2026-03", "reunified", 1)
	w.figure("2026-03", "close", 0)
	w.figure("2026-02", "close", 1)
	w.at("2026-05-01 09:00")
	if _, err := w.cases.Reopen(w.Context(), worker, c.ID, c.Version); err != nil {
		t.Fatal(err)
	}
	w.figure("2026-05", "in.again", 1)
	w.figure("2026-03", "out", 1)

	behind, err := w.desk.Behind(w.Context(), head, "2026-03", "out", "")
	w.must(err)
	if len(behind.Items) != 1 || behind.Items[0].Number != c.Number || behind.Total != 1 {
		t.Errorf("behind the one who left: %+v", behind)
	}
	source := w.get("2026-01").Breakdown(casework.BySource)
	if len(source) != 1 || source[0].Group != "diantar keluarga" {
		t.Errorf("the source is free text: %+v", source)
	}
}

// Numbers 1 to 4 and 19 count people: somebody with two cases at once is one.
func TestTwoCasesOfOnePersonAreOnePerson(t *testing.T) {
	w := newWorld(t)
	w.at("2026-01-10 09:00")
	first := w.serve(w.open("P", "2010", casework.Intake{}))
	w.at("2026-02-05 09:00")
	other := w.serve(w.open("P", "2010", casework.Intake{Again: first.ID}))
	w.serve(w.open("L", "1990", casework.Intake{}))
	for month, want := range map[casework.Month]map[string]float64{
		"2026-01": {"in": 1, "close": 1, "nik.none": 1},
		"2026-02": {"open": 1, "in": 1, "in.new": 1, "in.again": 0, "close": 2, "nik.none": 1},
	} {
		for code, n := range want {
			w.figure(month, code, n)
		}
	}
	w.at("2026-03-10 09:00")
	w.close(first, "reunifikasi")
	w.figure("2026-03", "out", 0) // still here, in the other case
	w.at("2026-04-02 09:00")
	w.close(other, "tujuan tercapai")
	w.figure("2026-04", "open", 2)
	w.figure("2026-04", "out", 1)
	w.figure("2026-04", "out.goal", 1)
	w.figure("2026-04", "close", 1)
	if b, err := w.desk.Behind(w.Context(), head, "2026-04", "out", ""); err != nil || b.Total != 1 || b.Items[0].ID != other.ID {
		t.Errorf("behind the one who left: %+v, %v", b, err)
	}
	for m := casework.Month("2026-01"); m <= "2026-04"; m = m.Add(1) {
		w.addsUp(w.get(m))
	}
	w.at("2026-04-20 09:00")
	w.serve(w.open("P", "2010", casework.Intake{Again: other.ID})) // the control: back again, she counts again
	w.figure("2026-04", "in.again", 1)
	w.figure("2026-04", "close", 2)
}

// A month turns at midnight of the balai, which is not midnight UTC.
func TestMonthTurnsInTheZoneOfTheBalai(t *testing.T) {
	w := newWorld(t)
	w.at("2026-02-01 00:30") // 31 January, 16:30 UTC
	w.serve(w.open("L", "1980", casework.Intake{}))
	w.figure("2026-01", "in", 0)
	w.figure("2026-02", "in", 1)
}

func TestWhoTurnsEighteenChangesTheGroup(t *testing.T) {
	w := newWorld(t)
	w.at("2026-01-15 09:00")
	w.serve(w.open("P", "2008-02-10", casework.Intake{}))
	rows := map[string]casework.Flow{}
	for _, f := range w.get("2026-02").Breakdown(casework.ByAge) {
		rows[f.Group] = f
	}
	child, adult := rows[casework.AgeChild], rows[casework.AgeAdult]
	if child.Opening != 1 || child.Out != 1 || child.MovedOut != 1 || child.Closing != 0 || adult.In != 1 || adult.MovedIn != 1 || adult.Closing != 1 {
		t.Errorf("children %+v, adults %+v", child, adult)
	}
	for _, code := range []string{"age/anak/out", "age/dewasa/in", "age/dewasa/closing"} {
		if b, err := w.desk.Behind(w.Context(), head, "2026-02", code, ""); err != nil || b.Total != 1 {
			t.Errorf("%s: %+v, %v", code, b, err)
		}
	}
}

// What came with a case tells of another balai; being received counts here.
func TestStepsOfAnotherBalaiDoNotCount(t *testing.T) {
	w := newWorld(t)
	id := casework.CaseID(w.id())
	at := time.Date(2026, 2, 3, 1, 0, 0, 0, time.UTC)
	w.put(func(tx casework.Tx) error {
		c := casework.Case{ID: id, Person: casework.PersonID(w.id()), State: casework.Open, Stage: casework.Implementation, Opened: at, Changed: at}
		if err := tx.Put(casework.Cases, string(id), string(id), c); err != nil {
			return err
		}
		for _, s := range []casework.Step{
			{Balai: "MGL", What: casework.WasMoved, Stage: casework.Assessment, At: at.AddDate(0, -1, 0)},
			{Balai: "MGL", What: casework.WentAway, Stage: casework.Termination, At: at.AddDate(0, 0, -1)},
			{Balai: "SRK", What: casework.Came, Stage: casework.Implementation, At: at},
			{Balai: "SRK", What: casework.WasReceived, Stage: casework.Implementation, At: at.Add(time.Hour)},
		} {
			s.ID, s.Case = w.id(), id
			if err := tx.Put(casework.Steps, string(id), s.ID, s); err != nil {
				return err
			}
		}
		return tx.Put(casework.Persons, string(id), string(c.Person), casework.Person{ID: c.Person, Cases: []casework.CaseID{id}})
	})
	w.figure("2026-01", "in", 0)
	w.figure("2026-02", "in.handoff", 1)
	w.figure("2026-02", "close", 1)
}

func TestNoInventedZero(t *testing.T) {
	w := newWorld(t)
	r := w.get("2026-01")
	for _, code := range []string{"beds", "k1", "budget", "satisfaction", "obstacles", "devices.asked"} {
		if f := r.Figure(code); f.Known || !f.ByHand {
			t.Errorf("%s with no record of it: %+v", code, f)
		}
	}
	if f := r.Figure("response.hours"); f.Known || f.ByHand {
		t.Errorf("the median of nothing: %+v", f)
	}
	_, err := w.desk.Enter(w.Context(), chief, 0, casework.Entries{Month: "2026-01", Values: map[string]string{"budget": "75,5", "staff": "1.136", "obstacles": "Jalan putus."}})
	w.must(err)
	r = w.get("2026-01")
	if f := r.Figure("budget"); !f.Known || f.Value != 75.5 {
		t.Errorf("budget: %+v", f)
	}
	if f := r.Figure("staff"); f.Value != 1136 {
		t.Errorf("staff: %+v", f)
	}
	if f := r.Figure("obstacles"); f.Text != "Jalan putus." {
		t.Errorf("obstacles: %+v", f)
	}
}

// Partners, incidents, families that were looked for and functioning are counted
// from the records there are; a person counts once, whatever the cases.
func TestFiguresFromRecords(t *testing.T) {
	w := newWorld(t)
	w.at("2026-01-05 09:00")
	first := w.serve(w.open("P", "2015", casework.Intake{}))
	second := w.serve(w.open("L", "2010", casework.Intake{}))
	service := func(c casework.Case, at casework.Day, what string) {
		w.put(func(tx casework.Tx) error {
			id := w.id()
			return tx.Put(casework.Services, string(c.ID), id, casework.Record[casework.Service]{ID: casework.CareID(id), Case: c.ID, Balai: "SRK", Data: casework.Service{
				Day: at, Component: "K3", Activity: what, Base: "keluarga",
			}})
		})
	}
	service(first, "2026-01-10", "Penelusuran keluarga ke Wonosobo")
	service(first, "2026-01-11", "penelusuran keluarga")
	service(second, "2026-01-12", "mediasi")
	w.put(func(tx casework.Tx) error { // both cases are of one person
		second.Person, second.Home = first.Person, first.ID
		return tx.Put(casework.Cases, string(second.ID), string(second.ID), second)
	})
	assess := func(c casework.Case, at string, points string) {
		w.at(at)
		sheet := casework.SheetID(w.id())
		values := casework.Values{}
		for _, key := range []string{"peran", "kebutuhan", "masalah", "relasi", "kegiatan", "kembang"} {
			values[key] = []string{points}
		}
		a := casework.FormAnswer{Sheet: sheet, Case: c.ID, Section: "keberfungsian", Version: 1, Values: values, At: w.now, Balai: "SRK"}
		w.put(func(tx casework.Tx) error {
			s := casework.FormSheet{ID: sheet, Case: c.ID, Form: "F3/1", At: w.now, Balai: "SRK"}
			return errors.Join(tx.Put(casework.FormSheets, string(c.ID), string(sheet), s), tx.Put(casework.FormAnswers, string(c.ID), a.RowID(), a))
		})
	}
	assess(first, "2026-01-13 09:00", "1")
	assess(second, "2026-01-13 10:00", "3")
	if f := w.get("2026-01").Figure("functioning"); f.Known {
		t.Errorf("one assessment says of a change: %+v", f)
	}
	assess(first, "2026-01-20 09:00", "3")
	assess(second, "2026-01-20 10:00", "2")
	for id, p := range map[string]casework.Partner{
		"M1": {Kind: "lks", Grade: "B", GradeUntil: "2026-06-30", Agreements: []casework.Memo{{From: "2025-01-01", Until: "2026-01-15"}}},
		"M2": {Kind: "lks", Grade: "A", GradeUntil: "2025-12-31", Agreements: []casework.Memo{{From: "2026-01-01", Until: "2027-01-01"}}},
		"M3": {Kind: "lks", Ended: true},
		"M4": {Kind: "polisi"},
	} {
		w.put(func(tx casework.Tx) error { return tx.Put(casework.Partners, casework.NodeOwner, id, p) })
	}
	for id, known := range map[string]time.Time{"1": w.now, "2": w.now.AddDate(0, -2, 0)} {
		w.put(func(tx casework.Tx) error {
			return tx.Put(casework.Incidents, casework.NodeOwner, id, casework.Breach{ID: id, NewBreach: casework.NewBreach{Known: known}})
		})
	}
	for code, want := range map[string]float64{
		"traced": 1, "served": 1, "base.family": 1, "k3": 3, "functioning": 50, "partners": 2, "accredited": 1, "agreements": 1,
		"agreements.ended": 1, "breaches": 1,
	} {
		w.figure("2026-01", code, want)
	}
}

func TestEntriesAreRefused(t *testing.T) {
	w := newWorld(t)
	tests := map[string]struct {
		by      casework.Actor
		version uint64
		values  map[string]string
		want    casework.Kind
	}{
		"a counted figure":  {chief, 0, map[string]string{"in": "3"}, casework.Invalid},
		"no number":         {chief, 0, map[string]string{"budget": "banyak"}, casework.Invalid},
		"m/d numbers":       {chief, 0, map[string]string{"staff": "1.13"}, casework.Invalid},
		"an unknown figure": {chief, 0, map[string]string{"nope": "3"}, casework.Invalid},
		"an old version":    {chief, 7, map[string]string{"budget": "3"}, casework.Conflict},
		"a worker":          {worker, 0, map[string]string{"budget": "3"}, casework.Forbidden},
		"admin it":          {admin, 0, map[string]string{"budget": "3"}, casework.Forbidden},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := w.desk.Enter(t.Context(), tt.by, tt.version, casework.Entries{Month: "2026-01", Values: tt.values})
			if !isKind(err, tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestSignedReportIsFrozen(t *testing.T) {
	w := newWorld(t)
	c := w.serve(w.open("P", "1990", casework.Intake{Cluster: "rentan"}))
	live := w.get("2026-01")
	if _, err := w.desk.Sign(t.Context(), head, "2026-01", live.Hash); !isKind(err, casework.Conflict) {
		t.Errorf("signed before the month has ended: %v", err)
	}
	w.at("2026-02-02 08:00")
	unproven := head
	unproven.StepUp = false
	for who, by := range map[string]casework.Actor{"without step-up": unproven, "supervisor": chief} {
		if _, err := w.desk.Sign(t.Context(), by, "2026-01", live.Hash); !isKind(err, casework.Forbidden) {
			t.Errorf("%s signed: %v", who, err)
		}
	}
	if _, err := w.desk.Sign(t.Context(), head, "2026-01", "0000"); !isKind(err, casework.Conflict) {
		t.Errorf("signed other figures than were seen: %v", err)
	}
	signed, err := w.desk.Sign(t.Context(), head, "2026-01", w.get("2026-01").Hash)
	w.must(err)
	if signed.Signed == nil || signed.Signed.Name != head.Name || signed.Signed.Hash != signed.Hash || len(signed.Corrections) != 0 {
		t.Errorf("signed: %+v", signed.Signed)
	}
	if _, err := w.desk.Sign(t.Context(), head, "2026-01", signed.Hash); !isKind(err, casework.Conflict) {
		t.Errorf("signed twice: %v", err)
	}

	sex := "x"
	cluster := "lansia"
	if c, err = w.cases.Edit(t.Context(), worker, c.ID, c.Version, casework.Patch{Cluster: &cluster, Need: &sex}); err != nil {
		t.Fatal(err)
	}
	_, err = w.desk.Enter(t.Context(), chief, 0, casework.Entries{Month: "2026-01", Values: map[string]string{"budget": "12"}})
	w.must(err)
	now := w.get("2026-01")
	if now.Hash != signed.Hash || now.Figure("budget").Known {
		t.Error("a signed report has changed")
	}
	said := map[string]casework.Correction{}
	for _, c := range now.Corrections {
		said[c.Code] = c
	}
	if c := said["budget"]; c.Was != "" || c.Now != "12" {
		t.Errorf("no correction of the budget: %+v", now.Corrections)
	}
	if c := said["cluster/lansia/in"]; c.Was != "0" || c.Now != "1" || c.Added != 1 {
		t.Errorf("no correction of the cluster: %+v", now.Corrections)
	}
	if c := said["cluster/rentan/closing"]; c.Gone != 1 {
		t.Errorf("no correction where it was: %+v", now.Corrections)
	}
	if len(said) != 5 {
		t.Errorf("%d corrections: %+v", len(said), now.Corrections)
	}
	if b, err := w.desk.Behind(t.Context(), head, "2026-01", "cluster/rentan/in", ""); err != nil || b.Total != 1 {
		t.Errorf("the list of a signed figure is not the one that was signed: %+v, %v", b, err)
	}
	months, err := w.desk.Months(t.Context(), head, "")
	w.must(err)
	if len(months) != 13 || months[0].Month != "2026-02" || months[1].Signed == nil || months[1].Corrections != 5 || months[1].Closing != 1 {
		t.Errorf("months: %+v", months[:2])
	}
}

func TestReadersAndTheTrail(t *testing.T) {
	w := newWorld(t)
	secret := w.serve(w.open("P", "2010", casework.Intake{Secrecy: []casework.Secrecy{casework.SecretHIV}}))
	for name, tt := range map[string]struct {
		by  casework.Actor
		may bool
	}{"head": {head, true}, "supervisor": {chief, true}, "auditor": {auditor, true}, "worker": {worker, false}, "admin it": {admin, false}} {
		_, err := w.desk.Get(t.Context(), tt.by, "2026-01", false)
		if tt.may != (err == nil) || !tt.may && !isKind(err, casework.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b, err := w.desk.Behind(t.Context(), head, "2026-01", "in", "")
	w.must(err)
	if b.Total != 1 || b.Hidden != 1 || len(b.Items) != 0 {
		t.Errorf("a case that needs a grant is shown: %+v", b)
	}
	if _, err := w.desk.People(t.Context(), head, "2026-01", "in", "csv", casework.Indonesian); !isKind(err, casework.Forbidden) {
		t.Errorf("a case that needs a grant is exported: %v", err)
	}
	acts := map[string]int{}
	err = w.db.View(func(tx casework.Tx) error {
		return tx.Each(casework.Audit, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
			var l casework.Line
			err := decode(&l)
			acts[l.Outcome+" "+l.Act+" "+l.What]++
			if strings.Contains(l.What, "Siti") || l.Case == secret.ID && l.Act == string(casework.ReadReport) {
				t.Errorf("the line says too much: %+v", l)
			}
			return true, err
		})
	})
	w.must(err)
	for _, line := range []string{"done read report 2026-01", "denied read report 2026-01", "done read report list 2026-01 in"} {
		if acts[line] == 0 {
			t.Errorf("no line %q: %v", line, acts)
		}
	}
}

func TestOutsidersSeeNoFew(t *testing.T) {
	w := newWorld(t)
	for i := range 9 {
		sex := "L"
		if i < 2 {
			sex = "P"
		}
		c := w.serve(w.open(sex, "1980", casework.Intake{Cluster: "lansia"}))
		if i == 0 {
			w.close(c, "meninggal dunia")
		}
	}
	in, err := w.desk.Get(t.Context(), head, "2026-01", true)
	w.must(err)
	own := w.get("2026-01")
	if f := own.Figure("out.died"); !f.Known || f.Value != 1 {
		t.Errorf("the head's own report hides: %+v", f)
	}
	if f := in.Figure("out.died"); f.Known {
		t.Errorf("one death is told: %+v", f)
	}
	if in.Figure("in").Known && in.Figure("open").Known && in.Figure("close").Known {
		t.Error("one who left can be told from the other three columns")
	}
	for _, f := range in.Breakdown(casework.BySex) {
		if f.Group != "" && !f.Hidden {
			t.Errorf("group %s is told, and with it the other one: %+v", f.Group, f)
		}
	}
	if len(own.Breakdown(casework.BySex)) == 0 || own.Breakdown(casework.BySex)[0].Hidden {
		t.Error("control: the own report hides a group")
	}
}

func TestDownloads(t *testing.T) {
	w := newWorld(t)
	nik := claim(casework.ClaimNIK, "3372045708900001")
	w.serve(w.open("P", "1990-08-17", casework.Intake{Claims: []casework.Claim{nik}}))
	f, err := w.desk.Download(t.Context(), head, "2026-01", "csv", false, casework.Indonesian)
	w.must(err)
	if f.Name != "laporan-SRK-2026-01.csv" || !strings.Contains(string(f.Content), "PM masuk,1,orang") || strings.Contains(string(f.Content), "33720457") {
		t.Errorf("%s:\n%s", f.Name, f.Content)
	}
	p, err := w.desk.People(t.Context(), head, "2026-01", "in", "csv", casework.Indonesian)
	w.must(err)
	if !strings.Contains(string(p.Content), "Siti Invensi,3372045708900001,P") {
		t.Errorf("%s", p.Content)
	}
	if _, err := w.desk.People(t.Context(), chief, "2026-01", "in", "csv", casework.Indonesian); !isKind(err, casework.Forbidden) {
		t.Errorf("a supervisor exports people: %v", err)
	}
	if _, err := w.desk.Download(t.Context(), head, "2026-01", "exe", false, ""); !isKind(err, casework.Invalid) {
		t.Errorf("an unknown format: %v", err)
	}
}

func TestCompanion(t *testing.T) {
	w := newWorld(t)
	c := w.serve(w.open("P", "1990", casework.Intake{}))
	for _, kind := range []string{"visit", "visit", "rapid assessment", "conference", "progress"} {
		_, err := w.cases.AddNote(t.Context(), worker, c.ID, casework.Note{Kind: kind, Text: "Bertemu."})
		w.must(err)
	}
	w.must(w.desk.Tell(t.Context(), worker, "2026-01", "Hujan."))
	r, err := w.desk.Companion(t.Context(), worker, "2026-01", worker.User)
	w.must(err)
	got := map[string]float64{}
	for _, f := range r.Figures {
		got[f.Code] = f.Value
		if f.Code == "obstacles" && f.Text != "Hujan." {
			t.Errorf("obstacles: %+v", f)
		}
	}
	for code, want := range map[string]float64{"led": 1, "visits": 2, "responses": 1, "conferences": 1, "notes": 1} {
		if got[code] != want {
			t.Errorf("%s is %v, want %v", code, got[code], want)
		}
	}
	if _, err := w.desk.Companion(t.Context(), worker, "2026-01", head.User); !isKind(err, casework.Forbidden) {
		t.Errorf("a worker reads another's: %v", err)
	}
	w.figure("2026-01", "response", 1)
	w.figure("2026-01", "conferences", 1)
}
