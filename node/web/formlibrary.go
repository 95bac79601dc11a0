package web

import (
	"net/url"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// libraryPage shows the forms this balai works with, and takes new versions.
func (v *visit) libraryPage() error { return v.showLibrary(v.plain()) }

func (v *visit) showLibrary(form *ui.Form) error {
	list, err := v.cfg.Forms.Library(v.ctx, v.by)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("form.library"), Form: form}, libraryBody(v, form, list, nil))
}

// previewForm shows what a version would change. Nothing is kept by it.
func (v *visit) previewForm(form *ui.Form, def casework.Form) error {
	p, err := v.cfg.Forms.Preview(v.ctx, v.by, def)
	if v.mend(form, err) {
		return v.showLibrary(form)
	}
	if err != nil {
		return err
	}
	list, err := v.cfg.Forms.Library(v.ctx, v.by)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("form.library"), Form: form}, libraryBody(v, form, list, &p))
}

func (v *visit) putForm() error {
	form := v.plain()
	def, err := casework.ReadForm([]byte(form.Value("json")))
	if err == nil && form.Value("lihat") != "" {
		return v.previewForm(form, def)
	}
	if err == nil {
		def, err = v.cfg.Forms.PutForm(v.ctx, v.by, def)
	}
	if v.mend(form, err) {
		return v.showLibrary(form)
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/formulir", v.t("form.put", "form", string(def.Ref())))
}

// downloadForm sends the JSON of a form, to be changed and put back.
func (v *visit) downloadForm() error {
	list, err := v.cfg.Forms.Library(v.ctx, v.by)
	if err != nil {
		return err
	}
	version, err := url.PathUnescape(v.part("version"))
	if err != nil {
		return errNoPage
	}
	for _, f := range list {
		if string(f.Ref()) == v.part("code")+"/"+version {
			return v.sendJSON(f, f.Code+".json")
		}
	}
	return errNoPage
}
