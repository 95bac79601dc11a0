// Package store keeps what a node knows: rows in one bbolt file, encrypted row
// by row, and files beside it for content and packets. See DESIGN.md for the
// layout and what was given up for it.
//
// [Open] gives a [DB], which is a casework.Store: most callers need its Update
// and View and nothing else. One goroutine writes, and many updates share one
// commit. [DB.PutBlob] and [DB.Packet] keep large content, [DB.Shred] erases an
// owner for good, [DB.Backup] and [Restore] save and bring back a node.
//
// The room knows tables, owners and ids, never what a row means, who asks, or
// what a ledger is. Keys come from a [Vault] that it is given.
package store
