package web

import (
	"slices"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
)

var taskInputs = []careInput{
	{name: "what", kind: inLine}, {name: "due", kind: inDay}, {name: "for", kind: inUser, optional: true},
}

func (s *Site) taskRoutes() {
	s.page("GET /tugas", (*visit).tasksPage)
	s.menu(40, "/tugas", "care.tasks", s.who(casework.ReadCase, casework.Find))
	s.page("GET /kasus/{id}/tugas", func(v *visit) error { return v.caseTasks(nil) })
	s.page("POST /kasus/{id}/tugas", (*visit).addTask)
	s.page("POST /kasus/{id}/tugas/{row}/selesai", (*visit).finishTask)
}

// tasksPage lists what is due, late first.
func (v *visit) tasksPage() error {
	f := v.plain()
	for _, name := range []string{"milik", "terlambat", "jenis"} {
		f.Set(name, v.query(name))
	}
	q := casework.TaskQuery{Whose: f.Value("milik"), Late: f.Value("terlambat") != "", Kind: f.Value("jenis"), Cursor: v.query("dari"), Limit: perPage}
	page, err := v.cfg.Care.Tasks(v.ctx, v.by, q)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("care.tasks")}, tasksBody(v, f, q, page))
}

func (v *visit) whoseOptions() []ui.Option {
	return []ui.Option{
		{Label: v.t("care.tasks.mine")}, {Value: casework.TasksUnit, Label: v.t("care.tasks.unit")}, {Value: casework.TasksAll, Label: v.t("care.tasks.balai")},
	}
}

func (v *visit) dueOptions() []ui.Option {
	out := []ui.Option{{Label: v.t("care.tasks.all")}}
	for _, k := range casework.DueKinds {
		out = append(out, ui.Option{Value: k, Label: words.Code(v.ctx, "care.due", k)})
	}
	return out
}

func (v *visit) taskChips(q casework.TaskQuery) (chips []ui.Chip) {
	for _, o := range v.whoseOptions() {
		if q.Whose != "" && o.Value == q.Whose {
			chips = append(chips, ui.Chip{Label: o.Label, Without: v.without("milik")})
		}
	}
	if q.Late {
		chips = append(chips, ui.Chip{Label: v.t("care.tasks.late"), Without: v.without("terlambat")})
	}
	if q.Kind != "" {
		chips = append(chips, ui.Chip{Label: words.Code(v.ctx, "care.due", q.Kind), Without: v.without("jenis")})
	}
	return chips
}

// dueWords say what is due.
func (v *visit) dueWords(d casework.Due) string {
	switch d.Kind {
	case casework.DueTask:
		return d.What
	case casework.DueStage:
		return v.t("care.due.stage.of", "stage", v.t("stage."+numeral(d.Step)))
	case casework.DueGoal:
		return v.t("care.due.goal.of", "activity", d.What)
	case casework.DueFeedback:
		return v.t("care.due.feedback.of", "n", numeral(d.Step), "balai", d.What)
	case casework.DueAftercare:
		return v.t("care.due.aftercare.of", "n", numeral(d.Step))
	}
	return words.Code(v.ctx, "care.due", d.Kind)
}

// duePage is the page where something is done that came by itself.
func duePage(d casework.Due) string {
	page := map[string]string{
		casework.DueTask: "tugas", casework.DueStage: "", casework.DueConsent: "persetujuan", casework.DueReview: "konferensi/baru",
		casework.DueGoal: "rencana", casework.DueFeedback: "tugas", casework.DueAftercare: "pascalayanan/baru",
	}[d.Kind]
	return casePath(d.Case, page)
}

// lateness says how a deadline stands, and how that is shown.
func (v *visit) lateness(d casework.Due) (kind, said string) {
	left := v.dayOf(v.now()).Until(d.Due)
	switch {
	case d.Late > 0:
		return ui.Bad, v.n("care.late", d.Late)
	case left == 0:
		return ui.Wait, v.t("care.due.today")
	case left <= 3:
		return ui.Wait, v.n("care.left", left)
	}
	return ui.Plain, v.n("care.left", left)
}

func (v *visit) caseTasks(f *ui.Form) error {
	file, err := v.carePart(casework.PartTasks)
	if err != nil {
		return err
	}
	if f == nil {
		f = v.form("care task", v.caseID())
	}
	return v.show(ui.PageProps{Title: v.t("care.tasks"), Form: f}, caseTasksBody(v, file, f))
}

func (v *visit) addTask() error {
	f := v.form("care task", v.caseID())
	t, err := readCare[casework.Task](f, taskInputs)
	if err == nil {
		_, err = v.cfg.Care.AddTask(v.ctx, v.by, v.caseID(), t)
	}
	if v.mend(f, err) {
		return v.caseTasks(f)
	}
	if err != nil {
		return err
	}
	return v.done(f, casePath(v.caseID(), "tugas"), v.t("care.saved"))
}

func (v *visit) finishTask() error {
	if _, err := v.cfg.Care.FinishTask(v.ctx, v.by, v.caseID(), casework.CareID(v.part("row")), v.plain().Trim("result")); err != nil {
		return err
	}
	return v.done(nil, casePath(v.caseID(), "tugas"), v.t("care.task.done"))
}

// doneTasks are those that were done, the last one first.
func doneTasks(file casework.CareFile) (out []casework.Record[casework.Task]) {
	for _, r := range slices.Backward(file.Care.Tasks) {
		if !r.Data.Done.IsZero() {
			out = append(out, r)
		}
	}
	return out
}

// doneWords say what was done.
func (v *visit) doneWords(t casework.Task) string {
	if t.Kind == "" || t.Kind == casework.DueTask {
		return t.What
	}
	return words.Code(v.ctx, "care.due", t.Kind)
}
