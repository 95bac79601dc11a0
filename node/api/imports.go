package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"serasi/node/casework"
)

// Imports are the use cases on tables that come in and archives that go out.
// exchange.Desk is one. Every method decides about permissions itself and writes
// its audit line.
type Imports interface {
	Upload(ctx context.Context, by casework.Actor, name string, r io.Reader) (casework.Upload, error)
	Uploads(ctx context.Context, by casework.Actor) ([]casework.Upload, error)
	// Get waits for as long as patience for work under way to end.
	Get(ctx context.Context, by casework.Actor, id casework.ImportID, patience time.Duration) (casework.Upload, error)
	Rows(ctx context.Context, by casework.Actor, id casework.ImportID, state, cursor string) (casework.Page[casework.ImportRow], error)
	Map(ctx context.Context, by casework.Actor, id casework.ImportID, version uint64, m casework.Mapping) (casework.Upload, error)
	Start(ctx context.Context, by casework.Actor, id casework.ImportID, version uint64, doubles bool) (casework.Upload, error)
	Undo(ctx context.Context, by casework.Actor, id casework.ImportID, version uint64) (casework.Upload, error)
	Discard(ctx context.Context, by casework.Actor, id casework.ImportID, version uint64) error
	Archive(ctx context.Context, by casework.Actor, id casework.CaseID, kind string) (casework.Archive, error)
}

const tagImports = "imports"

func (a *API) importRoutes() {
	at := prefix + "/imports"
	o := op{method: "POST", path: at, name: "uploadTable", tag: tagImports, status: http.StatusCreated, streams: true,
		summary: "Upload a table of people and cases, CSV or XLSX of at most 10 MiB; a form with file. Nothing is opened yet"}
	handle(a, o, a.uploadTable)
	a.huma.OpenAPI().Paths[o.path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		multipartType: {Schema: &huma.Schema{
			Type: huma.TypeObject, Required: []string{"file"},
			Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary"}},
		}},
	}}
	handle(a, op{method: "GET", path: at, name: "listImports", tag: tagImports, summary: "All imports, newest first"}, a.imports)
	handle(a, op{method: "GET", path: at + "/{import}", name: "getImport", tag: tagImports,
		summary: "One import; waits a moment for work under way"}, a.getImport)
	handle(a, op{method: "GET", path: at + "/{import}/rows", name: "listImportRows", tag: tagImports,
		summary: "Its rows, 25 a page, with what is wrong with each cell"}, a.importRows)
	handle(a, op{method: "POST", path: at + "/{import}/mapping", name: "mapImport", tag: tagImports,
		summary: "Say what the columns are; a dry run of every row begins and writes nothing"}, a.mapImport)
	handle(a, op{method: "POST", path: at + "/{import}/run", name: "runImport", tag: tagImports,
		summary: "Open a case for each good row; goes on by itself, also after a restart"}, a.runImport)
	handle(a, op{method: "POST", path: at + "/{import}/undo", name: "undoImport", tag: tagImports,
		summary: "Take back the cases that nobody has touched since; the others stay, with why"}, a.undoImport)
	handle(a, op{method: "DELETE", path: at + "/{import}", name: "discardImport", tag: tagImports, status: http.StatusNoContent,
		summary: "Throw the upload away; cases it opened stay"}, a.discardImport)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/archive", name: "archiveCase", tag: tagPapers, reads: true, streams: true,
		summary: "A case as a ZIP that is readable without this program; an export, recorded as one"}, a.archive)
}

// OfImport names an import in the path.
type OfImport struct {
	Import string `path:"import" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

func (o OfImport) id() casework.ImportID { return casework.ImportID(o.Import) }

type importOut struct {
	ETag string `header:"ETag"`
	Body casework.Upload
}

func importAnswer(u casework.Upload, err error) (*importOut, error) {
	if err != nil {
		return nil, err
	}
	return &importOut{ETag: etag(u.Version), Body: u}, nil
}

func (a *API) uploadTable(ctx context.Context, by casework.Actor, _ *struct{}) (*importOut, error) {
	ex := exchangeOf(ctx)
	boundary, ok := formBoundary(ex.media)
	if !ok {
		ex.ran = false
		return nil, httpProblem(http.StatusUnsupportedMediaType, "send the table as "+multipartType)
	}
	form, sum := multipart.NewReader(ex.body, boundary), newFormSum()
	part, err := form.NextPart()
	switch {
	case errors.Is(err, io.EOF):
		return nil, fault("body.file", "is missing")
	case err != nil:
		return nil, formError(err)
	case part.FormName() != "file":
		return nil, fault("body."+plainLocation(part.FormName()), "unexpected property; the form has file")
	}
	u, err := a.cfg.Imports.Upload(ctx, by, part.FileName(), &lastPart{from: sum.file("file", part), rest: form})
	if err != nil {
		return nil, err
	}
	ex.digest = sum.end()
	return importAnswer(u, nil)
}

type importsOut struct {
	Items []casework.Upload `json:"items"`
}

func (a *API) imports(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[importsOut], error) {
	list, err := a.cfg.Imports.Uploads(ctx, by)
	return answer(importsOut{orEmpty(list)}, err)
}

// patience is how long a look at an import waits for work to end.
const patience = 2 * time.Second

func (a *API) getImport(ctx context.Context, by casework.Actor, in *OfImport) (*importOut, error) {
	return importAnswer(a.cfg.Imports.Get(ctx, by, in.id(), patience))
}

type importRowsIn struct {
	OfImport
	State  string `query:"state" enum:"good,bad,double,opened,undone,kept"`
	Cursor string `query:"cursor" maxLength:"20" doc:"next of the page before"`
}

func (a *API) importRows(ctx context.Context, by casework.Actor, in *importRowsIn) (*pageOut[casework.ImportRow], error) {
	p, err := a.cfg.Imports.Rows(ctx, by, in.id(), in.State, in.Cursor)
	return paged(ctx, p, err)
}

type mapImportIn struct {
	OfImport
	IfMatch
	Body struct {
		Targets []string `json:"targets" doc:"One for each column; empty: left out" maxItems:"100"`
		Urgency string   `json:"urgency" doc:"Of rows that do not say it"`
		Basis   string   `json:"basis"`
		Cluster string   `json:"cluster,omitempty"`
		Source  string   `json:"source,omitempty"`
		Unit    string   `json:"unit,omitempty"`
		Lead    string   `json:"lead,omitempty" doc:"Id of the account that gets the cases"`
	}
}

func (a *API) mapImport(ctx context.Context, by casework.Actor, in *mapImportIn) (*importOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	b := in.Body
	return importAnswer(a.cfg.Imports.Map(ctx, by, in.id(), version, casework.Mapping{
		Targets: stringsTo[casework.Target](b.Targets),
		Defaults: casework.ImportDefaults{
			Urgency: casework.Urgency(b.Urgency), Basis: casework.Basis(b.Basis), Cluster: b.Cluster, Source: b.Source, Unit: b.Unit,
			Lead: casework.UserID(b.Lead),
		},
	}))
}

type runImportIn struct {
	OfImport
	IfMatch
	Body struct {
		Doubles bool `json:"doubles,omitempty" doc:"Open those too who may be registered already"`
	}
}

func (a *API) runImport(ctx context.Context, by casework.Actor, in *runImportIn) (*importOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return importAnswer(a.cfg.Imports.Start(ctx, by, in.id(), version, in.Body.Doubles))
}

type changeImportIn struct {
	OfImport
	IfMatch
}

func (a *API) undoImport(ctx context.Context, by casework.Actor, in *changeImportIn) (*importOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return importAnswer(a.cfg.Imports.Undo(ctx, by, in.id(), version))
}

func (a *API) discardImport(ctx context.Context, by casework.Actor, in *changeImportIn) (*struct{}, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return nil, a.cfg.Imports.Discard(ctx, by, in.id(), version)
}

type archiveIn struct {
	OfCase
	Body struct {
		Kind string `json:"kind" doc:"whole, or subject: the copy for the person it is about"`
	}
}

func (a *API) archive(ctx context.Context, by casework.Actor, in *archiveIn) (*streamOut, error) {
	f, err := a.cfg.Imports.Archive(ctx, by, in.id(), in.Body.Kind)
	if err != nil {
		return nil, err
	}
	return &streamOut{func(h huma.Context) {
		_, w := humago.Unwrap(h)
		head := http.Header{
			"Content-Type":        {f.Media},
			"Content-Disposition": {mime.FormatMediaType("attachment", map[string]string{"filename": f.Name})},
		}
		a.stream(ctx, w, head, func(w *streamWriter) error { return f.Write(w) })
	}}, nil
}
