/* SPDX-License-Identifier: MIT */
/* Search handles: one for each session, with the attributes by which it is found. */
#include "directory/search.h"

#include <ctype.h>
#include <string.h>

#include "directory/handle.h"
#include "directory/schema.h"
#include "directory/search-filter.h"
#include "directory/util.h"

bool search_may_manage(const json_t *session, const char *xuid)
{
    const json_t *member = session ? session_member(session, xuid) : NULL;

    return member && (!session_capability(session, "hasOwners") || session_owns(session, member));
}

static bool name_fits(const char *name)
{
    return isalpha((unsigned char)name[0]) && strlen(name) < ATTRIBUTE_SIZE;
}

static int check_tags(const json_t *tags, Refusal *refusal)
{
    json_t *tag;
    size_t i;

    if (tags && !json_is_array(tags))
        return refuse(refusal, 400, "tags must be an array.");
    json_array_foreach(tags, i, tag)
    {
        if (!json_is_string(tag) || !name_fits(json_string_value(tag)))
            return refuse(refusal, 400, "A tag begins with a letter and has less than %d characters.",
                          ATTRIBUTE_SIZE);
    }
    return 0;
}

static int check_named(const char *kind, const json_t *attributes, bool numbers, Refusal *refusal)
{
    const char *name;
    json_t *value;

    if (attributes && !json_is_object(attributes))
        return refuse(refusal, 400, "%s must be an object.", kind);
    json_object_foreach((json_t *)(uintptr_t)attributes, name, value)
    {
        if (!name_fits(name))
            return refuse(refusal, 400,
                          "The name of an attribute begins with a letter and has less than %d characters.",
                          ATTRIBUTE_SIZE);
        if (numbers ? !json_is_number(value)
                    : !json_is_string(value) || json_string_length(value) >= ATTRIBUTE_SIZE)
            return refuse(refusal, 400, "%s must hold %s.", kind,
                          numbers ? "numbers" : "texts of less than 100 characters");
    }
    return 0;
}

int search_attributes_read(const json_t *given, json_t **out, Refusal *refusal)
{
    const json_t *tags = json_object_get(given, "tags"), *numbers = json_object_get(given, "numbers");
    const json_t *strings = json_object_get(given, "strings");
    int r = 0;

    if (given)
        r = schema_check_shape(given, "searchAttributes", "tags,numbers,strings", refusal);
    if (r == 0)
        r = check_tags(tags, refusal);
    if (r == 0)
        r = check_named("numbers", numbers, true, refusal);
    if (r == 0)
        r = check_named("strings", strings, false, refusal);
    if (r == 0 &&
        (json_array_size(tags) > SEARCH_ATTRIBUTES_MAX || json_object_size(numbers) > SEARCH_ATTRIBUTES_MAX ||
         json_object_size(strings) > SEARCH_ATTRIBUTES_MAX))
        r = refuse(refusal, 400, "There are more than %d attributes of a kind.", SEARCH_ATTRIBUTES_MAX);
    if (r != 0)
        return r;
    *out = json_pack("{s:o, s:o, s:o}", "tags", tags ? json_deep_copy(tags) : json_array(), "numbers",
                     numbers ? json_deep_copy(numbers) : json_object(), "strings",
                     strings ? json_deep_copy(strings) : json_object());
    return 0;
}

void search_adopt(Directory *directory, const char *key, const char *id)
{
    OWN_JSON json_t *session = json_deep_copy(json_object_get(directory->sessions, key));
    OWN_TEXT char *earlier = text_copy(json_text(session, "searchHandle", ""));

    handle_remove(directory, earlier);
    if (id)
        json_object_set_new(session, "searchHandle", json_string(id));
    else
        json_object_del(session, "searchHandle");
    session_stamp(session);
    directory_store(directory, key, session);
}
