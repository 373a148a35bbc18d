/* SPDX-License-Identifier: MIT */
/* Paths of the session directory: built from checked parts, and taken apart by the same rules. */
#include "mpsd/mpsd-url.h"

#include "ipc/validate.h"

#include <stdio.h>

static int url_print(char **url, int written)
{
    if (written >= 0)
        return 0;
    *url = NULL;
    return -ENOMEM;
}

int mpsd_url_build(const char *base, const MpsdRequest *request, char **url)
{
    switch (request->verb) {
    case MPSD_SET_ACTIVITY:
        return url_print(url, asprintf(url, "%s/handles", base));
    case MPSD_GET_ACTIVITIES:
        return url_print(url, asprintf(url, "%s/handles/query?include=relatedInfo,customProperties", base));
    case MPSD_WRITE:
    case MPSD_READ:
        break;
    default:
        return -EINVAL;
    }
    if (request->handle_id) {
        if (!mps_validate_uuid(request->handle_id))
            return -EINVAL;
        return url_print(url, asprintf(url, "%s/handles/%s/session", base, request->handle_id));
    }
    if (!mps_validate_uuid(request->scid) || !mps_validate_name(request->template_name) ||
        !mps_validate_name(request->name))
        return -EINVAL;
    return url_print(url, asprintf(url, "%s/serviceconfigs/%s/sessionTemplates/%s/sessions/%s", base,
                                   request->scid, request->template_name, request->name));
}

/* The next part of a path into a buffer; false where there is none, or it is too long. */
static bool url_part(const char **path, char *part, size_t room)
{
    if (**path != '/')
        return false;
    const char *from = *path + 1;
    size_t size = strcspn(from, "/");
    if (size == 0 || size >= room)
        return false;
    memcpy(part, from, size);
    part[size] = '\0';
    *path = from + size;
    return true;
}

static bool url_word(const char **path, const char *word)
{
    char part[32];
    return url_part(path, part, sizeof part) && strcasecmp(part, word) == 0;
}

int mpsd_url_parse_location(const char *text, MpsdReference *reference)
{
    const char *path = text;
    if (strncasecmp(text, "https://", 8) == 0 || strncasecmp(text, "http://", 7) == 0) {
        path = strchr(strchr(text, ':') + 3, '/');
        if (!path)
            return -EBADMSG;
    }
    MpsdReference found;
    if (!url_word(&path, "serviceconfigs") || !url_part(&path, found.scid, sizeof found.scid) ||
        !url_word(&path, "sessiontemplates") ||
        !url_part(&path, found.template_name, sizeof found.template_name) || !url_word(&path, "sessions") ||
        !url_part(&path, found.name, sizeof found.name) || *path)
        return -EBADMSG;
    if (!mps_validate_uuid(found.scid) || !mps_validate_name(found.template_name) ||
        !mps_validate_name(found.name))
        return -EBADMSG;
    *reference = found;
    return 0;
}
