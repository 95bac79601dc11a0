package api

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"serasi/node/casework"
)

// Config is what an API needs. All but Log, Clock and MaxBody is required.
type Config struct {
	Cases     Cases
	Forms     Forms
	Care      Care
	Handoffs  Handoffs
	Directory Directory
	Partners  Partners
	Letters   Letters
	Reports   Reports
	Imports   Imports
	Access    Access
	People    People
	Logins    Logins
	Privacy   Privacy
	Ledger    Ledger
	Members   Members
	Own       Own
	Node      Node
	Trail     Trail
	Waits     []Waits        // what waits for somebody; each source decides about permissions itself
	Replays   casework.Store // keeps answers in the table Replays
	Metrics   http.Handler   // Prometheus text

	Version string           // of the program, for the OpenAPI document
	Log     *slog.Logger     // nil: discard
	Clock   func() time.Time // nil: time.Now
	MaxBody int64            // bytes of a JSON body; 0: 1 MiB. Documents have casework.MaxDocument
}

const usualBody = 1 << 20

// Check returns all that is wrong with c.
func (c Config) Check() error {
	var errs []error
	need := func(there bool, what string) {
		if !there {
			errs = append(errs, errors.New("api: "+what+" is missing"))
		}
	}
	need(c.Cases != nil, "Cases")
	need(c.Forms != nil, "Forms")
	need(c.Care != nil, "Care")
	need(c.Handoffs != nil, "Handoffs")
	need(c.Directory != nil, "Directory")
	need(c.Partners != nil, "Partners")
	need(c.Letters != nil, "Letters")
	need(c.Reports != nil, "Reports")
	need(c.Imports != nil, "Imports")
	need(c.Access != nil, "Access")
	need(c.People != nil, "People")
	need(c.Logins != nil, "Logins")
	need(c.Privacy != nil, "Privacy")
	need(c.Ledger != nil, "Ledger")
	need(c.Members != nil, "Members")
	need(c.Own != nil, "Own")
	need(c.Node != nil, "Node")
	need(c.Trail != nil, "Trail")
	need(len(c.Waits) > 0, "Waits")
	need(c.Replays != nil, "Replays")
	need(c.Metrics != nil, "Metrics")
	need(c.Version != "", "Version")
	if c.MaxBody < 0 {
		errs = append(errs, errors.New("api: MaxBody is negative"))
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.MaxBody == 0 {
		c.MaxBody = usualBody
	}
	return c
}
