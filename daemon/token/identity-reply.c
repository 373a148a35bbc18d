/* SPDX-License-Identifier: MIT */
/* Answers of the identity services: which kind of answer it is, and what people are told of it. */
#include "token/identity-reply.h"

#include "base/date.h"
#include "base/secret.h"
#include "ipc/validate.h"
#include "token/identity-private.h"

#include <stdio.h>

#define COOKIE_MAX 4096
#define DESCRIPTION_MAX 200

/* ---- Bodies ------------------------------------------------------------------------------------------------------ */

/* An object without duplicate keys and NULs. The depth is checked before jansson, which would recurse as deep as it is
 * told. NULL: *wrong says why, for people; also NULL when there is nothing at all. */
static json_t *body_load(const IdentityRaw *raw, const char **wrong)
{
    const char *text = raw->body;
    size_t size = text ? raw->body_size : 0;
    *wrong = NULL;
    if (size > IDENTITY_BODY_MAX) {
        *wrong = "it is too large";
        return NULL;
    }
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        size -= 3;
    }
    if (size == 0)
        return NULL;
    json_error_t error;
    json_t *root = NULL;
    if (mps_validate_json_shape(text, size, IDENTITY_DEPTH_MAX))
        root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        *wrong = "it is no JSON object, or not a sound one";
    return root;
}

/* ---- For people -------------------------------------------------------------------------------------------------- */

void reply_say(IdentityReply *reply, IdentityOutcome outcome, const json_t *root, const char *sentence)
{
    const char *description = json_string_value(json_object_get(root, "error_description"));
    char line[DESCRIPTION_MAX + 1] = "";
    reply->outcome = outcome;
    if (description)
        identity_text_first_line(description, line, sizeof line);
    if (root && (line[0] || reply->error[0]))
        snprintf(reply->message, sizeof reply->message, "%s It said: %s%s%s", sentence, reply->error,
                 line[0] && reply->error[0] ? ": " : "", line);
    else
        snprintf(reply->message, sizeof reply->message, "%s", sentence);
}

static void say_bad(IdentityKind kind, const IdentityRaw *raw, const char *wrong, IdentityReply *reply)
{
    char sentence[300], type[41] = "";
    /* Told of a page that is none of the service's, as that of a hotel. */
    size_t size = raw->content_type ? strspn(raw->content_type, "abcdefghijklmnopqrstuvwxyz/+-.") : 0;
    if (size > 0 && size < sizeof type)
        snprintf(type, sizeof type, ", %.*s", (int)size, raw->content_type);
    snprintf(sentence, sizeof sentence,
             "The identity service's answer to the request for a %s (HTTP %u%s) cannot be understood: %s.",
             identity_kind_name(kind), raw->status, type, wrong);
    reply_say(reply, IDENTITY_BAD_ANSWER, NULL, sentence);
}

static void take_error(const json_t *root, IdentityReply *reply)
{
    const char *error = json_string_value(json_object_get(root, "error"));
    if (error && identity_text_error(error))
        snprintf(reply->error, sizeof reply->error, "%s", error);
}

/* ---- Answers ----------------------------------------------------------------------------------------------------- */

static void take_headers(const IdentityRaw *raw, uint64_t wall_usec, IdentityReply *reply)
{
    reply->has_date = raw->date && date_parse_http(raw->date, &reply->date_sec);
    reply->has_age = raw->age != NULL;
    if (raw->retry_after)
        reply->has_retry_after =
            date_retry_after(raw->retry_after, raw->date, wall_usec, &reply->retry_after_usec);
}

/* name=value, without what stands behind it. */
static int take_cookie(const IdentityRaw *raw, IdentityReply *reply)
{
    size_t size = raw->set_cookie ? strcspn(raw->set_cookie, "; ") : 0;
    const char *equals = size ? memchr(raw->set_cookie, '=', size) : NULL;
    if (!equals || equals == raw->set_cookie || size > COOKIE_MAX)
        return 0;
    CLEANUP_SECRET char *cookie = secret_printf("%.*s", (int)size, raw->set_cookie);
    if (!cookie)
        return -ENOMEM;
    if (identity_text_visible(cookie, COOKIE_MAX))
        reply->cookie = TAKE(cookie);
    return 0;
}

static bool status_is_transient(unsigned status)
{
    return status == 408 || status == 429 || status >= 500;
}

static void say_transient(const IdentityRaw *raw, const json_t *root, IdentityReply *reply)
{
    char sentence[120];
    snprintf(sentence, sizeof sentence,
             raw->status == 429 ? "The identity service wants to be asked less often (HTTP %u)."
                                : "The identity service is out of order (HTTP %u).",
             raw->status);
    reply_say(reply, IDENTITY_TRANSIENT, root, sentence);
}

/* What was understood of an answer that is not: nothing. */
static void forget_success(IdentityReply *reply)
{
    IdentityReply kept = {.outcome = reply->outcome,
                          .status = reply->status,
                          .has_date = reply->has_date,
                          .has_age = reply->has_age,
                          .date_sec = reply->date_sec,
                          .has_retry_after = reply->has_retry_after,
                          .retry_after_usec = reply->retry_after_usec};
    memcpy(kept.message, reply->message, sizeof kept.message);
    memcpy(kept.error, reply->error, sizeof kept.error);
    identity_reply_free(reply);
    *reply = kept;
}

static int reply_succeed(IdentityKind kind, const IdentityRaw *raw, const json_t *root, const char *wrong,
                         IdentityReply *reply)
{
    int r = 0;
    if (!root)
        wrong = wrong ? wrong : "it is empty";
    else
        wrong = reply_take_success(kind, root, reply, &r);
    if (r == 0 && !wrong && kind == IDENTITY_DEVICE_CODE)
        r = take_cookie(raw, reply);
    if (r < 0 || !wrong)
        return r;
    say_bad(kind, raw, wrong, reply);
    forget_success(reply);
    return 0;
}

static void reply_refuse(IdentityKind kind, const IdentityRaw *raw, const json_t *root, const char *wrong,
                         IdentityReply *reply)
{
    bool grant = kind <= IDENTITY_REFRESH;
    /* Of a token service the status alone may say enough, except where all the reasons look alike. */
    if (!root && (grant || (wrong && kind == IDENTITY_XSTS)))
        say_bad(kind, raw, wrong ? wrong : "it is empty", reply);
    else if (grant)
        reply_judge_grant(kind, root, reply);
    else
        reply_judge_token(kind, raw, root, reply);
}

int identity_reply_parse(IdentityKind kind, const IdentityRaw *raw, uint64_t wall_usec, IdentityReply *reply)
{
    const char *wrong;
    int r = 0;
    *reply = (IdentityReply){.status = raw->status};
    take_headers(raw, wall_usec, reply);
    json_t *root = body_load(raw, &wrong);
    if (raw->status != 200)
        take_error(root, reply);
    if (raw->status == 200)
        r = reply_succeed(kind, raw, root, wrong, reply);
    else if (status_is_transient(raw->status))
        say_transient(raw, root, reply);
    else if (raw->status >= 400)
        reply_refuse(kind, raw, root, wrong, reply);
    else
        say_bad(kind, raw, "its status is not one that these services have", reply);
    json_decref(root);
    if (r < 0)
        identity_reply_free(reply);
    return r;
}

void identity_reply_free(IdentityReply *reply)
{
    secret_free(reply->device_code);
    secret_free(reply->cookie);
    secret_free(reply->access_token);
    secret_free(reply->refresh_token);
    secret_free(reply->token);
    explicit_bzero(reply, sizeof *reply);
}

bool identity_reply_privilege(const IdentityReply *reply, unsigned number)
{
    char wanted[16];
    int size = snprintf(wanted, sizeof wanted, "%u", number);
    for (const char *at = reply->prv; *at; at += strspn(at, " ")) {
        size_t digits = strcspn(at, " ");
        if (digits == (size_t)size && memcmp(at, wanted, digits) == 0)
            return true;
        at += digits;
    }
    return false;
}

const char *identity_outcome_name(IdentityOutcome outcome)
{
    static const char *const names[] = {
        [IDENTITY_OK] = "ok",
        [IDENTITY_PENDING] = "pending",
        [IDENTITY_SLOW_DOWN] = "slow-down",
        [IDENTITY_DECLINED] = "declined",
        [IDENTITY_EXPIRED_CODE] = "expired-code",
        [IDENTITY_BAD_CODE] = "bad-code",
        [IDENTITY_NEEDS_SIGN_IN] = "needs-sign-in",
        [IDENTITY_CLIENT_MISMATCH] = "client-mismatch",
        [IDENTITY_CONFIG] = "config",
        [IDENTITY_LOOPS] = "loops",
        [IDENTITY_TICKET_REFUSED] = "ticket-refused",
        [IDENTITY_TITLE_REFUSED] = "title-refused",
        [IDENTITY_SIGNATURE_REFUSED] = "signature-refused",
        [IDENTITY_XERR] = "xerr",
        [IDENTITY_TRANSIENT] = "transient",
        [IDENTITY_BAD_ANSWER] = "bad-answer",
    };
    return names[outcome];
}
