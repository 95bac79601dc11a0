package main

import (
	"errors"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func (a *app) versionVerb() *cobra.Command {
	var sbom bool
	cmd := &cobra.Command{
		Use: "version", Short: a.t("Versi program", "Version of the program"), Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if sbom {
				return a.parts()
			}
			v := struct {
				Version string `json:"version"`
				Go      string `json:"go"`
				System  string `json:"system"`
			}{version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}
			return a.facts(v, "SERASI", v.Version, "Go", v.Go, a.t("Sistem", "System"), v.System)
		},
	}
	cmd.Flags().BoolVar(&sbom, "sbom", false, a.t("bagian-bagian program sebagai CycloneDX JSON", "the parts of the program as CycloneDX JSON"))
	return cmd
}

// part is one component of the bill of materials.
type part struct {
	Type    string `json:"type"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl,omitempty"`
}

// parts writes what this program was built from, by what it carries itself: not
// what could be in it, but what is.
func (a *app) parts() error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("the program does not know its parts")
	}
	all := []part{{"library", "std", info.GoVersion, "pkg:golang/std@" + info.GoVersion}}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		all = append(all, part{"library", m.Path, m.Version, "pkg:golang/" + m.Path + "@" + m.Version})
	}
	return writeJSON(a.stdout, map[string]any{
		"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
		"metadata":   map[string]any{"component": part{"application", "serasi", version, ""}},
		"components": all,
	})
}
