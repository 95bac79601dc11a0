package web

import (
	"net/http"
	"slices"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// A careSheet is one kind of record with its list and its form. The words of
// its pages begin with "care." and name.
type careSheet struct {
	path, name, part string
	inputs           []careInput
	rows             func(casework.Care) []careRow
	save             func(v *visit, row casework.CareID, version uint64, f *ui.Form) error
}

// A careRow is one record of any kind.
type careRow struct {
	id      casework.CareID
	version uint64
	balai   casework.BalaiCode
	by      casework.UserID
	written time.Time
	data    any
}

func sheetOf[T casework.Checked](
	path, name, part string, inputs []careInput, pick func(casework.Sheets) casework.Sheet[T], of func(casework.Care) []casework.Record[T],
) careSheet {
	return careSheet{
		path: path, name: name, part: part, inputs: inputs,
		rows: func(c casework.Care) (out []careRow) {
			for _, r := range slices.Backward(of(c)) {
				out = append(out, careRow{r.ID, r.Version, r.Balai, r.By, r.Written, r.Data})
			}
			return out
		},
		save: func(v *visit, row casework.CareID, version uint64, f *ui.Form) error {
			data, err := readCare[T](f, inputs)
			if err != nil {
				return err
			}
			sheet := pick(v.cfg.Care.Kept())
			if row == "" {
				_, err = sheet.Add(v.ctx, v.by, v.caseID(), data)
			} else {
				_, err = sheet.Edit(v.ctx, v.by, v.caseID(), row, version, data)
			}
			return err
		},
	}
}

// sheets are all kinds of record that are written one by one.
var sheets = []careSheet{
	sheetOf("layanan", "services", casework.PartServices, []careInput{
		{name: "day", kind: inDay, shown: true},
		{name: "component", kind: inPick, list: "component", codes: casework.Components, shown: true},
		{name: "activity", kind: inLine, shown: true},
		{name: "goal", kind: inGoal, optional: true},
		{name: "base", kind: inPick, list: "base", codes: casework.Bases, shown: true},
		{name: "amount", kind: inNumber, optional: true},
		{name: "unit", kind: inLine, optional: true},
		{name: "provider", kind: inLine, optional: true, shown: true},
		{name: "partner", kind: inLine, optional: true},
		{name: "remark", kind: inText, optional: true},
	}, func(s casework.Sheets) casework.Sheet[casework.Service] { return s.Services }, func(c casework.Care) []casework.Record[casework.Service] { return c.Services }),

	sheetOf("alat", "provisions", casework.PartServices, []careInput{
		{name: "kind", kind: inPick, label: "provision.kind", list: "provision", codes: casework.ProvisionKinds, shown: true},
		{name: "item", kind: inLine, shown: true},
		{name: "state", kind: inPick, list: "provision.state", codes: slices.Concat(casework.ProvisionStates(casework.ProvisionAid), casework.ProvisionStates(casework.ProvisionTraining)), shown: true},
		{name: "since", kind: inDay, shown: true},
		{name: "asked", kind: inDay, optional: true},
		{name: "goal", kind: inGoal, optional: true},
		{name: "partner", kind: inLine, optional: true},
		{name: "remark", kind: inText, optional: true},
	}, func(s casework.Sheets) casework.Sheet[casework.Provision] { return s.Provisions }, func(c casework.Care) []casework.Record[casework.Provision] { return c.Provisions }),

	sheetOf("konferensi", "conferences", casework.PartConference, []careInput{
		{name: "day", kind: inDay, shown: true},
		{name: "place", kind: inLine, optional: true, shown: true},
		{name: "topic", kind: inLine, optional: true, shown: true},
		{name: "people", kind: inPeople},
		{name: "decisions", kind: inText, shown: true},
	}, func(s casework.Sheets) casework.Sheet[casework.Conference] { return s.Conferences }, func(c casework.Care) []casework.Record[casework.Conference] { return c.Conferences }),

	sheetOf("kejadian", "incidents", casework.PartWelfare, []careInput{
		{name: "day", kind: inDay, shown: true},
		{name: "kind", kind: inPick, label: "incident.kind", list: "incident", codes: casework.IncidentKinds, shown: true},
		{name: "place", kind: inLine, optional: true},
		{name: "account", kind: inText, shown: true},
		{name: "done", kind: inText, optional: true, shown: true},
		{name: "told", kind: inLine, optional: true},
	}, func(s casework.Sheets) casework.Sheet[casework.Incident] { return s.Incidents }, func(c casework.Care) []casework.Record[casework.Incident] { return c.Incidents }),

	sheetOf("adminduk", "civil", casework.PartWelfare, []careInput{
		{name: "kind", kind: inPick, label: "civil.kind", list: "civil", codes: casework.CivilKinds, shown: true},
		{name: "state", kind: inPick, label: "civil.state", list: "civil.state", codes: casework.CivilStates, shown: true},
		{name: "since", kind: inDay, shown: true},
		{name: "office", kind: inLine, optional: true, shown: true},
		{name: "remark", kind: inText, optional: true},
	}, func(s casework.Sheets) casework.Sheet[casework.CivilPaper] { return s.Civil }, func(c casework.Care) []casework.Record[casework.CivilPaper] { return c.Civil }),

	sheetOf("program", "programmes", casework.PartWelfare, []careInput{
		{name: "code", kind: inPick, list: "programme", codes: casework.ProgrammeCodes, shown: true},
		{name: "state", kind: inPick, label: "programme.state", list: "programme.state", codes: casework.ProgrammeStates, shown: true},
		{name: "seen", kind: inDay, shown: true},
		{name: "source", kind: inLine, optional: true, shown: true},
		{name: "number", kind: inLine, optional: true},
		{name: "decile", kind: inNumber, optional: true},
	}, func(s casework.Sheets) casework.Sheet[casework.Programme] { return s.Programmes }, func(c casework.Care) []casework.Record[casework.Programme] { return c.Programmes }),

	sheetOf("pascalayanan", "visits", casework.PartEnding, []careInput{
		{name: "day", kind: inDay, shown: true},
		{name: "way", kind: inPick, list: "way", codes: casework.VisitWays, shown: true},
		{name: "month", kind: inNumber, optional: true, shown: true},
		{name: "condition", kind: inText, shown: true},
		{name: "livesWith", kind: inLine, optional: true},
		{name: "work", kind: inLine, optional: true},
		{name: "problems", kind: inText, optional: true},
		{name: "next", kind: inText, optional: true},
	}, func(s casework.Sheets) casework.Sheet[casework.Visit] { return s.Visits }, func(c casework.Care) []casework.Record[casework.Visit] { return c.Visits }),
}

func (s *Site) sheetRoutes(k careSheet) {
	at := "/kasus/{id}/" + k.path
	s.page("GET "+at, func(v *visit) error { return v.recordsPage(k) })
	s.page("GET "+at+"/baru", func(v *visit) error { return v.recordPage(k, nil, nil) })
	s.page("POST "+at+"/baru", func(v *visit) error { return v.saveRecord(k) })
	s.page("GET "+at+"/{row}", func(v *visit) error { return v.recordPage(k, nil, nil) })
	s.page("POST "+at+"/{row}", func(v *visit) error { return v.saveRecord(k) })
}

// recordsPage lists the records of a kind, newest first, 25 a page.
func (v *visit) recordsPage(k careSheet) error {
	file, err := v.carePart(k.part)
	if err != nil {
		return err
	}
	all := k.rows(file.Care)
	page, next := pageAfter(all, v.query("dari"), func(r careRow) string { return string(r.id) })
	return v.show(ui.PageProps{Title: v.t("care." + k.name)}, recordsBody(v, k, file, page, v.from(next)))
}

// pageAfter cuts a list into pages: those after the one with a mark.
func pageAfter[T any](all []T, after string, mark func(T) string) (page []T, next string) {
	if i := slices.IndexFunc(all, func(x T) bool { return mark(x) == after }); after != "" && i >= 0 {
		all = all[i+1:]
	}
	if len(all) > perPage {
		return all[:perPage], mark(all[perPage-1])
	}
	return all, ""
}

// recordPage is the form of one record, empty or as it is kept. f is what was
// sent and must be mended, and both what somebody else wrote meanwhile.
func (v *visit) recordPage(k careSheet, f *ui.Form, both []pair) error {
	file, err := v.carePart(k.part)
	if err != nil {
		return err
	}
	row := casework.CareID(v.part("row"))
	title := v.t("care." + k.name + ".new")
	var version uint64
	if f == nil {
		f = v.form("care "+k.name+" "+string(row), v.caseID())
	}
	if row != "" {
		title = v.t("care." + k.name + ".edit")
		all := k.rows(file.Care)
		i := slices.IndexFunc(all, func(r careRow) bool { return r.id == row })
		if i < 0 {
			return casework.NotFound.Because("there is no such record")
		}
		if v.r.Method == http.MethodGet {
			fillCare(f, k.inputs, all[i].data)
		}
		version = all[i].version
		if v.r.Method == http.MethodPost && both == nil {
			version = v.version() // a fault is mended on top of what was seen
		}
	} else if v.r.Method == http.MethodGet {
		v.today(f, k.inputs)
	}
	return v.careForm(careFormProps{title: title, file: file, f: f, inputs: k.inputs, version: version, both: both, back: k.path, backTo: "care." + k.name, catalogue: k.name == "services"})
}

// today puts this day into the first field for a day: most is written the day
// it happens.
func (v *visit) today(f *ui.Form, inputs []careInput) {
	for _, in := range inputs {
		if in.kind == inDay && !in.optional {
			f.SetDate(in.name, string(v.dayOf(v.now())))
			return
		}
	}
}

func (v *visit) saveRecord(k careSheet) error {
	row := casework.CareID(v.part("row"))
	f := v.form("care "+k.name+" "+string(row), v.caseID())
	err := k.save(v, row, v.version(), f)
	if v.mend(f, err) {
		return v.recordPage(k, f, nil)
	}
	if both, stale := v.clash(err); stale {
		return v.recordPage(k, f, both)
	}
	if err != nil {
		return err
	}
	return v.done(f, casePath(v.caseID(), k.path), v.t("care.saved"))
}

// careFormProps are what a form about care is made of.
type careFormProps struct {
	title     string
	head      string // id of a text above the form, or ""
	file      casework.CareFile
	f         *ui.Form
	inputs    []careInput
	version   uint64
	both      []pair // a stale edit: what differs
	back      string // page of the case it leads back to
	backTo    string // id of that page's name
	submit    string // id of the button; care.save if empty
	catalogue bool   // show the services to choose from
	bare      bool   // no case: the frame of the case is left out
}

// careForm shows a form: 200, 422 with faults, 409 beside another's text.
func (v *visit) careForm(p careFormProps) error {
	if !p.bare && p.file.Write != nil {
		return p.file.Write // nobody types what cannot be kept
	}
	page := ui.PageProps{Title: p.title, Form: p.f}
	if p.both != nil {
		return v.write(http.StatusConflict, page, careFormBody(v, p))
	}
	return v.show(page, careFormBody(v, p))
}
