package nodetest

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"

	"serasi/node/casework"
)

// Upload uploads a table of people as the head, and takes its columns for what
// their headings say. It returns the import once every row was tried.
func (b *Balai) Upload(file string) (u casework.Upload) {
	b.c.T.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "daftar.csv")
	if err == nil {
		_, err = io.WriteString(part, file)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		b.c.T.Fatal(err)
	}
	answer, err := b.send("head", http.MethodPost, "/imports", &form, w.FormDataContentType(), "")
	if err == nil {
		err = json.Unmarshal(answer, &u)
	}
	if err != nil {
		b.c.T.Fatalf("%s uploads a table: %v", b.Code, err)
	}
	b.Must("head", http.MethodPost, "/imports/"+string(u.ID)+"/mapping", edit{u.Version, map[string]any{
		"targets": u.Targets, "urgency": u.Defaults.Urgency, "basis": u.Defaults.Basis,
	}}, nil)
	return b.Imported(u.ID)
}

// RunImport opens a case for each good row of an import.
func (b *Balai) RunImport(u casework.Upload) casework.Upload {
	b.c.T.Helper()
	b.Must("head", http.MethodPost, "/imports/"+string(u.ID)+"/run", edit{u.Version, map[string]any{}}, nil)
	return b.Imported(u.ID)
}

// Imported waits until the node has done what it was told about an import.
func (b *Balai) Imported(id casework.ImportID) (u casework.Upload) {
	b.c.T.Helper()
	b.c.WaitFor("the import to be done", func() bool {
		u = casework.Upload{}
		return b.Do("head", http.MethodGet, "/imports/"+string(id), nil, &u) == nil && !u.Working()
	})
	return u
}
