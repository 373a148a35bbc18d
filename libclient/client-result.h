/* SPDX-License-Identifier: MIT */
/* A completion's texts in one block, shared by those who wait for the same request. */
#pragma once

#include "mpsession/mpsession.h"

typedef struct Result Result;

/*
 * result_new() - copy a draft
 * @draft: texts may be NULL for ""; session_size counts if session is set
 *
 * Return: with one reference, or NULL without memory.
 */
Result *result_new(const MpsResult *draft);

/* result_new_error() - a request that did not run to an outcome. @code, @message: NULL for the error's own. */
Result *result_new_error(const char *id, MpsError error, MpsApplied applied, const char *code,
                         const char *message);

/* result_ref(), result_unref() - from any thread; NULL is allowed. Return @result, NULL. */
Result *result_ref(Result *result);
Result *result_unref(Result *result);

/* result_view() - what the game sees. */
const MpsResult *result_view(const Result *result);

/* result_set_session_dropped() - while nobody else has a reference. */
void result_set_session_dropped(Result *result);
