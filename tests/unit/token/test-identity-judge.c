/* SPDX-License-Identifier: MIT */
/* Refusals of the identity services, and what people are told. */
#include "token/identity-reply.h"

#include "base/secret.h"

#include <criterion/criterion.h>
#include <stdio.h>

static IdentityReply reply;

static void parse_raw(IdentityKind kind, const IdentityRaw *raw)
{
    identity_reply_free(&reply);
    cr_assert_eq(identity_reply_parse(kind, raw, 0, &reply), 0);
    cr_assert_neq(reply.outcome, IDENTITY_OK);
    cr_assert_eq(secret_living(), 0);
    bool silent = reply.outcome == IDENTITY_PENDING || reply.outcome == IDENTITY_SLOW_DOWN;
    cr_assert_eq(reply.message[0] == '\0', silent);
    for (const char *c = reply.message; *c; c++)
        cr_assert(*c >= 0x20 && *c < 0x7f, "%s", reply.message);
}

static IdentityOutcome parse(IdentityKind kind, unsigned status, const char *body)
{
    parse_raw(kind, &(IdentityRaw){.status = status, .body = body, .body_size = body ? strlen(body) : 0});
    return reply.outcome;
}

Test(identity_judge, polls)
{
    static const struct {
        const char *body;
        IdentityOutcome outcome;
    } rows[] = {
        {"{\"error\":\"authorization_pending\",\"error_description\":\"AADSTS70016: emulator waits for the "
         "user. Trace "
         "ID: 1\",\"error_codes\":[70016],\"timestamp\":\"2026-01-01 00:00:05Z\",\"trace_id\":\"1\"}",
         IDENTITY_PENDING},
        {"{\"error\":\"slow_down\",\"error_description\":\"emulator: polled after 2 s\"}",
         IDENTITY_SLOW_DOWN},
        {"{\"error\":\"authorization_declined\",\"error_codes\":[70000]}", IDENTITY_DECLINED},
        {"{\"error\":\"access_denied\"}", IDENTITY_DECLINED},
        {"{\"error\":\"expired_token\",\"error_codes\":[70020]}", IDENTITY_EXPIRED_CODE},
        {"{\"error\":\"bad_verification_code\"}", IDENTITY_BAD_CODE},
        {"{\"error\":\"invalid_grant\"}", IDENTITY_BAD_CODE},
        {"{\"error\":\"invalid_client\"}", IDENTITY_CONFIG},
        {"{\"error\":\"unauthorized_client\"}", IDENTITY_CONFIG},
        {"{\"error\":\"invalid_request\"}", IDENTITY_CONFIG},
        {"{\"error\":\"invalid_grant\",\"error_codes\":[50196]}", IDENTITY_LOOPS},
        {"{\"error\":\"temporarily_unavailable\"}", IDENTITY_TRANSIENT},
        {"{\"error\":\"something_else\"}", IDENTITY_BAD_ANSWER},
        {"{\"error\":7}", IDENTITY_BAD_ANSWER},
        {"{}", IDENTITY_BAD_ANSWER},
        {"", IDENTITY_BAD_ANSWER},
        {"<html>", IDENTITY_BAD_ANSWER},
        {"{\"error\":\"authorization_pending\",\"error\":\"slow_down\"}", IDENTITY_BAD_ANSWER},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        cr_expect_eq(parse(IDENTITY_POLL, 400, rows[i].body), rows[i].outcome, "%s: %s", rows[i].body,
                     identity_outcome_name(reply.outcome));
        cr_expect(!reply.grant_lost);
    }
    cr_expect_eq(parse(IDENTITY_REFRESH, 400, rows[0].body), IDENTITY_BAD_ANSWER);
    cr_expect_eq(parse(IDENTITY_DEVICE_CODE, 400, rows[1].body), IDENTITY_BAD_ANSWER);
}

Test(identity_judge, codes_and_refreshes)
{
    static const struct {
        const char *body;
        IdentityOutcome outcome;
        bool lost;
    } rows[] = {
        {"{\"error\":\"invalid_grant\"}", IDENTITY_NEEDS_SIGN_IN, true},
        {"{\"error\":\"invalid_grant\",\"error_codes\":[70000],\"suberror\":\"bad_token\"}",
         IDENTITY_NEEDS_SIGN_IN, true},
        {"{\"error\":\"invalid_grant\",\"error_codes\":[700082]}", IDENTITY_NEEDS_SIGN_IN, true},
        {"{\"error\":\"invalid_grant\",\"error_codes\":[\"50173\"]}", IDENTITY_NEEDS_SIGN_IN, true},
        {"{\"error\":\"invalid_grant\",\"suberror\":\"client_mismatch\"}", IDENTITY_CLIENT_MISMATCH, false},
        {"{\"error\":\"invalid_grant\",\"suberror\":\"consent_required\"}", IDENTITY_NEEDS_SIGN_IN, false},
        {"{\"error\":\"invalid_grant\",\"error_codes\":[65001]}", IDENTITY_NEEDS_SIGN_IN, false},
        {"{\"error\":\"interaction_required\",\"error_codes\":[65001],\"suberror\":\"consent_required\"}",
         IDENTITY_NEEDS_SIGN_IN, false},
        {"{\"error\":\"interaction_required\"}", IDENTITY_NEEDS_SIGN_IN, false},
        {"{\"error\":\"invalid_client\",\"error_codes\":[7000218]}", IDENTITY_CONFIG, false},
        {"{\"error\":\"invalid_grant\",\"error_codes\":[1,\"7000218\"]}", IDENTITY_CONFIG, false},
        {"{\"error\":\"unauthorized_client\",\"error_codes\":[700016]}", IDENTITY_CONFIG, false},
        {"{\"error\":\"invalid_grant\",\"error_codes\":[50196]}", IDENTITY_LOOPS, false},
        {"{\"error\":\"invalid_client\",\"error_codes\":[50196,-1,null,\"x\"]}", IDENTITY_LOOPS, false},
        {"{\"error\":\"server_error\"}", IDENTITY_TRANSIENT, false},
        {"{\"error\":\"INVALID_GRANT\"}", IDENTITY_BAD_ANSWER, false},
        {"{}", IDENTITY_BAD_ANSWER, false},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        cr_expect_eq(parse(IDENTITY_REFRESH, 400, rows[i].body), rows[i].outcome, "%s: %s", rows[i].body,
                     identity_outcome_name(reply.outcome));
        cr_expect_eq(reply.grant_lost, rows[i].lost, "%s", rows[i].body);
    }
    cr_expect_eq(parse(IDENTITY_REFRESH, 401, "{\"error\":\"invalid_client\"}"), IDENTITY_CONFIG);
    cr_expect_eq(parse(IDENTITY_DEVICE_CODE, 400, "{\"error\":\"unauthorized_client\"}"), IDENTITY_CONFIG);
    cr_expect_eq(parse(IDENTITY_DEVICE_CODE, 400, "{\"error\":\"invalid_scope\"}"), IDENTITY_CONFIG);
    cr_expect_str_eq(reply.error, "invalid_scope");
}

Test(identity_judge, statuses_that_pass)
{
    static const unsigned transient[] = {408, 429, 500, 502, 503, 504, 599};
    static const char *const bodies[] = {
        "", "<html>busy</html>", "{}",
        "{\"error\":\"temporarily_unavailable\",\"error_description\":\"AADSTS90033: "
        "emulator is down\",\"error_codes\":[90033]}",
        "{\"XErr\":2148916233}"};
    for (size_t i = 0; i < ELEMENTS(transient); i++)
        for (size_t n = 0; n < ELEMENTS(bodies); n++)
            for (int kind = 0; kind < IDENTITY_KINDS; kind++)
                cr_expect_eq(parse((IdentityKind)kind, transient[i], bodies[n]), IDENTITY_TRANSIENT);
    static const unsigned strange[] = {100, 201, 204, 302, 304};
    for (size_t i = 0; i < ELEMENTS(strange); i++)
        for (int kind = 0; kind < IDENTITY_KINDS; kind++)
            cr_expect_eq(parse((IdentityKind)kind, strange[i], "{}"), IDENTITY_BAD_ANSWER);
}

Test(identity_judge, tickets)
{
    static const struct {
        IdentityKind kind;
        unsigned status;
        IdentityOutcome outcome;
    } rows[] = {
        {IDENTITY_USER, 400, IDENTITY_TICKET_REFUSED},
        {IDENTITY_USER, 401, IDENTITY_TICKET_REFUSED},
        {IDENTITY_USER, 403, IDENTITY_TICKET_REFUSED},
        {IDENTITY_USER, 404, IDENTITY_BAD_ANSWER},
        {IDENTITY_DEVICE, 400, IDENTITY_SIGNATURE_REFUSED},
        {IDENTITY_DEVICE, 401, IDENTITY_SIGNATURE_REFUSED},
        {IDENTITY_DEVICE, 403, IDENTITY_SIGNATURE_REFUSED},
        {IDENTITY_DEVICE, 404, IDENTITY_BAD_ANSWER},
        {IDENTITY_TITLE, 400, IDENTITY_TICKET_REFUSED},
        {IDENTITY_TITLE, 401, IDENTITY_TICKET_REFUSED},
        {IDENTITY_TITLE, 403, IDENTITY_TITLE_REFUSED},
        {IDENTITY_XSTS, 400, IDENTITY_CONFIG},
        {IDENTITY_XSTS, 403, IDENTITY_CONFIG},
        {IDENTITY_XSTS, 405, IDENTITY_BAD_ANSWER},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        cr_expect_eq(parse(rows[i].kind, rows[i].status, NULL), rows[i].outcome, "%u", (unsigned)i);
        cr_expect_eq(parse(rows[i].kind, rows[i].status, ""), rows[i].outcome, "%u", (unsigned)i);
        cr_expect_eq(parse(rows[i].kind, rows[i].status, "{}"), rows[i].outcome, "%u", (unsigned)i);
    }
    /* What is no answer of the service says nothing about a ticket less than its status does. */
    cr_expect_eq(parse(IDENTITY_USER, 401, "<html>"), IDENTITY_TICKET_REFUSED);
    cr_expect_eq(parse(IDENTITY_XSTS, 401, "<html>"), IDENTITY_BAD_ANSWER);
    cr_expect_eq(parse(IDENTITY_XSTS, 400, "<html>"), IDENTITY_BAD_ANSWER);
}

Test(identity_judge, xerr)
{
    cr_assert_eq(parse(IDENTITY_XSTS, 401,
                       "{\"Identity\":\"0\",\"XErr\":2148916233,\"Message\":\"\",\"Redirect\":"
                       "\"https://start.ui.xboxlive.com/CreateAccount\"}"),
                 IDENTITY_XERR);
    cr_assert_eq(reply.xerr, 2148916233);
    cr_assert_eq(reply.xerr_class, XERR_USER_ACTION);
    cr_assert_str_eq(reply.redirect, "https://start.ui.xboxlive.com/CreateAccount");
    cr_assert_not_null(strstr(reply.message, "2148916233"));
    /* A page of the reply's own; none, an empty one and one that is not safe are as the table says. */
    parse(IDENTITY_XSTS, 401, "{\"XErr\":2148916233,\"Redirect\":\"https://other.example/x\"}");
    cr_assert_str_eq(reply.redirect, "https://other.example/x");
    parse(IDENTITY_XSTS, 401, "{\"XErr\":2148916238}");
    cr_assert_str_eq(reply.redirect, "https://start.ui.xboxlive.com/AddChildToFamily");
    parse(IDENTITY_XSTS, 401, "{\"XErr\":2148916227,\"Redirect\":\"\"}");
    cr_assert_str_eq(reply.redirect, "https://start.ui.xboxlive.com/enforcement");
    parse(IDENTITY_XSTS, 401, "{\"XErr\":2148916227,\"Redirect\":\"http://evil.example/\"}");
    cr_assert_str_eq(reply.redirect, "https://start.ui.xboxlive.com/enforcement");
    parse(IDENTITY_XSTS, 401, "{\"XErr\":2148916242,\"Message\":\"\"}");
    cr_assert_str_eq(reply.redirect, "");
    cr_assert_eq(reply.xerr_class, XERR_CONFIG);
    /* As a text; an Identity of any kind; in a reply of another service or status. */
    parse(IDENTITY_XSTS, 401, "{\"Identity\":{\"a\":[1]},\"XErr\":\"2148916258\"}");
    cr_assert_eq(reply.xerr, 2148916258);
    cr_assert_eq(reply.xerr_class, XERR_REBUILD_USER);
    cr_assert_eq(parse(IDENTITY_DEVICE, 403, "{\"XErr\":2148916256}"), IDENTITY_XERR);
    cr_assert_eq(parse(IDENTITY_USER, 401, "{\"XErr\":2148916273}"), IDENTITY_XERR);
    cr_assert_eq(reply.xerr_class, XERR_TRANSIENT);
    /* One that is not in the table keeps its number. */
    cr_assert_eq(parse(IDENTITY_XSTS, 401, "{\"XErr\":2148916299}"), IDENTITY_XERR);
    cr_assert_eq(reply.xerr, 2148916299);
    cr_assert_eq(reply.xerr_class, XERR_UNKNOWN);
    cr_assert_not_null(strstr(reply.message, "2148916299"));
    /* None at all. */
    static const char *const none[] = {"{}", "", "{\"XErr\":0}", "{\"XErr\":null}", "{\"Message\":\"x\"}"};
    for (size_t i = 0; i < ELEMENTS(none); i++) {
        cr_assert_eq(parse(IDENTITY_XSTS, 401, none[i]), IDENTITY_XERR);
        cr_assert_eq(reply.xerr, 0);
        cr_assert_eq(reply.xerr_class, XERR_UNKNOWN);
    }
    static const char *const bad[] = {"{\"XErr\":-2146051063}",    "{\"XErr\":4294967296}",
                                      "{\"XErr\":\"0x8015DC09\"}", "{\"XErr\":1.5}",
                                      "{\"XErr\":[2148916233]}",   "{\"XErr\":1,\"XErr\":2}"};
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        cr_assert_eq(parse(IDENTITY_XSTS, 401, bad[i]), IDENTITY_BAD_ANSWER, "%s", bad[i]);
}

Test(identity_judge, challenges)
{
    static const struct {
        const char *header;
        IdentityOutcome outcome;
        uint32_t xerr;
    } rows[] = {
        {"XSTS error=\"invalid_request_signature\"", IDENTITY_SIGNATURE_REFUSED, 0},
        {"XSTS error=invalid_request_signature", IDENTITY_SIGNATURE_REFUSED, 0},
        {"XSTS error=\"Msft_ban\"", IDENTITY_XERR, 2148916227},
        {"XSTS error=\"title_usage_by_device_exceeded\"", IDENTITY_XERR, 2148916254},
        {"XSTS error=\"anything\"", IDENTITY_XERR, 0},
        {"XSTS error=\"", IDENTITY_XERR, 0},
        {"", IDENTITY_XERR, 0},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        parse_raw(IDENTITY_XSTS, &(IdentityRaw){.status = 401, .www_authenticate = rows[i].header});
        cr_expect_eq(reply.outcome, rows[i].outcome, "%s", rows[i].header);
        cr_expect_eq(reply.xerr, rows[i].xerr, "%s", rows[i].header);
    }
    /* The number counts more than the word. */
    parse_raw(IDENTITY_XSTS, &(IdentityRaw){.status = 401,
                                            .www_authenticate = rows[2].header,
                                            .body = "{\"XErr\":2148916235}",
                                            .body_size = strlen("{\"XErr\":2148916235}")});
    cr_expect_eq(reply.xerr, 2148916235);
}

Test(identity_judge, what_people_are_told)
{
    parse(IDENTITY_REFRESH, 400,
          "{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS70000: grant of alice@example.org "
          "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.x revoked.\\r\\nTrace ID: SENTINEL\"}");
    cr_assert_str_eq(reply.error, "invalid_grant");
    cr_assert_not_null(strstr(reply.message, "sign in again"));
    cr_assert_not_null(
        strstr(reply.message, "It said: invalid_grant: AADSTS70000: grant of *** *** revoked."));
    cr_assert_null(strstr(reply.message, "alice"));
    cr_assert_null(strstr(reply.message, "eyJ"));
    cr_assert_null(strstr(reply.message, "SENTINEL"));
    /* Nothing of a body that is none of the service's, but the type it has. */
    parse_raw(IDENTITY_POLL, &(IdentityRaw){.status = 200,
                                            .content_type = "text/html; charset=utf-8",
                                            .body = "<html>SENTINEL</html>",
                                            .body_size = 21});
    cr_assert_not_null(strstr(reply.message, "poll (HTTP 200, text/html)"));
    cr_assert_null(strstr(reply.message, "SENTINEL"));
    parse_raw(IDENTITY_POLL,
              &(IdentityRaw){.status = 200, .content_type = "SENTINEL\x1b", .body = "x", .body_size = 1});
    cr_assert_null(strstr(reply.message, "SENTINEL"));
    /* A secret in the wrong place is not told. */
    parse(IDENTITY_USER, 200, "{\"Token\":\"SENTINEL\",\"NotAfter\":\"SENTINEL\"}");
    cr_assert_null(strstr(reply.message, "SENTINEL"));
    parse(IDENTITY_REFRESH, 400, "{\"error\":\"SENTINEL\"}");
    cr_assert_null(strstr(reply.message, "SENTINEL"));
    cr_assert_str_eq(reply.error, "");
    /* However long it gets. */
    static char body[4000] = "{\"error\":\"invalid_grant\",\"error_description\":\"";
    for (size_t i = strlen(body); i < 3900; i += 5)
        memcpy(body + i, "word ", 6);
    strcat(body, "\"}");
    cr_assert_eq(parse(IDENTITY_REFRESH, 400, body), IDENTITY_NEEDS_SIGN_IN);
    cr_assert_lt(strlen(reply.message), IDENTITY_MESSAGE_MAX);
}

Test(identity_judge, names)
{
    for (int outcome = IDENTITY_OK; outcome <= IDENTITY_BAD_ANSWER; outcome++)
        cr_expect(!string_empty(identity_outcome_name((IdentityOutcome)outcome)));
}
