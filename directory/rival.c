/* SPDX-License-Identifier: MIT */
/* A rival: somebody whose write comes right after the one that a fault met. */
#include "directory/rival.h"

#include <string.h>

#include "directory/schema.h"
#include "directory/util.h"

int rival_check(const json_t *rival, Refusal *refusal)
{
    const char *xuid = json_text(rival, "xuid", "");
    const json_t *delta = json_object_get(rival, "delta");

    if (schema_check_shape(rival, "rival", "xuid,delta", refusal) != 0)
        return REFUSED;
    if (strlen(xuid) == 0 || strlen(xuid) >= XUID_SIZE)
        return refuse(refusal, 400, "A rival needs an xuid, as a string.");
    if (!json_is_object(delta))
        return refuse(refusal, 400, "A rival needs a delta: the object that it writes.");
    if (json_dumpb(delta, NULL, 0, JSON_COMPACT) > RIVAL_DELTA_MAX)
        return refuse(refusal, 400, "A rival's delta is at most %zu bytes.", RIVAL_DELTA_MAX);
    return 0;
}

unsigned rival_commit(Directory *directory, const json_t *rival, const Aim *aim, uint64_t number)
{
    OWN_TEXT char *body = json_dumps(json_object_get(rival, "delta"), JSON_COMPACT);
    Call call = {.number = number, .rival = true, .body = body, .length = strlen(body)};
    Target target = {0};
    Reply reply = {0};
    Principal who;
    unsigned status;

    if (session_reference_parse(aim->reference, false, &target.reference) < 0)
        return 0;
    target.template_json =
        directory_template(directory, target.reference.scid, target.reference.template_name);
    user_principal(directory, json_text(rival, "xuid", ""), &who);
    write_session(directory, &who, &target, &call, &reply);
    status = reply.status;
    reply_clear(&reply);
    return status;
}
