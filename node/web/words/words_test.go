package words_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/web/words"
)

func books(t *testing.T) words.Books {
	t.Helper()
	b, err := words.Open(time.FixedZone("WIB", 7*3600))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWriting(t *testing.T) {
	b := books(t)
	id, en := b[casework.Indonesian], b[casework.English]
	at := time.Date(2026, 11, 22, 2, 41, 0, 0, time.UTC)
	for name, tt := range map[string]struct{ got, want string }{
		"a day":              {id.Date(at), "22 November 2026"},
		"a day with name":    {id.Day(at), "Minggu, 22 November 2026"},
		"a time":             {id.Time(at), "22 Nov 2026, 09.41 WIB"},
		"in English":         {en.Day(at.AddDate(0, -6, 0)), "Friday, 22 May 2026"},
		"in Indonesian":      {id.Date(at.AddDate(0, -6, 0)), "22 Mei 2026"},
		"no time":            {id.Time(time.Time{}), ""},
		"the day turns here": {id.Date(time.Date(2026, 11, 22, 17, 30, 0, 0, time.UTC)), "23 November 2026"},
		"a number":           {id.Int(1234567), "1.234.567"},
		"a broken one":       {id.Number(1234567.5, 1), "1.234.567,5"},
		"in English too":     {en.Number(1234567.5, 1), "1,234,567.5"},
		"money":              {id.Rupiah(1250000), "Rp1.250.000"},
		"a share":            {id.Percent(0.256), "26%"},
		"a NIK":              {words.NIK("3372011708150001"), "3372 0117 0815 0001"},
		"a masked NIK":       {words.Masked("3372011708150001"), "**** **** **** 0001"},
		"a short number":     {words.Masked("12"), "12"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", name, tt.got, tt.want)
		}
	}
}

func TestPlural(t *testing.T) {
	b := books(t)
	for n, want := range map[int][2]string{1: {"1 hari lagi", "1 day left"}, 1200: {"1.200 hari lagi", "1,200 days left"}} {
		id, en := words.With(t.Context(), b[casework.Indonesian]), words.With(t.Context(), b[casework.English])
		if got := words.N(id, "today.days", n); got != want[0] {
			t.Errorf("%q, want %q", got, want[0])
		}
		if got := words.N(en, "today.days", n); got != want[1] {
			t.Errorf("%q, want %q", got, want[1])
		}
	}
}

func TestPick(t *testing.T) {
	for name, tt := range map[string]struct {
		chosen, asks string
		want         casework.Language
	}{
		"chosen":         {"en", "id", casework.English},
		"the browser":    {"", "en-GB,en;q=0.8", casework.English},
		"Javanese":       {"", "jv,en;q=0.5", casework.Indonesian},
		"another":        {"", "fr", casework.Indonesian},
		"nothing":        {"", "", casework.Indonesian},
		"nonsense":       {"xx", ";;;", casework.Indonesian},
		"second to none": {"", "fr, en;q=0.2", casework.English},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", tt.asks)
		if got := words.Pick(tt.chosen, r); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestUnknownCodesStay(t *testing.T) {
	ctx := words.With(context.Background(), books(t)[casework.English])
	if got := words.Code(ctx, "sex", "L"); got != "male" {
		t.Errorf("L is %q", got)
	}
	if got := words.Code(ctx, "sex", "X9"); got != "X9" {
		t.Errorf("an unknown code became %q", got)
	}
	if words.Has(ctx, "no.such") {
		t.Error("it has what it has not")
	}
}
