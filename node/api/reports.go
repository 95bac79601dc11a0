package api

import (
	"context"
	"mime"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"serasi/node/casework"
)

// Reports are the use cases on monthly reports. report.Desk is one. Every
// method decides about permissions itself and writes its audit line.
type Reports interface {
	Months(ctx context.Context, by casework.Actor, last casework.Month) ([]casework.MonthLine, error)
	Get(ctx context.Context, by casework.Actor, month casework.Month, outside bool) (casework.Report, error)
	Behind(ctx context.Context, by casework.Actor, month casework.Month, code, cursor string) (casework.Behind, error)
	Entries(ctx context.Context, by casework.Actor, month casework.Month) (casework.Entries, error)
	Enter(ctx context.Context, by casework.Actor, version uint64, in casework.Entries) (casework.Entries, error)
	Sign(ctx context.Context, by casework.Actor, month casework.Month, hash string) (casework.Report, error)
	Companion(ctx context.Context, by casework.Actor, month casework.Month, user casework.UserID) (casework.Companion, error)
	Tell(ctx context.Context, by casework.Actor, month casework.Month, words string) error
	Download(ctx context.Context, by casework.Actor, month casework.Month, format string, outside bool, l casework.Language) (casework.File, error)
	People(ctx context.Context, by casework.Actor, month casework.Month, code, format string, l casework.Language) (casework.File, error)
}

const tagReports = "reports"

func (a *API) reportRoutes() {
	at := prefix + "/reports"
	handle(a, op{method: "GET", path: at, name: "listReports", tag: tagReports,
		summary: "Thirteen months up to one, newest first: how they add up, and which are signed"}, a.months)
	handle(a, op{method: "GET", path: at + "/{month}", name: "getReport", tag: tagReports,
		summary: "The monthly report (form F12): as signed, with corrections since, or live"}, a.report)
	handle(a, op{method: "GET", path: at + "/{month}/list", name: "listBehindFigure", tag: tagReports,
		summary: "The cases behind a figure, 25 a page; figure is its code, or breakdown/group/column"}, a.behind)
	handle(a, op{method: "POST", path: at + "/{month}/list/file", name: "exportBehindFigure", tag: tagReports, reads: true, streams: true,
		summary: "The cases behind a figure with names and NIK as CSV or XLSX; each of them is recorded as exported"}, a.peopleFile)
	handle(a, op{method: "GET", path: at + "/{month}/file", name: "downloadReport", tag: tagReports, streams: true,
		summary: "The report as CSV or XLSX"}, a.reportFile)
	handle(a, op{method: "GET", path: at + "/{month}/entries", name: "getReportEntries", tag: tagReports,
		summary: "What was entered by hand"}, a.entries)
	handle(a, op{method: "PATCH", path: at + "/{month}/entries", name: "editReportEntries", tag: tagReports,
		summary: "Enter figures by hand, as people here write them (12, 83,5); those left out stay, an empty one is taken back"}, a.enter)
	handle(a, op{method: "POST", path: at + "/{month}/sign", name: "signReport", tag: tagReports,
		summary: "Freeze the report; hash is that of the figures that were seen"}, a.signReport)
	handle(a, op{method: "GET", path: at + "/{month}/companions/{user}", name: "getCompanionReport", tag: tagReports,
		summary: "The monthly report of one pendamping: one's own, or any for who may read reports"}, a.companion)
	handle(a, op{method: "PUT", path: at + "/{month}/companion", name: "tellCompanionReport", tag: tagReports,
		summary: "What one says about obstacles in one's own monthly report"}, a.tell)
}

// OfMonth names a month in the path.
type OfMonth struct {
	Month string `path:"month" pattern:"^2[0-9]{3}-(0[1-9]|1[0-2])$" patternDescription:"a month such as 2026-11"`
}

func (m OfMonth) month() casework.Month { return casework.Month(m.Month) }

type monthsIn struct {
	Last string `query:"last" pattern:"^2[0-9]{3}-(0[1-9]|1[0-2])$" patternDescription:"a month such as 2026-11" doc:"Without it: the month that is running"`
}

type monthsOut struct {
	Items []casework.MonthLine `json:"items"`
}

func (a *API) months(ctx context.Context, by casework.Actor, in *monthsIn) (*bodyOut[monthsOut], error) {
	list, err := a.cfg.Reports.Months(ctx, by, casework.Month(in.Last))
	return answer(monthsOut{orEmpty(list)}, err)
}

// Audience says whom a report is for.
type Audience struct {
	Outside string `query:"outside" enum:"true,false" doc:"true: for outsiders, who see no figure below five"`
}

func (o Audience) is() bool { return o.Outside == "true" }

type reportIn struct {
	OfMonth
	Audience
}

func (a *API) report(ctx context.Context, by casework.Actor, in *reportIn) (*bodyOut[casework.Report], error) {
	return answer(a.cfg.Reports.Get(ctx, by, in.month(), in.is()))
}

type behindIn struct {
	OfMonth
	Figure string `query:"figure" required:"true" maxLength:"200"`
	Cursor string `query:"cursor" maxLength:"20" doc:"next of the page before"`
}

func (a *API) behind(ctx context.Context, by casework.Actor, in *behindIn) (*bodyOut[casework.Behind], error) {
	b, err := a.cfg.Reports.Behind(ctx, by, in.month(), in.Figure, in.Cursor)
	b.Items = orEmpty(b.Items)
	return answer(b, err)
}

// Spoken is the language of a file.
type Spoken struct {
	Accept string `header:"Accept-Language" maxLength:"200" doc:"id or en"`
}

func (s Spoken) language() casework.Language {
	return languageOf(&http.Request{Header: http.Header{"Accept-Language": {s.Accept}}})
}

type reportFileIn struct {
	OfMonth
	Audience
	Format string `query:"format" enum:"csv,xlsx" required:"true"`
	Spoken
}

func (a *API) reportFile(ctx context.Context, by casework.Actor, in *reportFileIn) (*streamOut, error) {
	f, err := a.cfg.Reports.Download(ctx, by, in.month(), in.Format, in.is(), in.language())
	return a.fileAnswer(ctx, f, err)
}

type peopleIn struct {
	OfMonth
	Spoken
	Body struct {
		Figure string `json:"figure" maxLength:"200"`
		Format string `json:"format" doc:"csv or xlsx"`
	}
}

func (a *API) peopleFile(ctx context.Context, by casework.Actor, in *peopleIn) (*streamOut, error) {
	f, err := a.cfg.Reports.People(ctx, by, in.month(), in.Body.Figure, in.Body.Format, in.language())
	return a.fileAnswer(ctx, f, err)
}

// fileAnswer gives a file to keep.
func (a *API) fileAnswer(ctx context.Context, f casework.File, err error) (*streamOut, error) {
	if err != nil {
		return nil, err
	}
	return &streamOut{func(h huma.Context) {
		_, w := humago.Unwrap(h)
		head := http.Header{
			"Content-Type":            {f.Media},
			"Content-Length":          {strconv.Itoa(len(f.Content))},
			"Content-Disposition":     {mime.FormatMediaType("attachment", map[string]string{"filename": f.Name})},
			"Content-Security-Policy": {"sandbox; default-src 'none'"},
		}
		a.stream(ctx, w, head, func(w *streamWriter) error {
			_, err := w.Write(f.Content)
			return err
		})
	}}, nil
}

type entriesOut struct {
	ETag string `header:"ETag"`
	Body casework.Entries
}

func entriesAnswer(e casework.Entries, err error) (*entriesOut, error) {
	if err != nil {
		return nil, err
	}
	return &entriesOut{ETag: etag(e.Version), Body: e}, nil
}

func (a *API) entries(ctx context.Context, by casework.Actor, in *OfMonth) (*entriesOut, error) {
	return entriesAnswer(a.cfg.Reports.Entries(ctx, by, in.month()))
}

type enterIn struct {
	OfMonth
	IfMatch
	Body struct {
		Values map[string]string `json:"values" doc:"By the code of the figure"`
	}
}

func (a *API) enter(ctx context.Context, by casework.Actor, in *enterIn) (*entriesOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return entriesAnswer(a.cfg.Reports.Enter(ctx, by, version, casework.Entries{Month: in.month(), Values: in.Body.Values}))
}

type signReportIn struct {
	OfMonth
	Body struct {
		Hash string `json:"hash" maxLength:"128" doc:"That of the report as it was read"`
	}
}

func (a *API) signReport(ctx context.Context, by casework.Actor, in *signReportIn) (*bodyOut[casework.Report], error) {
	return answer(a.cfg.Reports.Sign(ctx, by, in.month(), in.Body.Hash))
}

type companionIn struct {
	OfMonth
	User string `path:"user" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

func (a *API) companion(ctx context.Context, by casework.Actor, in *companionIn) (*bodyOut[casework.Companion], error) {
	return answer(a.cfg.Reports.Companion(ctx, by, in.month(), casework.UserID(in.User)))
}

type tellIn struct {
	OfMonth
	Body struct {
		Words string `json:"words"`
	}
}

func (a *API) tell(ctx context.Context, by casework.Actor, in *tellIn) (*bodyOut[casework.Companion], error) {
	if err := a.cfg.Reports.Tell(ctx, by, in.month(), in.Body.Words); err != nil {
		return nil, err
	}
	return answer(a.cfg.Reports.Companion(ctx, by, in.month(), by.User))
}
