package main

import (
	"github.com/spf13/cobra"

	"serasi/node"
	"serasi/node/settings"
)

func (a *app) configVerb() *cobra.Command {
	return a.group("config", a.t("Setelan simpul: berkas, lingkungan, dan bendera", "Settings of the node: file, environment and flags"),
		a.configCheck(), a.configShow())
}

func (a *app) configCheck() *cobra.Command {
	cmd := &cobra.Command{
		Use: "check", Args: cobra.NoArgs,
		Short: a.t("Periksa setelan dan berkas yang disebutnya, tanpa menjalankan simpul", "Check the settings and the files they name, without running the node"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loaded(cmd)
			if err != nil {
				return err
			}
			cfg, err := c.node(a)
			if err == nil {
				err = c.Locate(node.CheckFiles(cfg))
			}
			if err == nil {
				a.tell("%s", a.t("Setelan baik.", "The settings are good."))
			}
			return err
		},
	}
	a.settingsFlags(cmd.Flags())
	return cmd
}

// setting is one line of config show.
type setting struct {
	Key      string `json:"key"`
	Value    string `json:"value"`
	From     string `json:"from"` // file:line, $VARIABLE, --flag, or default
	Reloaded bool   `json:"reloaded"`
}

func (a *app) configShow() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show", Args: cobra.NoArgs,
		Short: a.t("Tampilkan setelan yang berlaku dan asalnya", "Show the settings in force and where each comes from"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loaded(cmd)
			if err != nil {
				return err
			}
			var all []setting
			var rows [][]string
			for _, k := range settings.Keys() {
				s := setting{Key: k.Name, Value: c.Value(k.Name), From: firstOf(c.From(k.Name), "default"), Reloaded: k.Live}
				all = append(all, s)
				from := firstOf(c.From(k.Name), a.t("bawaan", "default"))
				rows = append(rows, []string{s.Key, s.Value, from, yesNo(s.Reloaded, "SIGHUP", a.t("jalankan ulang", "restart"))})
			}
			return a.show(map[string]any{"settings": all},
				[]string{a.t("SETELAN", "SETTING"), a.t("NILAI", "VALUE"), a.t("DARI", "FROM"), a.t("BERLAKU SETELAH", "TAKES EFFECT")}, rows)
		},
	}
	a.settingsFlags(cmd.Flags())
	return cmd
}
