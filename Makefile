# The two commands you need are `make demo` and `make test`.

GO          ?= go
LINT        := golangci-lint
LINT_VER    := v2.15.0
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS     := -s -w -X main.version=$(VERSION)
DEMO        ?= demo-data

.PHONY: dist nfpm demo test screenshots bench lint fuzz build generate fresh vuln clean

## demo: five balai on this machine, invented people, a real handoff; stays up until Ctrl-C
demo: build
	./bin/serasi demo --dir $(DEMO)

## test: everything. Whole nodes run by themselves: beside other tests they would
## measure who gets the processor, and not what they test. The command line waits
## for other processes most of the time, so that more scripts run side by side.
## The pages are walked through in Chromium (Debian: apt-get install chromium),
## without the race detector: the browser does most of that work, and the tests of
## node/web, node/api and node send the same handlers many requests at once with it.
## So do the deaths of whole nodes, which are many: node/handoff dies them with it.
DEATHS := ^TestCrashAtEachPoint$$
WHOLE := serasi/node serasi/cmd/serasi
PAGES := serasi/node/e2e
test:
	$(GO) vet ./...
	$(GO) test -race -timeout 9m $$($(GO) list ./... | grep -vxF "$$(printf '%s\n' $(WHOLE) $(PAGES))")
	$(GO) test -race -timeout 15m -skip '$(DEATHS)' serasi/node
	$(GO) test -timeout 9m -run '$(DEATHS)' serasi/node
	$(GO) test -race -parallel 4 -timeout 15m serasi/cmd/serasi
	$(GO) test -timeout 15m $(PAGES)

## screenshots: the pictures of the README's tour, made by the pages themselves
screenshots:
	SCREENSHOTS=$(CURDIR)/deploy/screenshots $(GO) test -count 1 -timeout 10m -run TestScreenshots serasi/node/e2e

## bench: the figures of the README, with real fsync
bench: build
	./bin/serasi bench ledger
	./bin/serasi bench cases
	./bin/serasi bench search

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/serasi ./cmd/serasi

## lint: house rules; the linter is built once into bin/
lint: bin/$(LINT)-$(LINT_VER)
	bin/$(LINT)-$(LINT_VER) run ./...

bin/$(LINT)-$(LINT_VER):
	mkdir -p bin
	GOBIN=$(CURDIR)/bin $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VER)
	mv bin/$(LINT) $@

## fuzz: every fuzz target for FUZZTIME each
FUZZTIME ?= 10s
fuzz:
	@set -e; for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "fuzz $$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$pkg; \
	  done; done

## generate: write generated code anew
generate:
	$(GO) generate ./...

## fresh: fail if generated code is not what the generators write
fresh: generate
	git diff --exit-code -- '*.pb.go' '*_templ.go' node/web/static node/web/assets_gen.go

## vuln: known vulnerabilities in what is called, where the database can be reached
vuln:
	@$(GO) run golang.org/x/vuln/cmd/govulncheck@v1.1.4 ./... || { \
	  [ $$? -eq 3 ] && exit 1; echo "vulnerability scan skipped: its database cannot be reached here"; }

clean:
	rm -rf bin

## dist: what operators install, in bin/dist: stripped binaries, Debian packages, SBOM, checksums.
## Two builds of one commit are the same to the byte.
ARCHES      ?= amd64 arm64
NFPM_VER    := v2.44.0
EPOCH       := $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
DEB_VERSION := 0.$(shell git log -1 --date=format:%Y%m%d.%H%M --format=%cd 2>/dev/null || echo 0)+$(shell git log -1 --format=%h 2>/dev/null || echo dev)
dist: bin/nfpm-$(NFPM_VER)
	rm -rf bin/dist && mkdir -p bin/dist
	@set -e; for arch in $(ARCHES); do \
	  CGO_ENABLED=0 GOOS=linux GOARCH=$$arch $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS) -buildid=' -o bin/dist/serasi-linux-$$arch ./cmd/serasi; \
	  ARCH=$$arch DEB_VERSION=$(DEB_VERSION) SOURCE_DATE_EPOCH=$(EPOCH) bin/nfpm-$(NFPM_VER) package -f deploy/debian/nfpm.yaml -p deb -t bin/dist/; \
	done
	CGO_ENABLED=0 $(GO) run -trimpath -buildvcs=false ./cmd/serasi version --sbom >bin/dist/serasi.cdx.json
	cd bin/dist && sha256sum * >SHA256SUMS
	@cat bin/dist/SHA256SUMS

nfpm: bin/nfpm-$(NFPM_VER)
bin/nfpm-$(NFPM_VER):
	mkdir -p bin
	GOFLAGS= GOBIN=$(CURDIR)/bin $(GO) install github.com/goreleaser/nfpm/v2/cmd/nfpm@$(NFPM_VER)
	mv bin/nfpm $@
