package letter

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"serasi/node/casework"
)

const usualPage = 50

// List returns a page of letters, newest change first. Cards hold nothing of a
// person, so whoever may look for cases may see them; the letters of a secret
// case are listed for those who may read it only.
func (d *Desk) List(ctx context.Context, by casework.Actor, q casework.LetterQuery) (page casework.Page[casework.LetterCard], err error) {
	if err := casework.Faulty(q.Check()...); err != nil {
		return page, err
	}
	if q.Limit == 0 {
		q.Limit = usualPage
	}
	x := deed{by: by, act: casework.Find, what: ofLetters, id: q.Case, handoff: q.Handoff}
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		if err := d.cfg.Gate.Check(tx, by, casework.Find, nil); err != nil {
			return err
		}
		page, err = d.page(tx, by, q)
		return err
	})
	if err == nil {
		err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error { return d.record(tx, x, "done") })
	}
	if err != nil {
		return casework.Page[casework.LetterCard]{}, d.denied(ctx, x, err)
	}
	return page, nil
}

func (d *Desk) page(tx casework.Tx, by casework.Actor, q casework.LetterQuery) (page casework.Page[casework.LetterCard], err error) {
	var list []casework.LetterCard
	err = tx.Each(casework.LetterCards, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
		var k casework.ShelvedCard
		if err := decode(&k); err != nil {
			return false, err
		}
		if d.lists(q, k.LetterCard) && wants(q, k.LetterCard) && (q.Cursor == "" || place(k.LetterCard) < q.Cursor) {
			list = append(list, k.LetterCard)
		}
		return true, nil
	})
	if err != nil {
		return page, fmt.Errorf("read the letters: %w", err)
	}
	slices.SortFunc(list, func(a, b casework.LetterCard) int { return strings.Compare(place(b), place(a)) })
	page.Items = []casework.LetterCard{}
	for _, k := range list {
		if len(page.Items) == q.Limit {
			page.Next = place(page.Items[len(page.Items)-1])
			break
		}
		shown, err := d.listed(tx, by, k)
		if err != nil {
			return page, err
		}
		if shown {
			page.Items = append(page.Items, k)
		}
	}
	return page, nil
}

// lists keeps what came from other balai to the lists of its case and handoff.
func (d *Desk) lists(q casework.LetterQuery, k casework.LetterCard) bool {
	return k.Balai == "" || k.Balai == d.cfg.Balai || q.Case != "" || q.Handoff != ""
}

// listed hides the letters of a case that by may not even find.
func (d *Desk) listed(tx casework.Tx, by casework.Actor, k casework.LetterCard) (bool, error) {
	if k.Case == "" {
		return true, nil
	}
	var c casework.Case
	found, err := tx.Get(casework.Cases, string(k.Case), string(k.Case), &c)
	if err != nil {
		return false, fmt.Errorf("read case %s: %w", k.Case, err)
	}
	return !found || d.cfg.Gate.Check(tx, by, casework.Find, &c) == nil, nil
}

// place is where a card stands in the list; newer ones are greater.
func place(k casework.LetterCard) string {
	return k.Changed.UTC().Format("2006-01-02T15:04:05.000000000") + "_" + string(k.ID)
}

func wants(q casework.LetterQuery, k casework.LetterCard) bool {
	switch {
	case q.Kind != "" && q.Kind != k.Kind, q.State != "" && q.State != k.State, q.Case != "" && q.Case != k.Case,
		q.Handoff != "" && q.Handoff != k.Handoff, q.Year != "" && !strings.HasPrefix(k.Date, q.Year):
		return false
	case q.State == "" && k.State == casework.LetterDropped:
		return false
	}
	return q.Number == "" || strings.Contains(strings.ToLower(k.Number+" "+k.CaseNumber), strings.ToLower(strings.TrimSpace(q.Number)))
}

// Register returns the numbers of a year, in order of register and serial: each
// one that was given, with its letter, and each that is void, with the reason.
func (d *Desk) Register(ctx context.Context, by casework.Actor, year string) ([]casework.RegisterEntry, error) {
	if err := casework.Faulty(casework.LetterQuery{Year: year}.Check()...); err != nil {
		return nil, err
	}
	var list []casework.RegisterEntry
	x := deed{by: by, act: casework.Find, what: ofRegister, why: year}
	err := d.cfg.Store.View(func(tx casework.Tx) error {
		if err := d.cfg.Gate.Check(tx, by, casework.Find, nil); err != nil {
			return err
		}
		return tx.Each(casework.LetterNumbers, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
			var e casework.RegisterEntry
			err := decode(&e)
			if err == nil && (year == "" || strings.HasPrefix(e.Date, year)) {
				list = append(list, e)
			}
			return true, err
		})
	})
	if err == nil {
		err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error { return d.record(tx, x, "done") })
	}
	if err != nil {
		return nil, d.denied(ctx, x, err)
	}
	return list, nil
}

// RegisterCSV writes the register of a year, or of all, for a spreadsheet.
func (d *Desk) RegisterCSV(ctx context.Context, by casework.Actor, year string, w io.Writer) error {
	list, err := d.Register(ctx, by, year)
	if err != nil {
		return err
	}
	return WriteCSV(w, list)
}

// WriteCSV writes a register for a spreadsheet: UTF-8 with a mark, semicolons,
// and nothing that a spreadsheet would run as a formula.
func WriteCSV(w io.Writer, list []casework.RegisterEntry) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	out.Comma = ';'
	out.UseCRLF = true
	rows := [][]string{{"Register", "Nomor", "Tanggal", "Jenis", "Kepada", "Penanda tangan", "Kode", "Dicabut atau dibatalkan", "Digantikan oleh"}}
	for _, e := range list {
		rows = append(rows, []string{e.Row, e.Number, e.Date, KindWords(e.Kind), e.To, e.Signer, e.Code, e.Cancelled, e.Replaced})
	}
	for _, row := range rows {
		for i, cell := range row {
			row[i] = inert(cell)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// inert keeps a spreadsheet from taking a text for a formula.
func inert(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) && cell != casework.NotTold {
		return "'" + cell
	}
	return cell
}

var kindWords = map[casework.LetterKind]string{
	casework.ReferralLetter: "Surat rujukan", casework.AnswerLetter: "Jawaban rujukan", casework.HandoverLetter: "Berita acara serah terima",
	casework.ReportLetter: "Laporan sosial", casework.TerminationLetter: "Surat terminasi",
}

// KindWords is what the office calls a kind of letter.
func KindWords(k casework.LetterKind) string { return kindWords[k] }
