/* SPDX-License-Identifier: MIT */
/* A hostile identity service: every part of an answer, cut out of one input at its line ends. */
#include "fuzz.h"

#include "token/identity-reply.h"

#include "base/date.h"
#include "base/secret.h"

#define TIMES                                                                                                \
    "\"IssueInstant\":\"2026-01-01T00:00:10.0000000Z\",\"NotAfter\":\"2026-01-05T00:00:10.0000000Z\""

/* Date, Retry-After, WWW-Authenticate, Content-Type, Set-Cookie, body. */
const char *const fuzz_seeds[] = {
    "Tue, 24 Nov 2026 01:00:00 GMT\n7\n\napplication/json\nEMUC=1; "
    "path=/\n{\"user_code\":\"EMU4TEST\",\"device_code\":"
    "\"EMU-DC-0001-q7\",\"verification_uri\":\"https://www.microsoft.com/"
    "link\",\"verification_uri_complete\":"
    "\"http://127.0.0.1:1/l?otc=1\",\"expires_in\":900,\"interval\":5,\"message\":\"Open the page.\"}",
    "\n\n\n\n\n{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"EMU-AT-a1-g1\",\"refresh_"
    "token\":"
    "\"EMU-RT-a1-g1\"}",
    "\n\n\n\n\n{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS70000: revoked a@b. Trace ID: "
    "11111111-0000-4000-8000-000000000001\\r\\nTimestamp: 2026\",\"error_codes\":[70000,50196],\"suberror\":"
    "\"client_mismatch\"}",
    "\n\n\n\n\n{\"error\":\"authorization_pending\",\"error_codes\":[\"70016\"]}",
    "\n\n\n\n\n{" TIMES ",\"Token\":\"EMU.X.a1\",\"DisplayClaims\":{\"xui\":[{\"gtg\":\"Emu\",\"xid\":"
    "\"2533270000000001\",\"uhs\":\"1000000000000000001\",\"agg\":\"Adult\",\"prv\":\"185 "
    "254\"}],\"xdi\":{\"did\":"
    "\"F9\"},\"xti\":{\"tid\":\"1234567890\"}}}",
    "\n1\nXSTS "
    "error=\"invalid_request_signature\"\n\n\n{\"Identity\":\"0\",\"XErr\":2148916233,\"Message\":\"\","
    "\"Redirect\":\"https://start.ui.xboxlive.com/CreateAccount\"}",
};
const size_t fuzz_seeds_count = sizeof fuzz_seeds / sizeof fuzz_seeds[0];

static void require(bool good)
{
    if (!good)
        abort();
}

/* What reaches a log or a person has neither control characters nor more than ASCII. */
static void check_shown(const char *text)
{
    for (; *text; text++)
        require(*text >= 0x20 && *text < 0x7f);
}

static void check_secret(const char *secret)
{
    require(!secret || identity_text_visible(secret, IDENTITY_TOKEN_MAX));
}

static void check_answer(IdentityKind kind, const IdentityReply *reply)
{
    bool good = reply->outcome == IDENTITY_OK;
    check_shown(reply->message);
    check_shown(reply->error);
    check_shown(reply->user_code);
    check_shown(reply->verification_uri);
    check_shown(reply->verification_uri_complete);
    check_shown(reply->redirect);
    require(strlen(reply->message) < IDENTITY_MESSAGE_MAX);
    require(!reply->redirect[0] || identity_text_uri(reply->redirect));
    check_secret(reply->device_code);
    check_secret(reply->access_token);
    check_secret(reply->refresh_token);
    check_secret(reply->token);
    check_secret(reply->cookie);
    require(good ? reply->status == 200 : secret_living() == 0);
    if (good && kind == IDENTITY_DEVICE_CODE)
        require(reply->device_code && reply->user_code[0] && identity_text_uri(reply->verification_uri) &&
                reply->expires_sec > 0 && reply->interval_sec > 0);
    if (good && (kind == IDENTITY_POLL || kind == IDENTITY_REFRESH))
        require(reply->access_token && reply->expires_sec > 0);
    if (good && kind >= IDENTITY_USER)
        require(reply->token && reply->not_after > reply->issued && reply->issued > 0);
    if (good && kind == IDENTITY_XSTS)
        require(reply->uhs[0] && !strpbrk(reply->uhs, "; \r\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned statuses[] = {200, 400, 401, 403, 429, 503, 302};
    static unsigned turn;
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    char *parts[5] = {NULL};
    char *rest = text, *end = text + size;
    for (size_t i = 0; i < ELEMENTS(parts); i++) {
        char *line = memchr(rest, '\n', (size_t)(end - rest));
        if (!line)
            break;
        *line = '\0';
        parts[i] = rest;
        rest = line + 1;
    }
    IdentityRaw raw = {
        .date = parts[0],
        .retry_after = parts[1],
        .www_authenticate = parts[2],
        .content_type = parts[3],
        .set_cookie = parts[4],
        .body = rest,
        .body_size = (size_t)(end - rest),
    };
    for (int kind = 0; kind < IDENTITY_KINDS; kind++) {
        /* Every second time what is meant to succeed; otherwise each status for each kind. */
        raw.status = turn % 2 ? 200 : statuses[(turn / (2 * IDENTITY_KINDS)) % ELEMENTS(statuses)];
        turn++;
        IdentityReply reply;
        if (identity_reply_parse((IdentityKind)kind, &raw, 1700000000 * USEC_PER_SEC, &reply) < 0)
            continue;
        check_answer((IdentityKind)kind, &reply);
        identity_reply_free(&reply);
        require(secret_living() == 0);
    }
    int64_t seconds;
    if (parts[0] && date_parse_iso(parts[0], &seconds))
        require(seconds >= 0);
    free(text);
    return 0;
}
