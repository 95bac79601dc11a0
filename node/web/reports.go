package web

import (
	"context"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
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

func (s *Site) reportRoutes() {
	if s.cfg.Reports == nil {
		return
	}
	s.page("GET /laporan", (*visit).reportsPage)
	s.page("GET /laporan/saya", (*visit).companionPage)
	s.page("POST /laporan/saya", (*visit).tellObstacles)
	s.page("GET /laporan/{bulan}", (*visit).reportPage)
	s.page("GET /laporan/{bulan}/rincian", (*visit).breakdownPage)
	s.page("GET /laporan/{bulan}/daftar", (*visit).behindPage)
	s.page("POST /laporan/{bulan}/daftar", (*visit).takePeople)
	s.page("GET /laporan/{bulan}/isian", (*visit).entriesPage)
	s.page("POST /laporan/{bulan}/isian", (*visit).saveEntries)
	s.page("GET /laporan/{bulan}/tandatangan", (*visit).signPage)
	s.page("POST /laporan/{bulan}/tandatangan", (*visit).sign)
	s.page("GET /laporan/{bulan}/unduh", (*visit).downloadReport)
	s.menu(60, "/laporan", "report.nav", s.who(casework.ReadReport))
	s.menu(61, "/laporan/saya", "report.mine.nav", func(v *visit) bool { return !v.may(casework.ReadReport) && v.may(casework.WriteCase) })
}

func (v *visit) month() casework.Month { return casework.Month(v.part("bulan")) }

// monthName writes a month as people do: November 2026.
func monthName(ctx context.Context, m casework.Month) string {
	from, _ := m.Bounds(time.UTC)
	return words.Of(ctx).Month(from.Month()) + " " + strconv.Itoa(from.Year())
}

func (v *visit) reportsPage() error {
	last := casework.Month(v.query("sampai"))
	months, err := v.cfg.Reports.Months(v.ctx, v.by, last)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("report.title")}, reportsBody(v, months))
}

// older is the address of the months before those of a page.
func older(months []casework.MonthLine) string {
	if len(months) == 0 {
		return ""
	}
	return "/laporan?sampai=" + string(months[len(months)-1].Month.Add(-1))
}

func (v *visit) reportPage() error {
	r, err := v.cfg.Reports.Get(v.ctx, v.by, v.month(), v.query("untuk") == "luar")
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("report.of", "month", monthName(v.ctx, r.Month))}, reportBody(v, r))
}

// reportState is how far the report of a month is, and how it is shown.
func reportState(ctx context.Context, signed *casework.ReportSignature, corrections int, over bool) (kind, text string) {
	switch {
	case signed != nil && corrections > 0:
		return ui.Wait, words.N(ctx, "report.state.corrected", corrections)
	case signed != nil:
		return ui.Good, words.T(ctx, "report.state.signed")
	case over:
		return ui.Wait, words.T(ctx, "report.state.unsigned")
	}
	return ui.Plain, words.T(ctx, "report.state.running")
}

// indicator is what a figure is called.
func indicator(ctx context.Context, code string) casework.Indicator {
	i, ok := casework.IndicatorOf(code)
	if !ok {
		return casework.Indicator{Code: code, ID: code, EN: code}
	}
	return i
}

// figureText writes a figure as people read it.
func figureText(ctx context.Context, f casework.Figure) string {
	b := words.Of(ctx)
	switch i := indicator(ctx, f.Code); {
	case f.Text != "":
		return f.Text
	case i.Unit == "%":
		return b.Number(f.Value, 1) + " %"
	case f.Value == float64(int(f.Value)):
		return b.Int(int(f.Value))
	}
	return b.Number(f.Value, 1)
}

// unit is what a figure counts.
func unit(ctx context.Context, code string) string {
	u := indicator(ctx, code).Unit
	if u == "%" || u == "teks" || u == "" {
		return ""
	}
	return words.Code(ctx, "report.unit", u)
}

func behindPath(m casework.Month, code string) string {
	return "/laporan/" + string(m) + "/daftar?" + url.Values{"angka": {code}}.Encode()
}

// figureName says in words what the code of a list stands for.
func figureName(ctx context.Context, code string) string {
	parts := strings.Split(code, "/")
	if len(parts) < 3 {
		return indicator(ctx, code).Name(words.Lang(ctx))
	}
	group := strings.Join(parts[1:len(parts)-1], "/")
	return groupName(ctx, parts[0], group) + ": " + words.T(ctx, "report.column."+parts[len(parts)-1])
}

// groupName says in words what a group of a breakdown is.
func groupName(ctx context.Context, by, group string) string {
	switch {
	case group == "":
		return words.T(ctx, "report.unknown")
	case by == casework.BySex:
		return words.Code(ctx, "sex", group)
	case by == casework.ByAge, by == casework.ByRagam, by == casework.BySource:
		return words.Code(ctx, "report.group", group)
	}
	return casework.GroupName(by, group)
}

func (v *visit) breakdownPage() error {
	by := v.query("menurut")
	if by == "" {
		by = casework.BySex
	}
	r, err := v.cfg.Reports.Get(v.ctx, v.by, v.month(), v.query("untuk") == "luar")
	if err != nil {
		return err
	}
	if len(r.Breakdown(by)) == 0 && !isBreakdown(by) {
		return errNoPage
	}
	return v.show(ui.PageProps{Title: v.t("report.by."+by) + ", " + monthName(v.ctx, r.Month)}, breakdownBody(v, r, by))
}

func isBreakdown(by string) bool {
	for _, b := range casework.Breakdowns {
		if b == by {
			return true
		}
	}
	return false
}

func (v *visit) behindPage() error {
	code := v.query("angka")
	b, err := v.cfg.Reports.Behind(v.ctx, v.by, v.month(), code, v.query("dari"))
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("report.behind", "month", monthName(v.ctx, v.month()))}, behindBody(v, b))
}

func (v *visit) takePeople() error {
	f := v.plain()
	file, err := v.cfg.Reports.People(v.ctx, v.by, v.month(), f.Value("angka"), f.Value("bentuk"), v.look.Lang)
	if err != nil {
		return err
	}
	return v.send(file)
}

func (v *visit) downloadReport() error {
	file, err := v.cfg.Reports.Download(v.ctx, v.by, v.month(), v.query("bentuk"), v.query("untuk") == "luar", v.look.Lang)
	if err != nil {
		return err
	}
	return v.send(file)
}

// send gives a file to the browser to keep.
func (v *visit) send(f casework.File) error {
	h := v.w.Header()
	h.Set("Content-Type", f.Media)
	h.Set("Content-Length", strconv.Itoa(len(f.Content)))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	v.w.WriteHeader(http.StatusOK)
	_, _ = v.w.Write(f.Content) // a reader that has gone
	return nil
}

// byHand are the figures that people enter.
func byHand(r casework.Report) (out []casework.Indicator) {
	for _, f := range r.Figures {
		if i, ok := casework.IndicatorOf(f.Code); ok && f.ByHand {
			out = append(out, i)
		}
	}
	return out
}

func (v *visit) entriesPage() error {
	f := v.form("laporan-"+string(v.month()), "")
	e, err := v.cfg.Reports.Entries(v.ctx, v.by, v.month())
	if err != nil {
		return err
	}
	for code, value := range e.Values {
		f.Set("values."+code, value)
	}
	f.Set("_versi", strconv.FormatUint(e.Version, 10))
	return v.entriesForm(f)
}

func (v *visit) entriesForm(f *ui.Form) error {
	r, err := v.cfg.Reports.Get(v.ctx, v.by, v.month(), false)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("report.entries", "month", monthName(v.ctx, v.month())), Form: f}, entriesBody(v, f, r))
}

func (v *visit) saveEntries() error {
	f := v.form("laporan-"+string(v.month()), "")
	in := casework.Entries{Month: v.month(), Values: map[string]string{}}
	for name := range f.Values {
		if code, ok := strings.CutPrefix(name, "values."); ok {
			in.Values[code] = f.Trim(name)
		}
	}
	_, err := v.cfg.Reports.Enter(v.ctx, v.by, v.version(), in)
	if v.mend(f, err) {
		return v.entriesForm(f)
	}
	if err != nil {
		return err
	}
	return v.done(f, "/laporan/"+string(v.month()), v.t("report.entries.saved"))
}

func (v *visit) signPage() error {
	r, err := v.cfg.Reports.Get(v.ctx, v.by, v.month(), false)
	if err != nil {
		return err
	}
	f := v.plain()
	f.Set("hash", r.Hash)
	return v.show(ui.PageProps{Title: v.t("report.sign", "month", monthName(v.ctx, r.Month))}, signBody(v, f, r))
}

func (v *visit) sign() error {
	if _, err := v.cfg.Reports.Sign(v.ctx, v.by, v.month(), v.plain().Value("hash")); err != nil {
		return err
	}
	return v.done(nil, "/laporan/"+string(v.month()), v.t("report.signed"))
}

// missing counts the figures that nobody has entered yet.
func missing(r casework.Report) (n int) {
	for _, f := range r.Figures {
		if f.ByHand && !f.Known {
			n++
		}
	}
	return n
}

// companionPage is one's own monthly report as a pendamping, or that of another.
func (v *visit) companionPage() error {
	m, user := casework.Month(v.query("bulan")), casework.UserID(v.query("petugas"))
	if m == "" {
		m = casework.MonthOf(v.now().In(v.cfg.Zone))
	}
	if user == "" {
		user = v.by.User
	}
	c, err := v.cfg.Reports.Companion(v.ctx, v.by, m, user)
	if err != nil {
		return err
	}
	f := v.form("laporan-saya-"+string(m), "")
	for _, x := range c.Figures {
		if x.ByHand {
			f.Set("words", x.Text)
		}
	}
	return v.show(ui.PageProps{Title: v.t("report.mine", "month", monthName(v.ctx, m)), Form: f}, companionBody(v, f, c))
}

func (v *visit) tellObstacles() error {
	m := casework.Month(v.plain().Value("bulan"))
	f := v.form("laporan-saya-"+string(m), "")
	if err := v.cfg.Reports.Tell(v.ctx, v.by, m, f.Trim("words")); err != nil {
		return err
	}
	return v.done(f, "/laporan/saya?bulan="+string(m), v.t("report.mine.saved"))
}
