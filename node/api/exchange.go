package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"serasi/node/casework"
)

// An exchange is one request and what became of it, as far as it matters
// outside its handler. One goroutine at a time uses it.
type exchange struct {
	id    string // of this request, in the log and in problems
	op    op
	found bool // there is such a route
	url   *url.URL
	media string    // content type of the body
	body  io.Reader // for routes that stream; bounded
	from  string    // address of the caller, for the door only
	by    casework.Actor
	lang  casework.Language // of the words in problems

	ran     bool   // a use case was called
	refused bool   // and said no, so that nothing has changed
	digest  []byte // of the body, if its bytes alone do not tell
}

type exchangeKey struct{}

// spoken returns p as the caller reads it: in a language, with the number of the
// request.
func (ex *exchange) spoken(p *Problem) *Problem {
	p = p.in(ex.lang)
	p.Instance = instance(ex)
	return p
}

func exchangeOf(ctx context.Context) *exchange {
	ex, _ := ctx.Value(exchangeKey{}).(*exchange)
	return ex
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets deadlines through.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// log writes one line a request: the pattern of the route and no path, query or
// address, which could betray whom somebody asked about.
func (a *API) log(r *http.Request, ex *exchange, w *recorder, took time.Duration) {
	route := ex.op.pattern()
	if !ex.found {
		route = "none"
	}
	a.cfg.Log.Info("request", "request", ex.id, "method", r.Method, "route", route, "status", w.status,
		"bytes", w.bytes, "took", took, "user", string(ex.by.User))
}
