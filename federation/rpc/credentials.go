package rpc

import (
	"context"
	"errors"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/peer"

	"serasi/federation/link"
)

// handshaken lets gRPC use a connection whose handshake the port has done.
type handshaken struct{}

// proven is what gRPC keeps of such a connection.
type proven struct {
	credentials.CommonAuthInfo
	conn *link.Conn
}

// AuthType implements credentials.AuthInfo.
func (proven) AuthType() string { return "serasi" }

func (handshaken) ServerHandshake(c net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return prove(c)
}

func (handshaken) ClientHandshake(_ context.Context, _ string, c net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return prove(c)
}

func (handshaken) Info() credentials.ProtocolInfo {
	return credentials.ProtocolInfo{SecurityProtocol: "tls"}
}

func (h handshaken) Clone() credentials.TransportCredentials { return h }

// OverrideServerName does nothing: the port has settled whom it reached.
func (handshaken) OverrideServerName(string) error { return nil }

func prove(c net.Conn) (net.Conn, credentials.AuthInfo, error) {
	known, ok := c.(*link.Conn)
	if !ok {
		return nil, nil, errors.New("the connection did not come through the port")
	}
	secure := credentials.CommonAuthInfo{SecurityLevel: credentials.PrivacyAndIntegrity}
	return c, proven{secure, known}, nil
}

type callerKey struct{}

// callerOf returns the balai code of who made the call. Only contexts that
// passed a doorkeeper have one.
func callerOf(ctx context.Context) string {
	id, _ := ctx.Value(callerKey{}).(string)
	return id
}

// doorkeeper identifies the caller of every call and of every message of a
// stream. It looks at the key of the connection and at the registry as it is
// now, never at the path of the call.
type doorkeeper struct{ registry *link.Registry }

func (d doorkeeper) identify(ctx context.Context) (string, error) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return "", Forbidden.Because("the caller is unknown")
	}
	who, ok := p.AuthInfo.(proven)
	if !ok {
		return "", Forbidden.Because("the caller is unknown")
	}
	member, err := d.registry.Identify(who.conn.ConnectionState())
	if err != nil || member.ID != who.conn.Peer() {
		return "", Forbidden.Because("the caller is no active member")
	}
	return member.ID, nil
}

func (d doorkeeper) unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, h grpc.UnaryHandler) (any, error) {
	id, err := d.identify(ctx)
	if err != nil {
		return nil, toWire(err)
	}
	return h(context.WithValue(ctx, callerKey{}, id), req)
}

func (d doorkeeper) stream(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, h grpc.StreamHandler) error {
	id, err := d.identify(s.Context())
	if err != nil {
		return toWire(err)
	}
	return h(srv, &watched{s, d, context.WithValue(s.Context(), callerKey{}, id)})
}

// watched is a stream that ends when its caller stops being a member.
type watched struct {
	grpc.ServerStream
	door doorkeeper
	ctx  context.Context // the stream's own, with its caller
}

func (w *watched) Context() context.Context { return w.ctx }

func (w *watched) SendMsg(m any) error {
	if _, err := w.door.identify(w.ctx); err != nil {
		return toWire(err)
	}
	return w.ServerStream.SendMsg(m)
}

func (w *watched) RecvMsg(m any) error {
	if _, err := w.door.identify(w.ctx); err != nil {
		return toWire(err)
	}
	return w.ServerStream.RecvMsg(m)
}
