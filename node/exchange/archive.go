package exchange

import (
	"archive/zip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime"
	"slices"
	"time"

	"serasi/node/casework"
)

// Archive packs a case as a ZIP that is readable without this program: a page in
// plain HTML, the same as JSON, the documents, and a manifest with the SHA-256
// of each. kind is casework.WholeCase, or SubjectCopy for the person it is about.
//
// It is an export: the gate is asked for that and the line is in the trail
// before a byte is given out. The contents of documents are read while the
// archive is written.
//
// Whoever may export may take either. The data protection officer may take the
// copy for the person while an open request of that case asks for it.
//
// The error is Invalid for an unknown kind, NotFound or Forbidden.
func (d *Desk) Archive(ctx context.Context, by casework.Actor, id casework.CaseID, kind string) (casework.Archive, error) {
	if kind != casework.WholeCase && kind != casework.SubjectCopy {
		return casework.Archive{}, casework.Faulty(casework.Fault{Field: "kind", Words: "must be whole or subject"})
	}
	var b casework.Bundle
	line := casework.Line{
		At: d.now(), User: by.User, Name: by.Name, Via: by.Via, Act: string(casework.Export), What: "archive " + kind, Case: id, Outcome: "done",
	}
	if len(by.Roles) > 0 {
		line.Role = by.Roles[0]
	}
	err := d.cfg.Store.View(func(tx casework.Tx) (err error) {
		c, err := casework.CaseOf(tx, id)
		if err != nil {
			return err
		}
		if err := d.mayTake(tx, by, c, kind); err != nil {
			return err
		}
		b, err = d.cfg.Copy(tx, id)
		return err
	})
	if errors.Is(err, casework.Forbidden) {
		line.Outcome = "denied"
		if auditErr := d.line(context.WithoutCancel(ctx), line); auditErr != nil {
			return casework.Archive{}, auditErr
		}
	}
	if err != nil {
		return casework.Archive{}, err
	}
	b.Filled.Answers = granted(by, b)
	line.Person = b.Person.ID
	if err := d.line(ctx, line); err != nil {
		return casework.Archive{}, err
	}
	if kind == casework.SubjectCopy {
		b = b.ForSubject()
	}
	at := d.now().In(d.cfg.Zone)
	return casework.Archive{
		Name: fmt.Sprintf("kasus-%s-%s.zip", b.Case.Number, at.Format("20060102")), Media: "application/zip",
		Write: func(w io.Writer) error { return d.pack(w, b, kind, at) },
	}, nil
}

// granted are the answers that by may take out: those of a secrecy group need its
// grant, also where the case as a whole does not.
func granted(by casework.Actor, b casework.Bundle) []casework.FormAnswer {
	return slices.DeleteFunc(slices.Clone(b.Filled.Answers), func(a casework.FormAnswer) bool {
		return a.Secrecy != "" && !slices.Contains(by.Grants, a.Secrecy) && b.Case.Lead != by.User
	})
}

func (d *Desk) line(ctx context.Context, l casework.Line) error {
	return d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		if err := d.cfg.Trail.Record(tx, l); err != nil {
			return fmt.Errorf("write the audit line: %w", err)
		}
		return nil
	})
}

// A listing is one file of an archive, in its manifest.
type listing struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// manifest says what an archive holds.
type manifest struct {
	Format int                `json:"format"` // 1
	Balai  casework.BalaiCode `json:"balai"`
	Case   string             `json:"case"` // its number
	Kind   string             `json:"kind"`
	Made   time.Time          `json:"made"`
	Files  []listing          `json:"files"`
}

// packer writes an archive and keeps its list.
type packer struct {
	z     *zip.Writer
	files []listing
	at    time.Time
}

// put adds a file.
func (p *packer) put(name string, write func(io.Writer) error) error {
	w, err := p.z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: p.at})
	if err != nil {
		return err
	}
	t := &tally{w: w, sum: sha256.New()}
	if err := write(t); err != nil {
		return fmt.Errorf("%s of an archive: %w", name, err)
	}
	p.files = append(p.files, listing{name, t.n, hex.EncodeToString(t.sum.Sum(nil))})
	return nil
}

type tally struct {
	w   io.Writer
	sum hash.Hash
	n   int64
}

func (t *tally) Write(b []byte) (int, error) {
	n, err := t.w.Write(b)
	t.sum.Write(b[:n])
	t.n += int64(n)
	return n, err
}

func (d *Desk) pack(w io.Writer, b casework.Bundle, kind string, at time.Time) error {
	p := &packer{z: zip.NewWriter(w), at: at}
	names := documentNames(b.Documents)
	if err := p.put("index.html", func(w io.Writer) error { return writePage(w, b, kind, at, names) }); err != nil {
		return err
	}
	err := p.put("kasus.json", func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(b)
	})
	if err != nil {
		return err
	}
	for i, doc := range b.Documents {
		if err := p.put(names[i], func(w io.Writer) error { return d.copyBlob(w, b.Case.ID, doc) }); err != nil {
			return err
		}
	}
	m := manifest{Format: 1, Balai: d.cfg.Balai, Case: b.Case.Number, Kind: kind, Made: at, Files: p.files}
	err = p.put("manifest.json", func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(m)
	})
	if err != nil {
		return err
	}
	return p.z.Close()
}

// copyBlob writes a document and compares it with its digest: an archive never
// holds something else than what was put into the case.
func (d *Desk) copyBlob(w io.Writer, id casework.CaseID, doc casework.Document) error {
	r, err := d.cfg.Files.OpenBlob(string(id), doc.Blob)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, sum), r); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); doc.Digest != "" && got != doc.Digest {
		return fmt.Errorf("document %s is not what its digest says", doc.ID)
	}
	return nil
}

// extensions are those of what a document may be.
var extensions = map[string]string{
	"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif", "image/bmp": ".bmp",
	"text/plain": ".txt", "video/mp4": ".mp4", "audio/mpeg": ".mp3",
}

// documentNames gives each document a file name that says nothing of the person.
func documentNames(docs []casework.Document) []string {
	out := make([]string, len(docs))
	for i, doc := range docs {
		base, _, err := mime.ParseMediaType(doc.Media)
		ext := extensions[base]
		if err != nil || ext == "" {
			ext = ".bin"
		}
		out[i] = fmt.Sprintf("dokumen/%03d-%s%s", i+1, doc.Kind, ext)
	}
	return out
}
