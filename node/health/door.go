package health

import (
	"net/http"
	"strings"
	"time"
)

// classes are the statuses as they are counted.
var classes = []string{"1xx", "2xx", "3xx", "4xx", "5xx"}

// Door counts the answers of one of the doors, pages or api.
func (m *Meter) Door(name string, h http.Handler) http.Handler {
	seconds, bytes := m.seconds.WithLabelValues(name), m.bytes.WithLabelValues(name)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		out := &counted{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(out, r)
		m.requests.WithLabelValues(name, classes[min(max(out.status/100, 1), 5)-1]).Inc()
		bytes.Add(float64(out.bytes))
		m.served.Add(uint64(out.bytes))
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/event-stream") {
			seconds.Observe(time.Since(begun).Seconds())
		}
	})
}

// counted sees what is answered.
type counted struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (c *counted) WriteHeader(status int) {
	c.status = status
	c.ResponseWriter.WriteHeader(status)
}

func (c *counted) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach deadlines and flushing.
func (c *counted) Unwrap() http.ResponseWriter { return c.ResponseWriter }
