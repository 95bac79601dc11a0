package casework

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"
)

//go:embed forms/*.json
var formFiles embed.FS

// Codes of forms that rules ask for.
const (
	FormIntake     = "F1"
	FormRapid      = "F2"
	FormAssessment = "F3"
	FormAgreement  = "F4"
)

// Keys of the intake and of the rapid assessment that rules ask for.
const (
	fieldDecision = "putusan" // layani, rujuk, informasi, tolak
	toServe       = "layani"
)

// Forms returns the forms that come with the program, by code. They are copies
// of one another's lists: do not change them.
func Forms() []Form { return slices.Clone(ownForms()) }

// FormOf returns a form that comes with the program.
func FormOf(ref FormRef) (Form, bool) {
	return pick(ownForms(), func(f Form) bool { return f.Ref() == ref })
}

// ownForms reads the embedded forms once. They are part of the program, so a
// broken one is a broken build: it panics, and the first test that asks says so.
var ownForms = sync.OnceValue(func() []Form {
	names, err := fs.Glob(formFiles, "forms/*.json")
	if err != nil {
		panic(err)
	}
	var out []Form
	for _, name := range names {
		raw, err := formFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		f, err := ReadForm(raw)
		if err != nil {
			panic(fmt.Errorf("%s: %w", name, err))
		}
		out = append(out, f)
	}
	slices.SortFunc(out, compareForms)
	return out
})

// compareForms orders by code, F2 before F10, then by version.
func compareForms(a, b Form) int {
	if d := len(a.Code) - len(b.Code); d != 0 && a.Code[:1] == b.Code[:1] {
		return d
	}
	if c := strings.Compare(a.Code, b.Code); c != 0 {
		return c
	}
	return a.Version - b.Version
}

// ReadForm reads the JSON of a form and checks it. A field it does not know is
// refused: somebody meant something by it.
func ReadForm(raw []byte) (Form, error) {
	var f Form
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return f, Invalid.Because("this is not the JSON of a form: %s", err.Error())
	}
	if d.More() {
		return f, Invalid.Because("there is more than one form in this JSON")
	}
	return f, Faulty(f.Check()...)
}

// FormFor returns the form that a sheet of a case was begun with: the program's,
// this balai's own, or one that came with the case. The error is NotFound.
func FormFor(tx Tx, id CaseID, ref FormRef) (Form, error) {
	if f, ok := FormOf(ref); ok {
		return f, nil
	}
	var f Form
	for _, at := range []struct {
		table Table
		owner CaseID
	}{{FormRows, NodeOwner}, {FormsThere, id}} {
		found, err := tx.Get(at.table, string(at.owner), string(ref), &f)
		if err != nil {
			return f, fmt.Errorf("read a form: %w", err)
		}
		if found {
			return f, nil
		}
	}
	return f, NotFound.Because("form %s is not known here", string(ref))
}

// Current returns the form of all that is filled in on the day of at under a
// code: the newest of a balai's own, else the newest that came with the program.
func Current(all []Form, code string, at time.Time) (Form, bool) {
	var best Form
	for _, f := range all {
		if f.Code != code || !f.InForce(at) {
			continue
		}
		own, bestOwn := f.Balai != "", best.Balai != ""
		if best.Code == "" || own && !bestOwn || own == bestOwn && f.Version > best.Version {
			best = f
		}
	}
	return best, best.Code != ""
}
