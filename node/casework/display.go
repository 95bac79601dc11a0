package casework

import (
	"slices"
	"strings"
)

// A Display is how somebody wants the pages. The zero value is nothing said: as
// usual, in the language that the browser asks for.
type Display struct {
	Lang   Language `json:"lang" enum:"id,en"`
	Theme  string   `json:"theme" enum:"auto,light,dark,kontras" doc:"kontras is black, white and yellow; auto as the device says"`
	Text   string   `json:"text" enum:"100,125,150" doc:"Size of the text, in per cent"`
	Motion string   `json:"motion" enum:"auto,still" doc:"still: nothing moves"`
	Font   string   `json:"font" enum:"system,atkinson"`
	Keys   string   `json:"keys" enum:"off,on" doc:"Shortcuts of the keyboard"`
}

// DisplayParts are the parts of a Display with what each may be, the usual one
// first, in the order in which they are kept.
var DisplayParts = []struct {
	Name    string
	Choices []string
}{
	{"lang", []string{"id", "en"}},
	{"theme", []string{"auto", "light", "dark", "kontras"}},
	{"text", []string{"100", "125", "150"}},
	{"motion", []string{"auto", "still"}},
	{"font", []string{"system", "atkinson"}},
	{"keys", []string{"off", "on"}},
}

// ReadDisplay reads what String made. What it does not say, or what nobody knows
// any more, is as usual; the language is then not said.
func ReadDisplay(kept string) Display {
	parts := make([]string, len(DisplayParts))
	copy(parts, strings.Split(kept, "."))
	for i, p := range DisplayParts {
		if slices.Contains(p.Choices, parts[i]) {
			continue
		}
		if parts[i] = ""; i > 0 {
			parts[i] = p.Choices[0]
		}
	}
	return displayOf(parts)
}

func displayOf(parts []string) Display {
	return Display{Language(parts[0]), parts[1], parts[2], parts[3], parts[4], parts[5]}
}

// Parts are the values of d in the order of DisplayParts.
func (d Display) Parts() []string {
	return []string{string(d.Lang), d.Theme, d.Text, d.Motion, d.Font, d.Keys}
}

// String is d as it is kept, with the account or in a cookie:
// id.auto.100.auto.system.off.
func (d Display) String() string { return strings.Join(d.Parts(), ".") }

// With returns d with those parts changed that chosen names and that may be so.
func (d Display) With(chosen func(part string) string) Display {
	parts := d.Parts()
	for i, p := range DisplayParts {
		if got := chosen(p.Name); slices.Contains(p.Choices, got) {
			parts[i] = got
		}
	}
	return displayOf(parts)
}

// Check returns a fault for each part that is none of its choices.
func (d Display) Check() (faults []Fault) {
	parts := d.Parts()
	for i, p := range DisplayParts {
		if !slices.Contains(p.Choices, parts[i]) {
			faults = append(faults, Fault{Field: p.Name, Words: "is not one of the choices"})
		}
	}
	return faults
}
