// Package deploy_test checks what operators install against the program: every
// metric, setting, port and file that is named must be there.
package deploy_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"serasi/node/settings"
)

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.FromSlash(path))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parse[T any](t *testing.T, text []byte) (out T) {
	t.Helper()
	if err := yaml.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// tool runs a program of the system if there is one, and says so if not.
func tool(t *testing.T, dir, name string, args ...string) (out string, there bool) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Logf("not shown here: there is no %s", name)
		return "", false
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = dir
	b, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, b)
	}
	return string(b), true
}

// known are the metrics of a running node, with their labels. A test of package
// node makes the list from one.
func known(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{
		"up": {"job"}, "process_resident_memory_bytes": nil, "go_memstats_heap_alloc_bytes": nil,
	}
	for line := range strings.Lines(string(read(t, "../node/health/metrics.txt"))) {
		m := regexp.MustCompile(`^(\w+)(?:\{(.*?)\})? (\w+):`).FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("no metric: %q", line)
		}
		var labels []string
		if m[2] != "" {
			labels = strings.Split(m[2], ",")
		}
		out[m[1]] = labels
		if m[3] == "histogram" || m[3] == "summary" {
			out[m[1]+"_bucket"], out[m[1]+"_sum"], out[m[1]+"_count"] = labels, labels, labels
		}
	}
	return out
}

// strange returns what an expression names that no node has: metrics, or labels
// in their braces.
func strange(expr string, known map[string][]string) (all []string) {
	for _, m := range regexp.MustCompile(`\b(serasi[a-z0-9_:]*|raft_\w+|memberlist_\w+|up|process_\w+|go_\w+)\b(\{[^}]*\})?`).FindAllStringSubmatch(expr, -1) {
		labels, is := known[m[1]]
		if !is {
			if !strings.Contains(expr, `"`+m[1]+`"`) { // the value of a label
				all = append(all, m[1])
			}
			continue
		}
		for _, l := range regexp.MustCompile(`(\w+)(?:=~|!~|!=|=)"`).FindAllStringSubmatch(m[2], -1) {
			if l[1] != "instance" && !slices.Contains(labels, l[1]) {
				all = append(all, m[1]+"{"+l[1]+"}")
			}
		}
	}
	return all
}

type rule struct {
	Record, Alert, Expr string
	Labels, Annotations map[string]string
}

func rules(t *testing.T) (all []rule) {
	t.Helper()
	for _, g := range parse[struct {
		Groups []struct{ Rules []rule }
	}](t, read(t, "monitoring/serasi.rules.yml")).Groups {
		all = append(all, g.Rules...)
	}
	return all
}

// Rules and dashboard name only what a running node shows.
func TestEveryMetricNamedExists(t *testing.T) {
	names := known(t)
	all := rules(t)
	for _, r := range all {
		if r.Record != "" {
			names[r.Record] = []string{"protocol", "direction"}
		}
	}
	for _, r := range all {
		if s := strange(r.Expr, names); len(s) > 0 {
			t.Errorf("%s%s names %v", r.Alert, r.Record, s)
		}
	}
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(read(t, "monitoring/dashboard.json"), &board); err != nil || len(board.Panels) < 10 {
		t.Fatalf("%d panels: %v", len(board.Panels), err)
	}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			if s := strange(target.Expr, names); len(s) > 0 {
				t.Errorf("panel %q names %v", p.Title, s)
			}
		}
	}
	for _, wrong := range []string{"serasi_redy == 0", `rate(serasi_requests_total{code="500"}[5m])`, "serasi:nothing"} {
		if len(strange(wrong, names)) == 0 {
			t.Errorf("not noticed: %s", wrong)
		}
	}
}

// Whoever is woken reads what to do, in either language; and each alert is shown
// to fire and to be silent.
func TestEveryAlertSaysWhatToDo(t *testing.T) {
	tests := string(read(t, "monitoring/serasi.test.yml")) + string(read(t, "monitoring/serasi.days.test.yml"))
	n := 0
	for _, r := range rules(t) {
		if r.Alert == "" {
			continue
		}
		n++
		if s := r.Labels["severity"]; s != "critical" && s != "warning" {
			t.Errorf("%s has the severity %q", r.Alert, s)
		}
		for _, a := range []string{"summary", "ringkasan", "runbook", "langkah"} {
			if r.Annotations[a] == "" {
				t.Errorf("%s has no %s", r.Alert, a)
			}
		}
		for _, how := range []string{" fires'", " is silent'"} {
			if !strings.Contains(tests, "name: '"+r.Alert+how) {
				t.Errorf("no test shows that %s%s", r.Alert, strings.TrimSuffix(how, "'"))
			}
		}
	}
	if n < 30 {
		t.Errorf("%d alerts only", n)
	}
}

func TestPromtool(t *testing.T) {
	tool(t, "monitoring", "promtool", "check", "rules", "serasi.rules.yml")
	tool(t, "monitoring", "promtool", "test", "rules", "serasi.test.yml", "serasi.days.test.yml")
}

// settled reads settings as the program does.
func settled(t *testing.T, file string, text []byte, env []string) settings.Reading {
	t.Helper()
	r, err := settings.Read(settings.Sources{File: file, Text: text, Env: env})
	if err != nil {
		t.Errorf("%s: %v", file, err)
	}
	return r
}

func port(t *testing.T, addr string) int {
	t.Helper()
	n, err := strconv.Atoi(addr[strings.LastIndexByte(addr, ':')+1:])
	if err != nil {
		t.Errorf("%s has no port", addr)
	}
	return n
}

// The unit starts the program with settings that it takes, and gives it what
// they ask for.
func TestUnit(t *testing.T) {
	unit := string(read(t, "systemd/serasi.service"))
	conf := settled(t, "serasi.yaml", read(t, "debian/serasi.yaml"), nil)
	name, is := strings.CutPrefix(conf.Key, "systemd:")
	if !is || !strings.Contains(unit, "LoadCredentialEncrypted="+name+":") {
		t.Errorf("the unit has no credential for the key %q", conf.Key)
	}
	if !strings.Contains(unit, "run --config /etc/serasi/serasi.yaml") || !strings.Contains(string(read(t, "debian/nfpm.yaml")), "dst: /etc/serasi/serasi.yaml") {
		t.Error("unit and package disagree about the settings")
	}
	out, there := tool(t, ".", "systemd-analyze", "security", "--offline=true", "systemd/serasi.service")
	if !there {
		return
	}
	m := regexp.MustCompile(`exposure level for serasi.service: ([0-9.]+)`).FindStringSubmatch(out)
	if m == nil {
		t.Fatalf("systemd-analyze does not tell the exposure:\n%s", out)
	}
	if x, err := strconv.ParseFloat(m[1], 64); err != nil || x > 2 {
		t.Errorf("exposure %s, want at most 2.0\n%s", m[1], out)
	}
}

// The manifests name settings, ports and flags that there are.
func TestKubernetes(t *testing.T) {
	type port struct{ Port, ContainerPort int }
	type object struct {
		Kind string
		Data map[string]string
		Spec struct {
			Replicas int
			Ports    []port
			Template struct {
				Spec struct {
					EnableServiceLinks *bool `yaml:"enableServiceLinks"`
					Containers         []struct {
						Args  []string
						Env   []struct{ Name, Value string }
						Ports []struct {
							ContainerPort int `yaml:"containerPort"`
						}
					}
				}
			}
		}
	}
	kinds := map[string]object{}
	for d := yaml.NewDecoder(bytes.NewReader(read(t, "kubernetes/serasi.yaml"))); ; {
		var o object
		if err := d.Decode(&o); err != nil {
			break
		}
		kinds[o.Kind] = o
	}
	set := kinds["StatefulSet"]
	if len(kinds) != 4 || set.Spec.Replicas != 1 || len(set.Spec.Template.Spec.Containers) != 1 {
		t.Fatalf("objects: %+v", kinds)
	}
	if links := set.Spec.Template.Spec.EnableServiceLinks; links == nil || *links {
		t.Error("variables of services would be unknown settings")
	}
	c := set.Spec.Template.Spec.Containers[0]
	var env []string
	for _, e := range c.Env {
		env = append(env, e.Name+"="+e.Value)
	}
	conf := settled(t, "ConfigMap", []byte(kinds["ConfigMap"].Data["serasi.yaml"]), env)
	ports(t, conf, c.Ports[0].ContainerPort, c.Ports[1].ContainerPort)
	ports(t, conf, kinds["Service"].Spec.Ports[0].Port, kinds["Service"].Spec.Ports[1].Port)
	if !slices.Equal(c.Args, []string{"run", "--config", "/etc/serasi/serasi.yaml"}) {
		t.Errorf("args %q", c.Args)
	}
}

func ports(t *testing.T, conf settings.Reading, balai, people int) {
	t.Helper()
	if port(t, conf.Listen) != balai || port(t, conf.People) != people {
		t.Errorf("ports %d and %d, but the settings say %s and %s", balai, people, conf.Listen, conf.People)
	}
}
