package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) caseVerb() *cobra.Command {
	return a.group("case", a.t("Kasus di balai ini", "Cases of this balai"),
		a.caseOpen(), a.caseShow(), a.caseFind(), a.caseList(), a.caseNote(), a.caseNotes(), a.caseDocument(), a.caseConsent(), a.caseClaim(),
		a.caseStage(), a.caseAssign(), a.caseClose(), a.caseCustody())
}

// caseID finds a case by its id or its number.
func (a *app) caseID(ctx context.Context, c *client, ref string) (string, error) {
	if isID(ref) {
		return ref, nil
	}
	var p node.Page[node.Card]
	err := c.call(ctx, request{method: http.MethodPost, path: "/cases/search", body: map[string]any{"q": ref, "limit": 20}}, &p)
	if err != nil {
		return "", err
	}
	for _, card := range p.Items {
		if strings.EqualFold(card.Number, ref) {
			return string(card.ID), nil
		}
	}
	return "", &failure{
		code: exitFailed, words: fmt.Sprintf(a.t("tidak ada kasus %s di sini", "there is no case %s here"), plainText(ref)),
		hint: a.t("Cari: ", "Look for it: ") + a.command("case", "find", "NAMA"),
	}
}

// onCase is a verb on one case: it finds the case and hands over.
func (a *app) onCase(cmd *cobra.Command, ref string, do func(ctx context.Context, c *client, id string) error) error {
	c, err := a.signedIn()
	if err != nil {
		return err
	}
	id, err := a.caseID(cmd.Context(), c, ref)
	if err != nil {
		return err
	}
	return do(cmd.Context(), c, id)
}

func (a *app) caseShow() *cobra.Command {
	return &cobra.Command{
		Use: "show CASE", Short: a.t("Satu kasus", "One case"), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.onCase(cmd, args[0], func(ctx context.Context, c *client, id string) error {
				var o node.Overview
				if err := c.get(ctx, "/cases/"+id, nil, &o); err != nil {
					return err
				}
				return a.showOverview(o)
			})
		},
	}
}

func (a *app) showOverview(o node.Overview) error {
	facts := []string{
		a.t("Nomor", "Number"), o.Case.Number, "Id", string(o.Case.ID), a.t("Nama", "Name"), o.Person.Name(),
		a.t("Keadaan", "State"), o.Case.State.String(), a.t("Tahap", "Stage"), fmt.Sprintf("%d %s", o.Case.Stage, a.stage(int(o.Case.Stage))),
		a.t("Urgensi", "Urgency"), string(o.Case.Urgency), a.t("Dasar", "Basis"), string(o.Case.Basis), a.t("Kebutuhan", "Need"), o.Case.Need,
		"PPKS", strings.Join(o.Case.PPKS, ", "), a.t("Dari balai", "From balai"), string(o.Case.From), a.t("Ke balai", "To balai"), string(o.Case.To),
		a.t("Serah terima", "Handoff"), string(o.Case.Handoff), a.t("Dibuka", "Opened"), when(o.Case.Opened),
		a.t("Catatan, dokumen, persetujuan", "Notes, documents, consents"), fmt.Sprintf("%d, %d, %d", o.Notes, o.Documents, o.Consents),
	}
	for _, cl := range o.Person.Claims {
		facts = append(facts, "  "+string(cl.Kind), fmt.Sprintf("%s (%s%s)", cl.Value, cl.Standing, yesNo(cl.Source != "", ", "+cl.Source, "")))
	}
	return a.facts(o, facts...)
}

// stage names one of the seven stages of ATENSI.
func (a *app) stage(n int) string {
	names := []string{
		"", a.t("akses", "access"), a.t("kesepakatan", "agreement"), a.t("asesmen", "assessment"), a.t("perencanaan", "planning"),
		a.t("implementasi", "implementation"), a.t("monitoring", "monitoring"), a.t("terminasi", "termination"),
	}
	if n < 1 || n >= len(names) {
		return ""
	}
	return names[n]
}

func (a *app) showCards(p node.Page[node.Card]) error {
	var rows [][]string
	for _, c := range p.Items {
		rows = append(rows, []string{c.Number, c.Name, c.Sex, c.AgeBand, number(int(c.Stage)), c.State.String(), string(c.Urgency), string(c.ID)})
	}
	err := a.show(p, []string{
		a.t("NOMOR", "NUMBER"), a.t("NAMA", "NAME"), a.t("JK", "SEX"), a.t("UMUR", "AGE"), a.t("TAHAP", "STAGE"), a.t("KEADAAN", "STATE"),
		a.t("URGENSI", "URGENCY"), "ID",
	}, rows)
	a.more(p.Next)
	return err
}

// more says how to get the next page.
func (a *app) more(cursor string) {
	if cursor != "" {
		a.tell(a.t("Masih ada: tambahkan --cursor %s", "There is more: add --cursor %s"), cursor)
	}
}

func (a *app) caseFind() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "find TEXT", Short: a.t("Cari nama atau nomor, tahan salah ketik", "Find a name or number, typing errors allowed"), Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			c.flag = func(field string) string { return yesNo(field == "body.q", "TEXT", a.flagOf(field)) }
			var p node.Page[node.Card]
			body := map[string]any{"q": strings.Join(args, " "), "limit": limit}
			if err := c.post(cmd.Context(), "/cases/search", body, &p); err != nil {
				return err
			}
			return a.showCards(p)
		},
	}
	cmd.Flags().IntVar(&limit, "limit", 20, "1-100")
	return cmd
}

func (a *app) caseList() *cobra.Command {
	var state, cursor string
	var stage, limit int
	cmd := &cobra.Command{
		Use: "list", Short: a.t("Daftar kasus, perubahan terbaru dulu", "List cases, newest change first"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			var p node.Page[node.Card]
			q := queryOf("state", state, "cursor", cursor, "limit", number(limit), "stage", yesNo(stage != 0, number(stage), ""))
			if err := c.get(cmd.Context(), "/cases", q, &p); err != nil {
				return err
			}
			return a.showCards(p)
		},
	}
	f := cmd.Flags()
	f.StringVar(&state, "state", "", "open, on offer, handed over, closed, arriving")
	f.IntVar(&stage, "stage", 0, "1-7")
	f.StringVar(&cursor, "cursor", "", a.t("halaman berikut", "next page"))
	f.IntVar(&limit, "limit", 50, "1-100")
	return cmd
}

// queryOf makes a query of names and values; empty values are left out.
func queryOf(pairs ...string) url.Values {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return q
}

func (a *app) caseCustody() *cobra.Command {
	var strong bool
	cmd := &cobra.Command{
		Use: "custody CASE", Short: a.t("Balai mana yang bertanggung jawab", "Which balai is responsible"), Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.onCase(cmd, args[0], func(ctx context.Context, c *client, id string) error {
				var x node.Custody
				q := url.Values{"consistency": {yesNo(strong, "strong", "local")}}
				if err := c.get(ctx, "/cases/"+id+"/custody", q, &x); err != nil {
					return err
				}
				return a.facts(x, a.t("Penanggung jawab", "Responsible"), string(x.Owner), a.t("Epoch", "Epoch"), number(x.Epoch),
					a.t("Serah terima terbuka", "Open handoff"), string(x.Open), a.t("Per peristiwa", "As of event"), number(x.AsOf))
			})
		},
	}
	cmd.Flags().BoolVar(&strong, "strong", false, a.t("tanyakan mayoritas", "ask a majority"))
	return cmd
}
