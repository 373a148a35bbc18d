/* SPDX-License-Identifier: MIT */
/* The options of a call. */
#include "bus/bus-options.h"

#include "bus/bus-dictionary.h"
#include "bus/bus-internal.h"
#include "ipc/validate.h"

typedef struct Given {
    const char *id, *account, *when_offline, *etag, *supersedes, *durability;
    uint32_t title_id;
    uint64_t deadline, deadline_boottime;
} Given;

/* Those of writes alone come last. */
static const BusKey option_keys[] = {
    {MPS_OPTION_ID, 's', offsetof(Given, id)},
    {MPS_OPTION_ACCOUNT, 's', offsetof(Given, account)},
    {MPS_OPTION_TITLE_ID, 'u', offsetof(Given, title_id)},
    {MPS_OPTION_DEADLINE, 't', offsetof(Given, deadline)},
    {MPS_OPTION_DEADLINE_BOOTTIME, 't', offsetof(Given, deadline_boottime)},
    {MPS_OPTION_WHEN_OFFLINE, 's', offsetof(Given, when_offline)},
    {MPS_OPTION_ETAG, 's', offsetof(Given, etag)},
    {MPS_OPTION_SUPERSEDES, 's', offsetof(Given, supersedes)},
    {MPS_OPTION_DURABILITY, 's', offsetof(Given, durability)},
};
enum {
    SEEN_DEADLINE = 1 << 3,
    SEEN_DEADLINE_BOOTTIME = 1 << 4,
    COMMON_OPTIONS = 6,
};

#define invalid(error, ...) bus_error_set(error, MPS_ERROR_NAME_INVALID_OPTION, __VA_ARGS__)

static int check_texts(const Given *given, sd_bus_error *error)
{
    if (given->id && !mps_validate_id(given->id))
        return invalid(
            error, "option 'id' has to be a canonical UUID: 36 characters, lower case, with dashes, not all "
                   "zero");
    if (given->account && !mps_validate_xuid(given->account))
        return invalid(error,
                       "option 'account' has to be a XUID: a decimal number of at most 20 digits, not 0");
    if (given->etag && !mps_validate_etag(given->etag))
        return invalid(error, "option 'etag' has to be 1 to %d printable ASCII characters", MPS_ETAG_MAX);
    if (given->supersedes && !mps_validate_supersedes(given->supersedes))
        return invalid(error, "option 'supersedes' has to be 1 to %d bytes", MPS_SUPERSEDES_MAX);
    return 0;
}

static int check_deadline(const Given *given, uint32_t seen, uint64_t boot_usec, uint64_t *deadline,
                          sd_bus_error *error)
{
    if (seen & SEEN_DEADLINE && seen & SEEN_DEADLINE_BOOTTIME)
        return invalid(error, "give either 'deadline-usec' or 'deadline-boottime-usec', not both");
    if (seen & SEEN_DEADLINE) {
        if (given->deadline == 0 || given->deadline > MPS_DEADLINE_MAX_USEC)
            return invalid(error,
                           "option 'deadline-usec' has to be more than 0 and at most 7 days in microseconds "
                           "(604800000000)");
        *deadline = boot_usec + given->deadline;
    } else if (seen & SEEN_DEADLINE_BOOTTIME) {
        /* One that has just passed is not wrong: the call was under way. It expires. */
        if (given->deadline_boottime == 0 || (given->deadline_boottime > boot_usec &&
                                              given->deadline_boottime - boot_usec > MPS_DEADLINE_MAX_USEC))
            return invalid(
                error, "option 'deadline-boottime-usec' has to be a point of CLOCK_BOOTTIME in microseconds, "
                       "not 0 and at most 7 days ahead");
        *deadline = given->deadline_boottime;
    } else
        *deadline = 0;
    return 0;
}

static int check_words(const Given *given, BusOptions *options, sd_bus_error *error)
{
    if (given->when_offline) {
        options->fail_when_offline = string_equal(given->when_offline, MPS_WHEN_OFFLINE_FAIL);
        if (!options->fail_when_offline && !string_equal(given->when_offline, MPS_WHEN_OFFLINE_QUEUE))
            return invalid(error, "option 'when-offline' has to be 'queue' or 'fail'");
    }
    if (!given->durability)
        options->durability = CORE_DURABILITY_DEFAULT;
    else if (string_equal(given->durability, MPS_DURABILITY_POWER))
        options->durability = CORE_DURABILITY_POWER;
    else if (string_equal(given->durability, MPS_DURABILITY_CRASH))
        options->durability = CORE_DURABILITY_CRASH;
    else if (string_equal(given->durability, MPS_DURABILITY_NONE))
        options->durability = CORE_DURABILITY_NONE;
    else
        return invalid(error, "option 'durability' has to be 'power', 'crash' or 'none'");
    return 0;
}

int bus_options_read(sd_bus_message *message, bool write, CoreMode mode, uint64_t boot_usec,
                     BusOptions *options, sd_bus_error *error)
{
    Given given = {0};
    uint32_t seen = 0;
    BusOptions read = {0};
    size_t count = write ? ELEMENTS(option_keys) : (size_t)COMMON_OPTIONS;
    int r = bus_dictionary_read(message, option_keys, count, &given, &seen, "option", error);
    if (r < 0)
        return r;
    r = check_texts(&given, error);
    if (r < 0)
        return r;
    r = check_deadline(&given, seen, boot_usec, &read.deadline_boot_usec, error);
    if (r < 0)
        return r;
    r = check_words(&given, &read, error);
    if (r < 0)
        return r;
    if (write && mode == CORE_MODE_SYNCHRONIZED_UPDATE && !given.etag)
        return invalid(
            error,
            "'synchronized-update' needs the option 'etag': the version that the change was made from");
    read.id = given.id;
    read.account = given.account;
    read.etag = given.etag;
    read.supersedes = given.supersedes;
    read.title_id = given.title_id;
    *options = read;
    return 0;
}
