package api

import (
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"serasi/node/casework"
)

const multipartType = "multipart/form-data"

func (a *API) documentRoutes() {
	o := op{method: "POST", path: prefix + "/cases/{id}/documents", name: "addDocument", tag: tagPapers, status: http.StatusCreated, streams: true,
		summary: "Add a document of at most 25 MiB. A form with kind, title, perhaps addendum, and file as the last part"}
	handle(a, o, a.addDocument)
	text := &huma.Schema{Type: huma.TypeString}
	a.huma.OpenAPI().Paths[o.path].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		multipartType: {Schema: &huma.Schema{
			Type: huma.TypeObject, Required: []string{"kind", "title", "file"},
			Properties: map[string]*huma.Schema{
				"kind": text, "title": text, "addendum": {Type: huma.TypeString, Enum: []any{"true", "false"}},
				"file": {Type: huma.TypeString, Format: "binary", Description: "The last part"},
			},
		}},
	}}
	handle(a, op{method: "GET", path: prefix + "/cases/{id}/documents/{document}", name: "getDocument", tag: tagPapers, streams: true,
		summary: "The content of a document"}, a.document)
}

// maxField bounds one field of a form beside the file, in bytes.
const maxField = 8 << 10

// upload is a form being read. Nothing of it is kept on disk on the way, where
// it would lie unencrypted.
type upload struct {
	parts *multipart.Reader
	sum   *formSum
	doc   casework.Document
}

func (a *API) addDocument(ctx context.Context, by casework.Actor, in *OfCase) (*bodyOut[casework.Document], error) {
	ex := exchangeOf(ctx)
	boundary, ok := formBoundary(ex.media)
	if !ok {
		ex.ran = false
		return nil, httpProblem(http.StatusUnsupportedMediaType, "send the document as "+multipartType)
	}
	u := &upload{parts: multipart.NewReader(ex.body, boundary), sum: newFormSum()}
	file, err := u.fields()
	if err != nil {
		return nil, err
	}
	d, err := a.cfg.Cases.AddDocument(ctx, by, in.id(), u.doc, file)
	if err != nil {
		return nil, err
	}
	ex.digest = u.sum.end()
	return answer(d, nil)
}

func formBoundary(media string) (string, bool) {
	kind, params, err := mime.ParseMediaType(media)
	return params["boundary"], err == nil && kind == multipartType && params["boundary"] != ""
}

// fields reads up to the file, which is the last part, and returns its content.
func (u *upload) fields() (io.Reader, error) {
	seen := map[string]bool{}
	for {
		part, err := u.parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil, fault("body.file", "is missing")
		}
		if err != nil {
			return nil, formError(err)
		}
		name := part.FormName()
		if seen[name] {
			return nil, fault("body."+plainLocation(name), "is there twice")
		}
		seen[name] = true
		if name == "file" {
			if media := part.Header.Get("Content-Type"); media != "application/octet-stream" {
				u.doc.Media = media
			}
			return &lastPart{from: u.sum.file(name, part), rest: u.parts}, nil
		}
		if err := u.field(name, part); err != nil {
			return nil, err
		}
	}
}

func (u *upload) field(name string, part io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(u.sum.file(name, part), maxField+1))
	switch {
	case err != nil:
		return formError(err)
	case len(text) > maxField:
		return fault("body."+plainLocation(name), "is too long")
	}
	switch name {
	case "kind":
		u.doc.Kind = string(text)
	case "title":
		u.doc.Title = string(text)
	case "addendum":
		if u.doc.Addendum, err = strconv.ParseBool(string(text)); err != nil {
			return fault("body.addendum", "must be true or false")
		}
	default:
		return fault("body."+plainLocation(name), "unexpected property; the form has kind, title, addendum and file")
	}
	return nil
}

// lastPart reads a part and makes sure that nothing follows it: its end is only
// told once that is known.
type lastPart struct {
	from io.Reader
	rest *multipart.Reader
}

func (l *lastPart) Read(b []byte) (int, error) {
	n, err := l.from.Read(b)
	switch {
	case err == nil:
		return n, nil
	case !errors.Is(err, io.EOF):
		return n, formError(err)
	}
	if _, err := l.rest.NextPart(); err == nil {
		return n, fault("body.file", "must be the last part of the form")
	} else if !errors.Is(err, io.EOF) {
		return n, formError(err)
	}
	return n, io.EOF
}

// formError is what a caller may know of a form that cannot be read.
func formError(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return httpProblem(http.StatusRequestEntityTooLarge, "a document may have at most 25 MiB")
	}
	return httpProblem(http.StatusBadRequest, "the form is not well formed, or ended early")
}

type documentIn struct {
	OfCase
	Document string `path:"document" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

// document sends the content. Its title stays out of the headers, and a browser
// that is led here shows and runs nothing of it.
func (a *API) document(ctx context.Context, by casework.Actor, in *documentIn) (*streamOut, error) {
	d, content, err := a.cfg.Cases.OpenDocument(ctx, by, in.id(), casework.DocumentID(in.Document))
	if err != nil {
		return nil, err
	}
	return &streamOut{func(h huma.Context) {
		defer func() { _ = content.Close() }()
		_, w := humago.Unwrap(h)
		head := http.Header{
			"Content-Type":            {d.Media},
			"Content-Length":          {strconv.FormatInt(d.Size, 10)},
			"Content-Disposition":     {`attachment; filename="` + string(d.ID) + `"`},
			"Content-Security-Policy": {"sandbox; default-src 'none'"},
		}
		a.stream(ctx, w, head, func(w *streamWriter) error {
			_, err := io.Copy(w, content)
			return err
		})
	}}, nil
}
