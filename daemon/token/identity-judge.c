/* SPDX-License-Identifier: MIT */
/* What a refusal means. */
#include "token/identity-private.h"

#include <stdio.h>
#include <strings.h>

#define CODE_CONSENT 65001
#define CODE_LOOPS 50196
#define CODE_NOT_PUBLIC 7000218

/* ---- The token endpoint ------------------------------------------------------------------------------------------ */

static bool has_code(const json_t *root, json_int_t wanted)
{
    size_t i;
    json_t *code;
    json_array_foreach(json_object_get(root, "error_codes"), i, code)
    {
        json_int_t number;
        if (i < 16 && reply_number(code, 0, UINT32_MAX, &number) == NUMBER_FOUND && number == wanted)
            return true;
    }
    return false;
}

static bool one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (string_equal(word, *words))
            return true;
    return false;
}

/* What only a poll is told. Returns whether it is that. */
static bool judge_poll(const json_t *root, const char *error, IdentityReply *reply)
{
    if (string_equal(error, "authorization_pending")) {
        reply->outcome = IDENTITY_PENDING;
    } else if (string_equal(error, "slow_down")) {
        reply->outcome = IDENTITY_SLOW_DOWN;
    } else if (string_equal(error, "authorization_declined") || string_equal(error, "access_denied")) {
        reply_say(reply, IDENTITY_DECLINED, NULL, "The sign-in was declined on the page.");
    } else if (string_equal(error, "expired_token")) {
        reply_say(reply, IDENTITY_EXPIRED_CODE, NULL,
                  "The code has expired: begin the sign-in again for a new one.");
    } else if (string_equal(error, "bad_verification_code") || string_equal(error, "invalid_grant")) {
        reply_say(
            reply, IDENTITY_BAD_CODE, root,
            "The code is not known any more, or was used already: begin the sign-in again for a new one.");
    } else {
        return false;
    }
    return true;
}

static void judge_invalid_grant(const json_t *root, const char *suberror, IdentityReply *reply)
{
    if (string_equal(suberror, "client_mismatch")) {
        reply_say(reply, IDENTITY_CLIENT_MISMATCH, root,
                  "The sign-in was made with another client id: set ClientId= back, or sign in again.");
        return;
    }
    reply->grant_lost = true;
    reply_say(reply, IDENTITY_NEEDS_SIGN_IN, root,
              "The sign-in does not hold any more (it was revoked, the password changed, or it was idle for "
              "too long): "
              "sign in again.");
}

void reply_judge_grant(IdentityKind kind, const json_t *root, IdentityReply *reply)
{
    static const char *const config[] = {"invalid_client", "unauthorized_client",    "invalid_request",
                                         "invalid_scope",  "unsupported_grant_type", NULL};
    static const char *const transient[] = {"temporarily_unavailable", "server_error", NULL};
    static const char *const consent[] = {"interaction_required", "consent_required", "login_required", NULL};
    const char *suberror = json_string_value(json_object_get(root, "suberror"));
    const char *error = reply->error;
    suberror = suberror ? suberror : "";
    if (has_code(root, CODE_LOOPS))
        reply_say(reply, IDENTITY_LOOPS, root,
                  "The identity service says that the agent asks again and again: it is left alone for a "
                  "while. If this "
                  "comes back, report it.");
    else if (one_of(error, consent) || string_equal(suberror, "consent_required") ||
             has_code(root, CODE_CONSENT))
        reply_say(reply, IDENTITY_NEEDS_SIGN_IN, root,
                  "The identity service wants the account's owner: sign in again.");
    else if (one_of(error, config) || has_code(root, CODE_NOT_PUBLIC))
        reply_say(reply, IDENTITY_CONFIG, root,
                  "The identity service does not accept the client id: correct ClientId= in section "
                  "[Identity], or its "
                  "registration (public client, personal accounts).");
    else if (one_of(error, transient))
        reply_say(reply, IDENTITY_TRANSIENT, root, "The identity service is out of order.");
    else if (kind == IDENTITY_POLL && judge_poll(root, error, reply))
        return;
    else if (kind == IDENTITY_REFRESH && string_equal(error, "invalid_grant"))
        judge_invalid_grant(root, suberror, reply);
    else
        reply_say(reply, IDENTITY_BAD_ANSWER, root,
                  "The identity service refused for a reason the agent does not know.");
}

/* ---- The token services ------------------------------------------------------------------------------------------ */

/* The word in: XSTS error="word" */
static void challenge_word(const char *header, char *word, size_t room)
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    word[0] = '\0';
    const char *at = header ? strcasestr(header, "error=") : NULL;
    if (!at)
        return;
    at += strlen("error=");
    at += *at == '"';
    size_t size = strspn(at, letters);
    if (size < room)
        snprintf(word, room, "%.*s", (int)size, at);
}

static void judge_xerr(const json_t *root, const XErr *row, uint32_t number, IdentityReply *reply)
{
    const char *page = json_string_value(json_object_get(root, "Redirect"));
    char sentence[300];
    reply->xerr = number;
    reply->xerr_class = row->class;
    if (!page || !identity_text_uri(page))
        page = row->redirect;
    if (page)
        snprintf(reply->redirect, sizeof reply->redirect, "%s", page);
    snprintf(sentence, sizeof sentence, "%s (XErr %lu)", row->sentence, (unsigned long)number);
    reply_say(reply, IDENTITY_XERR, NULL, number ? sentence : row->sentence);
}

static void judge_ticket(IdentityKind kind, unsigned status, IdentityReply *reply)
{
    if (status != 400 && status != 401 && status != 403)
        reply_say(reply, IDENTITY_BAD_ANSWER, NULL, "The identity service refused without telling why.");
    else if (kind == IDENTITY_TITLE && status == 403)
        reply_say(reply, IDENTITY_TITLE_REFUSED, NULL,
                  "The client id is not that of a title: title tokens are not to be had with it.");
    else if (kind == IDENTITY_USER || kind == IDENTITY_TITLE)
        reply_say(reply, IDENTITY_TICKET_REFUSED, NULL,
                  "The identity service does not accept the account's access token: sign in again.");
    else if (kind == IDENTITY_DEVICE)
        reply_say(
            reply, IDENTITY_SIGNATURE_REFUSED, NULL,
            "The identity service does not accept this device: are its type, version and the clock right?");
    else
        reply_say(reply, IDENTITY_CONFIG, NULL,
                  "The identity service does not accept the relying party or the sandbox: check section "
                  "[Identity].");
}

void reply_judge_token(IdentityKind kind, const IdentityRaw *raw, const json_t *root, IdentityReply *reply)
{
    char word[64];
    json_int_t number = 0;
    NumberFound found = reply_number(json_object_get(root, "XErr"), 0, UINT32_MAX, &number);
    challenge_word(raw->www_authenticate, word, sizeof word);
    const XErr *row = xerr_find_word(word);
    if (found == NUMBER_BAD)
        reply_say(reply, IDENTITY_BAD_ANSWER, NULL,
                  "The identity service refused with an XErr that is no number.");
    else if (found == NUMBER_FOUND && number > 0)
        judge_xerr(root, xerr_find((uint32_t)number), (uint32_t)number, reply);
    else if (strcasecmp(word, "invalid_request_signature") == 0)
        reply_say(reply, IDENTITY_SIGNATURE_REFUSED, NULL,
                  "The identity service does not accept the signature of this device: is the clock right?");
    else if (row)
        judge_xerr(root, row, row->number, reply);
    else if (kind == IDENTITY_XSTS && raw->status == 401)
        judge_xerr(root, xerr_find(0), 0, reply);
    else
        judge_ticket(kind, raw->status, reply);
}
