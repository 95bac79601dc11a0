package node_test

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"serasi/node"
	"serasi/node/nodetest"
	"serasi/node/vault"
	"serasi/replication"
)

// alone happens to a node that is all of its federation.
var alone = []incident{
	{
		name: "the disk fills day by day", told: []string{"disk.filling", "clock.moved"},
		happens: func(s *scene) {
			s.at.Checkup()
			s.computer(s.at, func(c *computer) { c.free = 20e9 })
			s.clocks(25 * time.Hour)
		},
		mended: func(s *scene) { s.computer(s.at, func(c *computer) { c.free = 60e9 }); s.clocks(0) },
	},
	{
		name: "nobody makes a backup", told: []string{"backup.old"},
		happens: func(s *scene) { s.clocks(27 * time.Hour) },
		mended:  func(s *scene) { s.at.Backup() },
	},
	{
		name: "no backup is ever tested", told: []string{"backup.unproven"},
		happens: func(s *scene) {
			folder := filepath.Join(s.at.Dir, "backups")
			s.WaitFor("the node to make one by itself", func() bool { list, err := node.Backups(s.at.Dir); return err == nil && len(list) > 0 })
			if err := errors.Join(os.Rename(folder, folder+".away"), os.WriteFile(folder, nil, 0o600)); err != nil {
				s.t.Fatal(err)
			}
			s.clocks(10 * 24 * time.Hour)
			s.at.Backup() // one is taken away by hand, and none can be kept here
			s.later(func() {
				if err := errors.Join(os.Remove(folder), os.Rename(folder+".away", folder)); err != nil {
					s.t.Fatal(err)
				}
				s.at.Must("admin", http.MethodPost, "/node/backups", nil, nil)
			})
		},
	},
	{
		name: "the root key lies beside the data", told: []string{"key.loose"},
		happens: func(s *scene) {
			s.at.Stop()
			s.at.Adjust(func(cfg *node.Config) { cfg.Tuning.LetAnybodyKey = false })
			s.at.Start()
		},
		mended: func(s *scene) {
			s.at.Stop()
			s.at.Adjust(func(cfg *node.Config) { cfg.Tuning.LetAnybodyKey = true })
			s.at.Start()
		},
	},
	{
		name: "the node starts again and again", told: []string{"process.restarts"},
		happens: func(s *scene) {
			for range 4 {
				s.at.Stop()
				s.at.Start()
			}
		},
		mended: func(s *scene) { s.clocks(12 * 24 * time.Hour) },
	},
	{
		name: "a write fails", told: []string{"store.stopped"},
		happens: func(s *scene) {
			breakFiles(s.t, s.at.Dir)
			if err := s.at.Do("worker", http.MethodPost, "/cases", map[string]any{
				"urgency": "normal", "basis": "vital interest", "claims": []map[string]string{{"kind": "name", "value": "Tak Tersimpan", "standing": "stated"}},
			}, nil); err == nil {
				s.t.Error("a case was opened on a disk that takes no write")
			}
		},
		mended: func(s *scene) { s.at.Stop(); s.at.Start() },
	},
	{
		name: "bytes on the disk change", told: []string{"store.damaged"},
		happens: func(s *scene) {
			kept := s.at.Open("Sebelum Rusak", nil)
			saved := s.at.Backup()
			s.at.Stop()
			rot(s.t, filepath.Join(s.at.Dir, "node.db"), string(kept.ID))
			s.at.Start()
			s.at.Open("Sesudah Rusak", nil) // for everybody else work goes on
			s.later(s.at.Start)
			s.later(func() { s.at.Restore(saved) })
			s.later(s.at.Stop)
		},
	},
}

func TestIncidentsOfANodeAlone(t *testing.T) {
	t.Parallel()
	newScene(t, "SRK").run(alone)
}

// breakFiles makes every file that is open in a folder read-only to this process,
// as a disk does that has had enough.
func breakFiles(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	broken := 0
	for _, e := range entries {
		path, err := os.Readlink("/proc/self/fd/" + e.Name())
		var fd int
		if _, scan := fmt.Sscan(e.Name(), &fd); err != nil || scan != nil || filepath.Dir(path) != dir {
			continue
		}
		only, err := os.Open(path)
		if err == nil {
			err = errors.Join(syscall.Dup3(int(only.Fd()), fd, syscall.O_CLOEXEC), only.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
		broken++
	}
	if broken == 0 {
		t.Fatal("nothing is open in the folder")
	}
}

// rot changes the last byte of one sealed row of an owner in a database.
func rot(t *testing.T, path, owner string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	spoiled := false
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("rows")).ForEach(func(k, v []byte) error {
			rest, his := bytes.CutPrefix(k, append([]byte{byte(len(owner))}, owner...))
			if spoiled || !his || rest[0] == 0 { // the number of his key
				return nil
			}
			spoiled = true
			bad := slices.Clone(v)
			bad[len(bad)-1] ^= 1
			return tx.Bucket([]byte("rows")).Put(slices.Clone(k), bad)
		})
	})
	if err = errors.Join(err, db.Close()); err != nil || !spoiled {
		t.Fatalf("rot %s: %v, found %v", path, err, spoiled)
	}
}

// strandings are why a node does not run, by the code that says so.
var strandings = map[string]func(t *testing.T, cfg *node.Config) (wrong string){
	"node.folder": func(t *testing.T, cfg *node.Config) string {
		if err := os.Chmod(cfg.Dir, 0o755); err != nil {
			t.Fatal(err)
		}
		return ""
	},
	"node.settings": func(_ *testing.T, cfg *node.Config) string {
		bad := *cfg
		bad.Profile = "moon"
		return bad.Check().Error()
	},
	"node.key": func(t *testing.T, cfg *node.Config) string {
		if err := os.Remove(cfg.Key[len("file:"):]); err != nil {
			t.Fatal(err)
		}
		return ""
	},
	"node.locked": func(t *testing.T, cfg *node.Config) string {
		n, err := node.Open(*cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = n.Close() })
		return ""
	},
	"node.port": func(t *testing.T, cfg *node.Config) string {
		ln, err := net.Listen("tcp", cfg.People)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = ln.Close() })
		return ""
	},
}

func TestWhyANodeDoesNotRun(t *testing.T) {
	officer, err := node.NewOfficerKey()
	if err != nil {
		t.Fatal(err)
	}
	for code, happens := range strandings {
		t.Run(code, func(t *testing.T) {
			home := t.TempDir()
			cfg := node.Config{
				Dir: filepath.Join(home, "data"), Key: "file:" + filepath.Join(home, "root"), Listen: nodetest.FreePort(t), People: nodetest.FreePort(t),
				InsecureHTTP: true, Profile: replication.LAN, Version: "test", Tuning: node.Tuning{MinFree: 1, System: (&computer{free: 50e9, disk: 100e9, available: 4e9}).system()},
			}
			if err := vault.NewFile(filepath.Join(home, "root")); err != nil {
				t.Fatal(err)
			}
			if _, err := node.Init(t.Context(), cfg, node.Founding{Code: "SRK", Zone: "WIB", Officers: [][]byte{officer.Public()}, K: 1}); err != nil {
				t.Fatal(err)
			}
			if c := node.Diagnose(cfg, ""); len(c.Ailments) > 0 {
				t.Fatalf("before anything happened: %v", c.Codes())
			}
			if c := node.Diagnose(cfg, happens(t, &cfg)); !slices.Equal(c.Codes(), []string{code}) {
				t.Errorf("tells %v", c.Codes())
			}
		})
	}
}
