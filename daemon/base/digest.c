/* SPDX-License-Identifier: MIT */
/* SHA-256 by OpenSSL. */
#include "base/digest.h"

#include <openssl/evp.h>

DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)

int digest_parts(const DigestPart *parts, size_t count, unsigned char hash[32])
{
    CLEANUP(EVP_MD_CTX_freep) EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char made[32];
    if (!context || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        uint64_t size = parts[i].size;
        if (EVP_DigestUpdate(context, &size, sizeof size) != 1 ||
            (size && EVP_DigestUpdate(context, parts[i].data, parts[i].size) != 1))
            return -ENOMEM;
    }
    if (EVP_DigestFinal_ex(context, made, NULL) != 1)
        return -ENOMEM;
    memcpy(hash, made, sizeof made);
    return 0;
}
