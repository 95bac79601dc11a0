package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"serasi/node"
)

// What officers decide about the federation as a whole, a command each. All of
// them show what follows before anything is signed.

func (a *app) federationVerb() *cobra.Command {
	return &cobra.Command{
		Use: "federation", Args: cobra.NoArgs,
		Short: a.t("Siapa memutuskan, siapa memilih, versi yang berlaku", "Who decides, who votes, which version is in force"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.signedIn()
			if err != nil {
				return err
			}
			var r node.Realm
			if err := c.get(cmd.Context(), "/federation", nil, &r); err != nil {
				return err
			}
			return a.showRealm(r)
		},
	}
}

func (a *app) showRealm(r node.Realm) error {
	err := a.facts(r,
		a.t("Federasi", "Federation"), r.ID,
		a.t("Versi berlaku", "Version in force"), fmt.Sprintf(a.t("%d; program ini mengenal sampai %d", "%d; this program knows up to %d"), r.Version, r.Knows),
		a.t("Petugas", "Officers"), fmt.Sprintf(a.t("%d dari %d memutuskan", "%d of %d decide"), r.K, len(r.Officers)),
		a.t("Pemilih", "Voters"), codesOf(r.Voters), a.t("Kursi pemilih", "Seats"), number(r.Seats),
		a.t("Mayoritas", "Majority"), fmt.Sprintf(a.t("%d dari %d harus ada; %d terdengar, boleh hilang %d", "%d of %d must be there; %d heard, %d may be lost"), r.Quorum.Needed, r.Quorum.Voters, r.Quorum.Heard, r.Quorum.Bears))
	if err != nil || a.output == "json" {
		return err
	}
	var rows [][]string
	for _, o := range r.Officers {
		rows = append(rows, []string{o.ID, "serasi-officer-public-1:" + o.Public})
	}
	if err := a.table([]string{a.t("PETUGAS", "OFFICER"), a.t("KUNCI PUBLIK", "PUBLIC KEY")}, rows); err != nil || len(r.Open) == 0 {
		return err
	}
	rows = nil
	for _, m := range r.Open {
		rows = append(rows, []string{m.Act, m.Subject, fmt.Sprintf("%d / %d", len(m.Signed), m.Need), strings.Join(m.Signed, " ")})
	}
	return a.table([]string{a.t("KEPUTUSAN", "MOTION"), a.t("TENTANG", "ABOUT"), a.t("TANDA TANGAN", "SIGNATURES"), a.t("OLEH", "BY")}, rows)
}

func (a *app) votersVerb() *cobra.Command {
	var v vote
	cmd := &cobra.Command{
		Use: "voters [CODE...]", Args: cobra.ArbitraryArgs,
		Short: a.t("Siapa yang memilih; dengan kode-kode balai: ubah (k petugas)", "Who votes; with codes of balai: change it (k officers)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				c, err := a.signedIn()
				if err != nil {
					return err
				}
				var r node.Realm
				if err := c.get(cmd.Context(), "/federation", nil, &r); err != nil {
					return err
				}
				return a.facts(r.Quorum, a.t("Pemilih", "Voters"), codesOf(r.Voters), a.t("Harus ada", "Must be there"), number(r.Quorum.Needed),
					a.t("Terdengar", "Heard"), number(r.Quorum.Heard), a.t("Boleh hilang", "May be lost"), number(r.Quorum.Bears))
			}
			t := &node.MotionTerms{}
			for _, code := range args {
				t.Voters = append(t.Voters, node.BalaiCode(code))
			}
			_, err := a.decide(cmd.Context(), node.Matter{Act: "seat", Terms: t}, v)
			return err
		},
	}
	a.voteFlags(cmd, &v)
	return cmd
}

func (a *app) councilVerb() *cobra.Command {
	var v vote
	var keys []string
	t := &node.MotionTerms{}
	cmd := &cobra.Command{
		Use: "council", Args: cobra.NoArgs,
		Short: a.t("Ganti petugas federasi, berapa yang memutuskan, atau jumlah kursi pemilih (k petugas)", "Change the officers, how many decide, or the seats of voters (k officers)"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if len(keys) == 0 && t.K == 0 && t.Seats == 0 {
				return usage("--officer-key", "%s", a.t("sebutkan apa yang berubah: petugas, --k atau --seats", "say what changes: the officers, --k or --seats"))
			}
			for _, path := range keys {
				key, err := a.officerKey(path)
				if err != nil {
					return err
				}
				t.Officers = append(t.Officers, hex.EncodeToString(key))
			}
			slices.Sort(t.Officers)
			_, err := a.decide(cmd.Context(), node.Matter{Act: "council", Terms: t}, v)
			return err
		},
	}
	a.voteFlags(cmd, &v)
	f := cmd.Flags()
	f.StringArrayVar(&keys, "officer-key", nil, a.t("berkas .pub setiap petugas sesudahnya, atau isinya; diulang", "file .pub of every officer after it, or what stands in it; repeated"))
	f.IntVar(&t.K, "k", 0, a.t("berapa petugas memutuskan (0: tetap)", "how many officers decide (0: as before)"))
	f.IntVar(&t.Seats, "seats", 0, a.t("jumlah kursi pemilih 1, 3, 5, 7 (0: tetap)", "seats of voters 1, 3, 5, 7 (0: as before)"))
	return cmd
}

// officerKey reads the public key of an officer, from a file or as it stands.
func (a *app) officerKey(text string) ([]byte, error) {
	if !strings.HasPrefix(text, "serasi-officer-public-1:") {
		b, err := os.ReadFile(text)
		if err != nil {
			return nil, usage("--officer-key", "%s", reason(err))
		}
		text = string(b)
	}
	key, err := node.ParseOfficerPublic(text)
	if err != nil {
		return nil, usage("--officer-key", "%s", err)
	}
	return key, nil
}

func (a *app) switchVerb() *cobra.Command {
	var v vote
	cmd := &cobra.Command{
		Use: "switch VERSION", Args: cobra.ExactArgs(1),
		Short: a.t("Berlakukan versi buku besar yang baru, setelah semua simpul dimutakhirkan (k petugas)", "Put a new version of the ledger in force, once all nodes are upgraded (k officers)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[0])
			if err != nil || n < 1 {
				return usage("VERSION", "%s", a.t("harus angka", "must be a number"))
			}
			_, err = a.decide(cmd.Context(), node.Matter{Act: "switch", Terms: &node.MotionTerms{Version: n}}, v)
			return err
		},
	}
	a.voteFlags(cmd, &v)
	return cmd
}

func (a *app) memberSuccessor() *cobra.Command {
	var v vote
	cmd := &cobra.Command{
		Use: "successor CODE SUCCESSOR", Args: cobra.ExactArgs(2),
		Short: a.t("CODE melebur ke, atau berganti nama menjadi, SUCCESSOR (k petugas)", "CODE becomes part of, or is now called, SUCCESSOR (k officers)"),
		RunE: func(cmd *cobra.Command, args []string) error {
			m := node.Matter{Act: "succeed", Code: node.BalaiCode(args[0]), Terms: &node.MotionTerms{Successor: node.BalaiCode(args[1])}}
			_, err := a.decide(cmd.Context(), m, v)
			return err
		},
	}
	a.voteFlags(cmd, &v)
	return cmd
}

// heir is what is to become of the cases of a balai that is gone.
type heir struct {
	vote
	to, one string
}

func (a *app) reassignVerb() *cobra.Command {
	var h heir
	cmd := &cobra.Command{
		Use: "reassign CODE", Args: cobra.ExactArgs(1),
		Short: a.t("Balai CODE hilang untuk selamanya: berikan kasusnya kepada balai lain (k petugas, 15 hari setelah terakhir terdengar)",
			"The balai CODE is gone for ever: give its cases to others (k officers, 15 days after it was last heard)"),
		Long: a.t(
			"Setiap kasus yang menurut buku besar dipegang CODE kembali ke balai yang mengirimnya, yang masih menyimpan berkasnya; --to menyebut balai lain.\nRujukan layanan yang diterima CODE dan belum ada hasilnya diakhiri; kasusnya memang tidak pernah berpindah.",
			"Every case that CODE answers for by the ledger goes back to the balai that sent it, which still keeps the file; --to names another.\nService referrals that CODE accepted and has not reported on end; their cases never left the sender."),
		RunE: func(cmd *cobra.Command, args []string) error { return a.reassign(cmd, args[0], h) },
	}
	a.voteFlags(cmd, &h.vote)
	f := cmd.Flags()
	f.StringVar(&h.to, "to", "", a.t("balai yang menerima semua kasusnya", "balai that gets all the cases"))
	f.StringVar(&h.one, "only", "", a.t("hanya kasus atau rujukan dengan id ini", "only the case or handoff with this id"))
	return cmd
}

func (a *app) reassign(cmd *cobra.Command, code string, h heir) error {
	c, err := a.signedIn()
	if err != nil {
		return err
	}
	c.flag = a.matterFlag
	var e node.Estate
	if err := c.get(cmd.Context(), path("members", code, "estate"), nil, &e); err != nil {
		return err
	}
	matters, err := a.estate(e, h)
	if err != nil {
		return err
	}
	if len(matters) == 0 {
		a.tell(a.t("%s tidak memegang apa pun menurut buku besar.", "%s answers for nothing by the ledger."), code)
		return nil
	}
	if h.dry {
		a.tell(a.t("Terakhir terdengar %s; boleh sejak %s. Tidak ada yang diubah.", "Last heard %s; possible from %s on. Nothing was changed."), when(e.Heard), when(e.Free))
		return nil
	}
	if h.motionOut != "" || h.signature != "" {
		if len(matters) > 1 {
			return usage("--only", "%s", a.t("satu berkas untuk satu keputusan: sebutkan satu id", "one file is for one motion: name one id"))
		}
		_, err := a.decide(cmd.Context(), matters[0], h.vote)
		return err
	}
	question := fmt.Sprintf(a.t("%d keputusan: sejak itu %s tidak bertanggung jawab lagi.", "%d motions: from then on %s is not responsible any more."), len(matters), code)
	if err := a.confirm(code, question); err != nil {
		return err
	}
	return a.decideAll(cmd, c, matters, h.vote)
}

// estate lists what is to be decided and shows it.
func (a *app) estate(e node.Estate, h heir) (matters []node.Matter, err error) {
	var rows [][]string
	for _, x := range e.Cases {
		to := node.BalaiCode(firstOf(h.to, string(x.Before)))
		if h.one != "" && h.one != x.Case {
			continue
		}
		if to == "" {
			return nil, usage("--to", a.t("kasus %s tidak pernah dikirim balai lain: sebutkan penerimanya", "case %s was never sent by another balai: say who gets it"), x.Case)
		}
		rows = append(rows, []string{a.t("kasus", "case"), x.Case, string(to)})
		matters = append(matters, node.Matter{Act: "reassign", Terms: &node.MotionTerms{Case: x.Case, To: to}})
	}
	for _, x := range e.Referrals {
		if h.one != "" && h.one != x.Handoff {
			continue
		}
		rows = append(rows, []string{a.t("rujukan layanan", "referral"), x.Handoff, string(x.From)})
		matters = append(matters, node.Matter{Act: "reassign", Terms: &node.MotionTerms{Handoff: x.Handoff, To: x.From}})
	}
	if len(rows) == 0 {
		return nil, nil
	}
	return matters, a.show(e, []string{a.t("APA", "WHAT"), "ID", a.t("KEPADA", "TO")}, rows)
}

// decideAll signs many motions with one key. An officer may have 32 signed and
// not yet decided; the rest waits for the other officers.
func (a *app) decideAll(cmd *cobra.Command, c *client, matters []node.Matter, v vote) error {
	if err := a.need(&v.officer, "officer", a.t("Berkas kunci petugas", "File of the officer key")); err != nil {
		return err
	}
	key, err := a.openOfficer(v.officer, "--officer", v.pass)
	if err != nil {
		return err
	}
	done, waiting := 0, 0
	for _, m := range matters {
		motion, err := a.motion(cmd.Context(), c, m)
		if err != nil {
			return err
		}
		sig, err := key.SignMotion(motion)
		if err != nil {
			return err
		}
		var d node.Decision
		in := struct {
			node.Matter
			Signature node.Signature `json:"signature"`
		}{m, sig}
		if err := c.post(cmd.Context(), "/motions/signatures", in, &d); err != nil {
			return errors.Join(err, a.reassigned(done, waiting))
		}
		if d.Done {
			done++
		} else {
			waiting++
		}
	}
	return a.reassigned(done, waiting)
}

func (a *app) reassigned(done, waiting int) error {
	a.tell(a.t("%d diputuskan, %d menunggu petugas lain, yang menjalankan perintah yang sama.", "%d decided, %d wait for other officers, who run the same command."), done, waiting)
	if done > 0 {
		a.next("ledger", "log")
	}
	return nil
}
