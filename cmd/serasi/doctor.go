package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) doctorVerb() *cobra.Command {
	cmd := &cobra.Command{
		Use: "doctor", Aliases: []string{"periksa"}, Args: cobra.NoArgs,
		Short: a.t("Apa yang tidak beres, apa dampaknya, dan langkah pertama; juga saat simpul mati",
			"What is wrong, what people notice, and the first step; also when the node is down"),
		Long: a.t(
			"Bertanya kepada simpul yang berjalan. Kalau tidak ada yang menjawab, folder data, disk, jam, setelan, alamat, dan kunci diperiksa langsung.\n\nKode keluar: 0 baik, 3 ada yang perlu dibereskan, 4 simpul tidak berjalan dan tidak ada sebab yang ditemukan, 6 tanpa mayoritas.",
			"Asks the running node. If none answers, the data folder, disk, clock, settings, addresses and key are examined directly.\n\nExit codes: 0 well, 3 something needs mending, 4 the node does not run and no cause was found, 6 no majority."),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.node()
			if err == nil {
				err = a.consult(cmd, c)
			}
			var f *failure
			if a.url != "" || !errors.As(err, &f) || f.code != exitUnreachable {
				return err
			}
			a.tell("%s", f.Error())
			return a.examine(cmd)
		},
	}
	a.settingsFlags(cmd.Flags())
	return cmd
}

// consult has the running node examine itself.
func (a *app) consult(cmd *cobra.Command, c *client) error {
	var err error
	if c.token, err = a.bearer(); err != nil {
		return a.health(cmd, c)
	}
	var found node.Checkup
	if err := c.get(cmd.Context(), "/health", nil, &found); err != nil {
		return err
	}
	if err := a.showCheckup(found); err != nil {
		return err
	}
	switch {
	case found.Lamp == node.CutOff:
		return &failure{code: exitNoQuorum, words: found.Title}
	case len(found.Ailments) > 0:
		return &failure{code: exitUnhealthy, words: found.Title}
	}
	return nil
}

// examine looks at a node that does not answer.
func (a *app) examine(cmd *cobra.Command) error {
	now, wrong := a.loaded(cmd)
	cfg := node.Config{Dir: a.dir, Version: version}
	if wrong == nil {
		if cfg, wrong = now.node(a); wrong == nil {
			wrong = now.Locate(node.CheckFiles(cfg))
		}
	}
	words := ""
	if wrong != nil {
		words = strings.Join(strings.Fields(a.explain(wrong).Error()), " ")
		var f *failure
		if errors.As(wrong, &f) {
			words = strings.Join(strings.Fields(f.Error()), " ")
		}
	}
	found := node.Diagnose(cfg, words)
	if len(found.Ailments) == 0 {
		found.Title = "The node does not run, and nothing keeps it from starting."
	}
	found = found.In(node.Language(a.lang))
	if err := a.showCheckup(found); err != nil {
		return err
	}
	if len(found.Ailments) > 0 {
		return &failure{code: exitUnhealthy, words: found.Title}
	}
	return &failure{code: exitUnreachable, words: found.Title, hint: a.t("Hidupkan: ", "Start it: ") + a.command("run")}
}

// showCheckup writes a checkup: the state, then each cause with what people
// notice, how it is known and what to do first.
func (a *app) showCheckup(c node.Checkup) error {
	if a.output == "json" {
		return writeJSON(a.stdout, c)
	}
	var b strings.Builder
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	colour := green
	if len(c.Ailments) > 0 {
		colour = amber
	}
	line("%s", a.paint(colour, plainText(c.Title)))
	for _, x := range c.Ailments {
		mark, tone := "!", amber
		if x.Severity == node.Grave {
			mark, tone = "X", red
		}
		line("")
		line("%s %s  (%s)", a.paint(tone, mark), a.paint(bold, plainText(x.Title)), x.Code)
		line("  %s %s", a.t("Dampak:", "Impact:"), plainText(x.Impact))
		line("  %s %s (%s %s)", a.t("Bukti:", "Evidence:"), plainText(x.Evidence), firstOf(string(x.By), a.t("mesin ini", "this machine")), when(x.At))
		line("  %s %s", a.t("Sejak:", "Since:"), when(x.Since))
		line("  %s %s", a.t("Langkah pertama:", "First step:"), plainText(x.Step))
		if x.Command != "" {
			line("    %s", x.Command)
		}
		if len(x.Explains) > 0 {
			line("  %s %s", a.t("Akibatnya:", "What follows:"), strings.Join(x.Explains, ", "))
		}
	}
	if c.Alone.Limit != "" && c.Balai != "" {
		line("")
		line(a.t("Simpul ini dapat bekerja sendiri %d hari; batasnya: %s.", "This node can work alone for %d days; limit: %s."), c.Alone.Days, c.Alone.Limit)
	}
	_, err := fmt.Fprint(a.stdout, b.String())
	return err
}
