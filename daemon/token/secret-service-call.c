/* SPDX-License-Identifier: MIT */
/* How the service is called, what its errors mean, and how a run ends. */
#include "base/log.h"
#include "token/secret-service-private.h"

#include <stdarg.h>
#include <stdio.h>

#define RETRY_USEC (2 * USEC_PER_SEC) /* the first, after no answer; then twice as much each */
#define RETRIES_MAX 5
#define CALLS_MAX 64 /* of one run: no service can make it endless */

/* ---- A run's end ----------------------------------------------------------------------------------------------------- */

void service_drop_run(SecretService *service)
{
    service->call = sd_bus_slot_unref(service->call);
    service_dismiss(service);
    service_set_timer(service, SERVICE_TIMER_NONE, 0);
    explicit_bzero(service->key, sizeof service->key);
    service->goal = SERVICE_IDLE;
}

static void service_tell(SecretService *service, const SecretServiceAnswer *answer)
{
    service_drop_run(service);
    if (answer->outcome != SECRET_SERVICE_ABSENT)
        service->retries = 0;
    if (service->dirty && service->owner && service->watching)
        service_set_timer(service, SERVICE_TIMER_LOOK, CHANGE_USEC);
    service->dirty = false;
    service->done(service->userdata, answer);
}

void service_end(SecretService *service, SecretServiceOutcome outcome, const char *format, ...)
{
    char message[SECRET_MESSAGE_BYTES];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(message, sizeof message, format, list);
    va_end(list);
    service->told = false;
    if (outcome == SECRET_SERVICE_DELETED)
        service->watching = false;
    service_tell(service, &(SecretServiceAnswer){.outcome = outcome, .message = message});
}

void service_end_found(SecretService *service, const unsigned char *key)
{
    service->told = true;
    service_tell(service,
                 &(SecretServiceAnswer){
                     .outcome = SECRET_SERVICE_FOUND, .key = key, .item = service->item, .message = ""});
}

void service_nonsense(SecretService *service, const char *what)
{
    service_end(service, SECRET_SERVICE_BAD,
                "The keyring program's answer to %s makes no sense, so nothing is kept in it: update or "
                "restart that program.",
                what);
}

void service_no_memory(SecretService *service)
{
    service_end(service, SECRET_SERVICE_ABSENT, "Memory is out: close something, then try again.");
}

static bool service_is_silence(const char *name)
{
    static const char *const names[] = {SD_BUS_ERROR_NO_REPLY, SD_BUS_ERROR_TIMEOUT,
                                        "org.freedesktop.DBus.Error.TimedOut"};
    for (size_t i = 0; i < ELEMENTS(names); i++)
        if (string_equal(name, names[i]))
            return true;
    return false;
}

void service_refused(SecretService *service, sd_bus_message *reply)
{
    /* Its name alone: the text is the service's own, and may be anything. */
    const char *name = sd_bus_message_get_error(reply)->name;
    if (!service_is_silence(name)) {
        service_end(service, SECRET_SERVICE_ABSENT,
                    "The keyring program refuses its work (%.100s): look at it, or restart it.", name);
        return;
    }
    /* It may be busy with the login. A user who waits is told at once. */
    unsigned retry = service->retries;
    bool again = !service->ask && service->goal == SERVICE_FIND && service->owner && retry < RETRIES_MAX;
    service_end(service, SECRET_SERVICE_ABSENT,
                "The keyring program does not answer: restart it, then try again.");
    if (again && service->goal == SERVICE_IDLE && service->timer_for == SERVICE_TIMER_NONE) {
        service->retries = retry + 1;
        service_set_timer(service, SERVICE_TIMER_LOOK, RETRY_USEC << retry);
    }
}

/* ---- Calls ----------------------------------------------------------------------------------------------------------- */

void service_answered(SecretService *service)
{
    service->call = sd_bus_slot_unref(service->call);
}

void service_cannot_send(SecretService *service, int r)
{
    service_end(
        service, SECRET_SERVICE_ABSENT,
        "The session bus, on which the keyring is, cannot be used (%s): log in to a session that has one.",
        strerror(-r));
}

sd_bus_message *service_message(SecretService *service, const char *path, const char *interface,
                                const char *member)
{
    sd_bus_message *message = NULL;
    if (++service->calls > CALLS_MAX) {
        service_end(service, SECRET_SERVICE_BAD,
                    "The keyring program's answers never come to an end, so nothing is kept in it: update or "
                    "restart that program.");
        return NULL;
    }
    /* By its unique name: nobody is started for it, and nobody else takes it. */
    int r = sd_bus_message_new_method_call(service->bus, &message, service->owner, path, interface, member);
    if (r < 0)
        service_cannot_send(service, r);
    return message;
}

void service_send(SecretService *service, sd_bus_message *message, sd_bus_message_handler_t callback,
                  uint64_t usec)
{
    int r = sd_bus_call_async(service->bus, &service->call, message, callback, service, usec);
    if (r < 0)
        service_cannot_send(service, r);
}

void service_driver_call(SecretService *service, const char *member, sd_bus_message_handler_t callback,
                         uint64_t usec, const char *types, ...)
{
    sd_bus_message *message = NULL;
    va_list list;
    va_start(list, types);
    int r =
        sd_bus_message_new_method_call(service->bus, &message, DRIVER_NAME, DRIVER_PATH, DRIVER_NAME, member);
    if (r >= 0)
        r = sd_bus_message_appendv(message, types, list);
    va_end(list);
    if (r >= 0)
        service_send(service, message, callback, usec);
    else
        service_cannot_send(service, r);
    sd_bus_message_unref(message);
}
