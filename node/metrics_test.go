package node_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"serasi/node/nodetest"
)

// TestMetricsAreDocumented compares what running nodes tell Prometheus with the
// list that rules and dashboards are checked against. Names are only ever added:
// set SERASI_METRICS=write to write the list anew.
func TestMetricsAreDocumented(t *testing.T) {
	c := nodetest.Start(t, nil, "SRK", "MGL")
	b := c.Of("SRK")
	b.Offer(b.Open("Ani Contoh", nil).ID, "MGL", nil)
	c.WaitFor("an open handoff to be counted", func() bool { return strings.Contains(string(b.Page("/metrics")), "serasi_handoffs_open{") })
	page := string(b.Page("/metrics"))
	names := map[string]bool{}
	var list []string
	for _, m := range regexp.MustCompile(`(?m)^# HELP ((?:serasi|raft|memberlist)_\w+) (.*)\n# TYPE \S+ (\w+)$`).FindAllStringSubmatch(page, -1) {
		labels := ""
		if l := regexp.MustCompile(`(?m)^` + m[1] + `(?:_bucket)?(\{[^}]*\})`).FindStringSubmatch(page); l != nil {
			labels = regexp.MustCompile(`="[^"]*"`).ReplaceAllString(l[1], "")
		}
		names[m[1]] = true
		list = append(list, m[1]+labels+" "+m[3]+": "+m[2])
	}
	slices.Sort(list)
	const file = "health/metrics.txt"
	text := strings.Join(list, "\n") + "\n"
	if os.Getenv("SERASI_METRICS") == "write" {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("the metrics of a node are not those of %s:\n%s", file, text)
	}
	for _, name := range []string{"serasi_ready", "serasi_health_check", "serasi_port_bytes_total", "serasi_sign_ins_total", "serasi_requests_total"} {
		if !names[name] {
			t.Errorf("%s is missing", name)
		}
	}
	for _, name := range []string{"raft_apply", "raft_commitTime_count", "memberlist_msg_alive"} { // the libraries are heard
		if !regexp.MustCompile(`(?m)^` + name + ` [1-9]`).MatchString(page) {
			t.Errorf("%s stands at nothing", name)
		}
	}
	if leaks := nodetest.Leaks([]byte(page), "Contoh", "kata sandi"); len(leaks) > 0 {
		t.Errorf("the metrics name %v", leaks)
	}
}
