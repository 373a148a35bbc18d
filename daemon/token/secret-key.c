/* SPDX-License-Identifier: MIT */
/* The wrapping key's making and its text. */
#include "token/secret-key.h"

#include <sys/random.h>

int secret_key_make(unsigned char key[SECRET_KEY_BYTES])
{
    for (;;) {
        ssize_t size = getrandom(key, SECRET_KEY_BYTES, 0);
        if (size == SECRET_KEY_BYTES)
            return 0;
        if (size < 0 && errno != EINTR)
            return -errno;
    }
}

void secret_key_print(const unsigned char key[SECRET_KEY_BYTES], char digits[SECRET_KEY_DIGITS])
{
    static const char letters[16] = "0123456789abcdef";
    for (size_t i = 0; i < SECRET_KEY_BYTES; i++) {
        digits[2 * i] = letters[key[i] >> 4];
        digits[2 * i + 1] = letters[key[i] & 15];
    }
}

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

int secret_key_parse(const char *text, size_t size, unsigned char key[SECRET_KEY_BYTES])
{
    bool good = size == SECRET_KEY_DIGITS;
    for (size_t i = 0; good && i < SECRET_KEY_BYTES; i++) {
        int high = digit_value(text[2 * i]), low = digit_value(text[2 * i + 1]);
        good = high >= 0 && low >= 0;
        key[i] = (unsigned char)(high * 16 + low);
    }
    if (good)
        return 0;
    explicit_bzero(key, SECRET_KEY_BYTES);
    return -EBADMSG;
}
