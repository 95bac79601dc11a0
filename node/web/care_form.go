package web

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
)

// The kinds of a careInput.
const (
	inLine   = "line"
	inText   = "text"
	inLines  = "lines" // one entry a line
	inDay    = "day"
	inPick   = "pick"
	inNumber = "number"
	inCheck  = "check"
	inGoal   = "goal"   // a line of the plan in force
	inUser   = "user"   // somebody who works here
	inBed    = "bed"    // a free bed
	inPeople = "people" // who took part
)

// A careInput is one field of a form about care. Its name is that of the field
// in the record, so that faults find it. Its label is "care.f." and label, or
// name.
type careInput struct {
	name, kind string
	label      string
	list       string   // of a pick: the catalogue's name of the codes
	codes      []string // of a pick
	optional   bool
	shown      bool // in the list of records
}

func (in careInput) word() string {
	if in.label != "" {
		return in.label
	}
	return in.name
}

// label is the name of a field.
func (v *visit) inputLabel(in careInput) string { return v.t("care.f." + in.word()) }

func (v *visit) inputProps(in careInput) ui.FieldProps {
	p := ui.FieldProps{Optional: in.optional}
	if id := "care.h." + in.word(); words.Has(v.ctx, id) {
		p.Hint = v.t("care.h." + in.word())
	}
	if in.kind == inNumber {
		p.InputMode, p.Width = "numeric", "short"
	}
	return p
}

// options are the choices of a pick.
func (v *visit) inputOptions(in careInput, f casework.CareFile) []ui.Option {
	var out []ui.Option
	switch in.kind {
	case inUser:
		return v.staffOptions()
	case inBed:
		return v.bedOptions()
	case inGoal:
		out = append(out, ui.Option{Label: v.t("care.goal.none")})
		if f.Plan.Current != nil {
			for _, g := range f.Plan.Current.Data.Goals {
				out = append(out, ui.Option{Value: string(g.ID), Label: g.Component + " · " + g.Activity})
			}
		}
		return out
	}
	if in.optional {
		out = append(out, ui.Option{Label: v.t("care.none")})
	}
	for _, c := range in.codes {
		out = append(out, ui.Option{Value: c, Label: words.Code(v.ctx, "care."+in.list, c)})
	}
	return out
}

// mostPeople is how many lines for people a conference shows; more are given
// once these are full.
const mostPeople = 4

// peopleLines is how many lines for people a form shows.
func peopleLines(f *ui.Form) int {
	n := 0
	for i := range casework.MaxPeople {
		if f.Trim(fmt.Sprintf("people.%d.name", i)) != "" {
			n = i + 1
		}
	}
	return min(max(mostPeople, n+2), casework.MaxPeople)
}

// fillCare puts a record into the fields of a form that are still empty.
func fillCare(f *ui.Form, inputs []careInput, data any) {
	fields, people := flat(data), []casework.Participant(nil)
	if c, ok := data.(casework.Conference); ok {
		people = c.People
	}
	for _, in := range inputs {
		switch in.kind {
		case inDay:
			f.SetDate(in.name, fields[in.name])
		case inLines:
			f.Set(in.name, strings.ReplaceAll(fields[in.name], ", ", "\n"))
		case inCheck:
			if fields[in.name] == "true" {
				f.Set(in.name, "1")
			}
		case inPeople:
			for i, p := range people {
				at := fmt.Sprintf("people.%d.", i)
				f.Set(at+"name", p.Name)
				f.Set(at+"role", p.Role)
				f.Set(at+"agency", p.Agency)
			}
		case inNumber:
			if fields[in.name] != "0" {
				f.Set(in.name, fields[in.name])
			}
		default:
			f.Set(in.name, fields[in.name])
		}
	}
}

// readCare makes a record of what stands in the fields of a form. Numbers that are
// none are faults; all else is for the use case to judge.
func readCare[T any](f *ui.Form, inputs []careInput) (T, error) {
	var out T
	fields := map[string]any{}
	var faults []casework.Fault
	for _, in := range inputs {
		switch typed := f.Trim(in.name); in.kind {
		case inDay:
			fields[in.name] = f.Date(in.name)
		case inLines:
			fields[in.name] = entries(typed)
		case inCheck:
			fields[in.name] = typed != ""
		case inPeople:
			fields[in.name] = readPeople(f)
		case inNumber:
			n, err := strconv.ParseInt(strings.NewReplacer(".", "", " ", "", "Rp", "").Replace(typed), 10, 64)
			if err != nil && typed != "" {
				faults = append(faults, casework.Fault{Field: in.name, Words: "is not a number"})
			}
			fields[in.name] = n
		default:
			fields[in.name] = typed
		}
	}
	raw, err := json.Marshal(fields)
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		return out, fmt.Errorf("read a form: %w", err)
	}
	return out, casework.Faulty(faults...)
}

// entries are the entries of a text with one a line.
func entries(s string) []string {
	out := []string{}
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func readPeople(f *ui.Form) []casework.Participant {
	out := []casework.Participant{}
	for i := range casework.MaxPeople {
		at := fmt.Sprintf("people.%d.", i)
		p := casework.Participant{Role: f.Trim(at + "role"), Name: f.Trim(at + "name"), Agency: f.Trim(at + "agency")}
		if p.Name != "" || p.Agency != "" {
			out = append(out, p)
		}
	}
	return out
}

// cell is how a field of a record is written in a list.
func (v *visit) cell(in careInput, fields map[string]string) string {
	s := fields[in.name]
	switch in.kind {
	case inDay:
		return v.day(casework.Day(s))
	case inPick:
		if s == "" {
			return ""
		}
		return words.Code(v.ctx, "care."+in.list, s)
	case inUser:
		return v.nameOf(casework.UserID(s))
	case inNumber:
		if s == "0" {
			return ""
		}
	}
	return s
}

// withNone are the choices of a field, with an empty one where something must
// be chosen and nothing has been.
func (v *visit) withNone(in careInput, f casework.CareFile) []ui.Option {
	out := v.inputOptions(in, f)
	if in.kind == inPick && !in.optional {
		out = append([]ui.Option{{Label: v.t("care.choose")}}, out...)
	}
	return out
}

// conferenceRoles are what somebody may be at a conference.
func (v *visit) conferenceRoles() []ui.Option {
	out := []ui.Option{{Label: v.t("care.choose")}}
	for _, r := range casework.ConferenceRoles {
		out = append(out, ui.Option{Value: r, Label: words.Code(v.ctx, "care.role", r)})
	}
	return out
}

// pairLabel is the name of a field that differs in a stale edit.
func (v *visit) pairLabel(inputs []careInput, name string) string {
	for _, in := range inputs {
		if in.name == name {
			return v.inputLabel(in)
		}
	}
	return words.Code(v.ctx, "field", name)
}

// shown are the fields that stand in the list.
func (k careSheet) shown() (out []careInput) {
	for _, in := range k.inputs {
		if in.shown {
			out = append(out, in)
		}
	}
	return out
}

// columns are the names of the columns of a list.
func (v *visit) columns(k careSheet) (out []string) {
	for _, in := range k.shown() {
		out = append(out, v.inputLabel(in))
	}
	return append(out, v.t("care.by"))
}

// servicesUnder are the services proposed under a component.
func servicesUnder(component string) (out []string) {
	for _, l := range casework.Catalogue() {
		if l.Component == component {
			out = append(out, l.Name)
		}
	}
	return out
}
