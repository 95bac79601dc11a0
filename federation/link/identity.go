package link

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
)

const (
	keyBlock  = "PRIVATE KEY"
	certBlock = "CERTIFICATE"
)

// A Key is the raw Ed25519 public key of a node. For Ed25519 it says the same
// as the hash of the SubjectPublicKeyInfo, so it also serves as the pin in an
// invitation.
type Key [ed25519.PublicKeySize]byte

// Identity is a node's TLS key and the certificate that carries it. The zero
// value is nobody. It never prints its private key.
type Identity struct {
	id   string
	key  ed25519.PrivateKey
	leaf *x509.Certificate
}

// NewIdentity makes a key for the balai called id and signs its carrier. A nil
// random means crypto/rand. The carrier depends on id and key alone, so the
// same 32 random bytes give the same identity.
//
// The error says that id is not usable (see CheckID) or random ran dry.
func NewIdentity(id string, random io.Reader) (Identity, error) {
	if random == nil {
		random = rand.Reader
	}
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(random, seed); err != nil {
		return Identity{}, fmt.Errorf("draw a TLS key: %w", err)
	}
	key := ed25519.NewKeyFromSeed(seed)
	der, err := newCarrier(id, key)
	if err != nil {
		return Identity{}, err
	}
	return newIdentity(id, key, der)
}

func newIdentity(id string, key ed25519.PrivateKey, der []byte) (Identity, error) {
	leaf, err := parseCarrier(id, der)
	if err != nil {
		return Identity{}, err
	}
	if !key.Public().(ed25519.PublicKey).Equal(leaf.PublicKey) {
		return Identity{}, errors.New("the certificate carries another key")
	}
	return Identity{id: id, key: key, leaf: leaf}, nil
}

// ParseIdentity reads what Marshal wrote. Anything else in the file is refused.
func ParseIdentity(id string, b []byte) (Identity, error) {
	first, rest := pem.Decode(b)
	if first == nil || first.Type != keyBlock {
		return Identity{}, errors.New("TLS identity: no private key")
	}
	second, rest := pem.Decode(rest)
	if second == nil || second.Type != certBlock || len(bytes.TrimSpace(rest)) != 0 {
		return Identity{}, errors.New("TLS identity: not one key and one certificate")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(first.Bytes)
	if err != nil {
		return Identity{}, fmt.Errorf("TLS identity: %w", err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return Identity{}, errors.New("TLS identity: the key is not Ed25519")
	}
	i, err := newIdentity(id, key, second.Bytes)
	if err != nil {
		return Identity{}, fmt.Errorf("TLS identity: %w", err)
	}
	return i, nil
}

// Marshal writes the private key and its carrier as PEM. Whoever holds the
// result is this node: it belongs under encryption at rest.
func (i Identity) Marshal() ([]byte, error) {
	if i.leaf == nil {
		return nil, errors.New("TLS identity is empty")
	}
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		return nil, fmt.Errorf("TLS identity: %w", err)
	}
	out := pem.EncodeToMemory(&pem.Block{Type: keyBlock, Bytes: der})
	return append(out, pem.EncodeToMemory(&pem.Block{Type: certBlock, Bytes: i.leaf.Raw})...), nil
}

// ID is the balai code that the certificate names.
func (i Identity) ID() string { return i.id }

// Certificate is the carrier in DER, as the registry lists it.
func (i Identity) Certificate() []byte {
	if i.leaf == nil {
		return nil
	}
	return bytes.Clone(i.leaf.Raw)
}

// Key is the public key.
func (i Identity) Key() Key { return keyOf(i.leaf) }

// SPKIHash is the SHA-256 of the SubjectPublicKeyInfo, for people who compare
// fingerprints.
func (i Identity) SPKIHash() [32]byte {
	if i.leaf == nil {
		return [32]byte{}
	}
	return sha256.Sum256(i.leaf.RawSubjectPublicKeyInfo)
}

// String keeps the private key out of logs.
func (i Identity) String() string { return "identity of " + i.id }

// GoString is String, for %#v.
func (i Identity) GoString() string { return i.String() }

func (i Identity) forTLS() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{i.leaf.Raw}, PrivateKey: i.key, Leaf: i.leaf}
}
