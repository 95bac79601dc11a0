package web

import (
	"errors"
	"net/http"
	"net/url"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// statuses is the one place where kinds become statuses of pages.
var statuses = map[casework.Kind]int{
	casework.Invalid: http.StatusUnprocessableEntity, casework.Unknown: http.StatusUnauthorized, casework.Forbidden: http.StatusForbidden,
	casework.NotFound: http.StatusNotFound, casework.Conflict: http.StatusConflict, casework.Frozen: http.StatusLocked,
	casework.Waiting: http.StatusConflict, casework.TooMany: http.StatusTooManyRequests, casework.Unavailable: http.StatusServiceUnavailable,
	casework.Unsupported: http.StatusNotImplemented, casework.Internal: http.StatusInternalServerError,
}

// fail shows an error once, as a page of its kind: what, why, and what to do.
func (v *visit) fail(err error) {
	switch {
	case v.cfg.NeedsStepUp(err):
		err = v.askAgain()
	case errors.Is(err, errEnrol):
		v.tell(v.t("factor.must"))
		err = v.to("/akun/kode")
	case errors.Is(err, errNobody), errors.Is(err, errLocked):
		err = v.askWho()
	}
	if err == nil {
		return
	}
	kind, _ := casework.Explain(err)
	if errors.Is(err, v.ctx.Err()) && v.ctx.Err() != nil {
		kind = casework.Unavailable
	}
	status := statuses[kind]
	if status == 0 {
		kind, status = casework.Internal, http.StatusInternalServerError
	}
	if status >= http.StatusInternalServerError {
		v.cfg.Log.Error("a page failed", "request", v.id, "route", v.route, "err", err)
	}
	p := ui.PageProps{Title: v.t("fail." + code(kind)), Number: v.id}
	if shown := v.write(status, p, failBody(v, kind, v.say(err), bothTexts(err))); shown != nil {
		v.cfg.Log.Error("an error page failed", "request", v.id, "err", shown)
		http.Error(v.w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

// code is the kind as an id of the catalogue.
func code(k casework.Kind) string {
	if k == casework.NotFound {
		return "notfound"
	}
	if k == casework.TooMany {
		return "toomany"
	}
	return string(k)
}

// pair is one field that differs in a stale edit.
type pair struct{ label, theirs, yours string }

// bothTexts returns what differs in a stale edit, if err is one.
func bothTexts(err error) []pair {
	both, ok := casework.BothVersions(err)
	if !ok {
		return nil
	}
	return differ(both.Current, both.Yours)
}

// back is the page that an error leads back to.
func (v *visit) back() string {
	u, err := url.Parse(v.r.Referer())
	if err != nil || u.Host != v.r.Host || u.Path == v.r.URL.Path && v.r.Method == http.MethodGet {
		return "/"
	}
	return inside(u.Path)
}
