/* SPDX-License-Identifier: MIT */
/* Making and removing the key's file, which wait for the disk: on a thread that lives as long as that takes. */
#pragma once

#include "token/secret-key.h"

struct sd_event;

typedef struct SecretWork SecretWork;

/* Called on the loop with the result: 0 or a negative errno. */
typedef void (*SecretWorkDone)(void *userdata, int r);

/*
 * secret_work_start() - begins
 * @key: to be written; NULL: the file is removed
 *
 * Free it after done(), or in it. Returns 0 or a negative errno.
 */
int secret_work_start(struct sd_event *event, const char *directory, const unsigned char *key,
                      SecretWorkDone done, void *userdata, SecretWork **work);
/* secret_work_free() - done() is not called any more. Waits for the disk if it is not done; NULL is allowed. Returns NULL. */
SecretWork *secret_work_free(SecretWork *work);
DEFINE_CLEANUP(SecretWork *, secret_work_free)
