package web

import (
	"net/http"
	"slices"
	"strings"

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

// looks are the choices of each part of a look, the first being the usual one.
var looks = []struct {
	name    string
	choices []string
}{
	{"lang", []string{"id", "en"}},
	{"theme", []string{"auto", "light", "dark", "kontras"}},
	{"text", []string{"100", "125", "150"}},
	{"motion", []string{"auto", "still"}},
	{"font", []string{"system", "atkinson"}},
	{"keys", []string{"off", "on"}},
}

// lookOf reads the cookie, and readLook what it holds; what it does not say is as usual, and the language
// as the browser asks.
func lookOf(r *http.Request) ui.Look {
	said := ""
	if c, err := r.Cookie(lookCookie); err == nil {
		said = c.Value
	}
	return readLook(said, r)
}

// wear shows the pages as the account says, if it says.
func (v *visit) wear(look string) {
	if look != "" {
		v.look = readLook(look, v.r)
		v.ctx = words.With(v.ctx, v.books[v.look.Lang])
	}
}

func readLook(said string, r *http.Request) ui.Look {
	parts := make([]string, len(looks))
	copy(parts, strings.Split(said, "."))
	for i, l := range looks {
		if i > 0 && !slices.Contains(l.choices, parts[i]) {
			parts[i] = l.choices[0]
		}
	}
	return ui.Look{Lang: words.Pick(parts[0], r), Theme: parts[1], Text: parts[2], Motion: parts[3], Font: parts[4], Keys: parts[5] == "on"}
}

func (v *visit) lookPage() error {
	f := v.plain()
	for name, now := range map[string]string{
		"lang": string(v.look.Lang), "theme": v.look.Theme, "text": v.look.Text, "motion": v.look.Motion, "font": v.look.Font, "keys": onOff(v.look.Keys),
	} {
		f.Set(name, now)
	}
	f.Set(fieldBack, inside(v.query("kembali")))
	return v.show(ui.PageProps{Title: v.t("look.title")}, lookBody(f))
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

// saveLook takes the whole form, or only a language.
func (v *visit) saveLook() error {
	f := v.plain()
	parts := []string{string(v.look.Lang), v.look.Theme, v.look.Text, v.look.Motion, v.look.Font, onOff(v.look.Keys)}
	for i, l := range looks {
		if got := f.Value(l.name); slices.Contains(l.choices, got) {
			parts[i] = got
		}
	}
	if look := strings.Join(parts, "."); v.signedIn() {
		if err := v.cfg.Door.KeepLook(v.ctx, v.by, look); err != nil {
			return err
		}
	} else {
		http.SetCookie(v.w, &http.Cookie{
			Name: lookCookie, Value: look, Path: "/", MaxAge: int(year.Seconds()), Secure: v.cfg.Secure, HttpOnly: true,
			SameSite: http.SameSiteLaxMode,
		})
	}
	v.ctx = words.With(v.ctx, v.books[casework.Language(parts[0])])
	return v.done(nil, inside(f.Value(fieldBack)), v.t("look.saved"))
}
