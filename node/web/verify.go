package web

import (
	"io"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// maxProof bounds the file of a letter that somebody wants checked, in bytes.
const maxProof = 500_000

func (v *visit) verifyPage() error {
	return v.show(ui.PageProps{Title: v.t("letter.verify")}, verifyBody(v, v.plain(), nil))
}

// verifyCode is where a QR code leads: the code in the path, the seal behind it.
func (v *visit) verifyCode() error {
	p := casework.LetterProof{Code: v.part("kode"), Source: v.source()}
	if token := v.query("t"); token != "" {
		p.QR, p.Code = token, ""
	}
	return v.answerProof(v.plain(), p)
}

// verify takes a code, the text of a QR code, or a file.
func (v *visit) verify() error {
	f := v.plain()
	p := casework.LetterProof{Number: f.Trim("number"), Code: f.Trim("code"), QR: f.Trim("qr"), Source: v.source()}
	if file, _, err := v.r.FormFile("file"); err == nil {
		b, err := io.ReadAll(io.LimitReader(file, maxProof))
		_ = file.Close()
		if err != nil {
			return err
		}
		p.File = string(b)
	}
	if p.File != "" {
		p.QR, p.Code, p.Number = "", "", ""
	}
	return v.answerProof(f, p)
}

func (v *visit) answerProof(f *ui.Form, p casework.LetterProof) error {
	f.Action = "/v"
	verdict, err := v.cfg.Letters.Verify(p)
	if v.mend(f, err) {
		return v.show(ui.PageProps{Title: v.t("letter.verify"), Form: f}, verifyBody(v, f, nil))
	}
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("letter.verify")}, verifyBody(v, f, &verdict))
}

// proofKind is how a verdict is shown; its words say it too.
func proofKind(result string) string {
	switch result {
	case casework.LetterGenuine:
		return ui.Good
	case casework.LetterUnknown:
		return ui.Wait
	}
	return ui.Bad
}

// verdictFacts are what is told of a letter: nothing of a person.
func (v *visit) verdictFacts(x casework.LetterVerdict) (facts []ui.Fact) {
	add := func(label, value string) {
		if value != "" {
			facts = append(facts, ui.Fact{Label: label, Value: value})
		}
	}
	if x.Kind != "" {
		add(v.t("letter.what"), v.t("letter.kind."+string(x.Kind)))
	}
	add(v.t("letter.number"), x.Number)
	if x.Date != "" {
		add(v.t("letter.date"), v.letterDay(x.Date))
	}
	add(v.t("letter.from"), string(x.From))
	switch x.To {
	case "":
	case casework.NotTold:
		add(v.t("letter.to"), v.t("letter.to.nottold"))
	default:
		add(v.t("letter.to"), x.To)
	}
	add(v.t("letter.code"), x.Code)
	add(v.t("letter.replacedby"), x.Replaced)
	if x.File {
		add(v.t("letter.verify.file"), v.t("letter.verify.compared"))
	}
	return facts
}
