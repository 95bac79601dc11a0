package node

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"time"

	"serasi/federation/link"
	"serasi/replication"
	"serasi/replication/ledger"
)

// Ledger measures commits of signed offers with 1 KiB sealed beside them: five
// voters in this process, each with its own port, log and disk files, over TLS
// on loopback. Every node verifies every signature. Proposers stand at the
// leader.
func (b Bench) Ledger(ctx context.Context, proposers []int) error {
	dir, err := os.MkdirTemp(b.Dir, "serasi-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	g, err := newBenchGroup(dir, 5, func(*replication.Config) {})
	if err != nil {
		return errors.Join(err, g.close())
	}
	if err := g.awaitLeader(ctx); err != nil {
		return errors.Join(err, g.close())
	}
	for _, n := range proposers {
		if err := b.measure(ctx, "ledger commit, 5 nodes", n, g.commit); err != nil {
			return errors.Join(err, g.close())
		}
	}
	return g.close()
}

// benchGroup is five founders.
type benchGroup struct {
	ids    []identity
	links  []link.Config
	ports  []*link.Port
	confs  []replication.Config
	logs   []*replication.Log
	leader *replication.Log
	signer identity
	to     ledger.Member
}

func newBenchGroup(dir string, n int, tune func(*replication.Config)) (*benchGroup, error) {
	g := &benchGroup{}
	charter := ledger.Charter{Nonce: ledger.ID{1}, K: 1, Seats: uint8(n), Daily: math.MaxUint32}
	officer, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return g, err
	}
	charter.Officers = [][]byte{officer}
	registry := link.NewRegistry()
	var peers []link.Peer
	for i := range n {
		id, err := newIdentity(ledger.NodeID(fmt.Sprintf("BN%d", i)), "WIB", "127.0.0.1:1", time.Now())
		if err != nil {
			return g, err
		}
		self, err := link.ParseIdentity(string(id.Code), id.TLS)
		if err != nil {
			return g, err
		}
		conf := link.Config{Listen: "127.0.0.1:0", Identity: self, Registry: registry}
		port, err := link.Listen(conf)
		if err != nil {
			return g, err
		}
		id.Advertise = port.Addr().String()
		conf.Listen = id.Advertise
		g.ports, g.links = append(g.ports, port), append(g.links, conf)
		own, err := id.founding(sealStub(i))
		if err != nil {
			return g, err
		}
		charter.Founders = append(charter.Founders, own)
		peers = append(peers, link.Peer{
			ID: string(id.Code), Certs: [][]byte{self.Certificate()}, Addr: id.Advertise, Active: true, Voter: true, RaftID: id.Raft.String(),
		})
		g.ids = append(g.ids, id)
	}
	if err := registry.Set(peers); err != nil {
		return g, err
	}
	return g, g.open(dir, charter, tune)
}

// sealStub is a well-formed public sealing key that nobody opens: the payloads
// of the benchmark are random bytes.
func sealStub(i int) []byte {
	b := make([]byte, 1216)
	b[0] = byte(i + 1)
	return b
}

func (g *benchGroup) open(dir string, charter ledger.Charter, tune func(*replication.Config)) error {
	core := charter.Encode()
	body := &ledger.GenesisBody{Core: core}
	for i := range g.ids {
		g.ids[i].Federation = charter.Federation()
		body.Sigs = append(body.Sigs, [ed25519.SignatureSize]byte(ed25519.Sign(g.ids[i].key(), ledger.CharterBytes(core))))
	}
	genesis, err := g.ids[0].sign(ledger.Command{Act: ledger.Genesis, Subject: ledger.Federation(), Body: body})
	if err != nil {
		return err
	}
	for i, id := range g.ids {
		conf := replication.Config{
			Dir: filepath.Join(dir, string(id.Code)), Self: id.Code, Federation: id.Federation, Raft: id.Raft, Profile: replication.LAN,
			Network: raftNetwork{g.ports[i]}, Sign: id.sign, Budget: replication.Budget{PerSecond: 1e9, Burst: 1e9},
		}
		tune(&conf)
		if err := replication.Found(conf, genesis); err != nil {
			return err
		}
		g.confs = append(g.confs, conf)
		log, err := replication.Open(conf)
		if err != nil {
			return err
		}
		g.logs = append(g.logs, log)
	}
	return nil
}

// awaitLeader waits for a leader that has applied the genesis.
func (g *benchGroup) awaitLeader(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		for i, log := range g.logs {
			if log.Status().Role != replication.Leader {
				continue
			}
			ready := false
			err := log.View(func(v ledger.View) error {
				g.to, ready = v.Member(g.ids[(i+1)%len(g.ids)].Code)
				return nil
			})
			if err == nil && ready {
				g.leader, g.signer = log, g.ids[i]
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no leader of the benchmark's group: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// commit signs one offer and has it committed.
func (g *benchGroup) commit(ctx context.Context, _, _ int) error {
	var handoff, caseID ledger.ID
	_, _ = rand.Read(handoff[:])
	_, _ = rand.Read(caseID[:])
	payload := make([]byte, 1024)
	_, _ = rand.Read(payload)
	signed, err := g.signer.sign(ledger.Command{
		Act: ledger.Offer, Subject: ledger.HandoffOf(handoff), Payload: sha256.Sum256(payload),
		Body: &ledger.OfferBody{
			Kind: ledger.Transfer, To: g.to.Code, Case: caseID, Content: ledger.Hash{1}, SealKey: g.to.SealKey(),
			AnswerIn: 7 * 24 * 3600, ArriveIn: 7 * 24 * 3600,
		},
	})
	if err != nil {
		return err
	}
	res, err := g.leader.Propose(ctx, ledger.Proposal{Signed: signed, Payload: payload})
	if err == nil && res.Refused != ledger.NotRefused {
		err = fmt.Errorf("refused: %s", res.Refused)
	}
	return err
}

func (g *benchGroup) close() error {
	var errs []error
	for _, l := range g.logs {
		errs = append(errs, l.Close())
	}
	for _, p := range g.ports {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}
