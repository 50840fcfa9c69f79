/*
 * die: points where a program under test kills itself, as a power cut would. Nothing of
 * it is in a build that is not for tests.
 *
 * MOONDOCK_DIE_FILE names a file; once it is there and holds "POINT COUNT", the program
 * removes it and dies (SIGKILL) when it comes to that point for the COUNTth time since.
 * "POINT COUNT TIMES": so many lives end there.
 *
 *   taken, journaled         a message, before and after its journal row is made
 *   commit, committed        a turn that wrote something
 *   acked                    what came was acknowledged
 *   leaving, left            the bytes of a send
 *   answer, answered         before and after the server's answer to it is noted
 *   requested, returned      a request to the web begins; what came back is at hand
 *
 * Layer: base.  Thread: loop thread only.
 */
#ifndef BASE_DIE_H
#define BASE_DIE_H

#ifdef MOONDOCK_TESTING

void die_at(const char *point);

/* At the end of the next turn of the loop, when the bytes of this one have left. */
void die_later(const char *point);
void die_turn(void);

#else

static inline void die_at(const char *point)
{
    (void)point;
}

static inline void die_later(const char *point)
{
    (void)point;
}

static inline void die_turn(void)
{
}

#endif

#endif
