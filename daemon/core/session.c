/* SPDX-License-Identifier: MIT */
/* Versions of sessions, as their documents told them. In memory alone: after a restart a request brings its own base. */
#include "core/internal.h"

static Session *session_find(Core *core, const char *key)
{
    MapNode *node = map_find(&core->sessions, key);
    return node ? container_of(node, Session, node) : NULL;
}

const Version *session_version(Core *core, const char *key)
{
    const Session *session = session_find(core, key);
    return session ? session->version : NULL;
}

void session_free(Core *core, Session *session)
{
    map_remove(&core->sessions, &session->node);
    TAILQ_REMOVE(&core->session_list, session, in_order);
    free(session->version);
    free(session);
}

/* Without memory it is not remembered: a doubt is then resolved with less. */
static Session *session_new(Core *core, const char *key)
{
    size_t size = strlen(key) + 1;
    Session *made = calloc(1, sizeof *made + size);
    if (!made)
        return NULL;
    memcpy(made->key, key, size);
    if (map_add(&core->sessions, &made->node, made->key) < 0) {
        free(made);
        return NULL;
    }
    TAILQ_INSERT_TAIL(&core->session_list, made, in_order);
    if (core->sessions.count > SESSIONS_MAX)
        session_free(core, TAILQ_FIRST(&core->session_list));
    return made;
}

void session_note(Core *core, const char *key, const CoreAttempt *attempt)
{
    if (!attempt->document)
        return;
    Version *version = version_new(attempt->branch, attempt->change_number, attempt->etag);
    if (!version)
        return;
    Session *session = session_find(core, key);
    if (!session)
        session = session_new(core, key);
    if (!session || version_older(version, session->version)) {
        free(version);
        return;
    }
    free(session->version);
    session->version = version;
    TAILQ_REMOVE(&core->session_list, session, in_order);
    TAILQ_INSERT_TAIL(&core->session_list, session, in_order);
}
