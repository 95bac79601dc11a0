package exchange

import "serasi/node/casework"

// Decode shows tests what a file holds.
func Decode(content []byte) (headings []string, rows []casework.ImportRow, err error) {
	t, err := decode(content)
	if err != nil {
		return nil, nil, err
	}
	return t.headings, t.numbered(), nil
}
