package search

// maxLetters is the longest word that is matched with typing errors.
const maxLetters = 40

// A matcher counts the typing errors between one word and many: letters
// missing, too many or wrong, and neighbours swapped. It runs over the other
// word once, with the whole column of the edit table in one machine word
// (Myers 1999; Hyyrö 2003 for the swaps).
type matcher struct {
	length int
	top    uint64          // bit of the last letter
	where  ['z' + 1]uint64 // for each letter the places it has
}

// newMatcher prepares word. Of a longer one than maxLetters only the beginning
// counts.
func newMatcher(word string) *matcher {
	word = word[:min(len(word), maxLetters)]
	m := &matcher{length: len(word)}
	for i := range len(word) {
		m.where[word[i]] |= 1 << i
	}
	if m.length > 0 {
		m.top = 1 << (m.length - 1)
	}
	return m
}

// edits returns the number of typing errors between the word of m and other,
// which has only the letters a to z.
func edits[T string | []byte](m *matcher, other T) int {
	if m.length == 0 {
		return len(other)
	}
	// Bit i of up (down) says that row i of the column is one more (less) than
	// the row before it; diagonal, that it is as the one to the upper left.
	up, down, diagonal, before := ^uint64(0), uint64(0), uint64(0), uint64(0)
	count := m.length
	for i := range len(other) {
		same := m.where[other[i]]
		swap := ((^diagonal & same) << 1) & before
		diagonal = (((same & up) + up) ^ up) | same | down | swap
		right := down | ^(diagonal | up)
		left := diagonal & up
		if right&m.top != 0 {
			count++
		}
		if left&m.top != 0 {
			count--
		}
		right = right<<1 | 1
		up = left<<1 | ^(diagonal | right)
		down = right & diagonal
		before = same
	}
	return count
}
