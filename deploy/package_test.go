package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Every file that the package takes along is there, and readable for all however
// it was checked out.
func TestPackageIsWhole(t *testing.T) {
	conf := parse[struct {
		Contents []struct {
			Src, Dst string
			FileInfo struct{ Mode int } `yaml:"file_info"`
		}
		Scripts map[string]string
	}](t, read(t, "debian/nfpm.yaml"))
	if len(conf.Contents) < 5 || len(conf.Scripts) != 3 {
		t.Fatalf("%+v", conf)
	}
	for _, c := range conf.Contents {
		if c.FileInfo.Mode != 0o644 && c.FileInfo.Mode != 0o755 {
			t.Errorf("%s has the mode %o", c.Dst, c.FileInfo.Mode)
		}
		if !strings.HasPrefix(c.Src, "./bin/") {
			read(t, "../"+c.Src)
		}
	}
	for _, path := range conf.Scripts {
		tool(t, "..", "sh", "-n", path)
	}
}

// The package installs, upgrades, and keeps the data and the settings of the
// balai when it is removed, and the data when it is purged.
func TestPackageKeepsTheData(t *testing.T) {
	nfpm, err := filepath.Glob("../bin/nfpm-*")
	if _, there := exec.LookPath("dpkg"); err != nil || len(nfpm) == 0 || there != nil {
		t.Log("not shown here: there is no dpkg, or no nfpm (make dist builds it)")
		return
	}
	builder, err := filepath.Abs(nfpm[0])
	if err != nil {
		t.Fatal(err)
	}
	box := t.TempDir()
	build := func(version string) string {
		t.Helper()
		from := filepath.Join(box, version)
		program := filepath.Join(from, "bin", "dist", "serasi-linux-amd64")
		must(t, os.MkdirAll(filepath.Dir(program), 0o755))
		must(t, os.WriteFile(program, []byte("#!/bin/sh\necho "+version+"\n"), 0o755))
		for _, name := range []string{"deploy", "LICENSE"} {
			at, err := filepath.Abs("../" + name)
			must(t, err)
			must(t, os.Symlink(at, filepath.Join(from, name)))
		}
		out := filepath.Join(box, version+".deb")
		cmd := exec.CommandContext(t.Context(), builder, "package", "-f", "deploy/debian/nfpm.yaml", "-p", "deb", "-t", out)
		cmd.Dir, cmd.Env = from, append(os.Environ(), "ARCH=amd64", "DEB_VERSION="+version)
		if b, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("nfpm: %v\n%s", err, b)
		}
		return out
	}
	root := filepath.Join(box, "root")
	for _, dir := range []string{"var/lib/dpkg/updates", "var/lib/dpkg/info", "var/lib/dpkg/triggers"} {
		must(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
	}
	must(t, os.WriteFile(filepath.Join(root, "var/lib/dpkg/status"), nil, 0o644))
	// The package's scripts run on this machine, so what they call is ours.
	stubs := filepath.Join(box, "stubs")
	must(t, os.MkdirAll(stubs, 0o755))
	for _, name := range []string{"adduser", "systemctl", "getent"} {
		must(t, os.WriteFile(filepath.Join(stubs, name), []byte("#!/bin/sh\necho "+name+" \"$@\" >>"+box+"/called\n[ "+name+" != getent ]\n"), 0o755))
	}
	dpkg := func(args ...string) {
		t.Helper()
		all := append([]string{"--root=" + root, "--force-script-chrootless", "--force-depends", "--force-not-root", "--force-architecture", "--force-confold", "--log=" + box + "/log"}, args...)
		cmd := exec.CommandContext(t.Context(), "dpkg", all...)
		cmd.Env = append(os.Environ(), "PATH="+stubs+":"+os.Getenv("PATH"))
		if b, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("dpkg %v: %v\n%s", args, err, b)
		}
	}
	installed := func(name string) string {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return ""
		}
		return string(b)
	}
	one, two := build("1.0"), build("2.0")
	dpkg("-i", one)
	if !strings.Contains(installed("usr/bin/serasi"), "1.0") || installed("usr/lib/systemd/system/serasi.service") == "" {
		t.Fatal("the first version is not installed")
	}
	if called, err := os.ReadFile(filepath.Join(box, "called")); err != nil || !regexp.MustCompile(`adduser --system .* serasi`).Match(called) {
		t.Errorf("no account was made: %s %v", called, err)
	}
	must(t, os.MkdirAll(filepath.Join(root, "var/lib/serasi"), 0o700))
	must(t, os.WriteFile(filepath.Join(root, "var/lib/serasi/node.db"), []byte("cases"), 0o600))
	must(t, os.WriteFile(filepath.Join(root, "etc/serasi/serasi.yaml"), []byte("listen: 10.0.0.1:7400\n"), 0o644))
	dpkg("-i", two)
	if !strings.Contains(installed("usr/bin/serasi"), "2.0") {
		t.Error("the second version is not installed")
	}
	kept := func(after, name, want string) {
		t.Helper()
		if got := installed(name); got != want {
			t.Errorf("after %s, %s holds %q", after, name, got)
		}
	}
	kept("an upgrade", "var/lib/serasi/node.db", "cases")
	kept("an upgrade", "etc/serasi/serasi.yaml", "listen: 10.0.0.1:7400\n")
	dpkg("-r", "serasi")
	kept("removal", "usr/bin/serasi", "")
	kept("removal", "var/lib/serasi/node.db", "cases")
	kept("removal", "etc/serasi/serasi.yaml", "listen: 10.0.0.1:7400\n")
	dpkg("-P", "serasi")
	kept("purge", "var/lib/serasi/node.db", "cases")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The image starts the program that dist builds; the five pilots share only the
// network between balai.
func TestCompose(t *testing.T) {
	image := string(read(t, "container/Containerfile"))
	if !strings.Contains(image, "FROM scratch") || !strings.Contains(image, "\nUSER 65532") {
		t.Error("the image is not from scratch, or runs as root")
	}
	conf := parse[struct {
		Services map[string]struct {
			Environment map[string]string
			Networks    []string
			Volumes     []string
			Ports       []string
			ReadOnly    bool `yaml:"read_only"`
		}
		Networks, Volumes map[string]yaml.Node
	}](t, read(t, "container/compose.yaml"))
	if len(conf.Services) != 5 || len(conf.Networks) != 6 || len(conf.Volumes) != 5 {
		t.Fatalf("%d services, %d networks, %d volumes", len(conf.Services), len(conf.Networks), len(conf.Volumes))
	}
	for name, s := range conf.Services {
		var env []string
		for k, v := range s.Environment {
			env = append(env, k+"="+v)
		}
		r := settled(t, name, nil, env)
		for _, addr := range []string{r.Listen, r.People} {
			if !strings.Contains(image, addr[strings.LastIndexByte(addr, ':')+1:]+"/tcp") {
				t.Errorf("%s listens on %s, which the image does not name", name, addr)
			}
		}
		if r.Advertise != name+":7400" || len(s.Networks) != 2 || s.Networks[1] != name || s.Volumes[0] != name+":/data" || !s.ReadOnly {
			t.Errorf("%s: %+v", name, s)
		}
		if !strings.HasPrefix(s.Ports[0], "127.0.0.1:") || port(t, s.Ports[0]) != port(t, r.People) {
			t.Errorf("%s publishes %v, and people come to %s", name, s.Ports, r.People)
		}
	}
}
