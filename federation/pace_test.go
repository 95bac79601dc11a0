package federation_test

import (
	"testing"
	"time"

	"serasi/federation"
)

// What everybody says to everybody wears out no node, however many there are,
// and the profiles for the field are slower than that by themselves.
func TestNewsIsPaced(t *testing.T) {
	for _, members := range []int{2, 5, 41, 500} {
		for _, every := range []time.Duration{10 * time.Millisecond, time.Second, time.Minute} {
			got := federation.Pace(members, every)
			if perSecond := float64(members) / got.Seconds(); perSecond > 20.001 || got < every {
				t.Errorf("%d members, each %v: every %v, and %.0f a second come to each", members, every, got, perSecond)
			}
		}
	}
	for _, p := range []federation.Profile{federation.LAN, federation.WAN} {
		if timing, _ := p.Timing(); federation.Pace(40, timing.Beat) != timing.Beat || federation.Pace(40, timing.Spread) != timing.Spread {
			t.Errorf("40 members of the profile %s are slowed down", p)
		}
	}
}
