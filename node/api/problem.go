package api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"serasi/node/casework"
)

// statuses says which HTTP status each kind of error becomes. This is the one
// place where that is decided. Waiting is no success: what was asked for now has
// not happened, because an earlier act is still on its way.
var statuses = map[casework.Kind]int{
	casework.Invalid:     http.StatusUnprocessableEntity,
	casework.Unknown:     http.StatusUnauthorized,
	casework.Forbidden:   http.StatusForbidden,
	casework.NotFound:    http.StatusNotFound,
	casework.Conflict:    http.StatusConflict,
	casework.Frozen:      http.StatusLocked,
	casework.Waiting:     http.StatusConflict,
	casework.TooMany:     http.StatusTooManyRequests,
	casework.Unavailable: http.StatusServiceUnavailable,
	casework.Unsupported: http.StatusNotImplemented,
	casework.Internal:    http.StatusInternalServerError,
}

// titles are the short names of the kinds. They do not change from one
// occurrence to the next (RFC 9457, 3.1.3).
var titles = map[casework.Kind]string{
	casework.Invalid:     "The input needs a correction",
	casework.Unknown:     "Who is asking is not known",
	casework.Forbidden:   "Not allowed",
	casework.NotFound:    "Not found",
	casework.Conflict:    "In conflict with what is stored",
	casework.Frozen:      "The case is on its way to another balai",
	casework.Waiting:     "It waits in the outbox",
	casework.TooMany:     "Too many requests",
	casework.Unavailable: "Not possible at this moment",
	casework.Unsupported: "Not supported",
	casework.Internal:    "Something went wrong here",
}

// httpKinds name the problems of HTTP itself, by status.
var httpKinds = map[int]string{
	http.StatusBadRequest:            "malformed",
	http.StatusNotFound:              "not-found",
	http.StatusMethodNotAllowed:      "method-not-allowed",
	http.StatusNotAcceptable:         "not-acceptable",
	http.StatusRequestTimeout:        "timeout",
	http.StatusRequestEntityTooLarge: "too-large",
	http.StatusUnsupportedMediaType:  "unsupported-media-type",
	http.StatusUnprocessableEntity:   "invalid",
	http.StatusPreconditionRequired:  "precondition-required",
}

// A Problem is every error this API answers with (RFC 9457).
type Problem struct {
	Type     string         `json:"type" doc:"urn:serasi:problem: and the kind, for programs"`
	Title    string         `json:"title"`
	Status   int            `json:"status"`
	Detail   string         `json:"detail,omitempty" doc:"Words for the person at the screen"`
	Instance string         `json:"instance,omitempty" doc:"Names this request in the node's log"`
	Errors   []ProblemError `json:"errors,omitempty" doc:"The fields at fault"`
	Current  any            `json:"current,omitempty" doc:"Of a stale edit: what is stored"`
	Yours    any            `json:"yours,omitempty" doc:"Of a stale edit: what you wanted to store"`
	StepUp   bool           `json:"stepUp,omitempty" doc:"To sign in again would lift the refusal"`
	Hint     string         `json:"hint,omitempty" doc:"What is possible instead"`

	headers http.Header
}

// A ProblemError is one field and what is wrong with it.
type ProblemError struct {
	Location string `json:"location" doc:"body, query, path or header, and the field: body.claims[0].value"`
	Message  string `json:"message"`
}

func (p *Problem) Error() string { return p.Detail }

// GetStatus is asked for by huma.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders is asked for by huma.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType is asked for by huma.
func (p *Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

func (p *Problem) with(name, value string) *Problem {
	if p.headers == nil {
		p.headers = http.Header{}
	}
	p.headers.Set(name, value)
	return p
}

// httpProblem makes a problem of HTTP itself.
func httpProblem(status int, detail string, faults ...ProblemError) *Problem {
	kind := httpKinds[status]
	if kind == "" {
		kind = strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "-")
	}
	title := http.StatusText(status)
	if status == http.StatusUnprocessableEntity {
		title = titles[casework.Invalid]
	}
	return &Problem{Type: "urn:serasi:problem:" + kind, Title: title, Status: status, Detail: detail, Errors: faults}
}

// fault is an Invalid problem that names one place.
func fault(location, message string) *Problem {
	return httpProblem(http.StatusUnprocessableEntity, "some fields need a correction", ProblemError{location, message})
}

// retryAfter is when a refused caller may come again. The waits of the door
// begin with it and grow; to come too early costs nothing but another refusal.
const retryAfter = 5 * time.Second

// problem turns an error into what the caller reads. Fields at fault are looked
// for in place: body or query.
func (a *API) problem(err error, place string) *Problem {
	var made *Problem
	if errors.As(err, &made) {
		return made
	}
	kind, words := casework.Explain(err)
	if kind == casework.Internal {
		words = "It has been noted in the log of this node, under the number of this request."
	}
	p := &Problem{
		Type: "urn:serasi:problem:" + strings.ReplaceAll(string(kind), " ", "-"), Title: titles[kind], Status: statuses[kind], Detail: words,
	}
	for _, f := range casework.Faults(err) {
		p.Errors = append(p.Errors, ProblemError{place + "." + indexed(f.Field), f.Words})
	}
	if both, ok := casework.BothVersions(err); ok {
		p.Current, p.Yours = both.Current, both.Yours
	}
	switch kind {
	case casework.Unknown:
		_ = p.with("WWW-Authenticate", `Bearer realm="serasi", error="invalid_token"`)
	case casework.Forbidden:
		p.StepUp = a.cfg.Access.NeedsStepUp(err)
	case casework.Frozen:
		p.Hint = `add a note, document or consent with "addendum": true; it travels after the file`
	case casework.TooMany, casework.Unavailable:
		_ = p.with("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
	}
	return p
}

// indexed writes claims.0.value as claims[0].value.
func indexed(field string) string {
	parts := strings.Split(field, ".")
	var b strings.Builder
	for i, part := range parts {
		_, err := strconv.Atoi(part)
		switch {
		case err == nil && i > 0:
			b.WriteString("[" + part + "]")
			continue
		case i > 0:
			b.WriteByte('.')
		}
		b.WriteString(part)
	}
	return b.String()
}

// plainLocation keeps a place that a caller named harmless: a field may have
// been called anything.
func plainLocation(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > 120 {
		s = string(runes[:120])
	}
	return s
}
