package main

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"serasi/node"
	"serasi/node/settings"
)

func (a *app) supportVerb() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use: "support", Args: cobra.NoArgs,
		Short: a.t("Kumpulkan keadaan simpul ke satu berkas zip yang aman dikirim: tanpa data orang, tanpa rahasia",
			"Collect the state of the node in one zip that is safe to send: no personal data, no secrets"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				out = "serasi-support-" + time.Now().UTC().Format("20060102-150405") + ".zip"
			}
			if _, err := os.Lstat(out); err == nil {
				return usage("--out", "%s: %s", out, a.t("sudah ada; tidak ditimpa", "exists already; it is not overwritten"))
			}
			parts, err := a.supportParts(cmd)
			if err != nil {
				return err
			}
			if err := writeZip(out, parts); err != nil {
				return err
			}
			var names []string
			for _, p := range parts {
				names = append(names, p.name)
			}
			return a.facts(map[string]any{"file": out, "parts": names}, a.t("Berkas", "File"), out, a.t("Isi", "Holds"), strings.Join(names, ", "))
		},
	}
	cmd.Flags().StringVar(&out, "out", "", a.t("berkas zip (bawaan: serasi-support-WAKTU.zip)", "zip file (default: serasi-support-TIME.zip)"))
	a.settingsFlags(cmd.Flags())
	return cmd
}

// enclosure is one file of a bundle.
type enclosure struct {
	name string
	body []byte
}

// supportParts asks the node for all that helps to help. A node that does not
// answer leaves what can be seen from outside.
func (a *app) supportParts(cmd *cobra.Command) ([]enclosure, error) {
	parts := []enclosure{{"version.txt", []byte(version + "\n")}}
	if own, err := a.settingsPart(cmd); err == nil {
		parts = append(parts, own)
	}
	c, err := a.node()
	if err == nil {
		c.token, err = a.bearer()
	}
	if err == nil {
		var more []enclosure
		if more, err = c.supportParts(cmd.Context()); err == nil {
			return append(parts, more...), nil
		}
	}
	var f *failure
	if !errors.As(err, &f) || f.code != exitUnreachable {
		return nil, err
	}
	a.tell("%s", f.Error())
	found, err := json.MarshalIndent(node.Diagnose(node.Config{Dir: a.dir, Version: version}, ""), "", "  ")
	return append(parts, enclosure{"health.json", found}), err
}

// supportParts are the answers of a node that belong into a bundle.
func (c *client) supportParts(ctx context.Context) (parts []enclosure, err error) {
	for _, p := range []struct{ name, path string }{
		{"health.json", "/health"}, {"status.json", "/node/status"}, {"members.json", "/members"}, {"log.json", "/node/log"}, {"metrics.txt", "//metrics"},
	} {
		resp, err := c.send(ctx, request{method: http.MethodGet, path: p.path})
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
		if err = errors.Join(err, resp.Body.Close()); err != nil {
			return nil, fmt.Errorf("%s: %w", p.path, err)
		}
		parts = append(parts, enclosure{p.name, body})
	}
	return parts, nil
}

// settingsPart is how the node is set, without where its secrets lie.
func (a *app) settingsPart(cmd *cobra.Command) (enclosure, error) {
	c, err := a.loaded(cmd)
	if err != nil {
		return enclosure{}, err
	}
	shown := map[string]string{}
	for _, k := range settings.Keys() {
		v := c.Value(k.Name)
		if k.Name == "key" || strings.Contains(k.Name, "passphrase") {
			v, _, _ = strings.Cut(v, ":") // how it is kept, not where
		}
		shown[k.Name] = v
	}
	body, err := json.MarshalIndent(shown, "", "  ")
	return enclosure{"settings.json", body}, err
}

// writeZip writes parts to a file that is whole or not there.
func writeZip(name string, parts []enclosure) (err error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return usage("--out", "%s", reason(err))
	}
	z := zip.NewWriter(f)
	for _, p := range parts {
		w, werr := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Store}) // whoever sends it can look through it first
		if werr == nil {
			_, werr = w.Write(p.body)
		}
		err = errors.Join(err, werr)
	}
	if err = errors.Join(err, z.Close(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}
