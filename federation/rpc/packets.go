package rpc

import (
	"context"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"

	"serasi/federation/federationpb"
)

const maxHandoffID = 64 // hex digits

type packetServer struct {
	federationpb.UnimplementedPacketsServer
	packets Packets
	log     *slog.Logger
}

// Fetch sends the header and then what the caller lacks.
func (s *packetServer) Fetch(r *federationpb.PacketRequest, out federationpb.Packets_FetchServer) (err error) {
	ctx := out.Context()
	if !isHandoffID(r.GetHandoff()) {
		return toWire(Invalid.Because("a handoff id is lower-case hex"))
	}
	p, err := s.packets.OpenPacket(ctx, callerOf(ctx), r.GetHandoff())
	if err != nil {
		return refuse(ctx, s.log, "fetch packet", err)
	}
	defer func() {
		if closeErr := p.Content.Close(); closeErr != nil {
			s.log.Warn("packet did not close", "err", closeErr)
		}
	}()
	if r.GetOffset() > uint64(p.Size) {
		return toWire(Invalid.Because("the packet has %d bytes only", p.Size))
	}
	header := &federationpb.PacketHeader{Size: uint64(p.Size), Digest: p.Digest[:]}
	if err := out.Send(&federationpb.PacketPart{Part: &federationpb.PacketPart_Header{Header: header}}); err != nil {
		return err
	}
	if _, err := p.Content.Seek(int64(r.GetOffset()), io.SeekStart); err != nil {
		return refuse(ctx, s.log, "fetch packet", err)
	}
	if err := send(out, io.LimitReader(p.Content, p.Size-int64(r.GetOffset()))); err != nil {
		return refuse(ctx, s.log, "fetch packet", err)
	}
	return nil
}

// send cuts content into chunks. Only whole chunks count after a cut, so they
// are small: on a line of 32 kbit/s this one takes two seconds. Each chunk has a
// buffer of its own: gRPC may still read it when Send has returned.
func send(out federationpb.Packets_FetchServer, content io.Reader) error {
	for {
		b := make([]byte, chunk)
		n, err := io.ReadFull(content, b)
		if n > 0 {
			part := &federationpb.PacketPart{Part: &federationpb.PacketPart_Data{Data: b[:n]}}
			if err := out.Send(part); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
}

func isHandoffID(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) > 0 && len(s) <= maxHandoffID && hex.EncodeToString(b) == s
}

// PacketInfo is what the source says of a packet before it sends it.
type PacketInfo struct {
	Size   int64
	Digest [32]byte // SHA-256 of the whole packet
}

// FetchPacket asks node for the sealed packet of a handoff, from offset on, and
// writes what comes to w. It returns how many bytes were written, which counts
// also after an error: a later call with offset moved on by as much resumes.
//
// Before the first byte, accept is asked about the packet; its error ends the
// call. The digest covers the whole packet, so the caller checks it, or uses
// Download. The kinds are Forbidden (we are not the destination), NotFound,
// Invalid (offset is beyond the end) and Unavailable (cut off: resume).
func (c *Client) FetchPacket(ctx context.Context, node, handoff string, offset int64, w io.Writer, accept func(PacketInfo) error) (int64, error) {
	ctx, cancel := context.WithCancel(ctx) // ends the stream however we leave
	defer cancel()
	cc, err := c.conn(node)
	if err != nil {
		return 0, err
	}
	in, err := federationpb.NewPacketsClient(cc).Fetch(ctx, &federationpb.PacketRequest{Handoff: handoff, Offset: uint64(offset)})
	if err != nil {
		return 0, fromWire(node, err)
	}
	first, err := in.Recv()
	if err != nil {
		return 0, fromWire(node, err)
	}
	info, err := infoOf(first.GetHeader(), offset)
	if err != nil {
		return 0, err
	}
	if err := accept(info); err != nil {
		return 0, err
	}
	return receive(node, in, info.Size-offset, w)
}

func infoOf(h *federationpb.PacketHeader, offset int64) (info PacketInfo, err error) {
	info.Size = int64(h.GetSize())
	if h == nil || info.Size < offset || copy(info.Digest[:], h.GetDigest()) != len(info.Digest) || len(h.GetDigest()) != len(info.Digest) {
		return PacketInfo{}, Invalid.Because("the packet's header makes no sense")
	}
	return info, nil
}

// receive writes exactly want bytes to w.
func receive(node string, in federationpb.Packets_FetchClient, want int64, w io.Writer) (got int64, err error) {
	for {
		part, err := in.Recv()
		switch {
		case errors.Is(err, io.EOF) && got == want:
			return got, nil
		case errors.Is(err, io.EOF):
			return got, Unavailable.Because("the packet ended early")
		case err != nil:
			return got, fromWire(node, err)
		}
		b := part.GetData()
		if len(b) == 0 || len(b) > maxChunk || int64(len(b)) > want-got {
			return got, Invalid.Because("the packet is not what its header said")
		}
		n, err := w.Write(b)
		got += int64(n)
		if err != nil {
			return got, err
		}
	}
}
