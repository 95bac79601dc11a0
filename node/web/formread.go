package web

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// signer names who stands for a sheet.
func signer(g casework.FormSignature, who map[casework.UserID]string) string {
	switch {
	case g.Name != "":
		return g.Name
	case who[g.By] != "":
		return who[g.By]
	}
	return string(g.Balai)
}

// sheetTakesTeam reports whether members of the team may sign a sheet: while it
// is open, and after the social worker has ended it.
func (v *visit) sheetTakesTeam(view casework.SheetView) bool {
	return view.Form.Signed && (view.Open || !view.Sheet.Ended().IsZero())
}

func teamOptions() (out []ui.Option) {
	for _, p := range casework.Signers {
		if p != casework.SocialWorker {
			out = append(out, ui.Option{Value: p, Label: strings.ToUpper(p[:1]) + p[1:]})
		}
	}
	return out
}

func (v *visit) scoreFacts(view casework.SheetView) (facts []ui.Fact) {
	for _, s := range view.Sections {
		for _, r := range s.Scores {
			facts = append(facts, ui.Fact{Label: r.Title.In(v.look.Lang), Value: v.resultWords(r)})
		}
	}
	return facts
}

// answerFacts are the answers of a section that cannot be written to.
func (v *visit) answerFacts(view casework.SheetView, i int) (facts []ui.Fact) {
	a := view.Sections[i].Answer
	for _, f := range view.Form.Sections[i].Fields {
		if f.Kind == casework.FieldRows && a != nil {
			if rows := v.rowFacts(view.Form, f, a.Values); len(rows) > 0 {
				facts = append(facts, rows...)
				continue
			}
		}
		fact := ui.Fact{Label: f.Label.In(v.look.Lang)}
		if a != nil {
			fact.Value = v.answerWords(view.Form, f, a.Values[f.Key])
		}
		facts = append(facts, fact)
	}
	return facts
}

// withEmpty is a list that need not be chosen from.
func (v *visit) withEmpty(options []ui.Option) []ui.Option {
	return append([]ui.Option{{Label: v.t("casefile.notsaid")}}, options...)
}

// sendJSON sends a record as a file.
func (v *visit) sendJSON(record any, name string) error {
	raw, err := json.MarshalIndent(record, "", "  ")
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	v.w.WriteHeader(http.StatusOK)
	_, _ = v.w.Write(append(raw, '\n')) // a reader that has gone
	return nil
}
