package search_test

import (
	"slices"
	"strings"
	"testing"

	"serasi/node/search"
)

// same holds spellings that one person may have in different papers.
var same = map[string][]string{
	"oe is u":                  {"Soekarno", "Sukarno"},
	"dj is j":                  {"Djoko Soetedjo", "Joko Sutejo"},
	"tj is c":                  {"Tjahjono", "Cahyono"},
	"nj is ny":                 {"Njoman Soenarja", "Nyoman Sunarya"},
	"sj is sy":                 {"Sjafroeddin", "Syafruddin", "Syafrudin", "Safrudin"},
	"ch is kh is h":            {"Noercholis", "Nurkholis", "Nurcholis"},
	"j of old is y":            {"Jusuf", "Yusuf", "Joesoef", "Yusup"},
	"f, v and p":               {"Novi Fadilah", "Nopi Padilah"},
	"z, j and dz":              {"Zainal", "Jaenal", "Zaenal", "Dzainal"},
	"q and k":                  {"Rizqi", "Rizki", "Rizky", "Risky"},
	"dh, th":                   {"Widhodho", "Widodo"},
	"-iyah, -iah, -iya":        {"Fitriyah", "Fitriah", "Fitriya", "Fitria"},
	"double letters, final h":  {"Aminnah", "Aminah", "Amina"},
	"Javanese o and a":         {"Santoso", "Santosa"},
	"y and i":                  {"Sry Rahayu", "Sri Rahayu"},
	"Muhammad":                 {"M. Toha", "Moh. Toha", "Muh Toha", "Mochammad Toha", "Muhamad Toha", "Mohd. Thoha"},
	"Abdul joined":             {"Abdurrahman", "Abdul Rahman", "Abdurrohman", "Abd. Rahman", "Abdoel Rachman"},
	"titles and degrees":       {"Drs. H. Darmo, S.Pd., M.M.", "Darmo", "Alm. Darmo", "Bpk. Darmo"},
	"Javanese titles":          {"R.Ngt. Sumiyati", "Sumiyati", "Rr. Soemijati"},
	"a dot without a blank":    {"H.Darmo", "Darmo"},
	"accents and apostrophes":  {"Ma'ruf André", "Maruf Andre"},
	"Bugis titles":             {"Dg. Ngai", "Daeng Ngai"},
	"Sitti":                    {"St. Aisyah", "Sitti Aisya", "Siti Aisyah"},
	"bin and a/l":              {"Hasan bin Ali", "Hasan a/l Ali", "Hasan anak dari Ali"},
	"alias is another name":    {"Sukarman alias Gendon", "Sukarman als. Gendon", "Sukarman dipanggil Gendon"},
	"old and new in one":       {"Moechamad Choirul", "Muhammad Khairul"},
	"an initial proves little": {"Budi S.", "Budi"},
}

func TestFoldUnites(t *testing.T) {
	for name, spellings := range same {
		t.Run(name, func(t *testing.T) {
			want := search.Fold(spellings[0])
			if len(want) == 0 {
				t.Fatalf("Fold(%q) is empty", spellings[0])
			}
			for _, s := range spellings[1:] {
				if got := search.Fold(s); !slices.Equal(got, want) {
					t.Errorf("Fold(%q) = %q, Fold(%q) = %q", spellings[0], want, s, got)
				}
			}
		})
	}
}

func TestFoldKeepsApart(t *testing.T) {
	tests := map[string][2]string{
		"man and woman":        {"Parto", "Parti"},
		"-wan and -wati":       {"Setiawan", "Setiawati"},
		"baby and mother":      {"By. Ny. Sumarni", "Sumarni"},
		"birth order":          {"Made Sari", "Ketut Sari"},
		"Abdullah, Abdul":      {"Abdullah", "Abdul Ah"},
		"a degree is no Sitti": {"Budi, S.T.", "St. Budi"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if a, b := search.Fold(tt[0]), search.Fold(tt[1]); slices.Equal(a, b) {
				t.Errorf("%q and %q both fold to %q", tt[0], tt[1], a)
			}
		})
	}
}

func TestFoldOfNobody(t *testing.T) {
	for _, text := range []string{"", " ", "Mr. X", "Mrs. X 3", "Tn. X", "Tanpa Nama", "NN", "N.N.", "Anonim", "Tidak dikenal", "tidak diketahui", "12345", "محمد", "??"} {
		if got := search.Fold(text); len(got) != 0 {
			t.Errorf("Fold(%q) = %q, want nothing", text, got)
		}
	}
	if got := search.Fold("R."); len(got) != 1 {
		t.Errorf("a name of one initial is lost: %q", got)
	}
}

func FuzzFold(f *testing.F) {
	for _, spellings := range same {
		for _, s := range spellings {
			f.Add(s)
		}
	}
	f.Add("Mr. X")
	f.Add("\xf5ũ")
	f.Add("\xff\xfe a/l / @ , . z dz oe")
	f.Fuzz(func(t *testing.T, text string) {
		for _, w := range search.Fold(text) {
			if w == "" || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") != "" {
				t.Fatalf("a word that is none: %q", w)
			}
		}
		if a, b := search.Fold(text), search.Fold(text+" "); !slices.Equal(a, b) {
			t.Fatalf("a blank changed %q into %q", a, b)
		}
	})
}
