package ui

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"serasi/node/casework"
)

// A Form is what stands in a form: what was typed, and what is wrong with it.
// Fields read their values and faults from it, and tell it their labels, so
// that the summary above the page can name them.
type Form struct {
	Values url.Values
	Faults []casework.Fault // said in the visitor's language
	Words  string           // what is wrong with the form as a whole
	Draft  string           // name that its draft is kept under, or ""
	Case   casework.CaseID  // case that the draft belongs to, if it is known
	Found  bool             // Values come from a draft
	Action string           // where it is sent
	labels map[string]string
}

// NewForm returns a form that shows values. nil is an empty form.
func NewForm(values url.Values) *Form {
	if values == nil {
		values = url.Values{}
	}
	return &Form{Values: values, labels: map[string]string{}}
}

// Value returns what stands in a field.
func (f *Form) Value(name string) string { return f.Values.Get(name) }

// Has reports whether value is chosen in a field.
func (f *Form) Has(name, value string) bool { return slices.Contains(f.Values[name], value) }

// Set puts a value into a field that is empty.
func (f *Form) Set(name, value string) {
	if !f.Values.Has(name) {
		f.Values.Set(name, value)
	}
}

// SetDate puts a date of the form 2006-01-02, 2006-01 or 2006 into the three
// parts of a date field that is empty.
func (f *Form) SetDate(name, iso string) {
	parts := append(strings.SplitN(iso, "-", 3), "", "")
	for i, part := range []string{"y", "m", "d"} {
		f.Set(name+"."+part, strings.TrimLeft(parts[i], "0"))
	}
}

// Date returns what stands in a date field as 2006-01-02, or only as much of it
// as was filled in. What is no number comes back as typed, to be refused.
func (f *Form) Date(name string) string {
	y, m, d := f.Trim(name+".y"), f.Trim(name+".m"), f.Trim(name+".d")
	switch {
	case y == "" && m == "" && d == "":
		return ""
	case m == "" && d == "":
		return y
	case d == "":
		return y + "-" + two(m)
	}
	return y + "-" + two(m) + "-" + two(d)
}

func two(s string) string {
	if len(s) == 1 {
		return "0" + s
	}
	return s
}

// Trim returns what stands in a field without blanks around it.
func (f *Form) Trim(name string) string { return strings.TrimSpace(f.Values.Get(name)) }

// Bad reports whether anything is wrong with the form.
func (f *Form) Bad() bool { return f != nil && (len(f.Faults) > 0 || f.Words != "") }

// Fault returns what is wrong with a field, or "".
func (f *Form) Fault(name string) string {
	for _, x := range f.Faults {
		if x.Field == name {
			return x.Words
		}
	}
	return ""
}

// label notes how a field is called on the page.
func (f *Form) label(name, label string) string {
	if f.labels == nil {
		f.labels = map[string]string{}
	}
	f.labels[name] = label
	return label
}

// Called changes how the summary of errors calls a field, once it stands on the
// page: a label that is clear in its row is not clear above the page.
func (f *Form) Called(name, label string) {
	f.label(name, label)
}

// fieldID is the id of a field's element.
func fieldID(name string) string { return "f-" + strings.NewReplacer(" ", "-", "/", "-").Replace(name) }

// describedBy names the elements that say more about a field.
func (f *Form) describedBy(name, hint string) string {
	var ids []string
	if hint != "" {
		ids = append(ids, fieldID(name)+"-hint")
	}
	if f.Fault(name) != "" {
		ids = append(ids, fieldID(name)+"-err")
	}
	return strings.Join(ids, " ")
}

// A FieldProps is what a field may have beside its name and its label.
type FieldProps struct {
	Hint         string
	Type         string // text if empty
	Autocomplete string // off if empty: case data is not the browser's to keep
	InputMode    string
	Width        string // short, medium or "" for full
	Rows         int    // of a text area; 5 if zero
	Max          int    // length in characters, if there is a limit
	Optional     bool   // the label says so
	Lang         string
	Accept       string // of a file
	Inline       bool   // choices stand beside each other
}

func (p FieldProps) kind() string {
	if p.Type == "" {
		return "text"
	}
	return p.Type
}

func (p FieldProps) complete() string {
	if p.Autocomplete == "" {
		return "off"
	}
	return p.Autocomplete
}

func (p FieldProps) rows() int {
	if p.Rows == 0 {
		return 5
	}
	return p.Rows
}

// An Option is one choice of a list.
type Option struct {
	Value string
	Label string
	Hint  string
}

// choiceID is the id of the nth choice; the first has the id of the field, so
// that the summary of errors leads there.
func choiceID(name string, i int) string {
	if i == 0 {
		return fieldID(name)
	}
	return fieldID(name) + "-" + strconv.Itoa(i)
}
