package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Every question has a flag that answers it, and --no-input asks none. Secrets
// come from a file or from stdin, never from the command line.

// need fills *value by asking, unless its flag did.
func (a *app) need(value *string, flag, question string) error {
	if strings.TrimSpace(*value) != "" {
		return nil
	}
	line, err := a.ask(flag, question)
	if err != nil {
		return err
	}
	if *value = strings.TrimSpace(line); *value == "" {
		return usage("--"+flag, "%s", a.t("wajib diisi", "is needed"))
	}
	return nil
}

func (a *app) ask(flag, question string) (string, error) {
	if a.noInput {
		return "", usage("--"+flag, "%s", a.t("wajib diisi (--no-input)", "is needed (--no-input)"))
	}
	a.say("%s: ", question)
	return a.line(flag)
}

func (a *app) line(flag string) (string, error) {
	line, err := a.stdin.ReadString('\n')
	if errors.Is(err, io.EOF) && line != "" {
		err = nil
	}
	if err != nil {
		a.tell("")
		return "", usage("--"+flag, "%s", a.t("wajib diisi; tidak ada yang menjawab", "is needed; nobody answers"))
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// secret reads a secret from a file, or from stdin if the file is -, or asks.
func (a *app) secret(path, flag, question string) ([]byte, error) {
	switch path {
	case "":
		return a.askSecret(flag, question)
	case "-":
		b, err := io.ReadAll(io.LimitReader(a.stdin, 64<<10))
		if err == nil && len(b) == 0 {
			err = errMissing
		}
		if err != nil {
			return nil, usage("--"+flag, "%s", a.t("stdin kosong", "stdin is empty"))
		}
		return firstLine(b), nil
	default:
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, usage("--"+flag, "%s", reason(err))
		}
		if b = firstLine(b); len(b) == 0 {
			return nil, usage("--"+flag, "%s", a.t("berkas itu kosong", "that file is empty"))
		}
		return b, nil
	}
}

func (a *app) askSecret(flag, question string) ([]byte, error) {
	if a.noInput {
		return nil, usage("--"+flag, "%s", a.t("wajib diisi (--no-input)", "is needed (--no-input)"))
	}
	a.say("%s: ", question)
	if a.typed == nil {
		line, err := a.line(flag)
		return []byte(line), err
	}
	b, err := term.ReadPassword(int(a.typed.Fd()))
	a.tell("")
	if err != nil {
		return nil, fmt.Errorf("read from the terminal: %w", err)
	}
	return b, nil
}

// newSecret is secret for one that is being chosen: typed twice.
func (a *app) newSecret(path, flag, question string) ([]byte, error) {
	first, err := a.secret(path, flag, question)
	if err != nil || path != "" || a.typed == nil {
		return first, err
	}
	again, err := a.askSecret(flag, a.t("Sekali lagi", "Once more"))
	if err == nil && string(again) != string(first) {
		return nil, usage("--"+flag, "%s", a.t("kedua ketikan berbeda", "the two are not alike"))
	}
	return first, err
}

// confirm asks for one word before something that is hard to undo.
func (a *app) confirm(word, question string) error {
	if a.yes {
		return nil
	}
	line, err := a.ask("yes", fmt.Sprintf(a.t("%s Ketik %s untuk melanjutkan", "%s Type %s to go on"), question, word))
	if err != nil {
		return err
	}
	if strings.TrimSpace(line) != word {
		return &failure{code: exitFailed, words: a.t("tidak jadi; tidak ada yang berubah", "stopped; nothing has changed")}
	}
	return nil
}

// firstLine drops the line break that editors leave behind.
func firstLine(b []byte) []byte {
	s, _, _ := strings.Cut(string(b), "\n")
	return []byte(strings.TrimRight(s, "\r"))
}

// reason is what a failed file operation says, without its verb.
func reason(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Path + ": " + path.Err.Error()
	}
	return err.Error()
}
