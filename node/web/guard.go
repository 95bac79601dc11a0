package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"serasi/node/casework"
)

// csp lets a page load its own style and script, and nothing else.
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Limits of a page.
const (
	maxForm  = 1 << 20 // bytes
	maxQuery = 2 << 10 // bytes
	pageTime = 30 * time.Second
)

var errNoPage = casework.NotFound.Because("there is no page at this address")

type visitKey struct{}

func visitOf(r *http.Request) *visit {
	if v, ok := r.Context().Value(visitKey{}).(*visit); ok {
		return v
	}
	return &visit{}
}

// guard is what every request goes through: it is named, gets strict headers,
// must come from our own pages if it changes anything, and is logged without
// its address.
func (s *Site) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visitOf(r).serve(w, r, func(*visit) error {
			return casework.Forbidden.Because("this form was not sent from a page of this balai")
		}, kind{open: true})
	}))
	next = cross.Handler(next)
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		began := time.Now()
		v := &visit{Site: s, id: strings.ToUpper(rand.Text()[:8])}
		w := &watched{ResponseWriter: rw}
		strict(w.Header(), s.cfg.Secure)
		w.Header().Set("X-Request-Id", v.id)
		r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
		defer func() {
			cause := recover()
			if err, _ := cause.(error); cause != nil && !errors.Is(err, http.ErrAbortHandler) {
				s.cfg.Log.Error("a page panicked", "request", v.id, "route", v.route, "cause", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()))
				if w.status == 0 {
					v.serve(w, r, func(*visit) error { return casework.Internal }, kind{open: true})
				}
			}
			s.cfg.Log.Info("page", "request", v.id, "method", r.Method, "route", v.route, "status", w.status, "bytes", w.bytes, "took", time.Since(began))
		}()
		next.ServeHTTP(w, r)
	})
}

func strict(h http.Header, secure bool) {
	h.Set("Content-Security-Policy", csp)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// route finds the page of a request.
func (s *Site) route(w http.ResponseWriter, r *http.Request) {
	v := visitOf(r)
	if r.URL.Path == "" || path.Clean(r.URL.Path) != r.URL.Path || len(r.URL.RawQuery) > maxQuery {
		v.serve(w, r, func(*visit) error { return errNoPage }, kind{open: true})
		return
	}
	_, v.route = s.mux.Handler(r)
	if v.route == "" {
		v.serve(w, r, func(*visit) error { return errNoPage }, kind{open: true})
		return
	}
	s.mux.ServeHTTP(w, r)
}

// watched remembers how an answer went, for the log.
type watched struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *watched) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController through.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func acceptsGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
}

func typeOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	}
	return "application/octet-stream"
}
