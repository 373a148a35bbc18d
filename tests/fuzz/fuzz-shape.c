/* SPDX-License-Identifier: MIT */
/*
 * Sessions that are JSON, but not what the service says. The input is a recipe: it picks values of a whole document and
 * what takes their place. Unlike changed texts, all of these get past the parser. What is accepted must be shown whole.
 */
#include "fuzz.h"

#include "golden.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EDITS_MAX 3 /* more, and hardly one is accepted */

const char *const fuzz_seeds[] = {
    "",
    "a quick brown fox",
    "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\x10\x11\x12\x13\x14\x15\x16\x17\x18",
    "\xFF\xFE\xFD\xFC\xFB\xFA\xF9\xF8\xF7\xF6\xF5\xF4\xF3\xF2\xF1\xF0\xEF\xEE\xED\xEC\xEB\xEA\xE9",
};
const size_t fuzz_seeds_count = sizeof fuzz_seeds / sizeof fuzz_seeds[0];

typedef struct Recipe {
    const uint8_t *data;
    size_t size;
} Recipe;

static size_t take(Recipe *recipe, size_t sides)
{
    size_t value;

    if (recipe->size == 0 || sides == 0)
        return 0;
    value = *recipe->data++ % sides;
    recipe->size--;
    return value;
}

static json_t *new_value(Recipe *recipe, json_t *root)
{
    static const char *const values[] = {
        "null",
        "true",
        "false",
        "0",
        "1",
        "3",
        "-1",
        "1.5",
        "1e300",
        "4294967296",
        "9223372036854775807",
        "\"\"",
        "\"x\"",
        "\"9\"",
        "\"18446744073709551616\"",
        "\"\\u0000\"",
        "\"2014-07-17T04:43:24Z\"",
        "[]",
        "[\"a\",\"b\"]",
        "[1,\"2\"]",
        "[null]",
        "[[[]]]",
        "{}",
        "{\"a\":1}",
        "{\"next\":4}",
        "{\"next\":3,\"constants\":{\"system\":{\"xuid\":\"9\"}}}",
    };
    const size_t known = sizeof values / sizeof values[0], at = take(recipe, known + 2);

    if (at < known)
        return json_loads(values[at], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    /* A part of the document in another place. */
    return json_deep_copy(json_object_get(root, at == known ? "members" : "properties"));
}

/* Walks down as the recipe says, and changes what it arrives at. */
static void edit(Recipe *recipe, json_t *root)
{
    json_t *object = root;

    for (;;) {
        size_t left = take(recipe, json_object_size(object));
        void *iter = json_object_iter(object);
        json_t *value, *made;
        char key[128];

        if (!iter)
            return;
        for (; left > 0; left--)
            iter = json_object_iter_next(object, iter);
        value = json_object_iter_value(iter);
        if (json_object_size(value) > 0 && take(recipe, 4) > 0) {
            object = value;
            continue;
        }
        snprintf(key, sizeof key, "%s", json_object_iter_key(iter));
        made = take(recipe, 5) > 0 ? new_value(recipe, root) : NULL;
        if (!made)
            json_object_del(object, key);
        else
            json_object_set_new(object, key, made);
        return;
    }
}

static void expect(int good, const char *what, const char *document)
{
    if (good)
        return;
    fprintf(stderr, "%s: %s\n", what, document);
    abort();
}

/* An answer that is accepted: nothing of what it says is missing. */
static void check(const json_t *root, const char *document, XblMultiplayerSessionHandle session)
{
    const json_t *system = json_object_get(json_object_get(root, "constants"), "system");
    const json_t *large = json_object_get(json_object_get(system, "capabilities"), "large");
    const json_t *members = json_object_get(root, "members");
    json_t *custom = json_object_get(json_object_get(root, "properties"), "custom"), *shown;
    const json_t *words =
        json_object_get(json_object_get(json_object_get(root, "properties"), "system"), "keywords");
    const XblMultiplayerSessionMember *all;
    const XblMultiplayerRoleType *types;
    size_t count;

    XblMultiplayerSessionMembers(session, &all, &count);
    if (!json_is_true(large))
        expect(count == json_object_size(members) - (json_object_get(members, "me") != NULL), "members",
               document);
    for (size_t i = 0; i < count; i++) {
        char key[16];
        const json_t *xuid;

        snprintf(key, sizeof key, "%u", all[i].MemberId);
        xuid = json_object_get(json_object_get(members, json_is_true(large) ? "me" : key), "constants");
        xuid = json_object_get(json_object_get(xuid, "system"), "xuid");
        if (json_is_string(xuid))
            expect(all[i].Xuid == strtoull(json_string_value(xuid), NULL, 10), "xuid", document);
    }
    XblMultiplayerSessionRoleTypes(session, &types, &count);
    expect(count == json_object_size(json_object_get(root, "roleTypes")), "roles", document);
    expect(XblMultiplayerSessionSessionProperties(session)->KeywordCount == json_array_size(words),
           "keywords", document);
    shown = json_loads(XblMultiplayerSessionSessionProperties(session)->SessionCustomPropertiesJson,
                       JSON_ALLOW_NUL, NULL);
    expect(json_is_object(custom) ? json_equal(shown, custom) : json_object_size(shown) == 0, "custom",
           document);
    json_decref(shown);
}

/* What is written after a change says that change, and nothing that was fetched but the rest of custom. */
static void play(XblMultiplayerSessionHandle session, const char *document)
{
    json_t *root, *me;
    size_t size;
    char *text;

    expect(SUCCEEDED(session_serialize(session, NULL, &text, &size)) && strcmp(text, "{}") == 0, "untouched",
           document);
    free(text);
    XblMultiplayerSessionSetCustomPropertyJson(session, "map", "\"cave\"");
    XblMultiplayerSessionCurrentUserSetCustomPropertyJson(session, "hp", "1");
    XblMultiplayerSessionJoin(session, NULL, true, true);
    expect(SUCCEEDED(session_serialize(session, NULL, &text, &size)), "not written", document);
    root = json_loads(text, JSON_ALLOW_NUL, NULL);
    me = json_object_get(json_object_get(root, "members"), "me");
    expect(json_object_size(root) == 2 && json_object_size(me) == 2, "written", text);
    json_decref(root);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static json_t *whole;
    Recipe recipe = {data, size};
    XblMultiplayerSessionHandle session;
    SessionAnswer answer = {.xuid = 9, .etag = "e", .scid = "s", .template_name = "t", .name = "n"};
    json_t *root;
    char *text;
    HRESULT hr;

    if (!whole)
        whole = json_loads(golden_document, 0, NULL);
    root = json_deep_copy(whole);
    for (size_t left = 1 + take(&recipe, EDITS_MAX); root && left > 0; left--)
        edit(&recipe, root);
    text = json_dumps(root, JSON_COMPACT);
    if (!text)
        abort();
    answer.document = text;
    answer.document_size = strlen(text);
    hr = session_from_answer(&answer, &session);
    if (SUCCEEDED(hr)) {
        check(root, text, session);
        play(session, text);
        XblMultiplayerSessionCloseHandle(session);
    } else {
        expect(hr == WEB_E_UNEXPECTED_CONTENT, "refused for another reason", text);
    }
    free(text);
    json_decref(root);
    return 0;
}
