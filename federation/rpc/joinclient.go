package rpc

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"serasi/federation/link"
)

// AskToJoin sends the registry entry of a newcomer to who invited it. self is
// the identity that the entry names; the inviter must prove the key in the
// invitation. Asking twice is harmless.
//
// The kinds are Forbidden (the invitation does not hold, and nobody says why),
// TooMany (wait an hour) and Unavailable (try again later, or no endpoint
// answers).
func AskToJoin(ctx context.Context, self link.Identity, inv Invitation, entry []byte) (JoinReply, error) {
	if n := len(entry); n == 0 || n > maxJoinEntry {
		return JoinReply{}, Invalid.Because("an entry has 1 to %d bytes", maxJoinEntry)
	}
	return exchange(ctx, self, inv, wantAsk, entry)
}

// JoinProgress asks how a request stands. The errors are those of AskToJoin.
func JoinProgress(ctx context.Context, self link.Identity, inv Invitation) (JoinReply, error) {
	return exchange(ctx, self, inv, wantProgress, nil)
}

// exchange tries one endpoint after another until one answers.
func exchange(ctx context.Context, self link.Identity, inv Invitation, want byte, entry []byte) (JoinReply, error) {
	if err := inv.Check(); err != nil {
		return JoinReply{}, fmt.Errorf("invitation: %w", err)
	}
	if self.ID() != inv.Code {
		return JoinReply{}, Invalid.Because("the invitation is for %s", inv.Code)
	}
	var errs []error
	for _, addr := range inv.Endpoints {
		reply, err := ask(ctx, self, inv, addr, want, entry)
		if err == nil {
			return outcome(inv, reply)
		}
		errs = append(errs, err)
	}
	return JoinReply{}, fmt.Errorf("%w: %w", Unavailable.Because("%s does not answer", inv.Inviter), errors.Join(errs...))
}

func ask(ctx context.Context, self link.Identity, inv Invitation, addr string, want byte, entry []byte) (JoinReply, error) {
	c, err := link.DialJoin(ctx, self, inv.Inviter, addr, inv.Pin)
	if err != nil {
		return JoinReply{}, err
	}
	defer func() { _ = c.Close() }()
	ctx, cancel := context.WithTimeout(ctx, joinPatient)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()

	exporter, err := c.Exporter(joinLabel)
	if err != nil {
		return JoinReply{}, err
	}
	m := joinMessage{want: want, federation: inv.Federation, invitation: inv.Key(), code: inv.Code, entry: entry}
	m.signature = ed25519.Sign(inv.oneTimeKey(), joinSigned(exporter, m.body()))
	if err := writeFrame(c, m.encode()); err != nil {
		return JoinReply{}, err
	}
	b, err := readFrame(c, maxJoinReply)
	if err != nil {
		return JoinReply{}, err
	}
	return decodeReply(b)
}

// outcome turns a reply into what the caller wants to know.
func outcome(inv Invitation, reply JoinReply) (JoinReply, error) {
	switch reply.State {
	case JoinWaiting, JoinAdmitted:
		if reply.Genesis != inv.Federation {
			return JoinReply{}, Forbidden.Because("%s belongs to another federation than the invitation", inv.Inviter)
		}
		return reply, nil
	case joinTooMany:
		return JoinReply{}, TooMany.Because("%s", reply.reason)
	case joinRefused:
		return JoinReply{}, Forbidden.Because("%s", reply.reason)
	default:
		return JoinReply{}, Unavailable.Because("%s", reply.reason)
	}
}
