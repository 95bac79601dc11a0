package web

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"serasi/node/casework"
	"serasi/node/web/words"
)

//go:embed static
var static embed.FS

// Site serves the pages. It starts nothing that runs on.
type Site struct {
	cfg   Config
	books words.Books
	mux   *http.ServeMux
	menus []menu
	outer http.Handler
	ended chan struct{} // closed by Stop
	end   sync.Once
}

// menu is a part of the desk in the navigation.
type menu struct {
	order int
	href  string
	words string // id of its label
	show  func(*visit) bool
}

// New returns the pages.
func New(cfg Config) (*Site, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Name == "" {
		cfg.Name = string(cfg.Balai)
	}
	s := &Site{cfg: cfg, mux: http.NewServeMux(), ended: make(chan struct{})}
	var err error
	if s.books, err = words.Open(cfg.Zone); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	if err := s.assets(); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	s.routes()
	slices.SortStableFunc(s.menus, func(a, b menu) int { return cmp.Compare(a.order, b.order) })
	// Pages say what was typed back to the reader beside secrets of the case:
	// the jitter hides from their length what is in them.
	pack, err := gzhttp.NewWrapper(
		gzhttp.MinSize(512), gzhttp.RandomJitter(32, 0, false), gzhttp.ContentTypes([]string{"text/html"}),
	)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	packed := pack(http.HandlerFunc(s.route))
	s.outer = s.guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == streamPath { // it must not wait until there is enough to pack
			s.route(w, r)
			return
		}
		packed.ServeHTTP(w, r)
	}))
	return s, nil
}

// Handler serves every page and what the pages load.
func (s *Site) Handler() http.Handler { return s.outer }

// Stop ends the streams to open pages, so that the server can stop; it may be
// called twice.
func (s *Site) Stop() { s.end.Do(func() { close(s.ended) }) }

// page adds a page for people who are signed in. The pattern is one of
// http.ServeMux with a method.
func (s *Site) page(pattern string, p func(*visit) error) { s.add(pattern, p, kind{}) }

// open adds a page for everybody.
func (s *Site) open(pattern string, p func(*visit) error) { s.add(pattern, p, kind{open: true}) }

// upload adds a page that takes files.
func (s *Site) upload(pattern string, p func(*visit) error) {
	s.add(pattern, p, kind{body: casework.MaxDocument + 64<<10, span: 5 * time.Minute})
}

// kind is what sets a route apart.
type kind struct {
	open bool
	body int64         // bytes it takes; zero: maxForm
	span time.Duration // time it has; zero: pageTime
}

func (s *Site) add(pattern string, p func(*visit) error, k kind) {
	s.mux.Handle(pattern, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visitOf(r).serve(w, r, p, k)
	}))
}

// menu adds a part of the desk to the navigation, for those show says; nil is
// for all.
func (s *Site) menu(order int, href, wordID string, show func(*visit) bool) {
	s.menus = append(s.menus, menu{order, href, wordID, show})
}

// who is for a menu: those who may do one of acts.
func (s *Site) who(acts ...casework.Action) func(*visit) bool {
	return func(v *visit) bool { return slices.ContainsFunc(acts, v.may) }
}

// assets serves the style and the script. Their names say what is in them, so a
// browser asks once.
func (s *Site) assets() error {
	files, err := fs.Sub(static, "static")
	if err != nil {
		return err
	}
	server := http.StripPrefix("/aset/", http.FileServerFS(files))
	s.mux.HandleFunc("GET /aset/{name}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		if _, err := fs.Stat(files, name); err != nil {
			visitOf(r).serve(w, r, func(*visit) error { return errNoPage }, kind{open: true})
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		if packed, err := fs.ReadFile(files, name+".gz"); err == nil && acceptsGzip(r) {
			h.Set("Content-Type", typeOf(name))
			h.Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed) // a reader that has gone
			return
		}
		server.ServeHTTP(w, r)
	})
	return nil
}
