/*
 * run: every fuzz target on its seeds and on some thousands of changed ones, always the
 * same. What `make test` does of fuzzing; `make fuzz` searches for longer and cleverer.
 *
 * Seeds lie beside this program in seeds/TARGET and, of inputs that once failed, in
 * spec/fuzz/corpus/TARGET. An input that fails is left beside this program as well.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "base/must.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CHANGED = 5000, LARGEST = 1 << 20 };

/* FUZZ_TARGETS comes from the Makefile: X(frame) X(pb) ... for the files there are. */
typedef int target_fn(const uint8_t *data, size_t size);
#define X(name) target_fn fuzz_##name;
FUZZ_TARGETS
#undef X

static const struct {
    const char *name;
    target_fn *run;
} targets[] = {
#define X(name) { #name, fuzz_##name },
    FUZZ_TARGETS
#undef X
};

struct seeds {
    struct str *at;
    size_t count;
};

/* What is being tried, for the one who comes to see why it failed. */
static struct {
    char folder[PATH_MAX];
    const char *target;
    struct str input;
} now;

static void leave_input(void)
{
    char path[PATH_MAX + 64];
    if (now.target == NULL)
        return;
    snprintf(path, sizeof(path), "%s/failed-%s", now.folder, now.target);
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return;
    fwrite(now.input.at, 1, now.input.len, file);
    fclose(file);
    fprintf(stderr, "%s: the input is in %s\n", now.target, path);
    now.target = NULL;
}

static void on_abort(int signal_number)
{
    (void)signal_number;
    leave_input();
}

/* Sanitizers end the program by themselves, and say so only here. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

/* The same numbers in every run: a test that fails must fail again. */
static uint64_t random_state;

static size_t random_to(size_t bound)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return bound > 0 ? (size_t)(random_state % bound) : 0;
}

static void add_file(struct seeds *seeds, const char *path)
{
    char *bytes = mem_alloc(LARGEST);
    FILE *file = fopen(path, "rb");
    must(file != NULL);
    size_t len = fread(bytes, 1, LARGEST, file);
    fclose(file);
    seeds->at = mem_realloc(seeds->at, (seeds->count + 1) * sizeof(*seeds->at));
    seeds->at[seeds->count++] = str_of(mem_realloc(bytes, len), len);
}

/* Files in the order of their names, since folders have none. */
static void add_folder(struct seeds *seeds, const char *path)
{
    struct dirent **names;
    int count = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char file[PATH_MAX + 300];
        snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.')
            add_file(seeds, file);
        free(names[i]);
    }
    if (count >= 0)
        free(names);
}

static void free_seeds(struct seeds *seeds)
{
    for (size_t i = 0; i < seeds->count; i++)
        free((void *)seeds->at[i].at);
    free(seeds->at);
}

/* Puts `len` bytes of `from` over the `old` bytes at `at`. */
static void replace(struct buf *input, size_t at, size_t old, const void *from,
                    size_t len)
{
    struct buf result;
    buf_init(&result, LARGEST * 4);
    must(buf_add(&result, input->at, at) && buf_add(&result, from, len) &&
         buf_add(&result, input->at + at + old, input->len - at - old));
    buf_clear(input);
    *input = result;
}

static void change_once(struct buf *input, const struct seeds *seeds)
{
    static const char odd[][5] = { "\0",    "\xff", "\x7f", "\x80", "\xff\xff\xff\xff",
                                   "\0\0\0" };
    static const size_t odd_len[] = { 1, 1, 1, 1, 4, 3 };
    size_t at = random_to(input->len + 1), left = input->len - at;
    size_t some = random_to(left < 16 ? left + 1 : 16);
    size_t which = random_to(6);
    struct str other = seeds->at[random_to(seeds->count)];
    switch (random_to(7)) {
    case 0: /* one bit */
        if (left > 0)
            input->at[at] = (char)(input->at[at] ^ (1 << random_to(8)));
        break;
    case 1: /* cut off */
        replace(input, at, left, "", 0);
        break;
    case 2: /* some bytes less */
        replace(input, at, some, "", 0);
        break;
    case 3: /* some bytes twice */
        replace(input, at, 0, input->at + at, some);
        break;
    case 4: /* an odd value over or between */
        replace(input, at,
                random_to(2) ? 0 : (some < odd_len[which] ? some : odd_len[which]),
                odd[which], odd_len[which]);
        break;
    case 5: /* one byte of any value */
        if (left > 0)
            input->at[at] = (char)random_to(256);
        break;
    default: /* a part of another seed */
        other = str_sub(other, random_to(other.len + 1), random_to(64));
        replace(input, at, some, other.at, other.len);
        break;
    }
}

static void try_input(size_t target, struct str input)
{
    /* A copy of the exact size, so that a sanitizer sees any byte read too many. */
    char *copy = mem_dup(input.at, input.len);
    now.target = targets[target].name;
    now.input = str_of(copy, input.len);
    targets[target].run((const uint8_t *)copy, input.len);
    now.target = NULL;
    free(copy);
}

/* False when there are no seeds: then nothing would have been tried. */
static bool run_target(size_t target)
{
    struct seeds seeds = { NULL, 0 };
    char path[PATH_MAX + 64];
    snprintf(path, sizeof(path), "%s/seeds/%s", now.folder, targets[target].name);
    add_folder(&seeds, path);
    snprintf(path, sizeof(path), "spec/fuzz/corpus/%s", targets[target].name);
    add_folder(&seeds, path);
    if (seeds.count == 0) {
        printf("%s: no seeds\n", targets[target].name);
        return false;
    }
    random_state = 0x9e3779b97f4a7c15u;
    try_input(target, STR(""));
    for (size_t i = 0; i < seeds.count; i++)
        try_input(target, seeds.at[i]);
    for (int i = 0; i < CHANGED; i++) {
        struct buf input;
        buf_init(&input, LARGEST * 4);
        must(buf_add_str(&input, seeds.at[random_to(seeds.count)]));
        for (size_t times = 1 + random_to(4); times > 0; times--)
            change_once(&input, &seeds);
        try_input(target, buf_str(&input));
        buf_clear(&input);
    }
    printf("%s: %zu seeds, %d changed ones\n", targets[target].name, seeds.count,
           CHANGED);
    free_seeds(&seeds);
    return true;
}

int main(void)
{
    ssize_t len = readlink("/proc/self/exe", now.folder, sizeof(now.folder) - 1);
    must(len > 0);
    *strrchr(now.folder, '/') = '\0';
    if (__sanitizer_set_death_callback != NULL)
        __sanitizer_set_death_callback(leave_input);
    signal(SIGABRT, on_abort);

    size_t passed = 0, count = sizeof(targets) / sizeof(targets[0]);
    for (size_t i = 0; i < count; i++)
        passed += run_target(i);
    printf("%zu passed, %zu failed\n", passed, count - passed);
    return passed == count ? 0 : 1;
}
