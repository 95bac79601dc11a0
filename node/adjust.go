package node

import (
	"crypto/tls"
	"errors"
	"os"
	"path/filepath"

	"serasi/node/casework"
	"serasi/node/vault"
)

// Adjust gives a running node what it can take of new settings: the budget of
// proposals and the certificate of the people's port, which is read again even
// if its name is the old one. Everything else in cfg is ignored. With an error,
// which is Invalid, nothing changes.
func (n *Node) Adjust(cfg Config) error {
	if !n.cfg.InsecureHTTP {
		cert, err := certificate(cfg, n.clock())
		if err != nil {
			return unusable("certificate", err)
		}
		n.people.cert.Store(&cert)
	}
	if b := n.current(); b != nil {
		b.log.SetBudget(cfg.Tuning.Budget)
	}
	return nil
}

// CheckFiles returns all that is wrong with the files that cfg names. It opens
// nothing for writing and needs no node to be there. The error is Invalid.
func CheckFiles(cfg Config) error {
	var faults []casework.Fault
	add := func(field string, err error) {
		if err != nil {
			faults = append(faults, casework.Faults(unusable(field, err))...)
		}
	}
	if cfg.Certificate != "" {
		_, err := tls.LoadX509KeyPair(cfg.Certificate, cfg.CertKey)
		add("certificate", err)
	}
	if cfg.Peers != "" {
		_, err := os.Stat(cfg.Peers)
		add("peers", err)
	}
	// A key in a file is there once the node is; other kinds can only be asked
	// for by the node itself.
	if source, err := cfg.source(); err == nil && source.String() == vault.KindFile {
		if _, err := os.Stat(filepath.Join(cfg.Dir, "kek")); err == nil {
			_, err = source.Root()
			add("key", err)
		}
	}
	return casework.Faulty(faults...)
}

func unusable(field string, err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		err = errors.New(path.Path + ": " + path.Err.Error())
	}
	return casework.Faulty(casework.Fault{Field: field, Words: "cannot be used: " + err.Error()})
}
