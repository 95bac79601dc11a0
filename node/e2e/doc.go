// Package e2e walks through the pages of whole balai in a real Chromium, as the
// people do who work with them. It holds tests only; it knows no room but
// nodetest, and asks for nothing that a person cannot see or type.
package e2e
