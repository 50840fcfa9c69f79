# moondock: build, run, test. `make help` lists the targets.
# Variables: OUT (build folder), JOBS (how many at once), SAN (sanitizers), CC, PREFIX,
# TIME, SEED, INTEROP.

OUT    ?= build
SAN    ?=
TESTING ?= $(if $(SAN),1,)
PREFIX ?= /usr/local
TIME   ?= 60
SEED   ?= 1
JOBS   ?= $(shell nproc)

# Evaluated at first use, once: on a bare machine pkg-config comes with `scripts/dev/need`.
once = $(eval $(1) := $$(shell $(2)))$($(1))
PKGS := libuv libwebsockets libcurl openssl libcjson sqlite3 zlib libedit
PKG_CFLAGS = $(call once,PKG_CFLAGS,pkg-config --cflags $(PKGS) lua5.4)
PKG_LIBS   = $(call once,PKG_LIBS,pkg-config --libs $(PKGS))
# The static archive: a shared one keeps lazy bindings, and a hard stop may not abandon the
# loader's lock (host/README.md, decisions).
LUA_FOLDER = $(call once,LUA_FOLDER,pkg-config --variable=libdir lua5.4)
LUA_LIBS   = $(LUA_FOLDER)/liblua5.4.a

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
        -Wundef -Wvla -Wformat=2 -Wconversion -Wno-sign-conversion
OPT  ?= $(if $(SAN),-O1 -fno-omit-frame-pointer,-O2)
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -g $(OPT) $(WARN) $(if $(WERROR),-Werror) -Ihost \
             $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all) \
             $(if $(SAN),-DGUARD_PATIENCE=4) $(if $(TESTING),-DMOONDOCK_TESTING=1) \
             $(PKG_CFLAGS) $(CFLAGS)
ALL_LDFLAGS = -rdynamic -Wl,-z,now $(if $(SAN),-fsanitize=$(SAN)) $(LDFLAGS)
LIBS = $(LUA_LIBS) $(PKG_LIBS) -lm -ldl -lpthread

ROOMS     := app script sandbox im proto net store text base
SOURCES   := $(sort $(wildcard host/*/*.c))
OBJECTS   := $(SOURCES:%.c=$(OUT)/%.o)
TESTS     := $(sort $(wildcard spec/host/*/*_test.c))
TEST_BINS := $(TESTS:%.c=$(OUT)/%)
FUZZ      := $(filter-out spec/fuzz/run.c,$(sort $(wildcard spec/fuzz/*.c)))
BENCH     := $(sort $(wildcard spec/bench/*.c))

# A make inside a recipe, in as many jobs as there are processors unless the user said.
SUBMAKE = +$(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))
TEST_BUILD = OUT=$(OUT)/test SAN=address,undefined TESTING=1

all: ## build $(OUT)/moondock (the default)
	@scripts/dev/need -n build
	$(SUBMAKE) $(OUT)/moondock

run: ## install what is missing, build, and play the demo against the sandbox
	@scripts/dev/need build
	@$(SUBMAKE) -s $(OUT)/moondock
	@$(OUT)/moondock lua scripts/dev/demo.lua

test: ## install what is missing, then every test there is; ends "N passed, N failed"
	@scripts/dev/need test
	@$(SUBMAKE) -s $(TEST_BUILD) test-programs
	@OUT=$(OUT)/test JOBS=$(JOBS) scripts/dev/test.sh

test-%: ## the C tests, specs and scenarios with that file name: make test-frame
	@scripts/dev/need test
	@$(SUBMAKE) -s $(TEST_BUILD) $(or $(strip \
	    $(patsubst %.c,$(OUT)/test/%,$(filter %/$*_test.c,$(TESTS))) \
	    $(if $(wildcard spec/*/$*_spec.lua spec/*/*/$*_spec.lua),$(OUT)/test/moondock)), \
	    $(OUT)/test/moondock)
	@OUT=$(OUT)/test JOBS=$(JOBS) scripts/dev/test.sh $*

check: lint ## lint, layers, warnings as errors (gcc, clang), sizes, late bindings, format
	@lua5.4 scripts/dev/layers.lua $(wildcard host/*.c host/*/*.c host/*/*.h)
	@lua5.4 scripts/dev/text_rules.lua
	@clang-format --dry-run --Werror $(C_FILES)
	@$(SUBMAKE) -s OUT=$(OUT)/check-gcc CC=gcc WERROR=1 programs
	@$(SUBMAKE) -s OUT=$(OUT)/check-clang CC=clang WERROR=1 programs
	@$(SUBMAKE) -s OUT=$(OUT)/check-testing CC=gcc WERROR=1 TESTING=1 OPT=-O1 programs
	@scripts/dev/bindings.sh $(OUT)/check-gcc/moondock
	@echo "check: clean"

lint: ## luacheck over all Lua
	@scripts/dev/need check
	@luacheck -q .

C_FILES = $(sort $(wildcard host/*.c host/*/*.[ch] spec/host/*.h spec/host/*/*.[ch] \
          spec/support/*.[ch] spec/fuzz/*.[ch] spec/bench/*.[ch]))

format: ## clang-format over all C
	@scripts/dev/need format
	clang-format -i $(C_FILES)

reference: ## write plugins/REFERENCE.md from scripts/meta
	@scripts/dev/need check
	lua5.4 scripts/dev/reference.lua

bench: ## install what is missing and print the table of the README
	@scripts/dev/need bench
	@$(SUBMAKE) -s $(OUT)/moondock bench-programs
	@OUT=$(OUT) scripts/dev/bench.sh

bench-%: ## one of the small benchmarks alone: make bench-runtime
	@$(SUBMAKE) -s $(OUT)/spec/bench/$*
	@$(OUT)/spec/bench/$*

fuzz: stops ## stops, then each fuzz target for TIME seconds (60) with clang's libFuzzer
	@scripts/dev/need fuzz
	@$(SUBMAKE) -s OUT=$(OUT)/fuzz CC=clang OPT=-O1 SAN=fuzzer-no-link,address,undefined \
	    TESTING=1 fuzz-programs
	@OUT=$(OUT)/fuzz TIME=$(TIME) scripts/dev/fuzz.sh $(basename $(notdir $(FUZZ)))

chaos: ## kills, cuts, lost and doubled frames for TIME seconds (60); SEED=N to play one again
	@scripts/dev/need -n build
	@$(SUBMAKE) -s $(OUT)/moondock
	@SEED=$(SEED) TIME=$(TIME) $(OUT)/moondock lua spec/chaos/run.lua

mutants: ## hosts that break a promise, each of which make chaos must catch
	@scripts/dev/need -n build
	@$(SUBMAKE) -s $(OUT)/moondock
	@OUT=$(OUT) scripts/dev/mutants.sh

valgrind: ## the play of make run, under valgrind
	@scripts/dev/need valgrind
	@$(SUBMAKE) -s OUT=$(OUT)/valgrind OPT=-O1 CFLAGS=-DGUARD_PATIENCE=200 \
	    $(OUT)/valgrind/moondock
	@OUT=$(OUT)/valgrind scripts/dev/valgrind.sh

stops: ## 20,000 stops of plugins at random instants, in an optimised build
	@scripts/dev/need test
	@$(SUBMAKE) -s OUT=$(OUT)/release TESTING=1 \
	    $(OUT)/release/spec/host/script/limits_fuzz_test
	@$(OUT)/release/spec/host/script/limits_fuzz_test

SHARE = $(DESTDIR)$(PREFIX)/share/moondock

install: all ## install the program, its scripts and plugins under PREFIX (/usr/local)
	install -D -m 755 $(OUT)/moondock $(DESTDIR)$(PREFIX)/bin/moondock
	rm -rf $(SHARE)/scripts $(SHARE)/plugins
	@mkdir -p $(SHARE)/scripts
	cp -R $(filter-out scripts/dev,$(wildcard scripts/*)) $(SHARE)/scripts/
	cp -R plugins $(SHARE)/

clean: ## remove what was built
	rm -rf $(OUT)

help: ## this list
	@sed -n 's/^\([a-z%-]*\):[^#]*## /\1|/p' $(firstword $(MAKEFILE_LIST)) | \
	    sed 's/%/NAME/' | awk -F'|' '{ printf "  make %-10s %s\n", $$1, $$2 }'

# What follows builds; each of these is used through a target above.

programs: $(OUT)/moondock $(TEST_BINS) $(BENCH:%.c=$(OUT)/%)
test-programs: $(OUT)/moondock $(TEST_BINS) $(if $(wildcard spec/fuzz/run.c),$(OUT)/spec/fuzz/run)
bench-programs: $(BENCH:%.c=$(OUT)/%)
fuzz-programs: $(FUZZ:%.c=$(OUT)/%)

$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# One archive a room, so that a test of a lower room needs nothing that stands above it.
define archive
$(OUT)/host/$(1).a: $(filter $(OUT)/host/$(1)/%,$(OBJECTS))
	@mkdir -p $$(@D) && rm -f $$@
	$$(AR) rcs $$@ $$^
endef
$(foreach room,$(ROOMS),$(eval $(call archive,$(room))))
archives = $(patsubst %,$(OUT)/host/%.a, \
           $(if $(filter $(1),base proto net store text),$(1) base,$(ROOMS)))
grouped = -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS)

$(OUT)/moondock: $(OUT)/host/main.o $(OBJECTS)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

.SECONDEXPANSION:
$(OUT)/spec/host/%_test: $(OUT)/spec/host/%_test.o $$(call archives,$$(patsubst %/,%,$$(dir $$*)))
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(grouped) -lcmocka

$(filter $(OUT)/spec/host/proto/%,$(TEST_BINS)): $(OUT)/spec/support/frames.o
$(filter $(OUT)/spec/host/script/%,$(TEST_BINS)): $(OUT)/spec/support/script_room.o \
    $(OUT)/spec/support/room_web.o $(OUT)/spec/support/room_look.o \
    $(OUT)/spec/support/room_world.o $(OUT)/spec/support/room_say.o
$(filter $(OUT)/spec/host/im/%,$(TEST_BINS)): $(OUT)/spec/support/wire_server.o \
    $(OUT)/spec/support/wire_http.o $(OUT)/spec/support/wire_seen.o \
    $(OUT)/spec/host/im/fixture.o $(OUT)/spec/support/frames.o
$(filter $(OUT)/spec/host/im/token%,$(TEST_BINS)): $(OUT)/spec/host/im/token_fixture.o

# Each fuzz target alone, with libFuzzer, and all of them in one program for `make test`.
$(FUZZ:%.c=$(OUT)/%): $(OUT)/%: $(OUT)/%.o $(call archives,all)
	$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $< $(grouped)

$(OUT)/spec/fuzz/run: $(OUT)/spec/fuzz/run.o $(FUZZ:spec/fuzz/%.c=$(OUT)/spec/fuzz/run-%.o) \
                      $(call archives,all)
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(grouped)
	lua5.4 scripts/dev/seeds.lua $(@D)/seeds

$(OUT)/spec/fuzz/run.o: $(FUZZ) scripts/dev/seeds.lua spec/support/frames.json
$(OUT)/spec/fuzz/run.o: CFLAGS += \
    -D'FUZZ_TARGETS=$(patsubst spec/fuzz/%.c,X(%),$(FUZZ))'
$(OUT)/spec/fuzz/run-%.o: spec/fuzz/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -DLLVMFuzzerTestOneInput=fuzz_$* -MMD -MP -c -o $@ $<

$(OUT)/spec/bench/runtime: $(OUT)/spec/support/bench_plugins.o
$(OUT)/spec/bench/%: $(OUT)/spec/bench/%.o $(call archives,all)
	$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(grouped)

-include $(wildcard $(addprefix $(OUT)/,host/*.d host/*/*.d spec/*/*.d spec/*/*/*.d))

.PHONY: all run test check lint format reference bench valgrind fuzz chaos mutants stops \
        install clean help programs test-programs bench-programs fuzz-programs
.SECONDARY:
