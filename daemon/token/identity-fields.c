/* SPDX-License-Identifier: MIT */
/* The fields of an answer that is one. */
#include "token/identity-private.h"

#include "base/date.h"
#include "base/secret.h"
#include "ipc/validate.h"

#include <stdio.h>

/* A life beyond this is no life of a token. */
#define LIFE_MAX_SEC (366 * 24 * 3600)
#define CODE_LIFE_MAX_SEC (24 * 3600)
#define INTERVAL_SEC 5
#define INTERVAL_MAX_SEC 600
/* 2000-01-01 to 2200-01-01: what lies outside is a unit or a clock gone wrong. */
#define TIME_LEAST 946684800
#define TIME_MOST 7258118400

NumberFound reply_number(const json_t *value, json_int_t least, json_int_t most, json_int_t *number)
{
    json_int_t made = 0;
    if (!value || json_is_null(value))
        return NUMBER_ABSENT;
    if (json_is_integer(value)) {
        made = json_integer_value(value);
    } else if (json_is_string(value)) {
        const char *text = json_string_value(value);
        size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits > 18 || text[digits])
            return NUMBER_BAD;
        for (size_t i = 0; i < digits; i++)
            made = made * 10 + (text[i] - '0');
    } else {
        return NUMBER_BAD;
    }
    if (made < least || made > most)
        return NUMBER_BAD;
    *number = made;
    return NUMBER_FOUND;
}

/* A text that goes into a header, as a secret. NULL: absent, or of no use (*bad), or memory is out (*r). */
static char *field_secret(const json_t *root, const char *name, bool *bad, int *r)
{
    const json_t *value = json_object_get(root, name);
    if (!value || json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0))
        return NULL;
    if (!json_is_string(value) || !identity_text_visible(json_string_value(value), IDENTITY_TOKEN_MAX)) {
        *bad = true;
        return NULL;
    }
    char *secret = secret_copy(json_string_value(value));
    if (!secret)
        *r = -ENOMEM;
    return secret;
}

typedef bool (*FieldCheck)(const char *text, size_t most);

/* A text, or an integer as its digits; left empty when it is not fit. */
static void field_text(const json_t *root, const char *name, FieldCheck check, char *text, size_t room)
{
    const json_t *value = json_object_get(root, name);
    char number[24];
    const char *given = json_string_value(value);
    if (json_is_integer(value)) {
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        given = number;
    }
    if (given && strlen(given) < room && check(given, room - 1))
        memcpy(text, given, strlen(given) + 1);
}

/* ---- Grants ------------------------------------------------------------------------------------------------------ */

static bool check_uri(const char *text, size_t most)
{
    return strlen(text) <= most && identity_text_uri(text);
}

/* What people copy by hand: visible, with single blanks inside at most. */
static bool check_code(const char *text, size_t most)
{
    size_t size = strlen(text);
    if (size == 0 || size > most || text[0] == ' ' || text[size - 1] == ' ' || strstr(text, "  "))
        return false;
    for (size_t i = 0; i < size; i++)
        if (text[i] < 0x20 || text[i] >= 0x7f)
            return false;
    return true;
}

static const char *take_code(const json_t *root, IdentityReply *reply, int *r)
{
    bool bad = false;
    reply->device_code = field_secret(root, "device_code", &bad, r);
    if (*r < 0)
        return NULL;
    if (!reply->device_code)
        return "there is no usable device_code in it";
    field_text(root, "user_code", check_code, reply->user_code, sizeof reply->user_code);
    if (!reply->user_code[0])
        return "there is no user_code in it that could be shown";
    field_text(root, "verification_uri", check_uri, reply->verification_uri, sizeof reply->verification_uri);
    if (!reply->verification_uri[0])
        return "there is no verification_uri in it that people could safely be sent to";
    field_text(root, "verification_uri_complete", check_uri, reply->verification_uri_complete,
               sizeof reply->verification_uri_complete);
    field_text(root, "message", identity_text_name, reply->instruction, sizeof reply->instruction);
    json_int_t expires = 0, interval = INTERVAL_SEC;
    if (reply_number(json_object_get(root, "expires_in"), 1, CODE_LIFE_MAX_SEC, &expires) != NUMBER_FOUND)
        return "its expires_in is missing or absurd";
    if (reply_number(json_object_get(root, "interval"), 0, INTERVAL_MAX_SEC, &interval) == NUMBER_BAD)
        return "its interval is absurd";
    reply->expires_sec = (uint32_t)expires;
    reply->interval_sec = interval > 0 ? (uint32_t)interval : 1;
    return NULL;
}

static const char *take_grant(const json_t *root, IdentityReply *reply, int *r)
{
    bool bad = false;
    reply->access_token = field_secret(root, "access_token", &bad, r);
    if (*r == 0)
        reply->refresh_token = field_secret(root, "refresh_token", &bad, r);
    if (*r < 0)
        return NULL;
    if (bad)
        return "there is a token in it that is no token";
    if (!reply->access_token)
        return "there is no access_token in it";
    json_int_t expires = 0;
    if (reply_number(json_object_get(root, "expires_in"), 1, LIFE_MAX_SEC, &expires) != NUMBER_FOUND)
        return "its expires_in is missing or absurd";
    reply->expires_sec = (uint32_t)expires;
    return NULL;
}

/* ---- Tokens ------------------------------------------------------------------------------------------------------ */

static bool check_xuid(const char *text, size_t most)
{
    return strlen(text) <= most && mps_validate_xuid(text);
}

/* Stands before the semicolon of the Authorization header. */
static bool check_hash(const char *text, size_t most)
{
    size_t size = strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    return size > 0 && size <= most && !text[size];
}

static bool check_numbers(const char *text, size_t most)
{
    size_t size = strspn(text, "0123456789 ");
    return size <= most && !text[size];
}

static const char *take_times(const json_t *root, IdentityReply *reply)
{
    const char *issued = json_string_value(json_object_get(root, "IssueInstant"));
    const char *not_after = json_string_value(json_object_get(root, "NotAfter"));
    if (!issued || !not_after || !date_parse_iso(issued, &reply->issued) ||
        !date_parse_iso(not_after, &reply->not_after))
        return "its IssueInstant or NotAfter is missing or no time";
    if (reply->issued < TIME_LEAST || reply->not_after > TIME_MOST || reply->not_after <= reply->issued ||
        reply->not_after - reply->issued > LIFE_MAX_SEC)
        return "the times in it are absurd";
    return NULL;
}

static const char *take_claims(IdentityKind kind, const json_t *root, IdentityReply *reply)
{
    const json_t *claims = json_object_get(root, "DisplayClaims");
    const json_t *user = json_array_get(json_object_get(claims, "xui"), 0);
    field_text(user, "uhs", check_hash, reply->uhs, sizeof reply->uhs);
    field_text(user, "xid", check_xuid, reply->xid, sizeof reply->xid);
    field_text(user, "gtg", identity_text_name, reply->gtg, sizeof reply->gtg);
    field_text(user, "agg", check_hash, reply->agg, sizeof reply->agg);
    field_text(user, "prv", check_numbers, reply->prv, sizeof reply->prv);
    field_text(json_object_get(claims, "xdi"), "did", check_hash, reply->did, sizeof reply->did);
    field_text(json_object_get(claims, "xti"), "tid", check_xuid, reply->tid, sizeof reply->tid);
    if (kind == IDENTITY_XSTS && !reply->uhs[0])
        return "there is no usable user hash in it";
    /* One that is there and is none would be taken for a relying party that does not tell it. */
    if (kind == IDENTITY_XSTS && json_object_get(user, "xid") && !reply->xid[0])
        return "its xid is no XUID";
    if (kind == IDENTITY_TITLE && !reply->tid[0])
        return "there is no usable title id in it";
    return NULL;
}

static const char *take_token(IdentityKind kind, const json_t *root, IdentityReply *reply, int *r)
{
    bool bad = false;
    reply->token = field_secret(root, "Token", &bad, r);
    if (*r < 0)
        return NULL;
    if (!reply->token)
        return bad ? "its Token is no token" : "there is no Token in it";
    const char *wrong = take_times(root, reply);
    return wrong ? wrong : take_claims(kind, root, reply);
}

const char *reply_take_success(IdentityKind kind, const json_t *root, IdentityReply *reply, int *r)
{
    *r = 0;
    switch (kind) {
    case IDENTITY_DEVICE_CODE:
        return take_code(root, reply, r);
    case IDENTITY_POLL:
    case IDENTITY_REFRESH:
        return take_grant(root, reply, r);
    case IDENTITY_USER:
    case IDENTITY_DEVICE:
    case IDENTITY_TITLE:
    case IDENTITY_XSTS:
        return take_token(kind, root, reply, r);
    }
    return "nobody asked for it";
}
