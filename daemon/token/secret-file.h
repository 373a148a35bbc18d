/* SPDX-License-Identifier: MIT */
/* The wrapping key in a file: one of ours that only its owner can read, or a credential of the unit's. */
#pragma once

#include "token/secret-key.h"

#define SECRET_FILE_NAME "wrapping-key.secret"
#define SECRET_CREDENTIAL_NAME "mpsession.key"
#define SECRET_MESSAGE_BYTES 512

/*
 * secret_file_read() - the key of a state folder
 * @message: for an error other than -ENOENT, a sentence that says what to change
 *
 * Refused are a link, anything but a regular file, another owner, any right of group or others, another size. It does
 * not wait for the disk beyond reading a file of 32 bytes.
 *
 * Returns 0; -ENOENT if there is none; -EPERM or -EBADMSG for one that is refused; another negative errno.
 */
int secret_file_read(const char *directory, unsigned char key[SECRET_KEY_BYTES],
                     char message[SECRET_MESSAGE_BYTES]);

/*
 * secret_file_write() - makes the file, with its name only when its content is on the disk
 *
 * Waits for the disk: not for the loop's thread. An existing file stays as it is. Returns 0, -EEXIST or another negative
 * errno.
 */
int secret_file_write(const char *directory, const unsigned char key[SECRET_KEY_BYTES]);

/* secret_file_remove() - waits for the disk. One that is not there is removed already. Returns 0 or a negative errno. */
int secret_file_remove(const char *directory);

/*
 * secret_credential_read() - the key among the unit's credentials: 32 bytes, or 64 hexadecimal digits
 * @directory: $CREDENTIALS_DIRECTORY; NULL: there is none
 *
 * Owner and rights are those the service manager gave it; only one that all may read is refused. Returns as
 * secret_file_read().
 */
int secret_credential_read(const char *directory, unsigned char key[SECRET_KEY_BYTES],
                           char message[SECRET_MESSAGE_BYTES]);
