/* SPDX-License-Identifier: MIT */
/* The paths of the identity services. */
#include "directory/endpoint.h"

#include <string.h>

#include "directory/code.h"
#include "directory/failure.h"
#include "directory/form.h"
#include "directory/hold.h"
#include "directory/oauth.h"
#include "directory/page.h"
#include "directory/token.h"
#include "directory/util.h"
#include "directory/xsts.h"
#include "directory/xtoken.h"

static const struct {
    const char *path;
    char family; /* of the errors that can be ordered */
    void (*serve)(Directory *directory, const Call *call, Reply *reply);
} endpoints[] = {
    {"/consumers/oauth2/v2.0/devicecode", 'A', oauth_code_a},
    {"/consumers/oauth2/v2.0/token", 'A', oauth_token_a},
    {"/oauth20_connect.srf", 'B', oauth_code_b},
    {"/oauth20_token.srf", 'B', oauth_token_b},
    {"/user/authenticate", 'A', xtoken_user},
    {"/device/authenticate", 'A', xtoken_device},
    {"/title/authenticate", 'A', xtoken_title},
    {"/xsts/authorize", 'A', xsts_authorize},
};

#define N_ENDPOINTS (sizeof(endpoints) / sizeof(endpoints[0]))

static size_t endpoint_find(const char *path)
{
    size_t i = 0;

    while (i < N_ENDPOINTS && strcmp(endpoints[i].path, path) != 0)
        i++;
    return i;
}

bool endpoint_is(const char *path)
{
    return page_is(path) || endpoint_find(path) < N_ENDPOINTS;
}

void endpoint_serve(Directory *directory, const Call *call, Reply *reply)
{
    size_t i = endpoint_find(call->path);
    OWN_JSON json_t *failure = NULL;

    if (i == N_ENDPOINTS) {
        page_serve(directory, call, reply);
        return;
    }
    failure = failure_take(directory, call, call->subject);
    if (failure)
        failure_reply(directory, failure, endpoints[i].family, reply);
    else if (strcmp(call->method, "POST") != 0)
        reply_status(reply, 405);
    else if (call->too_large)
        reply_status(reply, 413);
    else
        endpoints[i].serve(directory, call, reply);
    if (identity_knob(&directory->identity, KNOB_FORMAT_CLOSE))
        reply_header(reply, "Connection", "close");
}

char *endpoint_subject(const Directory *directory, const Call *call)
{
    const Identity *identity = &directory->identity;
    OWN_JSON json_t *body = NULL;
    const json_t *properties, *found;
    const char *ticket, *xuid;

    if (call->length == 0 || endpoint_find(call->path) == N_ENDPOINTS)
        return NULL;
    body = call->body[0] == '{' ? json_loadb(call->body, call->length, 0, NULL)
                                : form_parse(call->body, call->length);
    properties = json_object_get(body, "Properties");
    ticket = json_text(properties, "RpsTicket", "");
    found = token_find(identity, TOKEN_REFRESH, json_text(body, "refresh_token", NULL));
    if (!found)
        found = code_find(directory, json_text(body, "device_code", NULL));
    if (!found && strlen(ticket) > 2)
        found = token_find(identity, TOKEN_ACCESS, ticket + 2);
    if (!found)
        found = token_find(identity, TOKEN_USER,
                           json_string_value(json_array_get(json_object_get(properties, "UserTokens"), 0)));
    xuid = json_text(found, "xuid", NULL);
    return xuid ? text_copy(xuid) : NULL;
}

static void count_up(json_t *counters, const char *name, json_int_t waiting)
{
    json_t *counter = json_child(counters, name);

    json_object_set_new(counter, "requests", json_integer(json_number(counter, "requests", 0) + 1));
    if (json_number(counter, "peak", 0) <= waiting)
        json_object_set_new(counter, "peak", json_integer(waiting + 1));
}

void endpoint_count(Directory *directory, const Call *call)
{
    const Held *held = directory->hold ? directory->hold->first : NULL;
    json_int_t here = 0, same = 0;

    if (endpoint_find(call->path) == N_ENDPOINTS)
        return;
    for (; held; held = held->next) {
        if (!held->connection)
            continue;
        here += strcmp(held->call.path, call->path) == 0;
        same += call->subject && held->call.subject && strcmp(held->call.subject, call->subject) == 0;
    }
    count_up(directory->identity.endpoints, call->path, here);
    if (call->subject)
        count_up(directory->identity.accounts, call->subject, same);
}
