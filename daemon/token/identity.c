/* SPDX-License-Identifier: MIT */
/* Which configurations make sense. */
#include "token/identity.h"

#include "ipc/validate.h"
#include "token/identity-text.h"

#include <stdio.h>

#define SANDBOX_MAX 64
#define RELYING_PARTY_MAX 255
#define VERSION_MAX 32
#define TITLE_CLIENT_DIGITS 16

static int refuse(char *message, size_t message_size, const char *sentence)
{
    snprintf(message, message_size, "%s", sentence);
    return -EINVAL;
}

int identity_family(const char *client_id, IdentityFamily *family, char *message, size_t message_size)
{
    if (string_empty(client_id))
        return refuse(message, message_size, "There is no client id: set ClientId= in section [Identity].");
    if (mps_validate_uuid(client_id)) {
        *family = IDENTITY_FAMILY_APP;
        return 0;
    }
    if (strspn(client_id, "0123456789abcdefABCDEF") == TITLE_CLIENT_DIGITS &&
        !client_id[TITLE_CLIENT_DIGITS]) {
        *family = IDENTITY_FAMILY_TITLE;
        return 0;
    }
    return refuse(
        message, message_size,
        "The client id is neither that of an application (a GUID, 8-4-4-4-12 hexadecimal digits) nor that "
        "of a title (16 hexadecimal digits): correct ClientId= in section [Identity].");
}

/* Letters, digits, dots and dashes: nothing that would have to be spelt otherwise anywhere. */
static bool plain(const char *text, size_t most)
{
    size_t size = strspn(text, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-");
    return size > 0 && size <= most && !text[size];
}

static int check_device(const IdentityConfig *config, char *message, size_t message_size)
{
    if (!mps_validate_id(config->device_id))
        return refuse(message, message_size, "The device has no id, or one that is no lower-case UUID.");
    if ((config->device_type && !plain(config->device_type, VERSION_MAX)) ||
        (config->device_version && !plain(config->device_version, VERSION_MAX)))
        return refuse(
            message, message_size,
            "The device's type and version consist of letters, digits, dots and dashes, 32 at most.");
    return 0;
}

int identity_check(const IdentityConfig *config, char *message, size_t message_size)
{
    IdentityFamily family;
    int r = identity_family(config->client_id, &family, message, message_size);
    if (r < 0)
        return r;
    if (family != config->family)
        return refuse(message, message_size,
                      "The client id is of the other family of clients than was expected.");
    if (config->sandbox && !plain(config->sandbox, SANDBOX_MAX))
        return refuse(
            message, message_size,
            "A sandbox is RETAIL, or a name like ABCDEF.1 of letters, digits and dots, 64 at most.");
    if (config->relying_party && !identity_text_visible(config->relying_party, RELYING_PARTY_MAX))
        return refuse(message, message_size,
                      "The relying party is no URI of at most 255 visible characters.");
    if (config->want_title && (family != IDENTITY_FAMILY_TITLE || !config->want_device))
        return refuse(
            message, message_size,
            "A title token needs a title's own client id (16 hexadecimal digits) and a device: correct "
            "ClientId= in section [Identity].");
    return config->want_device ? check_device(config, message, message_size) : 0;
}

const char *identity_kind_name(IdentityKind kind)
{
    static const char *const names[IDENTITY_KINDS] = {
        [IDENTITY_DEVICE_CODE] = "device code", [IDENTITY_POLL] = "poll",
        [IDENTITY_REFRESH] = "refresh",         [IDENTITY_USER] = "user token",
        [IDENTITY_DEVICE] = "device token",     [IDENTITY_TITLE] = "title token",
        [IDENTITY_XSTS] = "XSTS token",
    };
    return names[kind];
}
