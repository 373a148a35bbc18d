/* SPDX-License-Identifier: MIT */
/* A hostile directory: every part of a reply, cut out of one input at its line ends. */
#include "fuzz.h"

#include "mpsd/mpsd-reply.h"

#include "base/util.h"

const char *const fuzz_seeds[] = {
    ("\"etag\"\nTue, 24 Nov 2026 01:00:00 "
     "GMT\n120\n/serviceconfigs/5f2c0100-7e1b-4c57-9d0e-0000665a1be9/sessiontemplates/t/sessions/s\n"
     "{\"contractVersion\":107}"),
    ("W/\"x\"\nTue, 24 Nov 2026 01:00:00 GMT\nTue, 24 Nov 2026 01:02:00 GMT\nhttps://h/serviceconfigs/"
     "5f2c0100-7e1b-4c57-9d0e-0000665a1be9/sessionTemplates/t/sessions/s\n{\"results\":[{\"id\":\"x\"}]}"),
    "e\nd\n-1\n//\n{\"id\":\"0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001\"}",
    "e\nd\n99999999999999999999\nx\nThe requested handle does not exist.",
};
const size_t fuzz_seeds_count = sizeof fuzz_seeds / sizeof fuzz_seeds[0];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const unsigned statuses[] = {200, 201, 204, 400, 412, 429, 503};
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    char *parts[4] = {NULL};
    char *rest = text, *end = text + size;
    for (size_t i = 0; i < ELEMENTS(parts); i++) {
        char *line = memchr(rest, '\n', (size_t)(end - rest));
        if (!line)
            break;
        *line = '\0';
        parts[i] = rest;
        rest = line + 1;
    }
    MpsdRaw raw = {
        .etag = parts[0],
        .date = parts[1],
        .retry_after = parts[2],
        .content_location = parts[3],
        .body = rest,
        .body_size = (size_t)(end - rest),
    };
    for (int verb = MPSD_WRITE; verb <= MPSD_GET_ACTIVITIES; verb++) {
        raw.status = statuses[(size + (size_t)verb) % ELEMENTS(statuses)];
        MpsdParsed parsed;
        if (mpsd_reply_parse((MpsdVerb)verb, &raw, 1700000000 * USEC_PER_SEC, &parsed) < 0)
            continue;
        /* Control characters never reach a log or a person. */
        for (const char *c = parsed.reply.server_message; c && *c; c++)
            if ((unsigned char)*c < 0x20 || *c == 0x7f)
                abort();
        if (parsed.reply.scid && (!parsed.reply.template_name || strchr(parsed.reply.template_name, '/')))
            abort();
        mpsd_reply_free(&parsed);
    }
    free(text);
    return 0;
}
