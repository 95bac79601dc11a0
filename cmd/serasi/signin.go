package main

import (
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"serasi/node"
)

// login is how somebody proves to be one.
type login struct {
	name, pass, code string
}

func (a *app) loginFlags(cmd *cobra.Command, l *login) {
	f := cmd.Flags()
	f.StringVar(&l.name, "login", "", a.t("nama akun", "name of the account"))
	f.StringVar(&l.pass, "password-file", "", a.t("berkas sandi; - untuk stdin", "file of the password; - for stdin"))
	f.StringVar(&l.code, "code", "", a.t("kode sekali pakai, bila akun memakainya", "one-time code, if the account has one"))
}

// prove asks for what is missing and returns the body of a sign-in.
func (a *app) prove(l *login) (map[string]any, error) {
	if err := a.need(&l.name, "login", a.t("Nama akun", "Login")); err != nil {
		return nil, err
	}
	pass, err := a.secret(l.pass, "password-file", a.t("Sandi", "Password"))
	if err != nil {
		return nil, err
	}
	return map[string]any{"login": l.name, "password": string(pass), "code": l.code}, nil
}

// issued is a token as it is given out, once.
type issued struct {
	Token   string    `json:"token"`
	ID      string    `json:"id"`
	User    string    `json:"user"`
	Label   string    `json:"label"`
	Scopes  []string  `json:"scopes"`
	Expires time.Time `json:"expires"`
}

func (a *app) signInVerb() *cobra.Command {
	var l login
	var stepUp bool
	var out string
	cmd := &cobra.Command{
		Use: "sign-in", Aliases: []string{"masuk"}, Args: cobra.NoArgs,
		Short: a.t("Masuk; token sehari disimpan di folder data", "Sign in; a token for a day is kept in the data folder"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.node()
			if err != nil {
				return err
			}
			body, err := a.prove(&l)
			if err != nil {
				return err
			}
			body["stepUp"] = stepUp
			var t issued
			if err := c.post(cmd.Context(), "/sign-in", body, &t); err != nil {
				return err
			}
			return a.keep(t, firstOf(out, a.file("token")))
		},
	}
	a.loginFlags(cmd, &l)
	cmd.Flags().BoolVar(&stepUp, "step-up", false, a.t("token yang boleh menegaskan (kepala balai)", "a token that may confirm (kepala balai)"))
	cmd.Flags().StringVar(&out, "out", "", a.t("simpan token ke berkas ini", "keep the token in this file"))
	return cmd
}

// keep writes a token where only its owner reads it.
func (a *app) keep(t issued, path string) error {
	if err := writeFile(path, []byte(t.Token+"\n"), 0o600); err != nil {
		return usage("--out", "%s", reason(err))
	}
	a.tell(a.t("Token disimpan di %s, berlaku sampai %s.", "The token is in %s, good until %s."), path, when(t.Expires))
	t.Token = ""
	if a.output == "json" {
		return writeJSON(a.stdout, t)
	}
	return nil
}

func (a *app) tokenVerb() *cobra.Command {
	return a.group("token", a.t("Token untuk program", "Tokens for programs"), a.tokenNew(), a.tokenList(), a.tokenRevoke())
}

func (a *app) tokenNew() *cobra.Command {
	var l login
	var label, scopes, out string
	var days int
	cmd := &cobra.Command{
		Use: "new", Short: a.t("Buat token", "Make a token"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.need(&label, "label", a.t("Untuk apa token ini", "What the token is for")); err != nil {
				return err
			}
			if err := a.need(&out, "out", a.t("Berkas token", "File of the token")); err != nil {
				return err
			}
			c, err := a.node()
			if err != nil {
				return err
			}
			body, err := a.prove(&l)
			if err != nil {
				return err
			}
			body["label"], body["scopes"] = label, strings.Split(scopes, ",")
			if days != 0 {
				body["days"] = days
			}
			var t issued
			if err := c.post(cmd.Context(), "/tokens", body, &t); err != nil {
				return err
			}
			return a.keep(t, out)
		},
	}
	a.loginFlags(cmd, &l)
	f := cmd.Flags()
	f.StringVar(&label, "label", "", a.t("untuk apa", "what it is for"))
	f.StringVar(&scopes, "scopes", "read", "read,write,handoff,node,stepup")
	f.IntVar(&days, "days", 0, a.t("masa berlaku dalam hari (0: 90)", "days it is good (0: 90)"))
	f.StringVar(&out, "out", "", a.t("berkas token", "file of the token"))
	return cmd
}

func (a *app) tokenList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: a.t("Token milik sendiri", "Your tokens"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			var l struct {
				Items []node.Token `json:"items"`
			}
			if err := c.get(cmd.Context(), "/tokens", nil, &l); err != nil {
				return err
			}
			var rows [][]string
			for _, t := range l.Items {
				may := make([]string, len(t.Scopes))
				for i, s := range t.Scopes {
					may[i] = string(s)
				}
				rows = append(rows, []string{
					t.ID, t.Label, strings.Join(may, ","), when(t.Expires), when(t.Used), yesNo(t.Revoked, a.t("dicabut", "revoked"), ""),
				})
			}
			return a.show(l, []string{"ID", "LABEL", a.t("BOLEH", "SCOPES"), a.t("SAMPAI", "UNTIL"), a.t("DIPAKAI", "USED"), ""}, rows)
		},
	}
}

func (a *app) tokenRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: a.t("Cabut token", "Revoke a token"), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !isID(args[0]) {
				return usage("ID", "%s", a.t("bukan id token", "is not the id of a token"))
			}
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			if err := c.call(cmd.Context(), request{method: http.MethodDelete, path: "/tokens/" + args[0]}, nil); err != nil {
				return err
			}
			a.tell("%s", a.t("Token dicabut.", "The token is revoked."))
			return nil
		},
	}
}

func (a *app) firstAdminVerb() *cobra.Command {
	var code, name, pass string
	cmd := &cobra.Command{
		Use: "first-admin", Args: cobra.NoArgs,
		Short: a.t("Buat akun pertama (admin IT) dengan kode dari konsol", "Make the first account (admin IT) with the code from the console"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, q := range []struct {
				value          *string
				flag, question string
			}{{&code, "code", a.t("Kode dari konsol", "Code from the console")}, {&name, "login", a.t("Nama akun", "Login")}} {
				if err := a.need(q.value, q.flag, q.question); err != nil {
					return err
				}
			}
			c, err := a.node()
			if err != nil {
				return err
			}
			c.flag = a.passwordFlag
			secret, err := a.newSecret(pass, "password-file", a.t("Sandi baru (minimal 12 karakter)", "New password (at least 12 characters)"))
			if err != nil {
				return err
			}
			var u node.User
			if err := c.post(cmd.Context(), "/first-admin", map[string]any{"code": code, "login": name, "password": string(secret)}, &u); err != nil {
				return err
			}
			err = a.showUser(u)
			a.next("sign-in", "--login", u.Login)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&code, "code", "", a.t("kode sekali pakai dari init atau join", "one-time code from init or join"))
	f.StringVar(&name, "login", "", a.t("nama akun", "name of the account"))
	f.StringVar(&pass, "password-file", "", a.t("berkas sandi; - untuk stdin", "file of the password; - for stdin"))
	return cmd
}

func (a *app) passwordFlag(field string) string {
	if strings.HasSuffix(field, "password") {
		return "--password-file"
	}
	return a.flagOf(field)
}

func (a *app) showUser(u node.User) error {
	var roles []string
	for _, r := range u.Roles {
		roles = append(roles, string(r))
	}
	return a.facts(u, "Id", string(u.ID), "Login", u.Login, a.t("Nama", "Name"), u.Name, a.t("Peran", "Roles"), strings.Join(roles, ", "),
		"Unit", u.Unit, a.t("Keadaan", "State"), yesNo(u.Disabled, a.t("dinonaktifkan", "disabled"), ""))
}
