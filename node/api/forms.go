package api

import (
	"context"
	"net/http"
	"time"

	"serasi/node/casework"
)

// Forms are the use cases on forms: what is asked, what was answered, and what
// a case lacks before it leaves a stage. caseload.Forms is one. Every method
// decides about permissions itself and writes its audit line. The kinds of its
// errors are those of Cases.
type Forms interface {
	Library(ctx context.Context, by casework.Actor) ([]casework.Form, error)
	Preview(ctx context.Context, by casework.Actor, form casework.Form) (casework.FormPreview, error)
	PutForm(ctx context.Context, by casework.Actor, form casework.Form) (casework.Form, error)
	Sheets(ctx context.Context, by casework.Actor, id casework.CaseID) (casework.CaseForms, error)
	Begin(ctx context.Context, by casework.Actor, id casework.CaseID, code string) (casework.FormSheet, error)
	Sheet(ctx context.Context, by casework.Actor, id casework.CaseID, sheet casework.SheetID) (casework.SheetView, error)
	Save(ctx context.Context, by casework.Actor, id casework.CaseID, sheet casework.SheetID, section string, version uint64, values casework.Values) (casework.FormAnswer, error)
	Sign(ctx context.Context, by casework.Actor, id casework.CaseID, sheet casework.SheetID, g casework.FormSignature) (casework.FormSheet, error)
	Readiness(ctx context.Context, by casework.Actor, id casework.CaseID) (casework.Readiness, error)
	Register(ctx context.Context, by casework.Actor, r casework.Registration) ([]casework.Registered, error)
}

const tagForms = "forms"

func (a *API) formRoutes() {
	handle(a, op{method: "GET", path: prefix + "/forms", name: "listForms", tag: tagForms,
		summary: "Every form this node knows, with all its versions and questions"}, a.listForms)
	handle(a, op{method: "POST", path: prefix + "/forms", name: "putForm", tag: tagForms, status: http.StatusCreated,
		summary: "Put the next version of a form of this balai into use; what was answered keeps its version"}, a.putForm)
	handle(a, op{method: "POST", path: prefix + "/forms/preview", name: "previewForm", tag: tagForms, reads: true,
		summary: "What a version of a form would change, refused as putting it would be; nothing is kept"}, a.previewForm)
	handle(a, op{method: "POST", path: prefix + "/registrations", name: "register", tag: tagCases, status: http.StatusCreated,
		summary: "Open a case for each of those who came, with the answers to form F1; all or none"}, a.register)
	handle(a, op{method: "GET", path: prefix + "/cases/{id}/readiness", name: "readiness", tag: tagCases,
		summary: "What the case lacks before each stage that may follow"}, a.readiness)
	handle(a, op{method: "GET", path: prefix + "/cases/{id}/forms", name: "listSheets", tag: tagForms,
		summary: "The forms of a case, newest first, and which may be begun"}, a.sheets)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/forms", name: "beginSheet", tag: tagForms, status: http.StatusCreated,
		summary: "Begin a form; one of that code that is open already is that one"}, a.beginSheet)
	handle(a, op{method: "GET", path: prefix + "/cases/{id}/forms/{sheet}", name: "getSheet", tag: tagForms,
		summary: "A form as it was filled in, with its questions and scores"}, a.sheet)
	handle(a, op{method: "PUT", path: prefix + "/cases/{id}/forms/{sheet}/sections/{section}", name: "saveSection", tag: tagForms,
		summary: `Answer one section; If-Match is the version of its answer, "0" for none yet`}, a.saveSection)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/forms/{sheet}/signatures", name: "signSheet", tag: tagForms, status: http.StatusCreated,
		summary: "Sign a form; the social worker's signature ends it"}, a.signSheet)
}

type formList struct {
	Items []casework.Form `json:"items"`
}

func (a *API) listForms(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[formList], error) {
	list, err := a.cfg.Forms.Library(ctx, by)
	return answer(formList{orEmpty(list)}, err)
}

func (a *API) putForm(ctx context.Context, by casework.Actor, in *struct{ Body casework.Form }) (*bodyOut[casework.Form], error) {
	return answer(a.cfg.Forms.PutForm(ctx, by, in.Body))
}

func (a *API) previewForm(ctx context.Context, by casework.Actor, in *struct{ Body casework.Form }) (*bodyOut[casework.FormPreview], error) {
	p, err := a.cfg.Forms.Preview(ctx, by, in.Body)
	p.Changes = orEmpty(p.Changes)
	return answer(p, err)
}

// newcomerInput is one of those who came.
type newcomerInput struct {
	Claims []claimInput `json:"claims,omitempty"`
	Unborn bool         `json:"unborn,omitempty"`
	Ragam  []string     `json:"ragam,omitempty"`
	Need   string       `json:"need,omitempty"`
}

type registrationInput struct {
	Shared  intakeInput                `json:"shared" doc:"What holds for all of them"`
	People  []newcomerInput            `json:"people" minItems:"1" maxItems:"50"`
	Answers map[string]casework.Values `json:"answers,omitempty" doc:"Form F1 beside the claims: sections by key, values by field, of rows by field, row from 0 and question: bawaan.0.barang"`
}

type registeredList struct {
	Items []casework.Registered `json:"items"`
}

func (a *API) register(ctx context.Context, by casework.Actor, in *struct{ Body registrationInput }) (*bodyOut[registeredList], error) {
	r := casework.Registration{Intake: in.Body.Shared.intake(), Answers: in.Body.Answers}
	for _, p := range in.Body.People {
		r.People = append(r.People, casework.Newcomer{Claims: claimsOf(p.Claims), Unborn: p.Unborn, Ragam: p.Ragam, Need: p.Need})
	}
	list, err := a.cfg.Forms.Register(ctx, by, r)
	for i := range list {
		list[i].Warnings = orEmpty(list[i].Warnings)
	}
	return answer(registeredList{list}, err)
}

func (a *API) readiness(ctx context.Context, by casework.Actor, in *OfCase) (*bodyOut[casework.Readiness], error) {
	r, err := a.cfg.Forms.Readiness(ctx, by, in.id())
	r.Reached, r.Ways = orEmpty(r.Reached), orEmpty(r.Ways)
	for i := range r.Ways {
		r.Ways[i].Missing = orEmpty(r.Ways[i].Missing)
	}
	return answer(r, err)
}

func (a *API) sheets(ctx context.Context, by casework.Actor, in *OfCase) (*bodyOut[casework.CaseForms], error) {
	f, err := a.cfg.Forms.Sheets(ctx, by, in.id())
	f.Sheets = orEmpty(f.Sheets)
	return answer(f, err)
}

type beginIn struct {
	OfCase
	Body struct {
		Form string `json:"form" doc:"Code of the form: F2"`
	}
}

func (a *API) beginSheet(ctx context.Context, by casework.Actor, in *beginIn) (*bodyOut[casework.FormSheet], error) {
	return answer(a.cfg.Forms.Begin(ctx, by, in.id(), in.Body.Form))
}

// OfSheet names a form of a case in the path.
type OfSheet struct {
	OfCase
	Sheet string `path:"sheet" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

func (a *API) sheet(ctx context.Context, by casework.Actor, in *OfSheet) (*bodyOut[casework.SheetView], error) {
	v, err := a.cfg.Forms.Sheet(ctx, by, in.id(), casework.SheetID(in.Sheet))
	v.Sections = orEmpty(v.Sections)
	return answer(v, err)
}

type sectionIn struct {
	OfSheet
	IfMatch
	Section string `path:"section" pattern:"^[a-z][a-z0-9_]{0,39}$" patternDescription:"the key of a section"`
	Body    struct {
		Values casework.Values `json:"values" doc:"By the key of the field, a list even of one; of rows by field, row from 0 and question: bawaan.0.barang"`
	}
}

type answerOut struct {
	ETag string `header:"ETag"`
	Body casework.FormAnswer
}

func (a *API) saveSection(ctx context.Context, by casework.Actor, in *sectionIn) (*answerOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	got, err := a.cfg.Forms.Save(ctx, by, in.id(), casework.SheetID(in.Sheet), in.Section, version, in.Body.Values)
	if err != nil {
		return nil, err
	}
	return &answerOut{ETag: etag(got.Version), Body: got}, nil
}

type signIn struct {
	OfSheet
	Body struct {
		Profession string `json:"profession" doc:"pekerja sosial, or that of a member of the team"`
		Name       string `json:"name,omitempty" doc:"Of the member of the team, if it is not you"`
	}
}

func (a *API) signSheet(ctx context.Context, by casework.Actor, in *signIn) (*bodyOut[casework.FormSheet], error) {
	return answer(a.cfg.Forms.Sign(ctx, by, in.id(), casework.SheetID(in.Sheet), casework.FormSignature{Profession: in.Body.Profession, Name: in.Body.Name}))
}

type timelineIn struct {
	OfCase
	Paging
	Kind string `query:"kind" enum:"step,note,document,consent,handoff,form,care,letter,partner" doc:"One kind only"`
}

func (a *API) timeline(ctx context.Context, by casework.Actor, in *timelineIn) (*pageOut[casework.Moment], error) {
	p, err := a.cfg.Cases.History(ctx, by, in.id(), in.Kind, in.Cursor, in.Limit)
	return paged(ctx, p, err)
}

// noteInput is a note as a caller may write one (form F6).
type noteInput struct {
	Kind         string    `json:"kind" doc:"progress, visit, incident, conference or rapid assessment"`
	Text         string    `json:"text" doc:"What was observed"`
	At           time.Time `json:"at,omitzero" doc:"When it happened; without it: now"`
	Place        string    `json:"place,omitempty"`
	Profession   string    `json:"profession,omitempty" doc:"Of who writes: pekerja sosial, perawat"`
	Activity     string    `json:"activity,omitempty" doc:"What was done"`
	Response     string    `json:"response,omitempty" doc:"How the person took it"`
	FollowUp     string    `json:"followUp,omitempty"`
	Event        string    `json:"event,omitempty" doc:"For kind incident: sakit, kecelakaan, berkelahi, kekerasan, meninggalkan balai, meninggal or lainnya"`
	Confidential bool      `json:"confidential,omitempty"`
	Addendum     bool      `json:"addendum,omitempty" doc:"You know that the case is on its way"`
}

func (b noteInput) note() casework.Note {
	return casework.Note{
		Kind: b.Kind, Text: b.Text, At: b.At, Place: b.Place, Profession: b.Profession, Activity: b.Activity, Response: b.Response,
		FollowUp: b.FollowUp, Event: b.Event, Confidential: b.Confidential, Addendum: b.Addendum,
	}
}

// consentInput is a consent as a caller may record one (form F4).
type consentInput struct {
	Scope     string    `json:"scope" doc:"processing, sharing, medical or photo"`
	Recipient string    `json:"recipient,omitempty" doc:"Code of the balai, for sharing"`
	Partner   string    `json:"partner,omitempty" doc:"For sharing with one that runs no node: a hospital, an LKS"`
	Purpose   string    `json:"purpose"`
	How       string    `json:"how" doc:"written, spoken, thumbprint, guardian or video"`
	GivenBy   string    `json:"givenBy" doc:"person, guardian, family or officer"`
	Name      string    `json:"name,omitempty" doc:"Who gave it, if that is not the person"`
	Witness   string    `json:"witness,omitempty"`
	Text      string    `json:"text,omitempty" doc:"Version of the consent text"`
	Language  string    `json:"language,omitempty" doc:"It was explained in"`
	Means     string    `json:"means,omitempty" doc:"speech, signs, braille, pictures or companion"`
	Why       string    `json:"why,omitempty" doc:"Why an officer gave it"`
	At        time.Time `json:"at,omitzero" doc:"When it was given; without it: now"`
	Until     time.Time `json:"until,omitzero" doc:"When it ends by itself; without it: when it is withdrawn"`
}

func (b consentInput) consent() casework.Consent {
	return casework.Consent{
		Scope: b.Scope, Recipient: casework.BalaiCode(b.Recipient), Partner: b.Partner, Purpose: b.Purpose, How: b.How, GivenBy: b.GivenBy,
		Name: b.Name, Witness: b.Witness, Text: b.Text, Language: b.Language, Means: b.Means, Why: b.Why, At: b.At, Until: b.Until,
	}
}
