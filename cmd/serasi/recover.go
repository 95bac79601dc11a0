package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"serasi/node"
)

// rescue is what recover is told.
type rescue struct {
	officers, passes, signatures []string
	motionOut                    string
	dry                          bool
}

func (a *app) recoverVerb() *cobra.Command {
	var in rescue
	cmd := &cobra.Command{
		Use: "recover", Args: cobra.NoArgs,
		Short: a.t("Mayoritas pemilih hilang: mulai lagi dari simpul ini, dengan k petugas", "Most voters are lost: begin again from this node, with k officers"),
		Long: a.t(
			"Hentikan dulu simpul ini. Jalankan dengan --dry-run di setiap simpul yang selamat: yang TERM lalu ENTRI-nya tertinggi yang dipulihkan.\n"+
				"Simpul lain, juga yang ternyata hanya terputus, kembali sebagai inkarnasi baru dengan: serasi rejoin",
			"Stop this node first. Run it with --dry-run on every survivor: the one with the highest TERM, then ENTRY, is the one to recover.\n"+
				"All other nodes, also those that were only cut off, return as new incarnations by: serasi rejoin"),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.recover(cmd, in) },
	}
	a.settingsFlags(cmd.Flags())
	f := cmd.Flags()
	f.StringArrayVar(&in.officers, "officer", nil, a.t("berkas kunci petugas; boleh diulang", "file of an officer key; may be repeated"))
	f.StringArrayVar(&in.passes, "officer-passphrase-file", nil, a.t("berkas sandinya, urutannya sama; satu cukup bila sama semua", "file of its passphrase, in the same order; one if all are the same"))
	f.StringArrayVar(&in.signatures, "signature", nil, a.t("berkas dari serasi officer sign; boleh diulang", "file from serasi officer sign; may be repeated"))
	f.StringVar(&in.motionOut, "motion-out", "", a.t("tulis yang harus ditandatangani ke berkas, untuk petugas di tempat lain", "write what is to be signed to a file, for officers elsewhere"))
	f.BoolVar(&in.dry, "dry-run", false, a.t("hanya perlihatkan apa yang akan terjadi", "only show what would happen"))
	return cmd
}

func (a *app) recover(cmd *cobra.Command, in rescue) error {
	cfg, err := a.stored(cmd)
	if err != nil {
		return err
	}
	plan, err := node.PlanRecovery(cmd.Context(), cfg)
	if err != nil {
		return err
	}
	if err := a.showRecovery(plan); err != nil {
		return err
	}
	if in.motionOut != "" {
		b, err := json.MarshalIndent(plan.Motion, "", "  ")
		if err != nil {
			return err
		}
		if err := writeFile(in.motionOut, append(b, '\n'), 0o644); err != nil {
			return usage("--motion-out", "%s", reason(err))
		}
	}
	if in.dry || in.motionOut != "" {
		a.tell("%s", a.t("Tidak ada yang diubah.", "Nothing was changed."))
		a.next("recover", "--officer", "FILE")
		return nil
	}
	signatures, err := a.gather(plan.Motion, in)
	if err != nil {
		return err
	}
	warning := fmt.Sprintf(a.t("Federasi mulai lagi dari %s saja; %d simpul lain harus kembali sebagai inkarnasi baru.", "The federation begins again from %s alone; %d other nodes must return as new incarnations."),
		plan.Code, len(plan.Members))
	if err := a.confirm(string(plan.Code), warning); err != nil {
		return err
	}
	if _, err := node.Recover(cmd.Context(), cfg, signatures); err != nil {
		return err
	}
	a.tell("%s", a.paint(green, a.t("Pulih. Jalankan simpul ini, lalu serasi rejoin di setiap simpul lain.", "Recovered. Run this node, then serasi rejoin at every other one.")))
	a.next("run")
	return nil
}

// gather collects the officers' signatures, from keys at hand and from files.
func (a *app) gather(m node.Motion, in rescue) (all []node.Signature, err error) {
	for i, path := range in.officers {
		pass := ""
		if len(in.passes) > 0 {
			pass = in.passes[min(i, len(in.passes)-1)]
		}
		key, err := a.openOfficer(path, "--officer", pass)
		if err != nil {
			return nil, err
		}
		s, err := key.SignMotion(m)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	for _, path := range in.signatures {
		var s node.Signature
		if err := readJSON(path, &s); err != nil {
			return nil, usage("--signature", "%s", reason(err))
		}
		all = append(all, s)
	}
	if len(all) < m.Need {
		return nil, &failure{
			code: exitUsage, words: fmt.Sprintf(a.t("--officer: perlu tanda tangan %d petugas, baru %d", "--officer: %d officers must sign, and %d have"), m.Need, len(all)),
			hint: a.t("Petugas di tempat lain: ", "Officers elsewhere: ") + a.command("recover", "--motion-out", "FILE"),
		}
	}
	return all, nil
}

func readJSON(path string, out any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, out)
}

func (a *app) showRecovery(p node.Recovery) error {
	if a.output == "json" {
		return writeJSON(a.stdout, p)
	}
	err := a.facts(p,
		"Balai", string(p.Code), a.t("Term", "Term"), number(p.Term), a.t("Entri", "Entry"), number(p.Last),
		a.t("Peristiwa", "Event"), number(p.Event), a.t("Waktu", "Time"), when(p.Time),
		a.t("Belum pernah pasti", "Never decided"), yesNo(p.Unheard > 0, number(p.Unheard), ""),
		a.t("Petugas yang harus menandatangani", "Officers who must sign"), number(p.Need))
	if err != nil {
		return err
	}
	var rows [][]string
	silent := false
	for _, m := range p.Members {
		silent = silent || !m.Answers
		rows = append(rows, []string{
			m.Code, yesNo(m.Voter, a.t("pemilih", "voter"), ""), yesNo(m.Answers, a.t("menjawab", "answers"), a.t("diam", "silent")),
			yesNo(m.Answers, number(m.Event), ""), m.Address,
		})
	}
	if err := a.table([]string{"BALAI", a.t("PERAN", "PART"), a.t("HUBUNGAN", "LINK"), a.t("PERISTIWA", "EVENT"), a.t("ALAMAT", "ADDRESS")}, rows); err != nil {
		return err
	}
	if silent {
		a.tell("%s", a.paint(amber, a.t("Yang diam belum tentu hilang; mungkin hanya terputus. Teleponlah dulu: bila mereka masih bekerja bersama, jangan pulihkan di sini.",
			"Who is silent may not be lost, only cut off. Telephone first: if they still work together, do not recover here.")))
	}
	if len(p.Handoffs) == 0 {
		return nil
	}
	a.tell("%s", a.t("Rujukan yang belum selesai. Langkah terakhirnya mungkin hanya ada di simpul yang hilang; tanyakan kepada kedua balai:",
		"Handoffs that are not over. Their last step may be only at nodes that are lost; ask both balai:"))
	return a.affected(p.Handoffs)
}

func (a *app) affected(list []node.Affected) error {
	var rows [][]string
	for _, h := range list {
		rows = append(rows, []string{h.ID[:8], h.Kind, h.From + " > " + h.To, h.Stage})
	}
	return a.table([]string{a.t("RUJUKAN", "HANDOFF"), a.t("JENIS", "KIND"), a.t("DARI > KE", "FROM > TO"), a.t("TAHAP", "STAGE")}, rows)
}

func (a *app) rejoinVerb() *cobra.Command {
	var dry bool
	cmd := &cobra.Command{
		Use: "rejoin", Args: cobra.NoArgs,
		Short: a.t("Kembali ke federasi sebagai inkarnasi baru; semua kasus tetap", "Return to the federation as a new incarnation; all cases stay"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.stored(cmd)
			if err != nil {
				return err
			}
			plan, err := node.PlanReturn(cfg)
			if err != nil {
				return err
			}
			err = a.facts(plan, "Balai", plan.Code, a.t("Inkarnasi baru", "New incarnation"), fmt.Sprint(plan.Incarnation),
				a.t("Peristiwa terakhir di sini", "Last event here"), number(plan.Event),
				a.t("Federasi dipulihkan dari peristiwa", "The federation was recovered from event"), yesNo(plan.Superseded, number(plan.Base), ""))
			if err != nil {
				return err
			}
			if len(plan.Lost) > 0 && a.output != "json" {
				a.tell("%s", a.paint(amber, a.t("Rujukan ini maju sesudah itu, dan federasi tidak mengetahuinya. Selesaikan lewat telepon:",
					"These handoffs went on after it, and the federation does not know. Settle them by telephone:")))
				if err := a.affected(plan.Lost); err != nil {
					return err
				}
			}
			if dry {
				a.next("rejoin")
				return nil
			}
			question := a.t("Inkarnasi lama simpul ini berakhir; kasus, antrean dan kuncinya tetap.", "The old incarnation of this node ends; its cases, outbox and keys stay.")
			if err := a.confirm(plan.Code, question); err != nil {
				return err
			}
			if _, err := node.Rejoin(cmd.Context(), cfg); err != nil {
				return err
			}
			a.next("run")
			return nil
		},
	}
	a.settingsFlags(cmd.Flags())
	cmd.Flags().BoolVar(&dry, "dry-run", false, a.t("hanya perlihatkan apa yang akan terjadi", "only show what would happen"))
	return cmd
}

// stored is the configuration of the node in the data folder.
func (a *app) stored(cmd *cobra.Command) (node.Config, error) {
	s, err := a.loaded(cmd)
	if err != nil {
		return node.Config{}, err
	}
	if s.Key == "" {
		return node.Config{}, usage("--dir", a.t("folder %s tidak berisi simpul", "the folder %s holds no node"), a.dir)
	}
	return s.node(a)
}
