// Package directory is what balai tell each other about themselves: whom they
// serve, what they can do, how many places are free and since when that is
// known. From it comes the advice where a case could go, with the reasons.
//
// A [Directory] keeps this balai's own profile and those of the others as they
// came by gossip, signed by their owners. It knows nothing of any person beyond
// the one case that advice is asked for, decides nothing, and never blocks: a
// head may choose a balai that stands last in the list.
//
// The room does not know how gossip travels or who is a member: it meets those
// through the interfaces of [Config].
package directory
