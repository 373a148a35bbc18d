/* SPDX-License-Identifier: MIT */
/* A completion's texts in one block. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "client-result.h"
#include "client-words.h"

struct Result {
    atomic_uint references;
    MpsResult view;
    char text[];
};

enum { RESULT_TEXTS = 13 };

/* The places of the texts, so that measuring and copying cannot disagree. */
static void result_list_texts(MpsResult *view, const char **texts[RESULT_TEXTS])
{
    const char **all[RESULT_TEXTS] = {
        &view->id,
        &view->etag,
        &view->date,
        &view->session,
        &view->reference.scid,
        &view->reference.template_name,
        &view->handle_id,
        &view->reference.name,
        &view->activities,
        &view->code,
        &view->message,
        &view->server_message,
        NULL,
    };

    memcpy(texts, all, sizeof(all));
}

Result *result_new(const MpsResult *draft)
{
    const char **texts[RESULT_TEXTS];
    MpsResult view = *draft;
    size_t size = 0;
    Result *result;
    char *p;

    result_list_texts(&view, texts);
    for (size_t i = 0; texts[i]; i++) {
        if (!*texts[i])
            *texts[i] = "";
        size += strlen(*texts[i]) + 1;
    }
    result = malloc(sizeof(*result) + size);
    if (!result)
        return NULL;
    p = result->text;
    for (size_t i = 0; texts[i]; i++) {
        size_t length = strlen(*texts[i]) + 1;

        memcpy(p, *texts[i], length);
        *texts[i] = p;
        p += length;
    }
    view.struct_size = sizeof(view);
    view.session_size = strlen(view.session);
    result->view = view;
    atomic_init(&result->references, 1);
    return result;
}

Result *result_new_error(const char *id, MpsError error, MpsApplied applied, const char *code,
                         const char *message)
{
    MpsResult draft = {
        .id = id,
        .error = error,
        .applied = applied,
        .retryable = words_is_retryable(error),
        .code = code ? code : words_from_error(error),
        .message = message ? message : mps_error_text(error),
    };

    return result_new(&draft);
}

Result *result_ref(Result *result)
{
    if (result)
        atomic_fetch_add(&result->references, 1);
    return result;
}

Result *result_unref(Result *result)
{
    if (result && atomic_fetch_sub(&result->references, 1) == 1)
        free(result);
    return NULL;
}

const MpsResult *result_view(const Result *result)
{
    return &result->view;
}

void result_set_session_dropped(Result *result)
{
    result->view.session_dropped = true;
}
