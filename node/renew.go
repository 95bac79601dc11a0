package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"serasi/federation/link"
	"serasi/federation/rpc"
	"serasi/node/caseload"
	"serasi/node/casework"
	"serasi/node/handoff"
	"serasi/node/letter"
	"serasi/node/search"
	"serasi/node/store"
	"serasi/node/vault"
	"serasi/replication"
	"serasi/replication/ledger"
)

// Restore builds a node in an empty folder from a backup, with the recovery
// identity that opens it. The node comes back as a new incarnation: it runs
// under a new raft id and a new sealing key, is no voter, and edits nothing that
// the ledger knows until it has asked the ledger what became of its cases.
// Everything it had is kept; what was written after the backup is not in it.
func Restore(ctx context.Context, cfg Config, backup io.Reader, recovery string) (Made, error) {
	if err := cfg.Check(); err != nil {
		return Made{}, err
	}
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	now := clock(cfg.Clock)
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return Made{}, fmt.Errorf("make the data folder: %w", err)
	}
	source, err := cfg.source()
	if err != nil {
		return Made{}, err
	}
	keys, err := vault.Open(filepath.Join(cfg.Dir, "kek"), source)
	if err != nil {
		return Made{}, fmt.Errorf("make new keys: %w", err)
	}
	conf := storeConfig(cfg, keys, now, log, func(error) {})
	if _, err := store.Restore(ctx, conf, backup, recovery); err != nil {
		return Made{}, err
	}
	if err := skipNumbers(ctx, cfg, log); err != nil {
		return Made{}, fmt.Errorf("skip numbers that may have been given: %w", err)
	}
	return reincarnate(ctx, cfg, nil)
}

// skipped is how many numbers of a year a restored node leaves out: more cases
// than a balai opens between two backups that are worth the name. Letters with
// those numbers may be out, and no number is ever given twice.
const skipped = 1000

func skipNumbers(ctx context.Context, cfg Config, log *slog.Logger) error {
	now := clock(cfg.Clock)
	_, db, err := openStore(cfg, now, log, func(error) {})
	if err != nil {
		return err
	}
	err = func() error {
		id, err := readIdentity(db)
		if err != nil {
			return err
		}
		zone, err := Zone(id.Zone)
		if err != nil {
			return err
		}
		cases, err := caseload.New(caseConfig(db, id, zone, now, log, search.New()))
		if err != nil {
			return err
		}
		const why = "perhaps given after the backup from which this node was restored"
		if err := cases.SkipNumbers(ctx, skipped, why); err != nil {
			return err
		}
		letters, err := letter.New(letterConfig(db, id, zone, now))
		if err != nil {
			return err
		}
		return letters.SkipNumbers(ctx, skippedLetters, why)
	}()
	return errors.Join(err, db.Close())
}

// reincarnate draws a new raft id and sealing key and removes what belonged to
// the old ones. Members in known take the place of those that the node was
// introduced to. The order matters: the row that says so is durable before the
// files go, so that a crash in between repeats the removal.
func reincarnate(ctx context.Context, cfg Config, known []introduced) (Made, error) {
	now := clock(cfg.Clock)
	_, db, err := openStore(cfg, now, slog.New(slog.DiscardHandler), func(error) {})
	if err != nil {
		return Made{}, err
	}
	id, err := readIdentity(db)
	if err != nil {
		return Made{}, errors.Join(err, db.Close())
	}
	_, _ = rand.Read(id.Raft[:])
	id.Incarnation++
	id.Renew = true
	if len(known) > 0 {
		id.Introduced = known
	}
	id.at(cfg.Advertise)
	if id.Seal, err = handoff.NewSealKey(ctx, db, now()); err == nil {
		err = errors.Join(writeIdentity(ctx, db, id), noteOffline(ctx, db, now, "return as a new incarnation"))
	}
	made := Made{Code: string(id.Code), Federation: id.Federation.String()}
	return made, errors.Join(err, db.Close(), replication.Wipe(cfg.Dir))
}

// renewLoop puts this incarnation into the ledger. It cannot propose as a
// member of the raft group, which it is not; it asks members it knows for the
// leader, and hands the command in there.
func (n *Node) renewLoop(b *bond, id identity) {
	self, err := link.ParseIdentity(string(id.Code), id.TLS)
	if err != nil {
		n.fail(err)
		return
	}
	body := &ledger.RenewBody{Raft: id.Raft, TLS: self.Certificate(), Seal: id.Seal, Addr: id.Advertise}
	for b.done.Err() == nil {
		done, err := n.renewOnce(b, id, body)
		if err != nil {
			n.log.Info("the ledger does not have this incarnation yet", "err", err)
		}
		if done {
			break
		}
		select {
		case <-b.done.Done():
			return
		case <-time.After(n.patience()):
		}
	}
	id.Renew, id.Seal = false, nil
	if err := writeIdentity(context.WithoutCancel(b.done), n.db, id); err != nil {
		n.fail(fmt.Errorf("note that this incarnation is in the ledger: %w", err))
	}
	n.renewing.Store(false)
}

// renewOnce tries once. It is done if the ledger has this incarnation.
func (n *Node) renewOnce(b *bond, id identity, body *ledger.RenewBody) (done bool, err error) {
	c := ledger.Command{Act: ledger.Renew, Subject: ledger.MemberOf(id.Code), Body: body, Minute: n.clock().Unix() / 60}
	known := false
	b.scholar.view(func(v ledger.View, _ uint64) {
		m, ok := v.Member(id.Code)
		known, done = ok, ok && m.Raft == id.Raft
		c.Prev = v.HeadFor(c.Act, c.Subject)
	})
	if done || !known {
		return done, nil
	}
	signed, err := id.sign(c)
	if err != nil {
		return false, err
	}
	res, err := n.handIn(b, ledger.Proposal{Signed: signed})
	if err != nil {
		return false, err
	}
	n.study(b)
	switch res.Refused {
	case ledger.NotRefused:
		return true, nil
	default:
		return false, fmt.Errorf("refused: %s", res.Refused)
	}
}

// handIn gives a proposal to the leader, whoever of the members that is.
func (n *Node) handIn(b *bond, p ledger.Proposal) (ledger.Result, error) {
	ask := []string{}
	for _, peer := range b.port.Registry().Peers() {
		if peer.ID != string(n.id.Code) {
			ask = append(ask, peer.ID)
		}
	}
	tried := map[string]bool{}
	err := error(casework.Unavailable.Because("no member can be reached"))
	for len(ask) > 0 {
		next := ask[0]
		ask = ask[1:]
		if tried[next] {
			continue
		}
		tried[next] = true
		ctx, cancel := context.WithTimeout(b.done, 10*time.Second)
		var answer []byte
		answer, err = b.client.Propose(ctx, next, p.Encode())
		cancel()
		if err == nil {
			return ledger.DecodeResult(answer)
		}
		var not *rpc.NotLeader
		if errors.As(err, &not) && not.Leader != "" {
			ask = append([]string{not.Leader}, ask...)
		}
	}
	return ledger.Result{}, err
}

// clientOf is the way to other nodes of one bond.
func (n *Node) clientOf(b *bond) func() *rpc.Client { return func() *rpc.Client { return b.client } }
