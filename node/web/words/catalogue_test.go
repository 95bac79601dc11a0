package words_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	templparser "github.com/a-h/templ/parser/v2"
	"github.com/a-h/templ/parser/v2/visitor"
)

// catalogue reads every text of a language, and the file it stands in.
func catalogue(t *testing.T, lang string) (texts map[string][]string, files map[string]string) {
	t.Helper()
	texts, files = map[string][]string{}, map[string]string{}
	names, err := filepath.Glob("catalogue/*." + lang + ".json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no catalogue in %s: %v", lang, err)
	}
	for _, name := range names {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var part map[string]json.RawMessage
		if err := json.Unmarshal(raw, &part); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for id, v := range part {
			if files[id] != "" {
				t.Errorf("%s: %s stands in %s too", name, id, files[id])
			}
			files[id] = name
			var whole string
			var plural map[string]string
			switch {
			case json.Unmarshal(v, &whole) == nil:
				texts[id] = []string{whole}
			case json.Unmarshal(v, &plural) == nil:
				if want := map[string][]string{"id": {"other"}, "en": {"one", "other"}}[lang]; !slices.Equal(slices.Sorted(maps.Keys(plural)), want) {
					t.Errorf("%s: %s has the forms %v, %s has %v", name, id, slices.Sorted(maps.Keys(plural)), lang, want)
				}
				texts[id] = slices.Collect(maps.Values(plural))
			default:
				t.Errorf("%s: %s is neither a text nor the forms of one", name, id)
			}
		}
	}
	return texts, files
}

var holder = regexp.MustCompile(`{{\s*\.(\w+)\s*}}`)

func holders(texts []string) []string {
	found := map[string]bool{}
	for _, s := range texts {
		for _, m := range holder.FindAllStringSubmatch(s, -1) {
			found[m[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

func TestBothLanguagesAreComplete(t *testing.T) {
	id, files := catalogue(t, "id")
	en, others := catalogue(t, "en")
	for key, text := range id {
		if en[key] == nil {
			t.Errorf("%s: %s is missing in English", files[key], key)
		} else if a, b := holders(text), holders(en[key]); !slices.Equal(a, b) {
			t.Errorf("%s: %s has the placeholders %v, in English %v", files[key], key, a, b)
		}
		for _, s := range append(text, en[key]...) {
			if strings.TrimSpace(s) == "" {
				t.Errorf("%s: %s says nothing", files[key], key)
			}
		}
	}
	for key := range en {
		if id[key] == nil {
			t.Errorf("%s: %s is missing in Indonesian", others[key], key)
		}
	}
}

// An id is asked for as a whole literal, or as a literal that ends in a dot and
// something behind it: words.T(ctx, "stage."+n), words.Code(ctx, "sex", code).
var (
	asked  = regexp.MustCompile(`\b(?:[TN]\((?:v\.)?ctx, |v\.[tn]\(|words\.[TN]\([^"()]*\(?\)?, )"([a-z0-9_ .-]+)"(\s*\+)?`)
	coded  = regexp.MustCompile(`(?:words\.Code\([^"]*?, |v\.(?:codes?|options)\()"([a-z0-9_ .-]+)",`)
	quoted = regexp.MustCompile(`"([a-z0-9_]+(?:\.[a-z0-9_ -]+)+\.?)"`)
)

// usage is what the sources ask for.
type usage struct {
	ids      map[string]string // id: file
	prefixes map[string]string
	quoted   map[string]bool // anything that looks like an id
}

func sources(t *testing.T) usage {
	t.Helper()
	u := usage{map[string]string{}, map[string]string{}, map[string]bool{}}
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, ".templ") ||
			strings.HasSuffix(path, "_templ.go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		raw, err := os.ReadFile(path)
		u.read(path, string(raw))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

var comment = regexp.MustCompile(`(?m)^\s*//.*$`)

func (u usage) read(path, src string) {
	src = comment.ReplaceAllString(src, "")
	for _, m := range asked.FindAllStringSubmatch(src, -1) {
		if m[2] != "" || strings.HasSuffix(m[1], ".") {
			u.prefixes[m[1]] = path
			continue
		}
		u.ids[m[1]] = path
	}
	for _, m := range coded.FindAllStringSubmatch(src, -1) {
		u.prefixes[m[1]+"."] = path
	}
	for _, m := range quoted.FindAllStringSubmatch(src, -1) {
		u.quoted[m[1]] = true
	}
}

func TestEveryIDIsThereAndUsed(t *testing.T) {
	id, files := catalogue(t, "id")
	u := sources(t)
	for _, fault := range unmet(id, u) {
		t.Error(fault)
	}
	for key := range id {
		used := u.ids[key] != "" || u.quoted[key]
		for prefix := range u.prefixes {
			used = used || strings.HasPrefix(key, prefix)
		}
		for q := range u.quoted {
			used = used || strings.HasSuffix(q, ".") && strings.HasPrefix(key, q)
		}
		if !used {
			t.Errorf("%s: nobody asks for %s", files[key], key)
		}
	}
}

func unmet(have map[string][]string, u usage) (faults []string) {
	for key, path := range u.ids {
		if have[key] == nil {
			faults = append(faults, fmt.Sprintf("%s asks for %s, which no catalogue has", path, key))
		}
	}
	for prefix, path := range u.prefixes {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(have)), func(k string) bool { return strings.HasPrefix(k, prefix) }) {
			faults = append(faults, fmt.Sprintf("%s asks for texts of %s, and there are none", path, prefix))
		}
	}
	return faults
}

// A rule that never fails may not be looking.
func TestMissingIDsAreNoticed(t *testing.T) {
	for name, src := range map[string]string{
		"in a template": `{ words.T(ctx, "no.such") }`, "in Go": `v.t("no.such", "n", 1)`, "a number": `words.N(v.ctx, "no.such", n)`,
		"a list": `words.Code(ctx, "nolist", s)`, "made": `v.t("nolist."+s)`,
	} {
		u := usage{map[string]string{}, map[string]string{}, map[string]bool{}}
		u.read("x", src)
		if len(unmet(map[string][]string{"a.b": {"x"}}, u)) == 0 {
			t.Errorf("%s: not noticed: %s", name, src)
		}
	}
}

// texts returns what stands in a template as it is, and not in a catalogue.
func texts(t *testing.T, file *templparser.TemplateFile) (found []string) {
	t.Helper()
	v := visitor.New()
	v.Text = func(n *templparser.Text) error {
		s := strings.TrimSpace(n.Value)
		if strings.ContainsFunc(s, unicode.IsLetter) && s != "SERASI" {
			found = append(found, s)
		}
		return nil
	}
	v.ConstantAttribute = func(n *templparser.ConstantAttribute) error {
		key := fmt.Sprint(n.Key)
		if slices.Contains([]string{"title", "alt", "placeholder", "aria-label", "aria-description"}, key) && n.Value != "" {
			found = append(found, key+"="+n.Value)
		}
		if key == "style" || strings.HasPrefix(key, "on") {
			found = append(found, key+" is inline")
		}
		return nil
	}
	if err := file.Visit(v); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestTemplatesHoldNoText(t *testing.T) {
	n := 0
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".templ") {
			return err
		}
		n++
		file, err := templparser.Parse(path)
		if err != nil {
			return err
		}
		for _, s := range texts(t, file) {
			t.Errorf("%s: %q belongs into a catalogue", path, s)
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Fatalf("%d templates: %v", n, err)
	}
}

func TestTextInTemplatesIsNoticed(t *testing.T) {
	for name, body := range map[string]string{
		"text": `<p>Halo</p>`, "deep": "if true {\n<ul><li>Halo</li></ul>\n}", "label": `<nav aria-label="Menu"></nav>`,
		"style": `<p style="color:red">{ "x" }</p>`, "handler": `<p onclick="x()">{ "x" }</p>`,
	} {
		file, err := templparser.ParseString("package p\n\ntempl x() {\n" + body + "\n}\n")
		if err != nil {
			t.Fatal(name, err)
		}
		if len(texts(t, file)) == 0 {
			t.Errorf("%s: not noticed: %s", name, body)
		}
	}
}
