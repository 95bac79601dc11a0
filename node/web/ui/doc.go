// Package ui holds the components that all pages are made of: fields that
// cannot be without a label, tables that cannot be without a caption, and the
// frame around every page.
//
// It knows how things look and are read aloud. It decides nothing, and knows no
// use case; the words are those of package words.
package ui
