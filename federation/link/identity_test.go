package link_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"serasi/federation/link"
)

func TestIdentityIsItsSeed(t *testing.T) {
	seed := bytes.Repeat([]byte{7}, 32)
	a, err := link.NewIdentity("SOE", bytes.NewReader(seed))
	if err != nil {
		t.Fatal(err)
	}
	b, err := link.NewIdentity("SOE", bytes.NewReader(seed))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Certificate(), b.Certificate()) || a.Key() != b.Key() || a.SPKIHash() != b.SPKIHash() {
		t.Error("one seed gave two identities")
	}
	if c := identity(t, "SOE"); c.Key() == a.Key() {
		t.Error("two seeds gave one key")
	}
	if k, err := link.CheckCertificate("SOE", a.Certificate()); err != nil || k != a.Key() {
		t.Errorf("own certificate: %v", err)
	}
}

func TestIdentityIsStoredAndRead(t *testing.T) {
	i := identity(t, "SOE")
	stored, err := i.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	other, err := identity(t, "SOE").Marshal()
	if err != nil {
		t.Fatal(err)
	}
	key, cert, _ := bytes.Cut(stored, []byte("-----BEGIN CERT"))
	_, otherCert, _ := bytes.Cut(other, []byte("-----BEGIN CERT"))
	begin := []byte("-----BEGIN CERT")
	tests := map[string]struct {
		id string
		b  []byte
		ok bool
	}{
		"as stored (control)": {"SOE", stored, true},
		"of another balai":    {"ANT", stored, false},
		"without certificate": {"SOE", key, false},
		"without key":         {"SOE", append(begin[:len(begin):len(begin)], cert...), false},
		"with another's":      {"SOE", append(append(bytes.Clone(key), begin...), otherCert...), false},
		"with a tail":         {"SOE", append(bytes.Clone(stored), "tail"...), false},
		"nothing":             {"SOE", nil, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := link.ParseIdentity(tt.id, tt.b)
			if (err == nil) != tt.ok {
				t.Fatalf("ParseIdentity: %v", err)
			}
			if tt.ok && got.Key() != i.Key() {
				t.Error("another key was read")
			}
		})
	}
}

func TestIdentityKeepsItsSecret(t *testing.T) {
	i := identity(t, "SOE")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, i); got != "identity of SOE" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

func TestCheckID(t *testing.T) {
	tests := map[string]struct {
		id string
		ok bool
	}{
		"three letters": {"SOE", true},
		"with a hyphen": {"slrt-12", true},
		"empty":         {"", false},
		"a dot":         {"a.b", false},
		"hyphen first":  {"-a", false},
		"not ASCII":     {"SÖE", false},
		"a path":        {"../a", false},
		"long":          {strings.Repeat("a", 33), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := link.CheckID(tt.id); (err == nil) != tt.ok {
				t.Errorf("CheckID(%q): %v", tt.id, err)
			}
			if _, err := link.NewIdentity(tt.id, nil); (err == nil) != tt.ok {
				t.Errorf("NewIdentity(%q): %v", tt.id, err)
			}
		})
	}
}

func FuzzCheckCertificate(f *testing.F) {
	i, err := link.NewIdentity("SOE", bytes.NewReader(make([]byte, 32)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(i.Certificate())
	f.Add([]byte{})
	f.Add(i.Certificate()[:100])
	f.Fuzz(func(t *testing.T, der []byte) {
		k, err := link.CheckCertificate("SOE", der)
		if err == nil && k == (link.Key{}) {
			t.Error("a certificate without a key passed")
		}
	})
}

func FuzzParseIdentity(f *testing.F) {
	i, err := link.NewIdentity("SOE", bytes.NewReader(make([]byte, 32)))
	if err != nil {
		f.Fatal(err)
	}
	b, err := i.Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := link.ParseIdentity("SOE", b); err == nil && got.ID() != "SOE" {
			t.Error("read an identity of another name")
		}
	})
}
