package deploy_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// engine is docker with a compose project of its own.
type engine struct {
	t     *testing.T
	files []string
}

// run is a docker command that has to work; it returns what it prints.
func (e engine) run(stdin string, args ...string) string {
	e.t.Helper()
	out, err := e.try(stdin, args...)
	if err != nil {
		e.t.Fatalf("docker %s: %v", strings.Join(args, " "), err)
	}
	return out
}

func (e engine) try(stdin string, args ...string) (string, error) {
	cmd := exec.CommandContext(e.t.Context(), "docker", args...)
	cmd.Stdin = strings.NewReader(stdin)
	var words bytes.Buffer
	cmd.Stderr = &words
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w\n%s", err, words.Bytes())
	}
	return string(out), err
}

// compose is a command to the project.
func (e engine) compose(stdin string, args ...string) string {
	e.t.Helper()
	return e.run(stdin, append(e.files, args...)...)
}

// until repeats a command to a node that runs until it prints some words.
func (e engine) until(want string, args ...string) {
	e.t.Helper()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(2 * time.Minute); ; {
		out, err := e.try("", append(e.files, args...)...)
		if err == nil && strings.Contains(out, want) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			e.t.Fatalf("%v never prints %q: %v\n%s", args, want, err, out)
		}
	}
}

// Where a container engine answers, the pilots found a federation over the one
// network that they share, and are taken down again.
func TestComposeRuns(t *testing.T) {
	e := engine{t: t}
	for _, ask := range [][]string{{"info"}, {"compose", "version"}} {
		if _, err := e.try("", ask...); err != nil {
			t.Logf("not shown here: no container engine with compose answers (%v)", strings.SplitN(err.Error(), "\n", 2)[0])
			return
		}
	}
	name := fmt.Sprintf("serasi-test-%d", os.Getpid())
	e.image(name)
	override := filepath.Join(t.TempDir(), "override.yaml")
	text := "services:\n"
	pilots := []string{"srk", "mgl", "gwa", "btr", "bks"}
	for _, p := range pilots {
		text += fmt.Sprintf("  %s: {image: %q, ports: !reset []}\n", p, name)
	}
	must(t, os.WriteFile(override, []byte(text), 0o600))
	e.files = []string{"compose", "-p", name, "-f", "container/compose.yaml", "-f", override}
	t.Cleanup(func() {
		for _, args := range [][]string{append(e.files, "down", "-v", "-t", "20"), {"image", "rm", name}} {
			cmd := exec.Command("docker", args...) // the context of t has ended
			if b, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("docker %v: %v\n%s", args, err, b)
			}
		}
	})
	const secret = "kata sandi untuk uji\n"
	type made struct{ FirstCode, Fingerprint, Text string }
	told := func(out string) (m made) {
		t.Helper()
		if err := json.Unmarshal([]byte(out), &m); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return m
	}
	first := told(e.compose(secret, "run", "--rm", "-T", "srk", "init", "--code", "SRK", "--zone", "WIB", "--key", "file:/data/root.key", "--rehearsal",
		"--officer-out", "/data/officer", "--officer-passphrase-file", "-", "-o", "json"))
	e.compose("", "up", "-d", "srk")
	e.until("true", "exec", "-T", "srk", "/serasi", "status")
	e.compose(secret, "exec", "-T", "srk", "/serasi", "first-admin", "--code", first.FirstCode, "--login", "admin", "--password-file", "-")
	e.compose(secret, "exec", "-T", "srk", "/serasi", "sign-in", "--login", "admin", "--password-file", "-")
	e.until("SRK", "exec", "-T", "srk", "/serasi", "member", "list")
	for _, p := range pilots[1:] {
		code := strings.ToUpper(p)
		invited := told(e.compose("", "exec", "-T", "srk", "/serasi", "invite", code, "-o", "json"))
		joined := told(e.compose("", "run", "--rm", "-T", p, "join", invited.Text, "--zone", "WIB", "--key", "file:/data/root.key", "--rehearsal", "-o", "json"))
		e.compose("", "up", "-d", p)
		e.compose(secret, "exec", "-T", "srk", "/serasi", "approve", code, "--officer", "/data/officer", "--passphrase-file", "-", "--fingerprint", joined.Fingerprint)
		e.until(`"reachable": true`, "exec", "-T", "srk", "/serasi", "member", "show", code, "-o", "json")
	}
}

// image builds the image as the guide says.
func (e engine) image(name string) {
	e.t.Helper()
	at := e.t.TempDir()
	must(e.t, os.MkdirAll(filepath.Join(at, "bin", "dist"), 0o755))
	build := exec.CommandContext(e.t.Context(), "go", "build", "-trimpath", "-o", filepath.Join(at, "bin", "dist", "serasi-linux-"+runtime.GOARCH), "./cmd/serasi")
	build.Dir, build.Env = "..", append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if b, err := build.CombinedOutput(); err != nil {
		e.t.Fatalf("%v\n%s", err, b)
	}
	must(e.t, os.CopyFS(filepath.Join(at, "deploy", "container"), os.DirFS("container")))
	e.run("", "build", "--build-arg", "ARCH="+runtime.GOARCH, "-f", "container/Containerfile", "-t", name, at)
}
