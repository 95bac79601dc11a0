package settings

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"serasi/node/casework"
)

// Sources are where settings come from; later fields win over earlier ones.
type Sources struct {
	File  string            // what to call Text in faults
	Text  []byte            // YAML, of which JSON is a part; nil: there is none
	Env   []string          // NAME=value; only SERASI_ names are looked at, and an empty value is none
	Flags map[string]string // what was typed, by name of the key
}

// elsewhere are the variables that the command line reads by itself.
var elsewhere = []string{"SERASI_DIR", "SERASI_URL", "SERASI_TOKEN", "SERASI_LANG", "SERASI_CONFIG"}

// A Reading is settings and where each came from.
type Reading struct {
	Settings
	from map[string]string // key -> place; absent: the default
}

// From is the place a key's value came from, or "" if it is the default.
func (r Reading) From(key string) string { return r.from[key] }

// Value is the value of a key as text for people: what may hold a password is
// hidden.
func (r Reading) Value(key string) string {
	k, _ := named(key)
	shown := k.at(&r.Settings).String()
	if u, err := url.Parse(shown); err == nil && u.User != nil {
		return u.Redacted()
	}
	return shown
}

// Read puts the sources over the defaults. The error names every fault with its
// place, and is casework's Invalid.
func Read(src Sources) (Reading, error) {
	r := reader{Reading: Reading{Settings: Defaults(), from: map[string]string{}}}
	r.file(src.File, src.Text)
	for _, line := range src.Env {
		name, v, _ := strings.Cut(line, "=")
		if v == "" || !strings.HasPrefix(name, "SERASI_") || slices.Contains(elsewhere, name) {
			continue
		}
		i := slices.IndexFunc(keys, func(k Key) bool { return k.Variable() == name })
		if i < 0 {
			r.fault("$"+name, "is no setting")
			continue
		}
		r.set(keys[i], v, "$"+name, "$"+name)
	}
	for _, k := range keys {
		if v, typed := src.Flags[k.Name]; typed {
			r.set(k, v, "--"+k.Name, "--"+k.Name)
		}
	}
	return r.Reading, casework.Faulty(r.faults...)
}

// Locate returns err with the place of each setting it blames in front of the
// setting's name, where one was given.
func (r Reading) Locate(err error) error {
	faults := slices.Clone(casework.Faults(err))
	if len(faults) == 0 {
		return err
	}
	for i, f := range faults {
		place := r.from[f.Field]
		switch _, is := named(f.Field); {
		case !is:
		case place == "":
			faults[i].Field = "--" + f.Field
		case strings.HasPrefix(place, "-") || strings.HasPrefix(place, "$"):
			faults[i].Field = place
		default:
			faults[i].Field = place + ": " + f.Field
		}
	}
	return casework.Faulty(faults...)
}

// Changed names the keys whose values differ between r and next: those that a
// running node can take, and those that need a restart.
func (r Reading) Changed(next Reading) (live, restart []string) {
	for _, k := range keys {
		switch {
		case k.at(&r.Settings).String() == k.at(&next.Settings).String():
		case k.Live:
			live = append(live, k.Name)
		default:
			restart = append(restart, k.Name)
		}
	}
	return live, restart
}

// Text is s as a file: what differs from the defaults, a line each.
func (s Settings) Text() []byte {
	var b bytes.Buffer
	for _, k := range keys {
		v := k.at(&s)
		if v.String() == k.Default() {
			continue
		}
		line, err := yaml.Marshal(map[string]any{k.Name: plain(v)})
		if err != nil { // text, numbers and booleans always have a form
			continue
		}
		b.Write(line)
	}
	return b.Bytes()
}

func plain(v value) any {
	switch v := v.(type) {
	case yes:
		return *v.to
	case count:
		return *v.to
	default:
		return v.String()
	}
}

func named(name string) (Key, bool) {
	for _, k := range keys {
		if k.Name == name || k.old != "" && k.old == name {
			return k, true
		}
	}
	return Key{}, false
}

type reader struct {
	Reading
	faults []casework.Fault
}

func (r *reader) fault(place, format string, args ...any) {
	r.faults = append(r.faults, casework.Fault{Field: place, Words: fmt.Sprintf(format, args...)})
}

// set gives a key a value; blamed is what a fault is filed under, place where
// the value is said to come from.
func (r *reader) set(k Key, v, blamed, place string) {
	if err := k.at(&r.Settings).Set(v); err != nil {
		r.fault(blamed, "%v", err)
		return
	}
	r.from[k.Name] = place
}

func (r *reader) file(name string, text []byte) {
	d := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	switch err := d.Decode(&doc); {
	case errors.Is(err, io.EOF): // empty, or comments only
		return
	case err != nil:
		r.fault(name, "is not YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
		return
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		r.fault(name, "holds more than one document")
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		if top.Tag != "!!null" {
			r.fault(name, "must be lines of NAME: VALUE")
		}
		return
	}
	for i := 0; i+1 < len(top.Content); i += 2 {
		r.line(name, top.Content[i], top.Content[i+1])
	}
}

// line takes one line of the file.
func (r *reader) line(name string, key, v *yaml.Node) {
	place := fmt.Sprintf("%s:%d", name, key.Line)
	blamed := place + ": " + key.Value
	k, known := named(key.Value)
	switch {
	case !known:
		r.fault(blamed, "is no setting")
	case r.from[k.Name] != "":
		r.fault(blamed, "stands twice, first at %s", r.from[k.Name])
	case v.Kind != yaml.ScalarNode:
		r.fault(blamed, "must be one value")
	default:
		r.set(k, v.Value, blamed, place)
	}
}
