package node

import (
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
)

// Connections on which nobody asked anything end with the server at once; one
// that is in use is left to finish.
func TestUnusedConnectionsEndAtOnce(t *testing.T) {
	var u unused
	pipe := func() (near, far net.Conn) {
		near, far = net.Pipe()
		t.Cleanup(func() { _, _ = near.Close(), far.Close() })
		u.follow(near, http.StateNew)
		return near, far
	}
	ended := func(far net.Conn) bool {
		_, err := far.Read(make([]byte, 1))
		return errors.Is(err, io.EOF)
	}
	_, fresh := pipe()
	used, inUse := pipe()
	u.follow(used, http.StateActive)
	u.close()
	if !ended(fresh) {
		t.Error("a connection that was never used is open")
	}
	if _, late := pipe(); !ended(late) {
		t.Error("a connection that comes after the end is open")
	}
	go func() { _, _ = used.Write([]byte("x")) }() // ends with the pipe
	if ended(inUse) {
		t.Error("a connection in use was closed")
	}
}
