package casework_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
)

var readDay = time.Date(2026, 11, 22, 9, 0, 0, 0, time.FixedZone("WIB", 7*3600))

func TestGuessTargets(t *testing.T) {
	headings := []string{"No", "NAMA LENGKAP", "Tgl. Lahir (dd-mm-yyyy)", "L/P", "No. KTP", "Keterangan", "Terapi Penghidupan", "Jenis PMKS", "Nama Ibu", "Tanggal Masuk balai", ""}
	want := []casework.Target{"", "name", "born", "sex", "nik", "note", "legacy", "ppks", "mother", "opened", ""}
	if got := casework.GuessTargets(headings); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := casework.GuessTargets([]string{"Nama", "Nama lengkap"}); got[0] != "name" || got[1] != casework.Ignored {
		t.Errorf("one target twice: %q", got)
	}
}

func TestParseDay(t *testing.T) {
	tests := map[string]struct {
		text, want string
		two        bool
	}{
		"as we write":       {"17-08-1990", "1990-08-17", false},
		"slashes":           {"7/8/1990", "1990-08-07", false},
		"dots":              {"17.08.1990", "1990-08-17", false},
		"two digits":        {"17-08-90", "1990-08-17", true},
		"two digits, young": {"17-08-15", "2015-08-17", true},
		"a name of a month": {"17 Agustus 1990", "1990-08-17", false},
		"an old name":       {"3 Nopember 1978", "1978-11-03", false},
		"as programs do":    {"1990-08-17", "1990-08-17", false},
		"with a time":       {"1990-08-17 00:00:00", "1990-08-17", false},
		"a serial":          {"33102", "1990-08-17", false},
		"a serial decimal":  {"33102.0", "1990-08-17", false},
		"a year":            {"1990", "1990", false},
		"a month":           {"08-1990", "1990-08", false},
		"month first":       {"08/17/1990", "", false},
		"no such day":       {"30-02-1990", "", false},
		"words":             {"tidak tahu", "", false},
		"a huge number":     {"99999999999999999999", "", false},
		"nothing":           {"", "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, two, ok := casework.ParseDay(tt.text, readDay)
			if got != tt.want || ok != (tt.want != "") || ok && two != tt.two {
				t.Errorf("%q became %q, %v, %v", tt.text, got, two, ok)
			}
		})
	}
}

// read takes one cell for a target, beside a name.
func read(t casework.Target, cell string, rounded bool) (casework.Legacy, []casework.CellFault, []casework.CellFault) {
	r := casework.Reader{
		Targets: []casework.Target{"name", t}, Headings: []string{"Nama", "Kolom"}, Rounded: rounded, Today: readDay,
		Defaults: casework.ImportDefaults{Urgency: casework.NotUrgent, Basis: casework.ByPublicTask},
	}
	return r.Read([]string{"Siti  Invensi", cell})
}

func TestReadCells(t *testing.T) {
	claim := func(kind casework.ClaimKind) func(casework.Legacy) string {
		return func(l casework.Legacy) string { return casework.Person{Claims: l.Intake.Claims}.Value(kind) }
	}
	tests := map[string]struct {
		target  casework.Target
		cell    string
		rounded bool
		get     func(casework.Legacy) string
		want    string
		doubts  int
		bad     bool
	}{
		"the name":                {"", "", false, claim(casework.ClaimName), "Siti Invensi", 0, false},
		"a NIK":                   {"nik", "3372 0457 0890 0001", false, claim(casework.ClaimNIK), "3372 0457 0890 0001", 0, false},
		"a NIK with apostrophe":   {"nik", "'3372045708900001", false, claim(casework.ClaimNIK), "3372045708900001", 0, false},
		"a destroyed NIK":         {"nik", "3,37204E+15", false, claim(casework.ClaimNIK), "", 1, false},
		"a destroyed NIK is told": {"nik", "3.37204E+15", false, func(l casework.Legacy) string { return l.Note }, "Kolom rusak oleh lembar kerja: 3.37204E+15", 1, false},
		"a rounded NIK":           {"nik", "3372045708900000", true, claim(casework.ClaimNIK), "337204570890000", 1, false},
		"a short NIK":             {"nik", "33720457", false, claim(casework.ClaimNIK), "33720457", 1, false},
		"no NIK":                  {"nik", "0", false, claim(casework.ClaimNIK), "", 0, false},
		"a dash":                  {"nik", "-", false, claim(casework.ClaimNIK), "", 0, false},
		"letters for a NIK":       {"nik", "belum punya", false, nil, "", 1, true},
		"zeros lost":              {"bpjs", "1234567890", false, claim(casework.ClaimBPJS), "0001234567890", 1, false},
		"a phone":                 {"phone", "81234567", false, claim(casework.ClaimPhone), "081234567", 0, false},
		"a region":                {"region", "3372", false, claim(casework.ClaimRegion), "33.72", 0, false},
		"a woman":                 {"sex", "Perempuan", false, claim(casework.ClaimSex), "P", 0, false},
		"a man":                   {"sex", "Laki-laki", false, claim(casework.ClaimSex), "L", 0, false},
		"neither":                 {"sex", "x", false, nil, "", 0, true},
		"place and day":           {"born", "Surakarta, 17-08-1990", false, claim(casework.ClaimBirthplace), "Surakarta", 0, false},
		"an age":                  {"age", "36 th", false, claim(casework.ClaimBorn), "1989..1990", 0, false},
		"no age":                  {"age", "tua", false, nil, "", 0, true},
		"categories":              {"ppks", "5; Anak telantar", false, func(l casework.Legacy) string { return strings.Join(l.Intake.PPKS, " ") }, "05 02", 0, false},
		"no category":             {"ppks", "33", false, nil, "", 0, true},
		"old words":               {"ragam", "Tuna Daksa/grahita", false, func(l casework.Legacy) string { return strings.Join(l.Intake.Ragam, " ") }, "fisik intelektual", 0, false},
		"a stage":                 {"stage", "5. Implementasi", false, func(l casework.Legacy) string { return strconv.Itoa(int(l.Stage)) }, "5", 0, false},
		"PROGRES 5.0":             {"legacy", "terapi penghidupan", false, func(l casework.Legacy) string { return l.Note }, "PROGRES 5.0, Kolom: terapi penghidupan", 0, false},
		"an old stage":            {"stage", "terapi penghidupan", false, func(l casework.Legacy) string { return l.Note }, "Kolom: terapi penghidupan", 1, false},
		"opened":                  {"opened", "01-03-2026", false, func(l casework.Legacy) string { return l.Intake.At.Format(time.DateOnly) }, "2026-03-01", 0, false},
		"opened tomorrow":         {"opened", "23-11-2026", false, nil, "", 0, true},
		"a control character":     {"need", "a\x00b", false, nil, "", 0, true},
		"a formula":               {"need", "=1+1", false, func(l casework.Legacy) string { return l.Intake.Need }, "=1+1", 0, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			l, bad, doubts := read(tt.target, tt.cell, tt.rounded)
			if (len(bad) > 0) != tt.bad || len(doubts) != tt.doubts {
				t.Errorf("faults %v, doubts %v", bad, doubts)
			}
			if tt.get != nil && tt.get(l) != tt.want {
				t.Errorf("got %q, want %q", tt.get(l), tt.want)
			}
		})
	}
}

func TestCellName(t *testing.T) {
	for want, at := range map[string][2]int{"A1": {0, 1}, "Z7": {25, 7}, "AA2": {26, 2}, "BC10": {54, 10}} {
		if got := casework.CellName(at[0], at[1]); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func FuzzReadRow(f *testing.F) {
	f.Add("nik", "3.372E+15")
	f.Add("born", "17-08-1990")
	f.Add("ppks", "5;7")
	f.Fuzz(func(t *testing.T, target, cell string) {
		l, bad, _ := read(casework.Target(target), cell, false)
		if len(bad) == 0 && len(l.Intake.Check(casework.Listed(readDay))) > 0 {
			t.Errorf("%s %q gives an intake that cannot be opened: %v", target, cell, l.Intake.Check(casework.Listed(readDay)))
		}
	})
}
