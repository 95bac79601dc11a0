package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// app is one run of the program. One goroutine uses it, but for tell.
type app struct {
	stdin  *bufio.Reader
	stdout io.Writer
	stderr io.Writer
	typed  *os.File // stdin, if somebody sits at it

	lang   string // id or en
	colour bool

	dir       string
	url       string
	tokenFile string
	output    string // table or json
	plain     bool
	noInput   bool
	yes       bool

	created []string // files to take away again if the verb fails

	verb  *cobra.Command // what runs
	began bool           // the command line was understood
}

func newApp(args []string, stdin io.Reader, stdout, stderr io.Writer) *app {
	a := &app{stdin: bufio.NewReader(stdin), stdout: stdout, stderr: stderr, lang: language(args)}
	if f, ok := stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		a.typed = f
	}
	if f, ok := stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" {
		a.colour = true
	}
	return a
}

// language is asked for before the command line is read, because the help
// depends on it: --lang, else the environment, else Indonesian.
func language(args []string) string {
	for i, arg := range args {
		if arg == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
		if rest, ok := strings.CutPrefix(arg, "--lang="); ok {
			return rest
		}
	}
	for _, name := range []string{"SERASI_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if v := os.Getenv(name); v != "" {
			if strings.HasPrefix(v, "en") {
				return "en"
			}
			return "id"
		}
	}
	return "id"
}

// t picks the words of the language.
func (a *app) t(id, en string) string {
	if a.lang == "en" {
		return en
	}
	return id
}

// root is the whole tree of commands.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "serasi",
		Short: a.t("SERASI: satu pintu layanan sosial, tanpa pusat", "SERASI: one door to social services, without a centre"),
		Long: a.t(
			"SERASI menjalankan simpul sebuah balai dan semua alatnya.\n\nMulai cepat: serasi demo\nBalai pertama: serasi init, lalu serasi run",
			"SERASI runs the node of a balai and all its tools.\n\nQuick start: serasi demo\nFirst balai: serasi init, then serasi run"),
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.begin(cmd) },
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	f := root.PersistentFlags()
	f.StringVar(&a.dir, "dir", firstOf(os.Getenv("SERASI_DIR"), "serasi-data"), a.t("folder data simpul ($SERASI_DIR)", "data folder of the node ($SERASI_DIR)"))
	f.StringVar(&a.url, "url", os.Getenv("SERASI_URL"), a.t("alamat simpul yang berjalan ($SERASI_URL)", "address of the running node ($SERASI_URL)"))
	f.StringVar(&a.tokenFile, "token-file", "", a.t("berkas token; - untuk stdin ($SERASI_TOKEN: token atau berkas)", "file of the token; - for stdin ($SERASI_TOKEN: token or file)"))
	f.StringVarP(&a.output, "output", "o", "table", a.t("table atau json", "table or json"))
	f.String("lang", a.lang, a.t("bahasa: id atau en", "language: id or en"))
	f.BoolVar(&a.plain, "plain", false, a.t("tanpa warna, kolom dipisah tab", "no colour, columns separated by tabs"))
	f.BoolVar(&a.noInput, "no-input", false, a.t("jangan pernah bertanya", "never ask"))
	f.BoolVar(&a.yes, "yes", false, a.t("jawab ya untuk semua konfirmasi", "confirm everything"))
	root.AddCommand(
		a.initVerb(), a.officerVerb(), a.recoveryVerb(), a.runVerb(), a.inviteVerb(), a.joinVerb(), a.approveVerb(), a.memberVerb(), a.federationVerb(), a.votersVerb(), a.councilVerb(), a.switchVerb(), a.reassignVerb(),
		a.addressVerb(), a.keysVerb(), a.leaveVerb(), a.statusVerb(), a.doctorVerb(), a.supportVerb(),
		a.firstAdminVerb(), a.signInVerb(), a.factorVerb(), a.tokenVerb(), a.userVerb(), a.caseVerb(), a.handoffVerb(), a.letterVerb(), a.outboxVerb(), a.ledgerVerb(), a.auditVerb(),
		a.configVerb(), a.backupVerb(), a.restoreVerb(),
		a.recoverVerb(), a.rejoinVerb(),
		a.demoVerb(), a.benchVerb(), a.versionVerb(),
	)
	return root
}

// begin checks what is common to all verbs.
func (a *app) begin(cmd *cobra.Command) error {
	a.verb = cmd
	if a.lang != "id" && a.lang != "en" {
		a.lang = "id"
		return usage("--lang", "%s", a.t("harus id atau en", "must be id or en"))
	}
	if a.output != "table" && a.output != "json" {
		return usage("--output", "%s", a.t("harus table atau json", "must be table or json"))
	}
	if a.dir == "" {
		return usage("--dir", "%s", a.t("kosong", "is empty"))
	}
	if a.plain {
		a.colour = false
	}
	a.began = true
	return nil
}

// group is a verb that only has verbs below it.
func (a *app) group(use, short string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f := &failure{code: exitUsage, words: a.t("perintah kurang lengkap: ", "incomplete command: ") + cmd.CommandPath()}
		if len(args) > 0 {
			f.words = fmt.Sprintf(a.t("perintah %q tidak dikenal untuk %s", "unknown command %q for %s"), args[0], cmd.CommandPath())
		}
		f.hint = a.t("Lihat: ", "See: ") + cmd.CommandPath() + " --help"
		return f
	}
	cmd.AddCommand(verbs...)
	return cmd
}

// command writes a command line as somebody would type it now.
func (a *app) command(words ...string) string {
	line := []string{"serasi"}
	if a.verb == nil || a.verb.Flags().Changed("dir") {
		line = append(line, "--dir", a.dir)
	}
	return strings.Join(append(line, words...), " ")
}

// file is a path in the data folder.
func (a *app) file(name string) string { return filepath.Join(a.dir, name) }

func firstOf(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

var errMissing = errors.New("missing")
