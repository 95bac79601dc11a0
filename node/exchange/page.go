package exchange

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
)

// page is what index.html shows. It is Indonesian: it is for whoever is handed
// the archive, with no program that could speak otherwise.
type page struct {
	Title, Made, Kind string
	Subject           bool
	Parts             []part
}

// part is one section of the page: a table, or one after the other.
type part struct {
	Title   string
	Columns []string
	Rows    [][]cell
	Lists   []list
}

// list is one record of many fields.
type list struct {
	Title string
	Facts [][2]string
}

type cell struct{ Text, Href string }

var pageHTML = template.Must(template.New("archive").Parse(`<!doctype html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>{{.Title}}</title>
<style>
body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:1rem auto;padding:0 1rem;color:#111;background:#fff}
table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:bold}
th,td{border:1px solid #767676;padding:.3rem .5rem;text-align:left;vertical-align:top;white-space:pre-wrap;overflow-wrap:anywhere}
dt{font-weight:bold}dd{margin:0 0 .5rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere}
</style>
</head>
<body>
<h1>{{.Title}}</h1>
<p>{{.Kind}} Dibuat {{.Made}}. Daftar berkas dan sidik SHA-256 ada di manifest.json.</p>
{{range .Parts}}<section>
<h2>{{.Title}}</h2>
{{if .Rows}}<table>
<thead><tr>{{range .Columns}}<th scope="col">{{.}}</th>{{end}}</tr></thead>
<tbody>
{{range .Rows}}<tr>{{range .}}<td>{{if .Href}}<a href="{{.Href}}">{{.Text}}</a>{{else}}{{.Text}}{{end}}</td>{{end}}</tr>
{{end}}</tbody>
</table>
{{end}}{{range .Lists}}{{if .Title}}<h3>{{.Title}}</h3>
{{end}}<dl>
{{range .Facts}}<dt>{{index . 0}}</dt><dd>{{index . 1}}</dd>
{{end}}</dl>
{{end}}</section>
{{end}}</body>
</html>
`))

func writePage(w io.Writer, b casework.Bundle, kind string, at time.Time, names []string) error {
	p := page{Title: "Kasus " + b.Case.Number, Made: moment(at, at), Kind: "Salinan lengkap satu kasus."}
	if kind == casework.SubjectCopy {
		p.Kind = "Salinan data untuk penerima manfaat (UU 27/2022). Catatan rahasia tentang orang lain tidak ikut."
	}
	p.Parts = append(p.Parts, caseParts(b, at)...)
	p.Parts = append(p.Parts, paperParts(b, at, names)...)
	p.Parts = append(p.Parts, formParts(b, at)...)
	care, err := careParts(b.Care)
	if err != nil {
		return err
	}
	p.Parts = append(p.Parts, care...)
	p.Parts = slices.DeleteFunc(p.Parts, func(x part) bool { return len(x.Rows)+len(x.Lists) == 0 })
	return pageHTML.Execute(w, p)
}

func moment(t, zone time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone.Location()).Format("02-01-2006 15.04 MST")
}

// claimNames are what the kinds of claims are called.
func claimName(k casework.ClaimKind) string {
	for _, c := range casework.Columns() {
		if string(c.Target) == string(k) {
			return c.ID
		}
	}
	return string(k)
}

func caseParts(b casework.Bundle, at time.Time) []part {
	c := b.Case
	facts := [][2]string{
		{"Nomor kasus", c.Number}, {"Nomor register", c.Register}, {"Balai", string(b.Balai)}, {"Tahap", fmt.Sprint(int(c.Stage))},
		{"Klaster", casework.GroupName(casework.ByCluster, c.Cluster)}, {"Ragam disabilitas", strings.Join(c.Ragam, ", ")},
		{"Kegentingan", string(c.Urgency)}, {"Cara masuk", c.Source}, {"Kebutuhan", c.Need}, {"Dibuka", moment(c.Opened, at)},
		{"Ditutup", moment(c.Ended, at)}, {"Alasan", c.Reason},
	}
	for _, code := range c.PPKS {
		facts = append(facts, [2]string{"Kategori PPKS", casework.GroupName(casework.ByPPKS, code)})
	}
	facts = slices.DeleteFunc(facts, func(f [2]string) bool { return f[1] == "" })
	identity := part{Title: "Identitas", Columns: []string{"Jenis", "Isi", "Keyakinan", "Sumber", "Dicatat"}}
	for _, cl := range b.Person.Claims {
		identity.Rows = append(identity.Rows, texts(claimName(cl.Kind), cl.Value, string(cl.Standing), cl.Source, moment(cl.At, at)))
	}
	steps := part{Title: "Perjalanan kasus", Columns: []string{"Waktu", "Balai", "Peristiwa", "Tahap", "Keterangan"}}
	for _, s := range slices.SortedFunc(slices.Values(b.Steps), func(a, b casework.Step) int { return a.At.Compare(b.At) }) {
		steps.Rows = append(steps.Rows, texts(moment(s.At, at), string(s.Balai), casework.Indonesian.Words(s.What), fmt.Sprint(int(s.Stage)), s.Words))
	}
	return []part{{Title: "Kasus", Lists: []list{{Facts: facts}}}, identity, steps}
}

func texts(list ...string) []cell {
	out := make([]cell, len(list))
	for i, s := range list {
		out[i] = cell{Text: s}
	}
	return out
}

func paperParts(b casework.Bundle, at time.Time, names []string) []part {
	notes := part{Title: "Catatan", Columns: []string{"Waktu", "Balai", "Jenis", "Isi"}}
	for _, n := range slices.SortedFunc(slices.Values(b.Notes), func(a, b casework.Note) int { return a.At.Compare(b.At) }) {
		notes.Rows = append(notes.Rows, texts(moment(n.At, at), string(n.Balai), n.Kind, n.Text))
	}
	docs := part{Title: "Dokumen", Columns: []string{"Waktu", "Jenis", "Judul", "Berkas"}}
	for i, x := range b.Documents {
		docs.Rows = append(docs.Rows, append(texts(moment(x.At, at), x.Kind, x.Title), cell{names[i], names[i]}))
	}
	consents := part{Title: "Persetujuan", Columns: []string{"Waktu", "Lingkup", "Kepada", "Untuk", "Cara", "Oleh", "Ditarik"}}
	for _, c := range b.Consents {
		consents.Rows = append(consents.Rows, texts(moment(c.At, at), c.Scope, string(c.Recipient), c.Purpose, c.How, c.GivenBy, moment(c.Withdrawn, at)))
	}
	return []part{notes, docs, consents}
}

// formParts shows the newest answer of each section under the questions it was
// given to.
func formParts(b casework.Bundle, at time.Time) (out []part) {
	for _, sheet := range b.Filled.Sheets {
		form, ok := formOf(b, sheet.Form)
		if !ok {
			form.Title.ID = string(sheet.Form)
		}
		newest := map[string]casework.FormAnswer{}
		for _, a := range b.Filled.Answers {
			if a.Sheet == sheet.ID && a.Version > newest[a.Section].Version {
				newest[a.Section] = a
			}
		}
		p := part{Title: form.Title.ID}
		for _, s := range form.Sections {
			a, ok := newest[s.Key]
			if !ok {
				continue
			}
			l := list{Title: s.Title.ID + ", " + moment(a.At, at)}
			for _, f := range s.Fields {
				if said := form.Read(f, a.Values, casework.Indonesian); said != "" {
					l.Facts = append(l.Facts, [2]string{f.Label.ID, said})
				}
			}
			p.Lists = append(p.Lists, l)
		}
		out = append(out, p)
	}
	return out
}

func formOf(b casework.Bundle, ref casework.FormRef) (casework.Form, bool) {
	for _, f := range b.Filled.Forms {
		if f.Ref() == ref {
			return f, true
		}
	}
	return casework.FormOf(ref)
}

var careNames = []struct{ key, title string }{
	{"plans", "Rencana layanan"}, {"services", "Layanan"}, {"provisions", "Alat bantu dan vokasional"}, {"conferences", "Pembahasan kasus"},
	{"tasks", "Tugas"}, {"stays", "Hunian"}, {"incidents", "Kejadian khusus"}, {"civil", "Adminduk"}, {"programmes", "Program"},
	{"discharges", "Terminasi"}, {"visits", "Pascalayanan"},
}

// careParts shows the records of care field by field, as they are kept: new
// fields appear by themselves, under their own names.
func careParts(care casework.Care) (out []part, err error) {
	raw, err := json.Marshal(care)
	if err != nil {
		return nil, fmt.Errorf("records of care: %w", err)
	}
	var all map[string][]struct {
		Written time.Time      `json:"written"`
		Balai   string         `json:"balai"`
		Data    map[string]any `json:"data"`
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, fmt.Errorf("records of care: %w", err)
	}
	for _, kind := range careNames {
		p := part{Title: kind.title}
		for _, r := range all[kind.key] {
			l := list{Title: r.Written.Format("02-01-2006") + ", " + r.Balai}
			flatten(&l.Facts, "", r.Data)
			p.Lists = append(p.Lists, l)
		}
		out = append(out, p)
	}
	return out, nil
}

// flatten lists the values of v with the path to each; ids say nothing to a
// reader.
func flatten(out *[][2]string, at string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range sortedKeys(v) {
			flatten(out, strings.TrimPrefix(at+" "+fieldName(k), " "), v[k])
		}
	case []any:
		for i, x := range v {
			flatten(out, fmt.Sprintf("%s %d", at, i+1), x)
		}
	default:
		if s := fmt.Sprint(v); s != "" && !casework.IsID(s) {
			*out = append(*out, [2]string{at, s})
		}
	}
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

var fieldNames = map[string]string{
	"day": "tanggal", "activity": "kegiatan", "component": "komponen", "base": "basis", "provider": "pelaksana", "partner": "mitra", "amount": "jumlah",
	"unit": "satuan", "remark": "keterangan", "goals": "tujuan", "problem": "masalah", "goal": "tujuan", "indicator": "indikator", "from": "mulai",
	"until": "sampai", "cost": "biaya", "outcome": "capaian", "result": "hasil", "approved": "disetujui", "number": "nomor", "place": "tempat",
	"topic": "pokok", "people": "peserta", "role": "peran", "name": "nama", "agency": "instansi", "decisions": "keputusan", "kind": "jenis", "item": "barang",
	"state": "keadaan", "since": "sejak", "asked": "diminta", "reason": "alasan", "destination": "tempat tujuan", "with": "penanggung jawab",
	"papers": "dokumen", "after": "rencana pascalayanan", "condition": "kondisi", "livesWith": "tinggal bersama", "work": "sekolah/kerja",
	"problems": "masalah", "next": "tindak lanjut", "way": "cara", "account": "uraian", "done": "tindakan", "told": "diberitahukan kepada", "what": "apa",
	"due": "tenggat", "code": "program", "seen": "dilihat", "source": "sumber", "functioning": "keberfungsian sosial", "left": "sebab keluar",
	"withPerson": "bersama PM", "withFamily": "bersama keluarga", "office": "kantor",
}

func fieldName(key string) string {
	if n, ok := fieldNames[key]; ok {
		return n
	}
	return key
}
