package api

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"serasi/node/casework"
)

// Handler serves /api/v1/, /healthz, /readyz and /metrics. Everything else it
// answers with a problem.
func (a *API) Handler() http.Handler { return http.HandlerFunc(a.serve) }

// maxQuery bounds the query of an address, in bytes.
const maxQuery = 4 << 10

// readTime bounds a call that changes nothing, and writeTime one that does.
const (
	readTime  = 30 * time.Second
	writeTime = 2 * time.Minute
)

// serve is what every request goes through: it is named, answered with strict
// headers, and logged.
func (a *API) serve(rw http.ResponseWriter, r *http.Request) {
	began := time.Now()
	ex := &exchange{id: strings.ToLower(rand.Text()[:16]), url: r.URL, media: r.Header.Get("Content-Type"), from: address(r), lang: languageOf(r)}
	w := &recorder{ResponseWriter: rw}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Request-Id", ex.id)
	defer func() {
		cause := recover()
		if cause != nil && !isAbort(cause) {
			a.cfg.Log.Error("a handler panicked", "request", ex.id, "route", ex.op.pattern(), "stack", string(debug.Stack()))
			if w.status == 0 {
				a.fail(w, ex, a.problem(casework.Internal, ""))
				cause = nil
			}
		}
		a.log(r, ex, w, time.Since(began))
		if cause != nil {
			panic(http.ErrAbortHandler)
		}
	}()
	if p := a.admit(r, ex); p != nil {
		a.fail(w, ex, p)
		return
	}
	a.run(w, r, ex)
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// admit finds the route and lets the caller in, or says why not.
func (a *API) admit(r *http.Request, ex *exchange) *Problem {
	if r.URL.Path == "" || path.Clean(r.URL.Path) != r.URL.Path || r.Method == http.MethodConnect {
		return httpProblem(http.StatusNotFound, "there is nothing at this address")
	}
	_, pattern := a.mux.Handler(r)
	method := r.Method
	if method == http.MethodHead { // the mux lets it share the routes of GET
		method = http.MethodGet
	}
	ex.op, ex.found = a.ops[pattern]
	if !ex.found || ex.op.method != method {
		ex.found = false
		if allowed := a.allow(r.URL.Path); allowed != "" {
			return httpProblem(http.StatusMethodNotAllowed, "this address takes "+allowed).with("Allow", allowed)
		}
		return httpProblem(http.StatusNotFound, "there is nothing at this address")
	}
	if len(r.URL.RawQuery) > maxQuery {
		return httpProblem(http.StatusRequestURITooLong, "the query is too long")
	}
	if ex.op.method != http.MethodGet || !ex.op.public {
		if len(r.Header.Values("Cookie")) > 0 {
			return httpProblem(http.StatusBadRequest, "cookies are not accepted here; send a token in Authorization", ProblemError{"header.Cookie", "is not accepted"})
		}
	}
	if !ex.op.public {
		if err := a.authenticate(r, ex); err != nil {
			return err
		}
	}
	return nil
}

// authenticate finds out who is asking.
func (a *API) authenticate(r *http.Request, ex *exchange) *Problem {
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		p := a.problem(casework.Unknown.Because("send a token: Authorization: Bearer srs_..."), "")
		return p.with("WWW-Authenticate", `Bearer realm="serasi"`)
	}
	scheme, bearer, ok := strings.Cut(values[0], " ")
	if len(values) > 1 || !ok || !strings.EqualFold(scheme, "Bearer") || len(bearer) > 200 {
		return a.problem(casework.Unknown.Because("Authorization must be Bearer and one token"), "")
	}
	by, err := a.cfg.Access.Authenticate(r.Context(), bearer)
	if err != nil {
		return a.refuse(ex, err)
	}
	ex.by = by
	return nil
}

// run hands the request to its route, under its limits.
func (a *API) run(w *recorder, r *http.Request, ex *exchange) {
	limit := a.cfg.MaxBody + 1 // one more than the route allows, which then tells better words
	if ex.op.streams && ex.op.writes() {
		limit = casework.MaxDocument + 64<<10 // the form around it
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	ex.body = r.Body
	span := readTime
	if ex.op.writes() {
		span = writeTime
	}
	if ex.op.streams {
		span = streamTime
		deadlines(w, time.Now().Add(span))
	}
	ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), exchangeKey{}, ex), span)
	defer cancel()
	r = r.WithContext(ctx)
	if ex.op.writes() && !ex.op.public && len(r.Header.Values(keyHeader)) > 0 {
		a.replayed(w, r, ex, a.mux)
		return
	}
	a.mux.ServeHTTP(w, r)
}

// deadlines gives a long answer or a long body its time. Not every writer of
// tests can do it, and without it the server's own bounds hold.
func deadlines(w http.ResponseWriter, at time.Time) {
	c := http.NewResponseController(w)
	_ = errors.Join(c.SetReadDeadline(at), c.SetWriteDeadline(at))
}

// fail writes a problem where no handler does.
func (a *API) fail(w http.ResponseWriter, ex *exchange, p *Problem) {
	p = ex.spoken(p)
	for name, v := range p.headers {
		w.Header()[name] = v
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // a caller that has gone
}

// isAbort reports whether a handler was ended on purpose, to cut a stream.
func isAbort(cause any) bool {
	err, ok := cause.(error)
	return ok && errors.Is(err, http.ErrAbortHandler)
}
