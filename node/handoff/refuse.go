package handoff

import "serasi/replication/ledger"

// remedy is what to do about a refusal.
type remedy uint8

const (
	again    remedy = iota + 1 // the same bytes later: what it rests on may change
	anew                       // seal and sign again, as a new command: this one is void for ever
	giveUp                     // tell the person
	needless                   // it is so already
)

// remedyFor is the one place where a refusal of the ledger becomes a deed. A
// refusal that is final means that those bytes never took effect and never will,
// so a new command for the same wish cannot double it.
func remedyFor(r outRow, why ledger.Reason) remedy {
	switch {
	case !why.Final():
		return again
	case why == ledger.OldSealKey, why == ledger.KeyRetired, why == ledger.IDTaken:
		return anew
	case r.Receipt && why == ledger.NotNow:
		return needless // somebody recorded it before us: an older copy of this node
	case why == ledger.MovedOn && (r.Receipt || r.Rotate != nil || r.Anchor != nil):
		return anew // nobody decided anything by it, so it may follow the head
	}
	return giveUp
}

// words says for a person at the screen why a command was refused, or what it
// waits for. Some can only come of a fault of ours, and say so.
var words = map[ledger.Reason]string{
	ledger.NoFederation:    "the federation has not been founded yet",
	ledger.NotInForce:      "the other nodes do not have this version yet",
	ledger.UnknownKey:      "this node is not a member yet",
	ledger.ActorSuspended:  "this balai is suspended for now",
	ledger.PeerNotActive:   "the other balai is not an active member now",
	ledger.LeaseNotOver:    "the balai that has the case was heard too recently to take it away",
	ledger.TooSoon:         "it is too soon for this",
	ledger.OverBudget:      "this balai has sent all it may send in a day; it goes by itself as the day passes",
	ledger.NotYet:          "it rests on something that is still on its way",
	ledger.TooManyOpen:     "too many invitations or motions are open; end some first",
	ledger.StillNeeded:     "this balai still answers for cases or handoffs; hand them on first",
	ledger.Malformed:       "this node made a command that nobody understands; tell the admin IT",
	ledger.WrongFederation: "this node belongs to another federation; tell the admin IT",
	ledger.BadSignature:    "the signature of this node does not hold; tell the admin IT",
	ledger.KeyRetired:      "this node signs with a key that was replaced",
	ledger.IDTaken:         "another command has this number; it is made again",
	ledger.MovedOn:         "the other balai acted first: look at the handoff again",
	ledger.NotYours:        "only the other balai may do this",
	ledger.NotNow:          "this step is not possible any more: look at the handoff again",
	ledger.OldSealKey:      "the other balai has a new key; it is sealed again",
	ledger.NotCustodian:    "another balai is responsible for this case",
	ledger.CaseMoved:       "the case was offered elsewhere or moved in the meantime",
	ledger.TooFewOfficers:  "too few officers have signed",
	ledger.BadInvitation:   "the invitation is not valid any more",
	ledger.BadTerms:        "the ledger does not allow these terms: a date or a deadline is out of bounds",
	ledger.WrongPayload:    "what goes with this command is not what was signed; tell the admin IT",
	ledger.WrongContent:    "the file here is not the one that was offered",
	ledger.NoSuch:          "the ledger does not know this handoff",
}

// notPulled is what a step waits for that the ledger refused because somebody
// was quicker, while this node has not yet seen who.
const notPulled = "there is news of this handoff that is not here yet"

func wordsFor(why ledger.Reason) string {
	if w, ok := words[why]; ok {
		return w
	}
	return "the ledger of a newer version refused it"
}
