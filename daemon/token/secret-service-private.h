/* SPDX-License-Identifier: MIT */
/* What the files of the Secret Service share. */
#pragma once

#include "token/secret-service.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

#define SERVICE_NAME "org.freedesktop.secrets"
#define SERVICE_PATH "/org/freedesktop/secrets"
#define SERVICE_INTERFACE "org.freedesktop.Secret.Service"
#define COLLECTION_INTERFACE "org.freedesktop.Secret.Collection"
#define ITEM_INTERFACE "org.freedesktop.Secret.Item"
#define PROMPT_INTERFACE "org.freedesktop.Secret.Prompt"
#define NO_PATH "/" /* in place of an object: there is none */

#define DRIVER_NAME "org.freedesktop.DBus"
#define DRIVER_PATH "/org/freedesktop/DBus"

#define CALL_USEC USEC_PER_SEC
#define CHANGE_USEC (250 * USEC_PER_MSEC) /* a change comes with many signals: one look for all */

typedef enum ServiceGoal {
    SERVICE_IDLE,
    SERVICE_FIND,
    SERVICE_MAKE,
    SERVICE_DELETE,
} ServiceGoal;

typedef enum ServiceTimer {
    SERVICE_TIMER_NONE,
    SERVICE_TIMER_LOOK,   /* a look at what has changed, or at what did not answer */
    SERVICE_TIMER_PROMPT, /* the question stays open for so long */
} ServiceTimer;

/* At most one call is under way: a step's reply begins the next step. */
struct SecretService {
    sd_event *event;
    sd_bus *bus;       /* NULL: not connected */
    sd_bus_slot *call; /* under way */
    sd_bus_slot *completed;
    sd_event_source *timer;
    ServiceTimer timer_for;
    uint64_t prompt_usec;

    char state[17]; /* the state folder's mark, among the item's attributes */
    char *owner;    /* its unique name; NULL: it is not there, or not known yet */
    char *session;  /* NULL: none is open */
    char *collection;
    char *item;   /* recorded, or found */
    char *prompt; /* a question that is open; NULL: none */

    ServiceGoal goal;
    bool ask;
    bool told;     /* the item's key was told, and its service is still the same */
    bool watching; /* changes are of interest */
    bool dirty;    /* a change came during the run */
    bool started;  /* in this run: the service was started, */
    bool asked;    /* the user was asked, */
    bool reopened; /* the session was opened anew, */
    bool created;  /* the item was made */
    unsigned calls;
    unsigned retries;
    unsigned char key[SECRET_KEY_BYTES]; /* to be made */

    SecretServiceDone done;
    void *userdata;
};

/* secret-service.c: the connection, and who owns the name. */
void service_begin(SecretService *service); /* the run, from its first step, with what is known */
void service_set_timer(SecretService *service, ServiceTimer what, uint64_t usec);

/* secret-service-call.c: calls, errors, and how a run ends. */
void service_drop_run(SecretService *service); /* without a word */
void service_end(SecretService *service, SecretServiceOutcome outcome, const char *format, ...)
    MPS_PRINTF(3, 4);
void service_end_found(SecretService *service, const unsigned char *key);
void service_nonsense(SecretService *service, const char *what);
void service_no_memory(SecretService *service);
void service_cannot_send(SecretService *service, int r);
/* A call of the service, to be filled; NULL: the run has ended. */
sd_bus_message *service_message(SecretService *service, const char *path, const char *interface,
                                const char *member);
/* Its reply is callback's; if it cannot be sent, the run ends. @usec: its limit. */
void service_send(SecretService *service, sd_bus_message *message, sd_bus_message_handler_t callback,
                  uint64_t usec);
/* The same of the bus. */
void service_driver_call(SecretService *service, const char *member, sd_bus_message_handler_t callback,
                         uint64_t usec, const char *types, ...);
/* For each reply, first: the call is over. An error that has no other meaning ends the run by service_refused(). */
void service_answered(SecretService *service);
void service_refused(SecretService *service, sd_bus_message *reply);

/* secret-service-item.c: looking for the item, its secret, making and deleting it. */
void service_search(SecretService *service);

/* secret-service-unlock.c: unlocking, and questions to the user. */
void service_unlock(SecretService *service, const char *path);
void service_prompt(SecretService *service, const char *prompt);
void service_dismiss(SecretService *service);
