# Porchlight. Every target works from a fresh clone with Go and make alone;
# `test` also wants Chromium and PostgreSQL (see .ci/chromium, .ci/postgres),
# `contract` Node (see .ci/cognito-local).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
export CGO_ENABLED := 0

GO     ?= go
TOOL   := $(GO) tool -modfile=.ci/tools.mod
# How hard to compress: 11 is for what ships, run takes less.
QUALITY ?= 11
FUZZTIME ?= 20s

.PHONY: help
help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: program
program:
	$(GO) run ./server/internal/wasmpack -quality $(QUALITY) ./app

.PHONY: binary
binary: program
	$(GO) build -trimpath -buildvcs=false -ldflags='-s -w' -o bin/porchlight ./server

.PHONY: run
run: QUALITY := 5
run: binary ## build quickly and serve in local mode on http://127.0.0.1:8000
	@exec bin/porchlight

.PHONY: build
build: binary ## build the one binary, bin/porchlight

.PHONY: test
test: build ## run every test, the browser's included
	E2E=1 CHROMIUM="$$(.ci/chromium)" PATH="$$(.ci/postgres):$$PATH" $(GO) test -timeout 20m ./...

.PHONY: check
check: ## formatting, vet for both builds, static analysis, tidy modules
	@test -z "$$(gofmt -l app server shared web | tee /dev/stderr)"
	$(GO) fix -diff ./...
	$(GO) vet ./...
	GOOS=js GOARCH=wasm $(GO) vet ./app/... ./shared/...
	$(TOOL) staticcheck ./...
	GOOS=js GOARCH=wasm $$($(TOOL) -n staticcheck) ./app/... ./shared/...
	$(GO) mod tidy -diff

.PHONY: race
race: ## run the unit tests under the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race ./app/... ./shared/... ./server/internal/...

.PHONY: contract
contract: build ## run the user-pool contract and a browser journey on the embedded pool and, with Node, on cognito-local
	E2E=1 CHROMIUM="$$(.ci/chromium)" .ci/cognito-local $(GO) test -count=1 -run 'Pool|Outside' ./server/internal/cognito/cognitotest ./server/e2e

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME each
	@$(GO) list ./... | while read -r pkg; do \
	  $(GO) test -list '^Fuzz' "$$pkg" | { grep '^Fuzz' || true; } | while read -r target; do \
	    echo "$$pkg $$target"; $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$pkg"; \
	  done; \
	done

# Each is a benchmark of the README's table and fails beyond its bound; the next
# one runs all the same. Posts by the million want 5 GB of room for temporary
# files, live readers 20 000 open files.
.PHONY: bench
bench: export PORCHLIGHT_BENCH_LARGE := 1
bench: ## measure the numbers of the README; ten minutes
	@failed=0; while read -r name times dir; do \
	  $(GO) test -timeout 30m -run '^$$' -bench "^Benchmark$$name\$$" -benchtime "$$times" "./server/$$dir" || failed=1; \
	done <<< "$$BENCHMARKS"; exit $$failed

define BENCHMARKS
VerifyRatios 2s    internal/token
GroupCommit  20x   internal/sqlitedb
NewestPage   60x   bench
Flood        10x   bench
Live         10x   bench
Home         2000x internal/sqlite
endef
export BENCHMARKS

.PHONY: bench-browser
bench-browser: build ## measure the pages in Chromium, on a fast and on a slow line
	CHROMIUM="$$(.ci/chromium)" $(GO) run ./server/bench/browser

.PHONY: vuln
vuln: ## look for known holes in what is linked
	$(TOOL) govulncheck ./...

.PHONY: clean
clean: ## remove what was built (data stays)
	rm -rf bin
	git clean -qfX web/built
