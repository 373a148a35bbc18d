/* SPDX-License-Identifier: MIT */
/* AES-256-GCM by OpenSSL. */
#include "token/seal.h"

#include "base/secret.h"

#include <openssl/evp.h>
#include <sys/random.h>

#define VERSION 1
#define NONCE_SIZE 12
#define TAG_SIZE 16

DEFINE_CLEANUP(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free)

/* What is not secret but must be the same: the blob's version and its row. */
static bool seal_associate(EVP_CIPHER_CTX *context, const char *row)
{
    static const unsigned char version = VERSION;
    int done;
    size_t size = strlen(row);
    return EVP_CipherUpdate(context, NULL, &done, &version, 1) == 1 &&
           (size == 0 || EVP_CipherUpdate(context, NULL, &done, (const unsigned char *)row, (int)size) == 1);
}

static EVP_CIPHER_CTX *seal_begin(const unsigned char *key, const unsigned char *nonce, const char *row,
                                  int sealing)
{
    if (strlen(row) > SEAL_TEXT_MAX)
        return NULL;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context && EVP_CipherInit_ex2(context, EVP_aes_256_gcm(), key, nonce, sealing, NULL) == 1 &&
        seal_associate(context, row))
        return context;
    EVP_CIPHER_CTX_free(context);
    return NULL;
}

int seal_close(const unsigned char *key, const char *row, const char *secret, size_t size,
               unsigned char **blob, size_t *blob_size)
{
    if (size > SEAL_TEXT_MAX)
        return -E2BIG;
    CLEANUP_FREE unsigned char *made = malloc(size + SEAL_OVERHEAD);
    if (!made)
        return -ENOMEM;
    made[0] = VERSION;
    unsigned char *nonce = made + 1, *text = nonce + NONCE_SIZE;
    if (getrandom(nonce, NONCE_SIZE, 0) != NONCE_SIZE)
        return -EIO;
    CLEANUP(EVP_CIPHER_CTX_freep) EVP_CIPHER_CTX *context = seal_begin(key, nonce, row, 1);
    int done = 0;
    if (!context ||
        (size && EVP_CipherUpdate(context, text, &done, (const unsigned char *)secret, (int)size) != 1) ||
        EVP_CipherFinal_ex(context, text + done, &done) != 1 ||
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, text + size) != 1)
        return -ENOMEM;
    *blob = TAKE(made);
    *blob_size = size + SEAL_OVERHEAD;
    return 0;
}

int seal_open(const unsigned char *key, const char *row, const unsigned char *blob, size_t blob_size,
              char **secret, size_t *size)
{
    if (blob_size < SEAL_OVERHEAD || blob_size > SEAL_TEXT_MAX + SEAL_OVERHEAD || blob[0] != VERSION)
        return -EBADMSG;
    size_t text_size = blob_size - SEAL_OVERHEAD;
    const unsigned char *nonce = blob + 1, *text = nonce + NONCE_SIZE;
    unsigned char tag[TAG_SIZE];
    memcpy(tag, text + text_size, TAG_SIZE);
    CLEANUP_SECRET char *made = secret_new(text_size + 1);
    CLEANUP(EVP_CIPHER_CTX_freep) EVP_CIPHER_CTX *context = seal_begin(key, nonce, row, 0);
    if (!made || !context)
        return -ENOMEM;
    int done = 0;
    if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) != 1 ||
        (text_size && EVP_CipherUpdate(context, (unsigned char *)made, &done, text, (int)text_size) != 1) ||
        EVP_CipherFinal_ex(context, (unsigned char *)made + done, &done) != 1)
        return -EBADMSG;
    *secret = TAKE(made);
    *size = text_size;
    return 0;
}
