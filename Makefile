# Thin: what to make is here, how it is built is in meson.build.
SHELL := /bin/bash
BUILD ?= build
SANITIZED = $(BUILD)/sanitized
RELEASE = $(BUILD)/release
VENV = $(BUILD)/venv

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what is missing (Debian packages; root or sudo)
	@tools/setup

demo: setup build ## play the whole story; ONCE=1 ends after it
	@ONCE=$(ONCE) THROUGH=$(or $(THROUGH),directory) PATH="$(CURDIR)/$(RELEASE)/src/cli:$(CURDIR)/$(RELEASE)/src/server:$(CURDIR)/$(RELEASE)/src/gated:$(CURDIR)/$(RELEASE)/examples/capture:$$PATH" tools/demo

build: setup $(RELEASE)/build.ninja ## build proviso, libproviso and the console
	@ninja -C $(RELEASE) --quiet
	@BUILD=$(BUILD) tools/console

test: setup ## every test, with and without sanitizers
	@tools/test

bench: build ## measure, into build/bench.json
	@tools/bench

bench-screening: build ## measure screening beside its peers (needs PROVISO_TEST_DATA)
	@bench/screening/run

fuzz: setup ## each parser's fuzz target for a minute (SECONDS_EACH=60)
	@tools/fuzz

soak: setup ## the fault tests for much longer: an hour and a half (SOAK_MINUTES=5 each)
	@SOAK=1 tools/test faults

gallery: build ## pictures of the console, into doc/console
	@tools/gallery

coverage: setup ## line and branch coverage, into build/coverage
	@tools/coverage

tidy: setup $(RELEASE)/build.ninja ## clang-tidy
	@tools/tidy

fmt: ## settle the layout of every C file
	@git ls-files '*.c' '*.h' | xargs clang-format -i

clean: ## remove what was built
	@rm -rf $(BUILD) compile_commands.json

$(RELEASE)/build.ninja:
	@meson setup --buildtype=release $(RELEASE) >/dev/null
	@ln -sfn $(RELEASE)/compile_commands.json compile_commands.json

.PHONY: help setup demo build test bench bench-screening fuzz soak gallery coverage tidy fmt clean
