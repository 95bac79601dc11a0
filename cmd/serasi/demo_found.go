package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"serasi/node"
	"serasi/node/settings"
)

// found makes the federation: the first balai founds it, the others are invited,
// ask, and are approved by two of three officers, as it is done in the field.
func (d *demo) found(ctx context.Context) error {
	d.tell(d.t("Menyiapkan lima balai di %s …", "Setting five balai up in %s …"), d.dir)
	officers, err := d.officers()
	if err != nil {
		return err
	}
	first := d.state.Nodes[0]
	cfg, err := d.prepare(first)
	if err != nil {
		return err
	}
	founding := node.Founding{Code: first.Code, Zone: first.Zone, K: 2, Seats: 5}
	for _, o := range officers {
		founding.Officers = append(founding.Officers, o.Public())
	}
	made, err := node.Init(ctx, cfg, founding)
	if err != nil {
		return err
	}
	d.scene(first.Code, d.t("petugas TI", "IT"), d.t("mendirikan federasi %.8s", "founds the federation %.8s"), made.Federation)
	if err := d.moveIn(ctx, first, made); err != nil {
		return err
	}
	for _, n := range d.state.Nodes[1:] {
		if err := d.admit(ctx, first, n, officers[:2]); err != nil {
			return fmt.Errorf("%s: %w", n.Code, err)
		}
	}
	d.tell("%s", d.t("Membuat akun petugas …", "Making the accounts …"))
	if err := d.each(func(n *demoNode) error { return d.accounts(ctx, n) }); err != nil {
		return err
	}
	if err := d.writeTokens(); err != nil {
		return err
	}
	return d.load(ctx)
}

// officers makes three keys, and keeps them in the folder to play with.
func (d *demo) officers() (keys []node.OfficerKey, err error) {
	for i := range 3 {
		key, err := node.NewOfficerKey()
		if err != nil {
			return nil, err
		}
		locked, err := key.Lock([]byte(d.state.Password))
		if err != nil {
			return nil, err
		}
		if err := writeFile(filepath.Join(d.dir, fmt.Sprintf("officer-%d", i+1)), locked, 0o600); err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// prepare writes the settings of a node and returns them for package node.
func (d *demo) prepare(n *demoNode) (node.Config, error) {
	var c chosen
	c.Settings = settings.Defaults()
	c.Listen, c.People, c.Key, c.Profile = n.Listen, n.People, "file:"+d.folder(n.Code)+".key", firstOf(d.profile, "lan")
	c.InsecureHTTP, c.Rehearsal, c.Peers = true, !d.real, n.peers
	if err := errors.Join(os.MkdirAll(d.folder(n.Code), 0o700), node.NewRootKey(d.folder(n.Code)+".key")); err != nil {
		return node.Config{}, err
	}
	here := *d.app
	here.dir = d.folder(n.Code)
	cfg, err := c.node(&here)
	return cfg, errors.Join(err, c.save(here.dir))
}

// moveIn starts a node and makes its first account with the console's code.
func (d *demo) moveIn(ctx context.Context, n *demoNode, made node.Made) error {
	n.Tokens, n.Users = map[string]string{}, map[string]string{}
	if err := d.start(ctx, n); err != nil {
		return err
	}
	door, err := d.as(n.Code, "")
	if err != nil {
		return err
	}
	var u node.User
	if err := door.post(ctx, "/first-admin", map[string]any{"code": made.FirstCode, "login": "admin", "password": d.state.Password}, &u); err != nil {
		return fmt.Errorf("first account: %w", err)
	}
	n.Users[admin] = string(u.ID)
	return d.token(ctx, n, admin)
}

// token makes the token of one role.
func (d *demo) token(ctx context.Context, n *demoNode, role string) error {
	door, err := d.as(n.Code, "")
	if err != nil {
		return err
	}
	for _, p := range cast {
		if p.role != role {
			continue
		}
		body := map[string]any{"login": p.login, "password": d.state.Password, "label": "demo", "scopes": p.scopes, "days": 365}
		var t issued
		if err := door.post(ctx, "/tokens", body, &t); err != nil {
			return fmt.Errorf("token of %s: %w", role, err)
		}
		n.Tokens[role] = t.Token
	}
	return nil
}

// admit takes one balai into the federation.
func (d *demo) admit(ctx context.Context, host, n *demoNode, officers []node.OfficerKey) error {
	c, err := d.as(host.Code, admin)
	if err != nil {
		return err
	}
	var inv node.Invitation
	err = insist(ctx, func() error { return c.post(ctx, "/invitations", map[string]any{"code": n.Code, "hours": 24}, &inv) })
	if err != nil {
		return err
	}
	cfg, err := d.prepare(n)
	if err != nil {
		return err
	}
	made, err := node.Join(ctx, cfg, n.Zone, inv.Text)
	if err != nil {
		return err
	}
	d.scene(n.Code, d.t("petugas TI", "IT"), d.t("bergabung dengan undangan; sidik %.19s…", "joins by invitation; fingerprint %.19s…"), made.Fingerprint)
	for _, o := range officers {
		if err := d.approve(ctx, c, n, made, o); err != nil {
			return err
		}
	}
	d.scene(host.Code, d.t("petugas fed.", "officers"), d.t("dua dari tiga petugas menyetujui %s", "two of three officers approve %s"), n.Code)
	return d.moveIn(ctx, n, made)
}

func (d *demo) approve(ctx context.Context, c *client, n *demoNode, made node.Made, o node.OfficerKey) error {
	var m node.Motion
	if err := c.get(ctx, path("members", n.Code, "motion"), queryOf("act", "activate"), &m); err != nil {
		return err
	}
	if m.Content != made.Fingerprint {
		return errors.New("the fingerprints differ")
	}
	sig, err := o.SignMotion(m)
	if err != nil {
		return err
	}
	return insist(ctx, func() error { return c.post(ctx, path("members", n.Code, "approve"), sig, nil) })
}

// insist asks again while the federation has not answered; what was done already
// is told as done.
func insist(ctx context.Context, ask func() error) error {
	return waitFor(ctx, "an answer of the federation", func() (bool, error) {
		err := ask()
		if isStatus(err, http.StatusServiceUnavailable) {
			return false, nil
		}
		return err == nil, err
	})
}

// accounts makes the accounts and tokens of all roles.
func (d *demo) accounts(ctx context.Context, n *demoNode) error {
	c, err := d.as(n.Code, admin)
	if err != nil {
		return err
	}
	for _, p := range cast {
		if p.role == admin {
			continue
		}
		var u node.User
		body := map[string]any{"login": p.login, "name": p.role + " " + n.Code, "roles": []string{p.role}, "unit": "rehabilitasi", "password": d.state.Password}
		if err := c.post(ctx, "/users", body, &u); err != nil {
			return fmt.Errorf("%s: account %s: %w", n.Code, p.login, err)
		}
		n.Users[p.role] = string(u.ID)
		if err := d.token(ctx, n, p.role); err != nil {
			return fmt.Errorf("%s: %w", n.Code, err)
		}
	}
	return nil
}

// writeTokens puts each token in a file of its own, for --token-file, and that
// of the admin IT where the other verbs look for one.
func (d *demo) writeTokens() error {
	for _, n := range d.state.Nodes {
		if err := os.MkdirAll(filepath.Join(d.folder(n.Code), "tokens"), 0o700); err != nil {
			return err
		}
		for _, p := range cast {
			if err := writeFile(d.tokenPath(n.Code, p.file), []byte(n.Tokens[p.role]+"\n"), 0o600); err != nil {
				return err
			}
		}
		if err := writeFile(filepath.Join(d.folder(n.Code), "token"), []byte(n.Tokens[admin]+"\n"), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// settle waits until all five follow one leader and see each other.
func (d *demo) settle(ctx context.Context) error {
	return waitFor(ctx, d.t("kelima simpul saling mengenal", "the five nodes know each other"), func() (bool, error) {
		for _, n := range d.state.Nodes {
			c, err := d.as(n.Code, admin)
			if err != nil {
				return false, err
			}
			var s node.Status
			err = c.get(ctx, "/node/status", nil, &s)
			if isStatus(err, http.StatusUnauthorized) {
				return false, err
			}
			if err != nil || s.Raft.Leader == "" || !s.Indexed {
				return false, nil
			}
			var l memberList
			if c.get(ctx, "/members", nil, &l) != nil || len(l.Items) != len(d.state.Nodes) {
				return false, nil
			}
		}
		return true, nil
	})
}
