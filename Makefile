# Flagstone. `make` alone lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo run test check bench generate build dev assets chromium nginx tools

TEMPL := go tool -modfile=tools.mod templ
GOFUMPT := go tool -modfile=tools.mod gofumpt
LINT := go tool -modfile=lint.mod golangci-lint
VENDOR := static/vendor/.complete
SOURCES = $$(git ls-files '*.go' ':!*_templ.go')

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Build, fill a database with samples, print the sign-ins and serve on http://127.0.0.1:8080
	bin/flagstone demo

run: build ## Build and serve flagstone.db on http://127.0.0.1:8080
	bin/flagstone serve

test: assets generate chromium nginx ## Install what the tests need, then run every test with the race detector
	go test -race $$(go list ./... | grep -v /e2e)
	go test -timeout 30m ./e2e/...

check: assets generate ## Format, vet, lint, stale generated files, import directions, coverage of the domain
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
	go build -trimpath -ldflags "-s -w -X main.release=$$(git describe --tags --always --dirty 2>/dev/null || echo unknown)" -o bin/flagstone .

dev: assets ## Serve flagstone.db; rebuild and restart whenever a source changes
	$(TEMPL) generate --watch --watch-pattern='(.+\.(go|templ|css|js|sql))$$' --cmd='go run . serve'

assets: $(VENDOR)

# What browsers get from npm: named files and their licences, nothing else.
$(VENDOR): package.json package-lock.json .npmrc Makefile
	@command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or later." >&2; exit 1; }
	npm ci
	cp node_modules/htmx.org/dist/htmx.min.js static/vendor/htmx.min.js
	cp node_modules/htmx.org/LICENSE static/vendor/htmx.LICENSE.txt
	cp node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2 static/vendor/inter-latin.woff2
	cp node_modules/@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2 static/vendor/inter-latin-ext.woff2
	cp node_modules/@fontsource-variable/inter/LICENSE static/vendor/inter.LICENSE.txt
	@touch $@

chromium:
	@.ci/chromium

nginx:
	@.ci/nginx

tools:
	@command -v go >/dev/null || { echo "Go is missing: install Go 1.26 or later." >&2; exit 1; }
