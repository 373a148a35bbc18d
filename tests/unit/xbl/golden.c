/* SPDX-License-Identifier: MIT */
/* Sessions for the tests of the golden requests. */
#include "golden.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const char got[] = "{\"contractVersion\":107,\"branch\":\"b1\",\"changeNumber\":3,"
                          "\"constants\":{\"system\":{\"maxMembersCount\":8},\"custom\":{}},"
                          "\"membersInfo\":{\"first\":0,\"next\":2,\"count\":2,\"accepted\":2},"
                          "\"members\":{\"0\":{\"next\":1,\"constants\":{\"system\":{\"xuid\":\"9\"}},"
                          "\"roles\":{\"squad\":\"medic\"},"
                          "\"properties\":{\"system\":{\"active\":true},\"custom\":{\"m\":1}}},"
                          "\"1\":{\"next\":2,\"constants\":{\"system\":{\"xuid\":\"10\"}},\"properties\":{"
                          "\"system\":{\"ready\":true}}}},"
                          "\"properties\":{\"system\":{},\"custom\":{\"x\":1,\"y\":{\"z\":2}}},"
                          "\"roleTypes\":{\"squad\":{\"roles\":{\"medic\":{\"max\":2,\"target\":1}}}}}";

XblMultiplayerSessionHandle golden_with(const XblMultiplayerSessionInitArgs *arguments)
{
    const XblMultiplayerSessionReference reference =
        XblMultiplayerSessionReferenceCreate("scid", "template", "name");

    return XblMultiplayerSessionCreateHandle(9, &reference, arguments);
}

XblMultiplayerSessionHandle golden_new(void)
{
    return golden_with(NULL);
}

static XblMultiplayerSessionHandle from(const char *document, uint64_t xuid)
{
    const SessionAnswer answer = {
        .xuid = xuid,
        .document = document,
        .document_size = strlen(document),
        .etag = "\"7\"",
        .date = "Sun, 06 Nov 1994 08:49:37 GMT",
        .scid = "scid",
        .template_name = "template",
        .name = "name",
        .write_status = XblWriteSessionStatus_Updated,
    };
    XblMultiplayerSessionHandle session = NULL;
    HRESULT hr = session_from_answer(&answer, &session);

    cr_assert_eq(hr, S_OK, "0x%08x for %s", (unsigned)hr, document);
    return session;
}

XblMultiplayerSessionHandle golden_got(uint64_t xuid)
{
    return from(got, xuid);
}

XblMultiplayerSessionHandle golden_from(const char *document)
{
    return from(document, 9);
}

/* Any id of a subscription, so that documents can be compared. */
static void hide_id(json_t *root)
{
    json_t *me = json_object_get(json_object_get(root, "members"), "me");
    json_t *system = json_object_get(json_object_get(me, "properties"), "system");
    json_t *subscription = json_object_get(system, "subscription");

    if (subscription) {
        cr_expect_eq(strlen(json_string_value(json_object_get(subscription, "id"))), 36);
        json_object_set_new(subscription, "id", json_string("GUID"));
    }
}

static void check(XblMultiplayerSessionHandle session, const char *connection, const char *expected)
{
    json_t *want = json_loads(expected, 0, NULL), *have;
    char *text = NULL;
    size_t size = 0;

    cr_assert_not_null(want, "%s", expected);
    cr_assert_eq(session_serialize(session, connection, &text, &size), S_OK);
    cr_assert_eq(size, strlen(text));
    have = json_loads(text, 0, NULL);
    hide_id(have);
    cr_expect(json_equal(have, want), "written %s\nwanted  %s", text, expected);
    json_decref(want);
    json_decref(have);
    free(text);
}

void golden_check(XblMultiplayerSessionHandle session, const char *expected)
{
    check(session, NULL, expected);
    XblMultiplayerSessionCloseHandle(session);
}

void golden_check_connected(XblMultiplayerSessionHandle session, const char *connection, const char *expected)
{
    check(session, connection, expected);
    XblMultiplayerSessionCloseHandle(session);
}

void golden_look(XblMultiplayerSessionHandle session, const char *expected)
{
    check(session, NULL, expected);
}

HRESULT golden_read(const char *document, size_t size, XblMultiplayerSessionHandle *session)
{
    const SessionAnswer answer = {.xuid = 9,
                                  .document = document,
                                  .document_size = size,
                                  .scid = "scid",
                                  .template_name = "template",
                                  .name = "name"};

    *session = NULL;
    return session_from_answer(&answer, session);
}

HRESULT golden_refused(const char *document)
{
    XblMultiplayerSessionHandle session;
    HRESULT hr = golden_read(document, strlen(document), &session);

    cr_expect(SUCCEEDED(hr) || !session, "half a session of %s", document);
    XblMultiplayerSessionCloseHandle(session);
    return hr;
}
