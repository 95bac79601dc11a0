// Package api serves the people's port to programs: REST and JSON under
// /api/v1, described by OpenAPI 3.1, and what a machine room asks of a node
// (/healthz, /readyz, /metrics).
//
// It reads requests strictly, knows who is asking, hands over to a use case and
// turns its answer or its error into HTTP. The routes of a subject stand at the
// top of its file, and one table says which kind of error becomes which status
// (problem.go).
//
// The room decides nothing about cases, handoffs or permissions, and does not
// know how any of them is stored. It keeps one thing itself: the answers to
// writes that named an Idempotency-Key, for a day.
package api
