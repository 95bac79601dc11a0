package handoff_test

import (
	"sync/atomic"
	"testing"
	"time"

	"serasi/node/casework"
)

// accepted is a handoff from one balai that another has accepted just now.
func accepted(from, to *balai) casework.HandoffID {
	h := from.offer(letter(to.code, from.open(to.code)))
	to.sees(h, "offered")
	to.act(h, "accept", casework.Said{})
	return h
}

// A packet that comes over a line that hardly moves keeps no other waiting.
func TestASlowPacketHoldsUpNoOther(t *testing.T) {
	w := found(t, 41, "MGL", "SRK", "GWA")
	mgl, srk, gwa := w.balai["MGL"], w.balai["SRK"], w.balai["GWA"]
	stuck, move := make(chan struct{}), make(chan struct{})
	var fetches atomic.Int32
	srk.short = func(size int64) int64 {
		if fetches.Add(1) == 1 {
			close(stuck)
			<-move
		}
		return size
	}
	slow := accepted(mgl, srk)
	<-stuck
	quick := accepted(gwa, srk)
	waitFor(t, "the other packet", func() bool { return srk.get(quick).Packet == "here" })
	if srk.get(slow).Packet == "here" {
		t.Error("the slow one was not slow")
	}
	close(move)
	waitFor(t, "the slow packet", func() bool { return srk.get(slow).Packet == "here" })
}

// However long a node would wait until it tries again: when the other answers,
// it does.
func TestWhoIsReachedIsAskedAtOnce(t *testing.T) {
	w := found(t, 42, "MGL", "SRK", "GWA")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	var tried atomic.Int32
	srk.waits = 1000 * time.Hour
	srk.point = func(name string) bool {
		if name == "fetch.received" {
			tried.Add(1)
		}
		return false
	}
	srk.restart()
	srk.arm()
	h := mgl.offer(letter("SRK", mgl.open("SRK")))
	srk.sees(h, "offered")
	mgl.cable(false)
	srk.act(h, "accept", casework.Said{})
	waitFor(t, "a try in vain", func() bool { return tried.Load() > 0 })
	mgl.cable(true)
	waitFor(t, "the packet", func() bool {
		srk.desk.Reached("MGL")
		return srk.get(h).Packet == "here"
	})
}
