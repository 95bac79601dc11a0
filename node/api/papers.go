package api

import (
	"context"
	"net/http"

	"serasi/node/casework"
)

const tagPapers = "papers"

func (a *API) paperRoutes() {
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/notes", name: "addNote", tag: tagPapers, status: http.StatusCreated,
		summary: "Add a note; while the case is on its way, an addendum"}, a.addNote)
	handle(a, op{method: "GET", path: prefix + "/cases/{id}/notes", name: "listNotes", tag: tagPapers, summary: "Notes, newest first"}, a.notes)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/consents", name: "addConsent", tag: tagPapers, status: http.StatusCreated,
		summary: "Add a consent (one tick of form F4)"}, a.addConsent)
	handle(a, op{method: "GET", path: prefix + "/cases/{id}/consents", name: "listConsents", tag: tagPapers,
		summary: "All consents of a case, with those withdrawn"}, a.consents)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/consents/{consent}/withdraw", name: "withdrawConsent", tag: tagPapers,
		summary: "End a consent now; possible in every state of a case"}, a.withdrawConsent)
	handle(a, op{method: "GET", path: prefix + "/cases/{id}/documents", name: "listDocuments", tag: tagPapers,
		summary: "Documents, newest first, without their contents"}, a.documents)
	a.documentRoutes()
}

type noteIn struct {
	OfCase
	Body noteInput
}

func (a *API) addNote(ctx context.Context, by casework.Actor, in *noteIn) (*bodyOut[casework.Note], error) {
	return answer(a.cfg.Cases.AddNote(ctx, by, in.id(), in.Body.note()))
}

// answer is a body or an error.
func answer[T any](v T, err error) (*bodyOut[T], error) {
	if err != nil {
		return nil, err
	}
	return &bodyOut[T]{v}, nil
}

func (a *API) notes(ctx context.Context, by casework.Actor, in *casePageIn) (*pageOut[casework.Note], error) {
	p, err := a.cfg.Cases.Notes(ctx, by, in.id(), in.Cursor, in.Limit)
	return paged(ctx, p, err)
}

type consentIn struct {
	OfCase
	Body consentInput
}

func (a *API) addConsent(ctx context.Context, by casework.Actor, in *consentIn) (*bodyOut[casework.Consent], error) {
	return answer(a.cfg.Cases.AddConsent(ctx, by, in.id(), in.Body.consent()))
}

type consentList struct {
	Items []casework.Consent `json:"items"`
}

func (a *API) consents(ctx context.Context, by casework.Actor, in *OfCase) (*bodyOut[consentList], error) {
	list, err := a.cfg.Cases.Consents(ctx, by, in.id())
	return answer(consentList{orEmpty(list)}, err)
}

type withdrawIn struct {
	OfCase
	Consent string `path:"consent" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

func (a *API) withdrawConsent(ctx context.Context, by casework.Actor, in *withdrawIn) (*bodyOut[casework.Consent], error) {
	return answer(a.cfg.Cases.WithdrawConsent(ctx, by, in.id(), casework.ConsentID(in.Consent)))
}

func (a *API) documents(ctx context.Context, by casework.Actor, in *casePageIn) (*pageOut[casework.Document], error) {
	p, err := a.cfg.Cases.Documents(ctx, by, in.id(), in.Cursor, in.Limit)
	return paged(ctx, p, err)
}
