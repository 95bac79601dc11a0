package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"serasi/node"
)

// act is one step of a handoff, and which flags it has.
type act struct {
	name, id, en                           string
	reason, redirect, expected, conditions bool
}

// acts are the steps that only differ in what may be said with them. The node
// decides which of them is possible now.
var acts = []act{
	{name: "accept", id: "Terima", en: "Accept", conditions: true},
	{name: "decline", id: "Tolak, dengan kode alasan", en: "Decline, with a coded reason", reason: true},
	{name: "ask", id: "Minta kelengkapan", en: "Ask for more"},
	{name: "answer", id: "Jawab permintaan kelengkapan", en: "Answer what was asked"},
	{name: "wait", id: "Masukkan daftar tunggu", en: "Put on the waiting list", expected: true},
	{name: "redirect", id: "Alihkan ke balai lain", en: "Point to another balai", reason: true, redirect: true},
	{name: "withdraw", id: "Tarik penawaran", en: "Withdraw the offer", reason: true},
	{name: "depart", id: "Catat keberangkatan", en: "Record the departure"},
	{name: "cancel", id: "Minta pembatalan setelah diterima", en: "Ask to cancel after acceptance", reason: true},
	{name: "confirm-cancel", id: "Setujui pembatalan", en: "Confirm that it is cancelled"},
	{name: "start", id: "Mulai layanan rujukan", en: "Start the service of a referral"},
	{name: "hold", id: "Tunda layanan rujukan", en: "Put the service on hold"},
	{name: "report", id: "Laporkan hasil rujukan", en: "Report the outcome of a referral", reason: true},
	{name: "close", id: "Tutup rujukan setelah hasil dibaca", en: "Close a referral whose outcome was read"},
}

func (a *app) handoffAct(x act) *cobra.Command {
	var text, why, redirect, expected string
	var conditional bool
	cmd := &cobra.Command{
		Use: x.name + " HANDOFF", Short: a.t(x.id, x.en), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := parseTime(a, "expected", expected)
			if err != nil {
				return err
			}
			body := withoutEmpty(map[string]any{"text": text, "reason": why, "redirect": redirect, "conditional": conditional})
			if !at.IsZero() {
				body["expected"] = at
			}
			return a.act(cmd, args[0], x.name, body)
		},
	}
	f := cmd.Flags()
	f.StringVar(&text, "text", "", a.t("pesan untuk balai lain (tersegel)", "message to the other balai (sealed)"))
	if x.reason {
		f.StringVar(&why, "reason", "", a.t("kode alasan", "coded reason"))
	}
	if x.redirect {
		f.StringVar(&redirect, "redirect", "", a.t("kode balai yang disarankan", "code of the balai that may help"))
	}
	if x.expected {
		f.StringVar(&expected, "expected", "", a.t("perkiraan tanggal tersedia", "when a place may come free"))
	}
	if x.conditions {
		f.BoolVar(&conditional, "conditional", false, a.t("bersyarat; syaratnya di --text", "with conditions, which --text names"))
	}
	return cmd
}

func (a *app) act(cmd *cobra.Command, ref, name string, body map[string]any) error {
	return a.onHandoff(cmd, ref, func(ctx context.Context, c *client, id string) error {
		c.flag = func(field string) string {
			if key, ok := strings.CutPrefix(field, "body.form."); ok {
				return "--record " + key
			}
			return a.flagOf(field)
		}
		var h node.Handoff
		if err := c.post(ctx, path("handoffs", id, name), body, &h); err != nil {
			return err
		}
		return a.showHandoff(h)
	})
}

// handoffReceive is the step at which custody moves; it carries the handover
// record (BAST).
func (a *app) handoffReceive() *cobra.Command {
	var text string
	var record []string
	cmd := &cobra.Command{
		Use: "receive HANDOFF", Args: cobra.ExactArgs(1),
		Short: a.t("Terima orang dan berkasnya: tanggung jawab pindah ke sini", "Receive the person and the file: responsibility moves here"),
		RunE: func(cmd *cobra.Command, args []string) error {
			form := map[string]string{}
			for _, r := range record {
				key, value, ok := strings.Cut(r, "=")
				if !ok || key == "" {
					return usage("--record", "%q: %s", plainText(r), a.t("tulis BAGIAN=ISI", "write FIELD=TEXT"))
				}
				form[key] = value
			}
			body := withoutEmpty(map[string]any{"text": text})
			if len(form) > 0 {
				body["form"] = form
			}
			return a.act(cmd, args[0], "receive", body)
		},
	}
	f := cmd.Flags()
	f.StringVar(&text, "text", "", a.t("pesan untuk balai pengirim", "message to the sender"))
	f.StringArrayVar(&record, "record", nil, a.t("bagian BAST: time, place, handedBy, receivedBy, condition, belongings, documents, medicines, notes, witness",
		"field of the record: time, place, handedBy, receivedBy, condition, belongings, documents, medicines, notes, witness"))
	return cmd
}
