/* SPDX-License-Identifier: MIT */
/* The errors of the sign-in. */
#include "directory/oauth-error.h"

#include <string.h>

#include "directory/answer.h"
#include "directory/util.h"

/* @number: of the AADSTS code, which family A adds; 0: none. @traced: with what Entra adds for its support. */
static const struct {
    const char *name, *error, *text, *suberror;
    unsigned number, status;
    bool traced;
} errors[] = {
    {"unauthorized_client", "unauthorized_client", "no such client is known here.", NULL, 700016, 400, true},
    {"authorization_pending", "authorization_pending", "the user has not answered yet.", NULL, 70016, 400,
     true},
    {"slow_down", "slow_down", "this poll came too early.", NULL, 0, 400, false},
    {"authorization_declined", "authorization_declined", "the user declined.", NULL, 70000, 400, false},
    {"access_denied", "access_denied", "the user declined.", NULL, 0, 400, false},
    {"expired_token", "expired_token", "the device code is too old.", NULL, 70020, 400, false},
    {"bad_verification_code", "bad_verification_code", "this device_code is not known.", NULL, 0, 400, false},
    {"invalid_grant", "invalid_grant", "the grant was revoked.", "bad_token", 70000, 400, true},
    {"idle", "invalid_grant", "the grant was not used for 90 days.", NULL, 700082, 400, false},
    {"used", "invalid_grant", "the device code was used before.", NULL, 54005, 400, true},
    {"client_mismatch", "invalid_grant", "the grant belongs to another client.", "client_mismatch", 70000,
     400, true},
    {"looping", "invalid_grant", "the client asks over and over.", NULL, 50196, 400, true},
    {"interaction_required", "interaction_required", "the user has to consent.", "consent_required", 65001,
     400, false},
    {"invalid_client", "invalid_client", "the client is not a public one.", NULL, 7000218, 400, false},
    {"invalid_request", "invalid_request", "a parameter is missing.", NULL, 900144, 400, true},
    {"invalid_scope", "invalid_scope", "the scope is not one for this client.", NULL, 70011, 400, true},
    {"unsupported_grant_type", "unsupported_grant_type", "this grant is not supported.", NULL, 70003, 400,
     true},
    {"temporarily_unavailable", "temporarily_unavailable", "the service is down.", NULL, 90033, 503, false},
};

#define N_ERRORS (sizeof(errors) / sizeof(errors[0]))

static size_t error_find(const char *name)
{
    size_t i = 0;

    while (i < N_ERRORS && strcmp(errors[i].name, name) != 0)
        i++;
    return i;
}

bool oauth_error_known(const char *name)
{
    return error_find(name) < N_ERRORS;
}

const char *oauth_error_names(void)
{
    return "unauthorized_client, authorization_pending, slow_down, authorization_declined, access_denied, "
           "expired_token, bad_verification_code, invalid_grant, idle, used, client_mismatch, looping, "
           "interaction_required, invalid_client, invalid_request, invalid_scope, unsupported_grant_type, "
           "temporarily_unavailable";
}

/* What Entra adds to @body, whose description so far is @text. */
static void error_trace(const Directory *directory, unsigned number, const char *text, json_t *body)
{
    char trace[GUID_SIZE], correlation[GUID_SIZE], now[CLOCK_ISO_SIZE];

    guid_make(trace, false);
    guid_make(correlation, false);
    clock_format_iso(answer_now(directory), now);
    now[10] = ' ';
    memcpy(now + 19, "Z", sizeof("Z"));
    json_object_set_new(body, "error_description",
                        json_sprintf("AADSTS%u: emulator: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
                                     number, text, trace, correlation, now));
    json_object_set_new(body, "error_codes", json_pack("[i]", (int)number));
    json_object_set_new(body, "timestamp", json_string(now));
    json_object_set_new(body, "trace_id", json_string(trace));
    json_object_set_new(body, "correlation_id", json_string(correlation));
    json_object_set_new(body, "error_uri",
                        json_sprintf("https://login.microsoftonline.com/error?code=%u", number));
}

void oauth_error(const Directory *directory, const char *name, char family, Reply *reply)
{
    size_t i = error_find(name);
    json_t *body = json_pack("{s:s}", "error", errors[i].error);
    bool entra = family == 'A';
    char correlation[GUID_SIZE];

    if (entra && errors[i].traced) {
        error_trace(directory, errors[i].number, errors[i].text, body);
    } else {
        guid_make(correlation, false);
        if (entra && errors[i].number) {
            json_object_set_new(body, "error_description",
                                json_sprintf("AADSTS%u: emulator: %s", errors[i].number, errors[i].text));
            json_object_set_new(body, "error_codes", json_pack("[i]", (int)errors[i].number));
        } else {
            json_object_set_new(body, "error_description", json_sprintf("emulator: %s", errors[i].text));
        }
        json_object_set_new(body, "correlation_id", json_string(correlation));
    }
    if (entra && errors[i].suberror)
        json_object_set_new(body, "suberror", json_string(errors[i].suberror));
    answer_json(directory, errors[i].status, entra ? JSON_TYPE_UTF8 : JSON_TYPE, body, reply);
}
