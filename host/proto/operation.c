#include "proto/operation.h"

#include <stddef.h>

static const struct {
    int number;
    const char *word;
} operations[] = {
    { OPERATION_CREATED, "Create" },
    { OPERATION_JOINED, "Add" },
    { OPERATION_KICKED, "Kicked" },
    { OPERATION_LEFT, "Quit" },
    { OPERATION_DISMISSED, "Dismiss" },
    { OPERATION_MANAGER_ADDED, "SetManager" },
    { OPERATION_MANAGER_REMOVED, "RemoveManager" },
    { OPERATION_TRANSFERRED, "Transfer" },
    { OPERATION_RENAMED, "Rename" },
    { OPERATION_BULLETIN, "Bulletin" },
};

const char *operation_word(int64_t number)
{
    for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
        if (operations[i].number == number)
            return operations[i].word;
    return NULL;
}
