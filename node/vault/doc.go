// Package vault keeps the keys that everything on a node's disk is encrypted
// with, and does the encrypting.
//
// There are three layers. A root secret comes from a [Source] and never lies in
// the data folder (but with the file source, which is for development). Root
// and a small epoch file give the KEK of an epoch, which lives in memory only.
// The KEK wraps data keys, one an owner, and data keys seal rows and files.
// Deleting a wrapped key from a database destroys nothing, because old pages
// keep it; replacing the epoch file destroys every key that was not wrapped
// anew. That is a turn: [Vault.Prepare], [Vault.Rewrap], [Vault.Commit].
//
// Most callers want [Open], and then only what node/store asks for. The room
// knows nothing of cases, tables or the database, and imports nothing of ours.
package vault
