/* SPDX-License-Identifier: MIT */
/* Hand a request to the agent, and wait for its completion through whatever happens to the agent. */
#include "cli/submit.h"

#include "cli/agent-proxy.h"
#include "cli/clock.h"
#include "cli/outcome.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-id128.h>

/* How often one call is handed over again when the agent dies under it. */
#define SENDS_MAX 5
/* How long after its deadline a request's completion is waited for. */
#define GRACE_USEC (25ULL * 1000000)

typedef struct Wait {
    Submission *submission;
    sd_bus *bus;
    char agent[64]; /* the unique name that Completed must come from; "" = none */
    bool agent_new; /* another agent has the name: it must be asked */
    json_t *result;
    uint64_t until_boot_usec;
} Wait;

int submission_prepare(Submission *submission)
{
    const CommandLine *line = submission->line;
    sd_id128_t id;

    if (line->id) {
        if (!target_is_id(line->id))
            return report(line->json, EXIT_USAGE, "usage", "--id= takes a UUID in lower case, with dashes",
                          "uuidgen makes one");
        memcpy(submission->id, line->id, sizeof(submission->id));
    } else {
        int r = sd_id128_randomize(&id);
        if (r < 0)
            return report(line->json, EXIT_NO_AGENT, "internal", strerror(-r), NULL);
        snprintf(submission->id, sizeof(submission->id), SD_ID128_UUID_FORMAT_STR, SD_ID128_FORMAT_VAL(id));
    }
    target_path(submission->id, submission->path);
    if (line->has_deadline)
        submission->deadline_boot_usec = clock_usec(CLOCK_BOOTTIME) + line->deadline_usec;
    return EXIT_DONE;
}

static int append_arguments(sd_bus_message *call, const Submission *submission)
{
    const Target *target = submission->target;
    int r;

    if (submission->xuids) {
        r = sd_bus_message_append(call, "s", target->handle);
        return r < 0 ? r : sd_bus_message_append_strv(call, submission->xuids);
    }
    r = target->by_handle
            ? sd_bus_message_append(call, "s", target->handle)
            : sd_bus_message_append(call, "sss", target->scid, target->template_name, target->name);
    if (r >= 0 && submission->session)
        r = sd_bus_message_append(call, "ss", submission->mode, submission->session);
    return r;
}

static int append_options(sd_bus_message *call, const Submission *submission)
{
    const CommandLine *line = submission->line;
    const struct {
        const char *key;
        const char *value;
    } texts[] = {
        {MPS_OPTION_ID, submission->id},
        {MPS_OPTION_ACCOUNT, line->account},
        {MPS_OPTION_ETAG, line->etag},
        {MPS_OPTION_WHEN_OFFLINE, line->when_offline},
        {MPS_OPTION_SUPERSEDES, line->supersedes},
        {MPS_OPTION_DURABILITY, line->durability},
    };
    int r = sd_bus_message_open_container(call, 'a', "{sv}");

    for (size_t i = 0; r >= 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
        if (texts[i].value)
            r = sd_bus_message_append(call, "{sv}", texts[i].key, "s", texts[i].value);
    if (r >= 0 && line->has_title_id)
        r = sd_bus_message_append(call, "{sv}", MPS_OPTION_TITLE_ID, "u", line->title_id);
    if (r >= 0 && submission->deadline_boot_usec)
        r = sd_bus_message_append(call, "{sv}", MPS_OPTION_DEADLINE_BOOTTIME, "t",
                                  submission->deadline_boot_usec);
    return r < 0 ? r : sd_bus_message_close_container(call);
}

/* Once; on success the unique name of the agent that answered. */
static int send_once(const Submission *submission, sd_bus *bus, sd_bus_error *error, char agent[static 64])
{
    sd_bus_message *call = NULL, *reply = NULL;
    int r = sd_bus_message_new_method_call(bus, &call, MPS_BUS_NAME, MPS_ROOT_PATH, MPS_AGENT_INTERFACE,
                                           submission->member);

    if (r >= 0)
        r = append_arguments(call, submission);
    if (r >= 0)
        r = append_options(call, submission);
    if (r >= 0)
        r = sd_bus_call(bus, call, 0, error, &reply);
    if (r >= 0)
        snprintf(agent, 64, "%s", sd_bus_message_get_sender(reply));
    sd_bus_message_unref(call);
    sd_bus_message_unref(reply);
    return r < 0 ? r : 0;
}

/* Whether the agent died, or stopped, before it answered: the same id may be handed over again without harm. */
static bool is_lost_call(const sd_bus_error *error)
{
    return sd_bus_error_has_name(error, SD_BUS_ERROR_NO_REPLY) ||
           sd_bus_error_has_name(error, SD_BUS_ERROR_TIMEOUT) ||
           sd_bus_error_has_name(error, MPS_ERROR_NAME_SHUTTING_DOWN);
}

static int send_until_answered(const Submission *submission, sd_bus *bus, char agent[static 64])
{
    for (int sends = 1;; sends++) {
        sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = send_once(submission, bus, &error, agent);
        if (r >= 0)
            return EXIT_DONE;
        bool again = sends < SENDS_MAX && is_lost_call(&error);
        int code = again ? 0 : agent_report(submission->line->json, &error, r);
        sd_bus_error_free(&error);
        if (!again)
            return code;
    }
}

int submission_send(Submission *submission, sd_bus *bus)
{
    char agent[64];

    return send_until_answered(submission, bus, agent);
}

static int on_completed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    (void)error;
    Wait *wait = userdata;
    const char *sender = sd_bus_message_get_sender(message);

    /* Any process on the bus can send a signal of this name. */
    if (wait->result || !sender || strcmp(sender, wait->agent) != 0)
        return 0;
    int r = json_read(message, &wait->result);
    return r < 0 ? r : 0;
}

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    (void)error;
    Wait *wait = userdata;
    const char *name, *before, *owner;
    int r = sd_bus_message_read(message, "sss", &name, &before, &owner);

    if (r < 0)
        return r;
    if (strcmp(owner, wait->agent) == 0)
        return 0;
    wait->agent[0] = '\0';
    wait->agent_new = true;
    return 0;
}

static int watch(Wait *wait)
{
    int r = sd_bus_add_match(wait->bus, NULL,
                             "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                             "member='NameOwnerChanged',arg0='" MPS_BUS_NAME "'",
                             on_owner_changed, wait);

    if (r >= 0)
        r = sd_bus_match_signal(wait->bus, NULL, NULL, wait->submission->path, MPS_REQUEST_INTERFACE,
                                MPS_COMPLETED, on_completed, wait);
    return r < 0 ? r : 0;
}

/* An agent that has the stored write is attached to; this starts one if it must. */
static int attach(Wait *wait, sd_bus_error *error)
{
    sd_bus_message *reply = NULL;
    int r = sd_bus_call_method(wait->bus, MPS_BUS_NAME, wait->submission->path, MPS_REQUEST_INTERFACE,
                               MPS_ATTACH, error, &reply, NULL);

    if (r >= 0)
        snprintf(wait->agent, sizeof(wait->agent), "%s", sd_bus_message_get_sender(reply));
    sd_bus_message_unref(reply);
    return r < 0 ? r : 0;
}

/* Another agent, or none: find the request again. Returns an exit code, or -EAGAIN to go on waiting. */
static int follow_agent(Wait *wait)
{
    bool json = wait->submission->line->json, is_write = wait->submission->session;
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int code = -EAGAIN;

    wait->agent_new = false;
    if (!json)
        fprintf(stderr, "mpsessionctl: the agent is gone; looking for the next one\n");
    int r = is_write ? attach(wait, &error) : send_once(wait->submission, wait->bus, &error, wait->agent);
    if (r < 0 && !agent_is_absent(&error) && !is_lost_call(&error)) {
        if (is_write && (sd_bus_error_has_name(&error, MPS_ERROR_NAME_NO_SUCH_REQUEST) ||
                         sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_OBJECT)))
            code = report(json, EXIT_ANSWER_NO, "lost",
                          "the agent does not know this request any more; whether it was applied is unknown",
                          "mpsessionctl get shows the session");
        else
            code = agent_report(json, &error, r);
    }
    /* Without an agent that can be started the next owner of the name is waited for. */
    sd_bus_error_free(&error);
    return code;
}

/* Not beyond its deadline, and some grace for the last attempt's end. */
static void set_limit(Wait *wait)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    uint64_t deadline = 0, wall = clock_usec(CLOCK_REALTIME);
    int r = sd_bus_get_property_trivial(wait->bus, MPS_BUS_NAME, wait->submission->path,
                                        MPS_REQUEST_INTERFACE, "Deadline", &error, 't', &deadline);

    sd_bus_error_free(&error);
    wait->until_boot_usec = clock_usec(CLOCK_BOOTTIME) + GRACE_USEC;
    if (r < 0 || deadline == 0)
        wait->until_boot_usec += wait->submission->line->has_deadline ? wait->submission->line->deadline_usec
                                                                      : MPS_DEADLINE_MAX_USEC;
    else if (deadline > wall)
        wait->until_boot_usec += deadline - wall;
}

static int wait_for_result(Wait *wait)
{
    bool json = wait->submission->line->json;

    while (!wait->result) {
        int r = sd_bus_process(wait->bus, NULL);
        if (r < 0)
            return report(json, EXIT_NO_AGENT, "no-bus",
                          "the session bus is gone; the agent goes on with the request", NULL);
        if (r > 0)
            continue;
        if (wait->agent_new) {
            r = follow_agent(wait);
            if (r != -EAGAIN)
                return r;
            continue;
        }
        uint64_t now = clock_usec(CLOCK_BOOTTIME);
        if (now >= wait->until_boot_usec)
            return report(
                json, EXIT_ANSWER_NO, "agent-lost",
                "the deadline has passed and no agent told the outcome; whether it was applied is unknown",
                "mpsessionctl get shows the session");
        r = sd_bus_wait(wait->bus, wait->until_boot_usec - now);
        if (r < 0 && r != -EINTR)
            return report(json, EXIT_NO_AGENT, "no-bus", strerror(-r), NULL);
    }
    return EXIT_DONE;
}

/* A document over 64 KiB is not in the signal; and what was read may be forgotten by the agent. */
static void finish(Wait *wait)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CLEANUP_JSON json_t *whole = NULL;

    if (!json_object_get(wait->result, MPS_RESULT_SESSION) &&
        !json_flag(wait->result, MPS_RESULT_SESSION_DROPPED) &&
        agent_result(wait->bus, wait->submission->path, &error, &whole) >= 0)
        json_object_update(wait->result, whole);
    sd_bus_error_free(&error);
    agent_open_documents(wait->result);
    agent_call(wait->bus, wait->submission->path, MPS_REQUEST_INTERFACE, MPS_ACKNOWLEDGE, &error, NULL, NULL);
    sd_bus_error_free(&error);
}

int submission_run(Submission *submission, sd_bus *bus, json_t **result)
{
    Wait wait = {.submission = submission, .bus = bus};
    int r = watch(&wait);

    *result = NULL;
    if (r < 0)
        return report(submission->line->json, EXIT_NO_AGENT, "no-bus", strerror(-r), NULL);
    int code = send_until_answered(submission, bus, wait.agent);
    if (code != EXIT_DONE)
        return code;
    set_limit(&wait);
    code = wait_for_result(&wait);
    if (code != EXIT_DONE)
        return code;
    finish(&wait);
    *result = wait.result;
    return outcome_exit_code(wait.result);
}
