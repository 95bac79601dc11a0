package api

import (
	"context"

	"serasi/node/casework"
)

const tagDirectory = "directory"

// Directory is what balai tell each other about themselves. directory.Directory
// is one.
type Directory interface {
	// All returns every balai there is, connected or not.
	All(ctx context.Context, by casework.Actor) ([]casework.Candidate, error)
	// Profile returns what this balai says of itself.
	Profile(ctx context.Context, by casework.Actor) (casework.Profile, error)
	// SetProfile replaces it; a stale edit is a Conflict with both versions.
	SetProfile(ctx context.Context, by casework.Actor, version uint64, p casework.Profile) (casework.Profile, error)
	// Suggest returns where a case could go, best first, with the reasons.
	Suggest(ctx context.Context, by casework.Actor, id casework.CaseID) (casework.Advice, error)
}

func (a *API) directoryRoutes() {
	handle(a, op{method: "GET", path: prefix + "/directory", name: "directory", tag: tagDirectory,
		summary: "All balai, with what they say of themselves; places are as of placesAt"}, a.directory)
	handle(a, op{method: "GET", path: prefix + "/directory/own", name: "ownProfile", tag: tagDirectory, summary: "What this balai says of itself"}, a.ownProfile)
	handle(a, op{method: "PUT", path: prefix + "/directory/own", name: "setOwnProfile", tag: tagDirectory,
		summary: "Say it anew; the others hear of it by themselves"}, a.setOwnProfile)
	handle(a, op{method: "GET", path: prefix + "/cases/{id}/advice", name: "advice", tag: tagDirectory,
		summary: "Where a case could go, best first, with the reasons, and what the letter may begin with"}, a.advice)
}

type listedBalai struct {
	Profile   casework.Profile `json:"profile"`
	Location  string           `json:"location,omitempty"`
	Connected bool             `json:"connected" doc:"It has a node"`
	Described bool             `json:"described" doc:"It has said what it does"`
}

type directoryList struct {
	Items []listedBalai `json:"items"`
}

func (a *API) directory(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[directoryList], error) {
	all, err := a.cfg.Directory.All(ctx, by)
	out := directoryList{Items: []listedBalai{}}
	for _, c := range all {
		out.Items = append(out.Items, listedBalai{c.Profile, c.Location, c.Connected, c.Described})
	}
	return answer(out, err)
}

type profileOut struct {
	ETag string `header:"ETag"`
	Body casework.Profile
}

func profileAnswer(p casework.Profile, err error) (*profileOut, error) {
	if err != nil {
		return nil, err
	}
	return &profileOut{etag(p.Version), p}, nil
}

func (a *API) ownProfile(ctx context.Context, by casework.Actor, _ *struct{}) (*profileOut, error) {
	return profileAnswer(a.cfg.Directory.Profile(ctx, by))
}

type profileIn struct {
	IfMatch
	Body casework.Profile
}

func (a *API) setOwnProfile(ctx context.Context, by casework.Actor, in *profileIn) (*profileOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return profileAnswer(a.cfg.Directory.SetProfile(ctx, by, version, in.Body))
}

func (a *API) advice(ctx context.Context, by casework.Actor, in *OfCase) (*bodyOut[casework.Advice], error) {
	return answer(a.cfg.Directory.Suggest(ctx, by, in.id()))
}
