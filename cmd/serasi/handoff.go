package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) handoffVerb() *cobra.Command {
	cmd := a.group("handoff", a.t("Serah terima dan rujukan antarbalai", "Handoffs between balai"),
		a.handoffOffer(), a.handoffList(), a.handoffShow(), a.handoffRead())
	for _, act := range acts {
		cmd.AddCommand(a.handoffAct(act))
	}
	cmd.AddCommand(a.handoffReceive())
	return cmd
}

// handoffID finds a handoff by its id or the first digits of it.
func (a *app) handoffID(ctx context.Context, c *client, ref string) (string, error) {
	if isID(ref) {
		return ref, nil
	}
	if len(ref) < 4 || strings.Trim(ref, "0123456789abcdef") != "" {
		return "", usage("HANDOFF", "%q: %s", plainText(ref), a.t("id, atau sedikitnya 4 digit pertamanya", "an id, or at least its first 4 digits"))
	}
	var found []string
	for cursor := ""; ; {
		var p node.Page[node.Handoff]
		if err := c.get(ctx, "/handoffs", queryOf("cursor", cursor, "limit", "100"), &p); err != nil {
			return "", err
		}
		for _, h := range p.Items {
			if strings.HasPrefix(string(h.ID), ref) {
				found = append(found, string(h.ID))
			}
		}
		if cursor = p.Next; cursor == "" || len(found) > 1 {
			break
		}
	}
	if len(found) != 1 {
		return "", &failure{code: exitFailed, words: fmt.Sprintf(a.t("%d serah terima berawalan %s", "%d handoffs begin with %s"), len(found), ref)}
	}
	return found[0], nil
}

// onHandoff is a verb on one handoff: it finds it and hands over.
func (a *app) onHandoff(cmd *cobra.Command, ref string, do func(ctx context.Context, c *client, id string) error) error {
	c, err := a.signedIn()
	if err != nil {
		return err
	}
	id, err := a.handoffID(cmd.Context(), c, ref)
	if err != nil {
		return err
	}
	return do(cmd.Context(), c, id)
}

func (a *app) handoffList() *cobra.Command {
	var box, state, cursor string
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: a.t("Daftar serah terima", "List the handoffs"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			var p node.Page[node.Handoff]
			q := queryOf("box", box, "state", state, "cursor", cursor, "limit", number(limit))
			if err := c.get(cmd.Context(), "/handoffs", q, &p); err != nil {
				return err
			}
			var rows [][]string
			for _, h := range p.Items {
				rows = append(rows, []string{
					string(h.ID)[:min(8, len(h.ID))], a.kind(h), string(h.From) + " > " + string(h.To), a.stageOf(h), ticks(h), when(h.Deadline),
				})
			}
			err = a.show(p, []string{"ID", a.t("JENIS", "KIND"), a.t("DARI > KE", "FROM > TO"), a.t("TAHAP", "STAGE"), a.t("CENTANG", "TICKS"), a.t("TENGGAT", "DEADLINE")}, rows)
			a.more(p.Next)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&box, "box", "", a.t("in (masuk) atau out (keluar)", "in or out"))
	f.StringVar(&state, "state", "", a.t("open, ended, atau nama tahap", "open, ended, or the name of a stage"))
	f.StringVar(&cursor, "cursor", "", a.t("halaman berikut", "next page"))
	f.IntVar(&limit, "limit", 50, "1-100")
	return cmd
}

func (a *app) kind(h node.Handoff) string {
	return yesNo(h.Kind == "transfer", a.t("serah terima", "transfer"), a.t("rujukan layanan", "referral"))
}

// stageOf is the stage, and what waits in the outbox to change it.
func (a *app) stageOf(h node.Handoff) string {
	if h.Pending != "" {
		return h.Stage + " (" + h.Pending + " " + a.t("dalam antrean", "queued") + ")"
	}
	return h.Stage
}

// ticks are the four signs of delivery: queued, at the node, read, answered.
func ticks(h node.Handoff) string {
	var b strings.Builder
	for _, t := range []time.Time{h.Ticks.Queued, h.Ticks.Delivered, h.Ticks.Read, h.Ticks.Answered} {
		b.WriteString(yesNo(t.IsZero(), "·", "✓"))
	}
	return b.String()
}

func (a *app) handoffShow() *cobra.Command {
	return &cobra.Command{
		Use: "show HANDOFF", Short: a.t("Satu serah terima dan langkah yang mungkin", "One handoff and the steps you may take"), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.onHandoff(cmd, args[0], func(ctx context.Context, c *client, id string) error {
				var h node.Handoff
				if err := c.get(ctx, path("handoffs", id), nil, &h); err != nil {
					return err
				}
				return a.showHandoff(h)
			})
		},
	}
}

func (a *app) showHandoff(h node.Handoff) error {
	facts := []string{
		"Id", string(h.ID), a.t("Jenis", "Kind"), a.kind(h), a.t("Dari", "From"), string(h.From), a.t("Ke", "To"), string(h.To),
		a.t("Tahap", "Stage"), a.stageOf(h), a.t("Antre, sampai, dibaca, dijawab", "Queued, delivered, read, answered"), ticks(h),
		a.t("Kasus", "Case"), string(h.Case), a.t("Tenggat", "Deadline"), when(h.Deadline), a.t("Perkiraan", "Expected"), when(h.Expected),
		a.t("Alasan", "Reason"), h.Reason, a.t("Dialihkan ke", "Redirected to"), string(h.Redirect), a.t("Berkas", "Packet"), packet(h),
		"Epoch", yesNo(h.Epoch > 0, number(h.Epoch), ""),
	}
	if s := h.Summary; s != nil {
		facts = append(facts, a.t("Ringkasan", "Summary"), fmt.Sprintf("%s, %s, %s", s.Initials, s.Sex, s.AgeBand),
			a.t("Sebab", "Why"), s.Reason, a.t("Diminta", "Wanted"), s.Wanted, a.t("Sudah diberikan", "Given"), s.Given,
			a.t("Kesehatan", "Health"), s.Health, a.t("Perjalanan", "Journey"), s.Journey, a.t("Kontak", "Contact"), s.Contact)
	}
	for _, r := range h.Talk {
		facts = append(facts, "  "+when(r.At), fmt.Sprintf("%s %s: %s", r.By, r.Act, r.Text))
	}
	err := a.facts(h, append(facts, a.t("Boleh sekarang", "Possible now"), strings.Join(h.Actions, ", "))...)
	if len(h.Actions) > 0 {
		a.next("handoff", h.Actions[0], string(h.ID)[:min(8, len(h.ID))])
	}
	return err
}

func packet(h node.Handoff) string {
	if h.Of > 0 && h.Got < h.Of {
		return fmt.Sprintf("%s %d / %d", h.Packet, h.Got, h.Of)
	}
	return h.Packet
}

func (a *app) handoffRead() *cobra.Command {
	return &cobra.Command{
		Use: "read HANDOFF", Short: a.t("Tandai sudah dibaca", "Say that it has been read"), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.onHandoff(cmd, args[0], func(ctx context.Context, c *client, id string) error {
				var h node.Handoff
				if err := c.post(ctx, path("handoffs", id, "read"), nil, &h); err != nil {
					return err
				}
				return a.showHandoff(h)
			})
		},
	}
}
