package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"serasi/node"
)

// letter is what the flags of an offer say (form F7).
type letter struct {
	to, reason, wanted, given, health, journey, contact, basis, basisWhy string
	residential, referral                                                bool
	answerIn, arriveIn                                                   time.Duration
}

func (a *app) letterFlags(f *pflag.FlagSet, l *letter) {
	f.StringVar(&l.to, "to", "", a.t("kode balai tujuan", "code of the destination"))
	f.StringVar(&l.reason, "reason", "", a.t("mengapa diserahkan", "why the person is handed on"))
	f.StringVar(&l.wanted, "wanted", "", a.t("apa yang diminta", "what is asked for"))
	f.StringVar(&l.given, "given", "", a.t("layanan yang sudah diberikan", "services already given"))
	f.StringVar(&l.health, "health", "", a.t("kesehatan", "health"))
	f.StringVar(&l.journey, "journey", "", a.t("kebutuhan di perjalanan", "needs on the way"))
	f.StringVar(&l.contact, "contact", "", a.t("kontak kantor", "office contact"))
	f.StringVar(&l.basis, "basis", "", "consent, legal duty, vital interest, public task")
	f.StringVar(&l.basisWhy, "basis-why", "", a.t("penjelasan bila bukan consent", "why, unless it is consent"))
	f.BoolVar(&l.residential, "residential", false, a.t("orangnya ikut pindah; perlu BAST", "the person travels; needs a record"))
	f.BoolVar(&l.referral, "referral", false, a.t("rujukan layanan: tanggung jawab tetap di sini", "a referral: responsibility stays here"))
	f.DurationVar(&l.answerIn, "answer-in", 0, a.t("tenggat jawaban (kosong: 7 hari)", "time to answer (none: 7 days)"))
	f.DurationVar(&l.arriveIn, "arrive-in", 0, a.t("tenggat tiba (kosong: 14 hari)", "time to arrive (none: 14 days)"))
}

func (l letter) body() map[string]any {
	return withoutEmpty(map[string]any{
		"to": l.to, "reason": l.reason, "wanted": l.wanted, "given": l.given, "health": l.health, "journey": l.journey, "contact": l.contact,
		"basis": l.basis, "basisWhy": l.basisWhy, "residential": l.residential,
		"answerIn": int(l.answerIn.Seconds()), "arriveIn": int(l.arriveIn.Seconds()),
	})
}

// group is a collective handoff: one letter, one handoff a case.
type groupAnswer struct {
	Group    string         `json:"group,omitempty"`
	Handoffs []node.Handoff `json:"handoffs"`
}

func (a *app) handoffOffer() *cobra.Command {
	var l letter
	cmd := &cobra.Command{
		Use: "offer CASE...", Args: cobra.MinimumNArgs(1),
		Short: a.t("Tawarkan kasus ke balai lain; jalan walau jaringan putus", "Offer cases to another balai; works with every cable cut"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, q := range []struct {
				value          *string
				flag, question string
			}{
				{&l.to, "to", a.t("Kode balai tujuan", "Code of the destination")},
				{&l.reason, "reason", a.t("Mengapa diserahkan", "Why the person is handed on")},
				{&l.wanted, "wanted", a.t("Apa yang diminta", "What is asked for")},
			} {
				if err := a.need(q.value, q.flag, q.question); err != nil {
					return err
				}
			}
			if l.answerIn < 0 || l.arriveIn < 0 {
				return usage("--answer-in", "%s", a.t("tidak boleh negatif", "must not be negative"))
			}
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			return a.offer(cmd.Context(), c, l, args)
		},
	}
	a.letterFlags(cmd.Flags(), &l)
	return cmd
}

func (a *app) offer(ctx context.Context, c *client, l letter, refs []string) error {
	var ids []string
	for _, ref := range refs {
		id, err := a.caseID(ctx, c, ref)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	body := l.body()
	if len(ids) == 1 {
		var h node.Handoff
		if err := c.post(ctx, path("cases", ids[0], yesNo(l.referral, "referrals", "transfers")), body, &h); err != nil {
			return err
		}
		a.tell("%s", a.t("Masuk kotak keluar; berangkat sendiri begitu ada jaringan.", "It is in the outbox and leaves by itself."))
		return a.showHandoff(h)
	}
	body["kind"], body["cases"] = yesNo(l.referral, "referral", "transfer"), ids
	var g groupAnswer
	if err := c.post(ctx, "/groups", body, &g); err != nil {
		return err
	}
	var rows [][]string
	for _, h := range g.Handoffs {
		rows = append(rows, []string{string(h.ID), string(h.Case), a.stageOf(h)})
	}
	return a.show(g, []string{"ID", a.t("KASUS", "CASE"), a.t("TAHAP", "STAGE")}, rows)
}
