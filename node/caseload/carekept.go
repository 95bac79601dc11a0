package caseload

import "serasi/node/casework"

// Kept returns the kinds of record that are written one by one.
func (k *Care) Kept() casework.Sheets { return k.Sheets }
