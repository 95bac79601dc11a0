package api

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"serasi/node/casework"
)

// The library reads exported parts of an input only, so those that several
// calls share have exported names.

// Paging is the query of every list.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"1000" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"50"`
}

// OfCase names a case in the path.
type OfCase struct {
	ID string `path:"id" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

func (c OfCase) id() casework.CaseID { return casework.CaseID(c.ID) }

type pageOut[T any] struct {
	Link string `header:"Link" doc:"The next page, if there is one"`
	Body casework.Page[T]
}

type bodyOut[T any] struct{ Body T }

// paged answers with a page, its list never null, and a link to the next.
func paged[T any](ctx context.Context, p casework.Page[T], err error) (*pageOut[T], error) {
	if err != nil {
		return nil, err
	}
	if p.Items == nil {
		p.Items = []T{}
	}
	return &pageOut[T]{Link: nextLink(exchangeOf(ctx).url, "cursor", p.Next), Body: p}, nil
}

// nextLink is RFC 8288. The search text is left out: a search has one page.
func nextLink(u *url.URL, name, value string) string {
	if value == "" {
		return ""
	}
	q := u.Query()
	q.Del("q")
	q.Set(name, value)
	return "<" + u.EscapedPath() + "?" + q.Encode() + `>; rel="next"`
}

// etag is the version of what an answer holds.
func etag(version uint64) string { return `"` + strconv.FormatUint(version, 10) + `"` }

// IfMatch is the version somebody saw. It is asked for wherever an edit could
// overwrite another one.
type IfMatch struct {
	Match string `header:"If-Match" doc:"The ETag you saw, such as \"7\"; required"`
}

func (m IfMatch) version() (uint64, error) {
	if m.Match == "" {
		return 0, httpProblem(428, "say which version you saw: send its ETag in If-Match", ProblemError{"header.If-Match", "is missing"})
	}
	text, found := strings.CutPrefix(m.Match, `"`)
	text, closed := strings.CutSuffix(text, `"`)
	v, err := strconv.ParseUint(text, 10, 64)
	if !found || !closed || err != nil {
		return 0, fault("header.If-Match", `must be one ETag as this node gave it, such as "7"`)
	}
	return v, nil
}

func stringsTo[T ~string](list []string) []T {
	out := make([]T, len(list))
	for i, s := range list {
		out[i] = T(s)
	}
	return out
}

func urlOf(path string) *url.URL { return &url.URL{Path: path} }
