package trace_test

import (
	"log/slog"
	"net"
	"testing"

	"go.uber.org/goleak"

	"serasi/node/trace"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCheck(t *testing.T) {
	for endpoint, good := range map[string]bool{
		"": true, "https://collector.balai.test:4317": true, "http://127.0.0.1:4317": true, "http://[::1]:4317": true, "http://localhost:4317": true,
		"http://collector.balai.test:4317": false, "https://collector.balai.test": false, "https://:4317": false, "collector:4317": false,
		"https://a:4317/v1/traces": false, "https://me@a:4317": false, "unix:///x:1": false, "\x00": false,
	} {
		if err := trace.Check(endpoint); (err == nil) != good {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
}

// Without an endpoint there is no tracer, and no step of anybody's work fails.
func TestNobodyIsTold(t *testing.T) {
	none, err := trace.New(trace.Config{Log: slog.New(slog.DiscardHandler)})
	if none != nil || err != nil {
		t.Fatalf("a tracer without an endpoint: %v", err)
	}
	none.Step("00112233445566778899aabbccddeeff", trace.First)(nil)
	none.Close()
}

// A collector that takes nothing holds nobody up, and nothing of it is left.
func TestACollectorThatHangs(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	told, err := trace.New(trace.Config{Endpoint: "http://" + ln.Addr().String(), Balai: "SRK", Version: "1", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for range 5000 { // more than may wait
		told.Step("00112233445566778899aabbccddeeff", "propose offer")(nil)
	}
	told.Step("no handoff", "offer")(nil)
	told.Close()
}
