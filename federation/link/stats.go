package link

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
)

// Handshakes is the name under which Stats counts bytes that went over the wire
// before a protocol was settled.
const Handshakes = "handshake"

// The reasons for which Stats counts inbound connections that were refused.
const (
	RefusedShed     = "shed"     // too many handshakes at once; no crypto was done
	RefusedTimeout  = "timeout"  // the handshake took too long
	RefusedVersion  = "version"  // no TLS 1.3
	RefusedProtocol = "protocol" // not exactly one protocol of ours
	RefusedStranger = "stranger" // the key is no active member's
	RefusedTooMany  = "too many" // the peer holds too many connections
	RefusedOther    = "other"    // no certificate, broken off, not TLS
)

var (
	errVersion  = errors.New("the peer does not speak TLS 1.3")
	errProtocol = errors.New("the peer does not offer exactly one protocol of ours")
)

// Stats is what the port has done since it was opened.
type Stats struct {
	In, Out map[string]uint64 // bytes on the wire by protocol, and Handshakes
	Refused map[string]uint64 // inbound connections by reason
	Open    map[string]int    // connections open now, by protocol
}

// counters is the live side of Stats.
type counters struct {
	bytes map[string]*traffic // by protocol; never written after Listen

	mu      sync.Mutex // guards refused
	refused map[string]uint64
}

func newCounters() *counters {
	c := &counters{bytes: map[string]*traffic{Handshakes: {}}, refused: map[string]uint64{}}
	for _, p := range protocols {
		c.bytes[p] = &traffic{}
	}
	return c
}

func (c *counters) refuse(reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused[reason]++
}

// Stats returns the figures as they are now.
func (p *Port) Stats() Stats {
	s := Stats{In: map[string]uint64{}, Out: map[string]uint64{}, Refused: map[string]uint64{}, Open: map[string]int{}}
	for name, t := range p.counters.bytes {
		s.In[name], s.Out[name] = t.in.Load(), t.out.Load()
	}
	p.counters.mu.Lock()
	for reason, n := range p.counters.refused {
		s.Refused[reason] = n
	}
	p.counters.mu.Unlock()
	for _, c := range p.registry.of(p) {
		s.Open[c.proto]++
	}
	return s
}

// reasonOf puts a failed handshake under one of the reasons.
func reasonOf(err error) string {
	var unknown *tls.CertificateVerificationError
	var slow net.Error
	switch {
	case errors.Is(err, errVersion):
		return RefusedVersion
	case errors.Is(err, errProtocol):
		return RefusedProtocol
	case errors.Is(err, errTooMany):
		return RefusedTooMany
	case errors.Is(err, ErrStranger), errors.As(err, &unknown):
		return RefusedStranger
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return RefusedTimeout
	default:
		return RefusedOther
	}
}
