package search

import "strings"

// name makes a name up after the pattern of a region.
func (in *inventor) name(sex string) string {
	var words []string
	switch n := in.IntN(100); {
	case n < 45:
		words = in.javanese(sex)
	case n < 58:
		words = in.muslim(sex)
	case n < 70:
		words = in.sundanese(sex)
	case n < 78:
		words = append(in.some(2, sex), in.pick("batak", in.families))
	case n < 85:
		words = append(in.some(2, sex), in.pick("timur", in.families))
	case n < 91:
		words = in.makassar(sex)
	case n < 96:
		words = in.balinese(sex)
	default:
		words = []string{in.pick("chinese", in.parts), in.made("syllable"), in.made("syllable")}
	}
	for i, w := range words {
		if in.IntN(10) == 0 {
			w = oldSpelling(w)
		}
		words[i] = capital(w)
	}
	if in.IntN(25) == 0 {
		words = append([]string{in.pick("title", in.parts)}, words...)
	}
	return strings.Join(words, " ")
}

func capital(w string) string {
	if w == "" {
		return w
	}
	return strings.ToUpper(w[:1]) + w[1:]
}

// pick takes a word of a group, all of them alike often.
func (in *inventor) pick(group string, groups map[string][]string) string {
	return groups[group][in.IntN(len(groups[group]))]
}

// given takes a given name, the first of the list far more often than the last;
// every third one is put together, so that there are many rare ones.
func (in *inventor) given(sex string) string {
	list, tail := in.men, "tailL"
	if sex == "P" {
		list, tail = in.women, "tailP"
	}
	if in.IntN(3) == 0 {
		return in.made(tail)
	}
	u := in.Float64()
	return list[int(u*u*float64(len(list)))]
}

// made puts a word together.
func (in *inventor) made(kind string) string {
	switch kind {
	case "syllable":
		w := in.pick("syllable", in.parts) + in.pick("syllable", in.parts)
		if in.IntN(2) == 0 {
			w += in.pick("close", in.parts)
		}
		return w
	case "arabtailL", "arabtailP":
		return in.pick("arabstem", in.parts) + in.pick(kind, in.parts)
	default:
		return in.pick("head", in.parts) + in.pick("middle", in.parts) + in.pick(kind, in.parts)
	}
}

func (in *inventor) some(n int, sex string) []string {
	words := make([]string, 0, n+1)
	for range n {
		words = append(words, in.given(sex))
	}
	return words
}

func (in *inventor) javanese(sex string) []string {
	words := in.some(1+in.weighted(20, 55, 25), sex)
	if in.IntN(4) == 0 {
		words = append(words, in.made("tailL"))
	}
	return words
}

func (in *inventor) muslim(sex string) []string {
	words := []string{in.made("arabtail" + sex)}
	switch in.IntN(5) {
	case 0:
		if sex == "L" {
			words = append([]string{[]string{"Muhammad", "M.", "Moh.", "Mochamad", "Muh."}[in.IntN(5)]}, words...)
		}
	case 1:
		words = append([]string{in.pick("arabhead", in.parts)}, words...)
	case 2:
		words = append(words, map[string]string{"L": "bin", "P": "binti"}[sex], in.given("L"))
	}
	return append(words, in.some(in.weighted(30, 50, 20), sex)...)
}

func (in *inventor) sundanese(sex string) []string {
	return append(in.some(2, sex), in.made("tail"+sex))[:1+in.weighted(10, 45, 45)]
}

func (in *inventor) makassar(sex string) []string {
	words := in.some(1+in.IntN(2), sex)
	switch in.IntN(3) {
	case 0:
		words = append(words, []string{"Dg.", "Daeng"}[in.IntN(2)], in.pick("daeng", in.families))
	case 1:
		words = append([]string{map[string]string{"L": "Andi", "P": "St."}[sex]}, words...)
	}
	return words
}

func (in *inventor) balinese(sex string) []string {
	return []string{map[string]string{"L": "I", "P": "Ni"}[sex], in.pick("order", in.parts), in.given(sex), in.pick("bali", in.parts)}
}

// weighted returns 0, 1 or 2, as often as the parts of a hundred say.
func (in *inventor) weighted(a, b, _ int) int {
	switch n := in.IntN(100); {
	case n < a:
		return 0
	case n < a+b:
		return 1
	default:
		return 2
	}
}
