/* SPDX-License-Identifier: MIT */
/* Tokens at rest: AES-256-GCM under a key that lies elsewhere. */
#pragma once

#include "base/util.h"

#define SEAL_KEY_SIZE 32
/* A blob: version, nonce, what was sealed, tag. */
#define SEAL_OVERHEAD (1 + 12 + 16)
#define SEAL_TEXT_MAX (64U << 10)

/*
 * seal_close() - make a blob of a secret
 * @key: SEAL_KEY_SIZE bytes
 * @row: what the blob belongs to; not kept in it, but without it the blob cannot be opened
 * @blob: set on success, SEAL_OVERHEAD bytes larger than the secret; for free()
 *
 * The nonce is drawn here, from the kernel: a caller can neither repeat nor foretell it. 2^32 blobs under one key are the
 * most that random nonces allow; one a second would take a century.
 *
 * Returns 0, -E2BIG for more than SEAL_TEXT_MAX, -ENOMEM, or -EIO.
 */
int seal_close(const unsigned char *key, const char *row, const char *secret, size_t size,
               unsigned char **blob, size_t *blob_size);

/*
 * seal_open() - the secret of a blob
 * @secret: set on success, in secret memory (secret_free()), with a NUL behind its size bytes
 *
 * Returns 0; -EBADMSG when anything is not as it was sealed: blob, key or row; -ENOMEM.
 */
int seal_open(const unsigned char *key, const char *row, const unsigned char *blob, size_t blob_size,
              char **secret, size_t *size);
