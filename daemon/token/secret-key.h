/* SPDX-License-Identifier: MIT */
/* The wrapping key: 32 random bytes, and the text that stands for them where only text is safe. */
#pragma once

#include "base/util.h"

#define SECRET_KEY_BYTES 32
#define SECRET_KEY_DIGITS 64 /* as text: hexadecimal */

/* secret_key_make() - a new one from the kernel. Returns 0 or a negative errno. */
int secret_key_make(unsigned char key[SECRET_KEY_BYTES]);

/* secret_key_print() - writes SECRET_KEY_DIGITS digits and no NUL. */
void secret_key_print(const unsigned char key[SECRET_KEY_BYTES], char digits[SECRET_KEY_DIGITS]);

/* secret_key_parse() - from exactly SECRET_KEY_DIGITS digits of either case. Returns 0, or -EBADMSG with the key wiped. */
int secret_key_parse(const char *text, size_t size, unsigned char key[SECRET_KEY_BYTES]);
