package web

import (
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
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

func (s *Site) importRoutes() {
	s.page("GET /impor", (*visit).importsPage)
	s.upload("POST /impor", (*visit).uploadTable)
	s.page("GET /impor/{impor}", (*visit).importPage)
	s.page("GET /impor/{impor}/kolom", (*visit).mappingPage)
	s.page("POST /impor/{impor}/kolom", (*visit).mapImport)
	s.page("GET /impor/{impor}/baris", (*visit).importRowsPage)
	s.page("POST /impor/{impor}/jalankan", (*visit).runImport)
	s.page("POST /impor/{impor}/batalkan", (*visit).undoImport)
	s.page("POST /impor/{impor}/buang", (*visit).discardImport)
	s.page("GET /kasus/{id}/arsip", (*visit).archivePage)
	s.upload("POST /kasus/{id}/arsip", (*visit).archive)
	s.menu(65, "/impor", "import.nav", s.who(casework.PrepareImport))
}

func (v *visit) importID() casework.ImportID { return casework.ImportID(v.part("impor")) }

func importPath(id casework.ImportID, parts ...string) string {
	path := "/impor/" + string(id)
	for _, p := range parts {
		path += "/" + p
	}
	return path
}

func (v *visit) importsPage() error { return v.importsForm(v.plain()) }

func (v *visit) importsForm(f *ui.Form) error {
	list, err := v.cfg.Imports.Uploads(v.ctx, v.by)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("import.title"), Form: f}, importsBody(v, f, list))
}

func (v *visit) uploadTable() error {
	f := v.plain()
	file, head, err := v.r.FormFile("file")
	if err != nil {
		f.Faults = []casework.Fault{{Field: "file", Words: v.t("import.file.missing")}}
		return v.importsForm(f)
	}
	defer func() { _ = file.Close() }()
	u, err := v.cfg.Imports.Upload(v.ctx, v.by, head.Filename, file)
	if v.mend(f, err) {
		return v.importsForm(f)
	}
	if err != nil {
		return err
	}
	return v.to(importPath(u.ID, "kolom"))
}

// importPatience is how long a page waits for the node to be done.
const importPatience = 1500 * time.Millisecond

func (v *visit) importPage() error {
	u, err := v.cfg.Imports.Get(v.ctx, v.by, v.importID(), importPatience)
	if err != nil {
		return err
	}
	if u.State == casework.ImportMapping {
		return v.to(importPath(u.ID, "kolom"))
	}
	return v.show(ui.PageProps{Title: v.t("import.one")}, importBody(v, u))
}

func (v *visit) mappingPage() error {
	f := v.plain()
	u, err := v.cfg.Imports.Get(v.ctx, v.by, v.importID(), 0)
	if err != nil {
		return err
	}
	for i, t := range u.Targets {
		f.Set("targets."+strconv.Itoa(i), string(t))
	}
	f.Set("defaults.urgency", string(u.Defaults.Urgency))
	f.Set("defaults.basis", string(u.Defaults.Basis))
	f.Set("defaults.cluster", u.Defaults.Cluster)
	f.Set("defaults.source", u.Defaults.Source)
	f.Set("defaults.unit", u.Defaults.Unit)
	f.Set("_versi", strconv.FormatUint(u.Version, 10))
	return v.mappingForm(f, u)
}

func (v *visit) mappingForm(f *ui.Form, u casework.Upload) error {
	if u.State != casework.ImportMapping && u.State != casework.ImportChecked {
		return v.to(importPath(u.ID))
	}
	page, err := v.cfg.Imports.Rows(v.ctx, v.by, u.ID, "", "")
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("import.columns"), Form: f}, mappingBody(v, f, u, page.Items[:min(len(page.Items), 5)]))
}

func (v *visit) mapImport() error {
	f := v.plain()
	u, err := v.cfg.Imports.Get(v.ctx, v.by, v.importID(), 0)
	if err != nil {
		return err
	}
	m := casework.Mapping{Defaults: casework.ImportDefaults{
		Urgency: casework.Urgency(f.Value("defaults.urgency")), Basis: casework.Basis(f.Value("defaults.basis")), Cluster: f.Value("defaults.cluster"),
		Source: f.Trim("defaults.source"), Unit: f.Trim("defaults.unit"), Lead: u.Defaults.Lead,
	}}
	for i := range u.Headings {
		m.Targets = append(m.Targets, casework.Target(f.Value("targets."+strconv.Itoa(i))))
	}
	_, err = v.cfg.Imports.Map(v.ctx, v.by, u.ID, v.version(), m)
	if v.mend(f, err) {
		return v.mappingForm(f, u)
	}
	if err != nil {
		return err
	}
	return v.to(importPath(u.ID))
}

func (v *visit) runImport() error {
	f := v.plain()
	u, err := v.cfg.Imports.Start(v.ctx, v.by, v.importID(), v.version(), f.Value("doubles") == "1")
	if err != nil {
		return err
	}
	return v.to(importPath(u.ID))
}

func (v *visit) undoImport() error {
	u, err := v.cfg.Imports.Undo(v.ctx, v.by, v.importID(), v.version())
	if err != nil {
		return err
	}
	return v.to(importPath(u.ID))
}

func (v *visit) discardImport() error {
	if err := v.cfg.Imports.Discard(v.ctx, v.by, v.importID(), v.version()); err != nil {
		return err
	}
	return v.done(nil, "/impor", v.t("import.discarded"))
}

func (v *visit) importRowsPage() error {
	u, err := v.cfg.Imports.Get(v.ctx, v.by, v.importID(), 0)
	if err != nil {
		return err
	}
	page, err := v.cfg.Imports.Rows(v.ctx, v.by, u.ID, v.query("keadaan"), v.query("dari"))
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("import.rows")}, importRowsBody(v, u, page))
}

// rowsPath is the address of the rows in a state.
func rowsPath(u casework.Upload, state string) string {
	return importPath(u.ID, "baris") + "?" + url.Values{"keadaan": {state}}.Encode()
}

// importCounts are the numbers of an import with the rows behind them.
func importCounts(ctx context.Context, u casework.Upload) (out []ui.Fact) {
	for _, c := range []struct {
		state string
		n     int
	}{
		{casework.RowGood, u.Good}, {casework.RowDouble, u.Doubles}, {casework.RowBad, u.Bad}, {casework.RowOpened, u.Opened}, {casework.RowUndone, u.Undone},
		{casework.RowKept, u.Kept},
	} {
		if c.n > 0 {
			out = append(out, ui.Fact{Label: words.T(ctx, "import.row."+c.state), Value: words.Of(ctx).Int(c.n), Href: rowsPath(u, c.state)})
		}
	}
	return out
}

// importState is how far an import is, and how it is shown.
func importState(ctx context.Context, u casework.Upload) (kind, text string) {
	kind = ui.Plain
	switch {
	case u.Working():
		kind = ui.Wait
	case u.State == casework.ImportDone:
		kind = ui.Good
	}
	return kind, words.T(ctx, "import.state."+u.State)
}

func targetOptions(ctx context.Context) []ui.Option {
	out := []ui.Option{{Label: words.T(ctx, "import.ignore")}}
	for _, c := range casework.Columns() {
		out = append(out, ui.Option{Value: string(c.Target), Label: c.Name(words.Lang(ctx))})
	}
	return out
}

// columnLabel names a column of the table: "C: Tgl lahir".
func columnLabel(u casework.Upload, i int) string {
	letter := casework.CellName(i, 0)
	letter = letter[:len(letter)-1]
	if u.Headings[i] == "" {
		return letter
	}
	return letter + ": " + u.Headings[i]
}

// samples are the first values of a column, so that it can be told.
func samples(rows []casework.ImportRow, i int) string {
	out := ""
	for _, r := range rows {
		if i < len(r.Cells) && r.Cells[i] != "" {
			if out != "" {
				out += " · "
			}
			out += clip(r.Cells[i])
		}
	}
	return out
}

func urgencyOptions(ctx context.Context) (out []ui.Option) {
	for _, u := range []casework.Urgency{casework.Within24h, casework.Within3d, casework.NotUrgent} {
		out = append(out, ui.Option{Value: string(u), Label: words.Code(ctx, "urgency", string(u))})
	}
	return out
}

func basisOptions(ctx context.Context) (out []ui.Option) {
	for _, b := range []casework.Basis{casework.ByPublicTask, casework.ByLegalDuty, casework.ByConsent, casework.ByVitalInterest, casework.ByContract, casework.ByLegitimate} {
		out = append(out, ui.Option{Value: string(b), Label: words.Code(ctx, "import.basis", string(b))})
	}
	return out
}

func clusterOptions(ctx context.Context, at time.Time) []ui.Option {
	out := []ui.Option{{Label: words.T(ctx, "import.none")}}
	for _, c := range casework.Clusters(at) {
		out = append(out, ui.Option{Value: c.Code, Label: c.Name})
	}
	return out
}

// rowFaults are the words about the cells of a row, each with the name of its
// cell.
func rowFaults(ctx context.Context, r casework.ImportRow) (out []string) {
	say := words.Lang(ctx)
	for _, f := range slices.Concat(r.Faults, r.Doubts) {
		text := say.Words(f.Words)
		if f.Column >= 0 {
			text = casework.CellName(f.Column, r.No) + ": " + text
		}
		out = append(out, text)
	}
	if r.Same != 0 {
		out = append(out, words.T(ctx, "import.same", "row", strconv.Itoa(r.Same)))
	}
	if r.Why != "" {
		out = append(out, say.Words(r.Why))
	}
	return out
}

func (v *visit) archivePage() error {
	o, err := v.cfg.Cases.Get(v.ctx, v.by, v.caseID())
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("archive.title")}, archiveBody(v, o))
}

func (v *visit) archive() error {
	a, err := v.cfg.Imports.Archive(v.ctx, v.by, v.caseID(), v.plain().Value("kind"))
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", a.Media)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name}))
	if err := a.Write(v.w); err != nil {
		v.cfg.Log.Error("an archive broke off", "request", v.id, "err", err)
		panic(http.ErrAbortHandler) // nobody takes a part for the whole
	}
	return nil
}

func archiveForm() *ui.Form {
	f := ui.NewForm(nil)
	f.Set("kind", casework.WholeCase)
	return f
}

// rowText is a row as it stands in the file.
func rowText(r casework.ImportRow) string {
	var out string
	for _, c := range r.Cells {
		if c == "" {
			continue
		}
		if out != "" {
			out += " · "
		}
		out += c
	}
	return out
}
