package web

import (
	"context"
	"slices"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// Accounts are the people who work here, as admin IT keeps them and as everybody
// keeps their own. access.Accounts is one. Every method decides about
// permissions itself and writes its audit line.
type Accounts interface {
	List(by casework.Actor) ([]casework.User, error)
	Create(ctx context.Context, by casework.Actor, in casework.NewUser) (casework.User, error)
	Change(ctx context.Context, by casework.Actor, id casework.UserID, version uint64, p casework.UserPatch) (casework.User, error)
	SetPassword(ctx context.Context, by casework.Actor, id casework.UserID, old, password string) error
	StartSecondFactor(ctx context.Context, by casework.Actor) (casework.SecondFactor, error)
	ConfirmSecondFactor(ctx context.Context, by casework.Actor, code string) ([]string, error)
	DropSecondFactor(ctx context.Context, by casework.Actor, id casework.UserID) error
	Tokens(by casework.Actor, of casework.UserID) ([]casework.Token, error)
	CreateToken(ctx context.Context, by casework.Actor, in casework.NewToken) (string, casework.Token, error)
	RevokeToken(ctx context.Context, by casework.Actor, id string) error
	Colleagues(ctx context.Context, by casework.Actor) ([]casework.Colleague, error)
	FactorPolicy(ctx context.Context, by casework.Actor) (casework.FactorPolicy, error)
	SetFactorPolicy(ctx context.Context, by casework.Actor, p casework.FactorPolicy) error
	Self(ctx context.Context, by casework.Actor) (casework.User, error)
}

// Logins are the browsers in which people are signed in. access.Sessions is one.
type Logins interface {
	Logins(ctx context.Context, by casework.Actor, of casework.UserID) ([]casework.LoginSession, error)
	EndLogin(ctx context.Context, by casework.Actor, of casework.UserID, id string) error
	EndLogins(ctx context.Context, by casework.Actor, of casework.UserID) error
}

func (s *Site) userRoutes() {
	if s.cfg.Accounts == nil {
		return
	}
	s.page("GET /pengguna", (*visit).usersPage)
	s.page("GET /pengguna/baru", (*visit).newUserPage)
	s.page("POST /pengguna/baru", (*visit).newUser)
	s.page("GET /pengguna/kode", (*visit).policyPage)
	s.page("POST /pengguna/kode", (*visit).policy)
	s.page("GET /pengguna/{id}", (*visit).userPage)
	s.page("POST /pengguna/{id}", (*visit).changeUser)
	s.page("GET /pengguna/{id}/sandi", (*visit).resetPage)
	s.page("POST /pengguna/{id}/sandi", (*visit).reset)
	s.page("POST /pengguna/{id}/kode", (*visit).dropFactor)
	s.page("POST /pengguna/{id}/sesi", (*visit).endUserLogins)
	s.page("POST /pengguna/{id}/token", (*visit).revokeUserToken)
	s.menu(90, "/pengguna", "user.nav", s.who(casework.ManageUsers))
}

// allRoles are all there are, in the order of the page.
var allRoles = []casework.Role{
	casework.Worker, casework.FrontDesk, casework.Supervisor, casework.Head, casework.DPO, casework.Auditor, casework.AdminIT,
}

func (v *visit) roleOptions() (out []ui.Option) {
	for _, r := range allRoles {
		out = append(out, ui.Option{Value: string(r), Label: v.code("role", string(r)), Hint: v.code("rolehint", string(r))})
	}
	return out
}

// usersPage lists the accounts, 25 a page, those in use first.
func (v *visit) usersPage() error {
	all, err := v.cfg.Accounts.List(v.by)
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b casework.User) int {
		switch {
		case a.Disabled != b.Disabled && b.Disabled:
			return -1
		case a.Disabled != b.Disabled:
			return 1
		case a.Name < b.Name:
			return -1
		}
		return 1
	})
	page, next := cutList(all, v.query("dari"), func(u casework.User) string { return string(u.ID) })
	return v.show(ui.PageProps{Title: v.t("user.title"), Wide: true}, usersBody(v, page, next))
}

// cutList returns the page of a whole list that begins after the row named from, and
// the name of its last row if there are more.
func cutList[T any](all []T, from string, name func(T) string) (page []T, next string) {
	if from != "" {
		for i, x := range all {
			if name(x) == from {
				all = all[i+1:]
				break
			}
		}
	}
	if len(all) > perPage {
		return all[:perPage], name(all[perPage-1])
	}
	return all, ""
}

// policyPage says who must have a second factor.
func (v *visit) policyPage() error {
	p, err := v.cfg.Accounts.FactorPolicy(v.ctx, v.by)
	if err != nil {
		return err
	}
	f := v.plain()
	for _, r := range p.Roles {
		f.Values.Add("roles", string(r))
	}
	return v.show(ui.PageProps{Title: v.t("user.policy"), Form: f}, policyBody(v, f))
}

func (v *visit) policy() error {
	f := v.plain()
	err := v.cfg.Accounts.SetFactorPolicy(v.ctx, v.by, casework.FactorPolicy{Roles: chosen[casework.Role](f, "roles")})
	if v.mend(f, err) {
		return v.show(ui.PageProps{Title: v.t("user.policy"), Form: f}, policyBody(v, f))
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/pengguna", v.t("user.policy.saved"))
}

func (v *visit) newUserPage() error {
	if !v.may(casework.ManageUsers) {
		_, err := v.cfg.Accounts.List(v.by) // says why not, and records it
		return err
	}
	return v.showNewUser(v.form("pengguna", ""))
}

func (v *visit) showNewUser(f *ui.Form) error {
	f.Draft = "" // a password is not kept
	return v.show(ui.PageProps{Title: v.t("user.new"), Form: f}, newUserBody(v, f))
}

func (v *visit) newUser() error {
	f := v.plain()
	in := casework.NewUser{
		Login: f.Trim("login"), Name: f.Trim("name"), Roles: chosen[casework.Role](f, "roles"), Unit: f.Trim("unit"), Password: f.Value("password"),
	}
	u, err := v.cfg.Accounts.Create(v.ctx, v.by, in)
	if v.mend(f, err) {
		return v.showNewUser(f)
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/pengguna/"+string(u.ID), v.t("user.made"))
}

// someone returns the account of the address.
func (v *visit) someone() (casework.User, error) {
	all, err := v.cfg.Accounts.List(v.by)
	if err != nil {
		return casework.User{}, err
	}
	for _, u := range all {
		if string(u.ID) == v.part("id") {
			return u, nil
		}
	}
	return casework.User{}, casework.NotFound.Because("there is no such account")
}

func (v *visit) userPage() error { return v.showUser(v.plain()) }

func (v *visit) showUser(f *ui.Form) error {
	u, err := v.someone()
	if err != nil {
		return err
	}
	logins, err := v.cfg.Logins.Logins(v.ctx, v.by, u.ID)
	if err != nil {
		return err
	}
	tokens, err := v.cfg.Accounts.Tokens(v.by, u.ID)
	if err != nil {
		return err
	}
	if !f.Bad() {
		f.Set("name", u.Name)
		f.Set("unit", u.Unit)
		for _, r := range u.Roles {
			f.Values.Add("roles", string(r))
		}
		if u.Disabled {
			f.Set("disabled", "1")
		}
	}
	return v.show(ui.PageProps{Title: v.t("user.one"), Head: u.Name, Form: f}, userBody(v, f, u, logins, liveTokens(tokens, v.now())))
}

func (v *visit) changeUser() error {
	f := v.plain()
	name, unit, disabled := f.Trim("name"), f.Trim("unit"), f.Has("disabled", "1")
	list := chosen[casework.Role](f, "roles")
	_, err := v.cfg.Accounts.Change(v.ctx, v.by, casework.UserID(v.part("id")), v.version(),
		casework.UserPatch{Name: &name, Unit: &unit, Disabled: &disabled, Roles: &list})
	if v.mend(f, err) {
		return v.showUser(f)
	}
	if err != nil {
		return err
	}
	return v.done(nil, v.r.URL.Path, v.t("user.saved"))
}

func (v *visit) resetPage() error {
	u, err := v.someone()
	if err != nil {
		return err
	}
	f := v.plain()
	return v.show(ui.PageProps{Title: v.t("user.reset"), Head: u.Name, Form: f}, resetBody(f, u))
}

func (v *visit) reset() error {
	f := v.plain()
	u, err := v.someone()
	if err != nil {
		return err
	}
	err = v.cfg.Accounts.SetPassword(v.ctx, v.by, u.ID, "", f.Value("password"))
	if v.mend(f, err) {
		return v.show(ui.PageProps{Title: v.t("user.reset"), Head: u.Name, Form: f}, resetBody(f, u))
	}
	if err != nil {
		return err
	}
	return v.done(nil, "/pengguna/"+string(u.ID), v.t("user.reset.done"))
}

func (v *visit) dropFactor() error {
	if err := v.cfg.Accounts.DropSecondFactor(v.ctx, v.by, casework.UserID(v.part("id"))); err != nil {
		return err
	}
	return v.done(nil, "/pengguna/"+v.part("id"), v.t("user.factor.dropped"))
}

func (v *visit) endUserLogins() error {
	if err := v.cfg.Logins.EndLogins(v.ctx, v.by, casework.UserID(v.part("id"))); err != nil {
		return err
	}
	return v.done(nil, "/pengguna/"+v.part("id"), v.t("user.logins.ended"))
}

func (v *visit) revokeUserToken() error {
	if err := v.cfg.Accounts.RevokeToken(v.ctx, v.by, v.plain().Value("token")); err != nil {
		return err
	}
	return v.done(nil, "/pengguna/"+v.part("id"), v.t("token.revoked"))
}
