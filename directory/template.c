/* SPDX-License-Identifier: MIT */
/* Session templates: built in, or from a JSON file. */
#include "directory/template.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "directory/schema.h"
#include "directory/util.h"

/* quickmatch pins nothing, so a game may choose; lobby keeps who pauses; large has no member list. */
static const char builtin[] =
    "{\"quickmatch\":{\"constants\":{\"system\":{\"version\":1}}},"
    "\"lobby\":{\"constants\":{\"system\":{\"version\":1,\"inviteProtocol\":\"game\","
    "\"inactiveRemovalTimeout\":7200000}}},"
    "\"team\":{\"constants\":{\"system\":{\"version\":1,\"inviteProtocol\":\"game\","
    "\"inactiveRemovalTimeout\":60000}},"
    "\"roleTypes\":{\"side\":{\"ownerManaged\":false,\"mutableRoleSettings\":[\"max\",\"target\"],"
    "\"roles\":{\"red\":{\"max\":2,\"target\":2},\"blue\":{\"max\":2,\"target\":2}}}}},"
    "\"large\":{\"constants\":{\"system\":{\"version\":1,\"capabilities\":{\"large\":true}}}}}";

static int template_check(const char *name, const json_t *entry, Refusal *refusal)
{
    const json_t *system = json_object_get(json_object_get(entry, "constants"), "system");
    int r;

    if (!name_valid(name))
        return refuse(refusal, 400, "a template's name is of letters, digits, '.', '_' and '-'");
    r = schema_check_shape(entry, "a template", "scids,constants,roleTypes", refusal);
    if (r == 0 && json_object_get(entry, "constants"))
        r = schema_check_shape(json_object_get(entry, "constants"), "constants", "system,custom", refusal);
    if (r == 0 && system)
        r = schema_check(SCHEMA_CONSTANTS, system, false, refusal);
    if (r == 0 && json_object_get(entry, "roleTypes") && !json_is_object(json_object_get(entry, "roleTypes")))
        r = refuse(refusal, 400, "roleTypes must be an object");
    return r;
}

int template_load(const char *file, json_t **out)
{
    json_error_t error;
    OWN_JSON json_t *templates = file ? json_load_file(file, 0, &error) : json_loads(builtin, 0, &error);
    const char *name;
    json_t *entry;

    if (!templates || !json_is_object(templates)) {
        fprintf(stderr, "mpsession-directory: %s: %s (line %d)\n", file ? file : "templates",
                templates ? "not a JSON object" : error.text, templates ? 1 : error.line);
        return -EINVAL;
    }
    json_object_foreach(templates, name, entry)
    {
        Refusal refusal;

        if (template_check(name, entry, &refusal) == 0)
            continue;
        fprintf(stderr, "mpsession-directory: template %s: %s\n", name, refusal.text);
        return -EINVAL;
    }
    *out = json_incref(templates);
    return 0;
}

const json_t *template_find(const json_t *templates, const char *scid, const char *name)
{
    const char *key;
    json_t *entry, *allowed;
    size_t i;

    json_object_foreach((json_t *)(uintptr_t)templates, key, entry)
    {
        const json_t *scids = json_object_get(entry, "scids");

        if (strcasecmp(key, name) != 0)
            continue;
        if (!scids)
            return entry;
        json_array_foreach(scids, i,
                           allowed) if (json_is_string(allowed) &&
                                        strcasecmp(json_string_value(allowed), scid) == 0) return entry;
    }
    return NULL;
}
