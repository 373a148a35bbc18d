/* SPDX-License-Identifier: MIT */
/* The service's rate limits, in fixed windows on the directory's clock. */
#include "directory/limit.h"

#include <string.h>

#include "directory/clock.h"
#include "directory/util.h"

#define LIMIT_TYPE "Rate"

static const unsigned periods_s[LIMIT_WINDOWS] = {15, 300};
static const unsigned maxima[LIMIT_WINDOWS] = {30, 300};

void limit_clear(Limiter *limiter)
{
    for (size_t i = 0; i < limiter->count; i++)
        free(limiter->entries[i].key);
    free(limiter->entries);
    *limiter = (Limiter){0};
}

static LimitEntry *limit_entry(Limiter *limiter, const char *xuid, const char *title_id)
{
    OWN_TEXT char *key = text_format("%s/%s", xuid, title_id);

    for (size_t i = 0; i < limiter->count; i++)
        if (strcmp(limiter->entries[i].key, key) == 0)
            return &limiter->entries[i];
    if (limiter->count == LIMIT_ENTRIES_MAX)
        limit_clear(limiter);
    limiter->entries = memory_resize(limiter->entries, (limiter->count + 1) * sizeof(*limiter->entries));
    limiter->entries[limiter->count] = (LimitEntry){.key = text_copy(key)};
    return &limiter->entries[limiter->count++];
}

bool limit_count(Limiter *limiter, const char *xuid, const char *title_id, int64_t now, LimitVerdict *verdict)
{
    LimitEntry *entry = limit_entry(limiter, xuid, title_id);
    bool passes = true;

    for (size_t i = 0; i < LIMIT_WINDOWS; i++) {
        int64_t period = (int64_t)periods_s[i] * SECOND_US;
        int64_t window = now / period;

        if (entry->window[i] != window) {
            entry->window[i] = window;
            entry->count[i] = 0;
        }
        entry->count[i]++;
        if (entry->count[i] <= maxima[i])
            continue;
        passes = false;
        *verdict = (LimitVerdict){
            .current = entry->count[i],
            .maximum = maxima[i],
            .period_s = periods_s[i],
            .retry_after_s = (unsigned)(((window + 1) * period - now + SECOND_US - 1) / SECOND_US),
            .type = LIMIT_TYPE,
        };
    }
    return passes;
}

LimitVerdict limit_example(void)
{
    return (LimitVerdict){
        .current = maxima[0] + 1, .maximum = maxima[0], .period_s = periods_s[0], .type = LIMIT_TYPE};
}

char *limit_body(const LimitVerdict *verdict)
{
    OWN_JSON json_t *body =
        json_pack("{s:i, s:I, s:I, s:I, s:s}", "version", 1, "currentRequests", (json_int_t)verdict->current,
                  "maxRequests", (json_int_t)verdict->maximum, "periodInSeconds",
                  (json_int_t)verdict->period_s, "limitType", verdict->type);

    return json_dumps(body, JSON_COMPACT);
}
