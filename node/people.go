package node

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"serasi/node/api"
)

// people is the people's port: the pages and the REST door over HTTPS.
type people struct {
	ln     net.Listener
	http   *http.Server
	url    string
	file   string // where the address is told to the command line
	unused unused
	cert   atomic.Pointer[tls.Certificate] // in force; nil without HTTPS
	// sweep drops answers that were kept for programs that ask twice.
	sweep func(context.Context) (int, error)
}

// openPeople binds the people's port. The listener takes connections from now
// on; they are answered by run.
func (n *Node) openPeople() (*people, error) {
	m := machine{n, n.cfg.Version}
	door := door{n}
	rest, err := api.New(api.Config{
		Cases: n.cases, Forms: n.cases.Forms(), Care: n.cases.Care(), Handoffs: lettered{n.desk, n}, Directory: n.places, Partners: n.partners, Access: door, People: n.privacy, Logins: n.accounts.Sessions(), Privacy: n.privacy, Letters: n.letters, Reports: n.reports, Imports: n.exchange, Ledger: history{n}, Members: membership{n}, Own: own{n}, Node: m, Trail: lines{n}, Waits: n.waits(),
		Replays: n.db, Metrics: n.meter.Handler(m.reading), Version: n.cfg.Version, Log: n.log, Clock: n.clock,
	})
	if err != nil {
		return nil, fmt.Errorf("the people's port: %w", err)
	}
	pages, err := n.site()
	if err != nil {
		return nil, fmt.Errorf("the people's port: %w", err)
	}
	ln, err := net.Listen("tcp", n.cfg.People)
	if err != nil {
		return nil, fmt.Errorf("open the people's port: %w", err)
	}
	p := &people{ln: ln, sweep: rest.Sweep, url: "http://" + ln.Addr().String(), file: filepath.Join(n.cfg.Dir, "people.url")}
	p.http = &http.Server{
		// Each call sets its own deadlines for reading and writing: a backup
		// takes longer than a note.
		Handler: split(n.meter.Door("api", rest.Handler()), n.meter.Door("pages", pages.Handler())), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(n.log.Handler(), slog.LevelInfo),
	}
	p.http.ConnState = p.unused.follow
	p.http.RegisterOnShutdown(pages.Stop)
	if !n.cfg.InsecureHTTP {
		cert, err := certificate(n.cfg, n.clock())
		if err != nil {
			return nil, errors.Join(err, ln.Close())
		}
		p.cert.Store(&cert)
		p.url = "https://" + ln.Addr().String()
		p.ln = tls.NewListener(ln, &tls.Config{
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.cert.Load(), nil },
			MinVersion:     tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		})
	}
	return p, os.WriteFile(p.file, []byte(p.url+"\n"), 0o600)
}

// run answers until ctx ends, and gives requests under way ten seconds.
func (p *people) run(ctx context.Context, fail func(error)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := p.http.Serve(p.ln); !errors.Is(err, http.ErrServerClosed) {
			fail(fmt.Errorf("the people's port: %w", err))
		}
	}()
	every := time.NewTicker(time.Hour)
	defer every.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-every.C:
			if _, err := p.sweep(ctx); err != nil && ctx.Err() == nil {
				fail(fmt.Errorf("sweep kept answers: %w", err))
			}
		}
	}
	grace, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	p.unused.close()
	if p.http.Shutdown(grace) != nil {
		_ = p.http.Close()
	}
	<-done
}

func (p *people) close() error {
	err := p.http.Close()
	if lnErr := p.ln.Close(); lnErr != nil && !errors.Is(lnErr, net.ErrClosed) {
		err = errors.Join(err, lnErr)
	}
	return errors.Join(err, os.Remove(p.file))
}

// URL is the address of the people's port.
func (n *Node) URL() string { return n.people.url }

// Addr is the address of the port between balai, or "" if the node is not a
// member yet.
func (n *Node) Addr() string {
	if b := n.current(); b != nil {
		return b.port.Addr().String()
	}
	return ""
}

// Code is the code of the balai.
func (n *Node) Code() string { return string(n.id.Code) }

// certificate is the one that was configured, or a local one made once: people
// in the balai's network then compare its fingerprint instead of a name.
func certificate(cfg Config, now time.Time) (tls.Certificate, error) {
	certFile, keyFile := cfg.Certificate, cfg.CertKey
	if certFile == "" {
		certFile, keyFile = filepath.Join(cfg.Dir, "people.crt"), filepath.Join(cfg.Dir, "people.key")
		if _, err := os.Stat(keyFile); errors.Is(err, os.ErrNotExist) {
			if err := makeCertificate(certFile, keyFile, cfg.People, now); err != nil {
				return tls.Certificate{}, fmt.Errorf("make a certificate for the people's port: %w", err)
			}
		}
	}
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return cert, fmt.Errorf("certificate of the people's port: %w", err)
	}
	return cert, nil
}

func makeCertificate(certFile, keyFile, addr string, now time.Time) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	name, err := os.Hostname()
	if err != nil {
		name = "localhost"
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, DNSNames: []string{name, "localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(10, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true, IsCA: true,
	}
	if host, _, err := net.SplitHostPort(addr); err == nil {
		if ip := net.ParseIP(host); ip != nil && !ip.IsUnspecified() {
			template.IPAddresses = append(template.IPAddresses, ip)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}
