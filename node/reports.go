package node

import (
	"fmt"

	"serasi/node/access"
	"serasi/node/caseload"
	"serasi/node/casework"
	"serasi/node/exchange"
	"serasi/node/report"
)

// openReports builds the desk where the months are counted.
func (n *Node) openReports() (err error) {
	n.reports, err = report.New(report.Config{
		Store: n.db, Gate: n.gate(), Trail: access.Trail{Clock: n.clock}, Spread: exchange.Spread, Clock: n.clock,
		Balai: casework.BalaiCode(n.id.Code), Zone: n.zone, Calendar: caseload.CalendarOf,
	})
	if err != nil {
		return fmt.Errorf("reports: %w", err)
	}
	return nil
}
