package web

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

func (s *Site) doorRoutes() {
	s.open("GET /masuk", (*visit).signInPage)
	s.open("POST /masuk", (*visit).signIn)
	s.open("GET /masuk/pertama", (*visit).firstPage)
	s.open("POST /masuk/pertama", (*visit).first)
	s.page("GET /masuk/ulang", (*visit).againPage)
	s.page("POST /masuk/ulang", (*visit).again)
	s.open("POST /keluar", (*visit).leave)
	s.open("GET /tutup", (*visit).closedPage)
}

// cookieName is tied to this host over HTTPS.
func (s *Site) cookieName() string {
	if s.cfg.Secure {
		return "__Host-serasi"
	}
	return "serasi"
}

func (v *visit) setCookie(value string) {
	c := &http.Cookie{Name: v.cookieName(), Value: value, Path: "/", Secure: v.cfg.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(v.w, c)
}

// Hidden fields of the sign-in page: where to go on, and what was being sent
// when the session ended.
const (
	fieldBack = "_kembali"
	fieldKept = "_isi"
)

func (v *visit) signInPage() error {
	if v.signedIn() {
		return v.to(inside(v.query("kembali")))
	}
	f := v.plain()
	f.Set(fieldBack, inside(v.query("kembali")))
	return v.showSignIn(f, http.StatusOK)
}

func (v *visit) showSignIn(f *ui.Form, status int) error {
	f.Action = "/masuk"
	title := v.t("door.title")
	if v.session.Locked {
		title = v.t("door.locked")
	}
	if f.Bad() {
		status = http.StatusUnprocessableEntity
	}
	return v.write(status, ui.PageProps{Title: title, Form: f}, signInBody(f, v.session.Locked, f.Value(fieldKept) != ""))
}

// askWho shows the sign-in page in place of a page, and keeps what was sent:
// after signing in it stands in its form again.
func (v *visit) askWho() error {
	f := ui.NewForm(nil)
	if v.r.Method != http.MethodPost {
		if v.r.Method == http.MethodGet && v.r.URL.Path != "/" {
			return v.to("/masuk?kembali=" + url.QueryEscape(v.r.URL.Path))
		}
		return v.to("/masuk")
	}
	f.Set(fieldBack, v.back())
	if v.r.PostForm.Get("_draf") != "" {
		f.Set(fieldKept, v.r.PostForm.Encode())
	}
	return v.showSignIn(f, http.StatusUnauthorized)
}

func (v *visit) signIn() error {
	f := v.plain()
	in := casework.SignIn{Login: f.Value("login"), Password: f.Value("password"), Code: f.Trim("code"), Source: v.source()}
	var err error
	if v.session.Locked {
		err = v.cfg.Door.StepUp(v.ctx, v.cookie, in)
	} else if v.cookie, v.session, err = v.cfg.Door.SignIn(v.ctx, in); err == nil {
		v.setCookie(v.cookie)
	}
	switch {
	case errors.Is(err, casework.Unknown), errors.Is(err, casework.TooMany), errors.Is(err, casework.Invalid):
		f.Words = v.say(err)
		return v.showSignIn(f, http.StatusUnprocessableEntity)
	case err != nil:
		return err
	}
	back := inside(f.Value(fieldBack))
	if kept, err := url.ParseQuery(f.Value(fieldKept)); err == nil && kept.Get("_draf") != "" {
		if v.by, _, err = v.cfg.Door.Session(v.ctx, v.cookie); err != nil {
			return err
		}
		if err := v.keep(kept); err != nil {
			return err
		}
	}
	return v.to(back)
}

// meant is the name of the draft of what waits for a step-up.
const meant = "_maksud"

// askAgain keeps what was meant on the node and leads to the page that asks for
// the password once more.
func (v *visit) askAgain() error {
	fields := url.Values{}
	for name, values := range v.r.PostForm {
		fields[name] = values
	}
	fields["_jalan"] = []string{v.r.Method, v.r.URL.RequestURI(), v.back()}
	if v.r.MultipartForm != nil && len(v.r.MultipartForm.File) > 0 {
		fields["_jalan"] = []string{http.MethodGet, v.back(), v.back()} // files are not kept
	}
	if err := v.cfg.Drafts.SaveDraft(v.ctx, v.by, meant, "", fields); err != nil {
		return err
	}
	return v.to("/masuk/ulang")
}

func (v *visit) againPage() error { return v.showAgain(v.plain()) }

func (v *visit) showAgain(f *ui.Form) error {
	d, err := v.cfg.Drafts.Draft(v.ctx, v.by, meant, "")
	if err != nil {
		return err
	}
	way := d.Fields["_jalan"]
	if len(way) != 3 {
		return v.to("/")
	}
	return v.show(ui.PageProps{Title: v.t("door.again"), Form: f}, againBody(f, way[2]))
}

// again proves who it is, and then does what was meant.
func (v *visit) again() error {
	f := v.plain()
	err := v.cfg.Door.StepUp(v.ctx, v.cookie, casework.SignIn{Password: f.Value("password"), Code: f.Trim("code"), Source: v.source()})
	switch {
	case errors.Is(err, casework.Unknown), errors.Is(err, casework.TooMany), errors.Is(err, casework.Invalid):
		f.Words = v.say(err)
		return v.showAgain(f)
	case err != nil:
		return err
	}
	d, err := v.cfg.Drafts.Draft(v.ctx, v.by, meant, "")
	if err != nil {
		return err
	}
	way := d.Fields["_jalan"]
	if len(way) != 3 {
		return v.to("/")
	}
	if err := v.cfg.Drafts.DropDraft(v.ctx, v.by, meant, ""); err != nil {
		return err
	}
	to, err := url.ParseRequestURI(inside(way[1]))
	if err != nil || way[0] != http.MethodPost {
		return v.to(inside(way[1]))
	}
	delete(d.Fields, "_jalan")
	r := v.r.Clone(v.r.Context())
	r.URL, r.Form, r.PostForm, r.MultipartForm, r.Body = to, nil, d.Fields, nil, http.NoBody
	r.Header.Set("Referer", (&url.URL{Scheme: "http", Host: v.r.Host, Path: inside(way[2])}).String())
	v.route = ""
	v.Site.route(v.w, r)
	return nil
}

// leave signs out, or locks the session and shows a neutral page.
func (v *visit) leave() error {
	quick := v.r.PostForm.Get("cara") == "tutup"
	if v.cookie != "" {
		act := v.cfg.Door.SignOut
		if quick {
			act = v.cfg.Door.Lock
		}
		if err := act(v.ctx, v.cookie); err != nil {
			return err
		}
	}
	if quick {
		return v.to("/tutup")
	}
	v.setCookie("")
	v.w.Header().Set("Clear-Site-Data", `"cache"`)
	return v.to("/masuk")
}

// closedPage says nothing about what was on the screen.
func (v *visit) closedPage() error {
	v.by = casework.Actor{}
	return v.show(ui.PageProps{Title: v.t("door.neutral")}, neutralBody(v.now()))
}

func (v *visit) firstPage() error { return v.showFirst(v.plain()) }

func (v *visit) showFirst(f *ui.Form) error {
	return v.show(ui.PageProps{Title: v.t("door.first"), Form: f}, firstBody(f))
}

func (v *visit) first() error {
	f := v.plain()
	err := v.cfg.Door.ClaimFirst(v.ctx, f.Trim("code"), f.Trim("login"), f.Value("password"))
	if v.mend(f, err) {
		return v.showFirst(f)
	}
	if errors.Is(err, casework.Forbidden) || errors.Is(err, casework.TooMany) {
		f.Words = v.say(err)
		return v.showFirst(f)
	}
	if err != nil {
		return err
	}
	return v.to("/masuk")
}

// year is a long time for a cookie that holds no secret.
const year = 365 * 24 * time.Hour
