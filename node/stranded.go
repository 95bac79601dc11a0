package node

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"serasi/node/casework"
	"serasi/node/health"
	"serasi/node/store"
	"serasi/node/vault"
)

// Diagnose examines the folder and the machine of a node that does not answer,
// by the same checks as a node that runs. wrong says why the
// settings were refused, if they were. It starts nothing; to time the disk it writes one small
// file and takes it away again.
func Diagnose(cfg Config, wrong string) casework.Checkup {
	f := health.Facts{Now: time.Now(), Version: cfg.Version, Stranded: &health.Stranded{}, Machine: &health.Machine{Starts: 1}}
	f.Machine.Available, f.Machine.Memory = cfg.Tuning.System.filled().Memory()
	s := f.Stranded
	s.Folder = folderFault(cfg.Dir)
	s.Settings = wrong
	if s.Folder == "" {
		f.Disk = diskFacts(cfg)
		f.Disk.WriteP99, s.Folder = timeDisk(cfg.Dir)
		s.Locked = store.InUse(cfg.Dir)
	}
	if s.Folder == "" {
		s.Key = keyFault(cfg)
	}
	if wrong == "" && !s.Locked {
		s.Ports = takenPorts(cfg.Listen, cfg.People)
	}
	return new(health.History).Examine(f)
}

// folderFault says what is wrong with the data folder, or nothing.
func folderFault(dir string) string {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return fmt.Sprintf("there is no folder %s", dir)
	case !info.IsDir():
		return fmt.Sprintf("%s is no folder", dir)
	case !store.Exists(dir):
		return fmt.Sprintf("there is no node in %s", dir)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Sprintf("%s can be read by others; only its owner may", dir)
	}
	return ""
}

// timeDisk returns how long it takes until a small file is on the disk.
func timeDisk(dir string) (took time.Duration, fault string) {
	f, err := os.CreateTemp(dir, "doctor-*")
	if err != nil {
		return 0, fmt.Sprintf("%s cannot be written", dir)
	}
	begun := time.Now()
	_, err = f.Write(make([]byte, 4096))
	err = errors.Join(err, f.Sync())
	took = time.Since(begun)
	if errors.Join(err, f.Close(), os.Remove(f.Name())) != nil {
		return took, fmt.Sprintf("%s cannot be written", dir)
	}
	return took, ""
}

// keyFault says why the root key cannot be read. A passphrase is not asked for.
func keyFault(cfg Config) string {
	kind, rest, _ := strings.Cut(cfg.Key, ":")
	if kind != vault.KindFile {
		return ""
	}
	if _, err := os.ReadFile(rest); err != nil {
		return fmt.Sprintf("%s cannot be read", filepath.Base(rest))
	}
	return ""
}

// takenPorts says which of the addresses another program holds.
func takenPorts(addrs ...string) string {
	var taken []string
	for _, addr := range addrs {
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			taken = append(taken, addr)
			continue
		}
		_ = ln.Close()
	}
	if len(taken) == 0 {
		return ""
	}
	return fmt.Sprintf("used by another program: %s", strings.Join(taken, ", "))
}
