/* SPDX-License-Identifier: MIT */
/* The merge rules on the model itself. */
#include <criterion/criterion.h>
#include <string.h>

#include "directory/merge.h"
#include "directory/session.h"
#include "directory/util.h"

#define SCID "5f2c0100-7e1b-4c57-9d0e-0000665a1be9"
#define ALICE "2533274900000001"
#define BOB "2533274900000002"

static const SessionReference reference = {SCID, "quickmatch", "one"};

static MergeContext context_of(const char *xuid)
{
    return (MergeContext){.xuid = xuid, .title_id = "1717113001", .now = 1000};
}

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, 0, &error);

    cr_assert(json, "%s: %s", text, error.text);
    return json;
}

/* Applies @text; returns the status of the refusal, 0 when it was applied. */
static unsigned apply(json_t *session, const char *xuid, const char *template_text, const char *text)
{
    OWN_JSON json_t *template_json = template_text ? parse(template_text) : NULL;
    OWN_JSON json_t *body = parse(text);
    MergeContext context = context_of(xuid);
    Refusal refusal = {0};

    return merge_apply(&context, session, template_json, body, &refusal) == 0 ? 0 : refusal.status;
}

static json_t *session_with_alice(void)
{
    json_t *session = session_new(&reference, NULL, 1000);

    cr_assert_eq(apply(session, ALICE, "{}",
                       "{\"members\":{\"me\":{\"properties\":{\"system\":{\"active\":true}}}},"
                       "\"properties\":{\"custom\":{\"map\":\"harbor\",\"nested\":{\"a\":1}}}}"),
                 0);
    return session;
}

static void assert_custom(const json_t *session, const char *expected)
{
    OWN_JSON json_t *wanted = parse(expected);

    cr_assert(json_equal(json_object_get(json_object_get(session, "properties"), "custom"), wanted));
}

Test(merge, custom_merges_first_level_and_null_deletes)
{
    OWN_JSON json_t *session = session_with_alice();

    cr_assert_eq(
        apply(session, ALICE, NULL, "{\"properties\":{\"custom\":{\"nested\":{\"b\":null},\"map\":null}}}"),
        0);
    assert_custom(session, "{\"nested\":{\"b\":null}}");
}

Test(merge, custom_merges_recursively_by_switch)
{
    OWN_JSON json_t *session = session_with_alice();
    OWN_JSON json_t *body = parse("{\"properties\":{\"custom\":{\"nested\":{\"a\":null,\"b\":2}}}}");
    MergeContext context = context_of(ALICE);
    Refusal refusal;

    context.deep_custom = true;
    cr_assert_eq(merge_apply(&context, session, NULL, body, &refusal), 0);
    assert_custom(session, "{\"map\":\"harbor\",\"nested\":{\"b\":2}}");
}

Test(merge, delta_is_not_shared_with_the_session)
{
    OWN_JSON json_t *session = session_with_alice();
    json_t *body = parse("{\"properties\":{\"custom\":{\"list\":[1]}}}");
    MergeContext context = context_of(ALICE);
    Refusal refusal;

    cr_assert_eq(merge_apply(&context, session, NULL, body, &refusal), 0);
    json_array_append_new(
        json_object_get(json_object_get(json_object_get(body, "properties"), "custom"), "list"),
        json_integer(2));
    json_decref(body);
    assert_custom(session, "{\"map\":\"harbor\",\"nested\":{\"a\":1},\"list\":[1]}");
}

Test(merge, absent_system_values_remove_the_field)
{
    static const char *const absent[] = {"null", "[]"};

    for (size_t i = 0; i < 2; i++) {
        OWN_JSON json_t *session = session_with_alice();
        OWN_TEXT char *body = text_format("{\"properties\":{\"system\":{\"keywords\":%s}}}", absent[i]);

        cr_assert_eq(apply(session, ALICE, NULL, "{\"properties\":{\"system\":{\"keywords\":[\"x\"]}}}"), 0);
        cr_assert_not_null(session_property(session, "keywords"));
        cr_assert_eq(apply(session, ALICE, NULL, body), 0);
        cr_assert_null(session_property(session, "keywords"));
    }
}

Test(merge, template_constants_cannot_be_overridden_but_added_to)
{
    static const char template_text[] =
        "{\"constants\":{\"system\":{\"maxMembersCount\":4,\"capabilities\":{\"gameplay\":true}}}}";
    OWN_JSON json_t *clash = session_new(&reference, NULL, 0);
    OWN_JSON json_t *session = session_new(&reference, NULL, 0);

    cr_assert_eq(apply(clash, ALICE, template_text, "{\"constants\":{\"system\":{\"maxMembersCount\":5}}}"),
                 409);
    cr_assert_eq(apply(session, ALICE, template_text,
                       "{\"constants\":{\"system\":{\"maxMembersCount\":4,\"visibility\":\"private\","
                       "\"capabilities\":{\"crossPlay\":true}}}}"),
                 0);
    cr_assert(session_capability(session, "gameplay") && session_capability(session, "crossPlay"));
    cr_assert_str_eq(session_visibility(session), "private");
}

Test(merge, constants_of_an_existing_session_are_frozen)
{
    OWN_JSON json_t *session = session_with_alice();

    cr_assert_eq(apply(session, ALICE, NULL, "{\"constants\":{\"system\":{\"visibility\":\"open\"}}}"), 409);
    cr_assert_eq(apply(session, ALICE, NULL, "{\"constants\":{}}"), 0);
}

Test(merge, member_statuses_exclude_each_other)
{
    OWN_JSON json_t *session = session_with_alice();
    json_t *alice = session_member(session, ALICE);

    cr_assert_eq(member_status(alice), MEMBER_ACTIVE);
    cr_assert_eq(
        apply(session, ALICE, NULL, "{\"members\":{\"me\":{\"properties\":{\"system\":{\"ready\":true}}}}}"),
        0);
    cr_assert_eq(member_status(alice), MEMBER_READY);
    cr_assert_null(json_object_get(alice, "titleId"));
    cr_assert_eq(
        apply(session, ALICE, NULL,
              "{\"members\":{\"me\":{\"properties\":{\"system\":{\"ready\":true,\"active\":true}}}}}"),
        400);
    cr_assert_eq(
        apply(session, ALICE, NULL, "{\"members\":{\"me\":{\"properties\":{\"system\":{\"active\":true}}}}}"),
        0);
    cr_assert_eq(member_status(alice), MEMBER_ACTIVE);
}

Test(merge, indices_are_never_reused)
{
    OWN_JSON json_t *session = session_with_alice();

    for (json_int_t round = 1; round <= 3; round++) {
        cr_assert_eq(apply(session, BOB, NULL, "{\"members\":{\"me\":{}}}"), 0);
        cr_assert_eq(json_number(session_member(session, BOB), "index", -1), round);
        cr_assert_eq(apply(session, BOB, NULL, "{\"members\":{\"me\":null}}"), 0);
        cr_assert_null(session_member(session, BOB));
    }
    cr_assert_eq(json_number(session, "nextIndex", 0), 4);
}

Test(merge, a_leaving_member_loses_its_turn)
{
    OWN_JSON json_t *session = session_with_alice();

    cr_assert_eq(
        apply(session, BOB, NULL, "{\"members\":{\"me\":{}},\"properties\":{\"system\":{\"turn\":[1]}}}"), 0);
    cr_assert_eq(apply(session, BOB, NULL, "{\"members\":{\"me\":null}}"), 0);
    cr_assert_null(session_property(session, "turn"));
}

Test(merge, full_and_malformed_are_refused)
{
    static const struct {
        const char *body;
        unsigned status;
    } cases[] = {
        {"{\"members\":{\"reserve_0\":{\"constants\":{\"system\":{\"xuid\":\"3\"}}}}}", 400},
        {"{\"members\":{\"reserve_0\":{\"constants\":{\"system\":{}}}}}", 400},
        {"{\"members\":{\"reserve_1\":{\"constants\":{\"system\":{\"xuid\":\"2\"}}}}}", 400},
        {"{\"members\":[]}", 400},
        {"{\"members\":{\"me\":1}}", 400},
        {"{\"members\":{\"me\":{\"propertys\":{}}}}", 400},
        {"{\"members\":{\"me\":{\"properties\":{\"system\":{\"connection\":5}}}}}", 400},
        {"{\"properties\":null}", 400},
        {"{\"properties\":{\"system\":5}}", 400},
        {"{\"properties\":{\"system\":{\"nosuch\":5}}}", 400},
        {"{\"nosuch\":5}", 400},
    };
    OWN_JSON json_t *session = session_new(&reference, NULL, 0);

    cr_assert_eq(apply(session, ALICE, "{\"constants\":{\"system\":{\"maxMembersCount\":1}}}",
                       "{\"members\":{\"me\":{\"properties\":{\"system\":{\"active\":true}}}}}"),
                 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        OWN_JSON json_t *copy = json_deep_copy(session);

        cr_assert_eq(apply(copy, ALICE, NULL, cases[i].body), cases[i].status, "%s", cases[i].body);
    }
}

Test(merge, last_owner_leaving_ends_or_migrates)
{
    static const char *const policies[] = {"{}", "{\"migration\":\"oldest\"}"};

    for (size_t i = 0; i < 2; i++) {
        OWN_JSON json_t *session = session_new(&reference, NULL, 0);
        OWN_TEXT char *template_text =
            text_format("{\"constants\":{\"system\":{\"capabilities\":{\"hasOwners\":true},"
                        "\"ownershipPolicies\":%s}}}",
                        policies[i]);

        cr_assert_eq(apply(session, ALICE, template_text, "{\"members\":{\"me\":{}}}"), 0);
        cr_assert_eq(apply(session, BOB, NULL, "{\"members\":{\"me\":{}}}"), 0);
        cr_assert(session_owns(session, session_member(session, ALICE)));
        cr_assert_eq(apply(session, ALICE, NULL, "{\"members\":{\"me\":null}}"), 0);
        if (i == 0)
            cr_assert_null(session_member(session, BOB));
        else
            cr_assert(session_owns(session, session_member(session, BOB)));
    }
}
