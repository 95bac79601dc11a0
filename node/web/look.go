package web

import (
	"net/http"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
)

func (s *Site) lookRoutes() {
	s.open("GET /tampilan", (*visit).lookPage)
	s.open("POST /tampilan", (*visit).saveLook)
	s.menu(900, "/tampilan", "look.title", nil)
}

// lookCookie holds how somebody wants the pages before they sign in:
// id.auto.100.auto.system.off. Then what the account says counts, if it does.
const lookCookie = "tampilan"

// lookOf reads the cookie. What it does not say is as usual, and the language as
// the browser asks.
func lookOf(r *http.Request) casework.Display {
	said := ""
	if c, err := r.Cookie(lookCookie); err == nil {
		said = c.Value
	}
	return spoken(casework.ReadDisplay(said), r)
}

// spoken is d in a language: its own, else what the browser asks for.
func spoken(d casework.Display, r *http.Request) casework.Display {
	d.Lang = words.Pick(string(d.Lang), r)
	return d
}

// wear shows the pages as the account says, if it says.
func (v *visit) wear(d casework.Display) {
	if d != (casework.Display{}) {
		v.look = spoken(d, v.r)
		v.ctx = words.With(v.ctx, v.books[v.look.Lang])
	}
}

func (v *visit) lookPage() error {
	f := v.plain()
	now := v.look.Parts()
	for i, p := range casework.DisplayParts {
		f.Set(p.Name, now[i])
	}
	f.Set(fieldBack, inside(v.query("kembali")))
	return v.show(ui.PageProps{Title: v.t("look.title")}, lookBody(f))
}

// saveLook takes the whole form, or only a language.
func (v *visit) saveLook() error {
	f := v.plain()
	look := v.look.With(f.Value)
	if v.signedIn() {
		if err := v.cfg.Door.KeepDisplay(v.ctx, v.by, look); err != nil {
			return err
		}
	} else {
		http.SetCookie(v.w, &http.Cookie{
			Name: lookCookie, Value: look.String(), Path: "/", MaxAge: int(year.Seconds()), Secure: v.cfg.Secure, HttpOnly: true,
			SameSite: http.SameSiteLaxMode,
		})
	}
	v.ctx = words.With(v.ctx, v.books[look.Lang])
	return v.done(nil, inside(f.Value(fieldBack)), v.t("look.saved"))
}
