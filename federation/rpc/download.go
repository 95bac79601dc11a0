package rpc

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// ErrDigest says that a packet is not the one the ledger speaks of.
var ErrDigest = errors.New("the packet does not match its digest")

// File is where a packet is put together; *os.File is one.
type File interface {
	io.ReadWriteSeeker
	Truncate(size int64) error
}

// Download fetches the packet of a handoff from node into to, going on behind
// what to holds already, and checks the whole of it against digest (SHA-256).
// It returns nil only if to is complete and right; syncing to disk is the
// caller's.
//
// What turned out wrong is removed from to, so the next Download begins anew.
// After any other error to keeps what came, and the next Download goes on from
// there. A node whose packet has another digest is refused before it sends.
func (c *Client) Download(ctx context.Context, node, handoff string, to File, digest [sha256.Size]byte) error {
	if _, err := to.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("download %s: %w", handoff, err)
	}
	sum := sha256.New()
	have, err := io.Copy(sum, to) // and leaves to at its end
	if err != nil {
		return fmt.Errorf("download %s: %w", handoff, err)
	}
	offered := false
	_, err = c.FetchPacket(ctx, node, handoff, have, io.MultiWriter(to, sum), func(p PacketInfo) error {
		if p.Digest != digest {
			return ErrDigest
		}
		offered = true
		return nil
	})
	if err == nil && [sha256.Size]byte(sum.Sum(nil)) != digest {
		err = ErrDigest
	}
	tooLong := !offered && errors.Is(err, Invalid) // what is here is longer than the packet
	if offered && errors.Is(err, ErrDigest) || tooLong {
		err = errors.Join(err, to.Truncate(0))
	}
	if err != nil {
		return fmt.Errorf("download %s: %w", handoff, err)
	}
	return nil
}
