package api

import (
	"context"
	"net/http"

	"serasi/node/casework"
)

func (a *API) stayRoutes() {
	at := prefix + "/cases/{id}/stays"
	handle(a, op{method: "GET", path: at, name: "getStays", tag: tagStays,
		summary: "Where a person lived and lives; the ETag is that of the stay under way"}, a.carePart(casework.PartStay))
	handle(a, op{method: "POST", path: at, name: "admit", tag: tagStays, status: http.StatusCreated, summary: "Give a person a bed"}, a.admitPerson)
	handle(a, op{method: "POST", path: at + "/move", name: "moveBed", tag: tagStays, summary: "Another bed from a day on"}, a.moveBed)
	handle(a, op{method: "POST", path: at + "/away", name: "goAway", tag: tagStays,
		summary: "Elsewhere for a while, as in a hospital; the bed is kept"}, a.goAway)
	handle(a, op{method: "POST", path: at + "/back", name: "comeBack", tag: tagStays, summary: "Back again"}, a.comeBack)
	handle(a, op{method: "POST", path: at + "/leave", name: "leave", tag: tagStays, summary: "The stay ends"}, a.leave)
	handle(a, op{method: "GET", path: prefix + "/houses", name: "listHouses", tag: tagStays, summary: "Houses, beds, and who has them"}, a.houses)
	handle(a, op{method: "POST", path: prefix + "/houses", name: "addHouse", tag: tagStays, status: http.StatusCreated, summary: "Add a house with its beds"}, a.addHouse)
	handle(a, op{method: "PUT", path: prefix + "/houses/{row}", name: "editHouse", tag: tagStays,
		summary: "Change a house; beds without an id are new, beds left out are gone"}, a.editHouse)
}

type admitIn struct {
	OfCase
	Body casework.Admission
}

func (a *API) admitPerson(ctx context.Context, by casework.Actor, in *admitIn) (*recordOut[casework.Stay], error) {
	return recorded(a.cfg.Care.Admit(ctx, by, in.id(), in.Body))
}

type moveIn struct {
	OfCase
	IfMatch
	Body casework.Admission
}

func (a *API) moveBed(ctx context.Context, by casework.Actor, in *moveIn) (*recordOut[casework.Stay], error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return recorded(a.cfg.Care.MoveBed(ctx, by, in.id(), version, in.Body))
}

type awayIn struct {
	OfCase
	IfMatch
	Body struct {
		Kind  string `json:"kind" doc:"rumah sakit, izin, tanpa izin or lainnya"`
		Where string `json:"where,omitempty"`
		From  string `json:"from" doc:"2006-01-02"`
	}
}

func (a *API) goAway(ctx context.Context, by casework.Actor, in *awayIn) (*recordOut[casework.Stay], error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	b := in.Body
	return recorded(a.cfg.Care.GoAway(ctx, by, in.id(), version, casework.Absence{Kind: b.Kind, Where: b.Where, From: casework.Day(b.From)}))
}

type backIn struct {
	OfCase
	IfMatch
	Body struct {
		Day string `json:"day" doc:"2006-01-02"`
	}
}

func (a *API) comeBack(ctx context.Context, by casework.Actor, in *backIn) (*recordOut[casework.Stay], error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return recorded(a.cfg.Care.ComeBack(ctx, by, in.id(), version, casework.Day(in.Body.Day)))
}

type leaveIn struct {
	OfCase
	IfMatch
	Body struct {
		Day  string `json:"day" doc:"2006-01-02"`
		Left string `json:"left" doc:"selesai, pindah balai, keluarga, tanpa izin, meninggal or lainnya"`
	}
}

func (a *API) leave(ctx context.Context, by casework.Actor, in *leaveIn) (*recordOut[casework.Stay], error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return recorded(a.cfg.Care.Leave(ctx, by, in.id(), version, casework.Day(in.Body.Day), in.Body.Left))
}

func (a *API) houses(ctx context.Context, by casework.Actor, _ *struct{}) (*pageOut[casework.HouseView], error) {
	list, err := a.cfg.Care.Board(ctx, by)
	return paged(ctx, casework.Page[casework.HouseView]{Items: list}, err)
}

// HousePlan is what a house says of itself.
type HousePlan struct {
	Site   string         `json:"site,omitempty"`
	Name   string         `json:"name"`
	Sex    string         `json:"sex,omitempty" doc:"L or P; without it: both"`
	AgeMin int            `json:"ageMin,omitempty"`
	AgeMax int            `json:"ageMax,omitempty"`
	Beds   []casework.Bed `json:"beds"`
}

func (p HousePlan) house(id string) casework.House {
	return casework.House{ID: casework.CareID(id), Site: p.Site, Name: p.Name, Sex: p.Sex, AgeMin: p.AgeMin, AgeMax: p.AgeMax, Beds: p.Beds}
}

type houseOut struct {
	ETag string `header:"ETag"`
	Body casework.House
}

func housed(h casework.House, err error) (*houseOut, error) {
	if err != nil {
		return nil, err
	}
	return &houseOut{ETag: etag(h.Version), Body: h}, nil
}

func (a *API) addHouse(ctx context.Context, by casework.Actor, in *struct{ Body HousePlan }) (*houseOut, error) {
	return housed(a.cfg.Care.PutHouse(ctx, by, 0, in.Body.house("")))
}

type houseEdit struct {
	OfRow
	IfMatch
	Body HousePlan
}

func (a *API) editHouse(ctx context.Context, by casework.Actor, in *houseEdit) (*houseOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return housed(a.cfg.Care.PutHouse(ctx, by, version, in.Body.house(in.Row)))
}
