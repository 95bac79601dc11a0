package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

func (s *Site) paperRoutes() {
	s.page("GET /kasus/{id}/dokumen", (*visit).documentsPage)
	s.upload("POST /kasus/{id}/dokumen", (*visit).addDocument)
	s.upload("GET /kasus/{id}/dokumen/{doc}", (*visit).openDocument)
}

func (v *visit) documentsPage() error { return v.showDocuments(v.plain()) }

func (v *visit) showDocuments(form *ui.Form) error {
	f, err := v.file()
	if err != nil {
		return err
	}
	page, err := v.cfg.Cases.Documents(v.ctx, v.by, v.caseID(), v.query("dari"), perPage)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("casefile.part.dokumen"), Form: form}, documentsBody(v, form, f, page))
}

func (v *visit) addDocument() error {
	form := v.plain()
	d := casework.Document{Kind: form.Value("kind"), Title: form.Trim("title"), Addendum: form.Value("addendum") != ""}
	file, _, err := v.r.FormFile("file")
	switch {
	case errors.Is(err, http.ErrMissingFile):
		err = casework.Faulty(casework.Fault{Field: "file", Words: "is missing"})
	case err == nil:
		defer func() { _ = file.Close() }() // it was only read
		_, err = v.cfg.Cases.AddDocument(v.ctx, v.by, v.caseID(), d, file)
	}
	if v.mend(form, err) {
		for i, x := range form.Faults {
			if x.Field == "content" || x.Field == "media" {
				form.Faults[i].Field = "file"
			}
		}
		return v.showDocuments(form)
	}
	if err != nil {
		return err
	}
	return v.done(nil, v.casePath("dokumen"), v.t("casefile.document.added"))
}

// openDocument sends a document to be kept or shown. Its type was told by its
// content, and the policy of the site lets nothing in it run.
func (v *visit) openDocument() error {
	d, content, err := v.cfg.Cases.OpenDocument(v.ctx, v.by, v.caseID(), casework.DocumentID(v.part("doc")))
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was only read
	h := v.w.Header()
	h.Set("Content-Type", d.Media)
	h.Set("Content-Length", strconv.FormatInt(d.Size, 10))
	h.Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": string(d.ID)[:8] + extension(d.Media)}))
	v.w.WriteHeader(http.StatusOK)
	if _, err := io.Copy(v.w, content); err != nil {
		v.cfg.Log.Warn("a document was not sent whole", "request", v.id, "err", err)
	}
	return nil
}

// extension is the usual end of a file name. The name itself says nothing: a
// folder of downloads is read by others.
func extension(media string) string {
	switch media {
	case "image/jpeg":
		return ".jpg"
	case "text/plain":
		return ".txt"
	case "audio/mpeg":
		return ".mp3"
	}
	for i := range media {
		if media[i] == '/' {
			return "." + media[i+1:]
		}
	}
	return ""
}

func (v *visit) documentKinds() (out []ui.Option) {
	for _, k := range casework.DocumentKinds {
		out = append(out, ui.Option{Value: k, Label: v.t("doc." + k)})
	}
	return out
}
