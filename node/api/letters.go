package api

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"serasi/node/casework"
)

// Letters are the use cases on letters and their register. letter.Desk is one.
// Every method decides about permissions itself and writes its audit line. The
// kinds of its errors are Invalid with the fields, NotFound, Forbidden, and
// Conflict, which carries both versions if an edit was stale.
type Letters interface {
	LetterFiles
	LetterOffice
	// Verify says to anybody whether a letter is genuine, and nothing of a
	// person. TooMany if the same place asks too often.
	Verify(p casework.LetterProof) (casework.LetterVerdict, error)
}

// LetterFiles writes letters and takes them through the office.
type LetterFiles interface {
	List(ctx context.Context, by casework.Actor, q casework.LetterQuery) (casework.Page[casework.LetterCard], error)
	Begin(ctx context.Context, by casework.Actor, in casework.NewLetter) (casework.LetterView, error)
	Get(ctx context.Context, by casework.Actor, id casework.LetterID) (casework.LetterView, error)
	Print(ctx context.Context, by casework.Actor, id casework.LetterID) (casework.LetterView, error)
	Edit(ctx context.Context, by casework.Actor, id casework.LetterID, version uint64, p casework.LetterPatch) (casework.LetterView, error)
	Act(ctx context.Context, by casework.Actor, id casework.LetterID, version uint64, act casework.LetterAct, words string) (casework.LetterView, error)
	Correct(ctx context.Context, by casework.Actor, id casework.LetterID) (casework.LetterView, error)
	Attach(ctx context.Context, by casework.Actor, id casework.LetterID, version uint64, doc casework.DocumentID) (casework.LetterView, error)
}

// LetterOffice is the register and what the office has set up.
type LetterOffice interface {
	Register(ctx context.Context, by casework.Actor, year string) ([]casework.RegisterEntry, error)
	RegisterCSV(ctx context.Context, by casework.Actor, year string, w io.Writer) error
	Settings(ctx context.Context, by casework.Actor) (casework.LetterSettings, error)
	SetUp(ctx context.Context, by casework.Actor, version uint64, s casework.LetterSettings) (casework.LetterSettings, error)
}

const tagLetters = "letters"

func (a *API) letterRoutes() {
	at := prefix + "/letters"
	one := at + "/{letter}"
	handle(a, op{method: "POST", path: at, name: "beginLetter", tag: tagLetters, status: http.StatusCreated,
		summary: "Draft a letter, filled with what is known; of a handoff there is one of each kind"}, a.beginLetter)
	handle(a, op{method: "GET", path: at, name: "listLetters", tag: tagLetters,
		summary: "Letters, newest change first; nothing of a person stands there"}, a.listLetters)
	handle(a, op{method: "GET", path: at + "/register", name: "letterRegister", tag: tagLetters,
		summary: "The numbers of a year without gaps: letters, and what is void with its reason"}, a.letterRegister)
	handle(a, op{method: "GET", path: at + "/register.csv", name: "letterRegisterCSV", tag: tagLetters, streams: true,
		summary: "The register for a spreadsheet: UTF-8, semicolons, nothing that runs"}, a.letterRegisterCSV)
	handle(a, op{method: "GET", path: at + "/settings", name: "letterSettings", tag: tagLetters,
		summary: "Letterheads, officials, delegations, numbering, classes and copies, with the days they hold"}, a.letterSettings)
	handle(a, op{method: "PUT", path: at + "/settings", name: "setUpLetters", tag: tagLetters,
		summary: "Replace the settings of letters; who may sign for the head only the head changes"}, a.setUpLetters)
	handle(a, op{method: "POST", path: prefix + "/verify", name: "verifyLetter", tag: tagLetters, public: true, reads: true,
		summary: "Is a letter genuine: by its QR code, its file, or its code; the answer names nobody"}, a.verifyLetter)
	handle(a, op{method: "GET", path: one, name: "getLetter", tag: tagLetters, summary: "One letter"}, a.getLetter)
	handle(a, op{method: "PATCH", path: one, name: "editLetter", tag: tagLetters,
		summary: "Change a draft; parts are named by key, what is left out stays"}, a.editLetter)
	handle(a, op{method: "POST", path: one + "/acts/{act}", name: "actOnLetter", tag: tagLetters,
		summary: "submit, check, initial, sign, archive, deliver, back, drop or revoke"}, a.actOnLetter)
	handle(a, op{method: "POST", path: one + "/correction", name: "correctLetter", tag: tagLetters, status: http.StatusCreated,
		summary: "Begin a letter that replaces a signed one and names it"}, a.correctLetter)
	handle(a, op{method: "POST", path: one + "/scan", name: "attachScan", tag: tagLetters,
		summary: "Say which document of the case is the scan of the signed paper"}, a.attachScan)
	handle(a, op{method: "GET", path: one + "/file", name: "letterFile", tag: tagLetters, streams: true,
		summary: "A signed letter as a text file with its seal, which serasi letter verify reads"}, a.letterFile)
	handle(a, op{method: "GET", path: one + "/braille", name: "letterBraille", tag: tagLetters, streams: true,
		summary: "A letter as a BRF file: uncontracted Braille, 40 cells, 25 lines"}, a.letterBraille)
	handle(a, op{method: "GET", path: one + "/text", name: "letterText", tag: tagLetters, streams: true,
		summary: "A letter as plain text of so many columns, for a Braille display"}, a.letterText)
}

// OfLetter names a letter in the path.
type OfLetter struct {
	Letter string `path:"letter" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

func (o OfLetter) letter() casework.LetterID { return casework.LetterID(o.Letter) }

type letterOut struct {
	ETag string `header:"ETag"`
	Body casework.LetterView
}

func letterAnswer(v casework.LetterView, err error) (*letterOut, error) {
	if err != nil {
		return nil, err
	}
	return &letterOut{ETag: etag(v.Letter.Version), Body: v}, nil
}

type letterBegun struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     casework.LetterView
}

func begunAnswer(v casework.LetterView, err error) (*letterBegun, error) {
	if err != nil {
		return nil, err
	}
	return &letterBegun{Location: prefix + "/letters/" + string(v.Letter.ID), ETag: etag(v.Letter.Version), Body: v}, nil
}

type beginLetterIn struct {
	Body struct {
		Kind    string `json:"kind" doc:"referral, answer, handover, report or termination"`
		Case    string `json:"case,omitempty"`
		Handoff string `json:"handoff,omitempty"`
	}
}

func (a *API) beginLetter(ctx context.Context, by casework.Actor, in *beginLetterIn) (*letterBegun, error) {
	b := in.Body
	return begunAnswer(a.cfg.Letters.Begin(ctx, by, casework.NewLetter{
		Kind: casework.LetterKind(b.Kind), Case: casework.CaseID(b.Case), Handoff: casework.HandoffID(b.Handoff),
	}))
}

type listLettersIn struct {
	Kind    string `query:"kind" maxLength:"20"`
	State   string `query:"state" maxLength:"20" doc:"draft, checking, initials, signing, signed, archived, delivered or dropped"`
	Case    string `query:"case" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
	Handoff string `query:"handoff" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
	Year    string `query:"year" pattern:"^[0-9]{4}$" patternDescription:"a year of four digits"`
	Number  string `query:"number" maxLength:"100" doc:"Part of a number, or of a case number"`
	Paging
}

func (a *API) listLetters(ctx context.Context, by casework.Actor, in *listLettersIn) (*pageOut[casework.LetterCard], error) {
	p, err := a.cfg.Letters.List(ctx, by, casework.LetterQuery{
		Kind: casework.LetterKind(in.Kind), State: casework.LetterState(in.State), Case: casework.CaseID(in.Case),
		Handoff: casework.HandoffID(in.Handoff), Year: in.Year, Number: in.Number, Cursor: in.Cursor, Limit: in.Limit,
	})
	return paged(ctx, p, err)
}

type registerIn struct {
	Year string `query:"year" pattern:"^[0-9]{4}$" patternDescription:"a year of four digits" doc:"Without it: all"`
}

type registerList struct {
	Items []casework.RegisterEntry `json:"items"`
}

func (a *API) letterRegister(ctx context.Context, by casework.Actor, in *registerIn) (*bodyOut[registerList], error) {
	list, err := a.cfg.Letters.Register(ctx, by, in.Year)
	return answer(registerList{orEmpty(list)}, err)
}

func (a *API) letterRegisterCSV(ctx context.Context, by casework.Actor, in *registerIn) (*streamOut, error) {
	var b bytes.Buffer
	if err := a.cfg.Letters.RegisterCSV(ctx, by, in.Year, &b); err != nil {
		return nil, err
	}
	return a.fileOut(ctx, "text/csv; charset=utf-8", "agenda-surat.csv", b.Bytes()), nil
}

type letterSettingsOut struct {
	ETag string `header:"ETag"`
	Body casework.LetterSettings
}

func settingsAnswer(s casework.LetterSettings, err error) (*letterSettingsOut, error) {
	if err != nil {
		return nil, err
	}
	return &letterSettingsOut{ETag: etag(s.Version), Body: s}, nil
}

func (a *API) letterSettings(ctx context.Context, by casework.Actor, _ *struct{}) (*letterSettingsOut, error) {
	return settingsAnswer(a.cfg.Letters.Settings(ctx, by))
}

// letterSettingsInput is casework.LetterSettings without its version, which
// stands in If-Match.
type letterSettingsInput struct {
	Heads       []casework.Letterhead `json:"heads"`
	Officials   []casework.Official   `json:"officials,omitempty"`
	Delegations []casework.Delegation `json:"delegations,omitempty"`
	Numberings  []casework.Numbering  `json:"numberings"`
	Classes     []casework.ClassCode  `json:"classes,omitempty"`
	Copies      []casework.CopyList   `json:"copies,omitempty"`
	Site        string                `json:"site,omitempty" doc:"Address at which strangers reach this node to verify a letter"`
}

type setUpLettersIn struct {
	IfMatch
	Body letterSettingsInput
}

func (a *API) setUpLetters(ctx context.Context, by casework.Actor, in *setUpLettersIn) (*letterSettingsOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	b := in.Body
	return settingsAnswer(a.cfg.Letters.SetUp(ctx, by, version, casework.LetterSettings{
		Heads: b.Heads, Officials: b.Officials, Delegations: b.Delegations, Numberings: b.Numberings, Classes: b.Classes, Copies: b.Copies, Site: b.Site,
	}))
}

type verifyLetterIn struct {
	Body struct {
		QR     string `json:"qr,omitempty" maxLength:"2000" doc:"Text of the QR code"`
		File   string `json:"file,omitempty" maxLength:"200000" doc:"Content of the letter's file"`
		Number string `json:"number,omitempty" maxLength:"200"`
		Code   string `json:"code,omitempty" maxLength:"20" doc:"Such as SRK-7K3M9Q2X"`
	}
}

func (a *API) verifyLetter(ctx context.Context, _ casework.Actor, in *verifyLetterIn) (*bodyOut[casework.LetterVerdict], error) {
	b := in.Body
	return answer(a.cfg.Letters.Verify(casework.LetterProof{QR: b.QR, File: b.File, Number: b.Number, Code: b.Code, Source: exchangeOf(ctx).from}))
}

func (a *API) getLetter(ctx context.Context, by casework.Actor, in *OfLetter) (*letterOut, error) {
	return letterAnswer(a.cfg.Letters.Get(ctx, by, in.letter()))
}

type letterPatchInput struct {
	Nature     *string               `json:"nature,omitempty" doc:"ordinary, urgent or secret"`
	Subject    *string               `json:"subject,omitempty"`
	Enclosures *string               `json:"enclosures,omitempty"`
	Class      *string               `json:"class,omitempty"`
	To         *casework.Addressee   `json:"to,omitempty"`
	Parts      []casework.LetterPart `json:"parts,omitempty"`
	Copies     *[]string             `json:"copies,omitempty"`
}

type editLetterIn struct {
	OfLetter
	IfMatch
	Body letterPatchInput
}

func (a *API) editLetter(ctx context.Context, by casework.Actor, in *editLetterIn) (*letterOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	b := in.Body
	p := casework.LetterPatch{Subject: b.Subject, Enclosures: b.Enclosures, Class: b.Class, To: b.To, Parts: b.Parts, Copies: b.Copies}
	if b.Nature != nil {
		p.Nature = ptr(casework.LetterNature(*b.Nature))
	}
	return letterAnswer(a.cfg.Letters.Edit(ctx, by, in.letter(), version, p))
}

type actOnLetterIn struct {
	OfLetter
	IfMatch
	Act  string `path:"act" enum:"submit,check,initial,sign,archive,deliver,back,drop,revoke"`
	Body struct {
		Words string `json:"words,omitempty" maxLength:"1000" doc:"Why, or to whom; needed for deliver, back, drop and revoke"`
	}
}

func (a *API) actOnLetter(ctx context.Context, by casework.Actor, in *actOnLetterIn) (*letterOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return letterAnswer(a.cfg.Letters.Act(ctx, by, in.letter(), version, casework.LetterAct(in.Act), in.Body.Words))
}

func (a *API) correctLetter(ctx context.Context, by casework.Actor, in *OfLetter) (*letterBegun, error) {
	return begunAnswer(a.cfg.Letters.Correct(ctx, by, in.letter()))
}

type attachScanIn struct {
	OfLetter
	IfMatch
	Body struct {
		Document string `json:"document" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
	}
}

func (a *API) attachScan(ctx context.Context, by casework.Actor, in *attachScanIn) (*letterOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return letterAnswer(a.cfg.Letters.Attach(ctx, by, in.letter(), version, casework.DocumentID(in.Body.Document)))
}

func (a *API) letterFile(ctx context.Context, by casework.Actor, in *OfLetter) (*streamOut, error) {
	v, err := a.cfg.Letters.Print(ctx, by, in.letter())
	if err == nil && v.Letter.Seal == nil {
		err = casework.Conflict.Because("this letter is not signed yet")
	}
	if err != nil {
		return nil, err
	}
	return a.textOut(ctx, "surat-"+v.Letter.Code+".txt", v.Letter.File()), nil
}

type letterTextIn struct {
	OfLetter
	Columns int `query:"columns" minimum:"20" maximum:"200" default:"40"`
}

func (a *API) letterText(ctx context.Context, by casework.Actor, in *letterTextIn) (*streamOut, error) {
	v, err := a.cfg.Letters.Print(ctx, by, in.letter())
	if err != nil {
		return nil, err
	}
	return a.textOut(ctx, "surat.txt", []byte(v.Letter.Plain(in.Columns))), nil
}

func (a *API) letterBraille(ctx context.Context, by casework.Actor, in *OfLetter) (*streamOut, error) {
	v, err := a.cfg.Letters.Print(ctx, by, in.letter())
	if err != nil {
		return nil, err
	}
	return a.fileOut(ctx, "application/octet-stream", "surat.brf", []byte(v.Letter.Braille())), nil
}

func (a *API) textOut(ctx context.Context, name string, text []byte) *streamOut {
	return a.fileOut(ctx, "text/plain; charset=utf-8", name, text)
}

// fileOut sends a file with a name that says nothing of a person.
func (a *API) fileOut(ctx context.Context, media, name string, text []byte) *streamOut {
	return &streamOut{func(h huma.Context) {
		_, w := humago.Unwrap(h)
		head := http.Header{
			"Content-Type": {media}, "Content-Disposition": {`attachment; filename="` + name + `"`},
			"Content-Security-Policy": {"sandbox; default-src 'none'"},
		}
		a.stream(ctx, w, head, func(w *streamWriter) error {
			_, err := bytes.NewReader(text).WriteTo(w)
			return err
		})
	}}
}
