package web

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
)

// Letters are the use cases on letters and their register. letter.Desk is one.
// Every method decides about permissions itself and writes its audit line.
type Letters interface {
	List(ctx context.Context, by casework.Actor, q casework.LetterQuery) (casework.Page[casework.LetterCard], error)
	Begin(ctx context.Context, by casework.Actor, in casework.NewLetter) (casework.LetterView, error)
	Get(ctx context.Context, by casework.Actor, id casework.LetterID) (casework.LetterView, error)
	Print(ctx context.Context, by casework.Actor, id casework.LetterID) (casework.LetterView, error)
	Edit(ctx context.Context, by casework.Actor, id casework.LetterID, version uint64, p casework.LetterPatch) (casework.LetterView, error)
	Act(ctx context.Context, by casework.Actor, id casework.LetterID, version uint64, act casework.LetterAct, words string) (casework.LetterView, error)
	Correct(ctx context.Context, by casework.Actor, id casework.LetterID) (casework.LetterView, error)
	Attach(ctx context.Context, by casework.Actor, id casework.LetterID, version uint64, doc casework.DocumentID) (casework.LetterView, error)
	Register(ctx context.Context, by casework.Actor, year string) ([]casework.RegisterEntry, error)
	RegisterCSV(ctx context.Context, by casework.Actor, year string, w io.Writer) error
	Settings(ctx context.Context, by casework.Actor) (casework.LetterSettings, error)
	SetUp(ctx context.Context, by casework.Actor, version uint64, s casework.LetterSettings) (casework.LetterSettings, error)
	// Verify is for anybody; TooMany if the same place asks too often.
	Verify(p casework.LetterProof) (casework.LetterVerdict, error)
}

func (s *Site) letterRoutes() {
	s.page("GET /surat", (*visit).lettersPage)
	s.page("GET /kasus/{id}/surat", (*visit).caseLettersPage)
	s.page("POST /surat", (*visit).beginLetter)
	s.page("GET /surat/baru", (*visit).newLetterPage)
	s.page("GET /surat/agenda", (*visit).letterRegisterPage)
	s.page("GET /surat/agenda.csv", (*visit).letterRegisterCSV)
	s.page("GET /surat/pengaturan", (*visit).letterSettingsPage)
	s.page("POST /surat/pengaturan", (*visit).changeLetterSettings)
	s.page("GET /surat/{surat}", (*visit).letterPage)
	s.page("POST /surat/{surat}", (*visit).actOnLetter)
	s.page("GET /surat/{surat}/ubah", (*visit).editLetterPage)
	s.page("POST /surat/{surat}/ubah", (*visit).editLetter)
	s.page("POST /surat/{surat}/perbaiki", (*visit).correctLetter)
	s.upload("POST /surat/{surat}/pindai", (*visit).scanLetter)
	s.page("GET /surat/{surat}/teks", (*visit).letterText)
	s.page("GET /surat/{surat}/braille", (*visit).letterBraille)
	s.page("GET /surat/{surat}/berkas", (*visit).letterFile)
	s.open("GET /v", (*visit).verifyPage)
	s.open("POST /v", (*visit).verify)
	s.open("GET /v/{kode}", (*visit).verifyCode)
	s.menu(40, "/surat", "letter.nav", s.who(casework.Find))
}

// letterID is the {surat} of the address.
func (v *visit) letterID() casework.LetterID { return casework.LetterID(v.part("surat")) }

func letterPath(id casework.LetterID) string { return "/surat/" + string(id) }

func (v *visit) lettersPage() error {
	f := v.plain()
	for _, name := range []string{"jenis", "keadaan", "tahun", "nomor", "kasus", "rujukan"} {
		f.Set(name, v.query(name))
	}
	q := casework.LetterQuery{
		Kind: casework.LetterKind(f.Value("jenis")), State: casework.LetterState(f.Value("keadaan")), Year: f.Value("tahun"), Number: f.Value("nomor"),
		Case: casework.CaseID(f.Value("kasus")), Handoff: casework.HandoffID(f.Value("rujukan")), Cursor: v.query("dari"), Limit: perPage,
	}
	page, err := v.cfg.Letters.List(v.ctx, v.by, q)
	if f.Faults = casework.SayFaults(v.look.Lang, err); errors.Is(err, casework.Invalid) {
		for i := range f.Faults { // the address names the fields in Indonesian
			f.Faults[i].Field = cmp.Or(map[string]string{"kind": "jenis", "state": "keadaan", "year": "tahun", "number": "nomor"}[f.Faults[i].Field], f.Faults[i].Field)
		}
		err = nil
	}
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("letter.title"), Form: f}, lettersBody(v, f, q, page))
}

// caseLettersPage leads from a case to its letters.
func (v *visit) caseLettersPage() error { return v.to("/surat?kasus=" + string(v.caseID())) }

func (v *visit) letterChips(q casework.LetterQuery) (chips []ui.Chip) {
	add := func(set bool, label, name string) {
		if set {
			chips = append(chips, ui.Chip{Label: label, Without: v.without(name)})
		}
	}
	add(q.Kind != "", v.t("letter.kind."+string(q.Kind)), "jenis")
	add(q.State != "", v.t("letter.state."+string(q.State)), "keadaan")
	add(q.Year != "", q.Year, "tahun")
	add(q.Number != "", q.Number, "nomor")
	add(q.Case != "", v.t("letter.chip.case"), "kasus")
	add(q.Handoff != "", v.t("letter.chip.handoff"), "rujukan")
	return chips
}

func (v *visit) letterKinds(kinds ...casework.LetterKind) (out []ui.Option) {
	for _, k := range kinds {
		out = append(out, ui.Option{Value: string(k), Label: v.t("letter.kind." + string(k))})
	}
	return out
}

func (v *visit) letterStates() []ui.Option {
	out := []ui.Option{{Label: v.t("letter.all")}}
	for _, s := range casework.LetterStates() {
		out = append(out, ui.Option{Value: string(s), Label: v.t("letter.state." + string(s))})
	}
	return out
}

// letterTag is how the state of a letter is shown.
func letterTag(s casework.LetterState) string {
	switch s {
	case casework.LetterSigned, casework.LetterArchived, casework.LetterDelivered:
		return ui.Good
	case casework.LetterChecking, casework.LetterInitials, casework.LetterSigning:
		return ui.Wait
	}
	return ui.Plain
}

// newLetterPage asks which letter is to be written of a case or a handoff.
func (v *visit) newLetterPage() error {
	f := v.plain()
	f.Action = "/surat"
	f.Set("kasus", v.query("kasus"))
	f.Set("rujukan", v.query("rujukan"))
	return v.show(ui.PageProps{Title: v.t("letter.new"), Form: f}, newLetterBody(v, f))
}

func (v *visit) beginLetter() error {
	f := v.plain()
	got, err := v.cfg.Letters.Begin(v.ctx, v.by, casework.NewLetter{
		Kind: casework.LetterKind(f.Value("kind")), Case: casework.CaseID(f.Value("kasus")), Handoff: casework.HandoffID(f.Value("rujukan")),
	})
	if v.mend(f, err) {
		return v.show(ui.PageProps{Title: v.t("letter.new"), Form: f}, newLetterBody(v, f))
	}
	if err != nil {
		return err
	}
	if !got.Edit {
		return v.to(letterPath(got.Letter.ID))
	}
	return v.to(letterPath(got.Letter.ID) + "/ubah")
}

func (v *visit) letterPage() error {
	got, err := v.cfg.Letters.Get(v.ctx, v.by, v.letterID())
	if err != nil {
		return err
	}
	return v.showLetter(v.plain(), got)
}

func (v *visit) showLetter(f *ui.Form, got casework.LetterView) error {
	f.Action = letterPath(got.Letter.ID)
	return v.show(ui.PageProps{Title: v.letterName(got.Letter), Form: f, Print: true}, letterBody(v, f, got, got.QR))
}

// letterName is what a letter is called: its kind, and its number if it has one.
func (v *visit) letterName(l casework.Letter) string {
	return strings.TrimSpace(v.t("letter.kind."+string(l.Kind)) + " " + l.Number)
}

// actOnLetter takes a letter a step on. Faults come back on its page.
func (v *visit) actOnLetter() error {
	f := v.plain()
	act := casework.LetterAct(f.Value("act"))
	_, err := v.cfg.Letters.Act(v.ctx, v.by, v.letterID(), v.version(), act, f.Trim("words-"+string(act)))
	if errors.Is(err, casework.Invalid) {
		got, getErr := v.cfg.Letters.Get(v.ctx, v.by, v.letterID())
		if getErr != nil {
			return getErr
		}
		f.Faults = casework.SayFaults(v.look.Lang, err)
		for i, x := range f.Faults {
			if x.Field == "words" {
				f.Faults[i].Field = "words-" + string(act)
			}
		}
		if len(f.Faults) == 0 {
			f.Words = v.say(err)
		}
		return v.showLetter(f, got)
	}
	if err != nil {
		return err
	}
	return v.done(nil, letterPath(v.letterID()), v.t("letter.done."+string(act)))
}

func (v *visit) correctLetter() error {
	got, err := v.cfg.Letters.Correct(v.ctx, v.by, v.letterID())
	if err != nil {
		return err
	}
	return v.done(nil, letterPath(got.Letter.ID)+"/ubah", v.t("letter.correct.begun"))
}

// scanLetter keeps the signed paper with the documents of the case, and notes on
// the letter which one it is.
func (v *visit) scanLetter() error {
	f := v.plain()
	got, err := v.cfg.Letters.Get(v.ctx, v.by, v.letterID())
	if err != nil {
		return err
	}
	file, _, err := v.r.FormFile("file")
	if err != nil {
		f.Faults = []casework.Fault{{Field: "file", Words: v.t("letter.scan.none")}}
		return v.showLetter(f, got)
	}
	defer func() { _ = file.Close() }()
	if got.Letter.Case == "" {
		return casework.Conflict.Because("there is no case here yet to keep the scan with")
	}
	doc, err := v.cfg.Cases.AddDocument(v.ctx, v.by, got.Letter.Case, casework.Document{Kind: "letter", Title: v.letterName(got.Letter), Addendum: true}, file)
	if v.mend(f, err) {
		return v.showLetter(f, got)
	}
	if err != nil {
		return err
	}
	if _, err := v.cfg.Letters.Attach(v.ctx, v.by, got.Letter.ID, v.version(), doc.ID); err != nil {
		return err
	}
	return v.done(nil, letterPath(got.Letter.ID), v.t("letter.scan.done"))
}

// letterText is the letter as plain text, 40 columns for a Braille display
// unless another width is asked for.
func (v *visit) letterText() error {
	columns := 40
	if n, err := strconv.Atoi(v.query("kolom")); err == nil && n >= 20 && n <= 200 {
		columns = n
	}
	got, err := v.cfg.Letters.Print(v.ctx, v.by, v.letterID())
	if err != nil {
		return err
	}
	return v.download("text/plain; charset=utf-8", "surat.txt", []byte(got.Letter.Plain(columns)))
}

func (v *visit) letterBraille() error {
	got, err := v.cfg.Letters.Print(v.ctx, v.by, v.letterID())
	if err != nil {
		return err
	}
	return v.download("application/octet-stream", "surat.brf", []byte(got.Letter.Braille()))
}

// letterFile is the letter with its seal, which anybody can check.
func (v *visit) letterFile() error {
	got, err := v.cfg.Letters.Print(v.ctx, v.by, v.letterID())
	if err != nil {
		return err
	}
	if got.Letter.Seal == nil {
		return casework.Conflict.Because("this letter is not signed yet")
	}
	return v.download("text/plain; charset=utf-8", "surat-"+got.Letter.Code+".txt", got.Letter.File())
}

// download sends a file whose name says nothing of a person.
func (v *visit) download(media, name string, content []byte) error {
	h := v.w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Content-Length", strconv.Itoa(len(content)))
	v.w.WriteHeader(http.StatusOK)
	_, _ = v.w.Write(content) // a reader that has gone
	return nil
}

// letterYear is the year a register is asked for; without one, this year.
func (v *visit) letterYear() string {
	if y := v.query("tahun"); y != "" {
		return y
	}
	return v.now().In(v.cfg.Zone).Format("2006")
}

func (v *visit) letterRegisterPage() error {
	f := v.plain()
	f.Set("tahun", v.letterYear())
	list, err := v.cfg.Letters.Register(v.ctx, v.by, v.letterYear())
	if v.mend(f, err) {
		f.Faults[0].Field = "tahun"
		list, err = nil, nil
	}
	if err != nil {
		return err
	}
	slices.Reverse(list)
	from := v.query("dari")
	if at := slices.IndexFunc(list, func(e casework.RegisterEntry) bool { return e.Row == from }); at > 0 {
		list = list[at:]
	}
	next := ""
	if len(list) > perPage {
		next = v.from(list[perPage].Row)
		list = list[:perPage]
	}
	return v.show(ui.PageProps{Title: v.t("letter.register"), Form: f}, letterRegisterBody(v, f, list, next))
}

func (v *visit) letterRegisterCSV() error {
	var b strings.Builder
	if err := v.cfg.Letters.RegisterCSV(v.ctx, v.by, v.letterYear(), &b); err != nil {
		return err
	}
	return v.download("text/csv; charset=utf-8", "agenda-surat.csv", []byte(b.String()))
}

// letterDay writes a stored day in the visitor's language.
func (v *visit) letterDay(day string) string {
	t, err := time.ParseInLocation(time.DateOnly, day, v.cfg.Zone)
	if err != nil {
		return day
	}
	return words.Date(v.ctx, t)
}

// The words of the paper itself. A letter is in Indonesian, whatever language
// its reader has chosen for the pages.
const (
	paperTo      = "Yth. "
	paperAt      = "di "
	paperCopies  = "Tembusan"
	paperAnnex   = "Lampiran tertutup"
	paperAnnexOf = "Lampiran surat nomor"
	paperNIP     = "NIP "
	paperCode    = "Kode verifikasi: "
	paperRevoked = "DICABUT"
	paperDots    = "........................"
)
