package web

import (
	"serasi/node/casework"
	"serasi/node/web/ui"
)

// verdict is what is to be decided against the balai of the path. The key of an
// officer never comes to a node: the page gives out what is to be signed and
// takes the signature.
func (v *visit) verdict() (casework.Sentence, error) {
	act := v.query("putusan")
	if act == "" {
		act = v.plain().Value("putusan")
	}
	if act == "" {
		act = casework.SentenceActs[0]
	}
	return v.cfg.Console.Verdict(v.ctx, v.by, casework.BalaiCode(v.part("balai")), act)
}

func (v *visit) verdictPage() error {
	x, err := v.verdict()
	if err != nil {
		return err
	}
	return v.showVerdict(v.plain(), x)
}

func (v *visit) showVerdict(f *ui.Form, x casework.Sentence) error {
	return v.show(ui.PageProps{Title: v.t("verdict." + x.Act), Head: string(x.Balai), Form: f}, verdictBody(v, f, x))
}

func (v *visit) verdictFile() error {
	x, err := v.verdict()
	if err != nil {
		return err
	}
	return v.download("application/json", x.Act+"-"+string(x.Balai)+".json", x.Content)
}

func (v *visit) judge() error {
	f := v.plain()
	x, err := v.verdict()
	if err != nil {
		return err
	}
	after, err := v.cfg.Console.Judge(v.ctx, v.by, x.Balai, x.Act, f.Trim("code"), f.Trim("signature"))
	if v.mend(f, err) {
		return v.showVerdict(f, x)
	}
	if err != nil {
		return err
	}
	if after.Have < after.Need {
		return v.done(nil, "/anggota/"+string(x.Balai)+"?putusan="+x.Act, v.t("verdict.taken"))
	}
	return v.done(nil, "/anggota", v.t("verdict.done"))
}
