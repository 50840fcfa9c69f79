# moondock: build, run, test. `make help` lists the targets.

OUT   ?= build
SAN   ?=
TESTING ?= $(if $(SAN),1,)
CC    ?= cc
PKGS  := libuv libwebsockets libcurl openssl libcjson sqlite3 zlib
LUA_CFLAGS ?= $(shell pkg-config --cflags lua5.4)
# The static archive: a shared one keeps lazy bindings, and a hard stop may not abandon the
# loader's lock (host/README.md, decisions).
LUA_LIBS ?= $(shell pkg-config --variable=libdir lua5.4)/liblua5.4.a

WARN  := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings \
         -Wundef -Wvla -Wformat=2 -Wconversion -Wno-sign-conversion
OPT   ?= $(if $(SAN),-O1 -fno-omit-frame-pointer,-O2)
CFLAGS += -std=c11 -D_GNU_SOURCE -g $(OPT) $(WARN) $(if $(WERROR),-Werror) -Ihost \
          $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all) \
          $(if $(TESTING),-DMOONDOCK_TESTING=1) \
          $(shell pkg-config --cflags $(PKGS)) $(LUA_CFLAGS)
LDFLAGS += -rdynamic -Wl,-z,now $(if $(SAN),-fsanitize=$(SAN))
LDLIBS  := $(LUA_LIBS) $(shell pkg-config --libs $(PKGS)) -lm -ldl -lpthread

SOURCES := $(sort $(wildcard host/*/*.c))
OBJECTS := $(SOURCES:%.c=$(OUT)/%.o)
TESTS   := $(sort $(wildcard spec/host/*/*_test.c))
TEST_BINS := $(TESTS:%.c=$(OUT)/%)

all: $(OUT)/moondock

$(OUT)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/libhost.a: $(OBJECTS)
	@rm -f $@
	ar rcs $@ $^

$(OUT)/moondock: $(OUT)/host/main.o $(OUT)/libhost.a
	$(CC) $(LDFLAGS) -o $@ $< -Wl,--whole-archive $(OUT)/libhost.a -Wl,--no-whole-archive $(LDLIBS)

$(OUT)/spec/%_test: $(OUT)/spec/%_test.o $(OUT)/libhost.a
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

# One C test by its file's name: make test-frame
test-%: 
	$(MAKE) $(filter %/$*_test,$(TEST_BINS)) && $(filter %/$*_test,$(TEST_BINS))

clean:
	rm -rf $(OUT)

-include $(OBJECTS:.o=.d) $(OUT)/host/main.d $(TEST_BINS:=.d)

.PHONY: all clean
.SECONDARY:
