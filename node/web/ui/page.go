package ui

import (
	"net/url"
	"slices"

	"github.com/a-h/templ"

	"serasi/node/casework"
)

// PageProps is what the frame around a page shows.
type PageProps struct {
	Title  string // of the page; never holds anything about a person
	Head   string // the h1, if it is another one: here a name may stand
	Balai  string // name of the balai
	User   string // name of who is signed in, or ""
	Unread int    // handoffs that wait for an answer
	Nav    []NavItem
	Form   *Form // whose errors stand above the page
	Flash  string
	Look   casework.Display
	Style  string // address of the style sheet
	Script string // address of the script
	Number string // of the event, on error pages
	Wide   bool
	Live   bool   // listens to news
	State  string // what the page is about, if it also listens to how the network is
	Here   string // path of the page, to come back to it
	Again  int    // seconds after which the page loads itself again, as its reader asked; 0: never
	Print  bool   // a paper: shown without the frame when printed
}

// A NavItem leads to a part of the desk.
type NavItem struct {
	Href    string
	Label   string
	Count   int
	Current bool
}

// A menu of up to mostNav stands in one line of a usual window; of a longer one
// all but firstNav fold away.
const (
	mostNav  = 9
	firstNav = 7
)

// nav is the menu, and the part of it that folds away.
func (p PageProps) nav() (first, more []NavItem) {
	if len(p.Nav) <= mostNav {
		return p.Nav, nil
	}
	return p.Nav[:firstNav], p.Nav[firstNav:]
}

func anyCurrent(list []NavItem) bool {
	return slices.ContainsFunc(list, func(n NavItem) bool { return n.Current })
}

// fullTitle is the title of the window. It says first that something is wrong.
func (p PageProps) fullTitle(wrong string) string {
	t := p.Title + " – SERASI"
	if p.Form.Bad() {
		return wrong + " " + t
	}
	return t
}

func (p PageProps) head() string {
	if p.Head != "" {
		return p.Head
	}
	return p.Title
}

// A summary line names a field, and what is wrong with it.
type summaryLine struct{ href, words string }

func (f *Form) summary() (lines []summaryLine) {
	if f.Words != "" && len(f.Faults) == 0 {
		lines = append(lines, summaryLine{"", f.Words})
	}
	for _, x := range f.Faults {
		if label, ok := f.labels[x.Field]; ok {
			lines = append(lines, summaryLine{"#" + fieldID(x.Field), label + ": " + x.Words})
			continue
		}
		lines = append(lines, summaryLine{"", x.Field + ": " + x.Words})
	}
	return lines
}

// lookHref leads to "Tampilan" and back to a page.
func lookHref(here string) templ.SafeURL {
	if here == "" || here == "/tampilan" {
		return "/tampilan"
	}
	return templ.SafeURL("/tampilan?kembali=" + url.QueryEscape(here))
}
