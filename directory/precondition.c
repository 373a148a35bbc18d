/* SPDX-License-Identifier: MIT */
/* If-Match, then If-None-Match: "*" or the exact bytes of an ETag; lists are not supported. */
#include <string.h>

#include "directory/write.h"

static bool precondition_matches(const char *condition, const char *etag)
{
    return etag && (strcmp(condition, "*") == 0 || strcmp(condition, etag) == 0);
}

bool precondition_holds(const char *if_match, const char *if_none_match, const char *etag)
{
    if (if_match && !precondition_matches(if_match, etag))
        return false;
    return !if_none_match || !precondition_matches(if_none_match, etag);
}

const char *precondition_mode(const char *if_match, const char *if_none_match)
{
    if (if_match)
        return strcmp(if_match, "*") == 0 ? "update-existing" : "synchronized-update";
    return if_none_match ? "create-new" : "update-or-create-new";
}
