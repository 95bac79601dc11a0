package rpc_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"serasi/federation/rpc"
)

const handoff = "00112233445566778899aabbccddeeff"

// noise is n bytes that are the same in every run.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

func anything(rpc.PacketInfo) error { return nil }

func TestPacketArrives(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	for name, size := range map[string]int{"nothing": 0, "one byte": 1, "a chunk": 8 << 10, "a chunk and one": 8<<10 + 1, "some chunks": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			content := noise(size)
			nodes[0].back.put(handoff, "ANT", content)
			var got bytes.Buffer
			var info rpc.PacketInfo
			n, err := nodes[1].client.FetchPacket(within(t), "SOE", handoff, 0, &got, func(p rpc.PacketInfo) error { info = p; return nil })
			if err != nil || n != int64(size) || !bytes.Equal(got.Bytes(), content) {
				t.Errorf("%d of %d bytes, %v", n, size, err)
			}
			if info.Size != int64(size) || info.Digest != sha256.Sum256(content) {
				t.Errorf("announced as %+v", info)
			}
		})
	}
}

func TestPacketIsForOneBalai(t *testing.T) {
	nodes := start(t, "SOE", "ANT", "GAU")
	nodes[0].back.put(handoff, "ANT", noise(10))
	tests := map[string]struct {
		who     *node
		handoff string
		offset  int64
		want    error
	}{
		"the destination (control)": {nodes[1], handoff, 0, nil},
		"its last byte":             {nodes[1], handoff, 9, nil},
		"its end":                   {nodes[1], handoff, 10, nil},
		"beyond its end":            {nodes[1], handoff, 11, rpc.Invalid},
		"before its start":          {nodes[1], handoff, -1, rpc.Invalid},
		"another balai":             {nodes[2], handoff, 0, rpc.Forbidden},
		"the source itself":         {nodes[0], handoff, 0, rpc.Forbidden},
		"no such handoff":           {nodes[1], "ff", 0, rpc.NotFound},
		"a path":                    {nodes[1], "../../node.db", 0, rpc.Invalid},
		"upper case":                {nodes[1], "AB", 0, rpc.Invalid},
		"no id":                     {nodes[1], "", 0, rpc.Invalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			_, err := tt.who.client.FetchPacket(within(t), "SOE", tt.handoff, tt.offset, &got, anything)
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			if tt.want != nil && got.Len() != 0 {
				t.Errorf("%d bytes came all the same", got.Len())
			}
		})
	}
}

// The line is cut at random places, again and again; what came is never asked
// for twice, and the file is whole in the end.
func TestDownloadResumesAfterCuts(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	content := noise(3 << 20)
	nodes[0].back.put(handoff, "ANT", content)
	line := newCutter(t, nodes[0].port.Addr().String())
	far := &node{id: "ANT", self: nodes[1].self, reg: nodes[1].reg, back: nodes[1].back}
	far.listen(t, writeFile(t, "SOE "+line.addr()+"\n"))

	file := tempFile(t)
	cuts, last := 0, int64(0)
	for dice := rand.New(rand.NewPCG(1, 2)); ; {
		line.allow(100<<10 + dice.IntN(600<<10))
		err := far.client.Download(within(t), "SOE", handoff, file, sha256.Sum256(content))
		size := sizeOf(t, file)
		if size < last {
			t.Fatalf("the file shrank from %d to %d bytes", last, size)
		}
		last = size
		if err == nil {
			break
		}
		if errors.Is(err, rpc.ErrDigest) || errors.Is(err, rpc.Invalid) {
			t.Fatal(err)
		}
		if cuts++; cuts > 100 {
			t.Fatalf("no end in sight: %v", err)
		}
	}
	if cuts < 3 {
		t.Errorf("the line was cut %d times only", cuts)
	}
	if got := readAll(t, file); !bytes.Equal(got, content) {
		t.Error("the file is not the packet")
	}
}

func TestDownloadChecksWhatComes(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	content := noise(200 << 10)
	right := sha256.Sum256(content)
	altered := bytes.Clone(content)
	altered[77] ^= 1
	tests := map[string]struct {
		there  []byte            // what the source has
		says   [sha256.Size]byte // and what it says of it
		here   []byte            // what we have already
		want   error
		remain int // bytes here afterwards
	}{
		"all is well (control)":   {content, right, nil, nil, len(content)},
		"half is here":            {content, right, content[:100000], nil, len(content)},
		"all is here":             {content, right, content, nil, len(content)},
		"the source says another": {content, sha256.Sum256(altered), content[:5], rpc.ErrDigest, 5},
		"the source altered it":   {altered, right, nil, rpc.ErrDigest, 0},
		"what is here is wrong":   {content, right, altered[:100], rpc.ErrDigest, 0},
		"more is here":            {content, right, append(bytes.Clone(content), 1), rpc.Invalid, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			nodes[0].back.put(handoff, "ANT", tt.there)
			nodes[0].back.packets[handoff] = stored{to: "ANT", content: tt.there, digest: tt.says}
			file := tempFile(t)
			if _, err := file.Write(tt.here); err != nil {
				t.Fatal(err)
			}
			err := nodes[1].client.Download(within(t), "SOE", handoff, file, right)
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			if got := sizeOf(t, file); got != int64(tt.remain) {
				t.Errorf("%d bytes are here, want %d", got, tt.remain)
			}
		})
	}
}

// A source that does not keep to its header is noticed before its bytes count.
func TestPacketShorterThanAnnounced(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	nodes[0].back.packets[handoff] = stored{to: "ANT", content: noise(100), gate: bytes.NewReader(noise(60))}
	var got bytes.Buffer
	n, err := nodes[1].client.FetchPacket(within(t), "SOE", handoff, 0, &got, anything)
	if !errors.Is(err, rpc.Unavailable) || n != 60 {
		t.Errorf("%d bytes, %v; want 60 and an early end", n, err)
	}
}

// A member that is revoked while a packet flows gets no more of it.
func TestRevokedMemberLosesItsStream(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	r, w := io.Pipe()
	nodes[0].back.packets[handoff] = stored{to: "ANT", content: noise(1 << 20), gate: r}
	result := make(chan error, 1)
	ctx := within(t)
	first := make(chan struct{})
	go func() {
		_, err := nodes[1].client.FetchPacket(ctx, "SOE", handoff, 0, &firstWrite{c: first}, anything)
		result <- err
	}()
	if _, err := w.Write(noise(64 << 10)); err != nil {
		t.Fatal(err)
	}
	<-first
	set(t, nodes[0], nodes[:1])
	if err := <-result; err == nil {
		t.Error("the packet went on")
	}
	_ = w.CloseWithError(io.ErrClosedPipe)
}

// firstWrite closes c when something was written to it.
type firstWrite struct {
	once sync.Once
	c    chan struct{}
}

func (f *firstWrite) Write(b []byte) (int, error) {
	f.once.Do(func() { close(f.c) })
	return len(b), nil
}

func tempFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "packet"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func sizeOf(t *testing.T, f *os.File) int64 {
	t.Helper()
	s, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return s.Size()
}

func readAll(t *testing.T, f *os.File) []byte {
	t.Helper()
	b, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "peers")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// cutter is a line to one address that breaks after so many bytes.
type cutter struct {
	ln net.Listener
	to string
	wg sync.WaitGroup

	mu   sync.Mutex // guards room and open
	room int
	open map[net.Conn]bool
}

func newCutter(t *testing.T, to string) *cutter {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{ln: ln, to: to, open: map[net.Conn]bool{}}
	c.wg.Go(c.accept)
	t.Cleanup(func() {
		_ = ln.Close()
		c.allow(0)
		c.wg.Wait()
	})
	return c
}

func (c *cutter) addr() string { return c.ln.Addr().String() }

// allow breaks what is open and lets the next connections carry n bytes back.
func (c *cutter) allow(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.room = n
	for conn := range c.open {
		_ = conn.Close()
	}
	clear(c.open)
}

func (c *cutter) accept() {
	for {
		in, err := c.ln.Accept()
		if err != nil {
			return
		}
		out, err := new(net.Dialer).DialContext(context.Background(), "tcp", c.to)
		if err != nil {
			_ = in.Close()
			continue
		}
		c.mu.Lock()
		c.open[in], c.open[out] = true, true
		room := c.room
		c.mu.Unlock()
		stop := func() { _, _ = in.Close(), out.Close() }
		c.wg.Go(func() { _, _ = io.Copy(out, in); stop() })
		c.wg.Go(func() { _, _ = io.CopyN(in, out, int64(room)); stop() })
	}
}
