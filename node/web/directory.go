package web

import (
	"slices"
	"strconv"
	"strings"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

func (s *Site) directoryRoutes() {
	s.page("GET /direktori", (*visit).directoryPage)
	s.page("GET /direktori/balai", (*visit).profilePage)
	s.page("POST /direktori/balai", (*visit).saveProfile)
}

func (v *visit) directoryPage() error {
	all, err := v.cfg.Directory.All(v.ctx, v.by)
	if err != nil {
		return err
	}
	f := v.plain()
	f.Set("layanan", v.query("layanan"))
	f.Set("tersambung", v.query("tersambung"))
	all = slices.DeleteFunc(all, func(c casework.Candidate) bool {
		want := f.Value("layanan")
		return f.Value("tersambung") != "" && !c.Connected ||
			want != "" && !slices.Contains(c.Profile.Components, want) && !slices.Contains(c.Profile.Clusters, want)
	})
	from, _ := strconv.Atoi(v.query("dari"))
	from = min(max(from, 0), len(all))
	page := all[from:min(from+perPage, len(all))]
	next := ""
	if from+perPage < len(all) {
		next = strconv.Itoa(from + perPage)
	}
	return v.show(ui.PageProps{Title: v.t("directory.title")}, directoryBody(v, f, page, next))
}

// serviceOptions are what the directory may be narrowed to.
func (v *visit) serviceOptions() []ui.Option {
	out := []ui.Option{{Label: v.t("handoff.all")}}
	for _, c := range casework.Clusters(v.now()) {
		out = append(out, ui.Option{Value: c.Code, Label: c.Name})
	}
	for _, k := range casework.Components {
		out = append(out, ui.Option{Value: k, Label: v.t("directory.component." + strings.ToLower(k))})
	}
	return out
}

// emptyRows are how many places more than there are the form has room for.
const emptyRows = 3

func (v *visit) profilePage() error {
	p, err := v.cfg.Directory.Profile(v.ctx, v.by)
	if err != nil {
		return err
	}
	f := v.form("direktori", "")
	fillProfile(f, p)
	return v.showProfile(f, max(len(p.Places), placesIn(f))+emptyRows)
}

func fillProfile(f *ui.Form, p casework.Profile) {
	if f.Values.Has("name") { // a draft is there
		return
	}
	f.Set("_versi", strconv.FormatUint(p.Version, 10))
	f.Set("name", p.Name)
	f.Set("region", p.Region)
	f.Set("areas", strings.Join(p.Areas, ", "))
	f.Set("capabilities", strings.Join(p.Capabilities, ", "))
	f.Set("opening", p.Opening)
	f.Set("phone", p.Phone)
	f.Set("asks", p.Asks)
	f.Values["clusters"], f.Values["components"] = p.Clusters, p.Components
	for i, b := range p.Places {
		at := "places." + strconv.Itoa(i) + "."
		f.Set(at+"name", b.Name)
		f.Set(at+"sex", b.Sex)
		f.Set(at+"total", strconv.Itoa(b.Total))
		f.Set(at+"free", strconv.Itoa(b.Free))
		if b.AgeMin > 0 {
			f.Set(at+"ageMin", strconv.Itoa(b.AgeMin))
		}
		if b.AgeMax > 0 {
			f.Set(at+"ageMax", strconv.Itoa(b.AgeMax))
		}
	}
}

// placesIn is how many rows of places stand in a form.
func placesIn(f *ui.Form) (n int) {
	for f.Values.Has("places." + strconv.Itoa(n) + ".name") {
		n++
	}
	return n
}

func (v *visit) showProfile(f *ui.Form, rows int) error {
	return v.show(ui.PageProps{Title: v.t("directory.own"), Form: f}, profileBody(v, f, rows))
}

func (v *visit) saveProfile() error {
	f := v.form("direktori", "")
	p := casework.Profile{
		Name: f.Trim("name"), Region: f.Trim("region"), Areas: codesOf(f.Value("areas")), Clusters: chosen[string](f, "clusters"),
		Components: chosen[string](f, "components"), Capabilities: codesOf(f.Value("capabilities")), Opening: f.Trim("opening"),
		Phone: f.Trim("phone"), Asks: f.Trim("asks"),
	}
	bad := func(field string) {
		f.Faults = append(f.Faults, casework.Fault{Field: field, Words: v.t("directory.number")})
	}
	rows := placesIn(f)
	for i := range rows {
		at := "places." + strconv.Itoa(i) + "."
		if f.Trim(at+"name") == "" {
			continue
		}
		b := casework.Places{Name: f.Trim(at + "name"), Sex: f.Value(at + "sex")}
		for name, into := range map[string]*int{"total": &b.Total, "free": &b.Free, "ageMin": &b.AgeMin, "ageMax": &b.AgeMax} {
			text := f.Trim(at + name)
			if text == "" {
				continue
			}
			n, err := strconv.Atoi(text)
			if err != nil {
				bad(at + name)
			}
			*into = n
		}
		p.Places = append(p.Places, b)
	}
	if f.Bad() {
		return v.showProfile(f, rows)
	}
	_, err := v.cfg.Directory.SetProfile(v.ctx, v.by, v.version(), p)
	if v.mend(f, err) {
		return v.showProfile(f, rows)
	}
	if err != nil {
		return err
	}
	return v.done(f, "/direktori", v.t("directory.saved"))
}

// codesOf reads a list of codes, set apart by commas or blanks.
func codesOf(text string) (list []string) {
	for _, s := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\r' }) {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// profileFacts are what a balai says of itself.
func (v *visit) profileFacts(c casework.Candidate) []ui.Fact {
	var f facts
	p := c.Profile
	f.add(v.t("directory.location"), c.Location)
	f.add(v.t("directory.clusters"), strings.Join(clusterNames(p.Clusters), ", "))
	f.add(v.t("directory.components"), strings.Join(p.Components, ", "))
	f.add(v.t("directory.capabilities"), strings.Join(p.Capabilities, ", "))
	f.add(v.t("directory.areas"), strings.Join(p.Areas, ", "))
	if len(p.Places) > 0 {
		free, total := p.FreeFor("", -1)
		said := v.t("refer.places", "free", free, "total", total)
		if p.Stale(v.now()) {
			said += " · " + v.t("refer.stale")
		}
		f.add(v.t("directory.places"), said)
		f.at(v.t("directory.places.at"), p.PlacesAt)
	}
	f.add(v.t("directory.opening"), p.Opening)
	f.add(v.t("directory.phone"), p.Phone)
	f.prose(v.t("refer.asks"), p.Asks)
	return f
}

func clusterNames(codes []string) []string {
	names := make([]string, 0, len(codes))
	for _, code := range codes {
		if c, ok := casework.ClusterOf(code); ok {
			code = c.Name
		}
		names = append(names, code)
	}
	return names
}

func (v *visit) servedOptions() (out []ui.Option) {
	for _, c := range casework.Clusters(v.now()) {
		out = append(out, ui.Option{Value: c.Code, Label: c.Name})
	}
	return out
}

func (v *visit) offeredOptions() (out []ui.Option) {
	for _, k := range casework.Components {
		out = append(out, ui.Option{Value: k, Label: v.t("directory.component." + strings.ToLower(k))})
	}
	return out
}
