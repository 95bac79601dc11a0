package node_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"serasi/node"
	"serasi/node/nodetest"
)

// A listening post is a collector that keeps what it is told.
type listeningPost struct {
	collector.UnimplementedTraceServiceServer
	mu    sync.Mutex          // guards what follows
	steps map[string][]string // trace -> balai and name of each span
	roots map[string]string   // trace -> its span without a parent
	lost  []string            // spans whose parent is not the root
	raw   []byte
}

func (l *listeningPost) Export(_ context.Context, r *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, err := proto.Marshal(r)
	l.raw = append(l.raw, b...)
	for _, at := range r.GetResourceSpans() {
		who := ""
		for _, a := range at.GetResource().GetAttributes() {
			if a.GetKey() == "service.instance.id" {
				who = a.GetValue().GetStringValue()
			}
		}
		for _, scope := range at.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				id := fmt.Sprintf("%x", s.GetTraceId())
				l.steps[id] = append(l.steps[id], who+" "+s.GetName())
				if len(s.GetParentSpanId()) == 0 {
					l.roots[id] = fmt.Sprintf("%x", s.GetSpanId())
				} else {
					l.lost = append(l.lost, id+" "+fmt.Sprintf("%x", s.GetParentSpanId()))
				}
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, err
}

// A handoff is one trace over the balai that have a part in it, under its own
// number, and tells nothing of whom it is about.
func TestAHandoffIsOneTrace(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	post := &listeningPost{steps: map[string][]string{}, roots: map[string]string{}}
	server := grpc.NewServer()
	collector.RegisterTraceServiceServer(server, post)
	go func() { _ = server.Serve(ln) }()
	t.Cleanup(server.Stop)
	c := nodetest.Start(t, func(cfg *node.Config) { cfg.Traces = "http://" + ln.Addr().String() }, "SRK", "MGL", "GWA")
	leader := c.Leader()
	var sides []*nodetest.Balai
	for _, b := range c.Balai {
		if b != leader {
			sides = append(sides, b)
		}
	}
	from, to := sides[0], sides[1]
	child := from.Open("Kanari Contoh", map[string]any{"need": "kenari kuning"})
	h := from.Offer(child.ID, to.Code, map[string]any{"reason": "kanari", "wanted": "sangkar kanari"})
	to.WaitStage(h.ID, "offered")
	to.Act(h.ID, "accept", nil)
	c.WaitFor("the packet", func() bool { return to.Handoff(h.ID).Packet == "here" })
	to.Act(h.ID, "receive", nil)
	from.WaitStage(h.ID, "received")
	want := []string{
		from.Code + " offer", from.Code + " propose offer", leader.Code + " order offer", to.Code + " follow offer",
		to.Code + " decide accept", to.Code + " propose accept", leader.Code + " order accept", from.Code + " follow accept",
		to.Code + " fetch packet", from.Code + " give packet", to.Code + " propose receive", leader.Code + " order receive", from.Code + " follow receive",
	}
	var told []string
	c.WaitFor("the collector to be told", func() bool {
		post.mu.Lock()
		defer post.mu.Unlock()
		told = slices.Clone(post.steps[string(h.ID)])
		return !slices.ContainsFunc(want, func(s string) bool { return !slices.Contains(told, s) })
	})
	post.mu.Lock()
	defer post.mu.Unlock()
	for _, s := range post.lost {
		if id, parent, _ := strings.Cut(s, " "); post.roots[id] != parent {
			t.Errorf("a step of %s stands under %s, and the first step is %q", id, parent, post.roots[id])
		}
	}
	if leaks := nodetest.Leaks(post.raw, "Kanari", "kanari", "kenari", string(child.ID), child.Number, "Uji head"); len(leaks) > 0 {
		t.Errorf("the traces name %v", leaks)
	}
	if !strings.Contains(string(post.raw), leader.Code) {
		t.Error("nothing was looked at")
	}
}
