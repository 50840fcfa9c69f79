/*
 * must: guards our own logic. Always on; aborts with file and line. Never used on bytes
 * from outside: those get errors.
 *
 * Layer: base.
 */
#ifndef BASE_MUST_H
#define BASE_MUST_H

_Noreturn void must_fail(const char *file, int line, const char *what);

#define must(cond) ((cond) ? (void)0 : must_fail(__FILE__, __LINE__, #cond))

#endif
