package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts run this very program as serasi, and lets the demo
// start it again for its nodes.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"serasi": main})
}

// TestScripts runs the manual: each file tells one task from the first command
// to the last, against real nodes in processes of their own.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("LANG", "en_US.UTF-8")
			e.Setenv("TMPDIR", e.WorkDir)
			e.Setenv("TZ", "Asia/Jakarta")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exitsWith, "until": until, "value": value, "ports": ports, "spoil": spoil, "admit": admit,
			"approve": approve, "before": before, "onetime": onetime,
		},
	})
}

// exitsWith is exits N CMD ARGS: the command must end with code N.
func exitsWith(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := code(ts.Exec(args[1], args[2:]...)); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func code(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// until TEXT CMD ARGS: the command is repeated until its stdout holds the text,
// however it ends.
func until(ts *testscript.TestScript, _ bool, args []string) {
	deadline := time.After(120 * time.Second)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ts.Exec(args[1], args[2:]...)
		if strings.Contains(ts.ReadFile("stdout"), args[0]) {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("gave up waiting for %q: %v", args[0], err)
		}
	}
}

// value NAME PATH: what stands at a path (a.b.0.c) of the JSON on stdout goes
// into the environment.
func value(ts *testscript.TestScript, _ bool, args []string) {
	var at any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &at))
	for _, step := range strings.Split(args[1], ".") {
		switch v := at.(type) {
		case map[string]any:
			at = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			ts.Check(err)
			if i >= len(v) {
				ts.Fatalf("%s has %d items", args[1], len(v))
			}
			at = v[i]
		}
	}
	if at == nil {
		ts.Fatalf("there is no %s", args[1])
	}
	ts.Setenv(args[0], fmt.Sprint(at))
}

// spoil FILE OLD NEW: every OLD in the file becomes NEW, of the same length.
func spoil(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	if !bytes.Contains(b, []byte(args[1])) {
		ts.Fatalf("%s holds no %s", args[0], args[1])
	}
	ts.Check(os.WriteFile(path, bytes.ReplaceAll(b, []byte(args[1]), []byte(args[2])), 0o600))
}

// admit CODE LISTEN PEOPLE: SRK invites a balai, and its folder, the code in
// small letters, is made. The codes for its first account and for the telephone
// become CODE and CODE_PRINT.
func admit(ts *testscript.TestScript, _ bool, args []string) {
	dir := strings.ToLower(args[0])
	ts.Check(ts.Exec("serasi", "--dir", "srk", "invite", args[0], "--out", dir+".invitation"))
	ts.Check(ts.Exec("serasi", "--dir", dir, "join", "@"+dir+".invitation", "--zone", "WIB", "--profile", "lan", "--rehearsal",
		"--listen", "127.0.0.1:"+args[1], "--people", "127.0.0.1:"+args[2], "-o", "json"))
	out := ts.ReadFile("stdout")
	var made struct{ FirstCode, Fingerprint string }
	ts.Check(json.Unmarshal([]byte(out), &made))
	ts.Setenv(args[0], made.FirstCode)
	ts.Setenv(args[0]+"_PRINT", made.Fingerprint)
}

// approve CODE...: both officers approve balai that ask to join, at SRK.
func approve(ts *testscript.TestScript, _ bool, args []string) {
	for _, code := range args {
		for _, officer := range []string{"o1", "o2"} {
			ts.Check(ts.Exec("serasi", "--dir", "srk", "approve", code, "--officer", officer, "--passphrase-file", "officer.pass",
				"--fingerprint", ts.Getenv(code+"_PRINT")))
		}
	}
}

// onetime NAME SECRET N: what an authenticator app shows for a secret, N times
// half a minute from now.
func onetime(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[2])
	ts.Check(err)
	code, err := totp.GenerateCode(args[1], time.Now().Add(time.Duration(n)*30*time.Second))
	ts.Check(err)
	ts.Setenv(args[0], code)
}

// given counts the ports that scripts were given.
var given atomic.Int64

// before builds the program before this one, which knows one version of the
// ledger less, and puts its path into BEFORE.
func before(ts *testscript.TestScript, _ bool, _ []string) {
	path := ts.MkAbs("serasi-before")
	here, err := os.Getwd()
	ts.Check(err)
	build := exec.Command("go", "build", "-tags", "serasi_before", "-o", path, ".")
	build.Dir = here
	if out, err := build.CombinedOutput(); err != nil {
		ts.Fatalf("build the program before this one: %v\n%s", err, out)
	}
	ts.Setenv("BEFORE", path)
}

// ports NAME...: each name becomes a port of this machine that no other script
// gets, even while nobody listens there. Nodes that choose ports by themselves
// choose lower ones, systems higher ones.
func ports(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		for {
			port := int(30_000 + (int64(os.Getpid())*127+given.Add(1))%2_000)
			if free(port) {
				ts.Setenv(name, strconv.Itoa(port))
				break
			}
		}
	}
}

// Every way to be wrong on the command line ends with code 2, names what is
// wrong, and leaves nothing behind.
func TestBadUsage(t *testing.T) {
	tests := map[string]struct {
		args  []string
		names string // what stderr must hold
	}{
		"no such verb":           {[]string{"fly"}, `"fly"`},
		"no such flag":           {[]string{"status", "--fast"}, "--fast"},
		"output":                 {[]string{"version", "-o", "xml"}, "--output"},
		"language":               {[]string{"version", "--lang", "nl"}, "--lang"},
		"empty folder name":      {[]string{"status", "--dir", ""}, "--dir"},
		"incomplete group":       {[]string{"case"}, "serasi case"},
		"no such verb in group":  {[]string{"case", "burn"}, `"burn"`},
		"init: code missing":     {[]string{"init", "--zone", "WIB"}, "--code"},
		"init: zone missing":     {[]string{"init", "--code", "SRK"}, "--zone"},
		"init: zone":             {[]string{"init", "--code", "SRK", "--zone", "CET", "--officer", "KEY"}, "--zone"},
		"init: code":             {[]string{"init", "--code", "s", "--zone", "WIB", "--officer", "KEY"}, "--code"},
		"init: k":                {[]string{"init", "--code", "SRK", "--zone", "WIB", "--officer", "KEY", "--k", "2"}, "--k"},
		"init: seats":            {[]string{"init", "--code", "SRK", "--zone", "WIB", "--officer", "KEY", "--seats", "4"}, "--seats"},
		"init: officer":          {[]string{"init", "--code", "SRK", "--zone", "WIB", "--officer", "nothing"}, "--officer"},
		"init: profile":          {[]string{"init", "--code", "SRK", "--zone", "WIB", "--officer", "KEY", "--profile", "moon"}, "--profile"},
		"init: listen":           {[]string{"init", "--code", "SRK", "--zone", "WIB", "--officer", "KEY", "--listen", "here"}, "listen"},
		"init: root key":         {[]string{"init", "--code", "SRK", "--zone", "WIB", "--officer", "KEY", "--key", "stone"}, "key"},
		"init: passphrase":       {[]string{"init", "--code", "SRK", "--zone", "WIB"}, "--officer-passphrase-file"},
		"officer: out":           {[]string{"officer", "new"}, "--out"},
		"officer: passphrase":    {[]string{"officer", "new", "--out", "o", "--passphrase-file", "nothing"}, "--passphrase-file"},
		"officer: no such file":  {[]string{"officer", "show", "nothing"}, "FILE"},
		"recovery: out":          {[]string{"recovery", "new"}, "--out"},
		"run: nothing there":     {[]string{"run"}, "--key"},
		"run: log level":         {[]string{"run", "--key", "file:x", "--log-level", "loud"}, "--log-level"},
		"run: log format":        {[]string{"run", "--key", "file:x", "--log-format", "xml"}, "--log-format"},
		"invite: expires":        {[]string{"invite", "MGL", "--expires", "10m"}, "--expires"},
		"invite: no code":        {[]string{"invite"}, "arg"},
		"join: no invitation":    {[]string{"join"}, "--invitation"},
		"join: no file":          {[]string{"join", "@nothing"}, "INVITATION"},
		"join: not one":          {[]string{"join", "hello", "--zone", "WIB"}, "invitation"},
		"url":                    {[]string{"status", "--url", "ftp://x"}, "--url"},
		"token file":             {[]string{"case", "list", "--url", "http://127.0.0.1:1", "--token-file", "nothing"}, "--token-file"},
		"sign-in: login":         {[]string{"sign-in", "--url", "http://127.0.0.1:1"}, "--login"},
		"sign-in: password":      {[]string{"sign-in", "--url", "http://127.0.0.1:1", "--login", "x"}, "--password-file"},
		"first-admin: code":      {[]string{"first-admin"}, "--code"},
		"token: label":           {[]string{"token", "new"}, "--label"},
		"token: id":              {[]string{"token", "revoke", "x"}, "ID"},
		"user: role":             {[]string{"user", "add", "budi", "--name", "Budi"}, "--role"},
		"case open: urgency":     {[]string{"case", "open", "--basis", "consent"}, "--urgency"},
		"case open: basis":       {[]string{"case", "open", "--urgency", "3d"}, "--basis"},
		"case open: claim":       {[]string{"case", "open", "--urgency", "3d", "--basis", "consent", "--claim", "x"}, "--claim"},
		"case open: at":          {[]string{"case", "open", "--urgency", "3d", "--basis", "consent", "--at", "yesterday"}, "--at"},
		"case note: text":        {[]string{"case", "note", "SRK-2026-00001"}, "--text"},
		"case note: file":        {[]string{"case", "note", "SRK-2026-00001", "--text-file", "nothing"}, "--text-file"},
		"case document: file":    {[]string{"case", "document", "SRK-2026-00001", "nothing"}, "FILE"},
		"case consent: withdraw": {[]string{"case", "consent", "SRK-2026-00001", "--withdraw", "x"}, "--withdraw"},
		"case stage":             {[]string{"case", "stage", "SRK-2026-00001", "--stage", "8"}, "--stage"},
		"case assign":            {[]string{"case", "assign", "SRK-2026-00001"}, "--lead"},
		"case close":             {[]string{"case", "close", "SRK-2026-00001"}, "--reason"},
		"case claim":             {[]string{"case", "claim", "SRK-2026-00001"}, "--claim"},
		"offer: to":              {[]string{"handoff", "offer", "SRK-2026-00001"}, "--to"},
		"offer: time":            {[]string{"handoff", "offer", "X", "--to", "MGL", "--reason", "x", "--wanted", "y", "--answer-in", "-1h"}, "--answer-in"},
		"offer: duration":        {[]string{"handoff", "offer", "X", "--answer-in", "soon"}, "--answer-in"},
		"wait: expected":         {[]string{"handoff", "wait", "aaaa", "--expected", "soon"}, "--expected"},
		"receive: record":        {[]string{"handoff", "receive", "aaaa", "--record", "x"}, "--record"},
		"audit: user":            {[]string{"audit", "--url", "http://127.0.0.1:1", "--token-file", "TOKEN", "--user", "x"}, "--user"},
		"backup: recipient":      {[]string{"backup", "b.age", "--recipient-file", "nothing"}, "--recipient-file"},
		"recover: nothing there": {[]string{"recover"}, "--dir"},
		"rejoin: nothing there":  {[]string{"rejoin"}, "--dir"},
		"backup test: no node":   {[]string{"backup", "test", "b.age"}, "--dir"},
		"restore: no file":       {[]string{"restore", "nothing"}, "FILE"},
		"restore: no key":        {[]string{"restore", "TOKEN", "--recovery", "nothing"}, "--recovery"},
		"demo: port":             {[]string{"demo", "--port", "80"}, "--port"},
		"demo: folder":           {[]string{"demo", "--dir", "."}, "--dir"},
		"config: no such file":   {[]string{"config", "check", "--config", "nothing"}, "--config"},
		"config: value":          {[]string{"config", "show", "--proposals-burst", "many"}, "--proposals-burst"},
		"bench: seconds":         {[]string{"bench", "ledger", "--seconds", "0"}, "--seconds"},
		"bench: at once":         {[]string{"bench", "cases", "--at-once", "1,x"}, "--at-once"},
		"bench: people":          {[]string{"bench", "search", "--people", "0"}, "--people"},
		"bench: queries":         {[]string{"bench", "search", "--people", "5", "--queries", "6"}, "--queries"},
		"bench: profile":         {[]string{"bench", "failover", "--profile", "moon"}, "--profile"},
		"bench: rounds":          {[]string{"bench", "failover", "--rounds", "0"}, "--rounds"},
		"bench: nodes":           {[]string{"bench", "idle", "--nodes", "0"}, "--nodes"},
		"bench: idle seconds":    {[]string{"bench", "idle", "--seconds", "0"}, "--seconds"},
		"bench: cases":           {[]string{"bench", "memory", "--cases", "0"}, "--cases"},
		"bench: fleet folder":    {[]string{"bench", "memory", "--in", "nothing"}, "--in"},
		"bench: folder":          {[]string{"bench", "ledger", "--in", "nothing"}, "--in"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			inEmptyFolder(t)
			var stdout, stderr bytes.Buffer
			got := run(context.Background(), append([]string{"--no-input"}, tt.args...), strings.NewReader(""), &stdout, &stderr)
			if got != exitUsage || !strings.Contains(stderr.String(), tt.names) {
				t.Errorf("exit code %d, stderr %q; want 2 and %q", got, stderr.String(), tt.names)
			}
			if stdout.Len() > 0 {
				t.Errorf("words on stdout: %q", stdout.String())
			}
			left, err := os.ReadDir(".")
			if err != nil || len(left) != 2 {
				t.Errorf("left behind: %v %v", left, err)
			}
		})
	}
}

// inEmptyFolder goes to a folder that holds the public key of an officer, KEY,
// and a TOKEN.
func inEmptyFolder(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range []string{"SERASI_DIR", "SERASI_URL", "SERASI_TOKEN", "SERASI_LANG"} {
		t.Setenv(name, "")
	}
	t.Setenv("LANG", "en_US.UTF-8")
	key := "serasi-officer-public-1:" + strings.Repeat("ab", 32)
	if err := errors.Join(os.WriteFile("KEY", []byte(key), 0o600), os.WriteFile("TOKEN", []byte("srs_x"), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestExitCodes(t *testing.T) {
	tests := map[string]struct {
		args []string
		want int
	}{
		"version":                     {[]string{"version"}, exitGood},
		"help":                        {[]string{"--help"}, exitGood},
		"help of a verb":              {[]string{"case", "open", "--help"}, exitGood},
		"completion":                  {[]string{"completion", "bash"}, exitGood},
		"no node runs here":           {[]string{"status"}, exitUnreachable},
		"nobody listens":              {[]string{"status", "--url", "http://127.0.0.1:1"}, exitUnreachable},
		"not signed in":               {[]string{"case", "list", "--url", "http://127.0.0.1:1"}, exitNotAllowed},
		"nothing to verify":           {[]string{"ledger", "verify"}, exitFailed},
		"backup would overwrite":      {[]string{"backup", "KEY"}, exitFailed},
		"officer key not overwritten": {[]string{"officer", "new", "--out", "KEY", "--passphrase-file", "TOKEN"}, exitFailed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			inEmptyFolder(t)
			var stdout, stderr bytes.Buffer
			if got := run(context.Background(), tt.args, strings.NewReader(""), &stdout, &stderr); got != tt.want {
				t.Errorf("exit code %d, want %d; stderr %q", got, tt.want, stderr.String())
			}
		})
	}
}

// Words are Indonesian unless the environment or a flag says otherwise.
func TestLanguage(t *testing.T) {
	tests := map[string]struct {
		env  string
		args []string
		want string
	}{
		"by itself":       {"", nil, "belum masuk"},
		"English machine": {"en_GB.UTF-8", nil, "not signed in"},
		"German machine":  {"de_DE.UTF-8", nil, "belum masuk"},
		"flag":            {"", []string{"--lang", "en"}, "not signed in"},
		"flag against it": {"en_GB.UTF-8", []string{"--lang=id"}, "belum masuk"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			inEmptyFolder(t)
			t.Setenv("LC_ALL", "")
			t.Setenv("LC_MESSAGES", "")
			t.Setenv("LANG", tt.env)
			var stdout, stderr bytes.Buffer
			run(context.Background(), append(tt.args, "case", "list", "--url", "http://127.0.0.1:1"), strings.NewReader(""), &stdout, &stderr)
			if !strings.Contains(stderr.String(), tt.want) {
				t.Errorf("stderr %q, want %q", stderr.String(), tt.want)
			}
		})
	}
}
