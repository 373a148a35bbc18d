/* SPDX-License-Identifier: MIT */
/*
 * The connection to the session bus, the owner of the service's name, and the frame of a run.
 *
 * A connection of its own, as sessions of the service are bound to one. The session is a plain one: the secret goes through
 * the bus as it is. Any process of this user that could watch it there could as well ask the service for it, so that the
 * other form, a key exchange of 1024 bits without a proof of who is at its other end, would keep it from accidents alone:
 * messages that carry it are wiped when freed, and it is asked for once per life of the service.
 */
#include "base/digest.h"
#include "base/log.h"
#include "token/secret-service-private.h"

#include <stdio.h>

#define ACTIVATE_USEC (2 * USEC_PER_SEC)
#define PROMPT_USEC (2 * USEC_PER_MINUTE)

/* ---- The owner ------------------------------------------------------------------------------------------------------- */

/* What was learnt of one process is not true of the next. */
static int service_set_owner(SecretService *service, const char *owner)
{
    free(TAKE(service->owner));
    free(TAKE(service->session));
    free(TAKE(service->collection));
    service->told = false;
    service->owner = string_empty(owner) ? NULL : strdup(owner);
    return string_empty(owner) || service->owner ? 0 : -ENOMEM;
}

static void service_none(SecretService *service)
{
    service_end(
        service, SECRET_SERVICE_ABSENT,
        "No keyring program (Secret Service) is running: start it, or log in to the desktop it belongs to.");
}

static void ask_owner(SecretService *service);

static int on_started(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    service_answered(service);
    if (sd_bus_message_is_method_error(reply, NULL))
        service_none(service);
    else
        ask_owner(service);
    return 1;
}

static int on_activatable(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    const char *name;
    bool there = false;
    service_answered(service);
    if (sd_bus_message_is_method_error(reply, NULL) || sd_bus_message_enter_container(reply, 'a', "s") < 0) {
        service_none(service);
        return 1;
    }
    while (!there && sd_bus_message_read(reply, "s", &name) > 0)
        there = string_equal(name, SERVICE_NAME);
    service->started = true;
    if (there)
        service_driver_call(service, "StartServiceByName", on_started, ACTIVATE_USEC, "su", SERVICE_NAME, 0U);
    else
        service_none(service);
    return 1;
}

static int on_owner(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    const char *owner = NULL;
    service_answered(service);
    if (!sd_bus_message_is_method_error(reply, NULL) && sd_bus_message_read(reply, "s", &owner) >= 0) {
        if (service_set_owner(service, owner) < 0)
            service_cannot_send(service, -ENOMEM);
        else
            service_search(service);
    } else if (sd_bus_message_is_method_error(reply, SD_BUS_ERROR_NAME_HAS_NO_OWNER) && !service->started &&
               service->goal != SERVICE_DELETE) {
        service_driver_call(service, "ListActivatableNames", on_activatable, CALL_USEC, "");
    } else {
        service_none(service);
    }
    return 1;
}

static void ask_owner(SecretService *service)
{
    service_driver_call(service, "GetNameOwner", on_owner, CALL_USEC, "s", SERVICE_NAME);
}

static int on_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    const char *name, *before, *after;
    if (sd_bus_message_read(message, "sss", &name, &before, &after) < 0 || !string_equal(name, SERVICE_NAME))
        return 0;
    if (service->owner && string_equal(service->owner, after))
        return 0;
    free(TAKE(service->prompt)); /* it went with its owner */
    int r = service_set_owner(service, after);
    service->retries = 0;
    if (r < 0)
        service_cannot_send(service, r);
    else if (!service->owner && (service->goal != SERVICE_IDLE || service->watching))
        service_none(service);
    else if (service->owner && service->goal != SERVICE_IDLE)
        service_begin(service);
    else if (service->owner && service->watching)
        secret_service_find(service, false);
    return 0;
}

/* ---- Changes --------------------------------------------------------------------------------------------------------- */

static int on_changed(sd_bus_message *message, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    const char *sender = sd_bus_message_get_sender(message);
    if (!service->owner || !sender || !string_equal(sender, service->owner))
        return 0;
    if (service->goal != SERVICE_IDLE)
        service->dirty = true;
    else if (service->watching && service->timer_for == SERVICE_TIMER_NONE)
        service_set_timer(service, SERVICE_TIMER_LOOK, CHANGE_USEC);
    return 0;
}

static int on_timer(sd_event_source *source MPS_UNUSED, uint64_t usec MPS_UNUSED, void *userdata)
{
    SecretService *service = userdata;
    ServiceTimer what = service->timer_for;
    service->timer_for = SERVICE_TIMER_NONE;
    if (what == SERVICE_TIMER_PROMPT)
        service_end(service, SECRET_SERVICE_LOCKED,
                    "The keyring's question was not answered: unlock the keyring, or try again.");
    else if (what == SERVICE_TIMER_LOOK && service->owner)
        secret_service_find(service, false);
    return 0;
}

void service_set_timer(SecretService *service, ServiceTimer what, uint64_t usec)
{
    service->timer_for = what;
    int r = 0;
    if (what != SERVICE_TIMER_NONE)
        r = sd_event_source_set_time_relative(service->timer, usec);
    if (r >= 0)
        r = sd_event_source_set_enabled(service->timer,
                                        what == SERVICE_TIMER_NONE ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
    if (r < 0)
        log_error("the timer of the keyring cannot be set: %s", strerror(-r));
}

/* ---- The connection -------------------------------------------------------------------------------------------------- */

static void service_disconnect(SecretService *service)
{
    service_drop_run(service);
    (void)service_set_owner(service, NULL);
    service->bus = sd_bus_close_unref(service->bus);
}

static int on_disconnected(sd_bus_message *message MPS_UNUSED, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    service_disconnect(service);
    service_end(service, SECRET_SERVICE_ABSENT,
                "The session bus, on which the keyring is, has gone: log in again.");
    return 1;
}

static int service_connect(SecretService *service)
{
    int r = sd_bus_open_user_with_description(&service->bus, "keyring");
    sd_bus *bus = service->bus;
    /* At the loop's end sd-bus would wait until all is sent, and a bus that does not answer would keep us from ending. */
    if (r >= 0)
        r = sd_bus_set_close_on_exit(bus, 0);
    if (r >= 0)
        r = sd_bus_attach_event(bus, service->event, SD_EVENT_PRIORITY_NORMAL);
    if (r >= 0)
        r = sd_bus_match_signal_async(bus, NULL, "org.freedesktop.DBus.Local", "/org/freedesktop/DBus/Local",
                                      "org.freedesktop.DBus.Local", "Disconnected", on_disconnected, NULL,
                                      service);
    if (r >= 0)
        r = sd_bus_add_match_async(bus, NULL,
                                   "type='signal',sender='" DRIVER_NAME "',path='" DRIVER_PATH "',"
                                   "interface='" DRIVER_NAME "',member='NameOwnerChanged',"
                                   "arg0='" SERVICE_NAME "'",
                                   on_owner_changed, NULL, service);
    /* All that it says: services differ in which objects and interfaces tell of unlocking. */
    if (r >= 0)
        r = sd_bus_add_match_async(
            bus, NULL, "type='signal',sender='" SERVICE_NAME "',path_namespace='" SERVICE_PATH "'",
            on_changed, NULL, service);
    return r;
}

void service_begin(SecretService *service)
{
    service->call = sd_bus_slot_unref(service->call);
    service_dismiss(service);
    service_set_timer(service, SERVICE_TIMER_NONE, 0);
    service->reopened = false;
    if (!service->bus) {
        int r = service_connect(service);
        if (r < 0) {
            service_disconnect(service);
            service_cannot_send(service, r);
            return;
        }
    }
    if (service->owner)
        service_search(service);
    else
        ask_owner(service);
}

/* ---- From outside ---------------------------------------------------------------------------------------------------- */

void secret_service_cancel(SecretService *service)
{
    service_drop_run(service);
}

static void service_run(SecretService *service, ServiceGoal goal, bool ask, const unsigned char *key)
{
    service_drop_run(service);
    service->goal = goal;
    service->ask = ask;
    service->calls = 0;
    service->dirty = service->started = service->asked = service->created = false;
    service->watching = goal != SERVICE_DELETE;
    if (key)
        memcpy(service->key, key, sizeof service->key);
    service_begin(service);
}

void secret_service_find(SecretService *service, bool ask)
{
    service_run(service, SERVICE_FIND, ask, NULL);
}

void secret_service_make(SecretService *service, const unsigned char key[SECRET_KEY_BYTES])
{
    service_run(service, SERVICE_MAKE, true, key);
}

void secret_service_delete(SecretService *service)
{
    service_run(service, SERVICE_DELETE, false, NULL);
}

/* The folder itself, however it is written, but not in clear: attributes lie open to whoever asks. */
static int service_mark(const char *state, char mark[17])
{
    unsigned char hash[32];
    CLEANUP_FREE char *real = realpath(state, NULL);
    const char *path = real ? real : state;
    int r = digest_parts(&(DigestPart){path, strlen(path)}, 1, hash);
    for (size_t i = 0; r == 0 && i < 8; i++)
        snprintf(mark + 2 * i, 3, "%02x", hash[i]);
    return r;
}

int secret_service_new(struct sd_event *event, const char *state, const char *item, uint64_t prompt_usec,
                       SecretServiceDone done, void *userdata, SecretService **out)
{
    CLEANUP(secret_service_freep) SecretService *service = calloc(1, sizeof *service);
    if (!service)
        return -ENOMEM;
    service->event = sd_event_ref(event);
    service->prompt_usec = prompt_usec ? prompt_usec : PROMPT_USEC;
    service->done = done;
    service->userdata = userdata;
    service->item = string_empty(item) ? NULL : strdup(item);
    if (!string_empty(item) && !service->item)
        return -ENOMEM;
    int r = service_mark(state, service->state);
    if (r >= 0)
        r = sd_event_add_time(event, &service->timer, CLOCK_MONOTONIC, 0, 10 * USEC_PER_MSEC, on_timer,
                              service);
    if (r >= 0)
        r = sd_event_source_set_enabled(service->timer, SD_EVENT_OFF);
    if (r < 0)
        return r;
    (void)sd_event_source_set_description(service->timer, "keyring-timer");
    *out = TAKE(service);
    return 0;
}

SecretService *secret_service_free(SecretService *service)
{
    if (!service)
        return NULL;
    if (service->timer)
        service_disconnect(service);
    sd_event_source_disable_unref(service->timer);
    sd_event_unref(service->event);
    free(service->item);
    explicit_bzero(service->key, sizeof service->key);
    free(service);
    return NULL;
}
