package api_test

import (
	"net/http"
	"strings"
	"testing"

	"serasi/node/casework"
)

// TestNobodyGetsIn asks every call that needs somebody, as nobody and with bad
// papers.
func TestNobodyGetsIn(t *testing.T) {
	w := newWorld(t)
	before := w.state()
	public := 0
	for path, ops := range w.spec().Paths {
		for method, op := range ops {
			if len(op.Security) == 0 {
				public++
				continue
			}
			t.Run(op.ID, func(t *testing.T) {
				w := w.in(t)
				method, at := strings.ToUpper(method), concrete(path, nil)
				for name, o := range map[string]option{
					"nothing":        without("Authorization"),
					"another scheme": header("Authorization", "Basic c2FyaTpzYXJp"),
					"no scheme":      header("Authorization", w.tokens["budi"]),
					"a made-up one":  bearer("srs_" + strings.Repeat("A", 43)),
					"two":            func(r *http.Request) { r.Header["Authorization"] = []string{"Bearer a", "Bearer b"} },
					"far too long":   bearer(strings.Repeat("a", 5000)),
				} {
					a := w.do("budi", method, at, "{}", o)
					if a.Code != http.StatusUnauthorized || !strings.HasPrefix(a.Header().Get("WWW-Authenticate"), `Bearer realm="serasi"`) {
						t.Errorf("%s: %d %v", name, a.Code, a.Header())
					}
					a.problem()
				}
			})
		}
	}
	if public != 12 {
		t.Errorf("%d calls ask nobody who they are; first-admin, sign-in, tokens, openapi, healthz, readyz, metrics, verify, two of the second factor and two of replies are 12", public)
	}
	if after := w.state(); after != before {
		t.Errorf("somebody unknown changed something: %s, was %s", after, before)
	}
}

// TestWhoMay asks some calls as every role. The use cases and the gate decide;
// what is tested is that the API asks them with the right action.
func TestWhoMay(t *testing.T) {
	w := newWorld(t)
	at := w.open()
	tests := map[string]struct {
		method, path, body string
		good               int
		may                string // logins
	}{
		"open a case":      {"POST", base + "/cases", intake, 201, "budi head desk"},
		"read a case":      {"GET", at, "", 200, "budi head"},
		"the ledger":       {"GET", base + "/ledger/events", "", 200, "budi head desk audit sari"},
		"the ledger head":  {"GET", base + "/ledger/head", "", 200, "budi head desk audit sari"},
		"the members":      {"GET", base + "/members", "", 200, "budi head desk audit sari"},
		"the status":       {"GET", base + "/node/status", "", 200, "budi head desk audit sari"},
		"invite":           {"POST", base + "/invitations", `{"code":"BKS"}`, 201, "sari"},
		"a motion":         {"GET", base + "/members/BKS/motion?act=revoke", "", 200, "sari"},
		"revoke":           {"POST", base + "/members/BKS/revoke", `{"officer":"0123456789abcdef","signature":"` + strings.Repeat("0", 128) + `"}`, 202, "sari"},
		"an estate":        {"GET", base + "/members/BKS/estate", "", 200, "sari"},
		"the federation":   {"GET", base + "/federation", "", 200, "budi head desk audit sari"},
		"any motion":       {"POST", base + "/motions", `{"act":"seat","terms":{"voters":["SRK"]}}`, 200, "sari"},
		"sign any motion":  {"POST", base + "/motions/signatures", `{"act":"seat","terms":{"voters":["SRK"]},"signature":{"officer":"0123456789abcdef","signature":"` + strings.Repeat("0", 128) + `"}}`, 202, "sari"},
		"our membership":   {"GET", base + "/membership", "", 200, "sari"},
		"our address":      {"PUT", base + "/membership/address", `{"address":"a:1"}`, 200, "sari"},
		"our keys":         {"POST", base + "/membership/keys", `{"use":"tls"}`, 202, "sari"},
		"leaving":          {"POST", base + "/membership/leave", `{"code":"SRK"}`, 202, "sari"},
		"a backup":         {"POST", base + "/node/backup", `{}`, 200, "sari"},
		"the accounts":     {"GET", base + "/users", "", 200, "sari"},
		"another's tokens": {"GET", base + "/tokens?user=" + string(w.users["budi"].ID), "", 200, "sari budi"},
		"offer":            {"POST", at + "/referrals", `{"to":"BTR","reason":"a","wanted":"b"}`, 202, "head"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			for login := range w.tokens {
				a := w.do(login, tt.method, tt.path, tt.body)
				if strings.Contains(tt.may, login) {
					if a.Code != tt.good {
						t.Errorf("%s: %d %s", login, a.Code, a.Body)
					}
					continue
				}
				if a.Code != http.StatusForbidden {
					t.Errorf("%s: %d, want 403", login, a.Code)
					continue
				}
				a.problem()
			}
		})
	}
	if !w.store.Holds(casework.Audit, `"denied"`) {
		t.Error("no refusal is in the trail")
	}
}

func TestStepUpIsOffered(t *testing.T) {
	w := newWorld(t)
	at := w.open()
	w.tokens["plain"] = w.token("head", "read", "handoff")
	p := w.do("plain", "POST", at+"/transfers", letter).want(http.StatusForbidden).problem()
	if !p.StepUp {
		t.Errorf("to sign in again would help, and nobody says so: %+v", p)
	}
	if p := w.do("audit", "GET", at, "").want(http.StatusForbidden).problem(); p.StepUp {
		t.Error("to sign in again would not help an auditor")
	}
}

func TestCookiesAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/cases", "/me", "/sign-in"} {
		method := "GET"
		if path == "/sign-in" {
			method = "POST"
		}
		w.do("budi", method, base+path, "", cookie("session=1")).want(http.StatusBadRequest).fault("header.Cookie")
	}
	w.do("", "GET", "/healthz", "", cookie("session=1")).want(200)
}

func TestWrongPasswordsAreSlowedDown(t *testing.T) {
	w := newWorld(t)
	bad := `{"login":"budi","password":"salah salah salah"}`
	first := w.do("", "POST", base+"/sign-in", bad).want(http.StatusUnauthorized)
	if p := first.problem(); strings.Contains(p.Detail, "budi") {
		t.Errorf("the login is repeated: %s", p.Detail)
	}
	for range 50 {
		a := w.do("", "POST", base+"/sign-in", bad)
		if a.Code == http.StatusTooManyRequests {
			if a.problem(); a.Header().Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			return
		}
		a.want(http.StatusUnauthorized)
	}
	t.Error("fifty tries were answered alike")
}

func TestMetricsAreForThisMachineOrAToken(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		login   string
		options []option
		status  int
	}{
		"from here":              {"", []option{from("127.0.0.1:1")}, 200},
		"from here, IPv6":        {"", []option{from("[::1]:1")}, 200},
		"through a proxy here":   {"", []option{from("127.0.0.1:1"), header("X-Forwarded-For", "8.8.8.8")}, 401},
		"from elsewhere":         {"", []option{from("192.0.2.1:1")}, 401},
		"with a token":           {"sari", []option{from("192.0.2.1:1")}, 200},
		"with a caseworker's":    {"budi", []option{from("192.0.2.1:1")}, 403},
		"from nowhere known":     {"", []option{from("?")}, 401},
		"with a token that ends": {"", []option{from("192.0.2.1:1"), bearer("srs_x")}, 401},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			a := w.do(tt.login, "GET", "/metrics", "", tt.options...).want(tt.status)
			if tt.status != 200 {
				a.problem()
			} else if !strings.Contains(a.Body.String(), "serasi_up") {
				t.Errorf("metrics: %s", a.Body)
			}
		})
	}
}

func TestOddAddressesAreProblems(t *testing.T) {
	w := newWorld(t)
	for name, tt := range map[string]struct {
		method, path string
		status       int
		allow        string
	}{
		"nothing there":         {"GET", "/nowhere", 404, ""},
		"nothing in this API":   {"GET", base + "/nowhere", 404, ""},
		"a slash too many":      {"GET", base + "/cases/", 404, ""},
		"two slashes":           {"GET", base + "//cases", 404, ""},
		"dots":                  {"GET", base + "/x/../cases", 404, ""},
		"another method":        {"PUT", base + "/cases", 405, "POST, GET"},
		"a preflight":           {"OPTIONS", base + "/cases", 405, "POST, GET"},
		"a method of nobody":    {"BREW", "/healthz", 405, "GET"},
		"delete a case":         {"DELETE", base + "/cases/" + strings.Repeat("a", 32), 405, "GET, PATCH"},
		"a query without end":   {"GET", base + "/cases?q=" + strings.Repeat("a", 5000), 414, ""},
		"the root":              {"GET", "/", 404, ""},
		"the head of something": {"HEAD", base + "/nowhere", 404, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			a := w.do("budi", tt.method, tt.path, "").want(tt.status)
			a.problem()
			if got := a.Header().Get("Allow"); got != tt.allow {
				t.Errorf("Allow %q, want %q", got, tt.allow)
			}
		})
	}
	w.do("budi", "HEAD", base+"/cases", "").want(200)
}
