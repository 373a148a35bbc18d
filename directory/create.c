/* SPDX-License-Identifier: MIT */
/* POST /handles: activity, invite, transfer, search. */
#include "directory/create.h"

#include <stdio.h>
#include <string.h>

#include "directory/handle.h"
#include "directory/schema.h"
#include "directory/search.h"
#include "directory/session.h"
#include "directory/util.h"

#define CONTEXT_MAX 256

/* A POST on its way. */
typedef struct Creation {
    Directory *directory;
    const Principal *who;
    const json_t *body;
    SessionReference reference;
    const json_t *session; /* NULL when it does not exist */
    const json_t *member;  /* the caller in it */
    json_t *handle;
} Creation;

static void set_invite_protocol(const Creation *creation)
{
    const json_t *protocol = creation->session ? session_constant(creation->session, "inviteProtocol") : NULL;

    json_object_set_new(creation->handle, "inviteProtocol",
                        json_string(json_is_string(protocol) ? json_string_value(protocol) : "game"));
}

static int create_activity(Creation *creation, Refusal *refusal)
{
    if (!creation->member || member_status(creation->member) != MEMBER_ACTIVE)
        return refuse(refusal, 403, "An activity needs the caller to be an active member of the session.");
    json_object_set_new(creation->handle, "ownerXuid", json_string(creation->who->xuid));
    json_object_set_new(creation->handle, "titleId", json_string(creation->who->title_id));
    json_object_set_new(creation->handle, "gameTypes", json_object());
    set_invite_protocol(creation);
    return 0;
}

static bool may_invite(const Creation *creation)
{
    const json_t *policies;

    if (!creation->session)
        return true;
    if (!creation->member)
        return false;
    policies = session_constant(creation->session, "ownershipPolicies");
    return !session_capability(creation->session, "hasOwners") ||
           session_owns(creation->session, creation->member) ||
           json_is_true(json_object_get(policies, "allowNonOwnerInviteHandles"));
}

/* {titleId?, contextString?, context?}. */
static int check_invite_attributes(const json_t *attributes, Refusal *refusal)
{
    OWN_TEXT char *title = json_xuid(json_object_get(attributes, "titleId"));
    const char *name;
    json_t *value;

    if (schema_check_shape(attributes, "inviteAttributes", "titleId,contextString,context", refusal) != 0)
        return REFUSED;
    if (json_object_get(attributes, "titleId") && !title)
        return refuse(refusal, 400, "titleId must be a decimal number.");
    json_object_foreach((json_t *)(uintptr_t)attributes, name, value)
    {
        if (strcmp(name, "titleId") != 0 && !json_is_string(value))
            return refuse(refusal, 400, "%s must be a string.", name);
    }
    if (strlen(json_text(attributes, "context", "")) > CONTEXT_MAX)
        return refuse(refusal, 400, "The context is longer than %d characters.", CONTEXT_MAX);
    return 0;
}

static int create_invite(Creation *creation, Refusal *refusal)
{
    const json_t *attributes = json_object_get(creation->body, "inviteAttributes");
    OWN_TEXT char *invited = json_xuid(json_object_get(creation->body, "invitedXuid"));
    json_int_t now = json_number(creation->handle, "createTime", 0);

    if (!invited)
        return refuse(refusal, 400, "An invitation needs invitedXuid.");
    if (attributes && check_invite_attributes(attributes, refusal) != 0)
        return REFUSED;
    if (!may_invite(creation))
        return refuse(refusal, 403, "Only a member may invite, and an owner where there are owners.");
    json_object_set_new(creation->handle, "invitedXuid", json_string(invited));
    json_object_set_new(creation->handle, "senderXuid", json_string(creation->who->xuid));
    if (attributes)
        json_object_set_new(creation->handle, "inviteAttributes", json_deep_copy(attributes));
    json_object_set_new(creation->handle, "gameTypes", json_object());
    json_object_set_new(creation->handle, "expiration", json_integer(now + INVITE_LIFETIME_US));
    set_invite_protocol(creation);
    return 0;
}

static int create_transfer(Creation *creation, Refusal *refusal)
{
    SessionReference origin;
    OWN_TEXT char *key = NULL;
    const json_t *session;

    if (session_reference_parse(json_object_get(creation->body, "originSessionRef"), false, &origin) < 0)
        return refuse(refusal, 400, "A transfer needs originSessionRef.");
    key = session_key(&origin);
    session = directory_session(creation->directory, key);
    if (!session || !session_member(session, creation->who->xuid))
        return refuse(refusal, 403, "A transfer needs the caller to be a member of its origin session.");
    json_object_set_new(creation->handle, "ownerXuid", json_string(creation->who->xuid));
    json_object_set_new(creation->handle, "originSessionRef", session_reference_json(&origin));
    json_object_set_new(creation->handle, "originKey", json_string(key));
    return 0;
}

static int create_search(Creation *creation, Refusal *refusal)
{
    json_t *attributes;

    if (!search_may_manage(creation->session, creation->who->xuid))
        return refuse(refusal, 403,
                      "A search handle is made by a member, by an owner where there are owners.");
    if (!session_capability(creation->session, "searchable"))
        return refuse(refusal, 400, "The session lacks the capability searchable.");
    if (search_attributes_read(json_object_get(creation->body, "searchAttributes"), &attributes, refusal) !=
        0)
        return REFUSED;
    json_object_set_new(creation->handle, "ownerXuid", json_string(creation->who->xuid));
    json_object_set_new(creation->handle, "titleId", json_string(creation->who->title_id));
    json_object_set_new(creation->handle, "searchAttributes", attributes);
    return 0;
}

static int create_kind(Creation *creation, Refusal *refusal)
{
    static const struct {
        const char *type;
        int (*create)(Creation *creation, Refusal *refusal);
    } kinds[] = {
        {"activity", create_activity},
        {"invite", create_invite},
        {"transfer", create_transfer},
        {"search", create_search},
    };
    const char *type = json_text(creation->body, "type", "");

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(kinds[i].type, type) == 0)
            return kinds[i].create(creation, refusal);
    return refuse(refusal, 400, "The type of a handle is activity, invite, transfer or search.");
}

static void reply_created(Directory *directory, json_t *handle, Reply *reply)
{
    OWN_JSON json_t *shown = handle_render(handle);

    if (handle_store(directory, handle) < 0)
        reply_text(reply, 503, "The directory holds as many handles as it can.");
    else
        reply_json(reply, 201, shown);
}

void create_handle(Directory *directory, const Principal *who, const json_t *body, Reply *reply)
{
    Creation creation = {.directory = directory, .who = who, .body = body};
    char made_name[GUID_SIZE];
    OWN_TEXT char *key = NULL;
    Refusal refusal;

    if (json_number(body, "version", 0) != 1) {
        reply_text(reply, 400, "The version of a handle is 1.");
        return;
    }
    if (session_reference_parse(json_object_get(body, "sessionRef"), true, &creation.reference) < 0) {
        reply_text(reply, 400, "sessionRef needs scid (a GUID), templateName and name.");
        return;
    }
    guid_make(made_name, false);
    if (!creation.reference.name)
        creation.reference.name = made_name;
    if (!directory_template(directory, creation.reference.scid, creation.reference.template_name)) {
        reply_text(reply, 404, "The service configuration or the template does not exist.");
        return;
    }
    key = session_key(&creation.reference);
    creation.session = directory_session(directory, key);
    if (creation.session)
        creation.member = session_member(creation.session, who->xuid);
    creation.handle =
        handle_new(json_text(body, "type", ""), NULL, &creation.reference, clock_now(&directory->clock));
    if (create_kind(&creation, &refusal) != 0) {
        json_decref(creation.handle);
        reply_text(reply, refusal.status, refusal.text);
        return;
    }
    if (strcmp(json_text(body, "type", ""), "search") == 0)
        search_adopt(directory, key, json_text(creation.handle, "id", ""));
    reply_created(directory, creation.handle, reply);
}

void create_handle_directly(Directory *directory, const json_t *body, Reply *reply)
{
    static const char *const types = "activity,invite,transfer,search";
    static const char *const copied[] = {"ownerXuid", "invitedXuid", "senderXuid"};
    const char *type = json_text(body, "type", "activity");
    const char *id = json_text(body, "id", NULL);
    json_int_t lifetime = json_number(body, "lifetime", 0);
    SessionReference reference;
    json_t *handle;
    char title[24];

    if (!text_list_has(types, type) || (id && (!guid_valid(id) || guid_nil(id))) || lifetime < 0 ||
        lifetime > CLOCK_OFFSET_MAX_US / SECOND_US ||
        session_reference_parse(json_object_get(body, "sessionRef"), false, &reference) < 0) {
        reply_text(reply, 400,
                   "A handle is {type, id?, sessionRef, ownerXuid?, titleId?, invitedXuid?, lifetime?}.");
        return;
    }
    handle = handle_new(type, id, &reference, clock_now(&directory->clock));
    for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
        if (json_text(body, copied[i], NULL))
            json_object_set_new(handle, copied[i], json_string(json_text(body, copied[i], "")));
    snprintf(title, sizeof(title), "%lu",
             (unsigned long)json_number(body, "titleId", directory->options->title_id));
    json_object_set_new(handle, "titleId", json_string(title));
    json_object_set_new(handle, "inviteProtocol", json_string("game"));
    if (lifetime > 0)
        json_object_set_new(handle, "expiration",
                            json_integer(clock_now(&directory->clock) + lifetime * SECOND_US));
    reply_created(directory, handle, reply);
}
