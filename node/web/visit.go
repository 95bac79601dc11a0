package web

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
)

// visit is one request of somebody: who it is, how they want the pages, and
// what was sent. A handler is a method of it.
type visit struct {
	*Site
	w       http.ResponseWriter
	r       *http.Request
	ctx     context.Context // with the words of the visitor's language
	by      casework.Actor
	session casework.Session
	cookie  string
	look    casework.Display
	id      string // number of the event
	route   string
}

// serve lets the visitor in, runs a page, and shows its error if it has one.
func (v *visit) serve(w http.ResponseWriter, r *http.Request, p func(*visit) error, k kind) {
	span := k.span
	if span == 0 {
		span = pageTime
	}
	ctx, cancel := context.WithTimeout(r.Context(), span)
	defer cancel()
	v.w, v.r, v.look = w, r, lookOf(r)
	v.ctx = words.With(ctx, v.books[v.look.Lang])
	if span > 0 {
		c := http.NewResponseController(w)
		end := time.Now().Add(span + 5*time.Second)
		_ = errors.Join(c.SetReadDeadline(end), c.SetWriteDeadline(end)) // writers of tests have none
	}
	err := v.enter(k)
	if err == nil {
		err = p(v)
	}
	if err != nil {
		v.fail(err)
	}
}

// enter reads the form and finds out who is asking.
func (v *visit) enter(k kind) error {
	limit := k.body
	if limit == 0 {
		limit = maxForm
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, limit)
	if v.r.Method == http.MethodPost && v.r.PostForm == nil {
		if err := v.parse(); err != nil {
			return err
		}
	}
	if c, err := v.r.Cookie(v.cookieName()); err == nil {
		v.cookie = c.Value
	}
	if v.cookie != "" {
		by, s, err := v.cfg.Door.Session(v.ctx, v.cookie)
		switch {
		case errors.Is(err, casework.Unknown):
			v.cookie = ""
		case err != nil:
			return err
		case s.Locked && !k.open:
			v.session = s
			v.wear(s.Display)
			return errLocked
		case s.Locked:
			v.session = s
			v.wear(s.Display)
		default:
			v.by, v.session = by, s
			v.by.Via = "web"
			v.wear(s.Display)
			if s.Enrol && !k.open && !strings.HasPrefix(v.r.URL.Path, "/akun") {
				return errEnrol
			}
		}
	}
	if v.by.User == "" && !k.open {
		return errNobody
	}
	return nil
}

var (
	errNobody = casework.Unknown.Because("sign in first")
	errEnrol  = casework.Unknown.Because("set up the second factor first")
	errLocked = casework.Unknown.Because("the session is locked; prove who you are")
)

func (v *visit) parse() error {
	var err error
	if strings.HasPrefix(v.r.Header.Get("Content-Type"), "multipart/") {
		err = v.r.ParseMultipartForm(casework.MaxDocument) // in memory: on the disk it would lie unencrypted
	} else {
		err = v.r.ParseForm()
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return casework.Invalid.Because("what was sent is too large")
	case err != nil:
		return casework.Invalid.Because("what was sent is no form")
	}
	return nil
}

// signedIn reports whether the visitor is somebody.
func (v *visit) signedIn() bool { return v.by.User != "" }

// may reports whether the visitor may ever do act.
func (v *visit) may(act casework.Action) bool { return v.signedIn() && v.cfg.Allowed(v.by, act) }

// t and n are texts in the visitor's language.
func (v *visit) t(id string, pairs ...any) string        { return words.T(v.ctx, id, pairs...) }
func (v *visit) n(id string, n int, pairs ...any) string { return words.N(v.ctx, id, n, pairs...) }

// now is the time of the node.
func (v *visit) now() time.Time { return v.cfg.Clock() }

// part is a part of the address: {id} of the pattern.
func (v *visit) part(name string) string { return v.r.PathValue(name) }

// caseID is the {id} of the address.
func (v *visit) caseID() casework.CaseID { return casework.CaseID(v.r.PathValue("id")) }

// query is a field of a plain GET form.
func (v *visit) query(name string) string { return strings.TrimSpace(v.r.URL.Query().Get(name)) }

// version is what a form was made from: its hidden field "_versi".
func (v *visit) version() uint64 {
	n, err := strconv.ParseUint(v.r.PostForm.Get("_versi"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// form returns the form of this page: what was sent, else the draft that is
// kept under name, else nothing. id is the case it is about, if it is known.
func (v *visit) form(name string, id casework.CaseID) *ui.Form {
	f := v.plain()
	f.Draft, f.Case = name, id
	if v.r.Method == http.MethodPost || !v.signedIn() {
		return f
	}
	d, err := v.cfg.Drafts.Draft(v.ctx, v.by, name, id)
	if err != nil && !errors.Is(err, casework.NotFound) && !errors.Is(err, casework.Forbidden) {
		v.cfg.Log.Warn("a draft could not be read", "request", v.id, "err", err)
	}
	if len(d.Fields) > 0 {
		f.Values, f.Found = d.Fields, true
	}
	return f
}

// plain is a form without a draft.
func (v *visit) plain() *ui.Form {
	f := ui.NewForm(nil)
	if v.r.Method == http.MethodPost {
		f.Values = v.r.PostForm
	}
	f.Action = v.r.URL.Path
	return f
}

// mend reports whether err is about what was typed, and puts it at the fields.
// The page is then shown again.
func (v *visit) mend(f *ui.Form, err error) bool {
	if !errors.Is(err, casework.Invalid) {
		return false
	}
	f.Faults = casework.SayFaults(v.look.Lang, err)
	if len(f.Faults) == 0 {
		f.Words = v.say(err)
	}
	return f.Bad()
}

// show writes a page: 200, or 422 if its form must be mended.
func (v *visit) show(p ui.PageProps, body templ.Component) error {
	status := http.StatusOK
	if p.Form.Bad() {
		status = http.StatusUnprocessableEntity
	}
	return v.write(status, p, body)
}

func (v *visit) write(status int, p ui.PageProps, body templ.Component) error {
	p.Look, p.Balai, p.Style, p.Script = v.look, v.cfg.Name, styleFile, scriptFile
	if v.r.Method == http.MethodGet {
		p.Here = v.r.URL.Path
	}
	var inner, page bytes.Buffer // the fields tell their labels to the summary above them
	if v.signedIn() {
		p.User, p.Live, p.Nav = v.by.Name, true, v.nav()
		if flash, err := v.cfg.Door.Pop(v.ctx, v.cookie, "flash"); err == nil {
			p.Flash = flash
		}
	}
	if err := body.Render(v.ctx, &inner); err != nil {
		return err
	}
	if err := ui.Page(p).Render(templ.WithChildren(v.ctx, templ.Raw(inner.String())), &page); err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(page.Bytes()) // a reader that has gone
	return nil
}

// inboxPath is the part of the desk that shows how much waits.
const inboxPath = "/rujukan"

// nav is the navigation as the visitor sees it.
func (v *visit) nav() (items []ui.NavItem) {
	here := v.r.URL.Path
	news, err := v.cfg.News.Now(v.ctx, v.by)
	if err != nil {
		v.cfg.Log.Warn("what waits could not be counted", "request", v.id, "err", err)
	}
	for _, m := range v.menus {
		if m.show != nil && !m.show(v) {
			continue
		}
		it := ui.NavItem{Href: m.href, Label: v.t(m.words), Current: m.href == here || m.href != "/" && strings.HasPrefix(here, m.href+"/")}
		if m.href == inboxPath {
			it.Count = news.Inbox
		}
		items = append(items, it)
	}
	return items
}

// to leads on after a form was sent.
func (v *visit) to(path string) error {
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// done drops the draft of a form and leads on to a page, which tells once what
// was done. f may be nil.
func (v *visit) done(f *ui.Form, path, told string) error {
	if f != nil && f.Draft != "" && v.signedIn() {
		if err := v.cfg.Drafts.DropDraft(v.ctx, v.by, f.Draft, f.Case); err != nil {
			v.cfg.Log.Warn("a draft could not be dropped", "request", v.id, "err", err)
		}
	}
	v.tell(told)
	return v.to(path)
}

// tell keeps words for the next page.
func (v *visit) tell(told string) {
	if told == "" || v.cookie == "" {
		return
	}
	if err := v.cfg.Door.Put(v.ctx, v.cookie, "flash", told); err != nil {
		v.cfg.Log.Warn("a notice could not be kept", "request", v.id, "err", err)
	}
}

// source is where the visitor comes from, for the throttle of the door.
func (v *visit) source() string {
	host, _, err := net.SplitHostPort(v.r.RemoteAddr)
	if err != nil {
		return v.r.RemoteAddr
	}
	return host
}

// inside returns path if it leads to a page of ours, else "/".
func inside(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n") {
		return "/"
	}
	return path
}

// chosen returns the values of a list that were ticked.
func chosen[T ~string](f *ui.Form, name string) (out []T) {
	for _, s := range f.Values[name] {
		if s != "" && !slices.Contains(out, T(s)) {
			out = append(out, T(s))
		}
	}
	return out
}

// say is what the visitor may read of an error.
func (v *visit) say(err error) string {
	_, said := casework.Say(v.look.Lang, err)
	return said
}
