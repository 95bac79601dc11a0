package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"serasi/node/casework"
)

// prefix is where the calls of this version lie.
const prefix = "/api/v1"

// op is one row of the table of routes.
type op struct {
	method, path string
	name         string // operation id
	summary      string
	status       int  // of success; 0: 200
	public       bool // needs no token
	reads        bool // changes nothing, though the method may say otherwise
	secret       bool // the answer is shown once: it is not kept for an Idempotency-Key
	streams      bool // takes or sends large content: more time
	tag          string
}

func (o op) pattern() string { return o.method + " " + o.path }

// writes reports whether o may change something.
func (o op) writes() bool { return o.method != http.MethodGet && !o.reads }

// place is where the fields of o's input are.
func (o op) place() string {
	if o.method == http.MethodGet {
		return "query"
	}
	return "body"
}

// handle adds a route. f is called with who is asking; its error becomes a
// problem.
func handle[I, O any](a *API, o op, f func(ctx context.Context, by casework.Actor, in *I) (*O, error)) {
	a.add(o)
	huma.Register(a.huma, a.operation(o), func(ctx context.Context, in *I) (*O, error) {
		ex := exchangeOf(ctx)
		ex.ran = true
		out, err := f(ctx, ex.by, in)
		if err != nil {
			return nil, a.refuse(ex, err)
		}
		return out, nil
	})
}

// refuse turns the error of a use case into a problem, and notes whether it was
// a decision: of all else nobody knows what it left behind.
func (a *API) refuse(ex *exchange, err error) *Problem {
	p := a.problem(err, ex.op.place())
	ex.refused = p.Status != http.StatusInternalServerError
	if !ex.refused {
		a.cfg.Log.Error("request failed", "request", ex.id, "route", ex.op.pattern(), "err", err)
	}
	p.Instance = instance(ex)
	return p
}

func instance(ex *exchange) string { return "urn:serasi:request:" + ex.id }

func (a *API) add(o op) {
	a.ops[o.pattern()] = o
	a.methods[o.path] = append(a.methods[o.path], o.method)
}

// bodyTime is how long a caller may take to send JSON. streamTime is for a
// document over a slow line, and for a backup of many gigabytes.
const (
	bodyTime   = 30 * time.Second
	streamTime = time.Hour
)

// operation describes o for the router and the document.
func (a *API) operation(o op) huma.Operation {
	d := huma.Operation{
		OperationID: o.name, Method: o.method, Path: o.path, Summary: o.summary, Tags: []string{o.tag}, DefaultStatus: o.status,
		MaxBodyBytes: a.cfg.MaxBody, BodyReadTimeout: bodyTime, RejectUnknownQueryParameters: true,
		Security:  []map[string][]string{{"token": {}}},
		Responses: map[string]*huma.Response{"default": a.problemResponse()},
	}
	if o.public {
		d.Security = []map[string][]string{}
	}
	if o.writes() && !o.public {
		d.Parameters = append(d.Parameters, &huma.Param{
			Name: keyHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MinLength: ptr(1), MaxLength: ptr(maxKey)},
			Description: "Up to 200 printable characters, new for each thing you want done. The same request with the same key within a day is done once and answered alike.",
		})
	}
	return d
}

func (a *API) problemResponse() *huma.Response {
	return &huma.Response{Description: "A problem (RFC 9457)", Content: map[string]*huma.MediaType{
		problemType: {Schema: huma.SchemaFromType(a.huma.OpenAPI().Components.Schemas, problemGoType)},
	}}
}

func ptr[T any](v T) *T { return &v }

// allow returns the methods that a path takes, or "" if there is no such path.
func (a *API) allow(path string) string {
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		if _, pattern := a.mux.Handler(&http.Request{Method: m, URL: urlOf(path), Host: "node"}); pattern != "" {
			_, route, _ := strings.Cut(pattern, " ")
			return strings.Join(a.methods[route], ", ")
		}
	}
	return ""
}

// routes are all there are.
func (a *API) routes() {
	a.doorRoutes()
	a.userRoutes()
	a.peopleRoutes()
	a.privacyRoutes()
	a.caseRoutes()
	a.paperRoutes()
	a.doubleRoutes()
	a.formRoutes()
	a.lifeRoutes()
	a.careRoutes()
	a.errandRoutes()
	a.handoffRoutes()
	a.preparedRoutes()
	a.directoryRoutes()
	a.partnerRoutes()
	a.letterRoutes()
	a.ledgerRoutes()
	a.memberRoutes()
	a.nodeRoutes()
	a.reportRoutes()
	a.importRoutes()
}
