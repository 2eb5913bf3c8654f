# go test shares one private PostgreSQL between all packages.
WITH := go run ./db/dbtest/with
LINT := go tool -modfile=.tools/go.mod golangci-lint
BIN  := bin/storegraph
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)

export CGO_ENABLED := 0
# pgx has code for many types of arguments, of which db/argument.go names those that queries here have.
export GOFLAGS := $(GOFLAGS) -tags=nopgxregisterdefaulttypes

.PHONY: help run build test race soak bench mutate interop compare record generate contract fmt lint imports check migrate seed db-reset

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## start the shop with a database of its own; ADMIN=1: and with Medusa's Admin at /app
	@exec $(BIN) run $(if $(ADMIN),--admin)

build: ## build the static binary bin/storegraph
	go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o $(BIN) ./cmd/storegraph

test: ## run all tests
	$(WITH) go test -timeout 30m ./...

race: export CGO_ENABLED = 1
race: ## run all tests with the race detector
	$(WITH) go test -timeout 60m -race ./...

soak: export SOAK ?= 10m
soak: ## kill and restart servers and the database under load for SOAK, run the slow tests at their full size, and look for carts that a request breaks
	$(WITH) go test -count 1 -timeout 2h -v -run TestSoak ./cmd/storegraph
	$(WITH) go test -count 1 -timeout 30m -run 'TestComplete|TestNeverOversold|TestChangesAtOnce|TestReturnsAtOnce' ./rest
	$(WITH) go test -count 1 -timeout 30m -v -run TestRestarts ./rest
	$(WITH) go test -count 1 -v -run TestMixedLoad ./rest
	$(WITH) go test -count 1 -timeout 30m -v -run TestIndexStaysFlat ./db
	$(WITH) go test -run '^$$' -fuzz FuzzChanges -fuzztime 3m ./rest

bench: export CATALOGUE_SIZES ?= 1000
bench: BENCH ?= .
bench: ## run the benchmarks, or those of BENCH; CATALOGUE_SIZES=1000,10000,100000 BENCH=Catalogue compares catalogues in one table
	$(WITH) go test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 2h $(if $(filter Catalogue,$(BENCH)),./rest,./...)

interop: ## prove the server beside the reference, which npm installs once into the user's cache or stands in MEDUSA_DIR
	INTEROP=1 $(WITH) go test ./cmd/interop -count 1 -timeout 2h -v -run Interop

compare: ## measure the server and the reference on one database, and what passing requests on to it costs beside a bare reverse proxy
	@COMPARE=1 $(WITH) go test ./cmd/interop -count 1 -timeout 30m -v -run Compare
	@go test ./cmd/storegraph/front -run '^$$' -bench Front -benchmem -count 3

record: ## record the reference's answers anew, or those of the scenarios ONLY="02-*"
	@RECORD=1 $(WITH) go test ./cmd/interop -count 1 -timeout 30m -v -run Record

mutate: ## list the changes of the money code that its tests would miss
	go run ./cmd/mutate

generate: ## generate code from the schema
	go tool gqlgen generate
	go generate ./...
	mkdir -p bin && go run ./cmd/storegraph schema >bin/schema.graphql && mv bin/schema.graphql graph/schema.graphql

contract: generate ## after a release: what the GraphQL schema is now becomes what must not break
	cp graph/schema.graphql graph/testdata/contract.graphql

fmt: ## format the code
	$(LINT) fmt

lint: ## lint the code
	$(LINT) run

imports: ## prove the linter's rules about imports by violations
	@.ci/imports

check: generate lint imports ## what a change must pass: fresh generated code, lint, tests with the race detector
	git diff --exit-code --stat
	$(MAKE) race

migrate: build ## bring the database to this version's schema
	$(BIN) migrate

seed: build ## fill an empty shop with demo data
	$(BIN) seed

db-reset: build ## make the private database anew
	$(BIN) reset
