package link

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// tlsConfig is what both sides always ask for. Session tickets are off: Go does
// not check a chain again when a session is resumed, so a revoked node could
// come back with one.
func tlsConfig(self Identity) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{self.forTLS()},
		SessionTicketsDisabled: true,
		Time:                   func() time.Time { return anyDay },
	}
}

// serverConfig chooses by what the client offers, before any of its bytes are
// trusted. That a client offers exactly one protocol is checked by hand,
// because crypto/tls lets in one that offers none.
func serverConfig(r *Registry, self func() Identity) *tls.Config {
	base := tlsConfig(self())
	base.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		switch {
		case !slices.Contains(hello.SupportedVersions, tls.VersionTLS13):
			return nil, errVersion
		case len(hello.SupportedProtos) != 1 || !slices.Contains(protocols, hello.SupportedProtos[0]):
			return nil, errProtocol
		}
		conf := tlsConfig(self())
		conf.NextProtos = hello.SupportedProtos
		if conf.NextProtos[0] == Join {
			conf.ClientAuth = tls.RequireAnyClientCert
			return conf, nil
		}
		conf.ClientAuth, conf.ClientCAs = tls.RequireAndVerifyClientCert, r.trusted()
		conf.VerifyConnection = func(cs tls.ConnectionState) error {
			_, err := r.Identify(cs)
			return err
		}
		return conf, nil
	}
	return base
}

// clientConfig expects one member: the usual check of the chain with the
// members as roots, then the name, then the key.
func clientConfig(r *Registry, self Identity, id, proto string) *tls.Config {
	conf := tlsConfig(self)
	conf.NextProtos, conf.ServerName, conf.RootCAs = []string{proto}, serverName(id), r.trusted()
	conf.VerifyConnection = func(cs tls.ConnectionState) error {
		if cs.NegotiatedProtocol != proto {
			return errProtocol
		}
		p, err := r.Identify(cs)
		if err == nil && p.ID != id {
			err = fmt.Errorf("expected %s, met %s: %w", id, p.ID, ErrStranger)
		}
		return err
	}
	return conf
}

// joinConfig expects the holder of one key, known from an invitation.
//
// A newcomer has no registry and not even the peer's certificate, only its key.
// The root it trusts is a throwaway one that names the peer and holds the pinned
// key, so the usual check of the chain asks the pinned key whether it signed the
// certificate that was shown. Nothing is skipped.
func joinConfig(self Identity, id string, pin Key) (*tls.Config, error) {
	root, err := pinned(id, pin)
	if err != nil {
		return nil, err
	}
	conf := tlsConfig(self)
	conf.NextProtos, conf.ServerName, conf.RootCAs = []string{Join}, serverName(id), x509.NewCertPool()
	conf.RootCAs.AddCert(root)
	conf.VerifyConnection = func(cs tls.ConnectionState) error {
		switch {
		case cs.NegotiatedProtocol != Join:
			return errProtocol
		case len(cs.PeerCertificates) != 1 || keyOf(cs.PeerCertificates[0]) != pin:
			return errors.New("the peer does not hold the key of the invitation")
		}
		return nil
	}
	return conf, nil
}

func pinned(id string, pin Key) (*x509.Certificate, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	_, throwaway, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("pin the key of %s: %w", id, err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: id}, NotBefore: firstDay, NotAfter: lastDay,
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, ed25519.PublicKey(pin[:]), throwaway)
	if err != nil {
		return nil, fmt.Errorf("pin the key of %s: %w", id, err)
	}
	return x509.ParseCertificate(der)
}
