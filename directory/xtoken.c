/* SPDX-License-Identifier: MIT */
/* The tokens on the way to XSTS: of the user, of the device, of the title. */
#include "directory/xtoken.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "directory/answer.h"
#include "directory/token-request.h"
#include "directory/token.h"
#include "directory/util.h"
#include "directory/xerr.h"

#define PARTY "http://auth.xboxlive.com"
#define HOME_PARTY "http://xboxlive.com"
#define DEVICE_ID_SIZE 17

/* An access token as a ticket. Returns 0, or the status of the refusal. */
static unsigned ticket_find(const Directory *directory, const json_t *properties, const json_t **out)
{
    const Identity *identity = &directory->identity;
    const char *ticket = json_text(properties, "RpsTicket", "");
    const json_t *access;
    char family;

    if (strcmp(json_text(properties, "AuthMethod", ""), "RPS") != 0 ||
        strcmp(json_text(properties, "SiteName", ""), "user.auth.xboxlive.com") != 0)
        return 400;
    if (strncmp(ticket, "d=", 2) == 0)
        family = 'A';
    else if (strncmp(ticket, "t=", 2) == 0)
        family = 'B';
    else
        return 400;
    access = token_find(identity, TOKEN_ACCESS, ticket + 2);
    if (access && json_text(access, "family", "")[0] != family)
        return 400;
    if (!access || !token_live(access, answer_now(directory)))
        return 401;
    if (json_array_has_text(identity->unknown_clients, json_text(access, "client", "")))
        return 403;
    *out = access;
    return 0;
}

/* Whether a bound request is signed as it must be; otherwise it is answered. */
static bool signed_or_refused(const Directory *directory, const Call *call, const char *binding, Reply *reply)
{
    if (token_request_signed(directory, call, binding))
        return true;
    reply_status(reply, call->signature ? 403 : 400);
    return false;
}

/* Returns 0; REFUSED when the request is malformed or not signed, having answered. @bound: it needs a ProofKey. */
static int request_begin(const Directory *directory, const Call *call, bool bound, TokenRequest *out,
                         Reply *reply)
{
    TokenRequest request;

    if (token_request_open(call, &request, reply) != 0)
        return REFUSED;
    if (strcmp(request.party, PARTY) != 0 || (bound && !request.binding))
        reply_status(reply, 400);
    else if (!request.binding || signed_or_refused(directory, call, request.binding, reply)) {
        *out = request;
        return 0;
    }
    token_request_close(&request);
    return REFUSED;
}

static void add_binding(json_t *claims, const char *binding)
{
    if (binding)
        json_object_set_new(claims, "binding", json_string(binding));
}

void xtoken_user(Directory *directory, const Call *call, Reply *reply)
{
    Identity *identity = &directory->identity;
    const json_t *access = NULL, *token;
    TokenRequest request;
    unsigned status;
    const char *xuid;

    xerr_headers(reply);
    if (request_begin(directory, call, false, &request, reply) != 0)
        return;
    status = ticket_find(directory, request.properties, &access);
    if (status) {
        reply_status(reply, status);
    } else {
        OWN_TEXT char *hash = NULL;
        json_t *claims;

        xuid = json_text(access, "xuid", "");
        hash = token_request_hash(directory, xuid, HOME_PARTY, request.binding);
        claims = json_pack("{s:s}", "xuid", xuid);
        add_binding(claims, request.binding);
        token = token_issue(identity, TOKEN_USER, json_text(claims, "xuid", ""), claims,
                            answer_now(directory), identity_knob(identity, KNOB_LIFE_USER));
        directory->dirty = true;
        answer_json(directory, 200, JSON_TYPE_UTF8,
                    token_request_answer(directory, token, json_pack("{s:[{s:s}]}", "xui", "uhs", hash)),
                    reply);
    }
    token_request_close(&request);
}

/* Each type of device has its spelling of the id. */
static bool device_id_fits(const char *type, const char *id)
{
    size_t length = strlen(id);
    bool upper = strcmp(type, "Win32") == 0 || strcmp(type, "iOS") == 0;
    bool lower = strcmp(type, "Android") == 0 || strcmp(type, "Nintendo") == 0;
    bool braced = lower || strcmp(type, "Win32") == 0;
    OWN_TEXT char *bare = text_copy(id);

    for (const char *p = id; *p; p++)
        if ((upper && islower((unsigned char)*p)) || (lower && isupper((unsigned char)*p)))
            return false;
    if (braced) {
        if (length != GUID_SIZE + 1 || id[0] != '{' || id[length - 1] != '}')
            return false;
        memcpy(bare, id + 1, GUID_SIZE - 1);
        bare[GUID_SIZE - 1] = '\0';
    }
    if (upper || lower || strcmp(type, "Playstation") == 0)
        return guid_valid(bare);
    return length > 0;
}

static bool device_fits(const json_t *properties)
{
    const char *type = json_text(properties, "DeviceType", ""), *id = json_text(properties, "Id", "");
    const char *serial = json_text(properties, "SerialNumber", NULL);
    bool with_serial = strcmp(type, "Win32") == 0 || strcmp(type, "Xbox") == 0;

    return strcmp(json_text(properties, "AuthMethod", ""), "ProofOfPossession") == 0 && *type &&
           *json_text(properties, "Version", "") && device_id_fits(type, id) &&
           (with_serial ? serial && strcmp(serial, id) == 0 : true);
}

/* The id that the service gives to the device: always the same for the same one. */
static void device_id(const char *id, char out[DEVICE_ID_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    if (EVP_Digest(id, strlen(id), digest, NULL, EVP_sha256(), NULL) != 1)
        abort();
    strcpy(out, "F9");
    for (size_t i = 0; i < 7; i++)
        snprintf(out + 2 + 2 * i, 3, "%02X", digest[i]);
}

void xtoken_device(Directory *directory, const Call *call, Reply *reply)
{
    Identity *identity = &directory->identity;
    char id[DEVICE_ID_SIZE];
    const json_t *token;
    TokenRequest request;

    xerr_headers(reply);
    if (request_begin(directory, call, true, &request, reply) != 0)
        return;
    if (!device_fits(request.properties)) {
        reply_status(reply, 400);
    } else {
        device_id(json_text(request.properties, "Id", ""), id);
        token = token_issue(identity, TOKEN_DEVICE, id,
                            json_pack("{s:s, s:s}", "device", id, "binding", request.binding),
                            answer_now(directory), identity_knob(identity, KNOB_LIFE_DEVICE));
        directory->dirty = true;
        answer_json(
            directory, 200, JSON_TYPE_UTF8,
            token_request_answer(directory, token, json_pack("{s:{s:s, s:s}}", "xdi", "did", id, "dcs", "0")),
            reply);
    }
    token_request_close(&request);
}

/* Whether the ticket is one of family A, with either prefix: that client is no title. */
static bool ticket_is_plain(const Directory *directory, const json_t *properties)
{
    const char *ticket = json_text(properties, "RpsTicket", "");
    const json_t *access =
        strlen(ticket) > 2 ? token_find(&directory->identity, TOKEN_ACCESS, ticket + 2) : NULL;

    return access && json_text(access, "family", "")[0] == 'A';
}

/* The title that a client of family B belongs to, or 0. */
static json_int_t client_title(const Directory *directory, const json_t *access)
{
    if (json_text(access, "family", "")[0] != 'B')
        return 0;
    return json_number(directory->identity.titles, json_text(access, "client", ""),
                       (json_int_t)directory->options->title_id);
}

static void title_issue(Directory *directory, const TokenRequest *request, const json_t *access,
                        const json_t *device, Reply *reply)
{
    Identity *identity = &directory->identity;
    json_int_t title = client_title(directory, access);
    OWN_TEXT char *id = text_format("%" JSON_INTEGER_FORMAT, title);
    const json_t *token;

    if (title == 0) {
        reply_status(reply, 403);
        return;
    }
    token = token_issue(identity, TOKEN_TITLE, id,
                        json_pack("{s:s, s:s, s:s, s:O}", "title", id, "xuid", json_text(access, "xuid", ""),
                                  "binding", request->binding, "device", json_object_get(device, "device")),
                        answer_now(directory), identity_knob(identity, KNOB_LIFE_TITLE));
    directory->dirty = true;
    answer_json(directory, 200, JSON_TYPE_UTF8,
                token_request_answer(directory, token, json_pack("{s:{s:s}}", "xti", "tid", id)), reply);
}

void xtoken_title(Directory *directory, const Call *call, Reply *reply)
{
    const json_t *access = NULL, *device;
    TokenRequest request;
    unsigned status;

    xerr_headers(reply);
    if (request_begin(directory, call, true, &request, reply) != 0)
        return;
    device =
        token_find(&directory->identity, TOKEN_DEVICE, json_text(request.properties, "DeviceToken", NULL));
    status = ticket_find(directory, request.properties, &access);
    if (status == 400 && ticket_is_plain(directory, request.properties))
        status = 403;
    if (!json_is_string(json_object_get(request.properties, "DeviceToken")))
        reply_status(reply, 400);
    else if (status)
        reply_status(reply, status);
    else if (!device || json_object_get(device, "ended"))
        xerr_reply(directory, XERR_DEVICE_INVALID, NULL, reply);
    else if (token_expired(device, answer_now(directory)))
        xerr_reply(directory, XERR_DEVICE_EXPIRED, NULL, reply);
    else if (strcmp(json_text(device, "binding", ""), request.binding) != 0)
        xerr_reply(directory, XERR_DEVICES_MIXED, NULL, reply);
    else
        title_issue(directory, &request, access, device, reply);
    token_request_close(&request);
}
