package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
)

func (s *Site) formRoutes() {
	s.page("GET /kasus/{id}/formulir", (*visit).sheetsPage)
	s.page("POST /kasus/{id}/formulir", (*visit).beginSheet)
	s.page("GET /kasus/{id}/formulir/{sheet}", (*visit).sheetPage)
	s.page("GET /kasus/{id}/formulir/{sheet}/{section}", (*visit).sectionPage)
	s.page("POST /kasus/{id}/formulir/{sheet}/{section}", (*visit).saveSection)
	s.page("POST /kasus/{id}/formulir/{sheet}/tanda-tangan", (*visit).signSheet)
	s.page("GET /kasus/{id}/asesmen", (*visit).assessmentPage)
	s.page("GET /formulir", (*visit).libraryPage)
	s.menu(70, "/formulir", "form.nav", s.who(casework.SetUp))
	s.page("POST /formulir", (*visit).putForm)
	s.page("GET /formulir/{code}/{version}", (*visit).downloadForm)
}

func (v *visit) sheetsPage() error { return v.showSheets(v.plain(), "") }

// assessmentPage leads to the assessment of the case, or offers to begin it.
func (v *visit) assessmentPage() error { return v.formOf(casework.FormAssessment) }

// formOf leads to the newest sheet of a form, if it is still open, else shows
// what there is of that form.
func (v *visit) formOf(code string) error {
	list, err := v.cfg.Forms.Sheets(v.ctx, v.by, v.caseID())
	if err != nil {
		return err
	}
	for _, s := range list.Sheets {
		if c, _, _, _ := s.Sheet.Form.Split(); c == code && s.Ended.IsZero() {
			return v.to(v.casePath("formulir", string(s.Sheet.ID)))
		}
	}
	return v.showSheets(v.plain(), code)
}

// showSheets lists the forms of the case, of one code or all.
func (v *visit) showSheets(form *ui.Form, code string) error {
	f, err := v.file()
	if err != nil {
		return err
	}
	list, err := v.cfg.Forms.Sheets(v.ctx, v.by, v.caseID())
	if err != nil {
		return err
	}
	title := v.t("casefile.part.formulir")
	if code != "" {
		list = onlyCode(list, code)
		for _, o := range list.Offered {
			title = o.Title.In(v.look.Lang)
		}
	}
	form.Action = v.casePath("formulir")
	return v.show(ui.PageProps{Title: title, Form: form}, sheetsBody(v, form, f, list))
}

func onlyCode(list casework.CaseForms, code string) casework.CaseForms {
	var sheets []casework.SheetCard
	for _, s := range list.Sheets {
		if c, _, _, _ := s.Sheet.Form.Split(); c == code {
			sheets = append(sheets, s)
		}
	}
	var offered []casework.FormCard
	for _, o := range list.Offered {
		if o.Code == code {
			offered = append(offered, o)
		}
	}
	list.Sheets, list.Offered = sheets, offered
	return list
}

func (v *visit) beginSheet() error {
	form := v.plain()
	s, err := v.cfg.Forms.Begin(v.ctx, v.by, v.caseID(), form.Value("form"))
	if v.mend(form, err) {
		return v.showSheets(form, "")
	}
	if err != nil {
		return err
	}
	return v.to(v.casePath("formulir", string(s.ID)))
}

// sheetID is the sheet that the address names.
func (v *visit) sheetID() casework.SheetID { return casework.SheetID(v.part("sheet")) }

func (v *visit) sheetPage() error {
	if !casework.IsID(v.part("sheet")) { // "F2": the form of that code
		return v.formOf(v.part("sheet"))
	}
	view, err := v.cfg.Forms.Sheet(v.ctx, v.by, v.caseID(), v.sheetID())
	if err != nil {
		return err
	}
	return v.showSheet(v.plain(), view)
}

func (v *visit) showSheet(form *ui.Form, view casework.SheetView) error {
	form.Action = v.casePath("formulir", string(view.Sheet.ID), "tanda-tangan")
	who, _ := v.people()
	return v.show(ui.PageProps{Title: view.Form.Title.In(v.look.Lang), Form: form}, sheetBody(v, form, view, who))
}

// sectionTasks are the sections of a sheet as a list of tasks.
func (v *visit) sectionTasks(view casework.SheetView) (out []ui.Task) {
	for i, s := range view.Form.Sections {
		state := view.Sections[i]
		t := ui.Task{Title: s.Title.In(v.look.Lang), State: v.t("form.state." + string(state.State)), Kind: ui.Plain}
		switch {
		case state.Hidden:
			t.State, t.Kind = v.t("form.hidden"), ui.Wait
		case state.State == casework.Filled:
			t.Kind = ui.Good
		case state.State == casework.Partly:
			t.Kind = ui.Wait
		}
		if !state.Hidden {
			t.Href = v.casePath("formulir", string(view.Sheet.ID), s.Key)
		}
		switch s.Class {
		case casework.Specific:
			t.Hint = v.t("form.specific")
		case casework.Secret:
			t.Hint = v.t("form.secret")
		}
		out = append(out, t)
	}
	return out
}

func (v *visit) signSheet() error {
	form := v.plain()
	g := casework.FormSignature{Profession: form.Value("profession"), Name: form.Trim("name")}
	s, err := v.cfg.Forms.Sign(v.ctx, v.by, v.caseID(), v.sheetID(), g)
	if errors.Is(err, casework.Invalid) {
		view, failed := v.cfg.Forms.Sheet(v.ctx, v.by, v.caseID(), v.sheetID())
		if failed != nil {
			return failed
		}
		v.mend(form, err)
		for i, x := range form.Faults { // section.field becomes what the form calls it
			form.Faults[i].Field = v.fieldName(view.Form, x.Field)
		}
		return v.showSheet(form, view)
	}
	if err != nil {
		return err
	}
	told := v.t("form.signed.team")
	if !s.Ended().IsZero() && g.Profession == casework.SocialWorker {
		told = v.t("form.signed")
	}
	return v.done(nil, v.casePath("formulir", string(s.ID)), told)
}

func (v *visit) fieldName(form casework.Form, field string) string {
	section, key, _ := strings.Cut(field, ".")
	s, ok := form.Section(section)
	if !ok {
		return v.code("form", field)
	}
	f, _ := s.At(key)
	return s.Title.In(v.look.Lang) + ": " + f.Label.In(v.look.Lang)
}

// sectionOf finds the section that the address names.
func (v *visit) sectionOf() (casework.SheetView, int, error) {
	view, err := v.cfg.Forms.Sheet(v.ctx, v.by, v.caseID(), v.sheetID())
	if err != nil {
		return view, 0, err
	}
	for i, s := range view.Form.Sections {
		if s.Key != v.part("section") {
			continue
		}
		if view.Sections[i].Hidden {
			return view, i, casework.Forbidden.Because("this part of the case needs a grant that you do not have")
		}
		return view, i, nil
	}
	return view, 0, casework.NotFound.Because("there is no such section in this form")
}

// draftName keeps the drafts of two sections apart.
func (v *visit) draftName() string { return "f-" + v.part("sheet")[:8] + "-" + v.part("section") }

func (v *visit) sectionPage() error {
	view, i, err := v.sectionOf()
	if err != nil {
		return err
	}
	form := v.form(v.draftName(), v.caseID())
	if a := view.Sections[i].Answer; a != nil {
		if !form.Found {
			fill(form, "", view.Form.Sections[i], a.Values)
		}
		form.Set("_versi", strconv.FormatUint(a.Version, 10))
	}
	form.Set("_versi", "0")
	return v.showSection(http.StatusOK, form, view, i, nil)
}

func (v *visit) showSection(status int, form *ui.Form, view casework.SheetView, i int, pairs []pair) error {
	s := view.Form.Sections[i]
	if form.Bad() && status == http.StatusOK {
		status = http.StatusUnprocessableEntity
	}
	p := ui.PageProps{Title: view.Form.Title.In(v.look.Lang), Head: s.Title.In(v.look.Lang), Form: form}
	return v.write(status, p, sectionBody(v, form, view, i, pairs))
}

// saveSection stores one section and leads on to the next.
func (v *visit) saveSection() error {
	view, i, err := v.sectionOf()
	if err != nil {
		return err
	}
	form := v.form(v.draftName(), v.caseID())
	if reshaped, err := v.reshape(form); reshaped {
		return err
	}
	s := view.Form.Sections[i]
	_, err = v.cfg.Forms.Save(v.ctx, v.by, v.caseID(), v.sheetID(), s.Key, v.version(), answersOf(form, "", s))
	if both, ok := casework.BothVersions(err); ok {
		current, known := both.Current.(casework.FormAnswer)
		yours, same := both.Yours.(casework.FormAnswer)
		if !known || !same {
			return err
		}
		// The reader sees both and decides: what is sent next is against what
		// is stored now.
		form.Values.Set("_versi", strconv.FormatUint(current.Version, 10))
		form.Words = v.say(err)
		return v.showSection(http.StatusConflict, form, view, i, v.differing(view.Form, s, current.Values, yours.Values))
	}
	if v.mend(form, err) {
		return v.showSection(http.StatusOK, form, view, i, nil)
	}
	if err != nil {
		return err
	}
	next := v.casePath("formulir", string(view.Sheet.ID))
	if form.Value("lanjut") != "" {
		for j := i + 1; j < len(view.Sections); j++ {
			if !view.Sections[j].Hidden {
				next = v.casePath("formulir", string(view.Sheet.ID), view.Form.Sections[j].Key)
				break
			}
		}
	}
	return v.done(form, next, v.t("form.saved", "section", s.Title.In(v.look.Lang)))
}

// differing are the answers that two people gave differently.
func (v *visit) differing(form casework.Form, s casework.Section, theirs, yours casework.Values) (out []pair) {
	for _, f := range s.Fields {
		if f.Kind == casework.FieldRows {
			out = append(out, v.differingRows(form, s, f, theirs, yours)...)
			continue
		}
		a, b := v.answerWords(form, f, theirs[f.Key]), v.answerWords(form, f, yours[f.Key])
		if a != b {
			out = append(out, pair{f.Label.In(v.look.Lang), a, b})
		}
	}
	return out
}

// answerWords is an answer as it is read.
func (v *visit) answerWords(form casework.Form, f casework.Field, values []string) string {
	var out []string
	for _, value := range values {
		switch {
		case value == casework.NotYet:
			value = v.t("claim.unknown")
		case f.Kind == casework.FieldYesNo:
			value = v.code("form.answer", value)
		case f.Kind == casework.FieldDate:
			if b, err := casework.ParseBorn(value); err == nil {
				value = words.Date(v.ctx, b.First)
			}
		default:
			for _, o := range allOptions(form, f) {
				if o.Code == value {
					value = o.Label().In(v.look.Lang)
				}
			}
		}
		out = append(out, value)
	}
	if f.Unit != "" && len(out) > 0 {
		return strings.Join(out, ", ") + " " + f.Unit
	}
	return strings.Join(out, ", ")
}

func allOptions(form casework.Form, f casework.Field) []casework.Option {
	if f.List != "" {
		return form.Lists[f.List]
	}
	return f.Options
}

// fill puts answers into the fields of a section; their names begin with prefix.
func fill(form *ui.Form, prefix string, s casework.Section, values casework.Values) {
	for _, f := range s.Fields {
		name := prefix + f.Key
		if f.Kind == casework.FieldRows {
			fillRows(form, name, f, values)
		}
		for _, value := range values[f.Key] {
			switch {
			case value == casework.NotYet && !listed(f):
				form.Values.Set(name+"._belum", "1")
			case f.Kind == casework.FieldDate:
				form.SetDate(name, value)
			default:
				form.Values.Add(name, value)
			}
		}
	}
}

// answersOf reads the answers of a section from its form.
func answersOf(form *ui.Form, prefix string, s casework.Section) casework.Values {
	out := casework.Values{}
	for _, f := range s.Fields {
		name := prefix + f.Key
		switch {
		case f.Kind == casework.FieldRows:
			readRows(form, name, f, out)
		case form.Value(name+"._belum") != "":
			out[f.Key] = []string{casework.NotYet}
		case f.Kind == casework.FieldDate:
			if day := form.Date(name); day != "" {
				out[f.Key] = []string{day}
			}
		case f.Kind == casework.FieldNumber || f.Kind == casework.FieldScale:
			if n := form.Trim(name); n != "" {
				out[f.Key] = []string{strings.ReplaceAll(n, ",", ".")}
			}
		default:
			if list := chosen[string](form, name); len(list) > 0 {
				out[f.Key] = list
			}
		}
	}
	return out
}

// listed reports whether a field is answered from a list, in which "not known
// yet" stands too.
func listed(f casework.Field) bool {
	switch f.Kind {
	case casework.FieldChoice, casework.FieldScore, casework.FieldYesNo, casework.FieldMulti:
		return true
	}
	return false
}

// choicesOf are the options of a field on the day of the visit. What was
// answered stays among them.
func (v *visit) choicesOf(form casework.Form, f casework.Field, now []string) (out []ui.Option) {
	if f.Kind == casework.FieldYesNo {
		out = []ui.Option{{Value: casework.Yes, Label: v.t("form.answer.yes")}, {Value: casework.No, Label: v.t("form.answer.no")}}
	}
	if f.Kind == casework.FieldScale {
		for n := int(*f.Min); n <= int(*f.Max); n++ {
			out = append(out, ui.Option{Value: strconv.Itoa(n), Label: strconv.Itoa(n)})
		}
		return out
	}
	today := form.Choices(f, v.now().In(v.cfg.Zone))
	for _, o := range allOptions(form, f) {
		valid := false
		for _, t := range today {
			valid = valid || t.Code == o.Code
		}
		for _, was := range now {
			valid = valid || was == o.Code
		}
		if valid {
			out = append(out, ui.Option{Value: o.Code, Label: o.Label().In(v.look.Lang)})
		}
	}
	return append(out, ui.Option{Value: casework.NotYet, Label: v.t("claim.unknown")})
}

// hintOf is what stands under a label: the hint of the form, and when the
// question is asked. Without script all are shown.
func (v *visit) hintOf(form casework.Form, s casework.Section, f casework.Field) string {
	parts := []string{}
	if f.When != nil {
		on, _ := s.Field(f.When.Field)
		var values []string
		for _, is := range f.When.Is {
			values = append(values, v.answerWords(form, casework.Field{Kind: on.Kind, Options: on.Options, List: on.List}, []string{is}))
		}
		parts = append(parts, v.t("form.when", "question", on.Label.In(v.look.Lang), "answer", strings.Join(values, " / ")))
	}
	if hint := f.Hint.In(v.look.Lang); hint != "" {
		parts = append(parts, hint)
	}
	if f.Unit != "" {
		parts = append(parts, v.t("form.unit", "unit", f.Unit))
	}
	return strings.Join(parts, " ")
}

// resultWords is a score in words.
func (v *visit) resultWords(r casework.Result) string {
	if !r.Known {
		return v.t("form.score.open", "answered", r.Answered, "of", r.Of)
	}
	return words.Of(v.ctx).Number(r.Value, 1) + withMeaning(r.Meaning.In(v.look.Lang))
}

func withMeaning(s string) string {
	if s == "" {
		return ""
	}
	return " · " + s
}
