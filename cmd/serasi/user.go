package main

import (
	"context"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) userVerb() *cobra.Command {
	return a.group("user", a.t("Akun petugas (admin IT)", "Accounts of the staff (admin IT)"),
		a.userAdd(), a.userList(), a.userPassword(),
		a.userSwitch("disable", true, a.t("Nonaktifkan akun", "Disable an account")),
		a.userSwitch("enable", false, a.t("Aktifkan akun lagi", "Enable an account again")))
}

func (a *app) userAdd() *cobra.Command {
	var name, unit, pass string
	var roles, grants []string
	cmd := &cobra.Command{
		Use: "add LOGIN", Short: a.t("Buat akun", "Make an account"), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.need(&name, "name", a.t("Nama lengkap", "Full name")); err != nil {
				return err
			}
			if len(roles) == 0 {
				return usage("--role", "pekerja sosial, supervisor, kepala balai, petugas loket, admin it, auditor, ppdp")
			}
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			c.flag = func(field string) string {
				switch {
				case field == "body.login":
					return "LOGIN"
				case strings.HasPrefix(field, "body.roles"):
					return "--role"
				case strings.HasPrefix(field, "body.grants"):
					return "--grant"
				}
				return a.passwordFlag(field)
			}
			secret, err := a.newSecret(pass, "password-file", a.t("Sandi baru (minimal 12 karakter)", "New password (at least 12 characters)"))
			if err != nil {
				return err
			}
			body := map[string]any{"login": args[0], "name": name, "roles": roles, "unit": unit, "grants": grants, "password": string(secret)}
			var u node.User
			if err := c.post(cmd.Context(), "/users", withoutEmpty(body), &u); err != nil {
				return err
			}
			return a.showUser(u)
		},
	}
	f := cmd.Flags()
	f.StringVar(&name, "name", "", a.t("nama lengkap", "full name"))
	f.StringArrayVar(&roles, "role", nil, a.t("peran; boleh diulang", "role; may be repeated"))
	f.StringVar(&unit, "unit", "", a.t("unit kerja", "work unit"))
	f.StringArrayVar(&grants, "grant", nil, a.t("kelompok rahasia yang boleh dilihat: ABH, NAPZA, HIV, TPPO", "secrecy group: ABH, NAPZA, HIV, TPPO"))
	f.StringVar(&pass, "password-file", "", a.t("berkas sandi; - untuk stdin", "file of the password; - for stdin"))
	return cmd
}

// withoutEmpty leaves out what was not said, so that the node's defaults hold.
func withoutEmpty(body map[string]any) map[string]any {
	for k, v := range body {
		switch v := v.(type) {
		case string:
			if v == "" {
				delete(body, k)
			}
		case []string:
			if len(v) == 0 {
				delete(body, k)
			}
		case bool:
			if !v {
				delete(body, k)
			}
		case int:
			if v == 0 {
				delete(body, k)
			}
		}
	}
	return body
}

func (a *app) users(ctx context.Context, c *client) ([]node.User, error) {
	var l struct {
		Items []node.User `json:"items"`
	}
	err := c.get(ctx, "/users", nil, &l)
	return l.Items, err
}

func (a *app) userList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: a.t("Daftar akun", "List the accounts"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			list, err := a.users(cmd.Context(), c)
			if err != nil {
				return err
			}
			var rows [][]string
			for _, u := range list {
				var roles []string
				for _, r := range u.Roles {
					roles = append(roles, string(r))
				}
				rows = append(rows, []string{u.Login, u.Name, strings.Join(roles, ", "), u.Unit, yesNo(u.Disabled, a.t("nonaktif", "disabled"), ""), string(u.ID)})
			}
			return a.show(map[string]any{"items": list}, []string{"LOGIN", a.t("NAMA", "NAME"), a.t("PERAN", "ROLES"), "UNIT", "", "ID"}, rows)
		},
	}
}

// account finds an account by its login or id.
func (a *app) account(ctx context.Context, c *client, ref string) (node.User, error) {
	list, err := a.users(ctx, c)
	for _, u := range list {
		if u.Login == ref || string(u.ID) == ref {
			return u, nil
		}
	}
	if err == nil {
		err = &failure{code: exitFailed, words: a.t("tidak ada akun ", "there is no account ") + ref}
	}
	return node.User{}, err
}

func (a *app) userPassword() *cobra.Command {
	var oldFile, newFile string
	cmd := &cobra.Command{
		Use: "set-password [LOGIN]", Short: a.t("Ganti sandi sendiri, atau (admin IT) sandi akun lain", "Change your password, or (admin IT) another's"), Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			c.flag = func(field string) string {
				return yesNo(field == "body.old", "--old-password-file", a.passwordFlag(field))
			}
			body := map[string]any{}
			id, err := a.whose(cmd.Context(), c, args)
			if err != nil {
				return err
			}
			if len(args) == 0 {
				old, err := a.secret(oldFile, "old-password-file", a.t("Sandi sekarang", "Present password"))
				if err != nil {
					return err
				}
				body["old"] = string(old)
			}
			secret, err := a.newSecret(newFile, "password-file", a.t("Sandi baru (minimal 12 karakter)", "New password (at least 12 characters)"))
			if err != nil {
				return err
			}
			body["password"] = string(secret)
			if err := c.call(cmd.Context(), request{method: http.MethodPut, path: "/users/" + id + "/password", body: body}, nil); err != nil {
				return err
			}
			a.tell("%s", a.t("Sandi diganti.", "The password is changed."))
			return nil
		},
	}
	cmd.Flags().StringVar(&oldFile, "old-password-file", "", a.t("berkas sandi sekarang", "file of the present password"))
	cmd.Flags().StringVar(&newFile, "password-file", "", a.t("berkas sandi baru; - untuk stdin", "file of the new password; - for stdin"))
	return cmd
}

// whose is the id of the account an argument names, or one's own.
func (a *app) whose(ctx context.Context, c *client, args []string) (string, error) {
	if len(args) > 0 {
		u, err := a.account(ctx, c, args[0])
		return string(u.ID), err
	}
	var me struct {
		User string `json:"user"`
	}
	err := c.get(ctx, "/me", nil, &me)
	return me.User, err
}

func (a *app) userSwitch(use string, off bool, short string) *cobra.Command {
	return &cobra.Command{
		Use: use + " LOGIN", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			u, err := a.account(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			r := request{method: http.MethodPatch, path: "/users/" + string(u.ID), version: u.Version, body: map[string]any{"disabled": off}}
			if err := c.call(cmd.Context(), r, &u); err != nil {
				return err
			}
			return a.showUser(u)
		},
	}
}
