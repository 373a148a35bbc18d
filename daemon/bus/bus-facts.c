/* SPDX-License-Identifier: MIT */
/* Diagnose: what the agent alone knows of itself. */
#include "bus/bus-internal.h"

#include "base/log.h"

typedef struct FactsCall {
    Bus *bus;
    sd_bus_message *message;
} FactsCall;

/* Folders may have names that are no UTF-8: then they are told as well as can be. */
static int append_text(sd_bus_message *reply, const char *key, const char *value)
{
    CLEANUP_FREE char *copy = value ? strdup(value) : NULL;
    if (!value)
        return 0;
    if (!copy)
        return -ENOMEM;
    bus_make_utf8(copy);
    return sd_bus_message_append(reply, "{sv}", key, "s", copy);
}

static int append_number(sd_bus_message *reply, const char *key, unsigned value)
{
    return sd_bus_message_append(reply, "{sv}", key, "u", (uint32_t)value);
}

static int append_large(sd_bus_message *reply, const char *key, uint64_t value)
{
    return sd_bus_message_append(reply, "{sv}", key, "t", value);
}

static int append_store(sd_bus_message *reply, const BusFacts *facts)
{
    int r = append_text(reply, MPS_FACT_STATE_FOLDER, facts->state_folder);
    if (r >= 0)
        r = append_number(reply, MPS_FACT_STORE_FORMAT, facts->store_format);
    if (r >= 0)
        r = append_large(reply, MPS_FACT_STORE_BYTES, facts->store_bytes);
    if (r >= 0)
        r = append_text(reply, MPS_FACT_STORE_ERROR, facts->store_error);
    if (r >= 0)
        r = append_large(reply, MPS_FACT_DISK_FREE, facts->disk_free);
    if (r >= 0)
        r = sd_bus_message_append(reply, "{sv}", MPS_FACT_RESERVE, "b", (int)facts->reserve);
    if (r >= 0)
        r = append_number(reply, MPS_FACT_QUARANTINED, facts->quarantined);
    if (r >= 0)
        r = append_number(reply, MPS_FACT_QUARANTINED_NOW, facts->quarantined_now);
    if (r >= 0)
        r = append_number(reply, MPS_FACT_MOVED_ASIDE, facts->moved_aside);
    if (r >= 0)
        r = append_text(reply, MPS_FACT_NEWEST_MOVED, facts->newest_moved);
    return r;
}

static int append_identity(sd_bus_message *reply, const BusFacts *facts)
{
    int r = append_text(reply, MPS_FACT_IDENTITY_URL, facts->identity_url);
    if (r >= 0)
        r = append_text(reply, MPS_FACT_SECRET_STORE, facts->secret_store);
    if (r >= 0 && facts->has_skew)
        r = sd_bus_message_append(reply, "{sv}", MPS_FACT_CLOCK_SKEW_USEC, "x", facts->skew_usec);
    return r;
}

static int append_limiters(const Bus *bus, sd_bus_message *reply, const CoreNow *now)
{
    CoreLimiterFacts facts[MPS_LIMITERS_MAX];
    size_t count = core_limiter_facts(bus->core, now, facts, ELEMENTS(facts));
    int r = sd_bus_message_open_container(reply, 'e', "sv");
    if (r >= 0)
        r = sd_bus_message_append_basic(reply, 's', MPS_FACT_LIMITERS);
    if (r >= 0)
        r = sd_bus_message_open_container(reply, 'v', "a(suuuuut)");
    if (r >= 0)
        r = sd_bus_message_open_container(reply, 'a', "(suuuuut)");
    for (size_t i = 0; r >= 0 && i < count && i < ELEMENTS(facts); i++)
        r = sd_bus_message_append(reply, "(suuuuut)", facts[i].account, facts[i].title_id,
                                  facts[i].burst_used, facts[i].burst_limit, facts[i].sustained_used,
                                  facts[i].sustained_limit, bus_wall(now, facts[i].held_until_usec));
    for (unsigned level = 0; r >= 0 && level < 3; level++)
        r = sd_bus_message_close_container(reply);
    return r;
}

static int append_directory(const Bus *bus, sd_bus_message *reply, const CoreNow *now, const BusFacts *facts)
{
    CoreHostFacts host = core_host_facts(bus->core, now);
    int r = append_text(reply, MPS_FACT_DIRECTORY_URL, bus->settings.directory_url);
    if (r >= 0)
        r = append_text(reply, MPS_FACT_CA_FILE, facts->ca_file);
    if (r >= 0)
        r = append_text(reply, MPS_FACT_PROXY, facts->proxy);
    if (r >= 0)
        r = append_text(reply, MPS_FACT_CONNECTIVITY,
                        bus_connectivity_name(core_counters(bus->core).connectivity));
    if (r >= 0)
        r = sd_bus_message_append(reply, "{sv}", MPS_FACT_PROBING, "b", (int)host.probing);
    if (r >= 0)
        r = append_large(reply, MPS_FACT_NEXT_PROBE, bus_wall(now, host.next_attempt_usec));
    if (r >= 0)
        r = append_large(reply, MPS_FACT_HELD_UNTIL, bus_wall(now, host.held_until_usec));
    if (r >= 0)
        r = append_number(reply, MPS_FACT_RETRY_TOKENS, host.retry_tokens);
    if (r >= 0)
        r = append_number(reply, MPS_FACT_RETRY_TOKENS_MAX, host.retry_tokens_max);
    if (r >= 0)
        r = append_text(reply, MPS_FACT_LAST_ERROR, facts->last_error);
    if (r >= 0)
        r = append_large(reply, MPS_FACT_LAST_ERROR_AT, facts->last_error_usec);
    if (r >= 0)
        r = append_large(reply, MPS_FACT_LAST_SUCCESS_AT, facts->last_success_usec);
    return r;
}

static int reply_facts(const Bus *bus, sd_bus_message *message, const BusFacts *facts)
{
    CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    CoreNow now = bus_now();
    int r = sd_bus_message_new_method_return(message, &reply);
    if (r >= 0)
        r = sd_bus_message_open_container(reply, 'a', "{sv}");
    if (r >= 0)
        r = append_text(reply, MPS_FACT_VERSION, bus->settings.version);
    if (r >= 0)
        r = append_store(reply, facts);
    if (r >= 0)
        r = append_limiters(bus, reply, &now);
    if (r >= 0)
        r = append_directory(bus, reply, &now, facts);
    if (r >= 0)
        r = append_identity(reply, facts);
    if (r >= 0)
        r = sd_bus_message_close_container(reply);
    return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static void on_looked(const BusFacts *facts, void *userdata)
{
    CLEANUP_FREE FactsCall *call = userdata;
    CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = call->message;
    call->bus->loading--;
    int r =
        facts ? reply_facts(call->bus, message, facts)
              : sd_bus_reply_method_errorf(message, MPS_ERROR_NAME_STORE_FAILED,
                                           "the agent's store does not tell how it is; see the agent's log");
    if (r < 0)
        log_debug("cannot answer " MPS_DIAGNOSE ": %s", strerror(-r));
}

int bus_diagnose(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    Bus *bus = userdata;
    if (bus_caller_sandboxed(bus->caller))
        return bus_error_set(
            error, MPS_ERROR_NAME_ACCESS_DENIED,
            "a program in a sandbox may not look at the whole agent; run mpsessionctl doctor "
            "outside of it");
    if (bus->loading >= BUS_LOADING_MAX)
        return bus_error_set(error, MPS_ERROR_NAME_QUOTA_EXCEEDED, "too much is being read; try again");
    CLEANUP_FREE FactsCall *call = calloc(1, sizeof *call);
    if (!call)
        return -ENOMEM;
    call->bus = bus;
    call->message = message;
    int r = bus->hooks->look(on_looked, call, bus->userdata);
    if (r < 0)
        return bus_error_set(error, MPS_ERROR_NAME_STORE_FAILED, "the store cannot be asked: %s",
                             strerror(-r));
    sd_bus_message_ref(message);
    (void)TAKE(call);
    bus->loading++;
    return 1;
}
