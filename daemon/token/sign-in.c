/* SPDX-License-Identifier: MIT */
/* One sign-in: a code for the user, polls until they have agreed, the chain, and a key to keep it all with. */
#include "token/sign-in-private.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <systemd/sd-event.h>
#include <systemd/sd-id128.h>

#define LINGER_USEC (10 * USEC_PER_MINUTE)
/* A code longer than this is not waited for, whatever the service says. */
#define CODE_MAX_SEC 1800

static const char *const state_names[] = {"starting", "waiting", "checking", "done",
                                          "declined", "expired", "failed",   "cancelled"};

static void sign_in_poll(SignIn *sign_in);

SignIn *sign_in_free(SignIn *sign_in)
{
    if (!sign_in)
        return NULL;
    if (sign_in->call)
        identity_call_cancel(sign_in->call, true);
    sd_event_source_disable_unref(sign_in->timer);
    account_free(sign_in->account);
    secret_free(sign_in->device_code);
    secret_free(sign_in->cookie);
    free(sign_in->xuid);
    free(sign_in->client_id);
    free(sign_in);
    return NULL;
}

bool sign_in_open(const SignIn *sign_in)
{
    return sign_in && sign_in->state <= SIGN_IN_CHECKING;
}

void sign_in_tell(const SignIn *sign_in, TokenChange change)
{
    sign_in->tokens->hooks->sign_in_changed(sign_in->id, change, sign_in->tokens->userdata);
}

static int on_linger(sd_event_source *source MPS_UNUSED, uint64_t usec MPS_UNUSED, void *userdata)
{
    SignIn *sign_in = userdata;
    Tokens *tokens = sign_in->tokens;
    sign_in_tell(sign_in, TOKEN_REMOVED);
    tokens->sign_in = sign_in_free(sign_in);
    return 0;
}

static int on_poll(sd_event_source *source MPS_UNUSED, uint64_t usec MPS_UNUSED, void *userdata)
{
    sign_in_poll(userdata);
    return 0;
}

static void sign_in_timer(SignIn *sign_in, uint64_t when, sd_event_time_handler_t handler)
{
    sd_event_source_disable_unref(TAKE(sign_in->timer));
    int r = sd_event_add_time(sign_in->tokens->options.event, &sign_in->timer, CLOCK_BOOTTIME, when,
                              100 * USEC_PER_MSEC, handler, sign_in);
    if (r < 0)
        log_warning("a sign-in has no timer: %s", strerror(-r));
}

void sign_in_end(SignIn *sign_in, SignInState state, const char *error, const char *message)
{
    if (!sign_in_open(sign_in))
        return;
    sign_in->state = state;
    snprintf(sign_in->error, sizeof sign_in->error, "%s", error);
    snprintf(sign_in->message, sizeof sign_in->message, "%s", message);
    if (sign_in->call)
        identity_call_cancel(TAKE(sign_in->call), true);
    sign_in->device_code = secret_free(sign_in->device_code);
    sign_in->cookie = secret_free(sign_in->cookie);
    sign_in->account = account_free(sign_in->account);
    sign_in_timer(sign_in, clock_boot_usec() + LINGER_USEC, on_linger);
    sign_in_tell(sign_in, TOKEN_CHANGED);
}

/* ---- Requests ---------------------------------------------------------------------------------------------------------- */

static void on_code(IdentityReply *reply, const char *error, void *userdata);
static void on_polled(IdentityReply *reply, const char *error, void *userdata);

static int sign_in_send(SignIn *sign_in, IdentityKind kind)
{
    Tokens *tokens = sign_in->tokens;
    IdentityConfig config = identity_config(tokens, sign_in->client_id);
    IdentityInput input = {.device_code = sign_in->device_code, .cookie = sign_in->cookie};
    return identity_call(tokens, &config, kind, &input, kind == IDENTITY_POLL ? on_polled : on_code, sign_in,
                         &sign_in->call);
}

static void sign_in_poll(SignIn *sign_in)
{
    if (clock_boot_usec() >= sign_in->expires_boot) {
        sign_in_end(sign_in, SIGN_IN_EXPIRED, "code-expired",
                    "The code has expired before it was typed in. Sign in again for a new one.");
        return;
    }
    int r = sign_in_send(sign_in, IDENTITY_POLL);
    if (r < 0)
        sign_in_end(sign_in, SIGN_IN_FAILED, "failed", strerror(-r));
}

static void poll_later(SignIn *sign_in, uint64_t told_usec)
{
    uint64_t delay = sign_in->poll.interval_usec;
    if (told_usec > delay)
        delay = told_usec;
    uint64_t when = clock_boot_usec() + delay;
    sign_in_timer(sign_in, when < sign_in->expires_boot ? when : sign_in->expires_boot, on_poll);
}

/* ---- The code ---------------------------------------------------------------------------------------------------------- */

static int copy_text(const char *text, char **copy)
{
    *copy = text ? strdup(text) : NULL;
    return text && !*copy ? -ENOMEM : 0;
}

static void got_code(SignIn *sign_in, IdentityReply *reply)
{
    uint32_t lives = reply->expires_sec < CODE_MAX_SEC ? reply->expires_sec : CODE_MAX_SEC;
    memcpy(sign_in->user_code, reply->user_code, sizeof sign_in->user_code);
    memcpy(sign_in->verification_uri, reply->verification_uri, sizeof sign_in->verification_uri);
    memcpy(sign_in->verification_uri_complete, reply->verification_uri_complete,
           sizeof sign_in->verification_uri_complete);
    sign_in->device_code = TAKE(reply->device_code);
    sign_in->cookie = TAKE(reply->cookie);
    sign_in->expires_boot = clock_boot_usec() + lives * USEC_PER_SEC;
    sign_in->expires_wall = clock_wall_usec() + lives * USEC_PER_SEC;
    pace_poll_begin(&sign_in->poll, reply->interval_sec * USEC_PER_SEC);
    sign_in->state = SIGN_IN_WAITING;
    sign_in_tell(sign_in, TOKEN_CHANGED);
    poll_later(sign_in, 0);
}

/* ---- Answers ------------------------------------------------------------------------------------------------------------- */

static void got_consent(SignIn *sign_in, IdentityReply *reply)
{
    sign_in->state = SIGN_IN_CHECKING;
    sign_in->device_code = secret_free(sign_in->device_code);
    int r = sign_in_account(sign_in, reply);
    if (r < 0) {
        sign_in_end(sign_in, SIGN_IN_FAILED, "failed", strerror(-r));
        return;
    }
    sign_in_tell(sign_in, TOKEN_CHANGED);
    sign_in_want_secrets(sign_in);
    chain_need(sign_in->account->tickets);
}

static void on_polled(IdentityReply *reply, const char *error MPS_UNUSED, void *userdata)
{
    SignIn *sign_in = userdata;
    sign_in->call = NULL;
    if (!reply) {
        pace_poll_lost(&sign_in->poll);
        poll_later(sign_in, 0);
        return;
    }
    switch (reply->outcome) {
    case IDENTITY_OK:
        got_consent(sign_in, reply);
        break;
    case IDENTITY_PENDING:
        poll_later(sign_in, 0);
        break;
    case IDENTITY_SLOW_DOWN:
        pace_poll_slow_down(&sign_in->poll);
        poll_later(sign_in, 0);
        break;
    case IDENTITY_TRANSIENT:
        poll_later(sign_in, reply->has_retry_after ? reply->retry_after_usec : 0);
        break;
    case IDENTITY_DECLINED:
        sign_in_end(sign_in, SIGN_IN_DECLINED, "declined", "The sign-in was declined on the page.");
        break;
    case IDENTITY_EXPIRED_CODE:
        sign_in_end(sign_in, SIGN_IN_EXPIRED, "code-expired",
                    "The code has expired before it was typed in. Sign in again for a new one.");
        break;
    default:
        sign_in_end(sign_in, SIGN_IN_FAILED, "failed", reply->message);
    }
}

static void on_code(IdentityReply *reply, const char *error, void *userdata)
{
    SignIn *sign_in = userdata;
    char message[REASON_MAX];
    sign_in->call = NULL;
    if (reply && reply->outcome == IDENTITY_OK) {
        got_code(sign_in, reply);
    } else if (reply) {
        sign_in_end(sign_in, SIGN_IN_FAILED, reply->outcome == IDENTITY_CONFIG ? "config-error" : "failed",
                    reply->message);
    } else {
        snprintf(message, sizeof message, "The identity service cannot be reached: %.300s.", error);
        sign_in_end(sign_in, SIGN_IN_FAILED, "offline", message);
    }
}

/* ---- For the bus --------------------------------------------------------------------------------------------------------- */

int token_sign_in(Tokens *tokens, uint32_t title_id, const char *xuid, bool remember, char id[37],
                  char *message, size_t size)
{
    TokenChoice choice = settings_choice(tokens->options.settings, title_id);
    if (sign_in_open(tokens->sign_in))
        return TOKEN_E_BUSY;
    if (!choice.client_id) {
        snprintf(
            message, size,
            "no client to sign in as: set ClientId= in [Identity]%s of agent.conf; agent.conf(5) says which",
            title_id ? ", or in the title's own section," : "");
        return TOKEN_E_NOT_CONFIGURED;
    }
    if (settings_problem(&choice)) {
        snprintf(message, size, "%s", settings_problem(&choice));
        return TOKEN_E_NOT_CONFIGURED;
    }
    if (!tokens->options.settings->url && !settings_is_vendor(tokens->options.directory_url)) {
        snprintf(message, size,
                 "the directory is not the vendor's, and would be given the vendor's tokens: set Url= in "
                 "[Identity] of "
                 "agent.conf to the identity service that goes with it");
        return TOKEN_E_NOT_CONFIGURED;
    }
    if (tokens->sign_in) {
        sign_in_tell(tokens->sign_in, TOKEN_REMOVED);
        tokens->sign_in = sign_in_free(tokens->sign_in);
    }
    SignIn *sign_in = calloc(1, sizeof *sign_in);
    if (!sign_in)
        return -ENOMEM;
    sd_id128_t random;
    sign_in->tokens = tokens;
    sign_in->title_id = title_id;
    sign_in->remember = remember;
    int r = sd_id128_randomize(&random);
    if (r == 0)
        snprintf(sign_in->id, sizeof sign_in->id, SD_ID128_UUID_FORMAT_STR, SD_ID128_FORMAT_VAL(random));
    if (r == 0)
        r = copy_text(xuid, &sign_in->xuid);
    if (r == 0)
        r = copy_text(choice.client_id, &sign_in->client_id);
    if (r == 0)
        r = sign_in_send(sign_in, IDENTITY_DEVICE_CODE);
    if (r < 0) {
        sign_in_free(sign_in);
        return r;
    }
    tokens->sign_in = sign_in;
    memcpy(id, sign_in->id, sizeof sign_in->id);
    sign_in_tell(sign_in, TOKEN_ADDED);
    return 0;
}

bool token_sign_in_at(const Tokens *tokens, size_t index, TokenSignIn *out)
{
    const SignIn *sign_in = tokens->sign_in;
    if (!sign_in || index > 0)
        return false;
    *out = (TokenSignIn){
        .id = sign_in->id,
        .state = state_names[sign_in->state],
        .user_code = sign_in->user_code,
        .verification_uri = sign_in->verification_uri,
        .verification_uri_complete = sign_in->verification_uri_complete,
        .error = sign_in->error,
        .message = sign_in->message,
        .account_id = sign_in->account_id,
        .expires_wall_usec = sign_in->expires_wall,
    };
    return true;
}

int token_sign_in_cancel(Tokens *tokens, const char *id)
{
    SignIn *sign_in = tokens->sign_in;
    if (!sign_in || !string_equal(sign_in->id, id))
        return -ENOENT;
    if (!sign_in_open(sign_in) || sign_in->keeping)
        return -EALREADY;
    sign_in_end(sign_in, SIGN_IN_CANCELLED, "cancelled", "The sign-in was cancelled.");
    return 0;
}
