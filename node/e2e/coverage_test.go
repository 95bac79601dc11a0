package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// unseen are routes of GET that show no page of their own.
var unseen = map[string]string{
	"/aliran":                 "a stream",
	"/aset/{name}":            "style and script",
	"/masuk/ulang":            "asked for five minutes after signing in; node/web waits with a clock of its own",
	"/surat/agenda.csv":       "a download",
	"/surat/{surat}/teks":     "a download",
	"/surat/{surat}/braille":  "a download",
	"/surat/{surat}/berkas":   "a download",
	"/laporan/{bulan}/unduh":  "a download",
	"/anggota/{balai}/berkas": "a download",

	"/formulir/{code}/{version}":         "a download",
	"/privasi/insiden/{incident}/daftar": "a download",
}

var pageRoute = regexp.MustCompile(`s\.(?:page|open|add)\("GET (/[^"]*)"`)

// TestEveryPageIsInTheTable finds pages that nobody looks at.
func TestEveryPageIsInTheTable(t *testing.T) {
	files, err := filepath.Glob("../web/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	flows := sources(t)
	routes := 0
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range pageRoute.FindAllStringSubmatch(string(src), -1) {
			routes++
			route := strings.TrimSuffix(m[1], "{$}")
			if unseen[route] == "" && !seen(route) && !walked(route, flows) {
				t.Errorf("%s: neither a row of pages nor a flow shows %s", filepath.Base(file), route)
			}
		}
	}
	if routes < 20 {
		t.Errorf("found only %d routes", routes)
	}
}

// sources are the flows of this package, as text.
func sources(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		if file == "coverage_test.go" {
			continue
		}
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(src)
	}
	return all.String()
}

// walked reports whether a flow names the fixed parts of a route. Pages that
// need something which only a flow makes are looked at there.
func walked(route, flows string) bool {
	for _, part := range strings.FieldsFunc(holes.ReplaceAllString(route, "|"), func(r rune) bool { return r == '|' }) {
		if !strings.Contains(flows, strings.TrimSuffix(part, "/")) {
			return false
		}
	}
	return true
}

var holes = regexp.MustCompile(`\{[^}]*\}`)

// seen reports whether a row of the table leads to a route.
func seen(route string) bool {
	want := strings.Split(route, "/")
	for _, row := range everyRow() {
		path, _, _ := strings.Cut(row.path, "?")
		if fits(strings.Split(path, "/"), want) {
			return true
		}
	}
	return false
}

func fits(have, want []string) bool {
	if len(have) != len(want) {
		return false
	}
	for i := range want {
		if want[i] != have[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}
