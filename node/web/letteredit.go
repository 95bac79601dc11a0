package web

import (
	"strconv"
	"strings"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// partField names the text of a part, and rowField the value of a row, as the
// use case names them.
func partField(i int) string { return "parts." + strconv.Itoa(i) + ".text" }
func rowField(i, j int) string {
	return "parts." + strconv.Itoa(i) + ".rows." + strconv.Itoa(j) + ".value"
}

func (v *visit) letterForm(id casework.CaseID) *ui.Form { return v.form("surat-"+v.part("surat"), id) }

func (v *visit) editLetterPage() error {
	got, err := v.cfg.Letters.Get(v.ctx, v.by, v.letterID())
	if err != nil {
		return err
	}
	if !got.Edit {
		return v.to(letterPath(v.letterID()))
	}
	f := v.letterForm(got.Letter.Case)
	f.Set("_versi", strconv.FormatUint(got.Letter.Version, 10))
	return v.showLetterForm(f, got)
}

func (v *visit) showLetterForm(f *ui.Form, got casework.LetterView) error {
	l := got.Letter
	fresh := !f.Values.Has("subject")
	f.Action = letterPath(l.ID) + "/ubah"
	f.Set("nature", string(l.Nature))
	f.Set("subject", l.Subject)
	f.Set("enclosures", l.Enclosures)
	f.Set("class", l.Class)
	f.Set("to.name", l.To.Name)
	f.Set("to.place", l.To.Place)
	if l.To.Private && fresh {
		f.Set("to.private", "1")
	}
	f.Set("copies", strings.Join(l.Copies, "\n"))
	for i, p := range l.Parts {
		f.Set(partField(i), p.Text)
		for j, r := range p.Rows {
			f.Set(rowField(i, j), r.Value)
		}
	}
	s, err := v.cfg.Letters.Settings(v.ctx, v.by)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("letter.edit"), Head: v.t("letter.edit") + ": " + v.t("letter.kind."+string(l.Kind)), Form: f}, letterFormBody(v, f, got, s))
}

// letterPatch is what stands in the form, part by part as the letter has them.
func letterPatch(f *ui.Form, l casework.Letter) casework.LetterPatch {
	text := func(name string) *string {
		s := f.Trim(name)
		return &s
	}
	nature := casework.LetterNature(f.Value("nature"))
	copies := []string{}
	for line := range strings.Lines(f.Value("copies")) {
		if line = strings.TrimSpace(line); line != "" {
			copies = append(copies, line)
		}
	}
	to := l.To
	to.Name, to.Place, to.Private = f.Trim("to.name"), f.Trim("to.place"), f.Value("to.private") != ""
	p := casework.LetterPatch{
		Nature: &nature, Subject: text("subject"), Enclosures: text("enclosures"), Class: text("class"), To: &to, Copies: &copies,
	}
	for i, part := range l.Parts {
		changed := casework.LetterPart{Key: part.Key, Text: trimLines(f.Value(partField(i)))}
		for j, r := range part.Rows {
			changed.Rows = append(changed.Rows, casework.LetterRow{Name: r.Name, Value: trimLines(f.Value(rowField(i, j)))})
		}
		p.Parts = append(p.Parts, changed)
	}
	return p
}

// trimLines is a text as browsers send it, with the ends of lines as kept here.
func trimLines(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }

func (v *visit) editLetter() error {
	got, err := v.cfg.Letters.Get(v.ctx, v.by, v.letterID())
	if err != nil {
		return err
	}
	f := v.letterForm(got.Letter.Case)
	again := func(err error) (bool, error) {
		if !v.mend(f, err) {
			return false, err
		}
		for i, x := range f.Faults {
			if strings.HasPrefix(x.Field, "copies.") {
				f.Faults[i].Field = "copies"
			}
		}
		return true, v.showLetterForm(f, got)
	}
	saved, err := v.cfg.Letters.Edit(v.ctx, v.by, v.letterID(), v.version(), letterPatch(f, got.Letter))
	if shown, err := again(err); shown || err != nil {
		return err
	}
	if f.Value("lanjut") == "" {
		return v.done(f, letterPath(v.letterID()), v.t("letter.saved"))
	}
	f.Values.Set("_versi", strconv.FormatUint(saved.Letter.Version, 10)) // it is saved, whatever comes of the next step
	got = saved
	_, err = v.cfg.Letters.Act(v.ctx, v.by, v.letterID(), saved.Letter.Version, casework.LetterSubmit, "")
	if shown, err := again(err); shown || err != nil {
		return err
	}
	return v.done(f, letterPath(v.letterID()), v.t("letter.done.submit"))
}

// classOptions are the classification codes that hold, and the one chosen.
func (v *visit) classOptions(s casework.LetterSettings, chosen string) []ui.Option {
	out := []ui.Option{{Label: v.t("letter.class.usual")}}
	found := chosen == ""
	for _, c := range s.Classes {
		out = append(out, ui.Option{Value: c.Code, Label: strings.TrimSpace(c.Code + " " + c.Title)})
		found = found || c.Code == chosen
	}
	if !found {
		out = append(out, ui.Option{Value: chosen, Label: chosen})
	}
	return out
}

func (v *visit) natureOptions() (out []ui.Option) {
	for _, n := range []casework.LetterNature{casework.OrdinaryLetter, casework.UrgentLetter, casework.SecretLetter} {
		o := ui.Option{Value: string(n), Label: v.t("letter.nature." + string(n))}
		if n == casework.SecretLetter {
			o.Hint = v.t("letter.nature.secret.hint")
		}
		out = append(out, o)
	}
	return out
}

// partLabel names the text of a part: by its title, or as a paragraph.
func partLabel(p casework.LetterPart, paragraph string) string {
	if p.Title != "" {
		return p.Title
	}
	return paragraph
}
