package main

import (
	"bytes"
	"context"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) caseNote() *cobra.Command {
	var kind, text, file, at string
	var confidential, addendum bool
	cmd := &cobra.Command{
		Use: "note CASE", Short: a.t("Tambah catatan", "Add a note"), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if file != "" {
				b, err := a.content(file, "text-file")
				if err != nil {
					return err
				}
				text = string(b)
			}
			if err := a.need(&text, "text", a.t("Isi catatan", "Text of the note")); err != nil {
				return err
			}
			body := withoutEmpty(map[string]any{"kind": kind, "text": text, "confidential": confidential, "addendum": addendum})
			t, err := parseTime(a, "at", at)
			if err != nil {
				return err
			}
			if !t.IsZero() {
				body["at"] = t
			}
			return a.onCase(cmd, args[0], func(ctx context.Context, c *client, id string) error {
				var n node.Note
				if err := c.post(ctx, path("cases", id, "notes"), body, &n); err != nil {
					return err
				}
				return a.facts(n, a.t("Catatan", "Note"), string(n.ID), a.t("Waktu", "Time"), when(n.At),
					a.t("Susulan", "Addendum"), yesNo(n.Addendum, a.t("ya; menyusul setelah berkas", "yes; it follows the file"), ""))
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&kind, "kind", "progress", "progress, visit, incident, conference, rapid assessment")
	f.StringVar(&text, "text", "", a.t("isi", "text"))
	f.StringVar(&file, "text-file", "", a.t("berkas isi; - untuk stdin", "file of the text; - for stdin"))
	f.StringVar(&at, "at", "", a.t("kapan terjadi", "when it happened"))
	f.BoolVar(&confidential, "confidential", false, a.t("rahasia", "confidential"))
	f.BoolVar(&addendum, "addendum", false, a.t("catatan susulan saat kasus sedang ditawarkan", "addendum while the case is on its way"))
	return cmd
}

// content reads a whole file, or stdin.
func (a *app) content(file, flag string) ([]byte, error) {
	if file == "-" {
		var b bytes.Buffer
		_, err := b.ReadFrom(a.stdin)
		return b.Bytes(), err
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, usage("--"+flag, "%s", reason(err))
	}
	return b, nil
}

func (a *app) caseNotes() *cobra.Command {
	var cursor string
	cmd := &cobra.Command{
		Use: "notes CASE", Short: a.t("Daftar catatan", "List the notes"), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.onCase(cmd, args[0], func(ctx context.Context, c *client, id string) error {
				var p node.Page[node.Note]
				if err := c.get(ctx, path("cases", id, "notes"), queryOf("cursor", cursor), &p); err != nil {
					return err
				}
				var rows [][]string
				for _, n := range p.Items {
					rows = append(rows, []string{when(n.At), string(n.Balai), n.Kind, yesNo(n.Addendum, a.t("susulan", "addendum"), ""), n.Text})
				}
				err := a.show(p, []string{a.t("WAKTU", "TIME"), "BALAI", a.t("JENIS", "KIND"), "", a.t("ISI", "TEXT")}, rows)
				a.more(p.Next)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&cursor, "cursor", "", a.t("halaman berikut", "next page"))
	return cmd
}

func (a *app) caseDocument() *cobra.Command {
	var kind, title string
	var addendum bool
	cmd := &cobra.Command{
		Use: "document CASE FILE", Short: a.t("Tambah dokumen", "Add a document"), Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := os.ReadFile(args[1])
			if err != nil {
				return usage("FILE", "%s", reason(err))
			}
			if err := a.need(&kind, "kind", "ktp, kk, akta, consent, medical, police, letter, photo, other"); err != nil {
				return err
			}
			return a.onCase(cmd, args[0], func(ctx context.Context, c *client, id string) error {
				r, err := upload(path("cases", id, "documents"), kind, firstOf(title, filepath.Base(args[1])), args[1], b, addendum)
				if err != nil {
					return err
				}
				var d node.Document
				if err := c.call(ctx, r, &d); err != nil {
					return err
				}
				return a.facts(d, a.t("Dokumen", "Document"), string(d.ID), a.t("Judul", "Title"), d.Title, a.t("Ukuran", "Size"), fmt.Sprintf("%d B", d.Size), "SHA-256", d.Digest)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&kind, "kind", "", "ktp, kk, akta, consent, medical, police, letter, photo, other")
	f.StringVar(&title, "title", "", a.t("judul; tanpa ini nama berkas", "title; without it the name of the file"))
	f.BoolVar(&addendum, "addendum", false, a.t("dokumen susulan", "addendum"))
	return cmd
}

// upload makes the request that adds a document: a form, because a title does
// not belong in an address.
func upload(path, kind, title, name string, content []byte, addendum bool) (request, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	fields := []string{"kind", kind, "title", title}
	if addendum {
		fields = append(fields, "addendum", "true")
	}
	for i := 0; i < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			return request{}, err
		}
	}
	media := mime.TypeByExtension(filepath.Ext(name))
	if media == "" {
		media = http.DetectContentType(content)
	}
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="document"`}, "Content-Type": {media},
	})
	if err != nil {
		return request{}, err
	}
	if _, err := part.Write(content); err != nil {
		return request{}, err
	}
	if err := w.Close(); err != nil {
		return request{}, err
	}
	return request{method: http.MethodPost, path: path, raw: b.Bytes(), media: w.FormDataContentType()}, nil
}

func (a *app) caseConsent() *cobra.Command {
	var scope, recipient, purpose, how, givenBy, witness, text, withdraw string
	cmd := &cobra.Command{
		Use: "consent CASE", Short: a.t("Catat persetujuan (F4), atau tarik dengan --withdraw", "Record a consent (F4), or end one with --withdraw"), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if withdraw != "" && !isID(withdraw) {
				return usage("--withdraw", "%s", a.t("bukan id persetujuan", "is not the id of a consent"))
			}
			return a.onCase(cmd, args[0], func(ctx context.Context, c *client, id string) error {
				var out node.Consent
				var err error
				if withdraw != "" {
					err = c.post(ctx, path("cases", id, "consents", withdraw, "withdraw"), nil, &out)
				} else {
					err = c.post(ctx, path("cases", id, "consents"), withoutEmpty(map[string]any{
						"scope": scope, "recipient": recipient, "purpose": purpose, "how": how, "givenBy": givenBy, "witness": witness, "text": text,
					}), &out)
				}
				if err != nil {
					return err
				}
				return a.facts(out, a.t("Persetujuan", "Consent"), string(out.ID), a.t("Cakupan", "Scope"), out.Scope,
					a.t("Penerima", "Recipient"), string(out.Recipient), a.t("Ditarik", "Withdrawn"), when(out.Withdrawn))
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&scope, "scope", "processing", "processing, sharing, medical, photo")
	f.StringVar(&recipient, "recipient", "", a.t("kode balai penerima, untuk sharing", "code of the balai, for sharing"))
	f.StringVar(&purpose, "purpose", "", a.t("untuk apa", "what for"))
	f.StringVar(&how, "how", "written", "written, spoken, thumbprint, guardian, video")
	f.StringVar(&givenBy, "given-by", "person", "person, guardian, family, officer")
	f.StringVar(&witness, "witness", "", a.t("saksi", "witness"))
	f.StringVar(&text, "text", "", a.t("versi naskah persetujuan", "version of the consent text"))
	f.StringVar(&withdraw, "withdraw", "", a.t("id persetujuan yang ditarik", "id of the consent to end"))
	return cmd
}
