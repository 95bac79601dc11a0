package web

import (
	"net/url"
	"strconv"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

func (s *Site) findRoutes() {
	s.page("GET /kasus", (*visit).findPage)
	s.page("POST /kasus", (*visit).find)
	s.menu(20, "/kasus", "find.title", s.who(casework.Find))
}

// perPage is how long a list is.
const perPage = 25

// find keeps what is looked for with the session: a name must not stand in an
// address.
func (v *visit) find() error {
	f := v.plain()
	if err := v.cfg.Door.Put(v.ctx, v.cookie, "find", f.Trim("text")); err != nil {
		return err
	}
	if f.Trim("text") == "" {
		return v.to("/kasus")
	}
	return v.to("/kasus?cari=1")
}

func (v *visit) findPage() error {
	f := v.plain()
	q := casework.Query{Limit: perPage, Cursor: v.query("dari")}
	if v.query("cari") != "" {
		text, err := v.cfg.Door.Pop(v.ctx, v.cookie, "find")
		if err == nil {
			err = v.cfg.Door.Put(v.ctx, v.cookie, "find", text) // it is asked for again when the reader comes back
		}
		if err != nil {
			return err
		}
		q.Text, q.Cursor = text, ""
		f.Set("text", text)
	}
	for _, name := range []string{"tahap", "keadaan", "milik"} {
		f.Set(name, v.query(name))
	}
	stage, err := strconv.ParseUint(f.Value("tahap"), 10, 8)
	if err == nil && casework.Stage(stage).Valid() {
		q.Stage = casework.Stage(stage)
	}
	if s := f.Value("keadaan"); s != "" {
		if err := q.State.UnmarshalText([]byte(s)); err != nil {
			return err
		}
	}
	if f.Value("milik") != "" {
		q.Lead = v.by.User
	}
	page, err := v.cfg.Cases.List(v.ctx, v.by, q)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("find.title")}, findBody(v, f, q, page))
}

// without is this address less one field of the filter, and back at the start.
func (v *visit) without(name string) string {
	q := v.r.URL.Query()
	q.Del(name)
	q.Del("dari")
	return address(v.r.URL.Path, q)
}

// from is this address at another place of the list.
func (v *visit) from(cursor string) string {
	if cursor == "" {
		return ""
	}
	q := v.r.URL.Query()
	q.Set("dari", cursor)
	return address(v.r.URL.Path, q)
}

// start is the address of the first page of the list, unless this is it.
func (v *visit) start() string {
	if v.query("dari") == "" {
		return ""
	}
	return v.without("dari")
}

func address(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (v *visit) findChips(q casework.Query) (chips []ui.Chip) {
	if q.Text != "" {
		chips = append(chips, ui.Chip{Label: v.t("find.text.chip"), Without: v.without("cari")})
	}
	if q.Stage != 0 {
		chips = append(chips, ui.Chip{Label: v.t("stage." + strconv.Itoa(int(q.Stage))), Without: v.without("tahap")})
	}
	if q.State != 0 {
		chips = append(chips, ui.Chip{Label: v.t("state." + q.State.String()), Without: v.without("keadaan")})
	}
	if q.Lead != "" {
		chips = append(chips, ui.Chip{Label: v.t("find.mine"), Without: v.without("milik")})
	}
	return chips
}

func (v *visit) stageOptions() []ui.Option {
	out := []ui.Option{{Label: v.t("find.all")}}
	for s := casework.Access; s <= casework.Termination; s++ {
		out = append(out, ui.Option{Value: strconv.Itoa(int(s)), Label: v.t("stage." + strconv.Itoa(int(s)))})
	}
	return out
}

func (v *visit) stateOptions() []ui.Option {
	out := []ui.Option{{Label: v.t("find.all")}}
	for s := casework.Open; s <= casework.Arriving; s++ {
		out = append(out, ui.Option{Value: s.String(), Label: v.t("state." + s.String())})
	}
	return out
}

// stateKind is how the state of a case is shown.
func stateKind(s casework.State) string {
	switch s {
	case casework.Open:
		return ui.Good
	case casework.OnOffer, casework.Arriving:
		return ui.Wait
	}
	return ui.Plain
}
