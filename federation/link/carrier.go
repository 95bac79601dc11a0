package link

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

const (
	maxID      = 32   // bytes of a balai code
	maxCarrier = 1024 // bytes of a certificate; ours have about 350
	domain     = ".node.serasi.internal"
)

// A carrier is valid from the first to the last moment that X.509 can say, and
// TLS is told that it is always the same day: only the registry ends a key. A
// node whose clock battery is dead still reaches its peers.
var (
	firstDay = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	lastDay  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	anyDay   = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

// CheckID says whether id can be a balai code on the port: 1 to 32 letters,
// digits and inner hyphens.
func CheckID(id string) error {
	ok := id != "" && len(id) <= maxID && !strings.HasPrefix(id, "-") && !strings.HasSuffix(id, "-")
	for _, c := range []byte(id) {
		ok = ok && (c == '-' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z')
	}
	if !ok {
		return errors.New("a balai code has 1 to 32 letters, digits and inner hyphens")
	}
	return nil
}

func serverName(id string) string { return strings.ToLower(id) + domain }

// newCarrier signs the certificate of key. It draws no random number and reads
// no clock.
func newCarrier(id string, key ed25519.PrivateKey) ([]byte, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	public := key.Public().(ed25519.PublicKey)
	serial := sha256.Sum256(public)
	template := &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(serial[:16]),
		Subject:               pkix.Name{CommonName: id},
		DNSNames:              []string{serverName(id)},
		NotBefore:             firstDay,
		NotAfter:              lastDay,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(nil, template, template, public, key)
	if err != nil {
		return nil, fmt.Errorf("sign the carrier of %s: %w", id, err)
	}
	return der, nil
}

// CheckCertificate returns the key that der carries for the balai called id, or
// why der is no such carrier. Use it before an entry goes to the ledger.
func CheckCertificate(id string, der []byte) (Key, error) {
	leaf, err := parseCarrier(id, der)
	if err != nil {
		return Key{}, err
	}
	return keyOf(leaf), nil
}

// parseCarrier is strict: a certificate that newCarrier would not have made is
// refused, so that a key has one certificate a name.
func parseCarrier(id string, der []byte) (*x509.Certificate, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	if len(der) > maxCarrier {
		return nil, fmt.Errorf("certificate of %s: over %d bytes", id, maxCarrier)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", id, err)
	}
	if err := checkCarrier(id, leaf); err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", id, err)
	}
	return leaf, nil
}

func checkCarrier(id string, c *x509.Certificate) error {
	_, isEd25519 := c.PublicKey.(ed25519.PublicKey)
	switch {
	case !isEd25519 || c.SignatureAlgorithm != x509.PureEd25519:
		return errors.New("the key is not Ed25519")
	case c.IsCA || c.KeyUsage != x509.KeyUsageDigitalSignature:
		return errors.New("it may sign more than a handshake")
	case !slices.Equal(c.DNSNames, []string{serverName(id)}) || c.Subject.CommonName != id:
		return errors.New("it names another node")
	case len(c.IPAddresses)+len(c.EmailAddresses)+len(c.URIs)+len(c.UnhandledCriticalExtensions) != 0:
		return errors.New("it says more than its name")
	case !bytes.Equal(c.RawIssuer, c.RawSubject):
		return errors.New("it names an issuer")
	case !c.NotBefore.Equal(firstDay) || !c.NotAfter.Equal(lastDay):
		return errors.New("it has dates of its own")
	}
	if err := c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature); err != nil {
		return fmt.Errorf("it is not signed by its own key: %w", err)
	}
	return nil
}

// keyOf returns the Ed25519 key of c. Callers have checked that it is one.
func keyOf(c *x509.Certificate) (k Key) {
	if c == nil {
		return k
	}
	if public, ok := c.PublicKey.(ed25519.PublicKey); ok {
		copy(k[:], public)
	}
	return k
}
