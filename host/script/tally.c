#include "script/tally.h"

void tally_sent(struct tally *tally, const struct err *why)
{
    if (!why)
        tally->acknowledged++;
    else if (why->code == ERR_REFUSED)
        tally->refused++;
    else if (why->code == ERR_TIMEOUT || why->code == ERR_UNKNOWN)
        tally->given_up++;
}

void tally_add(struct tally *sum, const struct tally *more)
{
    sum->handled += more->handled;
    sum->acknowledged += more->acknowledged;
    sum->refused += more->refused;
    sum->given_up += more->given_up;
    sum->soft_stops += more->soft_stops;
    sum->hard_stops += more->hard_stops;
    sum->stopped += more->stopped;
    sum->interrupted += more->interrupted;
}

void tally_show(const struct tally *tally, struct json *row)
{
    json_add_int(row, "handled", tally->handled);
    json_add_int(row, "acknowledged", tally->acknowledged);
    json_add_int(row, "refused", tally->refused);
    json_add_int(row, "given_up", tally->given_up);
    json_add_int(row, "soft_stops", tally->soft_stops);
    json_add_int(row, "hard_stops", tally->hard_stops);
    json_add_int(row, "stopped", tally->stopped);
    json_add_int(row, "interrupted", tally->interrupted);
}
