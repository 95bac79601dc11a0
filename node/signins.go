package node

import (
	"context"
	"errors"

	"serasi/node/access"
	"serasi/node/casework"
	"serasi/node/health"
)

// countedDoor is the door of the pages, at which tries are counted.
type countedDoor struct {
	*access.Sessions
	meter *health.Meter
}

func (d countedDoor) SignIn(ctx context.Context, in casework.SignIn) (string, casework.Session, error) {
	cookie, s, err := d.Sessions.SignIn(ctx, in)
	countSignIn(d.meter, err)
	return cookie, s, err
}

// countSignIn counts a try by what came of it. A fault of the node is no try.
func countSignIn(m *health.Meter, err error) {
	switch kind, _ := casework.Explain(err); {
	case err == nil:
		m.SignIn(health.SignedIn)
	case errors.Is(err, casework.TooMany):
		m.SignIn(health.SignInThrottled)
	case kind != casework.Internal:
		m.SignIn(health.SignInRefused)
	}
}
