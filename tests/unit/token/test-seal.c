/* SPDX-License-Identifier: MIT */
/* Sealed rows: what was sealed comes back, and nothing else does. */
#include "token/seal.h"

#include "base/secret.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define ROW "token/4/xsts"
#define TEXT "EMU-RT-a1-g1"

static unsigned char key[SEAL_KEY_SIZE];

static void setup(void)
{
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (unsigned char)i;
}

TestSuite(seal, .init = setup);

/* Made by another implementation, with a nonce of its own. */
static const unsigned char vector[] = {
    0x01, 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xa3,
    0x55, 0x29, 0x00, 0x17, 0x9f, 0x2f, 0xde, 0x53, 0x48, 0xe0, 0xe2, 0xe7, 0x0a, 0xa1,
    0x67, 0xfe, 0xda, 0x75, 0xa9, 0x83, 0xf2, 0x41, 0xab, 0xc5, 0xd2, 0x8f, 0x35,
};

Test(seal, vector)
{
    CLEANUP_SECRET char *secret = NULL;
    size_t size = 0;
    cr_assert_eq(seal_open(key, ROW, vector, sizeof vector, &secret, &size), 0);
    cr_assert_eq(size, strlen(TEXT));
    cr_assert_str_eq(secret, TEXT);
    cr_assert(secret_is(secret));
}

Test(seal, there_and_back)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 2000, SEAL_TEXT_MAX};
    for (size_t i = 0; i < ELEMENTS(sizes); i++) {
        CLEANUP_SECRET char *secret = secret_new(SEAL_TEXT_MAX), *opened = NULL;
        CLEANUP_FREE unsigned char *blob = NULL;
        size_t blob_size = 0, size = 1;
        for (size_t n = 0; n < sizes[i]; n++)
            secret[n] = (char)(n * 7);
        cr_assert_eq(seal_close(key, ROW, secret, sizes[i], &blob, &blob_size), 0);
        cr_assert_eq(blob_size, sizes[i] + SEAL_OVERHEAD);
        cr_assert_eq(seal_open(key, ROW, blob, blob_size, &opened, &size), 0);
        cr_assert_eq(size, sizes[i]);
        cr_assert_eq(memcmp(opened, secret, size), 0);
        cr_assert_eq(opened[size], '\0');
    }
}

Test(seal, any_change_is_seen)
{
    char *secret = NULL;
    size_t size = 7;
    unsigned char changed[sizeof vector + 1];
    for (size_t bit = 0; bit < 8 * sizeof vector; bit++) {
        memcpy(changed, vector, sizeof vector);
        changed[bit / 8] ^= (unsigned char)(1u << (bit % 8));
        cr_assert_eq(seal_open(key, ROW, changed, sizeof vector, &secret, &size), -EBADMSG, "%u",
                     (unsigned)bit);
    }
    memcpy(changed, vector, sizeof vector);
    changed[sizeof vector] = 0;
    for (size_t cut = 0; cut <= sizeof changed; cut++)
        if (cut != sizeof vector)
            cr_assert_eq(seal_open(key, ROW, changed, cut, &secret, &size), -EBADMSG, "%u", (unsigned)cut);
    for (size_t bit = 0; bit < 8 * sizeof key; bit++) {
        key[bit / 8] ^= (unsigned char)(1u << (bit % 8));
        cr_assert_eq(seal_open(key, ROW, vector, sizeof vector, &secret, &size), -EBADMSG, "%u",
                     (unsigned)bit);
        key[bit / 8] ^= (unsigned char)(1u << (bit % 8));
    }
    static const char *const rows[] = {"", "token/4/xst", "token/4/xsts ", "token/5/xsts", "TOKEN/4/xsts"};
    for (size_t i = 0; i < ELEMENTS(rows); i++)
        cr_assert_eq(seal_open(key, rows[i], vector, sizeof vector, &secret, &size), -EBADMSG, "%s", rows[i]);
    /* Nothing is given out, and nothing is left behind. */
    cr_assert_null(secret);
    cr_assert_eq(size, 7);
    cr_assert_eq(secret_living(), 0);
}

Test(seal, never_the_same_twice)
{
    enum { TIMES = 200 };
    static unsigned char nonces[TIMES][12];
    for (size_t i = 0; i < TIMES; i++) {
        CLEANUP_FREE unsigned char *blob = NULL;
        size_t blob_size = 0;
        cr_assert_eq(seal_close(key, ROW, TEXT, strlen(TEXT), &blob, &blob_size), 0);
        cr_assert_null(memmem(blob, blob_size, TEXT, 4));
        memcpy(nonces[i], blob + 1, 12);
        for (size_t n = 0; n < i; n++)
            cr_assert_neq(memcmp(nonces[n], nonces[i], 12), 0);
    }
}

Test(seal, bounds)
{
    static char large[SEAL_TEXT_MAX + 1];
    static unsigned char blob_of_zeros[SEAL_TEXT_MAX + SEAL_OVERHEAD + 1] = {1};
    unsigned char *blob = NULL;
    char *secret = NULL;
    size_t size = 0;
    cr_assert_eq(seal_close(key, ROW, large, sizeof large, &blob, &size), -E2BIG);
    cr_assert_null(blob);
    cr_assert_eq(seal_open(key, ROW, blob_of_zeros, sizeof blob_of_zeros, &secret, &size), -EBADMSG);
    cr_assert_eq(seal_open(key, ROW, blob_of_zeros, sizeof blob_of_zeros - 1, &secret, &size), -EBADMSG);
}
