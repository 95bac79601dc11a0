package main

import (
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"serasi/node"
)

// listen calls do at each SIGHUP, until the function it returns is called; that
// one waits for a call under way.
func (r *runner) listen(do func()) (stop func()) {
	hup, end := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(hup, syscall.SIGHUP)
	var all sync.WaitGroup
	all.Go(func() {
		for {
			select {
			case <-hup:
				do()
			case <-end:
				return
			}
		}
	})
	return func() {
		signal.Stop(hup)
		close(end)
		all.Wait()
	}
}

// reload reads the settings again and gives the running node what it can take.
// With any fault, everything stays as it was.
func (r *runner) reload(n *node.Node, cfg *node.Config) {
	next, err := r.loaded(r.cmd)
	var fresh node.Config
	if err == nil {
		fresh, err = next.node(r.app)
	}
	if err == nil {
		err = next.Locate(n.Adjust(fresh))
	}
	if err != nil {
		r.tell("%s", r.t("Setelan tetap seperti semula:", "The settings stay as they were:"))
		r.finish(err)
		return
	}
	live, restart := r.now.Changed(next.Reading)
	r.level.Set(levelOf(next.LogLevel))
	cfg.Tuning.Budget, cfg.Certificate, cfg.CertKey = fresh.Tuning.Budget, fresh.Certificate, fresh.CertKey
	if len(live) > 0 {
		r.tell(r.t("Setelan baru berlaku: %s", "New settings are in force: %s"), strings.Join(live, ", "))
	}
	if len(restart) > 0 {
		r.tell(r.t("Baru berlaku setelah simpul dijalankan ulang: %s", "In force after a restart of the node: %s"), strings.Join(restart, ", "))
	}
	if len(live)+len(restart) == 0 {
		r.tell("%s", r.t("Setelan dibaca ulang; tidak ada yang berubah. Sertifikat dibaca ulang.", "The settings were read again; nothing changed. The certificate was read again."))
	}
	// What waits for a restart is told again next time: r.now keeps its values.
	r.now.PerSecond, r.now.Burst, r.now.LogLevel = next.PerSecond, next.Burst, next.LogLevel
	r.now.Certificate, r.now.CertificateKey = next.Certificate, next.CertificateKey
}
