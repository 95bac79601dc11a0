package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) statusVerb() *cobra.Command {
	return &cobra.Command{
		Use: "status", Args: cobra.NoArgs,
		Short: a.t("Keadaan simpul: 0 baik, 3 sakit, 4 tak terjangkau, 6 tanpa mayoritas", "How the node is: 0 well, 3 unhealthy, 4 unreachable, 6 no majority"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.node()
			if err != nil {
				return err
			}
			if c.token, err = a.bearer(); err != nil {
				return a.health(cmd, c)
			}
			var s node.Status
			if err := c.get(cmd.Context(), "/node/status", nil, &s); err != nil {
				return err
			}
			if err := a.showStatus(s); err != nil {
				return err
			}
			return a.verdict(s.Ready && len(s.Degraded) == 0, s.Raft.Voters > 0 && !s.Raft.Quorum, s.Degraded)
		},
	}
}

// health is what a node tells without asking who wants to know.
func (a *app) health(cmd *cobra.Command, c *client) error {
	var h node.Health
	if err := c.get(cmd.Context(), "//healthz", nil, &h); err != nil {
		return err
	}
	if err := a.facts(h, a.t("Siap", "Ready"), fmt.Sprint(h.Ready)); err != nil {
		return err
	}
	a.tell("%s", a.t("Belum masuk: hanya ringkasan. Lengkapnya: ", "Not signed in: a summary only. For all of it: ")+a.command("sign-in"))
	return a.verdict(h.Ready && len(h.Flags) == 0, false, h.Flags)
}

func (a *app) showStatus(s node.Status) error {
	var cases []string
	for _, state := range slices.Sorted(maps.Keys(s.Cases)) {
		if s.Cases[state] > 0 {
			cases = append(cases, fmt.Sprintf("%s %d", state, s.Cases[state]))
		}
	}
	return a.facts(s,
		"Balai", string(s.Balai), a.t("Versi", "Version"), s.Version, a.t("Federasi", "Federation"), s.Federation,
		a.t("Peran", "Role"), s.Raft.Role, a.t("Pemimpin", "Leader"), string(s.Raft.Leader),
		a.t("Pemilih terjangkau", "Voters reachable"), fmt.Sprintf("%d / %d", s.Raft.Reachable, s.Raft.Voters),
		a.t("Buku besar", "Ledger"), fmt.Sprintf("%d  %.16s", s.Ledger.Index, s.Ledger.Hash),
		a.t("Tertinggal", "Lag"), yesNo(s.Raft.Lag > 0, number(s.Raft.Lag), ""),
		a.t("Kotak keluar", "Outbox"), number(s.Outbox.Pending), a.t("Kasus", "Cases"), strings.Join(cases, ", "),
		a.t("Ruang disk", "Disk free"), fmt.Sprintf("%.1f GB / %.1f GB", float64(s.Disk.Free)/1e9, float64(s.Disk.Total)/1e9),
		a.t("Selisih jam", "Clock offset"), yesNo(s.Clock.Trusted, fmt.Sprintf("%+.1f s", s.Clock.Offset), ""),
		a.t("Berjalan sejak", "Running since"), when(s.Started),
	)
}

// verdict turns a status into the exit code.
func (a *app) verdict(well, alone bool, faults []string) error {
	switch {
	case alone:
		return &failure{code: exitNoQuorum, words: a.t("mayoritas pemilih tidak terjangkau; kerja lokal tetap jalan", "no majority of the voters can be reached; local work goes on"), list: faults}
	case !well:
		return &failure{code: exitUnhealthy, words: a.t("ada yang tidak beres", "something is not as it should be"), list: faults}
	}
	a.tell("%s", a.paint(green, a.t("Semua baik.", "All is well.")))
	return nil
}
