package settings_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"serasi/node/casework"
	"serasi/node/settings"
)

// The command line wins over the environment, that over the file, that over the
// defaults; and each value says where it is from.
func TestSourcesInOrder(t *testing.T) {
	r, err := settings.Read(settings.Sources{
		File: "serasi.yaml", Text: []byte("# a comment\nlisten: 10.0.0.1:7400\npeople: 10.0.0.1:8400\nprofile: lan\nmin-free: 2GiB\n"),
		Env:   []string{"HOME=/root", "SERASI_DIR=/x", "SERASI_PEOPLE=10.0.0.2:8400", "SERASI_LOG_LEVEL=warn"},
		Flags: map[string]string{"log-level": "debug", "insecure-http": "true"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string][2]string{
		"listen": {"10.0.0.1:7400", "serasi.yaml:2"}, "people": {"10.0.0.2:8400", "$SERASI_PEOPLE"}, "log-level": {"debug", "--log-level"},
		"insecure-http": {"true", "--insecure-http"}, "log-format": {"text", ""}, "min-free": {"2GiB", "serasi.yaml:5"},
	} {
		if got := [2]string{r.Value(key), r.From(key)}; got != want {
			t.Errorf("%s: %q, want %q", key, got, want)
		}
	}
	if r.MinFree != 2<<30 || !r.InsecureHTTP || r.PerSecond != settings.Defaults().PerSecond {
		t.Errorf("%+v", r.Settings)
	}
}

// All faults come at once, each with its place.
func TestEveryFaultAtOnce(t *testing.T) {
	_, err := settings.Read(settings.Sources{
		File:  "s.yaml",
		Text:  []byte("listne: x\nprofile: moon\npeople: [a, b]\nkey: file:a\nkey: file:b\nproposals-burst: -1\nmin-free: 20\ninsecure-http: ya\n"),
		Env:   []string{"SERASI_PROFIL=lan"},
		Flags: map[string]string{"log-format": "xml", "peers": "a\x00b"},
	})
	var got []string
	for _, f := range casework.Faults(err) {
		got = append(got, f.Field)
		if casework.Indonesian.Words(f.Words) == f.Words {
			t.Errorf("no Indonesian words for %q", f.Words)
		}
	}
	want := []string{
		"s.yaml:1: listne", "s.yaml:2: profile", "s.yaml:3: people", "s.yaml:5: key", "s.yaml:6: proposals-burst", "s.yaml:7: min-free", "s.yaml:8: insecure-http",
		"$SERASI_PROFIL", "--peers", "--log-format",
	}
	if !errors.Is(err, casework.Invalid) || !slices.Equal(got, want) {
		t.Errorf("%v: %q\nwant %q", err, got, want)
	}
}

// Files that are no list of settings are one fault, and never a panic.
func TestFilesThatAreNone(t *testing.T) {
	for name, text := range map[string]string{
		"a list": "- listen\n", "a word": "listen\n", "two documents": "listen: a:1\n---\npeople: b:2\n", "no YAML": "listen: [\n", "an alias": "a: &x 1\nlisten: *x\n",
	} {
		if _, err := settings.Read(settings.Sources{File: "s.yaml", Text: []byte(text)}); len(casework.Faults(err)) == 0 {
			t.Errorf("%s: taken", name)
		}
	}
	for name, text := range map[string]string{"nothing": "", "a comment": "# hello\n", "null": "~\n"} {
		if r, err := settings.Read(settings.Sources{Text: []byte(text)}); err != nil || r.Settings != settings.Defaults() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The files of before, JSON with other names, mean what they meant.
func TestFilesOfBefore(t *testing.T) {
	old := "{\n  \"listen\": \"0.0.0.0:1\",\n  \"people\": \"127.0.0.1:2\",\n  \"key\": \"file:k\",\n  \"profile\": \"lan\",\n  \"certificateKey\": \"c\",\n  \"insecureHTTP\": true,\n  \"rehearsal\": true\n}\n"
	r, err := settings.Read(settings.Sources{File: "serasi.json", Text: []byte(old)})
	if err != nil || r.Listen != "0.0.0.0:1" || r.CertificateKey != "c" || !r.InsecureHTTP || !r.Rehearsal {
		t.Errorf("%v: %+v", err, r.Settings)
	}
	if r.From("insecure-http") != "serasi.json:7" {
		t.Errorf("from %q", r.From("insecure-http"))
	}
}

// What is written is read back the same.
func TestTextIsReadBack(t *testing.T) {
	s := settings.Defaults()
	s.Listen, s.Key, s.InsecureHTTP, s.PerSecond, s.MinFree, s.Advertise = "1.2.3.4:5", "file:a: b # c", true, 7, 200<<20, "on"
	r, err := settings.Read(settings.Sources{Text: s.Text()})
	if err != nil || r.Settings != s {
		t.Errorf("%v: %+v\n%s", err, r.Settings, s.Text())
	}
	if strings.Contains(string(s.Text()), "people") {
		t.Error("a default is written as if it had been chosen")
	}
}

// A fault that is found later is told with the place of the value.
func TestFaultsAreLocated(t *testing.T) {
	r, err := settings.Read(settings.Sources{File: "s.yaml", Text: []byte("listen: here\n"), Env: []string{"SERASI_PEOPLE=there"}})
	if err != nil {
		t.Fatal(err)
	}
	all := casework.Faults(r.Locate(casework.Faulty(casework.Fault{Field: "listen"}, casework.Fault{Field: "people"}, casework.Fault{Field: "key"}, casework.Fault{Field: "dir"})))
	for i, want := range []string{"s.yaml:1: listen", "$SERASI_PEOPLE", "--key", "dir"} {
		if all[i].Field != want {
			t.Errorf("%q, want %q", all[i].Field, want)
		}
	}
}

// What changed is told apart by what a running node can take.
func TestChanged(t *testing.T) {
	a, err := settings.Read(settings.Sources{})
	b, err2 := settings.Read(settings.Sources{Flags: map[string]string{"log-level": "debug", "listen": "a:1"}})
	live, restart := a.Changed(b)
	if err != nil || err2 != nil || !slices.Equal(live, []string{"log-level"}) || !slices.Equal(restart, []string{"listen"}) {
		t.Errorf("%v %v", live, restart)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("listen: a:1\n"))
	f.Add([]byte("{\"listen\": 1}"))
	f.Add([]byte("a: &x [*x]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := settings.Read(settings.Sources{File: "f", Text: text})
		if err != nil {
			return
		}
		if again, err := settings.Read(settings.Sources{Text: r.Text()}); err != nil || again.Settings != r.Settings {
			t.Errorf("%v: %+v became %+v", err, r.Settings, again.Settings)
		}
	})
}
