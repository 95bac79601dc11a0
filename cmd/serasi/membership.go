package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"serasi/node"
)

// What a balai does about its own membership. It needs no officers.

func (a *app) ownMembership(ctx context.Context) (c *client, m node.Membership, err error) {
	if c, err = a.signedIn(); err == nil {
		err = c.get(ctx, "/membership", nil, &m)
	}
	return c, m, err
}

func (a *app) addressVerb() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use: "address [HOST:PORT]", Args: cobra.MaximumNArgs(1),
		Short: a.t("Alamat yang dihubungi balai lain; dengan HOST:PORT: ganti", "The address that other balai dial; with HOST:PORT: change it"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, m, err := a.ownMembership(cmd.Context())
			if err != nil {
				return err
			}
			if len(args) == 0 {
				return a.facts(m, a.t("Menurut federasi", "By the federation"), m.Address, a.t("Menurut setelan", "By the settings"), m.Advertise)
			}
			a.tell("%s: %s -> %s", m.Code, m.Address, args[0])
			if dry {
				a.tell("%s", a.t("Tidak ada yang diubah.", "Nothing was changed."))
				return nil
			}
			c.flag = func(field string) string { return yesNo(field == "body.address", "HOST:PORT", a.flagOf(field)) }
			question := a.t("Mulai sekarang balai lain hanya menghubungi alamat itu.", "From now on other balai dial only that address.")
			if err := a.confirm(string(m.Code), question); err != nil {
				return err
			}
			err = a.reopening(cmd.Context(), c, func() error {
				in := map[string]any{"address": args[0]}
				return c.call(cmd.Context(), request{method: http.MethodPut, path: "/membership/address", body: in}, &m)
			})
			if err != nil {
				return err
			}
			err = a.facts(m, a.t("Menurut federasi", "By the federation"), m.Address)
			a.tell("%s", a.t("Tulis alamat itu juga sebagai advertise di berkas setelan.", "Write the address as advertise into the file of settings, too."))
			a.next("doctor")
			return err
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, a.t("hanya perlihatkan apa yang akan terjadi", "only show what would happen"))
	return cmd
}

// reopening does what makes a node open again, and waits until it has.
func (a *app) reopening(ctx context.Context, c *client, do func() error) error {
	var before node.Status
	if err := c.get(ctx, "/node/status", nil, &before); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	a.tell("%s", a.t("Simpul membuka diri lagi…", "The node opens again…"))
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(time.Minute); ; {
		var now node.Status
		c, err := a.signedIn()
		if err == nil {
			err = c.get(ctx, "/node/status", nil, &now)
		}
		if err == nil && now.Started.After(before.Started) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		case <-deadline:
			return &failure{code: exitUnreachable, words: a.t("sudah diterima federasi, tetapi simpul belum terbuka lagi", "the federation has it, but the node has not opened again"), hint: a.command("doctor")}
		}
	}
}

func (a *app) keysVerb() *cobra.Command {
	list := &cobra.Command{
		Use: "list", Args: cobra.NoArgs, Short: a.t("Kunci simpul ini yang berlaku", "The keys of this node that are in force"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, m, err := a.ownMembership(cmd.Context())
			if err != nil {
				return err
			}
			return a.showKeys(m)
		},
	}
	return a.group("keys", a.t("Kunci simpul ini", "The keys of this node"), list, a.keysRotate())
}

func (a *app) showKeys(m node.Membership) error {
	var rows [][]string
	for _, k := range m.Keys {
		rows = append(rows, []string{k.Use, k.Fingerprint, when(k.Since), k.Before})
	}
	return a.show(m.Keys, []string{a.t("GUNA", "USE"), a.t("SIDIK", "FINGERPRINT"), a.t("SEJAK", "SINCE"), a.t("SEBELUMNYA", "BEFORE")}, rows)
}

func (a *app) keysRotate() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use: "rotate sign|tls|seal", Args: cobra.ExactArgs(1), ValidArgs: []string{"sign", "tls", "seal"},
		Short: a.t("Ganti satu kunci simpul ini sekarang; tls dan seal juga diganti sendiri", "Replace one key of this node now; tls and seal are also replaced by themselves"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, m, err := a.ownMembership(cmd.Context())
			if err != nil {
				return err
			}
			if dry {
				a.tell("%s", a.t("Tidak ada yang diubah.", "Nothing was changed."))
				return a.showKeys(m)
			}
			if args[0] == "sign" {
				question := a.t("Cadangan yang lebih tua tidak dapat kembali ke federasi tanpa petugas: buat cadangan sesudahnya.",
					"An older backup cannot return to the federation without the officers: make a backup after it.")
				if err := a.confirm(string(m.Code), question); err != nil {
					return err
				}
			}
			c.flag = func(field string) string { return yesNo(field == "body.use", "sign|tls|seal", a.flagOf(field)) }
			rotate := func() error { return c.post(cmd.Context(), "/membership/keys", map[string]any{"use": args[0]}, &m) }
			if args[0] == "seal" { // the only one that the node takes without opening again
				err = rotate()
			} else if err = a.reopening(cmd.Context(), c, rotate); err == nil {
				_, m, err = a.ownMembership(cmd.Context())
			}
			if err != nil {
				return err
			}
			err = a.showKeys(m)
			if args[0] == "sign" {
				a.next("backup", "FILE")
			} else {
				a.next("keys", "list")
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, a.t("hanya perlihatkan apa yang akan terjadi", "only show what would happen"))
	return cmd
}

func (a *app) leaveVerb() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use: "leave", Args: cobra.NoArgs,
		Short: a.t("Balai ini keluar dari federasi untuk selamanya; kasus di sini tetap", "This balai leaves the federation for good; the cases here stay"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, m, err := a.ownMembership(cmd.Context())
			if err != nil {
				return err
			}
			err = a.facts(m, "Balai", string(m.Code), a.t("Keadaan", "Standing"), m.Standing,
				a.t("Kasus yang dipegang menurut buku besar", "Cases it answers for by the ledger"), number(m.Cases),
				a.t("Rujukan berjalan", "Handoffs under way"), number(m.Handoffs), a.t("Menunggu di antrean", "Waiting in the outbox"), number(m.Waiting),
				a.t("Kasus terbuka di sini", "Cases open here"), number(m.Files))
			if err != nil {
				return err
			}
			if len(m.Stays) > 0 {
				return &failure{code: exitFailed, words: a.t("belum dapat keluar: ", "cannot leave yet: ") + a.stays(m.Stays)}
			}
			if dry {
				a.tell("%s", a.t("Dapat keluar. Tidak ada yang diubah.", "It can leave. Nothing was changed."))
				return nil
			}
			question := fmt.Sprintf(a.t("%s tidak lagi mengirim atau menerima rujukan.", "%s sends and takes no handoffs any more."), m.Code)
			if err := a.confirm(string(m.Code), question); err != nil {
				return err
			}
			if err := c.post(cmd.Context(), "/membership/leave", map[string]any{"code": m.Code}, &m); err != nil {
				return err
			}
			a.tell("%s", a.t("Keluar. Kasus di sini tetap dapat dibaca dan dikerjakan.", "It has left. The cases here can still be read and worked on."))
			a.next("backup", "FILE")
			return nil
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, a.t("hanya perlihatkan apa yang akan terjadi", "only show what would happen"))
	return cmd
}

// stays says what keeps a balai in the federation, and what to do about it.
func (a *app) stays(why []string) string {
	words := map[string]string{
		"cases":    a.t("ia memegang kasus (serasi handoff offer)", "it answers for cases (serasi handoff offer)"),
		"handoffs": a.t("ada rujukan yang belum selesai (serasi handoff list)", "handoffs are not over (serasi handoff list)"),
		"outbox":   a.t("ada yang menunggu di antrean (serasi outbox)", "the outbox holds something (serasi outbox)"),
		"voter":    a.t("ia satu-satunya pemilih (serasi voters)", "it is the only voter (serasi voters)"),
		"version":  a.t("versi 2 belum berlaku (serasi switch 2)", "version 2 is not in force (serasi switch 2)"),
	}
	var all []string
	for _, w := range why {
		all = append(all, firstOf(words[w], w))
	}
	return strings.Join(all, "; ")
}
