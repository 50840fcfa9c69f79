/* The plugins that benchmarks load. */
#ifndef SUPPORT_BENCH_PLUGINS_H
#define SUPPORT_BENCH_PLUGINS_H

/* A plugin called `name` below `folder`, with this init.lua. */
void bench_write(const char *folder, const char *name, const char *code);

/* "usual": about 200 lines, as plugins are: some commands, a pattern, words, helpers. */
void bench_write_usual(const char *folder);

#endif
