# Everything a person or a machine does with this repository. Needs Go, git and make; what else is needed is brought.

.DEFAULT_GOAL := help
SHELL := /bin/sh

# The Go that is installed builds everything: no toolchain is fetched behind anyone's back.
export GOTOOLCHAIN := local

# Tools are pinned here and nowhere else; they are built from source into .tools and rebuilt only when a version changes.
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
SQLC          := github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1
WORKFLOWCHECK := go.temporal.io/sdk/contrib/tools/workflowcheck@v0.6.0

TOOLS := $(CURDIR)/.tools
GOVERSION := $(shell go env GOVERSION)
stamp = $(TOOLS)/stamp/$(subst /,_,$(1)).$(GOVERSION)

# Without cgo the binary runs anywhere and no C compiler is needed. Only the race detector wants one.
NOCGO := CGO_ENABLED=0

.PHONY: help demo build test lint generate tools clean

help: ## show this list
	@echo "usage: make TARGET"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: build ## watch invoices being collected on this machine (flags: make demo ARGS="--exit --day 0")
	@bin/relance demo $(ARGS)

build: ## build bin/relance
	@test -x bin/relance || echo "Building relance. The first build compiles a Temporal server, which takes some minutes; later ones take seconds."
	@$(NOCGO) go build -trimpath -o bin/relance ./cmd/relance

test: ## run every test; PostgreSQL and a C compiler are installed where they are missing and may be
	@scripts/test.sh

lint: tools ## check style, layers, determinism, generated code and modules
	@scripts/lint.sh $(TOOLS)/bin

generate: $(call stamp,$(SQLC)) ## write the Go code of the SQL queries anew
	@$(TOOLS)/bin/sqlc generate

tools: $(call stamp,$(SQLC)) $(call stamp,$(WORKFLOWCHECK)) $(call stamp,$(GOLANGCI_LINT)) ## build the pinned tools into .tools

clean: ## remove what was built here; data directories stay
	rm -rf bin .tools

define tool
$(call stamp,$(1)):
	@echo "Building $(notdir $(1)), which takes a minute."
	@mkdir -p $$(@D)
	@GOBIN=$(TOOLS)/bin $(NOCGO) go install $(1)
	@rm -f $(TOOLS)/stamp/*_$(notdir $(firstword $(subst @, ,$(1))))@*
	@touch $$@
endef

$(foreach t,$(GOLANGCI_LINT) $(SQLC) $(WORKFLOWCHECK),$(eval $(call tool,$(t))))
