package access_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"serasi/node/access"
	"serasi/node/casework"
)

func TestSignInSaysNoMoreThanItMust(t *testing.T) {
	h := newHouse(t)
	off := h.add("mati", casework.Worker)
	h.add("wati", casework.Worker)
	yes := true
	if _, err := h.Change(t.Context(), h.admin, off.ID, 1, casework.UserPatch{Disabled: &yes}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Create(t.Context(), h.admin, casework.NewUser{Login: "baru", Name: "Baru", Roles: []casework.Role{casework.Worker}}); err != nil {
		t.Fatal(err)
	}
	var words []string
	for name, in := range map[string]access.Credentials{
		"wrong password":       {Login: "wati", Password: "bukan yang ini"},
		"no such login":        {Login: "tak ada", Password: goodPassword},
		"disabled":             {Login: "mati", Password: goodPassword},
		"no password set":      {Login: "baru", Password: ""},
		"nothing at all":       {},
		"another's password":   {Login: "sari", Password: goodPassword},
		"login with odd bytes": {Login: "\xff\x00", Password: goodPassword},
	} {
		before := len(h.lines())
		_, err := h.SignIn(t.Context(), in)
		wants(t, name, err, casework.Unknown)
		if err != nil {
			words = append(words, err.Error())
		}
		if lines := h.lines(); len(lines) != before+1 || lines[0].Act != "sign in" || lines[0].Outcome != access.Denied {
			t.Errorf("%s left %d lines, the last %+v", name, len(lines)-before, lines[0])
		}
	}
	slices.Sort(words)
	if len(slices.Compact(words)) != 1 {
		t.Errorf("answers differ: %q", words)
	}
	if h.store.holds("tak ada") {
		t.Error("what was typed as a login lies in the trail")
	}
	by, err := h.SignIn(t.Context(), access.Credentials{Login: " WATI ", Password: goodPassword, Via: "api"})
	if err != nil || !by.StepUp || by.Via != "api" || by.Unit != "anak" {
		t.Errorf("control: %+v, %v", by, err)
	}
}

// A login that does not exist costs a password hash, like one that does.
func TestUnknownLoginTakesAsLong(t *testing.T) {
	store, clk := newMemory(), &clock{at: monday}
	a, err := access.New(access.Config{Store: store, Clock: clk.now, Cost: access.Cost{Time: 2, Memory: 16 << 10, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	code, err := a.FirstCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.ClaimFirst(t.Context(), code, "sari", sariPassword); err != nil {
		t.Fatal(err)
	}
	fastest := func(login string) time.Duration {
		best := time.Hour
		for range 4 {
			begin := time.Now()
			_, err := a.SignIn(t.Context(), access.Credentials{Login: login, Password: "bukan yang ini"})
			best = min(best, time.Since(begin))
			wants(t, login, err, casework.Unknown)
		}
		return best
	}
	known, unknown := fastest("sari"), fastest("tak-ada")
	if unknown < known/3 || known < unknown/3 {
		t.Errorf("known %v, unknown %v", known, unknown)
	}
}

func TestBackOffGrowsAndEnds(t *testing.T) {
	h := newHouse(t)
	h.add("wati", casework.Worker)
	try := func(login, password string) error {
		_, err := h.SignIn(t.Context(), access.Credentials{Login: login, Password: password})
		return err
	}
	for _, login := range []string{"tak-ada", "wati"} { // the same, account or not
		for range 5 {
			wants(t, login+", free try", try(login, "bukan yang ini"), casework.Unknown)
		}
		wants(t, login+", sixth try", try(login, goodPassword), casework.TooMany)
		h.clock.pass(29 * time.Second)
		wants(t, login+", too soon", try(login, goodPassword), casework.TooMany)
		h.clock.pass(time.Second)
		wants(t, login+", after the wait", try(login, "bukan yang ini"), casework.Unknown)
		h.clock.pass(59 * time.Second)
		wants(t, login+", the wait has doubled", try(login, goodPassword), casework.TooMany)
	}
	h.restart()
	wants(t, "a restart forgets nothing of an account", try("wati", goodPassword), casework.TooMany)
	for range 20 {
		h.clock.pass(15 * time.Minute) // the longest wait
		wants(t, "one of many", try("wati", "bukan yang ini"), casework.Unknown)
	}
	h.clock.pass(15 * time.Minute)
	wants(t, "nobody is shut out for good", try("wati", goodPassword), "")
	for range 5 {
		wants(t, "a good try starts anew", try("wati", "bukan yang ini"), casework.Unknown)
	}
}

func TestBackOffOfASource(t *testing.T) {
	h := newHouse(t)
	h.add("wati", casework.Worker)
	try := func(login, source, password string) error {
		_, err := h.SignIn(t.Context(), access.Credentials{Login: login, Password: password, Source: source})
		return err
	}
	for i := range 20 {
		wants(t, "spraying", try("user-"+string(rune('a'+i)), "10.0.0.9", "bukan yang ini"), casework.Unknown)
	}
	wants(t, "one more login from there", try("wati", "10.0.0.9", goodPassword), casework.TooMany)
	wants(t, "from elsewhere", try("wati", "10.0.0.7", goodPassword), "")
	h.clock.pass(30 * time.Second)
	wants(t, "from there, later", try("wati", "10.0.0.9", goodPassword), "")
	if h.store.holds("10.0.0.") {
		t.Error("a source is stored")
	}
}

// The list of tries stays short, and to flood it frees nobody.
func TestFloodOfLoginsFreesNobody(t *testing.T) {
	h := newHouse(t)
	h.add("wati", casework.Worker)
	try := func(login, password string) error {
		_, err := h.SignIn(t.Context(), access.Credentials{Login: login, Password: password})
		return err
	}
	for range 5 {
		wants(t, "free try", try("wati", "bukan yang ini"), casework.Unknown)
	}
	for i := range 10_100 {
		h.clock.pass(time.Millisecond)
		if err := try(fmt.Sprint("banjir", i), "x"); !errors.Is(err, casework.Unknown) {
			t.Fatal(err)
		}
	}
	wants(t, "the account under guard", try("wati", goodPassword), casework.TooMany)
}

// Many tries at once are counted before they are judged.
func TestGuessesAtOnceAreCounted(t *testing.T) {
	h := newHouse(t)
	h.add("wati", casework.Worker)
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex // guards judged
		judged int
	)
	for range 40 {
		wg.Go(func() {
			_, err := h.SignIn(t.Context(), access.Credentials{Login: "wati", Password: "bukan yang ini"})
			if errors.Is(err, casework.Unknown) {
				mu.Lock()
				judged++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if judged != 5 {
		t.Errorf("%d of 40 guesses were judged, want 5", judged)
	}
}

func TestSignInThatCannotBeRecordedFails(t *testing.T) {
	h := newHouse(t)
	h.add("wati", casework.Worker)
	full := errors.New("disk full")
	h.store.broken = full
	_, err := h.SignIn(t.Context(), access.Credentials{Login: "wati", Password: goodPassword})
	h.store.broken = nil
	if !errors.Is(err, full) {
		t.Errorf("%v, want %v", err, full)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.SignIn(ended, access.Credentials{Login: "wati", Password: goodPassword}); err == nil {
		t.Error("signed in after the caller was gone")
	}
}

func TestSecondFactor(t *testing.T) {
	h := newHouse(t)
	u, ctx := h.add("wati", casework.Worker), t.Context()
	by := h.signIn("wati", goodPassword)
	stale := by
	stale.StepUp = false
	_, err := h.StartSecondFactor(ctx, stale)
	if !access.NeedsStepUp(err) {
		t.Errorf("without step-up: %v", err)
	}
	factor, err := h.StartSecondFactor(ctx, by)
	if err != nil {
		t.Fatal(err)
	}
	code := func() string { return codeOf(t, factor.Address, h.clock.now()) }
	h.signIn("wati", goodPassword) // nothing is asked for yet
	_, err = h.ConfirmSecondFactor(ctx, by, "000000x")
	wants(t, "confirm with a wrong code", err, casework.Invalid)
	recovery, err := h.ConfirmSecondFactor(ctx, by, code())
	if err != nil || len(recovery) != 10 {
		t.Fatalf("%d recovery codes, %v", len(recovery), err)
	}
	try := func(code string) error {
		_, err := h.SignIn(ctx, access.Credentials{Login: "wati", Password: goodPassword, Code: code})
		return err
	}
	wants(t, "no code", try(""), casework.Unknown)
	wants(t, "the code that confirmed", try(code()), casework.Unknown)
	h.clock.pass(30 * time.Second)
	wants(t, "the next code", try(code()), "")
	wants(t, "that code again", try(code()), casework.Unknown)
	h.clock.pass(time.Minute)
	late := codeOf(t, factor.Address, h.clock.now().Add(-30*time.Second))
	wants(t, "a clock half a minute behind", try(late), "")
	wants(t, "the present code after it", try(code()), "")
	wants(t, "the earlier code after it", try(late), casework.Unknown)
	wants(t, "a code far ahead", try(codeOf(t, factor.Address, h.clock.now().Add(5*time.Minute))), casework.Unknown)
	wants(t, "a recovery code", try(strings.ToLower(recovery[3])), "")
	wants(t, "that recovery code again", try(recovery[3]), casework.Unknown)
	wants(t, "another recovery code", try(recovery[4]), "")
	if h.store.holds(recovery[5]) {
		t.Error("recovery codes lie in the store in the clear")
	}
	wants(t, "an own second factor is not dropped", h.DropSecondFactor(ctx, h.admin, h.admin.User), casework.Forbidden)
	wants(t, "drop", h.DropSecondFactor(ctx, h.admin, u.ID), "")
	wants(t, "without a code again", try(""), "")
}

func codeOf(t *testing.T, address string, at time.Time) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	code, err := totp.GenerateCode(u.Query().Get("secret"), at)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// Hashes made at another cost are made again, once the password is known.
func TestCostIsRaised(t *testing.T) {
	h := newHouse(t)
	raised, err := access.New(access.Config{Store: h.store, Clock: h.clock.now, Cost: access.Cost{Time: 2, Memory: 128, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if h.store.holds("m=128,t=2,p=1") {
		t.Fatal("the cost is raised already")
	}
	for range 2 {
		if _, err := raised.SignIn(t.Context(), access.Credentials{Login: "sari", Password: sariPassword}); err != nil {
			t.Fatal(err)
		}
	}
	if !h.store.holds("m=128,t=2,p=1") {
		t.Error("the cost was not raised")
	}
}

// A damaged hash lets nobody in, whatever is damaged.
func TestDamagedHash(t *testing.T) {
	for name, edit := range map[string][2]string{
		"huge memory":    {"m=64", "m=4000000"},
		"no rounds":      {"t=1", "t=0"},
		"another scheme": {"argon2id", "argon2i"},
		"a sign":         {"m=64", "m=+64"},
		"more fields":    {"p=1", "p=1,x=1"},
	} {
		h := newHouse(t)
		h.store.change(casework.Users, string(h.admin.User), func(was []byte) []byte {
			now := bytes.Replace(was, []byte(edit[0]), []byte(edit[1]), 1)
			if bytes.Equal(was, now) {
				t.Fatalf("%s: nothing to damage", name)
			}
			return now
		})
		if _, err := h.SignIn(t.Context(), access.Credentials{Login: "sari", Password: sariPassword}); err == nil {
			t.Errorf("%s: signed in", name)
		}
	}
}

// Rows of the first release must work for ever.
func TestGoldenRows(t *testing.T) {
	b, err := os.ReadFile("testdata/rows.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g struct {
		Secret, Recovery, Password, Bearer, User, TokenRow string
		Account, Token                                     json.RawMessage
	}
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	h := newHouse(t)
	h.store.change(casework.Users, g.User, func([]byte) []byte { return g.Account })
	h.store.change(casework.Tokens, g.TokenRow, func([]byte) []byte { return g.Token })
	h.clock.pass(time.Hour)
	code, err := totp.GenerateCode(g.Secret, h.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]string{"one-time code": code, "recovery code": g.Recovery} {
		by, err := h.SignIn(t.Context(), access.Credentials{Login: "wati", Password: g.Password, Code: in})
		if err != nil || len(by.Roles) != 2 || by.Unit != "anak" {
			t.Errorf("%s: %+v, %v", name, by, err)
		}
	}
	if by, err := h.Authenticate(t.Context(), g.Bearer); err != nil || string(by.User) != g.User {
		t.Errorf("token: %+v, %v", by, err)
	}
}
