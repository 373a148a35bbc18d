/* SPDX-License-Identifier: MIT */
/* What the agent told of itself, judged. */
#include "cli/doctor.h"

#include "cli/duration.h"
#include "cli/json-out.h"
#include "ipc/names.h"

#include <stdio.h>
#include <string.h>

/* A queue that is well takes little; below this others may fill the disk any moment. */
#define SPACE_LOW (64ULL << 20)
#define MIB (1ULL << 20)

void doctor_free_space(Doctor *doctor, const char *folder, uint64_t free_bytes, bool reserve)
{
    static const char fix[] = "free some space on that file system";
    unsigned long long mib = free_bytes / MIB;

    if (!reserve)
        doctor_add(doctor, "disk", DOCTOR_FAIL, fix,
                   "%s: full; new writes are refused, and what was accepted lives on the reserve", folder);
    else if (free_bytes < SPACE_LOW)
        doctor_add(doctor, "disk", DOCTOR_WARN, fix, "%s: only %llu MiB are free", folder, mib);
    else
        doctor_add(doctor, "disk", DOCTOR_OK, NULL, "%s: %llu MiB are free", folder, mib);
}

void doctor_store(Doctor *doctor)
{
    const json_t *facts = doctor->facts;
    const char *folder = json_text(facts, MPS_FACT_STATE_FOLDER),
               *error = json_text(facts, MPS_FACT_STORE_ERROR);
    unsigned long long format = json_number(facts, MPS_FACT_STORE_FORMAT),
                       kib = json_number(facts, MPS_FACT_STORE_BYTES) / 1024;

    if (*error)
        doctor_add(doctor, "store", DOCTOR_FAIL,
                   "make the folder writable and see that its disk is well; journalctl --user -u mpsessiond "
                   "says more",
                   "%s: cannot be written: %s", folder, error);
    else
        doctor_add(doctor, "store", DOCTOR_OK, NULL, "%s: can be written; format %llu, %llu KiB", folder,
                   format, kib);
    doctor_free_space(doctor, folder, json_number(facts, MPS_FACT_DISK_FREE),
                      json_flag(facts, MPS_FACT_RESERVE));
}

/* ---- The limits ---------------------------------------------------------------------------------------------------------- */

static uint64_t cell(const json_t *row, size_t index)
{
    return (uint64_t)json_integer_value(json_array_get(row, index));
}

static bool is_used_up(uint64_t used, uint64_t limit)
{
    return limit > 0 && used >= limit;
}

/* One account and title that has to wait. Returns whether it does. */
static bool limiter_waits(Doctor *doctor, const json_t *row)
{
    const char *account = json_string_value(json_array_get(row, 0));
    uint64_t title = cell(row, 1), held = cell(row, 6);
    char when[DURATION_SIZE];

    if (held > doctor->now) {
        doctor_add(doctor, "limiter", DOCTOR_WARN,
                   "wait; other programs that play as this account use up the same limit",
                   "account %s, title %llu: the service said to wait, and it is tried again %s",
                   account ? account : "", (unsigned long long)title,
                   duration_format_relative(held, doctor->now, when));
        return true;
    }
    if (!is_used_up(cell(row, 2), cell(row, 3)) && !is_used_up(cell(row, 4), cell(row, 5)))
        return false;
    doctor_add(doctor, "limiter", DOCTOR_WARN, "wait; games that write less often get through at once",
               "account %s, title %llu: used up, %llu of %llu calls in 15 s, %llu of %llu in 300 s",
               account ? account : "", (unsigned long long)title, (unsigned long long)cell(row, 2),
               (unsigned long long)cell(row, 3), (unsigned long long)cell(row, 4),
               (unsigned long long)cell(row, 5));
    return true;
}

void doctor_limiters(Doctor *doctor)
{
    const json_t *limiters = json_object_get(doctor->facts, MPS_FACT_LIMITERS);
    size_t waiting = 0, count = json_array_size(limiters);

    for (size_t i = 0; i < count; i++)
        waiting += limiter_waits(doctor, json_array_get(limiters, i));
    if (waiting == 0 && count == 0)
        doctor_add(doctor, "limiter", DOCTOR_OK, NULL, "nothing was sent in the last 5 min");
    else if (waiting == 0)
        doctor_add(doctor, "limiter", DOCTOR_OK, NULL, "no account has to wait (%zu in use)", count);
}

/* ---- How the directory did ------------------------------------------------------------------------------------------------ */

void doctor_health(Doctor *doctor)
{
    const json_t *facts = doctor->facts;
    const char *connectivity = json_text(facts, MPS_FACT_CONNECTIVITY),
               *error = json_text(facts, MPS_FACT_LAST_ERROR);
    uint64_t success = json_number(facts, MPS_FACT_LAST_SUCCESS_AT),
             failed = json_number(facts, MPS_FACT_LAST_ERROR_AT),
             held = json_number(facts, MPS_FACT_HELD_UNTIL), probe = json_number(facts, MPS_FACT_NEXT_PROBE);
    char good[DURATION_SIZE], bad[DURATION_SIZE], next[DURATION_SIZE];

    duration_format_relative(success, doctor->now, good);
    duration_format_relative(failed, doctor->now, bad);
    if (held > doctor->now)
        doctor_add(doctor, "health", DOCTOR_WARN, "wait: what is queued is sent then",
                   "the directory said to wait; it is tried again %s",
                   duration_format_relative(held, doctor->now, next));
    else if (strcmp(connectivity, MPS_CONNECTIVITY_OFFLINE) == 0)
        doctor_add(doctor, "health", DOCTOR_FAIL,
                   "see route, name and directory; what is queued is sent when it is back",
                   "the agent cannot reach the directory: %s (%s); it is tried again %s", error, bad,
                   probe > doctor->now ? duration_format_relative(probe, doctor->now, next) : "now");
    else if (strcmp(connectivity, MPS_CONNECTIVITY_LIMITED) == 0)
        doctor_add(doctor, "health", DOCTOR_WARN, "wait: it goes on by itself",
                   "the directory fails or throttles: %s (%s)", error, bad);
    else if (success == 0 && failed == 0)
        doctor_add(doctor, "health", DOCTOR_OK, NULL, "the agent has sent nothing yet");
    else
        doctor_add(doctor, "health", DOCTOR_OK, NULL, "the directory's last answer to the agent: %s", good);
    uint64_t tokens = json_number(facts, MPS_FACT_RETRY_TOKENS),
             most = json_number(facts, MPS_FACT_RETRY_TOKENS_MAX);
    if (tokens < most / 10)
        doctor_add(doctor, "retries", DOCTOR_WARN, "wait: an answer at the first try gives some back",
                   "nearly all retries are used up (%llu of %llu are left): one request at a time goes on",
                   (unsigned long long)tokens, (unsigned long long)most);
}

/* ---- What was put aside ------------------------------------------------------------------------------------------------- */

void doctor_quarantine(Doctor *doctor)
{
    const json_t *facts = doctor->facts;
    const char *folder = json_text(facts, MPS_FACT_STATE_FOLDER);
    unsigned long long records = json_number(facts, MPS_FACT_QUARANTINED),
                       fresh = json_number(facts, MPS_FACT_QUARANTINED_NOW),
                       files = json_number(facts, MPS_FACT_MOVED_ASIDE);

    if (records > 0)
        doctor_add(
            doctor, "quarantine", DOCTOR_WARN,
            "check the disk; stop the agent, look at the table quarantine with sqlite3, and empty it",
            "%llu records of %s/queue.db could not be read and were put aside, %llu of them at this start",
            records, folder, fresh);
    if (files > 0)
        doctor_add(doctor, "quarantine", DOCTOR_WARN,
                   "check the disk; remove the files when nobody needs them",
                   "%llu queues that could not be read as a whole lie in %s; the newest is %s", files, folder,
                   json_text(facts, MPS_FACT_NEWEST_MOVED));
    if (records == 0 && files == 0)
        doctor_add(doctor, "quarantine", DOCTOR_OK, NULL, "nothing was put aside");
}
