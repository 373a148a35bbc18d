/* SPDX-License-Identifier: MIT */
/* References to sessions, and the address of a device. */
#include <xsapi-c/multiplayer_c.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Cut at a character's border: a half one would make the whole text invalid. */
static void part_copy(char *field, size_t size, const char *text, size_t length)
{
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--;
    }
    if (length > 0)
        memcpy(field, text, length);
    field[length] = '\0';
}

XblMultiplayerSessionReference XblMultiplayerSessionReferenceCreate(const char *scid,
                                                                    const char *sessionTemplateName,
                                                                    const char *sessionName)
{
    XblMultiplayerSessionReference reference = {0};

    if (scid)
        part_copy(reference.Scid, sizeof(reference.Scid), scid, strlen(scid));
    if (sessionTemplateName)
        part_copy(reference.SessionTemplateName, sizeof(reference.SessionTemplateName), sessionTemplateName,
                  strlen(sessionTemplateName));
    if (sessionName)
        part_copy(reference.SessionName, sizeof(reference.SessionName), sessionName, strlen(sessionName));
    return reference;
}

HRESULT XblMultiplayerSessionReferenceParseFromUriPath(const char *path,
                                                       XblMultiplayerSessionReference *sessionReference)
{
    const char *parts[6];
    size_t lengths[6];

    if (!path || !sessionReference)
        return E_INVALIDARG;
    for (int i = 0; i < 6; i++) {
        path += strspn(path, "/");
        if (!*path)
            return E_INVALIDARG;
        parts[i] = path;
        lengths[i] = strcspn(path, "/");
        path += lengths[i];
    }
    part_copy(sessionReference->Scid, sizeof(sessionReference->Scid), parts[1], lengths[1]);
    part_copy(sessionReference->SessionTemplateName, sizeof(sessionReference->SessionTemplateName), parts[3],
              lengths[3]);
    part_copy(sessionReference->SessionName, sizeof(sessionReference->SessionName), parts[5], lengths[5]);
    return S_OK;
}

HRESULT XblMultiplayerSessionReferenceToUriPath(const XblMultiplayerSessionReference *sessionReference,
                                                XblMultiplayerSessionReferenceUri *sessionReferenceUri)
{
    if (!sessionReference || !sessionReferenceUri)
        return E_INVALIDARG;
    snprintf(sessionReferenceUri->value, sizeof(sessionReferenceUri->value),
             "/serviceconfigs/%s/sessiontemplates/%s/sessions/%s", sessionReference->Scid,
             sessionReference->SessionTemplateName, sessionReference->SessionName);
    return S_OK;
}

bool XblMultiplayerSessionReferenceIsValid(const XblMultiplayerSessionReference *sessionReference)
{
    return sessionReference && sessionReference->Scid[0] && sessionReference->SessionTemplateName[0] &&
           sessionReference->SessionName[0];
}

HRESULT XblFormatSecureDeviceAddress(const char *deviceId, XblFormattedSecureDeviceAddress *address)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char prefix[] = "AAAAAAAA";
    const size_t before = sizeof(prefix) - 1;
    size_t size, at = 0;

    if (!deviceId || !*deviceId || !address)
        return E_INVALIDARG;
    size = before + strlen(deviceId);
    if ((size + 2) / 3 * 4 >= sizeof(address->value))
        return E_INVALIDARG;
    for (size_t i = 0; i < size; i += 3) {
        uint32_t group = 0;

        for (size_t k = i; k < i + 3; k++) {
            const char letter = k < before ? prefix[k] : k < size ? deviceId[k - before] : 0;

            group = group << 8 | (unsigned char)letter;
        }
        for (size_t k = 0; k < 4; k++)
            address->value[at++] = i + k > size ? '=' : digits[group >> (18 - 6 * k) & 63];
    }
    address->value[at] = '\0';
    return S_OK;
}
