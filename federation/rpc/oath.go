package rpc

import "crypto/ed25519"

// Sign signs msg with the one-time key of the invitation. The ledger asks for
// it, so that every member can see that the newcomer was invited.
func (i Invitation) Sign(msg []byte) [ed25519.SignatureSize]byte {
	return [ed25519.SignatureSize]byte(ed25519.Sign(i.oneTimeKey(), msg))
}
