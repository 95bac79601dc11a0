package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"serasi/node"
)

// client speaks to the people's port of one node.
type client struct {
	base  string
	token string
	http  *http.Client
	words func(id, en string) string
	flag  func(field string) string // writes a field as the caller knows it
}

// request is one call. A write carries a key, so that a repetition is done once.
type request struct {
	method  string
	path    string // under /api/v1, or from the root if it begins with //
	query   url.Values
	body    any    // sent as JSON, if not nil
	raw     []byte // sent as it is
	media   string // type of raw
	version uint64 // If-Match, if not 0
	match   string // If-Match as it is, if not empty
	key     string // Idempotency-Key; drawn if empty
}

func (r request) address(base string) string {
	path := "/api/v1" + r.path
	if rest, ok := strings.CutPrefix(r.path, "//"); ok {
		path = "/" + rest
	}
	if len(r.query) > 0 {
		path += "?" + r.query.Encode()
	}
	return base + path
}

// newClient makes a client for an address. A certificate file, if there is one,
// is trusted beside those of the system.
func newClient(base, certificate string) (*client, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usage("--url", "%q: http://host:port / https://host:port", base)
	}
	tr := http.DefaultTransport.(*http.Transport).Clone()
	tr.Proxy = nil // a node stands in the balai's own network
	tr.DialContext = (&net.Dialer{Timeout: 5 * time.Second}).DialContext
	tr.ResponseHeaderTimeout = 2 * time.Minute
	if pem, err := os.ReadFile(certificate); err == nil && certificate != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		pool.AppendCertsFromPEM(pem)
		tr.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &client{
		base: strings.TrimRight(base, "/"), http: &http.Client{Transport: tr},
		words: func(_, en string) string { return en }, flag: func(s string) string { return s },
	}, nil
}

// node is the client of the node that --url or the data folder names.
func (a *app) node() (*client, error) {
	base := a.url
	if base == "" {
		b, err := os.ReadFile(a.file("people.url"))
		if err != nil {
			return nil, &failure{
				code:  exitUnreachable,
				words: fmt.Sprintf(a.t("tidak ada simpul yang berjalan di folder %s", "no node runs in the folder %s"), a.dir),
				hint:  a.t("Hidupkan: ", "Start it: ") + a.command("run") + a.t(", atau beri --url", ", or give --url"), cause: err,
			}
		}
		base = string(firstLine(b))
	}
	c, err := newClient(base, a.file("people.crt"))
	if err != nil {
		return nil, err
	}
	c.words, c.flag = a.t, a.flagOf
	return c, nil
}

// signedIn is node with the token of whoever asks.
func (a *app) signedIn() (*client, error) {
	c, err := a.node()
	if err != nil {
		return nil, err
	}
	c.token, err = a.bearer()
	return c, err
}

// bearer finds the token: --token-file, $SERASI_TOKEN (the token itself, or its
// file), or the one that sign-in left in the data folder.
func (a *app) bearer() (string, error) {
	path, env := a.tokenFile, os.Getenv("SERASI_TOKEN")
	switch {
	case path != "":
	case strings.HasPrefix(env, "srs_"):
		return env, nil
	case env != "":
		path = env
	default:
		b, err := os.ReadFile(a.file("token"))
		if err != nil {
			return "", &failure{
				code: exitNotAllowed, words: a.t("belum masuk", "not signed in"),
				hint: a.t("Masuk: ", "Sign in: ") + a.command("sign-in", "--login", "LOGIN"), cause: err,
			}
		}
		return string(firstLine(b)), nil
	}
	b, err := a.secret(path, "token-file", "")
	return string(b), err
}

// call sends r and decodes the answer into out, if that is not nil.
func (c *client) call(ctx context.Context, r request, out any) error {
	resp, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if out == nil || resp.StatusCode == http.StatusNoContent {
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return &failure{code: exitFailed, words: c.words("jawaban simpul tidak terbaca", "the answer of the node cannot be read"), cause: err}
	}
	return nil
}

// get is call for what only reads.
func (c *client) get(ctx context.Context, path string, query url.Values, out any) error {
	return c.call(ctx, request{method: http.MethodGet, path: path, query: query}, out)
}

// post is call for a write with a JSON body.
func (c *client) post(ctx context.Context, path string, body, out any) error {
	return c.call(ctx, request{method: http.MethodPost, path: path, body: body}, out)
}

// send returns the answer to r if it is a good one; the caller closes its body.
func (c *client) send(ctx context.Context, r request) (*http.Response, error) {
	body := r.raw
	if r.body != nil {
		b, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("write the request: %w", err)
		}
		body, r.media = b, "application/json"
	}
	req, err := http.NewRequestWithContext(ctx, r.method, r.address(c.base), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("write the request: %w", err)
	}
	req.Header.Set("Accept-Language", c.words("id", "en"))
	if r.media != "" {
		req.Header.Set("Content-Type", r.media)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if r.version != 0 {
		r.match = fmt.Sprintf(`"%d"`, r.version)
	}
	if r.match != "" {
		req.Header.Set("If-Match", r.match)
	}
	if r.method != http.MethodGet {
		req.Header.Set("Idempotency-Key", firstOf(r.key, rand.Text()))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(err)
	}
	if resp.StatusCode >= http.StatusBadRequest {
		defer func() { _ = resp.Body.Close() }()
		return nil, c.refused(resp)
	}
	return resp, nil
}

func (c *client) unreachable(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	f := &failure{code: exitUnreachable, words: fmt.Sprintf(c.words("simpul di %s tidak menjawab", "the node at %s does not answer"), c.base), cause: err}
	var u *url.Error
	if errors.As(err, &u) {
		f.list = []string{u.Err.Error()}
	}
	return f
}

// exits says which exit code each status of a refusal becomes; all others fail.
var exits = map[int]int{
	http.StatusBadRequest:            exitUsage,
	http.StatusUnprocessableEntity:   exitUsage,
	http.StatusRequestEntityTooLarge: exitUsage,
	http.StatusUnauthorized:          exitNotAllowed,
	http.StatusForbidden:             exitNotAllowed,
	http.StatusServiceUnavailable:    exitNoQuorum,
}

// A refusal is a problem (RFC 9457) that a node answered with.
type refusal struct {
	node.Problem
}

func (r *refusal) Error() string { return firstOf(r.Detail, r.Title) }

func (c *client) refused(resp *http.Response) error {
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	r := &refusal{}
	if err != nil || json.Unmarshal(b, &r.Problem) != nil || r.Title == "" {
		return &failure{code: exitFailed, words: fmt.Sprintf(c.words("simpul menjawab %s", "the node answered %s"), resp.Status)}
	}
	r.Status = resp.StatusCode
	f := &failure{code: exitFailed, words: plainText(r.Error()), cause: r}
	if code, listed := exits[r.Status]; listed {
		f.code = code
	}
	for _, e := range r.Errors {
		f.list = append(f.list, plainText(c.flag(e.Location)+": "+e.Message))
	}
	switch {
	case r.StepUp:
		f.hint = c.words("Masuk lagi untuk menegaskan: serasi sign-in --step-up", "Sign in again to confirm: serasi sign-in --step-up")
	case r.Current != nil:
		f.list = append(f.list, c.words("sudah diubah orang lain; lihat lagi lalu ulangi", "someone else changed it; look again, then repeat"))
	case r.Hint != "":
		f.hint = plainText(r.Hint)
	}
	return f
}

// isStatus reports whether err is a refusal with that status.
func isStatus(err error, status int) bool {
	var r *refusal
	return errors.As(err, &r) && r.Status == status
}

// isID reports whether s is one of the random ids: 32 hex digits.
func isID(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 16 && s == strings.ToLower(s)
}
