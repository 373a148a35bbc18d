/* SPDX-License-Identifier: MIT */
/* What this installation is to the identity service: a key and an id, made once, kept when accounts come and go. */
#include "token/token-private.h"

#include "base/log.h"

#include <stdio.h>
#include <systemd/sd-id128.h>

static int device_keep_key(Tokens *tokens)
{
    static const char digits[] = "0123456789abcdef";
    char *bytes = proof_private(tokens->proof), *text = secret_new(2 * PROOF_PRIVATE_SIZE + 1);
    int r = bytes && text ? 0 : -ENOMEM;
    for (size_t i = 0; i < PROOF_PRIVATE_SIZE && r == 0; i++) {
        text[2 * i] = digits[(unsigned char)bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    if (r == 0)
        r = vault_keep(tokens, "device/key", text, NULL, NULL);
    secret_free(bytes);
    secret_free(text);
    return r;
}

int device_prepare(Tokens *tokens)
{
    if (tokens->proof && *tokens->device_id)
        return 0;
    sd_id128_t id;
    int r = sd_id128_randomize(&id);
    if (r < 0)
        return r;
    tokens->proof = proof_free(tokens->proof);
    stamped_clear(&tokens->device);
    r = proof_generate(&tokens->proof);
    if (r < 0)
        return r;
    snprintf(tokens->device_id, sizeof tokens->device_id, SD_ID128_UUID_FORMAT_STR, SD_ID128_FORMAT_VAL(id));
    tokens->device_kept = false;
    device_keep(tokens);
    return 0;
}

void device_keep(Tokens *tokens)
{
    if (!tokens->proof || tokens->device_kept)
        return;
    /* Not before there is a key to seal it with: a sign-in makes that. */
    int r = device_keep_key(tokens);
    if (r == 0)
        r = vault_keep(tokens, "device/id", tokens->device_id, NULL, NULL);
    if (r == 0 && tokens->device.text)
        r = vault_keep_stamped(tokens, "device", "token", &tokens->device);
    tokens->device_kept = r == 0;
    if (r < 0 && r != -ENOKEY)
        log_warning("the device key cannot be kept: %s", strerror(-r));
}

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void device_restore(Tokens *tokens, const char *text)
{
    unsigned char bytes[PROOF_PRIVATE_SIZE];
    if (strlen(text) != 2 * sizeof bytes)
        return;
    for (size_t i = 0; i < sizeof bytes; i++) {
        int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    tokens->proof = proof_free(tokens->proof);
    (void)proof_from_private(bytes, &tokens->proof);
    explicit_bzero(bytes, sizeof bytes);
    tokens->device_kept = tokens->proof != NULL;
}
