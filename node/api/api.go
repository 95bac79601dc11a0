package api

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/danielgtaylor/huma/v2/validation"
)

// An API is the REST door of a node. It starts no goroutine and needs no
// closing; its handler may be used by many at once.
type API struct {
	cfg     Config
	mux     *http.ServeMux
	huma    huma.API
	ops     map[string]op       // by pattern
	methods map[string][]string // by path of the pattern
	boot    string              // names this process among those that kept answers
	spec    func() ([]byte, error)

	sweepMu sync.Mutex // guards swept
	swept   time.Time
}

var problemGoType = reflect.TypeFor[Problem]()

// New returns the API, or what Check says.
func New(c Config) (*API, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	a := &API{
		cfg: c.withDefaults(), mux: http.NewServeMux(), ops: map[string]op{}, methods: map[string][]string{}, boot: rand.Text(),
	}
	a.huma = humago.New(a.mux, a.describe())
	a.routes()
	a.plain(op{method: "GET", path: prefix + "/openapi.json", name: "openapi", tag: tagNode, public: true, summary: "This document"}, a.document31)
	schemas := a.huma.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel") // the library's, which this API never sends
	delete(schemas, "ErrorDetail")
	a.spec = sync.OnceValues(a.writeSpec)
	return a, nil
}

// describe is the head of the OpenAPI document and how bodies are read.
func (a *API) describe() huma.Config {
	c := huma.DefaultConfig("SERASI", a.cfg.Version)
	c.Info.Description = "One node of SERASI: the cases of one balai, their handoffs to others, and the ledger all balai share."
	c.CreateHooks = nil // no $schema in what we answer
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.RejectUnknownQueryParameters = true
	c.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}
	c.Transformers = []huma.Transformer{a.asProblem}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", BearerFormat: "srs_ and 43 characters"},
	}
	return c
}

var jsonFormat = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	},
	Unmarshal: json.Unmarshal,
}

// asProblem makes what the library says of bad input a Problem. Nothing that a
// caller typed is repeated.
func (a *API) asProblem(ctx huma.Context, _ string, v any) (any, error) {
	ex := exchangeOf(ctx.Context())
	switch e := v.(type) {
	case *Problem:
		return ex.spoken(e), nil
	case *huma.ErrorModel:
		p := httpProblem(e.Status, bodyWords(e.Status))
		for _, d := range e.Errors {
			p.Errors = append(p.Errors, plainFault(d))
		}
		return ex.spoken(p), nil
	}
	return v, nil
}

func bodyWords(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "the body is missing or no JSON"
	case http.StatusUnsupportedMediaType:
		return "send the body as application/json"
	case http.StatusRequestEntityTooLarge:
		return "the body is too large"
	case http.StatusUnprocessableEntity:
		return "some fields need a correction"
	}
	return http.StatusText(status)
}

// plainFault is one thing the library found wrong, with the field in its place
// and no words about Go.
func plainFault(d *huma.ErrorDetail) ProblemError {
	f := ProblemError{Location: d.Location, Message: d.Message}
	before, after, _ := strings.Cut(validation.MsgExpectedRequiredProperty, "%s")
	if name, ok := strings.CutPrefix(f.Message, before); ok && strings.HasSuffix(name, after) {
		f.Location, f.Message = f.Location+"."+strings.TrimSuffix(name, after), "is missing"
	}
	if strings.HasPrefix(f.Message, "required ") && strings.HasSuffix(f.Message, " is missing") {
		f.Message = "is missing"
	}
	if strings.HasPrefix(f.Message, "json: ") || strings.Contains(f.Message, "time.Time") || strings.HasPrefix(f.Message, "parsing time") {
		f.Message = "is not what this call takes here"
	}
	f.Location = plainLocation(f.Location)
	return f
}

// writeSpec writes the OpenAPI document. It is written when it is first asked
// for: that takes longer than all else a node does when it starts.
func (a *API) writeSpec() ([]byte, error) {
	spec, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return spec, nil
}

func (a *API) document31(w http.ResponseWriter, r *http.Request) {
	spec, err := a.spec()
	if err != nil {
		a.fail(w, exchangeOf(r.Context()), a.problem(err, ""))
		return
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	_, _ = w.Write(spec)
}
