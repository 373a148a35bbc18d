/* SPDX-License-Identifier: MIT */
/* Calls to messages, messages to results. On the I/O thread alone; whatever a message holds, nothing here crashes. */
#pragma once

#include <dbus/dbus.h>

#include "client-call.h"

/* The room for a request's object path. */
#define WIRE_PATH_SIZE 80

/* wire_path() - the object path of a request. @id: canonical. */
void wire_path(const char *id, char path[WIRE_PATH_SIZE]);

/* wire_path_to_id() - the reverse. Returns false for another path. */
bool wire_path_to_id(const char *path, char id[MPS_ID_SIZE]);

/* wire_new_bus_call() - a method of the bus itself. @name: its only argument, or NULL. Returns NULL without memory. */
DBusMessage *wire_new_bus_call(const char *member, const char *name);

/* Methods of a request object; none has arguments. */
typedef enum WireMember {
    WIRE_ATTACH,
    WIRE_GET_RESULT,
    WIRE_ACKNOWLEDGE, /* no reply wanted */
    WIRE_CANCEL,      /* no reply wanted: Completed tells */
} WireMember;

/* wire_new_request_call() - returns NULL without memory. */
DBusMessage *wire_new_request_call(const char *destination, const char *id, WireMember member);

/* wire_new_call() - the method that makes a request (not CALL_ATTACH, CALL_CANCEL). Returns NULL without memory. */
DBusMessage *wire_new_call(const char *destination, const Call *call);

/*
 * wire_read_result() - the first argument of Completed, or of GetResult's reply
 * @id: of the request
 * @has_session: set: whether the document was in it
 *
 * Keys that are not known, and such of a wrong type, count as absent. A result without a known outcome is
 * MPS_ERROR_INTERNAL, applied unknown.
 *
 * Return: NULL without memory.
 */
Result *wire_read_result(DBusMessage *message, const char *id, bool *has_session);

/* wire_read_text() - the first argument if it is a string (or, with @type, an object path), else NULL. Borrowed. */
const char *wire_read_text(DBusMessage *message, int type);

/* wire_is_no_such_request() - is this error the agent's NoSuchRequest? */
bool wire_is_no_such_request(DBusMessage *message);

/* wire_read_owner_change() - name, old and new owner of NameOwnerChanged. Borrowed. Returns false for other types. */
bool wire_read_owner_change(DBusMessage *message, const char **name, const char **old_owner,
                            const char **new_owner);
