# How the tests are built and run; included by GNUmakefile.
# PROOF=full makes each suite try as often as its bar says (`make proof`); without it, a short form of the same.

export INSULA_BARS := $(CURDIR)/build/bars.jsonl
NODE_RINGS := http replay isolation hostile fault torture cluster

TEST_CC = $(CC) $(CPPFLAGS) -Itests $(PRIVATE) $(CFLAGS) -MMD -MP $(LDFLAGS) $(TEST_LINK) -o $@
# It changes statements on their way to the database.
$(BUILD)/tests/db/test_mutants: TEST_LINK := -Wl,--wrap=db_run,--wrap=db_run_many
$(UNIT) $(DB): $(BUILD)/%: %.c $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(TEST_CC) $< $(LIBRARY) -lfcgi -lmicrohttpd $(LIBS)

# Preloaded into programs where a test sets the clock, or watches whom they dial.
PRELOADED := $(BUILD)/tests/tools/step_clock.so $(BUILD)/tests/tools/wire.so
$(PRELOADED): $(BUILD)/%.so: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(filter-out $(SANITIZER),$(CFLAGS)) -fPIC -shared -o $@ $<

$(BENCHES): $(BUILD)/%: %.c tests/bench/response.h $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< -lmariadb -lpthread

# What the fault ring kills workers with; it knows the breakpoints of this processor only.
KILL_AT := $(if $(filter x86_64,$(MACHINE)),$(BUILD)/tests/fault/kill_at)
$(KILL_AT): $(BUILD)/%: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $<

$(REPLAYS): $(BUILD)/%.replay: %.c tests/tools/replay.c $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(TEST_CC) $< tests/tools/replay.c $(LIBRARY) -lfcgi $(LIBS)

# Built by the ring that needs them: a preloaded library, and who keeps its victims running.
TORTURE := $(BUILD)/tests/torture/trip.so $(BUILD)/tests/torture/watch
$(TORTURE): tests/torture/trip.h $(BUILD)/flags
$(BUILD)/tests/torture/trip.so: tests/torture/trip.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(WARNINGS) -std=c11 -O1 -g -fPIC -shared -o $@ $<
$(BUILD)/tests/torture/watch: tests/torture/watch.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(WARNINGS) -std=c11 -O1 -g -o $@ $<
check-torture: $(TORTURE)
.PHONY: torture
torture:
	PROOF=full $(MAKE) check-torture

.PHONY: checks proof check-tree check-unit check-db check-clang check-bench bench-programs $(NODE_RINGS:%=check-%)
.PHONY: demo-programs test-programs
unreported = $(if $(SANITIZE),@node tests/watch/unreported.mjs $(@:check-%=%) $(SANITIZE))
.PHONY: headers layers symbols lint docs strangers matrix refusals replay
check: deps-check
	@$(MAKE) checks
# In this order, each only after the one before: the cheap ones first. Those that mostly wait go on side by side.
RINGS := coverage $(filter-out check-http,$(NODE_RINGS:%=check-%)) valgrind
checks:
	@rm -f $(INSULA_BARS)
	@$(MAKE) $(JOBS) all $(BUILD)/upstream tests/http/node_modules/.installed
	@$(MAKE) $(JOBS) check-tree
	@$(MAKE) $(JOBS) analysis
	@$(MAKE) $(JOBS) check-clang
	@$(MAKE) -j3 --output-sync=target $(RINGS)
	@$(MAKE) check-bench
	@node tests/tools/proof.mjs print $(INSULA_BARS)
	@echo "All tests passed."

# Every suite in its full form; what was tried, and how often, as a table, with the benchmarks below it.
proof: deps-check bench-deps
	PROOF=full $(MAKE) checks
	$(MAKE) sanitized
	$(MAKE) fuzz
	$(MAKE) bench >$(BUILD)/bench.table
	@node tests/tools/proof.mjs write $(INSULA_BARS) tests/PROOF.md 'make proof' $(BUILD)/bench.table

demo-programs: all $(BUILD)/upstream
	@:
test-programs: all $(BUILD)/upstream $(UNIT) $(DB) $(REPLAYS) $(KILL_AT) $(PRELOADED)
check-clang:
	@$(MAKE) CC=clang test-programs headers

check-tree: layers headers symbols lint docs strangers matrix

headers: $(HEADERS:%=$(BUILD)/%.ok)              # each compiles alone
$(BUILD)/%.h.ok: %.h $(BUILD)/flags
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) -I$(<D) $(CFLAGS) -Wno-unused-function -MMD -MP -MT $@ -MF $@.d -fsyntax-only -x c $<
	@touch $@

ANALYSES := cppcheck clang-tidy fanalyzer
.PHONY: analysis $(ANALYSES)
analysis: $(ANALYSES)                            # what analysers find was looked at, each with its reason
$(ANALYSES):
	@mkdir -p $(BUILD)
	@CPPFLAGS='$(subst ','"'"',$(CPPFLAGS))' tests/watch/analyse.sh $@ >$(BUILD)/$@.findings
	@node tests/watch/review.mjs $@ $(BUILD)/$@.findings

layers:                                          # app/LAYERS is what the tree obeys
	@awk -f tests/tools/layers.awk app/LAYERS $(SOURCES) $(HEADERS)

symbols: $(OBJECTS) $(PROGRAMS)                  # each library has one door
	@tests/tools/symbols.sh $(BUILD)

lint:
	@tests/tools/lint.sh

strangers:                                       # a stranger runs every function of store/
	$(Q)prove tests/tools/strangers.sh

matrix:                                          # every id of every address is attacked
	$(Q)prove --exec node tests/isolation/lib/complete.mjs

docs:                                            # documents name what is there
	$(Q)prove tests/tools/docs.sh

refusals:                                        # what must not compile, does not
	@CC='$(CC)' CFLAGS='$(CPPFLAGS) -include base/banned.h $(filter-out --coverage,$(CFLAGS))' prove tests/tools/compile_fail.sh

replay: $(REPLAYS)                               # the fuzzers' corpus, without a fuzzer
	@set -e; for program in $(REPLAYS); do \
	    name=$$(basename $$program .replay); $$program tests/fuzz/corpus/$${name#fuzz_}; done

check-unit: $(UNIT) refusals replay
	$(Q)prove -j2 --exec '' $(UNIT)
	$(unreported)

check-db: all $(DB)
	$(Q)BUILD=$(BUILD) tests/tools/mariadb.sh run prove --exec '' $(DB) $(wildcard tests/db/*.t)
	$(unreported)

check-fault check-hostile: $(PRELOADED)
check-fault: $(KILL_AT)
$(NODE_RINGS:%=check-%): check-%: all $(BUILD)/upstream tests/http/node_modules/.installed
	$(Q)BUILD=$(BUILD) tests/tools/run-node.sh tests/$*
	$(unreported)

# ---- Tools that watch ------------------------------------------------------------------------------

# What the tests of a COVERAGE=1 build ran; the build is not kept, so that nothing counts twice.
.PHONY: coverage valgrind sanitized watch
coverage: tests/http/node_modules/.installed
	@mkdir -p $(dir $(INSULA_BARS))
	@find build-coverage -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) $(JOBS) COVERAGE=1 test-programs
	@$(MAKE) COVERAGE=1 check-unit check-db check-http
	@node tests/watch/coverage.mjs build-coverage
valgrind: all $(BUILD)/upstream tests/http/node_modules/.installed
	@node tests/watch/valgrind.mjs $(BUILD)
# Every ring under the address and undefined-behaviour sanitizers with leak detection, the worker under the thread
# sanitizer too.
sanitized: tests/http/node_modules/.installed
	@for ring in unit db $(NODE_RINGS); do $(MAKE) $(JOBS) SANITIZE=address,undefined check-$$ring || exit; done
	@for ring in http fault; do $(MAKE) $(JOBS) SANITIZE=thread check-$$ring || exit; done
watch: deps-check
	@$(MAKE) $(JOBS) analysis
	@$(MAKE) valgrind coverage sanitized

# Plays recorded answers of providers through the running house: tests/fixtures/README.md.
FIXTURES ?= tests/fixtures
.PHONY: fixtures
fixtures: all $(BUILD)/upstream tests/http/node_modules/.installed
	@FIXTURES='$(abspath $(FIXTURES))' BUILD=$(BUILD) tests/tools/run-node.sh tests/replay/run.mjs

.PHONY: isolation soak
isolation: check-isolation
SOAK_SECONDS ?= 600
SOAK_TENANTS ?= 50
check-isolation soak: $(BUILD)/tests/db/test_mutants
soak: all $(BUILD)/upstream tests/http/node_modules/.installed
	$(Q)SOAK_SECONDS=$(SOAK_SECONDS) SOAK_TENANTS=$(SOAK_TENANTS) BUILD=$(BUILD) \
	    tests/tools/run-node.sh tests/isolation/soak.test.mjs

tests/http/node_modules/.installed: tests/http/package-lock.json
	cd tests/http && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

# As many at once as there are processors; what one found since it was built goes on to the next run.
FUZZ_SECONDS ?= 600
.PHONY: fuzzers $(FUZZERS:%=%.run)
fuzz:
	$(MAKE) $(JOBS) --output-sync=target CC=clang SANITIZE=fuzzer-no-link,address,undefined fuzzers
fuzzers: $(FUZZERS:%=%.run)
$(FUZZERS:%=%.run): %.run: %
	@mkdir -p $(BUILD)/corpus/$(*F)
	@echo "$(*F) for $(FUZZ_SECONDS) s"
	@$* -max_total_time=$(FUZZ_SECONDS) -verbosity=0 -print_final_stats=1 -artifact_prefix=$(BUILD)/$(*F)- \
	    $(BUILD)/corpus/$(*F) tests/fuzz/corpus/$(patsubst fuzz_%,%,$(*F))
$(FUZZERS): $(BUILD)/%: %.c $(LIBRARY)
	@mkdir -p $(@D)
	$(TEST_CC) -fsanitize=fuzzer $< $(LIBRARY) -lfcgi $(LIBS)

# What the variables mean, and how long it takes: tests/bench/README.md.
ROUNDS ?= 5
export ONLY TENANTS MESSAGES
bench: bench-deps bench-programs
	@INSULA_BUILD=$(CURDIR)/$(BUILD) ROUNDS=$(ROUNDS) SECONDS=$(or $(SECONDS),5) node tests/bench/run.mjs
check-bench: bench-programs                      # that it runs and yields every number, not which ones
	@INSULA_BUILD=$(CURDIR)/$(BUILD) FORM=smoke ROUNDS=1 SECONDS=1 node tests/bench/run.mjs >$(BUILD)/bench-smoke.txt \
	    || { cat $(BUILD)/bench-smoke.txt; exit 1; }
bench-programs: all $(BUILD)/upstream $(BENCHES) $(BUILD)/peer/node_modules/.installed
$(BUILD)/peer/node_modules/.installed: tests/bench/package-lock.json
	@mkdir -p $(BUILD)/peer
	cp tests/bench/package.json tests/bench/package-lock.json $(BUILD)/peer
	cd $(BUILD)/peer && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

