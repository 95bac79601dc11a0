package web

import (
	"net/http"
	"net/url"

	"serasi/node/casework"
)

func (s *Site) draftRoutes() {
	s.page("POST /draf", (*visit).saveDraft)
	s.page("POST /draf/buang", (*visit).dropDraft)
}

// saveDraft keeps what stands in a form while it is being typed.
func (v *visit) saveDraft() error {
	if err := v.keep(v.r.PostForm); err != nil {
		return err
	}
	v.w.WriteHeader(http.StatusNoContent)
	return nil
}

// keep stores sent fields as the draft that they name.
func (v *visit) keep(sent url.Values) error {
	fields := map[string][]string{}
	for name, values := range sent {
		if name != "_draf" && name != "_kasus" {
			fields[name] = values
		}
	}
	if sent.Get("_draf") == "" {
		return casework.Invalid.Because("this is no form that keeps drafts")
	}
	return v.cfg.Drafts.SaveDraft(v.ctx, v.by, sent.Get("_draf"), casework.CaseID(sent.Get("_kasus")), fields)
}

func (v *visit) dropDraft() error {
	if err := v.cfg.Drafts.DropDraft(v.ctx, v.by, v.r.PostForm.Get("_draf"), casework.CaseID(v.r.PostForm.Get("_kasus"))); err != nil {
		return err
	}
	return v.done(nil, v.back(), v.t("draft.dropped"))
}
