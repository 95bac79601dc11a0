package casework

import (
	"slices"
	"strconv"
)

func nested(field string, i int) string { return field + "." + strconv.Itoa(i) }

// Check returns what is wrong with the content of c, which people write. What
// the node sets (ids, number, state) is checked where it comes from elsewhere:
// see Bundle.Check.
func (c Case) Check(known Known) []Fault {
	var f faults
	if c.Mode != "" {
		f.oneOf("mode", string(c.Mode), stringsOf(SRP, SEP, OSS)...)
	}
	if c.Cluster != "" && !known.has(ListCluster, c.Cluster) {
		f.add("cluster", "is not in the list")
	}
	f.codes("ppks", c.PPKS, func(s string) bool { return known.has(ListPPKS, s) })
	f.codes("ragam", c.Ragam, func(s string) bool { return slices.Contains(Ragams, s) })
	groups := stringsOf(SecretABH, SecretNAPZA, SecretHIV, SecretTPPO)
	f.codes("secrecy", stringsOf(c.Secrecy...), func(s string) bool { return slices.Contains(groups, s) })
	f.oneOf("urgency", string(c.Urgency), stringsOf(Within24h, Within3d, NotUrgent)...)
	f.oneOf("basis", string(c.Basis), stringsOf(ByConsent, ByContract, ByLegalDuty, ByVitalInterest, ByPublicTask, ByLegitimate)...)
	f.text("source", c.Source, MaxValue)
	f.text("need", c.Need, MaxText)
	f.id("lead", string(c.Lead))
	f.text("unit", c.Unit, MaxValue)
	return f
}

// Check returns what is wrong with n, but for what the node sets.
func (n Note) Check() []Fault {
	var f faults
	f.oneOf("kind", n.Kind, NoteKinds...)
	f.need("text", n.Text, MaxText)
	for _, one := range [][2]string{{"place", n.Place}, {"profession", n.Profession}, {"activity", n.Activity}} {
		f.text(one[0], one[1], MaxValue)
	}
	f.text("response", n.Response, MaxText)
	f.text("followUp", n.FollowUp, MaxText)
	if n.Event != "" {
		f.oneOf("event", n.Event, NoteEvents...)
	}
	if n.At.IsZero() {
		f.add("at", "is missing")
	}
	return f
}

// Check returns what is wrong with d, but for what the node sets.
func (d Document) Check() []Fault {
	var f faults
	f.oneOf("kind", d.Kind, DocumentKinds...)
	f.need("title", d.Title, MaxValue)
	if !shape["media"].MatchString(d.Media) {
		f.add("media", "is not a media type such as application/pdf")
	}
	if d.Size < 0 || d.Size > MaxDocument {
		f.add("size", "must be 0 to %d bytes", int64(MaxDocument))
	}
	if d.Digest != "" && !shape["digest"].MatchString(d.Digest) {
		f.add("digest", "is not a SHA-256 in hex")
	}
	return f
}

// Check returns what is wrong with c, but for what the node sets.
func (c Consent) Check() []Fault {
	var f faults
	f.oneOf("scope", c.Scope, ConsentScopes...)
	switch {
	case c.Scope == ForSharing && c.Recipient == "" && c.Partner == "", c.Recipient != "" && !IsBalai(c.Recipient):
		f.add("recipient", "must be the code of the balai that may read the file")
	case c.Scope == ForSharing && c.Recipient != "" && c.Partner != "":
		f.add("partner", "cannot go with recipient: one consent is for one of them")
	case c.Scope != ForSharing && c.Recipient != "":
		f.add("recipient", "is for scope %s only", ForSharing)
	case c.Scope != ForSharing && c.Partner != "":
		f.add("partner", "is for scope %s only", ForSharing)
	}
	f.need("purpose", c.Purpose, MaxValue)
	f.oneOf("how", c.How, ConsentWays...)
	f.oneOf("givenBy", c.GivenBy, ConsentGivers...)
	for _, one := range [][2]string{
		{"partner", c.Partner}, {"name", c.Name}, {"witness", c.Witness}, {"text", c.Text}, {"language", c.Language}, {"why", c.Why},
	} {
		f.text(one[0], one[1], MaxValue)
	}
	if c.Means != "" {
		f.oneOf("means", c.Means, ConsentMeans...)
	}
	if !c.Until.IsZero() && !c.Until.After(c.At) {
		f.add("until", "is before it was given")
	}
	if c.At.IsZero() {
		f.add("at", "is missing")
	}
	if !c.Withdrawn.IsZero() && c.Withdrawn.Before(c.At) {
		f.add("withdrawn", "is before it was given")
	}
	return f
}
