package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) letterVerb() *cobra.Command {
	return a.group("letter", a.t("Surat: asli atau tidak", "Letters: genuine or not"), a.letterVerify(), a.letterRoster())
}

// maxLetter bounds the file of a letter, in bytes.
const maxLetter = 500_000

func (a *app) letterVerify() *cobra.Command {
	var p node.LetterProof
	var roster string
	var offline bool
	cmd := &cobra.Command{
		Use: "verify [FILE|-]", Args: cobra.MaximumNArgs(1),
		Short: a.t("Periksa keaslian surat: dari berkas, teks kode QR, atau nomor dan kode", "Check a letter: by its file, the text of its QR code, or number and code"),
		Long: a.t(
			"Tanpa --roster dan --offline simpul yang berjalan ditanya; ia juga tahu surat mana yang dicabut.\nDengan --roster FILE cukup daftar kunci (serasi letter roster), tanpa simpul dan tanpa jaringan.",
			"Without --roster and --offline the running node is asked, which also knows what was revoked.\nWith --roster FILE a list of keys is enough (serasi letter roster): no node, no network."),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				text, err := a.letterFile(args[0])
				if err != nil {
					return err
				}
				p.File = text
			}
			if p.File == "" && p.QR == "" && p.Code == "" {
				return usage("FILE", "%s", a.t("beri berkas surat, --qr, atau --code dengan --number", "give the file of a letter, --qr, or --code with --number"))
			}
			v, err := a.judged(cmd, p, roster, offline)
			if err != nil {
				return err
			}
			return a.tellVerdict(v)
		},
	}
	f := cmd.Flags()
	f.StringVar(&p.QR, "qr", "", a.t("teks kode QR", "text of the QR code"))
	f.StringVar(&p.Number, "number", "", a.t("nomor surat", "number of the letter"))
	f.StringVar(&p.Code, "code", "", a.t("kode surat, misalnya SRK-7K3M9Q2X", "code of the letter, such as SRK-7K3M9Q2X"))
	f.StringVar(&roster, "roster", "", a.t("berkas kunci balai", "file with the keys of balai"))
	f.BoolVar(&offline, "offline", false, a.t("pakai buku besar di folder data, tanpa simpul", "use the ledger in the data folder, without a node"))
	return cmd
}

func (a *app) letterFile(path string) (string, error) {
	from := io.Reader(a.stdin)
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", &failure{code: exitUsage, words: fmt.Sprintf(a.t("berkas %s tidak dapat dibuka", "the file %s cannot be opened"), path), cause: err}
		}
		defer func() { _ = f.Close() }()
		from = f
	}
	b, err := io.ReadAll(io.LimitReader(from, maxLetter+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("read the letter: %w", err)
	case len(b) > maxLetter:
		return "", usage("FILE", "%s", a.t("terlalu besar untuk sebuah surat", "is too large for a letter"))
	}
	return string(b), nil
}

// judged asks the running node, or works from keys alone.
func (a *app) judged(cmd *cobra.Command, p node.LetterProof, roster string, offline bool) (v node.LetterVerdict, err error) {
	sealed := p.File != "" || p.QR != ""
	if !sealed && (roster != "" || offline) {
		return v, usage("--code", "%s", a.t("nomor dan kode hanya dikenal simpul balai penerbit", "number and code are known to the node of the balai that wrote it"))
	}
	switch {
	case roster != "":
		b, err := os.ReadFile(roster)
		if err != nil {
			return v, &failure{code: exitUsage, words: fmt.Sprintf(a.t("berkas %s tidak dapat dibuka", "the file %s cannot be opened"), roster), cause: err}
		}
		r, err := node.ParseRoster(string(b))
		if err != nil {
			return v, usage("--roster", "%s", err)
		}
		return r.VerifyLetter(p), nil
	case offline:
		r, err := node.LedgerRoster(a.dir)
		if err != nil {
			return v, err
		}
		return r.VerifyLetter(p), nil
	}
	c, err := a.node()
	if err == nil {
		err = c.call(cmd.Context(), request{method: http.MethodPost, path: "/verify", body: map[string]string{"qr": p.QR, "file": p.File, "number": p.Number, "code": p.Code}}, &v)
	}
	var f *failure
	if errors.As(err, &f) && f.code == exitUnreachable && sealed {
		f.hint = a.t("Tanpa simpul: tambahkan --offline, atau --roster FILE", "Without a node: add --offline, or --roster FILE")
	}
	return v, err
}

// tellVerdict shows what was found. All but a genuine letter is a failure, so
// that scripts notice.
func (a *app) tellVerdict(v node.LetterVerdict) error {
	words := map[string]string{
		"genuine": a.t("ASLI", "GENUINE"), "not genuine": a.t("TIDAK ASLI", "NOT GENUINE"), "revoked": a.t("DICABUT", "REVOKED"),
		"unknown": a.t("TIDAK DIKENAL", "UNKNOWN"),
	}[v.Result]
	err := a.facts(v, a.t("Hasil", "Result"), words, a.t("Sebab", "Why"), a.said(v.Why), a.t("Nomor", "Number"), v.Number, a.t("Tanggal", "Date"), v.Date,
		a.t("Dari", "From"), string(v.From), a.t("Kepada", "To"), v.To, a.t("Kode", "Code"), v.Code, a.t("Digantikan oleh", "Replaced by"), v.Replaced,
		a.t("Isi berkas", "Words of the file"), yesNo(v.File, a.t("ikut diperiksa", "compared too"), ""))
	if err != nil || v.Result == "genuine" {
		return err
	}
	return &failure{code: exitFailed}
}

// said is what the node wrote in English, in the language of the terminal.
func (a *app) said(english string) string { return node.Words(a.lang, english) }

func (a *app) letterRoster() *cobra.Command {
	return &cobra.Command{
		Use: "roster", Args: cobra.NoArgs,
		Short: a.t("Kunci semua balai dari buku besar, untuk memeriksa surat tanpa simpul", "The keys of all balai from the ledger, to check letters without a node"),
		RunE: func(*cobra.Command, []string) error {
			r, err := node.LedgerRoster(a.dir)
			if err != nil {
				return err
			}
			rows := r.Lines()
			slices.SortFunc(rows, func(x, y []string) int { return strings.Compare(strings.Join(x, " "), strings.Join(y, " ")) })
			if a.output == "json" {
				return writeJSON(a.stdout, r)
			}
			for _, row := range rows {
				if _, err := fmt.Fprintln(a.stdout, strings.Join(row, " ")); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
