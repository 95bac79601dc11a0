// Package trace tells an OpenTelemetry collector how a handoff goes from balai to
// balai, if its operator named one. A handoff is one trace, whose number is the
// handoff's own random number: so every node knows it without being told, after
// a restart, a cut line and days of waiting alike, and nothing more travels
// between them.
//
// A span says which balai did what, how long that took, and whether it worked.
// It has no words of people: an error is told as a fault and not by its text.
package trace

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// A Tracer tells a collector. The nil tracer tells nobody and costs nothing. Use
// it from any goroutine.
type Tracer struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// Config says whom to tell, and who does.
type Config struct {
	Endpoint string // URL of a collector that takes OTLP over gRPC; empty: nobody is told
	Balai    string
	Version  string
	Log      *slog.Logger
}

// Check returns what is wrong with an endpoint; none is right.
func Check(endpoint string) error {
	if endpoint == "" {
		return nil
	}
	at, err := url.Parse(endpoint)
	if err != nil || at.Hostname() == "" || at.Port() == "" || at.Path != "" || at.User != nil {
		return errEndpoint
	}
	ip := net.ParseIP(at.Hostname())
	near := at.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if at.Scheme != "https" && (at.Scheme != "http" || !near) {
		return errEndpoint
	}
	return nil
}

var errEndpoint = errors.New("must be https://host:port; plain http is only for this machine")

// How long spans may wait to be sent, and be under way; how many may; and how
// long the end of a node waits for the last of them, which go in two parcels at
// most. A collector that is away holds nobody up.
const (
	patience = time.Second
	most     = 2048
	farewell = 4 * time.Second
)

// New returns a tracer, nil without an endpoint. It connects in the background:
// a collector that is not there is no fault. Close ends it.
func New(c Config) (*Tracer, error) {
	if c.Endpoint == "" {
		return nil, nil
	}
	if err := Check(c.Endpoint); err != nil {
		return nil, fmt.Errorf("endpoint of traces: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { c.Log.Debug("traces are not told", "err", err) }))
	exporter, err := otlptracegrpc.New(context.Background(), otlptracegrpc.WithEndpointURL(c.Endpoint), otlptracegrpc.WithTimeout(patience))
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	who := resource.NewSchemaless(
		attribute.String("service.name", "serasi"), attribute.String("service.version", c.Version), attribute.String("service.instance.id", c.Balai))
	p := sdk.NewTracerProvider(sdk.WithResource(who), sdk.WithIDGenerator(numbers{}), sdk.WithSampler(sdk.AlwaysSample()),
		sdk.WithBatcher(exporter, sdk.WithBatchTimeout(patience), sdk.WithMaxQueueSize(most), sdk.WithMaxExportBatchSize(most)))
	return &Tracer{provider: p, tracer: p.Tracer("serasi")}, nil
}

// Close tells what is left to tell, for some seconds at most.
func (t *Tracer) Close() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // what could not be told is lost, and no work with it
}

// First is the step of a handoff that all its other steps stand under.
const First = "offer"

// Step notes that a step of a handoff begins. What it returns is called once at
// its end, with its error. The id of a handoff is 32 hex digits; steps of
// anything else are not told.
func (t *Tracer) Step(handoff, name string) (end func(error)) {
	id, err := hex.DecodeString(handoff)
	if t == nil || err != nil || len(id) != len(trace.TraceID{}) {
		return func(error) {}
	}
	root := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID(id), SpanID: rootOf(id), TraceFlags: trace.FlagsSampled, Remote: true})
	ctx := trace.ContextWithRemoteSpanContext(context.Background(), root)
	if name == First {
		ctx = context.WithValue(context.Background(), rootKey{}, root)
	}
	_, span := t.tracer.Start(ctx, name)
	return func(err error) {
		if err != nil {
			span.SetStatus(codes.Error, "")
		}
		span.End()
	}
}

// rootOf is the number of the first step: every node can tell it from the
// handoff's.
func rootOf(id []byte) trace.SpanID {
	sum := sha256.Sum256(append([]byte("SERASI first step\x00"), id...))
	return trace.SpanID(sum[:8])
}

type rootKey struct{}

// numbers gives spans their numbers: that of the first step is known to all.
type numbers struct{}

func (numbers) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	if root, is := ctx.Value(rootKey{}).(trace.SpanContext); is {
		return root.TraceID(), root.SpanID()
	}
	var id trace.TraceID
	_, _ = rand.Read(id[:])
	return id, numbers{}.NewSpanID(ctx, id)
}

func (numbers) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	_, _ = rand.Read(id[:])
	return id
}
