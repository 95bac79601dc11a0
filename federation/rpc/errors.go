package rpc

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"serasi/federation/federationpb"
)

// Kind says what can be done about an error of a call. It is an error itself,
// for errors.Is. Kinds cross the wire; what is none of them arrives as an error
// without a kind and without words, and leaves the outcome of a proposal open.
type Kind string

// The kinds.
const (
	Invalid     Kind = "invalid"     // the request can never be answered
	Forbidden   Kind = "forbidden"   // the caller may not have this
	NotFound    Kind = "not found"   //
	TooMany     Kind = "too many"    // slow down and try again
	Unavailable Kind = "unavailable" // not now, or not reachable; after a proposal the outcome is open
)

// maxWords bounds what another node may write into our log, in characters.
const maxWords = 200

func (k Kind) Error() string { return string(k) }

// Because makes an error of kind k. The words reach the other node: they never
// name a person.
func (k Kind) Because(format string, args ...any) error {
	return &reason{kind: k, words: fmt.Sprintf(format, args...)}
}

type reason struct {
	kind  Kind
	words string
}

func (r *reason) Error() string { return r.words }
func (r *reason) Unwrap() error { return r.kind }

// A NotLeader is the error of a node that does not lead. The call had no effect
// there.
type NotLeader struct {
	Leader string // balai code of who leads as far as is known, or empty
}

func (e *NotLeader) Error() string {
	if e.Leader == "" {
		return "there is no leader now"
	}
	return "the leader is " + e.Leader
}

// onTheWire is the one table between kinds and gRPC's codes, read both ways.
var onTheWire = map[Kind]codes.Code{
	Invalid:     codes.InvalidArgument,
	Forbidden:   codes.PermissionDenied,
	NotFound:    codes.NotFound,
	TooMany:     codes.ResourceExhausted,
	Unavailable: codes.Unavailable,
}

// toWire turns the error of a handler into a status. Words without a kind stay
// here.
func toWire(err error) error {
	var not *NotLeader
	var why *reason
	switch {
	case err == nil:
		return nil
	case errors.As(err, &not):
		s, detailErr := status.New(codes.FailedPrecondition, not.Error()).
			WithDetails(&federationpb.NotLeader{Leader: not.Leader})
		if detailErr != nil {
			return status.Error(codes.Internal, "internal")
		}
		return s.Err()
	case errors.As(err, &why):
		return status.Error(onTheWire[why.kind], why.words)
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, "too slow")
	case errors.Is(err, context.Canceled):
		return status.Error(codes.Canceled, "canceled")
	default:
		return status.Error(codes.Unknown, "internal")
	}
}

// fromWire turns the error of a call into one of this package.
func fromWire(node string, err error) error {
	if err == nil {
		return nil
	}
	s := status.Convert(err)
	for _, d := range s.Details() {
		if not, ok := d.(*federationpb.NotLeader); ok && s.Code() == codes.FailedPrecondition {
			return fmt.Errorf("%s does not lead: %w", node, &NotLeader{Leader: not.GetLeader()})
		}
	}
	for kind, code := range onTheWire {
		if s.Code() == code {
			return fmt.Errorf("%s: %w", node, kind.Because("%.*s", maxWords, s.Message()))
		}
	}
	switch s.Code() {
	case codes.DeadlineExceeded:
		return fmt.Errorf("%s: %w", node, context.DeadlineExceeded)
	case codes.Canceled:
		return fmt.Errorf("%s: %w", node, context.Canceled)
	default:
		return fmt.Errorf("%s: %w", node, err)
	}
}
