/* SPDX-License-Identifier: MIT */
/* Replies, honest and hostile. */
#include "mpsd/mpsd-reply.h"

#include <criterion/criterion.h>

#define SCID "5f2c0100-7e1b-4c57-9d0e-0000665a1be9"
#define NOW (1772562011ULL * USEC_PER_SEC) /* Tue, 03 Mar 2026 18:20:11 GMT */
#define NOW_DATE "Tue, 03 Mar 2026 18:20:11 GMT"

static MpsdParsed parsed;

static const MpsdReply *parse(MpsdVerb verb, unsigned status, const char *body)
{
    MpsdRaw raw = {.status = status, .body = body, .body_size = body ? strlen(body) : 0};
    mpsd_reply_free(&parsed);
    cr_assert_eq(mpsd_reply_parse(verb, &raw, NOW, &parsed), 0);
    cr_assert_eq(parsed.reply.fate, MPSD_ANSWERED);
    cr_assert_eq(parsed.reply.status, status);
    return &parsed.reply;
}

Test(mpsd_reply, document)
{
    const MpsdReply *reply = parse(MPSD_WRITE, 200, "{\"changeNumber\":1}");
    cr_assert_str_eq(reply->document, "{\"changeNumber\":1}");
    cr_assert_eq(reply->document_size, 18);
    cr_assert_null(reply->server_message);
    reply = parse(MPSD_WRITE, 412, " {} ");
    cr_assert_not_null(reply->document);
    reply = parse(MPSD_READ, 403, "{\"members\":{}}");
    cr_assert_not_null(reply->document);
    reply = parse(MPSD_WRITE, 204, NULL);
    cr_assert_null(reply->document);
}

Test(mpsd_reply, what_is_no_document)
{
    static const char *const bad[] = {"[]",
                                      "1",
                                      "\"text\"",
                                      "null",
                                      "{",
                                      "}",
                                      "{\"a\":}",
                                      "{} {}",
                                      "{}x",
                                      "{\"a\":1,}",
                                      "{'a':1}",
                                      "<html></html>",
                                      "{\"a\":\"\xff\"}",
                                      "{\"a\":\"\xed\xa0\x80\"}",
                                      "   "};
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        const MpsdReply *reply = parse(MPSD_WRITE, 200, bad[i]);
        cr_expect_null(reply->document, "%s", bad[i]);
        cr_expect_null(reply->server_message, "%s", bad[i]);
    }
}

Test(mpsd_reply, deep_documents)
{
    static const unsigned depths[] = {2, 100, 128, 129, 1000, 150000};
    static char text[400000];
    for (size_t i = 0; i < ELEMENTS(depths); i++) {
        unsigned arrays = depths[i] - 1;
        char *at = stpcpy(text, "{\"a\":");
        memset(at, '[', arrays);
        memset(at + arrays, ']', arrays);
        memcpy(at + 2 * arrays, "}", 2);
        const MpsdReply *reply = parse(MPSD_WRITE, 200, text);
        cr_expect_eq(reply->document != NULL, depths[i] <= 128, "%u", depths[i]);
    }
}

Test(mpsd_reply, nul_in_a_body)
{
    static const char body[] = "{\"a\":1}\0{\"b\":2}";
    MpsdRaw raw = {.status = 200, .body = body, .body_size = sizeof body - 1};
    cr_assert_eq(mpsd_reply_parse(MPSD_WRITE, &raw, NOW, &parsed), 0);
    cr_assert_null(parsed.reply.document);
    raw.status = 400;
    cr_assert_eq(mpsd_reply_parse(MPSD_WRITE, &raw, NOW, &parsed), 0);
    cr_assert_str_eq(parsed.reply.server_message, "{\"a\":1} {\"b\":2}");
}

Test(mpsd_reply, message)
{
    const MpsdReply *reply = parse(MPSD_WRITE, 404, "The requested handle does not exist.\r\n");
    cr_assert_str_eq(reply->server_message, "The requested handle does not exist.");
    cr_assert_null(reply->document);
    reply = parse(MPSD_WRITE, 400,
                  "a\x1b[31mred\x07\n\n b\xc2\x9b"
                  "c \xe2\x80\xae"
                  "d\xff\xfe"
                  "e \xc3\xa4");
    cr_assert_str_eq(reply->server_message, "a [31mred b c d e \xc3\xa4");
    reply = parse(MPSD_WRITE, 400, "\n\t \x01");
    cr_assert_null(reply->server_message);
}

Test(mpsd_reply, message_of_an_object)
{
    const MpsdReply *reply = parse(
        MPSD_WRITE, 401,
        "{\"code\":401,\"description\":\"Unauthorized\",\"debugMessage\":\"Missing title\\n Id claim.\"}");
    cr_assert_str_eq(reply->server_message, "Missing title Id claim.");
    cr_assert_null(reply->document);
    reply = parse(MPSD_WRITE, 403, "{\"errorCode\":403,\"errorMessage\":\"caller may not\"}");
    cr_assert_str_eq(reply->server_message, "caller may not");
    /* Some refusals bring the session, and one that succeeds may say what it likes. */
    static const char session[] = "{\"members\":{},\"description\":\"a session\"}";
    cr_assert_str_eq(parse(MPSD_WRITE, 412, session)->document, session);
    cr_assert_null(parsed.reply.server_message);
    cr_assert_not_null(parse(MPSD_WRITE, 200, "{\"message\":\"hello\"}")->document);
    cr_assert_not_null(parse(MPSD_WRITE, 403, "{\"message\":5}")->document);
}

Test(mpsd_reply, long_message_ends_with_a_whole_character)
{
    char text[3001];
    for (size_t i = 0; i < 3000; i += 3)
        memcpy(text + i, "\xe2\x82\xac", 3);
    text[3000] = '\0';
    const MpsdReply *reply = parse(MPSD_WRITE, 400, text);
    cr_assert_eq(strlen(reply->server_message), 999);
    cr_assert_eq(memcmp(reply->server_message, text, 999), 0);
}

Test(mpsd_reply, headers)
{
    MpsdRaw raw = {
        .status = 200,
        .etag = "W/\"x\"",
        .date = NOW_DATE,
        .retry_after = "9",
        .content_location = "/serviceconfigs/" SCID "/sessiontemplates/t/sessions/n",
    };
    cr_assert_eq(mpsd_reply_parse(MPSD_WRITE, &raw, NOW, &parsed), 0);
    cr_assert_str_eq(parsed.reply.etag, "W/\"x\"");
    cr_assert_str_eq(parsed.reply.date, NOW_DATE);
    cr_assert(parsed.reply.has_retry_after);
    cr_assert_eq(parsed.reply.retry_after_usec, 9 * USEC_PER_SEC);
    cr_assert_str_eq(parsed.reply.scid, SCID);
    cr_assert_str_eq(parsed.reply.template_name, "t");
    cr_assert_str_eq(parsed.reply.name, "n");
}

Test(mpsd_reply, malformed_headers_are_absent)
{
    char etag[300];
    memset(etag, 'a', sizeof etag - 1);
    etag[sizeof etag - 1] = '\0';
    MpsdRaw raw = {.status = 200,
                   .etag = etag,
                   .date = "yesterday\x1b",
                   .retry_after = "soon",
                   .content_location = "/x"};
    cr_assert_eq(mpsd_reply_parse(MPSD_WRITE, &raw, NOW, &parsed), 0);
    cr_assert_null(parsed.reply.etag);
    cr_assert_null(parsed.reply.date);
    cr_assert_not(parsed.reply.has_retry_after);
    cr_assert_null(parsed.reply.scid);
    cr_assert_null(parsed.reply.name);
}

Test(mpsd_reply, created_handle)
{
    const MpsdReply *reply =
        parse(MPSD_SET_ACTIVITY, 201, "{\"id\":\"0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001\"}");
    cr_assert_str_eq(reply->handle_id, "0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001");
    cr_assert_null(reply->document);
    static const char *const bad[] = {"{}", "{\"id\":1}", "{\"id\":\"x\"}",
                                      "{\"id\":\"../../../../../../../../../../../..1\"}",
                                      "{\"id\":\"00000000-0000-0000-0000-000000000000\"}"};
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        cr_expect_null(parse(MPSD_SET_ACTIVITY, 201, bad[i])->handle_id, "%s", bad[i]);
    cr_assert_null(
        parse(MPSD_SET_ACTIVITY, 403, "{\"id\":\"0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001\"}")->handle_id);
}

Test(mpsd_reply, activities)
{
    const MpsdReply *reply = parse(MPSD_GET_ACTIVITIES, 200, "{ \"results\" : [ {\"id\":\"a\"}, {} ] }");
    cr_assert_str_eq(reply->activities, "[{\"id\":\"a\"},{}]");
    cr_assert_null(reply->document);
    cr_assert_str_eq(parse(MPSD_GET_ACTIVITIES, 200, "{\"results\":[]}")->activities, "[]");
    cr_assert_null(parse(MPSD_GET_ACTIVITIES, 200, "{\"results\":{}}")->activities);
    cr_assert_null(parse(MPSD_GET_ACTIVITIES, 200, "{}")->activities);
    cr_assert_null(parse(MPSD_GET_ACTIVITIES, 400, "{\"results\":[]}")->activities);
    mpsd_reply_free(&parsed);
}
