/* SPDX-License-Identifier: MIT */
/* What a request says: contract version, who asks, on which condition. */
#include "mpsd/mpsd-request.h"

#include "ipc/validate.h"

#include <jansson.h>
#include <stdio.h>

static int headers_add(MpsdHeaders *headers, const char *name, const char *value)
{
    assert(headers->count < MPSD_HEADERS_MAX);
    size_t size = strlen(name) + strlen(value) + sizeof ": ";
    char *line = malloc(size);
    if (!line)
        return -ENOMEM;
    /* Not asprintf(): it leaves what it has moved from in memory that is free, and one of them is a token. */
    snprintf(line, size, "%s: %s", name, value);
    headers->lines[headers->count++] = line;
    return 0;
}

int mpsd_request_header(MpsdHeaders *headers, const char *name, const char *value)
{
    return headers_add(headers, name, value);
}

static int headers_add_precondition(MpsdHeaders *headers, const MpsdRequest *request)
{
    switch (request->precondition) {
    case MPSD_UNCONDITIONAL:
        return 0;
    case MPSD_IF_NONE_MATCH_ANY:
        return headers_add(headers, "If-None-Match", "*");
    case MPSD_IF_MATCH_ANY:
        return headers_add(headers, "If-Match", "*");
    case MPSD_IF_MATCH:
        /* As it came: whether it has quotes is the service's affair. */
        if (!mps_validate_etag(request->etag))
            return -EINVAL;
        return headers_add(headers, "If-Match", request->etag);
    }
    return -EINVAL;
}

int mpsd_request_headers(const MpsdRequest *request, const char *authorization, const char *agent_version,
                         MpsdHeaders *headers)
{
    MpsdHeaders made = {0};
    char agent[80];
    snprintf(agent, sizeof agent, "mpsessiond/%.40s", agent_version);
    int r = headers_add(&made, "x-xbl-contract-version", "107");
    if (r == 0)
        r = headers_add(&made, "Authorization", authorization);
    if (r == 0)
        r = headers_add(&made, "Accept-Language", "en-US");
    if (r == 0)
        r = headers_add(&made, "User-Agent", agent);
    if (r == 0 && request->verb != MPSD_READ)
        r = headers_add(&made, "Content-Type", "application/json; charset=utf-8");
    if (r == 0)
        r = headers_add_precondition(&made, request);
    if (r < 0) {
        mpsd_request_headers_free(&made);
        return r;
    }
    *headers = made;
    return 0;
}

void mpsd_request_headers_free(MpsdHeaders *headers)
{
    for (size_t i = 0; i < headers->count; i++) {
        explicit_bzero(headers->lines[i], strlen(headers->lines[i]));
        free(headers->lines[i]);
    }
    headers->count = 0;
}

static int body_dump(json_t *root, char **body)
{
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    if (!text)
        return -ENOMEM;
    *body = text;
    return 0;
}

int mpsd_request_body(const MpsdRequest *request, char **body)
{
    if (!mps_validate_uuid(request->scid))
        return -EINVAL;
    if (request->verb == MPSD_SET_ACTIVITY) {
        if (!mps_validate_name(request->template_name) || !mps_validate_name(request->name))
            return -EINVAL;
        return body_dump(json_pack("{s:s, s:i, s:{s:s, s:s, s:s}}", "type", "activity", "version", 1,
                                   "sessionRef", "scid", request->scid, "templateName",
                                   request->template_name, "name", request->name),
                         body);
    }
    if (request->verb != MPSD_GET_ACTIVITIES || request->xuids_count == 0)
        return -EINVAL;
    json_t *xuids = json_array();
    for (size_t i = 0; i < request->xuids_count; i++) {
        if (!mps_validate_xuid(request->xuids[i])) {
            json_decref(xuids);
            return -EINVAL;
        }
        if (json_array_append_new(xuids, json_string(request->xuids[i])) < 0) {
            json_decref(xuids);
            return -ENOMEM;
        }
    }
    return body_dump(
        json_pack("{s:s, s:s, s:{s:o}}", "type", "activity", "scid", request->scid, "owners", "xuids", xuids),
        body);
}
