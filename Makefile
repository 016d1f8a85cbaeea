# Flagstone. `make` alone lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup demo run unit test check bench generate build deb release dev hooks assets tools

TEMPL := go tool -modfile=tools.mod templ
GOFUMPT := go tool -modfile=tools.mod gofumpt
LINT := bin/golangci-lint
VENDOR := static/vendor/.complete
TEST_MODULES := node_modules/.tests
SOURCES = $$(git ls-files '*.go' ':!*_templ.go')

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: assets generate $(TEST_MODULES) hooks ## Install what building and testing need, and enable the git hooks

demo: build ## Build, fill a database with samples, print the sign-ins and serve on http://127.0.0.1:8080
	bin/flagstone demo --db demo.db

run: build ## Build and serve flagstone.db on http://127.0.0.1:8080
	bin/flagstone serve

unit: assets generate $(TEST_MODULES) ## Run every test that needs no browser, with the race detector
	go test -race -timeout 30m $$(go list ./... | grep -v /e2e)

test: unit ## Run every test; the browser tests last, after installing what they need
	@.ci/chromium
	@.ci/nginx
	@.ci/promtool
	go test -timeout 30m ./e2e/...

check: assets generate $(LINT) ## Format, vet, lint, stale generated files, import directions, coverage of the domain
	@git diff --exit-code --stat -- '*_templ.go' || { echo "Generated files are stale: commit them as they are now." >&2; exit 1; }
	@untracked=$$(git ls-files --others --exclude-standard -- '*_templ.go'); test -z "$$untracked" || \
		{ echo "Generated files are not committed:" $$untracked >&2; exit 1; }
	@unformatted=$$($(GOFUMPT) -l $(SOURCES)); test -z "$$unformatted" || \
		{ echo "Not formatted; run $(GOFUMPT) -w on:" $$unformatted >&2; exit 1; }
	@$(TEMPL) fmt -fail -log-level error views || { echo "Templates were not formatted; commit them as they are now." >&2; exit 1; }
	go vet ./...
	$(LINT) run
	go test -run '^TestImports$$' .
	@go test -cover ./features | grep -q 'coverage: 100.0% of statements' || { echo "Some statement of package features has no test." >&2; exit 1; }

bench: assets generate ## Measure evaluation, the portal and the console at full size
	go test -run '^$$' -bench . -benchmem ./features/...
	go run ./bench

generate: tools ## Generate Go from the templ files
	@$(TEMPL) generate -log-level error

build: assets generate ## Build bin/flagstone
	@echo "Building bin/flagstone. The first time, SQLite is compiled too: that takes a minute or two."
	go build -trimpath -ldflags "-s -w -X flagstone/cli.release=$$(git describe --tags --always --dirty 2>/dev/null || echo unknown)" -o bin/flagstone .

deb: assets generate ## Build an archive and a Debian package for this machine into dist/
	deploy/release $$(go env GOHOSTARCH)

release: assets generate ## Build archives, Debian packages, SBOMs and checksums for amd64 and arm64 into dist/
	deploy/release amd64 arm64

dev: assets ## Serve flagstone.db; rebuild and restart whenever a source changes
	$(TEMPL) generate --watch --watch-pattern='(.+\.(go|templ|css|js|sql))$$' --cmd='go run . serve'

hooks: ## Have git check each commit: formatting, vet, stale generated files
	git config core.hooksPath .githooks

assets: $(VENDOR)

# What browsers get from npm: named files and their licences, nothing else.
$(VENDOR): package.json package-lock.json .npmrc Makefile
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or later." >&2; exit 1; }
	npm ci --omit=dev
	cp node_modules/htmx.org/dist/htmx.min.js static/vendor/htmx.min.js
	cp node_modules/htmx.org/LICENSE static/vendor/htmx.LICENSE.txt
	cp node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2 static/vendor/inter-latin.woff2
	cp node_modules/@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2 static/vendor/inter-latin-ext.woff2
	cp node_modules/@fontsource-variable/inter/LICENSE static/vendor/inter.LICENSE.txt
	@touch $@

# What only tests need of npm.
$(TEST_MODULES): $(VENDOR)
	npm ci
	@touch $@

# The linter is built once, and again when lint.mod names another version.
$(LINT): lint.mod lint.sum | tools
	@echo "Building the linter, once: that takes some minutes."
	go build -modfile=lint.mod -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

tools:
	@command -v go >/dev/null || { echo "Go is missing: install Go 1.26 or later." >&2; exit 1; }
	@test "$$(go env CGO_ENABLED)" = 1 || { echo "SQLite is written in C: unset CGO_ENABLED, or set it to 1." >&2; exit 1; }
	@command -v "$$(go env CC | cut -d ' ' -f 1)" >/dev/null || { echo "A C compiler is missing: install gcc or clang (on Debian: sudo apt-get install gcc libc6-dev)." >&2; exit 1; }
