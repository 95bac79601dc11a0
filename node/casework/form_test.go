package casework_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"serasi/node/casework"
)

var formDay = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func form(t *testing.T, code string) casework.Form {
	t.Helper()
	f, ok := casework.Current(casework.Forms(), code, formDay)
	if !ok {
		t.Fatalf("no form %s", code)
	}
	return f
}

// copied is a form that a test may change: it went through JSON.
func copied(t *testing.T, code string) casework.Form {
	t.Helper()
	raw, err := json.Marshal(form(t, code))
	if err != nil {
		t.Fatal(err)
	}
	f, err := casework.ReadForm(raw)
	if err != nil {
		t.Fatalf("what is well formed does not read back: %v", err)
	}
	return f
}

func TestTheFormsOfTheProgram(t *testing.T) {
	var codes []string
	for _, f := range casework.Forms() {
		codes = append(codes, f.Code)
		if faults := f.Check(); len(faults) > 0 {
			t.Errorf("%s: %v", f.Ref(), faults)
		}
		back, ok := casework.FormOf(f.Ref())
		code, version, balai, well := f.Ref().Split()
		if !ok || back.Code != f.Code || !well || code != f.Code || version != f.Version || balai != "" {
			t.Errorf("%s does not name its form", f.Ref())
		}
	}
	if want := []string{"F1", "F1", "F2", "F3", "F4", "F9"}; !slices.Equal(codes, want) {
		t.Errorf("forms %v, want %v", codes, want)
	}
}

func TestWhichSectionsAreAsked(t *testing.T) {
	f := form(t, casework.FormAssessment)
	keys := func(c casework.Case, claims ...casework.Claim) (out []string) {
		for _, s := range f.Asked(casework.TraitsOf(c, casework.Person{Claims: claims}, formDay)) {
			out = append(out, s.Key)
		}
		return out
	}
	born := func(v string) casework.Claim {
		return casework.Claim{Kind: casework.ClaimBorn, Value: v, Standing: casework.Stated}
	}
	special := []string{"anak", "abh", "disabilitas", "wgss", "barthel", "jalanan", "tppo", "hiv", "napza", "lansia", "bencana"}
	tests := map[string]struct {
		c      casework.Case
		claims []casework.Claim
		want   []string
	}{
		"nothing known":             {casework.Case{}, nil, nil},
		"a child by age":            {casework.Case{}, []casework.Claim{born("2015")}, []string{"anak"}},
		"a child with a disability": {casework.Case{PPKS: []string{"05"}, Ragam: []string{"fisik"}}, []casework.Claim{born("2015")}, []string{"anak", "disabilitas", "wgss", "barthel"}},
		"an older person":           {casework.Case{Cluster: "lansia"}, nil, []string{"barthel", "lansia"}},
		"perhaps sixty":             {casework.Case{}, []casework.Claim{born("1960..1970")}, []string{"barthel", "lansia"}},
		"a child before the court":  {casework.Case{Secrecy: []casework.Secrecy{casework.SecretABH}}, []casework.Claim{born("2010")}, []string{"anak", "abh"}},
		"addiction":                 {casework.Case{PPKS: []string{"17"}}, nil, []string{"napza"}},
		"HIV on the street":         {casework.Case{PPKS: []string{"11", "16"}}, nil, []string{"jalanan", "hiv"}},
		"trafficked":                {casework.Case{PPKS: []string{"18"}}, nil, []string{"jalanan", "tppo"}},
		"disaster":                  {casework.Case{Cluster: "kbk"}, nil, []string{"bencana"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := slices.DeleteFunc(keys(tt.c, tt.claims...), func(k string) bool { return !slices.Contains(special, k) })
			if !slices.Equal(got, tt.want) {
				t.Errorf("asked %v, want %v", got, tt.want)
			}
		})
	}
	for _, s := range f.Sections {
		if (s.Class == casework.Secret) != (s.Secrecy != "") {
			t.Errorf("section %s: class %q and group %q", s.Key, s.Class, s.Secrecy)
		}
	}
}

func TestAnswers(t *testing.T) {
	f := form(t, casework.FormRapid)
	s, _ := f.Section("keselamatan")
	v := s.Clean(casework.Values{"ancaman": {" no "}, "ancaman_apa": {"tidak boleh tinggal"}, "bunuh_diri": {"tidak"}, "zat": {"", " "}})
	if v.One("ancaman") != casework.No || v["ancaman_apa"] != nil || v["zat"] != nil {
		t.Errorf("cleaned to %v", v)
	}
	if s.Completion(v) != casework.Partly || s.Completion(nil) != casework.Untouched {
		t.Error("a section with a missing answer is not partly filled in")
	}
	v["kekerasan"] = []string{casework.NotYet}
	if s.Completion(v) != casework.Filled {
		t.Errorf("not known yet is no answer: %v", s.Missing(v))
	}
	end, _ := f.Section("kesimpulan")
	if m := end.Missing(casework.Values{"simpulan": {"aman"}, "putusan": {"rujuk"}}); len(m) != 1 || m[0].Key != "alasan" {
		t.Errorf("a referral asks for %v", m)
	}
	bad := map[string]casework.Values{
		"ancaman": {"ancaman": {"maybe"}}, "bunuh_diri": {"bunuh_diri": {"hmm"}}, "nothere": {"nothere": {"1"}}, "zat": {"zat": {"yes", "no"}},
	}
	for field, v := range bad {
		if faults := f.CheckAnswer(s, v, nil, formDay); len(faults) != 1 || faults[0].Field != field {
			t.Errorf("%s: %v", field, faults)
		}
	}
	if faults := f.CheckAnswer(end, casework.Values{"batas": {"22-11-2026"}}, nil, formDay); len(faults) != 1 {
		t.Errorf("a date the wrong way round: %v", faults)
	}
}

func TestACodeThatIsNoLongerValid(t *testing.T) {
	f := copied(t, casework.FormRapid)
	s := f.Sections[0]
	risk := slices.IndexFunc(s.Fields, func(f casework.Field) bool { return f.Key == "bunuh_diri" })
	s.Fields[risk].Options[0].Until = "2020-12-31"
	v := casework.Values{"bunuh_diri": {"tidak"}}
	if len(f.CheckAnswer(s, v, nil, formDay)) != 1 {
		t.Error("a code of last year is still taken")
	}
	if faults := f.CheckAnswer(s, v, v, formDay); len(faults) != 0 {
		t.Errorf("a code that was given while it was valid does not stay: %v", faults)
	}
}

func TestScores(t *testing.T) {
	f := form(t, casework.FormAssessment)
	barthel, _ := f.Section("barthel")
	fill := func(pick func([]casework.Option) casework.Option) casework.Values {
		v := casework.Values{}
		for _, field := range barthel.Fields {
			v[field.Key] = []string{pick(f.Choices(field, formDay)).Code}
		}
		return v
	}
	least := fill(func(o []casework.Option) casework.Option { return o[0] })
	most := fill(func(o []casework.Option) casework.Option { return o[len(o)-1] })
	some := fill(func(o []casework.Option) casework.Option { return o[len(o)-1] })
	for _, key := range []string{"makan", "mandi", "rias", "pakaian", "mobilitas", "tangga"} {
		some[key] = []string{"0"}
	}
	few := casework.Values{"makan": {"5"}}
	social := casework.Values{"peran": {"2"}, "kebutuhan": {"2"}, "masalah": {"2"}, "relasi": {"2"}, "kegiatan": {"2"}, "kembang": {"4"}}
	tests := map[string]struct {
		section string
		v       casework.Values
		known   bool
		value   float64
		meaning string
	}{
		"dependent in all":          {"barthel", least, true, 0, "Ketergantungan total"},
		"independent in all":        {"barthel", most, true, 100, "Mandiri"},
		"Dg. S. of the story":       {"barthel", some, true, 45, "Ketergantungan berat"},
		"one item only":             {"barthel", few, false, 0, ""},
		"a little difficulty":       {"wgss", casework.Values{"melihat": {"sedikit"}}, true, 2, "Bukan penyandang disabilitas menurut WG-SS"},
		"a lot in one domain":       {"wgss", casework.Values{"melihat": {"tidak"}, "berjalan": {"banyak"}}, true, 3, "Penyandang disabilitas menurut WG-SS"},
		"nothing known":             {"wgss", casework.Values{"melihat": {casework.NotYet}}, false, 0, ""},
		"social functioning, 14/24": {"keberfungsian", social, true, 58, "Sedang"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := f.ScoresOf(tt.section, tt.v)
			if len(r) != 1 || r[0].Known != tt.known || r[0].Value != tt.value || r[0].Meaning.ID != tt.meaning {
				t.Errorf("scored %+v", r)
			}
		})
	}
}

func TestAFormOfABalai(t *testing.T) {
	all := casework.Forms()
	own := form(t, casework.FormRapid)
	own.Balai, own.Version, own.From = "MGL", 1, "2026-12-01"
	all = append(all, own)
	if f, _ := casework.Current(all, "F2", formDay); f.Balai != "" {
		t.Error("a form is used before its first day")
	}
	if f, _ := casework.Current(all, "F2", formDay.AddDate(0, 1, 0)); f.Ref() != "F2/1@MGL" {
		t.Errorf("the balai's own form does not replace the other: %s", f.Ref())
	}
	for _, ref := range []casework.FormRef{"", "F2", "F2/0", "F2/x", "f2/1", "F2/1@", "F2/1@mgl", "/1"} {
		if _, _, _, ok := ref.Split(); ok {
			t.Errorf("%q names a form", ref)
		}
	}
}

func TestBrokenForms(t *testing.T) {
	tests := map[string]struct {
		field string
		spoil func(*casework.Form)
	}{
		"no title in English":      {"title.en", func(f *casework.Form) { f.Title.EN = "" }},
		"a key that is none":       {"sections.0.key", func(f *casework.Form) { f.Sections[0].Key = "A b" }},
		"a section twice":          {"sections.1.key", func(f *casework.Form) { f.Sections[1].Key = f.Sections[0].Key }},
		"secret without a group":   {"sections.0.secrecy", func(f *casework.Form) { f.Sections[0].Class = casework.Secret }},
		"a list that is not there": {"sections.2.fields.0.list", func(f *casework.Form) { f.Sections[2].Fields[0].List = "nope" }},
		"a condition that looks ahead": {"sections.0.fields.0.when.field", func(f *casework.Form) {
			f.Sections[0].Fields[0].When = &casework.When{Field: "zat", Is: []string{"yes"}}
		}},
		"a score of nothing":    {"scores.0.section", func(f *casework.Form) { f.Scores[0].Section = "nope" }},
		"ends before it begins": {"until", func(f *casework.Form) { f.Until = "2019-01-01" }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := copied(t, casework.FormRapid)
			tt.spoil(&f)
			if !slices.ContainsFunc(f.Check(), func(x casework.Fault) bool { return x.Field == tt.field }) {
				t.Errorf("faults %v", f.Check())
			}
		})
	}
	for _, raw := range []string{"", "[]", `{"code":"F2","nonsense":1}`, `{}{}`} {
		if _, err := casework.ReadForm([]byte(raw)); err == nil {
			t.Errorf("%q is a form", raw)
		}
	}
}

func TestWhatAStageNeeds(t *testing.T) {
	c := casework.Case{Stage: casework.Access, Number: "SRK-2026-00001"}
	none := func(casework.Milestone) bool { return false }
	all := func(casework.Milestone) bool { return true }
	tests := map[string]struct {
		from, to casework.Stage
		reached  func(casework.Milestone) bool
		want     int
	}{
		"from akses with nothing":       {casework.Access, casework.Agreement, none, 2},
		"from akses with all":           {casework.Access, casework.Agreement, all, 0},
		"without agreement":             {casework.Agreement, casework.Assessment, none, 1},
		"an assessment that is not one": {casework.Assessment, casework.Planning, none, 4},
		"back asks nothing":             {casework.Assessment, casework.Access, none, 0},
		"again after the end":           {casework.Termination, casework.Assessment, none, 1},
		"an unapproved plan":            {casework.Planning, casework.Implementation, none, 2},
		"to the end from everywhere":    {casework.Access, casework.Termination, none, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c.Stage = tt.from
			if got := c.Missing(tt.to, tt.reached); len(got) != tt.want {
				t.Errorf("missing %v", got)
			}
		})
	}
	c.Stage = casework.Assessment
	err := c.Unready(c.Missing(casework.Planning, none), "tim belum ada")
	kind, _ := casework.Explain(err)
	if kind != casework.Conflict || len(casework.Faults(err)) != 2 || len(casework.LacksOf(err)) != 4 {
		t.Errorf("a reason stands in for a signature: %v, %v", err, casework.Faults(err))
	}
	if err := c.Unready(nil, ""); err != nil {
		t.Error(err)
	}
}

func FuzzReadForm(f *testing.F) {
	for _, one := range casework.Forms() {
		raw, err := json.Marshal(one)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(`{"code":"F2","sections":[{"fields":[{}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		form, err := casework.ReadForm(raw)
		if err != nil {
			return
		}
		for _, s := range form.Asked(casework.Traits{}) {
			v := casework.Values{}
			for _, field := range s.Fields {
				v[field.Key] = []string{"1"}
			}
			form.CheckAnswer(s, s.Clean(v), nil, formDay)
			form.ScoresOf(s.Key, v)
		}
	})
}
