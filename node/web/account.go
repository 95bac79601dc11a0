package web

import (
	"slices"
	"strconv"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

func (s *Site) accountRoutes() {
	if s.cfg.Accounts == nil {
		return
	}
	s.page("GET /akun", (*visit).accountPage)
	s.page("GET /akun/sandi", (*visit).passwordPage)
	s.page("POST /akun/sandi", (*visit).password)
	s.page("GET /akun/kode", (*visit).factorPage)
	s.page("POST /akun/kode", (*visit).startFactor)
	s.page("POST /akun/kode/sah", (*visit).confirmFactor)
	s.page("POST /akun/sesi", (*visit).endLogins)
	s.page("GET /akun/token", (*visit).tokenPage)
	s.page("POST /akun/token", (*visit).createToken)
	s.page("POST /akun/token/cabut", (*visit).revokeToken)
	s.menu(95, "/akun", "account.nav", nil)
}

// liveTokens are the tokens that still work.
func liveTokens(all []casework.Token, at time.Time) []casework.Token {
	return slices.DeleteFunc(slices.Clone(all), func(t casework.Token) bool { return t.Revoked || !at.Before(t.Expires) })
}

func (v *visit) accountPage() error {
	u, err := v.cfg.Accounts.Self(v.ctx, v.by)
	if err != nil {
		return err
	}
	logins, err := v.cfg.Logins.Logins(v.ctx, v.by, v.by.User)
	if err != nil {
		return err
	}
	tokens, err := v.cfg.Accounts.Tokens(v.by, v.by.User)
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("account.title")}, accountBody(v, u, logins, liveTokens(tokens, v.now())))
}

func (v *visit) passwordPage() error { return v.showPassword(v.plain()) }

func (v *visit) showPassword(f *ui.Form) error {
	return v.show(ui.PageProps{Title: v.t("account.password"), Form: f}, passwordBody(f))
}

func (v *visit) password() error {
	f := v.plain()
	err := v.cfg.Accounts.SetPassword(v.ctx, v.by, v.by.User, f.Value("old"), f.Value("password"))
	if err == nil {
		return v.done(nil, "/akun", v.t("account.password.done"))
	}
	if kind, _ := casework.Explain(err); kind == casework.TooMany {
		f.Words = v.say(err)
		return v.showPassword(f)
	}
	if v.mend(f, err) {
		return v.showPassword(f)
	}
	return err
}

func (v *visit) factorPage() error {
	u, err := v.cfg.Accounts.Self(v.ctx, v.by)
	if err != nil {
		return err
	}
	f := v.plain()
	return v.show(ui.PageProps{Title: v.t("factor.title"), Form: f}, factorBody(f, u.SecondFactor))
}

// startFactor shows a new secret, this once: it stands on no page that can be
// loaded again.
func (v *visit) startFactor() error {
	secret, err := v.cfg.Accounts.StartSecondFactor(v.ctx, v.by)
	if err != nil {
		return err
	}
	f := ui.NewForm(nil)
	f.Action = "/akun/kode/sah"
	return v.show(ui.PageProps{Title: v.t("factor.title"), Form: f}, secretBody(f, secret))
}

// confirmFactor shows the recovery codes, this once.
func (v *visit) confirmFactor() error {
	f := v.plain()
	codes, err := v.cfg.Accounts.ConfirmSecondFactor(v.ctx, v.by, f.Trim("first"))
	if v.mend(f, err) {
		return v.show(ui.PageProps{Title: v.t("factor.title"), Form: f}, confirmBody(f))
	}
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("factor.recovery")}, recoveryBody(codes))
}

func (v *visit) endLogins() error {
	var err error
	if id := v.plain().Value("sesi"); id != "" {
		err = v.cfg.Logins.EndLogin(v.ctx, v.by, v.by.User, id)
	} else {
		err = v.cfg.Logins.EndLogins(v.ctx, v.by, v.by.User)
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/akun", v.t("account.logins.ended"))
}

func (v *visit) tokenPage() error { return v.showToken(v.plain()) }

func (v *visit) showToken(f *ui.Form) error {
	return v.show(ui.PageProps{Title: v.t("token.new"), Form: f}, newTokenBody(v, f))
}

func (v *visit) scopeOptions() (out []ui.Option) {
	for _, s := range []casework.Scope{casework.ScopeRead, casework.ScopeWrite, casework.ScopeHandoff, casework.ScopeNode, casework.ScopeStepUp} {
		out = append(out, ui.Option{Value: string(s), Label: v.code("scope", string(s))})
	}
	return out
}

// createToken shows the token, this once.
func (v *visit) createToken() error {
	f := v.plain()
	in := casework.NewToken{Label: f.Trim("label"), Scopes: chosen[casework.Scope](f, "scopes")}
	if days := f.Trim("days"); days != "" {
		n, err := strconv.Atoi(days)
		if err != nil {
			n = -1 // refused with the other faults
		}
		in.Days = n
	}
	bearer, t, err := v.cfg.Accounts.CreateToken(v.ctx, v.by, in)
	if v.mend(f, err) {
		return v.showToken(f)
	}
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("token.made")}, tokenBody(bearer, t))
}

func (v *visit) revokeToken() error {
	if err := v.cfg.Accounts.RevokeToken(v.ctx, v.by, v.plain().Value("token")); err != nil {
		return err
	}
	return v.done(nil, "/akun", v.t("token.revoked"))
}
