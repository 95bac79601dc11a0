package web

import (
	"slices"
	"strconv"
	"strings"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// Parts of the settings page, as the field "bagian" names them.
const (
	partHead       = "kop"
	partOfficial   = "pejabat"
	partDelegation = "kuasa"
	partNumbering  = "nomor"
	partClass      = "klasifikasi"
	partCopies     = "tembusan"
	partSite       = "alamat"
)

func (v *visit) letterSettingsPage() error { return v.showLetterSettings(v.plain()) }

func (v *visit) showLetterSettings(f *ui.Form) error {
	s, err := v.cfg.Letters.Settings(v.ctx, v.by)
	if err != nil {
		return err
	}
	var people []casework.Colleague
	if v.cfg.Staff != nil {
		if people, err = v.cfg.Staff(v.ctx, v.by); err != nil {
			return err
		}
	}
	f.Action = "/surat/pengaturan"
	f.Set("site", s.Site)
	return v.show(ui.PageProps{Title: v.t("letter.settings"), Form: f}, letterSettingsBody(v, f, s, people))
}

// changeLetterSettings adds one row to a list, or takes one out of it.
func (v *visit) changeLetterSettings() error {
	f := v.plain()
	s, err := v.cfg.Letters.Settings(v.ctx, v.by)
	if err != nil {
		return err
	}
	part := f.Value("bagian")
	if gone, err := strconv.Atoi(f.Value("hapus")); err == nil {
		dropSetting(&s, part, gone)
	} else {
		addSetting(f, &s, part)
	}
	version := v.version()
	if version != s.Version {
		return casework.Conflict.Because("someone else changed this meanwhile")
	}
	_, err = v.cfg.Letters.SetUp(v.ctx, v.by, version, s)
	if v.mend(f, err) {
		for i, x := range f.Faults {
			// The new row is the last of its list: its faults belong to the form.
			if _, field, found := lastField(x.Field); found {
				f.Faults[i].Field = part + "." + field
			}
		}
		return v.showLetterSettings(f)
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/surat/pengaturan", v.t("letter.settings.saved"))
}

// lastField takes heads.2.lines.0 apart into list, and field: lines.
func lastField(path string) (list, field string, ok bool) {
	p := strings.Split(path, ".")
	if len(p) < 3 {
		return "", "", false
	}
	return p[0], p[2], true
}

func dropSetting(s *casework.LetterSettings, part string, at int) {
	switch part {
	case partHead:
		s.Heads = without(s.Heads, at)
	case partOfficial:
		s.Officials = without(s.Officials, at)
	case partDelegation:
		s.Delegations = without(s.Delegations, at)
	case partNumbering:
		s.Numberings = without(s.Numberings, at)
	case partClass:
		s.Classes = without(s.Classes, at)
	case partCopies:
		s.Copies = without(s.Copies, at)
	}
}

func without[T any](list []T, at int) []T {
	if at < 0 || at >= len(list) {
		return list
	}
	return slices.Delete(slices.Clone(list), at, at+1)
}

func addSetting(f *ui.Form, s *casework.LetterSettings, part string) {
	in := func(name string) string { return f.Trim(part + "." + name) }
	span := casework.Span{From: f.Date(part + ".from"), Until: f.Date(part + ".until")}
	kinds := chosen[casework.LetterKind](f, part+".kinds")
	switch part {
	case partHead:
		s.Heads = append(s.Heads, casework.Letterhead{Span: span, Lines: linesOf(in("lines")), Address: in("address"), Contact: in("contact"), Place: in("place")})
	case partOfficial:
		s.Officials = append(s.Officials, casework.Official{Span: span, User: casework.UserID(in("user")), Name: in("name"), NIP: in("nip"), Office: in("office")})
	case partDelegation:
		s.Delegations = append(s.Delegations, casework.Delegation{
			Span: span, User: casework.UserID(in("user")), Form: in("form"), Office: in("office"), Under: in("under"), Name: in("name"), NIP: in("nip"),
			Ground: in("ground"), Kinds: kinds,
		})
	case partNumbering:
		s.Numberings = append(s.Numberings, casework.Numbering{
			Span: span, Register: in("register"), Kinds: kinds, Pattern: in("pattern"), Unit: in("unit"), Class: in("class"),
		})
	case partClass:
		s.Classes = append(s.Classes, casework.ClassCode{Span: span, Code: in("code"), Title: in("title")})
	case partCopies:
		s.Copies = append(s.Copies, casework.CopyList{Span: span, Kind: casework.LetterKind(in("kind")), Lines: linesOf(in("lines"))})
	case partSite:
		s.Site = f.Trim("site")
	}
}

func linesOf(s string) (out []string) {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func peopleOptions(people []casework.Colleague, none string) []ui.Option {
	out := []ui.Option{{Label: none}}
	for _, p := range people {
		out = append(out, ui.Option{Value: string(p.ID), Label: p.Name})
	}
	return out
}

func delegationForms() (out []ui.Option) {
	for _, s := range []string{casework.ActingHead, casework.DailyHead, casework.OnBehalf, casework.ByOrder} {
		out = append(out, ui.Option{Value: s, Label: s})
	}
	return out
}

// spanWords says from when to when a row holds.
func (v *visit) spanWords(s casework.Span) string {
	switch {
	case s.From == "" && s.Until == "":
		return v.t("letter.span.always")
	case s.Until == "":
		return v.t("letter.span.from", "from", v.letterDay(s.From))
	case s.From == "":
		return v.t("letter.span.until", "until", v.letterDay(s.Until))
	}
	return v.t("letter.span.both", "from", v.letterDay(s.From), "until", v.letterDay(s.Until))
}

func (v *visit) kindList(kinds []casework.LetterKind) string {
	if len(kinds) == 0 || len(kinds) == len(casework.LetterKinds()) {
		return v.t("letter.kinds.all")
	}
	var names []string
	for _, k := range kinds {
		names = append(names, v.t("letter.kind."+string(k)))
	}
	return strings.Join(names, ", ")
}

// The rows of each list: what it is, and what more there is to say.

func (v *visit) headRows(s casework.LetterSettings) (rows [][2]string) {
	for _, h := range s.Heads {
		rows = append(rows, [2]string{strings.Join(h.Lines, " / "), v.spanWords(h.Span) + " · " + joined(h.Place, h.Address, h.Contact)})
	}
	return rows
}

func (v *visit) officialRows(s casework.LetterSettings) (rows [][2]string) {
	for _, o := range s.Officials {
		rows = append(rows, [2]string{o.Name, v.spanWords(o.Span) + " · " + joined(o.Office, o.NIP)})
	}
	return rows
}

func (v *visit) delegationRows(s casework.LetterSettings, people []casework.Colleague) (rows [][2]string) {
	for _, d := range s.Delegations {
		account := ""
		if at := slices.IndexFunc(people, func(p casework.Colleague) bool { return p.ID == d.User }); at >= 0 {
			account = people[at].Name
		}
		rows = append(rows, [2]string{d.Form + " " + d.Office + ": " + d.Name, v.spanWords(d.Span) + " · " + joined(account, d.Under, d.Ground, v.kindList(d.Kinds))})
	}
	return rows
}

func (v *visit) numberingRows(s casework.LetterSettings) (rows [][2]string) {
	for _, n := range s.Numberings {
		rows = append(rows, [2]string{n.Pattern, v.spanWords(n.Span) + " · " + joined(n.Register, n.Unit, n.Class, v.kindList(n.Kinds))})
	}
	return rows
}

func (v *visit) classRows(s casework.LetterSettings) (rows [][2]string) {
	for _, c := range s.Classes {
		rows = append(rows, [2]string{joined(c.Code, c.Title), v.spanWords(c.Span)})
	}
	return rows
}

func (v *visit) copyRows(s casework.LetterSettings) (rows [][2]string) {
	for _, c := range s.Copies {
		rows = append(rows, [2]string{v.t("letter.kind." + string(c.Kind)), v.spanWords(c.Span) + " · " + strings.Join(c.Lines, "; ")})
	}
	return rows
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}
