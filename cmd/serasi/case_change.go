package main

import (
	"context"
	"net/http"

	"github.com/spf13/cobra"

	"serasi/node"
)

// overview reads a case to learn the version that an edit names.
func (c *client) overview(ctx context.Context, id string) (o node.Overview, err error) {
	err = c.get(ctx, path("cases", id), nil, &o)
	return o, err
}

// change posts an edit of the case as it is now.
func (a *app) change(cmd *cobra.Command, ref, act string, body any) error {
	return a.onCase(cmd, ref, func(ctx context.Context, c *client, id string) error {
		o, err := c.overview(ctx, id)
		if err != nil {
			return err
		}
		r := request{method: http.MethodPost, path: path("cases", id, act), version: o.Case.Version, body: body}
		if err := c.call(ctx, r, &o.Case); err != nil {
			return err
		}
		return a.showOverview(o)
	})
}

func (a *app) caseStage() *cobra.Command {
	var stage int
	var why string
	cmd := &cobra.Command{
		Use: "stage CASE", Short: a.t("Pindahkan ke tahap lain", "Move to another stage"), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if stage < 1 || stage > 7 {
				return usage("--stage", "1-7")
			}
			return a.change(cmd, args[0], "stage", withoutEmpty(map[string]any{"stage": stage, "why": why}))
		},
	}
	cmd.Flags().IntVar(&stage, "stage", 0, "1-7")
	cmd.Flags().StringVar(&why, "why", "", a.t("alasan; dari tahap 3 bila belum ada persetujuan", "why; from stage 3 on if there is no consent"))
	return cmd
}

func (a *app) caseAssign() *cobra.Command {
	var lead, unit string
	cmd := &cobra.Command{
		Use: "assign CASE", Short: a.t("Tetapkan PJ kasus atau unit", "Say who has the case"), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if lead == "" && unit == "" {
				return usage("--lead", "%s", a.t("beri --lead atau --unit", "give --lead or --unit"))
			}
			return a.change(cmd, args[0], "assign", withoutEmpty(map[string]any{"lead": lead, "unit": unit}))
		},
	}
	cmd.Flags().StringVar(&lead, "lead", "", a.t("id akun PJ kasus", "id of the account that leads"))
	cmd.Flags().StringVar(&unit, "unit", "", a.t("unit kerja", "work unit"))
	return cmd
}

func (a *app) caseClose() *cobra.Command {
	var why string
	cmd := &cobra.Command{
		Use: "close CASE", Short: a.t("Akhiri kasus (terminasi)", "End a case"), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.need(&why, "reason", a.t("Alasan (mis. tujuan tercapai)", "Reason (such as: tujuan tercapai)")); err != nil {
				return err
			}
			return a.change(cmd, args[0], "close", map[string]any{"reason": why})
		},
	}
	cmd.Flags().StringVar(&why, "reason", "", "tujuan tercapai, reunifikasi, mengundurkan diri, pindah alamat, meninggal dunia, lainnya")
	return cmd
}

func (a *app) caseClaim() *cobra.Command {
	var claims []string
	cmd := &cobra.Command{
		Use: "claim CASE", Short: a.t("Tambah keterangan identitas; yang lama tetap ada", "Add a claim about the person; nothing is overwritten"), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := intake{claims: claims, standing: "stated", values: map[string]*string{}}
			var none string
			for _, c := range claimFlags {
				in.values[c.flag] = &none
			}
			list, from, err := in.said(a)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				return usage("--claim", "%s", a.t("wajib diisi", "is needed"))
			}
			return a.onCase(cmd, args[0], func(ctx context.Context, c *client, id string) error {
				c.flag = func(field string) string { return a.intakeFlag(field, from) }
				var out opened
				if err := c.post(ctx, path("cases", id, "claims"), map[string]any{"claims": list}, &out); err != nil {
					return err
				}
				a.warn(out.Warnings)
				o, err := c.overview(ctx, id)
				if err != nil {
					return err
				}
				return a.showOverview(o)
			})
		},
	}
	cmd.Flags().StringArrayVar(&claims, "claim", nil, a.t("JENIS=NILAI[;STATUS[;SUMBER]]", "KIND=VALUE[;STANDING[;SOURCE]]"))
	return cmd
}
