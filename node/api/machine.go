package api

import (
	"context"
	"net"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"serasi/node/casework"
)

const tagNode = "node"

func (a *API) nodeRoutes() {
	handle(a, op{method: "GET", path: prefix + "/node/status", name: "nodeStatus", tag: tagNode, summary: "How this node is"}, a.status)
	handle(a, op{method: "GET", path: prefix + "/health", name: "health", tag: tagNode,
		summary: "What is not as it should be: causes, what caseworkers notice, evidence and the first step"}, a.checkup)
	handle(a, op{method: "GET", path: prefix + "/node/log", name: "log", tag: tagNode, summary: "The last lines of the log, JSON each, oldest first"}, a.logLines)
	handle(a, op{method: "POST", path: prefix + "/node/backup", name: "backup", tag: tagNode, reads: true, streams: true,
		summary: "A consistent encrypted copy of this node's store, made while it runs (an age file)"}, a.backup)
	handle(a, op{method: "POST", path: prefix + "/audit/verify", name: "verifyAudit", tag: tagNode,
		summary: "Recompute the chain of the audit trail: whether a line was altered, lost or put in between"}, a.verifyTrail)
	handle(a, op{method: "GET", path: prefix + "/node/footprint", name: "footprint", tag: tagNode, summary: "What the node used since it started: processor, disk, lines"}, a.footprint)
	handle(a, op{method: "GET", path: prefix + "/node/backups", name: "backups", tag: tagNode, summary: "The backups the node keeps, and when one was last made and tested"}, a.backups)
	handle(a, op{method: "POST", path: prefix + "/node/backups", name: "backUp", tag: tagNode, status: 201,
		summary: "Make one more backup in the folder of the node; a copy elsewhere is still needed"}, a.backUp)
	handle(a, op{method: "GET", path: "/healthz", name: "healthz", tag: tagNode, public: true, summary: "The process answers"}, a.healthz)
	handle(a, op{method: "GET", path: "/readyz", name: "readyz", tag: tagNode, public: true, summary: "The node can work"}, a.readyz)
	a.plain(op{method: "GET", path: "/metrics", name: "metrics", tag: tagNode, public: true,
		summary: "Prometheus text; from this machine, or with a token of scope node"}, a.metrics)
}

func (a *API) status(ctx context.Context, by casework.Actor, in *Spoken) (*bodyOut[Status], error) {
	if err := a.cfg.Access.Allow(ctx, by, casework.ReadStatus); err != nil {
		return nil, err
	}
	s, err := a.cfg.Node.Status(ctx)
	s.Degraded = said(in.language(), s.Degraded)
	return answer(s, err)
}

// said returns texts in l.
func said(l casework.Language, texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = l.Words(t)
	}
	return out
}

func (a *API) checkup(ctx context.Context, by casework.Actor, in *Spoken) (*bodyOut[casework.Checkup], error) {
	if err := a.cfg.Access.Allow(ctx, by, casework.ReadStatus); err != nil {
		return nil, err
	}
	return answer(a.cfg.Node.Checkup(ctx).In(in.language()), nil)
}

type logOut struct {
	Lines []string `json:"lines"`
}

func (a *API) logLines(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[logOut], error) {
	if err := a.cfg.Access.Allow(ctx, by, casework.ManageNode); err != nil {
		return nil, err
	}
	return answer(logOut{orEmpty(a.cfg.Node.Tail(ctx))}, nil)
}

type backupIn struct {
	Body struct {
		Recipient string `json:"recipient,omitempty" maxLength:"5000" doc:"age recipient; without it: the recovery key of this node"`
	}
}

type streamOut struct {
	Body func(huma.Context)
}

// backup streams: once the first byte is out, the only way to tell a fault is to
// cut the connection, which every client notices.
func (a *API) backup(ctx context.Context, by casework.Actor, in *backupIn) (*streamOut, error) {
	if err := a.cfg.Access.Allow(ctx, by, casework.ManageNode); err != nil {
		return nil, err
	}
	return &streamOut{func(h huma.Context) {
		_, w := humago.Unwrap(h)
		head := http.Header{"Content-Type": {"application/age"}, "Content-Disposition": {`attachment; filename="serasi-backup.age"`}}
		a.stream(ctx, w, head, func(w *streamWriter) error {
			return a.cfg.Node.Backup(ctx, by, in.Body.Recipient, w)
		})
	}}, nil
}

// Chain is the audit trail, all of which fits together.
type Chain struct {
	Lines uint64 `json:"lines"`
	Head  string `json:"head" doc:"hash of the last line"`
}

func (a *API) verifyTrail(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[Chain], error) {
	lines, head, err := a.cfg.Node.VerifyTrail(ctx, by)
	return answer(Chain{lines, head}, err)
}

func (a *API) footprint(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[casework.Footprint], error) {
	return answer(a.cfg.Node.Footprint(ctx, by))
}

func (a *API) backups(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[casework.Backups], error) {
	return answer(a.cfg.Node.Backups(ctx, by))
}

func (a *API) backUp(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[casework.Backups], error) {
	if err := a.cfg.Node.BackUp(ctx, by); err != nil {
		return nil, err
	}
	return answer(a.cfg.Node.Backups(ctx, by))
}

type healthOut struct{ Body Health }

// healthz says that the process answers, however the node is: to restart it
// would mend nothing else.
func (a *API) healthz(ctx context.Context, _ casework.Actor, in *Spoken) (*healthOut, error) {
	h := a.cfg.Node.Health(ctx)
	h.Flags = said(in.language(), h.Flags)
	return &healthOut{Body: h}, nil
}

func (a *API) readyz(ctx context.Context, _ casework.Actor, in *Spoken) (*healthOut, error) {
	h := a.cfg.Node.Health(ctx)
	h.Flags = said(in.language(), h.Flags)
	if !h.Ready {
		return nil, casework.Unavailable.Because("this node is not ready: %s", strings.Join(h.Flags, ", "))
	}
	return &healthOut{Body: h}, nil
}

// plain adds a route that speaks HTTP itself.
func (a *API) plain(o op, h http.HandlerFunc) {
	a.add(o)
	a.mux.HandleFunc(o.pattern(), h)
	d := a.operation(o)
	d.Responses["200"] = &huma.Response{Description: http.StatusText(http.StatusOK)}
	a.huma.OpenAPI().AddOperation(&d)
}

func (a *API) metrics(w http.ResponseWriter, r *http.Request) {
	ex := exchangeOf(r.Context())
	if !local(r) {
		if err := a.authenticate(r, ex); err != nil {
			a.fail(w, ex, err)
			return
		}
		if err := a.cfg.Access.Allow(r.Context(), ex.by, casework.ManageNode); err != nil {
			a.fail(w, ex, a.refuse(ex, err))
			return
		}
	}
	a.cfg.Metrics.ServeHTTP(w, r)
}

// local reports whether r comes from this machine. What a proxy passes on comes
// from somewhere else.
func local(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback() && r.Header.Get("Forwarded") == "" && r.Header.Get("X-Forwarded-For") == ""
}
