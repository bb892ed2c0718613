# A table of contents of commands. `make run` and `make test` do all the set-up.

SWIFT ?= swift
JOBS ?= $(shell nproc)
# Colours would make a build in a terminal another build than one in a pipe, and each would undo the other.
BUILD = $(SWIFT) build --no-color-diagnostics --quiet --jobs $(JOBS)
# Linked statically: a quarter faster, and the same objects for the programs, the simulator, the fuzzer and the siege.
STATIC = -c release --static-swift-stdlib
RELEASE = $(STATIC) -Xlinker -s
PROMPT ?=
export PROMPT
export SWIFT_BACKTRACE ?= enable=no

# What CI simulates; `make soak` goes on for as long as it is let.
CYCLES ?= 1000000
SIMULATE_SECONDS ?= 300
SOAK_CYCLES ?= 20000000
SIMULATE = $(BUILD) $(STATIC) --product simulate && .build/release/simulate $(if $(SEED),--seed $(SEED)) \
  $(if $(STEPS),--steps $(STEPS))

# Seconds for each reader; there are thirty of them.
SECONDS_PER ?= 4
FUZZ = $(BUILD) $(STATIC) --product fuzz && .build/release/fuzz --seconds $(SECONDS_PER) $(if $(SEED),--seed $(SEED)) \
  $(if $(TARGET),--target $(TARGET))

# How long the hostile clients of `make siege` go on.
SIEGE_SECONDS ?= 60
SIEGE = $(BUILD) $(STATIC) --product belayd && \
  python3 -B Tests/Siege/siege.py .build/release/belayd --confined --seconds $(SIEGE_SECONDS) $(if $(SEED),--seed $(SEED))

.PHONY: real-model run test check lint format golden simulate soak fuzz siege bench man install interop build debug setup clean

run: build          ## Open the chat; without a terminal, or with PROMPT="…", answer in batch mode.
	@if [ -n "$$PROMPT" ]; then .build/release/belay --batch -- "$$PROMPT"; \
	elif [ ! -t 1 ]; then .build/release/belay --batch; else .build/release/belay; fi

test: setup         ## Run all tests.
	$(BUILD) --build-tests
	SWIFT=$(SWIFT) sh .ci/test

check: lint test simulate fuzz  ## What CI runs: lint, build, all tests, simulator, fuzzer, other clients, upgrade, siege.
	sh Tests/Interop/run.sh .build/debug
	python3 -B Tests/Upgrade/upgrade.py .build/debug/belayd
	python3 -B Tests/Interop/crowded_verify.py .build/debug
	$(SIEGE)

simulate: setup     ## Clients and servers in virtual time, with everything that can go wrong: SEED=… CYCLES=… STEPS=…
	$(SIMULATE) --cycles $(CYCLES) --seconds $(SIMULATE_SECONDS)

soak: setup         ## The same for hours, and a thousand crashes, drops and restarts of the real programs.
	$(SIMULATE) --cycles $(SOAK_CYCLES)
	for round in 1 2 3 4 5 6 7 8 9 10; do \
	  SWIFT=$(SWIFT) $(SWIFT) test --filter '^(EndToEnd|Network|Reconnection)Tests\.|^ServerTests\.Crowds' || exit 1; done

fuzz: setup         ## Odd bytes for every reader of what strangers send: SECONDS_PER=… SEED=… TARGET=…
	$(FUZZ)

siege: setup        ## Two honest clients beside hostile ones of every kind: SEED=… SIEGE_SECONDS=…
	$(SIEGE)

lint:               ## Is every file formatted?
	$(SWIFT) format lint --strict -r Sources Tests Package.swift

format:             ## Format every file.
	$(SWIFT) format -i -r Sources Tests Package.swift

golden: setup       ## Record the golden screens anew; look at the difference before you commit it.
	RECORD_GOLDENS=1 $(SWIFT) test --filter ScreenTests

interop: setup      ## Talk to belayd with a plain client and the official ACP SDK, and give it a folder of 0.1.0.
	$(BUILD) --product belayd
	sh Tests/Interop/run.sh .build/debug
	python3 -B Tests/Upgrade/upgrade.py .build/debug/belayd

real-model: setup   ## A real model on this machine behind belayd: builds llama.cpp once; not a part of check.
	$(BUILD) --product belay
	$(BUILD) --product belayd
	python3 -B Tests/Interop/real_model.py .build/debug .build/real-model

bench: build        ## Print what the server costs, and a table of the goals: ROWS=prompts,calls SHORT=1
	sh Tests/Benchmarks/run.sh .build/release $(if $(ROWS),--rows $(ROWS)) $(if $(SHORT),--short)

build: setup        ## Release builds of belay and belayd, in .build/release.
	$(BUILD) $(RELEASE) --product belay
	$(BUILD) $(RELEASE) --product belayd

man:                ## Read the manual pages.
	man ./man/belay.1

install: build      ## Install for all users; PREFIX=/usr/local unless told.
	install -d $(DESTDIR)$(or $(PREFIX),/usr/local)/bin $(DESTDIR)$(or $(PREFIX),/usr/local)/share/man/man1 \
	  $(DESTDIR)$(or $(PREFIX),/usr/local)/share/man/man8 $(DESTDIR)$(or $(PREFIX),/usr/local)/lib/systemd/system
	install .build/release/belay .build/release/belayd $(DESTDIR)$(or $(PREFIX),/usr/local)/bin
	install -m 644 man/belay.1 $(DESTDIR)$(or $(PREFIX),/usr/local)/share/man/man1
	install -m 644 man/belayd.8 $(DESTDIR)$(or $(PREFIX),/usr/local)/share/man/man8
	sed 's,/usr/local/bin,$(or $(PREFIX),/usr/local)/bin,' systemd/belayd.service \
	  >$(DESTDIR)$(or $(PREFIX),/usr/local)/lib/systemd/system/belayd.service

setup:              ## Install the Debian packages that are missing, or say which.
	@sh .ci/setup

clean:              ## Remove what was built.
	rm -rf .build
