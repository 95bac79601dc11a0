package web

import (
	"errors"
	"slices"
	"strings"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
)

// A stayStep is one thing that can be done about where somebody lives.
type stayStep struct {
	path   string
	words  string // "care.stay." and this
	inputs []careInput
	living bool // for who has a bed here; else for who has none
	away   bool // for who is away; with living
	do     func(v *visit, f *ui.Form, inputs []careInput) error
}

var (
	bedInputs   = []careInput{{name: "bed", kind: inBed}, {name: "from", kind: inDay, label: "sincewhen"}, {name: "companion", kind: inCheck}}
	awayInputs  = []careInput{{name: "kind", kind: inPick, label: "absence.kind", list: "absence", codes: casework.AbsenceKinds}, {name: "where", kind: inLine, optional: true}, {name: "from", kind: inDay, label: "sincewhen"}}
	backInputs  = []careInput{{name: "day", kind: inDay}}
	leaveInputs = []careInput{{name: "left", kind: inPick, list: "left", codes: casework.LeavingKinds}, {name: "day", kind: inDay}}
)

type onDay struct {
	Day  casework.Day `json:"day"`
	Left string       `json:"left"`
}

// staySteps are all of them; which are offered follows from where the person is.
var staySteps = []stayStep{
	{path: "masuk", words: "admit", inputs: bedInputs, do: func(v *visit, f *ui.Form, in []careInput) error {
		a, err := readCare[casework.Admission](f, in)
		if err == nil {
			_, err = v.cfg.Care.Admit(v.ctx, v.by, v.caseID(), a)
		}
		return err
	}},
	{path: "pindah", words: "move", inputs: bedInputs, living: true, do: func(v *visit, f *ui.Form, in []careInput) error {
		a, err := readCare[casework.Admission](f, in)
		if err == nil {
			_, err = v.cfg.Care.MoveBed(v.ctx, v.by, v.caseID(), v.version(), a)
		}
		return err
	}},
	{path: "pergi", words: "away", inputs: awayInputs, living: true, do: func(v *visit, f *ui.Form, in []careInput) error {
		a, err := readCare[casework.Absence](f, in)
		if err == nil {
			_, err = v.cfg.Care.GoAway(v.ctx, v.by, v.caseID(), v.version(), a)
		}
		return err
	}},
	{path: "kembali", words: "back", inputs: backInputs, living: true, away: true, do: func(v *visit, f *ui.Form, in []careInput) error {
		d, err := readCare[onDay](f, in)
		if err == nil {
			_, err = v.cfg.Care.ComeBack(v.ctx, v.by, v.caseID(), v.version(), d.Day)
		}
		return err
	}},
	{path: "keluar", words: "leave", inputs: leaveInputs, living: true, do: func(v *visit, f *ui.Form, in []careInput) error {
		d, err := readCare[onDay](f, in)
		if err == nil {
			_, err = v.cfg.Care.Leave(v.ctx, v.by, v.caseID(), v.version(), d.Day, d.Left)
		}
		return err
	}},
}

func (s *Site) stayRoutes() {
	s.page("GET /kasus/{id}/hunian", (*visit).stayPage)
	for _, step := range staySteps {
		at := "/kasus/{id}/hunian/" + step.path
		s.page("GET "+at, func(v *visit) error { return v.stayForm(step, nil, nil) })
		s.page("POST "+at, func(v *visit) error { return v.saveStay(step) })
	}
	s.page("GET /hunian", (*visit).boardPage)
	s.menu(50, "/hunian", "care.board", s.who(casework.Find))
	s.page("GET /hunian/asrama", func(v *visit) error { return v.housePage(nil, nil) })
	s.page("POST /hunian/asrama", (*visit).saveHouse)
	s.page("GET /hunian/asrama/{row}", func(v *visit) error { return v.housePage(nil, nil) })
	s.page("POST /hunian/asrama/{row}", (*visit).saveHouse)
}

// stepsFor are the steps that somebody may take from where they are.
func stepsFor(file casework.CareFile) (out []stayStep) {
	now, living := casework.CurrentStay(file.Care.Stays, file.Here)
	away := living && now.Data.NowAway() != nil
	for _, s := range staySteps {
		switch {
		case s.living != living, s.away && !away, s.path == "pergi" && away:
		default:
			out = append(out, s)
		}
	}
	return out
}

func (v *visit) stayPage() error {
	file, err := v.carePart(casework.PartStay)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("care.stay")}, stayBody(v, file))
}

func (v *visit) stayForm(step stayStep, f *ui.Form, both []pair) error {
	file, err := v.carePart(casework.PartStay)
	if err != nil {
		return err
	}
	now, _ := casework.CurrentStay(file.Care.Stays, file.Here)
	version := now.Version
	if f == nil {
		f = v.form("care stay "+step.path, v.caseID())
		v.today(f, step.inputs)
	} else if both == nil {
		version = v.version()
	}
	return v.careForm(careFormProps{
		title: v.t("care.stay." + step.words), file: file, f: f, inputs: step.inputs, version: version, both: both, back: "hunian", backTo: "care.stay",
	})
}

func (v *visit) saveStay(step stayStep) error {
	f := v.form("care stay "+step.path, v.caseID())
	err := step.do(v, f, step.inputs)
	if v.mend(f, err) {
		return v.stayForm(step, f, nil)
	}
	if both, stale := casework.BothVersions(err); stale {
		return v.stayForm(step, f, v.bothStays(both))
	}
	if err != nil {
		return err
	}
	return v.done(f, casePath(v.caseID(), "hunian"), v.t("care.saved"))
}

// bothStays is where somebody lives by what a colleague wrote meanwhile, beside
// what the step would have made of it.
func (v *visit) bothStays(both casework.Versions) []pair {
	theirs, known := both.Current.(casework.Stay)
	yours, same := both.Yours.(casework.Stay)
	out := []pair{}
	if !known || !same {
		return out
	}
	a, b := v.stayWords(theirs), v.stayWords(yours)
	for i, name := range []string{"place", "sincewhen", "away", "until", "left"} {
		if a[i] != b[i] {
			out = append(out, pair{v.t("care.f." + name), a[i], b[i]})
		}
	}
	return out
}

// stayWords are the parts of a stay that steps change, as they are read.
func (v *visit) stayWords(s casework.Stay) [5]string {
	var away []string
	for _, a := range s.Away {
		away = append(away, v.absence(a))
	}
	return [5]string{s.Place, v.day(s.From), strings.Join(away, "; "), v.day(s.Until), words.Code(v.ctx, "care.left", s.Left)}
}

// bedOptions are the beds that are free.
func (v *visit) bedOptions() []ui.Option {
	out := []ui.Option{{Label: v.t("care.choose")}}
	board, err := v.cfg.Care.Board(v.ctx, v.by)
	if err != nil {
		v.cfg.Log.Warn("the beds could not be read", "request", v.id, "err", err)
	}
	for _, h := range board {
		for _, b := range h.Beds {
			if !b.Taken && !b.Bed.Closed {
				out = append(out, ui.Option{Value: string(b.Bed.ID), Label: bedName(h.House, b.Bed)})
			}
		}
	}
	return out
}

// bedName is house, room and bed.
func bedName(h casework.House, b casework.Bed) string {
	var parts []string
	for _, s := range []string{h.Site, h.Name, b.Room, b.Name} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

func (v *visit) boardPage() error {
	board, err := v.cfg.Care.Board(v.ctx, v.by)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("care.board"), Wide: true}, boardBody(v, board))
}

// limits say for whom a house is.
func (v *visit) limits(h casework.House) string {
	var parts []string
	if h.Sex != "" {
		parts = append(parts, v.t("sex."+h.Sex))
	}
	switch {
	case h.AgeMin > 0 && h.AgeMax > 0:
		parts = append(parts, v.t("care.house.ages", "from", h.AgeMin, "until", h.AgeMax))
	case h.AgeMin > 0:
		parts = append(parts, v.t("care.house.agemin", "from", h.AgeMin))
	case h.AgeMax > 0:
		parts = append(parts, v.t("care.house.agemax", "until", h.AgeMax))
	}
	if len(parts) == 0 {
		return v.t("care.house.all")
	}
	return strings.Join(parts, ", ")
}

var houseInputs = []careInput{
	{name: "name", kind: inLine, label: "house.name"},
	{name: "site", kind: inLine, optional: true},
	{name: "sex", kind: inPick, label: "house.sex", list: "house.sex", codes: []string{"L", "P"}, optional: true},
	{name: "ageMin", kind: inNumber, optional: true},
	{name: "ageMax", kind: inNumber, optional: true},
	{name: "beds", kind: inText},
}

// closedMark stands behind a bed that is out of use.
const closedMark = "*"

// bedLines writes the beds of a house, one a line: room / bed.
func bedLines(list []casework.Bed) string {
	var b strings.Builder
	for _, x := range list {
		if x.Room != "" {
			b.WriteString(x.Room + " / ")
		}
		b.WriteString(x.Name)
		if x.Closed {
			b.WriteString(" " + closedMark)
		}
		b.WriteString("\n")
	}
	return strings.TrimSpace(b.String())
}

// readBeds reads what bedLines wrote. A bed of the same room and name is the
// same bed.
func readBeds(text string, was []casework.Bed) []casework.Bed {
	out := []casework.Bed{}
	for _, line := range entries(text) {
		line, closed := strings.CutSuffix(line, closedMark)
		room, name, two := strings.Cut(line, "/")
		if !two {
			room, name = "", line
		}
		b := casework.Bed{Room: strings.TrimSpace(room), Name: strings.TrimSpace(name), Closed: closed}
		for _, old := range was {
			if old.Room == b.Room && old.Name == b.Name {
				b.ID = old.ID
			}
		}
		out = append(out, b)
	}
	return out
}

// house returns the house of the address, or an empty one.
func (v *visit) house() (casework.House, error) {
	row := casework.CareID(v.part("row"))
	if row == "" {
		return casework.House{}, nil
	}
	board, err := v.cfg.Care.Board(v.ctx, v.by)
	if err != nil {
		return casework.House{}, err
	}
	for _, h := range board {
		if h.House.ID == row {
			return h.House, nil
		}
	}
	return casework.House{}, casework.NotFound.Because("there is no such house")
}

func (v *visit) housePage(f *ui.Form, both []pair) error {
	h, err := v.house()
	if err != nil {
		return err
	}
	title := v.t("care.house.new")
	if h.ID != "" {
		title = v.t("care.house.edit")
	}
	version := h.Version
	if f == nil {
		f = v.form("care house "+string(h.ID), "")
		f.Set("beds", bedLines(h.Beds))
		fillCare(f, houseInputs[:5], h)
	} else if both == nil {
		version = v.version()
	}
	return v.careForm(careFormProps{title: title, f: f, inputs: houseInputs, version: version, both: both, back: "hunian", backTo: "care.board", bare: true})
}

func (v *visit) saveHouse() error {
	was, err := v.house()
	if err != nil {
		return err
	}
	f := v.form("care house "+string(was.ID), "")
	h, err := readCare[casework.House](f, houseInputs[:5])
	if err == nil {
		h.ID, h.Beds = was.ID, readBeds(f.Trim("beds"), was.Beds)
		_, err = v.cfg.Care.PutHouse(v.ctx, v.by, v.version(), h)
	}
	if errors.Is(err, casework.Invalid) {
		err = casework.Faulty(gathered(casework.Faults(err), "beds")...)
	}
	if v.mend(f, err) {
		return v.housePage(f, nil)
	}
	if both, stale := v.clash(err); stale {
		return v.housePage(f, append([]pair{}, both...))
	}
	if err != nil {
		return err
	}
	return v.done(f, "/hunian", v.t("care.saved"))
}

// gathered puts the faults of the entries of a field at the field itself.
func gathered(list []casework.Fault, field string) []casework.Fault {
	out := make([]casework.Fault, len(list))
	for i, x := range list {
		if strings.HasPrefix(x.Field, field+".") {
			x.Field = field
		}
		out[i] = x
	}
	return out
}

// stayFacts say where somebody lives now.
func (v *visit) stayFacts(s casework.Stay) []ui.Fact {
	facts := []ui.Fact{{Label: v.t("care.f.place"), Value: s.Place}, {Label: v.t("care.f.sincewhen"), Value: v.day(s.From)}}
	if s.Companion {
		facts = append(facts, ui.Fact{Label: v.t("care.f.companion"), Value: v.t("care.yes")})
	}
	if a := s.NowAway(); a != nil {
		facts = append(facts, ui.Fact{Label: v.t("care.f.away"), Value: v.absence(*a)})
	}
	return facts
}

// absence says where somebody was, and when.
func (v *visit) absence(a casework.Absence) string {
	said := words.Code(v.ctx, "care.absence", a.Kind)
	if a.Where != "" {
		said += " (" + a.Where + ")"
	}
	if a.Until == "" {
		return v.t("care.absence.since", "what", said, "from", v.day(a.From))
	}
	return v.t("care.absence.was", "what", said, "from", v.day(a.From), "until", v.day(a.Until))
}

// bedState says whether a bed is free.
func (v *visit) bedState(b casework.BedView) (kind, said string) {
	switch {
	case b.Away != "":
		return ui.Wait, words.Code(v.ctx, "care.absence", b.Away)
	case b.Taken:
		return ui.Plain, v.t("care.bed.taken")
	case b.Bed.Closed:
		return ui.Bad, v.t("care.bed.closed")
	}
	return ui.Good, v.t("care.bed.free")
}

func houseName(h casework.House) string {
	if h.Site == "" {
		return h.Name
	}
	return h.Site + ", " + h.Name
}

// newestFirst is a list the other way round.
func newestFirst[T any](list []T) []T {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}
