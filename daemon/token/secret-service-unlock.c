/* SPDX-License-Identifier: MIT */
/* Unlocking, for a user who waits for it: with a question that the service puts, and that does not stay open for ever. */
#include "token/secret-service-private.h"

#define LOCKED_MESSAGE "The keyring is locked: unlock it, and what is signed in goes on."

void service_dismiss(SecretService *service)
{
    service->completed = sd_bus_slot_unref(service->completed);
    if (service->prompt && service->bus && service->owner)
        (void)sd_bus_call_method_async(service->bus, NULL, service->owner, service->prompt, PROMPT_INTERFACE,
                                       "Dismiss", NULL, NULL, "");
    free(TAKE(service->prompt));
}

static void prompt_over(SecretService *service)
{
    service->call = sd_bus_slot_unref(service->call);
    service->completed = sd_bus_slot_unref(service->completed);
    service_set_timer(service, SERVICE_TIMER_NONE, 0);
    free(TAKE(service->prompt));
}

static int on_completed(sd_bus_message *message, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    const char *sender = sd_bus_message_get_sender(message);
    int dismissed;
    if (!service->prompt || !service->owner || !sender || !string_equal(sender, service->owner))
        return 0;
    int r = sd_bus_message_read(message, "b", &dismissed);
    prompt_over(service);
    if (r <= 0)
        service_nonsense(service, "Prompt");
    else if (dismissed)
        service_end(service, SECRET_SERVICE_LOCKED,
                    "The keyring's question was dismissed: unlock the keyring, or try again.");
    else
        service_search(service); /* what it has led to is seen there, whatever it was for */
    return 0;
}

static int on_prompted(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    service_answered(service);
    if (!sd_bus_message_is_method_error(reply, NULL))
        return 1;
    prompt_over(service);
    service_refused(service, reply);
    return 1;
}

void service_prompt(SecretService *service, const char *prompt)
{
    service->prompt = strdup(prompt);
    /* First, so that an answer given at once is heard. */
    int r = service->prompt
                ? sd_bus_match_signal_async(service->bus, &service->completed, service->owner, prompt,
                                            PROMPT_INTERFACE, "Completed", on_completed, NULL, service)
                : -ENOMEM;
    sd_bus_message *message = r < 0 ? NULL : service_message(service, prompt, PROMPT_INTERFACE, "Prompt");
    if (r >= 0 && !message)
        return;
    if (r >= 0)
        r = sd_bus_message_append(message, "s", ""); /* we have no window */
    if (r >= 0) {
        service_set_timer(service, SERVICE_TIMER_PROMPT, service->prompt_usec);
        /* Some answer when the user has. */
        service_send(service, message, on_prompted, service->prompt_usec + CALL_USEC);
    } else {
        service_end(service, SECRET_SERVICE_ABSENT, "The keyring's question cannot be asked: %s.",
                    strerror(-r));
    }
    sd_bus_message_unref(message);
}

static int on_unlocked(sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    SecretService *service = userdata;
    const char *prompt;
    service_answered(service);
    if (sd_bus_message_is_method_error(reply, NULL))
        service_refused(service, reply);
    else if (!sd_bus_message_has_signature(reply, "aoo") || sd_bus_message_skip(reply, "ao") < 0 ||
             sd_bus_message_read(reply, "o", &prompt) <= 0)
        service_nonsense(service, "Unlock");
    else if (string_equal(prompt, NO_PATH))
        service_search(service);
    else
        service_prompt(service, prompt);
    return 1;
}

void service_unlock(SecretService *service, const char *path)
{
    if (!service->ask || service->asked) {
        service_end(service, SECRET_SERVICE_LOCKED, LOCKED_MESSAGE);
        return;
    }
    service->asked = true;
    sd_bus_message *message = service_message(service, SERVICE_PATH, SERVICE_INTERFACE, "Unlock");
    if (!message)
        return;
    if (sd_bus_message_append(message, "ao", 1, path) < 0)
        service_nonsense(service, "SearchItems");
    else
        service_send(service, message, on_unlocked, CALL_USEC);
    sd_bus_message_unref(message);
}
