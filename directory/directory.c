/* SPDX-License-Identifier: MIT */
/* All that the directory knows. */
#include "directory/directory.h"

#include <errno.h>
#include <string.h>

#include "directory/account.h"
#include "directory/handle.h"
#include "directory/persist.h"
#include "directory/template.h"
#include "directory/timers.h"
#include "directory/util.h"

void call_clear(Call *call)
{
    free(call->method);
    free(call->path);
    free(call->target);
    free(call->include);
    free(call->after);
    free(call->authorization);
    free(call->contract_version);
    free(call->if_match);
    free(call->if_none_match);
    free(call->host);
    free(call->origin);
    free(call->content_type);
    free(call->cookie);
    free(call->signature);
    free(call->subject);
    free(call->body);
    memset(call, 0, sizeof(*call));
}

static void directory_blank(Directory *directory)
{
    directory->clock = (Clock){0};
    directory->sessions = json_object();
    directory->handles = json_object();
    directory->activities = json_object();
    directory->correlations = json_object();
    directory->previous = json_object();
    directory->users = json_object();
    directory->switches = (Switches){.body_limit = BODY_MAX, .rate_limit = directory->options->rate_limit};
    journal_open(&directory->commits, COMMITS_MAX);
    journal_open(&directory->requests, REQUESTS_MAX);
    limit_clear(&directory->limiter);
    identity_open(&directory->identity, directory->options->auto_approve);
    if (directory->options->auto_approve)
        account_ensure(directory);
    directory->dirty = false;
}

static void directory_drop(Directory *directory)
{
    json_decref(directory->sessions);
    json_decref(directory->handles);
    json_decref(directory->activities);
    json_decref(directory->correlations);
    json_decref(directory->previous);
    json_decref(directory->users);
    journal_close(&directory->commits);
    journal_close(&directory->requests);
    limit_clear(&directory->limiter);
    fault_clear(&directory->faults);
    identity_close(&directory->identity);
}

int directory_open(Directory *directory, const Options *options)
{
    int r;

    memset(directory, 0, sizeof(*directory));
    directory->options = options;
    directory_blank(directory);
    r = template_load(options->templates_file, &directory->templates);
    if (r == 0 && options->state_file)
        r = persist_load(directory, options->state_file);
    if (r < 0)
        directory_close(directory);
    return r;
}

void directory_close(Directory *directory)
{
    directory_drop(directory);
    json_decref(directory->templates);
    memset(directory, 0, sizeof(*directory));
}

void directory_reset(Directory *directory)
{
    directory_drop(directory);
    directory_blank(directory);
    directory->dirty = true;
}

json_t *directory_session(Directory *directory, const char *key)
{
    json_t *session = json_object_get(directory->sessions, key);
    int64_t now = clock_now(&directory->clock);
    OWN_JSON json_t *after = NULL;

    if (!session || timers_next(session) > now)
        return session;
    after = json_deep_copy(session);
    if (!timers_run(after, now)) {
        directory_remove(directory, key);
        return NULL;
    }
    session_stamp(after);
    directory_store(directory, key, after);
    return after;
}

/* After a change from @before to @after, either of which may be NULL. */
static void directory_remember(Directory *directory, const char *key, json_t *before, const json_t *after)
{
    json_object_del(directory->previous, key);
    if (!before || (after && strcmp(json_text(before, "branch", ""), json_text(after, "branch", "")) != 0))
        return;
    if (json_object_size(directory->previous) == PREVIOUS_MAX)
        json_object_del(directory->previous, json_object_iter_key(json_object_iter(directory->previous)));
    json_object_set(directory->previous, key, before);
}

const json_t *directory_previous(const Directory *directory, const char *key)
{
    return json_object_get(directory->previous, key);
}

const json_t *directory_rebranch(Directory *directory, const char *key)
{
    OWN_JSON json_t *session = json_deep_copy(directory_session(directory, key));

    if (!session)
        return NULL;
    session_rebranch(session);
    directory_store(directory, key, session);
    return json_object_get(directory->sessions, key);
}

void directory_store(Directory *directory, const char *key, json_t *session)
{
    OWN_JSON json_t *before = json_incref(json_object_get(directory->sessions, key));

    json_object_set(directory->sessions, key, session);
    directory_remember(directory, key, before, session);
    handle_follow_session(directory, key, before, session);
    directory->dirty = true;
}

void directory_remove(Directory *directory, const char *key)
{
    OWN_JSON json_t *before = json_incref(json_object_get(directory->sessions, key));

    if (!before)
        return;
    json_object_set(directory->correlations, key, json_object_get(before, "correlationId"));
    if (json_object_size(directory->correlations) > CORRELATIONS_MAX)
        json_object_del(directory->correlations,
                        json_object_iter_key(json_object_iter(directory->correlations)));
    json_object_del(directory->sessions, key);
    directory_remember(directory, key, before, NULL);
    handle_follow_session(directory, key, before, NULL);
    directory->dirty = true;
}

const json_t *directory_template(const Directory *directory, const char *scid, const char *name)
{
    return template_find(directory->templates, scid, name);
}
