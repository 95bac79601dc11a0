package api

import (
	"context"
	"net/http"

	"serasi/node/casework"
)

const tagPartners = "partners"

// Partners are the organisations that run no node, and the letters to them.
// partner.Register is one. Every method decides about permissions itself and
// writes its audit line.
type Partners interface {
	Add(ctx context.Context, by casework.Actor, p casework.Partner) (casework.Partner, error)
	// Change replaces one that was seen at version; a stale edit is a Conflict.
	Change(ctx context.Context, by casework.Actor, code casework.BalaiCode, version uint64, p casework.Partner) (casework.Partner, error)
	// Partner also returns what speaks against it today, in words.
	Partner(ctx context.Context, by casework.Actor, code casework.BalaiCode) (casework.Partner, []string, error)
	Partners(ctx context.Context, by casework.Actor, text string) ([]casework.Partner, error)

	Refer(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewOutside) (casework.Outside, error)
	Outside(ctx context.Context, by casework.Actor, id casework.HandoffID) (casework.Outside, error)
	Outsides(ctx context.Context, by casework.Actor, q casework.OutsideQuery) (casework.Page[casework.Outside], error)
	Answer(ctx context.Context, by casework.Actor, id casework.HandoffID, in casework.Reply) (casework.Outside, error)
	Close(ctx context.Context, by casework.Actor, id casework.HandoffID) (casework.Outside, error)
	Recall(ctx context.Context, by casework.Actor, id casework.HandoffID, why string) (casework.Outside, error)

	// Note and ReplyTo are for whoever has a letter: they ask for no account.
	// Source is the address the question comes from; wrong codes are counted.
	Note(ctx context.Context, source, code string) (casework.OutsideNote, error)
	ReplyTo(ctx context.Context, source, code string, in casework.Reply) error
}

func (a *API) partnerRoutes() {
	handle(a, op{method: "GET", path: prefix + "/partners", name: "listPartners", tag: tagPartners,
		summary: "Organisations that run no node"}, a.partners)
	handle(a, op{method: "POST", path: prefix + "/partners", name: "addPartner", tag: tagPartners, status: http.StatusCreated,
		summary: "Register one; it gets a code that consents can name"}, a.addPartner)
	handle(a, op{method: "GET", path: prefix + "/partners/{partner}", name: "getPartner", tag: tagPartners,
		summary: "One of them, with what speaks against it today"}, a.partner)
	handle(a, op{method: "PUT", path: prefix + "/partners/{partner}", name: "changePartner", tag: tagPartners, summary: "Change what is known of it"}, a.changePartner)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/outside", name: "referOutside", tag: tagPartners, status: http.StatusCreated,
		summary: "Refer somebody to a partner by letter, with a reply code"}, a.referOutside)
	handle(a, op{method: "GET", path: prefix + "/outside", name: "listOutside", tag: tagPartners,
		summary: "Letters to partners, the overdue first"}, a.outsides)
	handle(a, op{method: "GET", path: prefix + "/outside/{id}", name: "getOutside", tag: tagPartners, summary: "One of them, with its reply code"}, a.outside)
	handle(a, op{method: "POST", path: prefix + "/outside/{id}/answer", name: "answerOutside", tag: tagPartners,
		summary: "Enter what the partner answered by letter or phone"}, a.answerOutside)
	handle(a, op{method: "POST", path: prefix + "/outside/{id}/close", name: "closeOutside", tag: tagPartners,
		summary: "The answer was read: the loop is closed"}, a.closeOutside)
	handle(a, op{method: "POST", path: prefix + "/outside/{id}/recall", name: "recallOutside", tag: tagPartners,
		summary: "Take the letter back; its code is void"}, a.recallOutside)
	handle(a, op{method: "POST", path: prefix + "/replies/look", name: "lookUpReply", tag: tagPartners, public: true, reads: true,
		summary: "For a partner: what letter a reply code belongs to; nothing of a person"}, a.lookUpReply)
	handle(a, op{method: "POST", path: prefix + "/replies", name: "reply", tag: tagPartners, public: true, status: http.StatusNoContent,
		summary: "For a partner: answer a letter with its reply code"}, a.reply)
}

type partnersIn struct {
	Q string `query:"q" maxLength:"100" doc:"Part of the name, kind, services, region or code"`
}

type partnerList struct {
	Items []casework.Partner `json:"items"`
}

func (a *API) partners(ctx context.Context, by casework.Actor, in *partnersIn) (*bodyOut[partnerList], error) {
	list, err := a.cfg.Partners.Partners(ctx, by, in.Q)
	return answer(partnerList{orEmpty(list)}, err)
}

// partnerBody is a partner as somebody writes it.
type partnerBody struct {
	Name       string          `json:"name"`
	Kind       string          `json:"kind" doc:"dinsos, puskesos, slrt, lks, rumah sakit, puskesmas, polisi, ..."`
	Region     string          `json:"region,omitempty" doc:"Code of the region"`
	Address    string          `json:"address,omitempty"`
	Contact    string          `json:"contact,omitempty"`
	Phone      string          `json:"phone,omitempty"`
	Services   string          `json:"services,omitempty"`
	Grade      string          `json:"grade,omitempty" doc:"Of accreditation: A, B or C"`
	GradeNo    string          `json:"gradeNo,omitempty"`
	GradeUntil string          `json:"gradeUntil,omitempty" doc:"2006-01-02"`
	Agreements []casework.Memo `json:"agreements,omitempty"`
	Ended      bool            `json:"ended,omitempty" doc:"Nobody is referred there any more"`
}

func (b partnerBody) partner() casework.Partner {
	return casework.Partner{
		Name: b.Name, Kind: b.Kind, Region: b.Region, Address: b.Address, Contact: b.Contact, Phone: b.Phone, Services: b.Services,
		Grade: b.Grade, GradeNo: b.GradeNo, GradeUntil: casework.Day(b.GradeUntil), Agreements: b.Agreements, Ended: b.Ended,
	}
}

type knownPartner struct {
	casework.Partner
	Warnings []string `json:"warnings,omitempty" doc:"What speaks against it today; never a block"`
}

type partnerOut struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     knownPartner
}

func partnerAnswer(p casework.Partner, warnings []string, err error) (*partnerOut, error) {
	if err != nil {
		return nil, err
	}
	return &partnerOut{prefix + "/partners/" + string(p.Code), etag(p.Version), knownPartner{p, warnings}}, nil
}

func (a *API) addPartner(ctx context.Context, by casework.Actor, in *struct{ Body partnerBody }) (*partnerOut, error) {
	p, err := a.cfg.Partners.Add(ctx, by, in.Body.partner())
	return partnerAnswer(p, nil, err)
}

// OfPartner names a partner in the path.
type OfPartner struct {
	Partner string `path:"partner" pattern:"^[A-Z0-9]{2,8}$" patternDescription:"the code of a partner, such as M00001"`
}

func (a *API) partner(ctx context.Context, by casework.Actor, in *OfPartner) (*partnerOut, error) {
	return partnerAnswer(a.cfg.Partners.Partner(ctx, by, casework.BalaiCode(in.Partner)))
}

type changePartnerIn struct {
	OfPartner
	IfMatch
	Body partnerBody
}

func (a *API) changePartner(ctx context.Context, by casework.Actor, in *changePartnerIn) (*partnerOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	p, err := a.cfg.Partners.Change(ctx, by, casework.BalaiCode(in.Partner), version, in.Body.partner())
	return partnerAnswer(p, nil, err)
}

type outsideIn struct {
	OfCase
	Body casework.NewOutside
}

type outsideOut struct {
	Location string `header:"Location"`
	Body     casework.Outside
}

func outsideAnswer(o casework.Outside, err error) (*outsideOut, error) {
	if err != nil {
		return nil, err
	}
	return &outsideOut{prefix + "/outside/" + string(o.ID), o}, nil
}

func (a *API) referOutside(ctx context.Context, by casework.Actor, in *outsideIn) (*outsideOut, error) {
	return outsideAnswer(a.cfg.Partners.Refer(ctx, by, in.id(), in.Body))
}

type outsidesIn struct {
	State   string `query:"state" enum:"open,overdue,sent,answered,closed,recalled" doc:"Without it: all"`
	Case    string `query:"case" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
	Partner string `query:"partner" pattern:"^[A-Z0-9]{2,8}$" patternDescription:"the code of a partner"`
	Paging
}

func (a *API) outsides(ctx context.Context, by casework.Actor, in *outsidesIn) (*pageOut[casework.Outside], error) {
	p, err := a.cfg.Partners.Outsides(ctx, by, casework.OutsideQuery{
		State: in.State, Case: casework.CaseID(in.Case), Partner: casework.BalaiCode(in.Partner), Cursor: in.Cursor, Limit: in.Limit,
	})
	return paged(ctx, p, err)
}

func (a *API) outside(ctx context.Context, by casework.Actor, in *OfHandoff) (*outsideOut, error) {
	return outsideAnswer(a.cfg.Partners.Outside(ctx, by, in.id()))
}

// A ReplyBody is what a partner answered.
type ReplyBody struct {
	Answer string `json:"answer" doc:"diterima, diterima bersyarat, daftar tunggu, ditolak, sudah dilayani or tidak datang"`
	Text   string `json:"text,omitempty" doc:"Conditions, advice, a date; no name is needed"`
	Signed string `json:"signed" doc:"Who answers, and for which office"`
}

func (b ReplyBody) reply() casework.Reply {
	return casework.Reply{Answer: b.Answer, Text: b.Text, Signed: b.Signed}
}

type answerOutsideIn struct {
	OfHandoff
	Body ReplyBody
}

func (a *API) answerOutside(ctx context.Context, by casework.Actor, in *answerOutsideIn) (*outsideOut, error) {
	return outsideAnswer(a.cfg.Partners.Answer(ctx, by, in.id(), in.Body.reply()))
}

func (a *API) closeOutside(ctx context.Context, by casework.Actor, in *OfHandoff) (*outsideOut, error) {
	return outsideAnswer(a.cfg.Partners.Close(ctx, by, in.id()))
}

type recallIn struct {
	OfHandoff
	Body struct {
		Text string `json:"text" doc:"Why"`
	}
}

func (a *API) recallOutside(ctx context.Context, by casework.Actor, in *recallIn) (*outsideOut, error) {
	return outsideAnswer(a.cfg.Partners.Recall(ctx, by, in.id(), in.Body.Text))
}

type lookUpIn struct {
	Body struct {
		Code string `json:"code" maxLength:"40" doc:"As printed in the letter"`
	}
}

func (a *API) lookUpReply(ctx context.Context, _ casework.Actor, in *lookUpIn) (*bodyOut[casework.OutsideNote], error) {
	return answer(a.cfg.Partners.Note(ctx, exchangeOf(ctx).from, in.Body.Code))
}

type replyIn struct {
	Body struct {
		Code string `json:"code" maxLength:"40" doc:"As printed in the letter"`
		ReplyBody
	}
}

func (a *API) reply(ctx context.Context, _ casework.Actor, in *replyIn) (*struct{}, error) {
	return done(a.cfg.Partners.ReplyTo(ctx, exchangeOf(ctx).from, in.Body.Code, in.Body.reply()))
}
