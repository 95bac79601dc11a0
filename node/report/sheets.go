package report

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"

	"serasi/node/casework"
)

// Formats a report is downloaded in.
var formats = map[string]string{
	"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// Download returns the report of a month as a file, in the words of l. It says
// nothing of any person; to read it is enough to read the report, and the trail
// says that it was taken out.
func (d *Desk) Download(ctx context.Context, by casework.Actor, month casework.Month, format string, outside bool, l casework.Language) (casework.File, error) {
	media, ok := formats[format]
	if !ok {
		return casework.File{}, casework.Faulty(casework.Fault{Field: "format", Words: "must be csv or xlsx"})
	}
	r, err := d.get(ctx, by, month, "export "+string(month)+" "+format)
	if err != nil {
		return casework.File{}, err
	}
	if outside {
		r = veil(r)
	}
	return d.file(fmt.Sprintf("laporan-%s-%s.%s", d.cfg.Balai, month, format), media, format, sheets(r, l))
}

func (d *Desk) file(name, media, format string, sheets []casework.Worksheet) (casework.File, error) {
	var b bytes.Buffer
	if err := d.cfg.Spread(&b, format, sheets); err != nil {
		return casework.File{}, fmt.Errorf("write a worksheet: %w", err)
	}
	return casework.File{Name: name, Media: media, Content: b.Bytes()}, nil
}

var headings = map[casework.Language]map[string][]string{
	casework.Indonesian: {
		"figures": {"No", "Kode", "Indikator", "Nilai", "Satuan", "Keterangan"},
		"flows":   {"Rincian", "Kelompok", "Awal", "Masuk", "Keluar", "Akhir", "Pindah masuk", "Pindah keluar"},
		"changes": {"Ralat", "Tertulis", "Sekarang", "Bertambah", "Berkurang"},
		"people":  {"Nomor kasus", "Nama", "NIK", "Jenis kelamin", "Lahir", "Klaster", "PPKS", "Tahap", "Dibuka"},
		"words":   {"Indikator", "Rincian", "Ralat", "diisi tangan", "belum diisi", "disembunyikan (<5)", "belum diketahui", "Daftar"},
	},
	casework.English: {
		"figures": {"No", "Code", "Indicator", "Value", "Unit", "Remark"},
		"flows":   {"Breakdown", "Group", "Opening", "In", "Out", "Closing", "Moved in", "Moved out"},
		"changes": {"Correction", "Signed", "Now", "Added", "Gone"},
		"people":  {"Case number", "Name", "NIK", "Sex", "Born", "Cluster", "PPKS", "Stage", "Opened"},
		"words":   {"Indicators", "Breakdowns", "Corrections", "entered by hand", "not entered yet", "hidden (<5)", "not known", "List"},
	},
}

func sheets(r casework.Report, l casework.Language) []casework.Worksheet {
	h := headings[l]
	if h == nil {
		l, h = casework.Indonesian, headings[casework.Indonesian]
	}
	w := h["words"]
	figures := casework.Worksheet{Title: w[0], Columns: h["figures"]}
	for _, f := range r.Figures {
		i, _ := casework.IndicatorOf(f.Code)
		value, remark := casework.NumberCell(f.Value), ""
		switch {
		case !f.Known && r.Outside:
			value, remark = casework.TextCell(""), w[5]
		case !f.Known:
			value, remark = casework.TextCell(""), w[4]
		case f.Text != "":
			value, remark = casework.TextCell(f.Text), w[3]
		case f.ByHand:
			remark = w[3]
		}
		figures.Rows = append(figures.Rows, []casework.Cell{
			casework.NumberCell(float64(i.No)), casework.TextCell(f.Code), casework.TextCell(i.Name(l)), value, casework.TextCell(i.Unit), casework.TextCell(remark),
		})
	}
	out := []casework.Worksheet{figures, flowSheet(r, w, h["flows"])}
	if len(r.Corrections) > 0 {
		changes := casework.Worksheet{Title: w[2], Columns: h["changes"]}
		for _, c := range r.Corrections {
			changes.Rows = append(changes.Rows, []casework.Cell{
				casework.TextCell(c.Code), casework.TextCell(c.Was), casework.TextCell(c.Now), casework.NumberCell(float64(c.Added)), casework.NumberCell(float64(c.Gone)),
			})
		}
		out = append(out, changes)
	}
	return out
}

func flowSheet(r casework.Report, w, columns []string) casework.Worksheet {
	flows := casework.Worksheet{Title: w[1], Columns: columns}
	for _, b := range r.Breakdowns {
		for _, f := range b.Rows {
			group := casework.GroupName(b.By, f.Group)
			if group == "" {
				group = w[6]
			}
			row := []casework.Cell{casework.TextCell(b.By), casework.TextCell(group)}
			for _, n := range []int{f.Opening, f.In, f.Out, f.Closing, f.MovedIn, f.MovedOut} {
				cell := casework.NumberCell(float64(n))
				if f.Hidden {
					cell = casework.TextCell("<5")
				}
				row = append(row, cell)
			}
			flows.Rows = append(flows.Rows, row)
		}
	}
	return flows
}

// maxPeople is how many people one list that is taken out may hold.
const maxPeople = 2000

// People returns the list behind a figure as a file with names and NIK, the NIK
// as text. It is an export of every case in it: each asks the gate for it and
// has its line in the trail. Cases that by may not export are left out.
//
// The error is that of Behind; Forbidden if by may export none of them.
func (d *Desk) People(ctx context.Context, by casework.Actor, month casework.Month, code, format string, l casework.Language) (casework.File, error) {
	media, ok := formats[format]
	faults := month.Check()
	if !ok {
		faults = append(faults, casework.Fault{Field: "format", Words: "must be csv or xlsx"})
	}
	if err := casework.Faulty(faults...); err != nil {
		return casework.File{}, err
	}
	h := headings[l]
	if h == nil {
		h = headings[casework.Indonesian]
	}
	sheet := casework.Worksheet{Title: h["words"][7], Columns: h["people"]}
	what := "export list " + string(month) + " " + code
	err := d.change(ctx, by, casework.ReadReport, what, func(tx casework.Tx) error {
		ids, err := d.listed(tx, month, code)
		if err != nil {
			return err
		}
		var refused error
		for _, id := range ids[:min(len(ids), maxPeople)] {
			row, err := d.exported(tx, by, id)
			switch {
			case errors.Is(err, casework.Forbidden):
				refused = err
			case errors.Is(err, casework.NotFound):
			case err != nil:
				return err
			default:
				sheet.Rows = append(sheet.Rows, row)
			}
		}
		if len(sheet.Rows) == 0 && refused != nil {
			return refused
		}
		return nil
	})
	if err != nil {
		return casework.File{}, err
	}
	return d.file(fmt.Sprintf("daftar-%s-%s.%s", d.cfg.Balai, month, format), media, format, []casework.Worksheet{sheet})
}

// exported reads one row of People and writes its line.
func (d *Desk) exported(tx casework.Tx, by casework.Actor, id casework.CaseID) ([]casework.Cell, error) {
	c, p, err := caseOf(tx, id)
	if err != nil {
		return nil, err
	}
	if err := d.cfg.Gate.Check(tx, by, casework.Export, &c); err != nil {
		return nil, err
	}
	line := casework.Line{
		At: d.now(), User: by.User, Name: by.Name, Via: by.Via, Act: string(casework.Export), What: "list of a report", Case: id, Person: p.ID, Outcome: "done",
	}
	if err := d.cfg.Trail.Record(tx, line); err != nil {
		return nil, fmt.Errorf("write the audit line: %w", err)
	}
	text := casework.TextCell
	return []casework.Cell{
		text(c.Number), text(p.Name()), text(p.Value(casework.ClaimNIK)), text(p.Value(casework.ClaimSex)), text(p.Value(casework.ClaimBorn)),
		text(casework.GroupName(casework.ByCluster, c.Cluster)), text(casework.GroupName(casework.ByPPKS, first(c.PPKS))), text(strconv.Itoa(int(c.Stage))),
		text(c.Opened.In(d.cfg.Zone).Format("02-01-2006")),
	}, nil
}
