package node

import (
	"fmt"

	"serasi/node/access"
	"serasi/node/caseload"
	"serasi/node/casework"
	"serasi/node/exchange"
	"serasi/node/report"
)

// openReports builds the desk where the months are counted, and the one where
// tables come in and archives go out.
func (n *Node) openReports() (err error) {
	n.reports, err = report.New(report.Config{
		Store: n.db, Gate: n.gate(), Trail: access.Trail{Clock: n.clock}, Spread: exchange.Spread, Clock: n.clock,
		Balai: casework.BalaiCode(n.id.Code), Zone: n.zone, Calendar: caseload.CalendarOf,
	})
	if err != nil {
		return fmt.Errorf("reports: %w", err)
	}
	n.exchange, err = exchange.New(exchange.Config{
		Store: n.db, Gate: n.gate(), Trail: access.Trail{Clock: n.clock}, Cases: n.cases, Files: n.db, Doubles: finder{n.index}.Doubles,
		Forget: n.index.Remove, Shred: n.db.Shred, Copy: n.cases.Export, Clock: n.clock, NewID: newID,
		Balai: casework.BalaiCode(n.id.Code), Zone: n.zone, Log: n.log,
	})
	if err != nil {
		return fmt.Errorf("exchange: %w", err)
	}
	return nil
}
