/* SPDX-License-Identifier: MIT */
/* Calls to messages, messages to results. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client-wire.h"
#include "client-words.h"
#include "ipc/names.h"
#include "ipc/validate.h"

void wire_path(const char *id, char path[WIRE_PATH_SIZE])
{
    size_t prefix = strlen(MPS_REQUEST_PREFIX);

    memcpy(path, MPS_REQUEST_PREFIX, prefix);
    for (size_t i = 0; i <= MPS_ID_LENGTH; i++)
        path[prefix + i] = id[i] == '-' ? '_' : id[i];
}

bool wire_path_to_id(const char *path, char id[MPS_ID_SIZE])
{
    size_t prefix = strlen(MPS_REQUEST_PREFIX);
    char text[MPS_ID_SIZE];

    if (!path || strncmp(path, MPS_REQUEST_PREFIX, prefix) != 0 || strlen(path + prefix) != MPS_ID_LENGTH)
        return false;
    for (size_t i = 0; i <= MPS_ID_LENGTH; i++)
        text[i] = path[prefix + i] == '_' ? '-' : path[prefix + i];
    if (!mps_validate_id(text))
        return false;
    memcpy(id, text, MPS_ID_SIZE);
    return true;
}

DBusMessage *wire_new_bus_call(const char *member, const char *name)
{
    DBusMessage *m =
        dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, member);

    if (m && name && !dbus_message_append_args(m, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID)) {
        dbus_message_unref(m);
        m = NULL;
    }
    return m;
}

DBusMessage *wire_new_request_call(const char *destination, const char *id, WireMember member)
{
    static const char *const members[] = {
        [WIRE_ATTACH] = MPS_ATTACH,
        [WIRE_GET_RESULT] = MPS_GET_RESULT,
        [WIRE_ACKNOWLEDGE] = MPS_ACKNOWLEDGE,
        [WIRE_CANCEL] = MPS_CANCEL,
    };
    char path[WIRE_PATH_SIZE];
    DBusMessage *m;

    wire_path(id, path);
    m = dbus_message_new_method_call(destination, path, MPS_REQUEST_INTERFACE, members[member]);
    if (!m)
        return NULL;
    dbus_message_set_auto_start(m, FALSE);
    dbus_message_set_no_reply(m, member == WIRE_ACKNOWLEDGE || member == WIRE_CANCEL);
    return m;
}

/* ---- Building ---- */

/* Once something could not be appended for want of memory, ok stays false and nothing is appended any more. */
typedef struct Builder {
    DBusMessageIter arguments;
    DBusMessageIter options;
    bool ok;
} Builder;

static void build_text(Builder *b, const char *text)
{
    b->ok = b->ok && dbus_message_iter_append_basic(&b->arguments, DBUS_TYPE_STRING, &text);
}

static void build_option(Builder *b, const char *key, int type, const void *value)
{
    const char signature[2] = {(char)type, '\0'};
    DBusMessageIter entry;
    DBusMessageIter variant;

    if (!b->ok)
        return;
    b->ok = false;
    if (!dbus_message_iter_open_container(&b->options, DBUS_TYPE_DICT_ENTRY, NULL, &entry))
        return;
    if (!dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key) ||
        !dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, signature, &variant)) {
        dbus_message_iter_abandon_container(&b->options, &entry);
        return;
    }
    if (!dbus_message_iter_append_basic(&variant, type, value)) {
        dbus_message_iter_abandon_container(&entry, &variant);
        dbus_message_iter_abandon_container(&b->options, &entry);
        return;
    }
    if (!dbus_message_iter_close_container(&entry, &variant)) {
        dbus_message_iter_abandon_container(&b->options, &entry);
        return;
    }
    b->ok = dbus_message_iter_close_container(&b->options, &entry);
}

static void build_option_text(Builder *b, const char *key, const char *text)
{
    if (text)
        build_option(b, key, DBUS_TYPE_STRING, &text);
}

static void build_options(Builder *b, const Call *call)
{
    const CallArguments *a = &call->arguments;
    dbus_uint64_t deadline = call->deadline_boot_usec;
    dbus_uint32_t title_id = a->title_id;

    if (!b->ok)
        return;
    b->ok = dbus_message_iter_open_container(&b->arguments, DBUS_TYPE_ARRAY, "{sv}", &b->options);
    if (!b->ok)
        return;
    build_option_text(b, MPS_OPTION_ID, a->id);
    build_option_text(b, MPS_OPTION_ACCOUNT, a->account);
    build_option_text(b, MPS_OPTION_ETAG, a->etag);
    build_option_text(b, MPS_OPTION_SUPERSEDES, a->supersedes);
    build_option_text(b, MPS_OPTION_WHEN_OFFLINE, a->fail_when_offline ? MPS_WHEN_OFFLINE_FAIL : NULL);
    build_option_text(b, MPS_OPTION_DURABILITY, words_from_durability((int)a->durability));
    if (title_id != 0)
        build_option(b, MPS_OPTION_TITLE_ID, DBUS_TYPE_UINT32, &title_id);
    if (deadline != 0)
        build_option(b, MPS_OPTION_DEADLINE_BOOTTIME, DBUS_TYPE_UINT64, &deadline);
    if (b->ok)
        b->ok = dbus_message_iter_close_container(&b->arguments, &b->options);
    else
        dbus_message_iter_abandon_container(&b->arguments, &b->options);
}

static void build_xuids(Builder *b, const CallArguments *a)
{
    DBusMessageIter array;

    if (!b->ok)
        return;
    b->ok = dbus_message_iter_open_container(&b->arguments, DBUS_TYPE_ARRAY, "s", &array);
    if (!b->ok)
        return;
    for (size_t i = 0; i < a->xuids_count && b->ok; i++) {
        char text[24];
        const char *p = text;

        snprintf(text, sizeof(text), "%" PRIu64, a->xuids[i]);
        b->ok = dbus_message_iter_append_basic(&array, DBUS_TYPE_STRING, &p);
    }
    if (b->ok)
        b->ok = dbus_message_iter_close_container(&b->arguments, &array);
    else
        dbus_message_iter_abandon_container(&b->arguments, &array);
}

static void build_reference(Builder *b, const CallArguments *a)
{
    build_text(b, a->scid);
    build_text(b, a->template_name);
    build_text(b, a->name);
}

static void build_document(Builder *b, const CallArguments *a)
{
    build_text(b, words_from_mode((int)a->mode));
    build_text(b, a->session);
}

DBusMessage *wire_new_call(const char *destination, const Call *call)
{
    static const char *const members[] = {
        [CALL_WRITE_BY_HANDLE] = MPS_WRITE_SESSION_BY_HANDLE,
        [CALL_WRITE] = MPS_WRITE_SESSION,
        [CALL_GET_BY_HANDLE] = MPS_GET_SESSION_BY_HANDLE,
        [CALL_GET] = MPS_GET_SESSION,
        [CALL_SET_ACTIVITY] = MPS_SET_ACTIVITY,
        [CALL_GET_ACTIVITIES] = MPS_GET_ACTIVITIES,
    };
    const CallArguments *a = &call->arguments;
    Builder b = {.ok = true};
    DBusMessage *m;

    m = dbus_message_new_method_call(destination, MPS_ROOT_PATH, MPS_AGENT_INTERFACE, members[a->kind]);
    if (!m)
        return NULL;
    dbus_message_set_auto_start(m, FALSE);
    dbus_message_iter_init_append(m, &b.arguments);
    if (a->kind == CALL_WRITE_BY_HANDLE || a->kind == CALL_GET_BY_HANDLE)
        build_text(&b, a->handle_id);
    else if (a->kind == CALL_GET_ACTIVITIES)
        build_text(&b, a->scid);
    else
        build_reference(&b, a);
    if (call_is_write(call))
        build_document(&b, a);
    if (a->kind == CALL_GET_ACTIVITIES)
        build_xuids(&b, a);
    build_options(&b, call);
    if (!b.ok) {
        dbus_message_unref(m);
        return NULL;
    }
    return m;
}

/* ---- Reading ---- */

/* What a result's dictionary held; texts are borrowed from the message. */
typedef struct Draft {
    MpsResult result;
    const char *outcome;
    const char *applied;
    const char *write_status;
    bool has_session;
} Draft;

static bool read_text(DBusMessageIter *value, const char **text)
{
    if (dbus_message_iter_get_arg_type(value) != DBUS_TYPE_STRING)
        return false;
    dbus_message_iter_get_basic(value, text);
    return true;
}

static void read_bool(DBusMessageIter *value, bool *flag)
{
    dbus_bool_t b;

    if (dbus_message_iter_get_arg_type(value) != DBUS_TYPE_BOOLEAN)
        return;
    dbus_message_iter_get_basic(value, &b);
    *flag = b;
}

static void read_unsigned(DBusMessageIter *value, unsigned *number)
{
    dbus_uint32_t u;

    if (dbus_message_iter_get_arg_type(value) != DBUS_TYPE_UINT32)
        return;
    dbus_message_iter_get_basic(value, &u);
    *number = u;
}

static void read_usec(DBusMessageIter *value, uint64_t *usec)
{
    dbus_uint64_t t;

    if (dbus_message_iter_get_arg_type(value) != DBUS_TYPE_UINT64)
        return;
    dbus_message_iter_get_basic(value, &t);
    *usec = t;
}

static void read_reference(DBusMessageIter *value, MpsReference *reference)
{
    MpsReference found = {0};
    DBusMessageIter part;

    if (dbus_message_iter_get_arg_type(value) != DBUS_TYPE_STRUCT)
        return;
    dbus_message_iter_recurse(value, &part);
    if (!read_text(&part, &found.scid) || !dbus_message_iter_next(&part) ||
        !read_text(&part, &found.template_name) || !dbus_message_iter_next(&part) ||
        !read_text(&part, &found.name))
        return;
    *reference = found;
}

static void read_key(const char *key, DBusMessageIter *value, Draft *d)
{
    const struct {
        const char *key;
        const char **text;
    } texts[] = {
        {MPS_RESULT_OUTCOME, &d->outcome},
        {MPS_RESULT_APPLIED, &d->applied},
        {MPS_RESULT_WRITE_STATUS, &d->write_status},
        {MPS_RESULT_ETAG, &d->result.etag},
        {MPS_RESULT_DATE, &d->result.date},
        {MPS_RESULT_ERROR, &d->result.code},
        {MPS_RESULT_MESSAGE, &d->result.message},
        {MPS_RESULT_SERVER_MESSAGE, &d->result.server_message},
        {MPS_RESULT_HANDLE_ID, &d->result.handle_id},
        {MPS_RESULT_ACTIVITIES, &d->result.activities},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (strcmp(key, texts[i].key) == 0) {
            (void)read_text(value, texts[i].text);
            return;
        }
    }
    if (strcmp(key, MPS_RESULT_SESSION) == 0)
        d->has_session = read_text(value, &d->result.session);
    else if (strcmp(key, MPS_RESULT_SESSION_REFERENCE) == 0)
        read_reference(value, &d->result.reference);
    else if (strcmp(key, MPS_RESULT_HTTP_STATUS) == 0)
        read_unsigned(value, &d->result.http_status);
    else if (strcmp(key, MPS_RESULT_ATTEMPTS) == 0)
        read_unsigned(value, &d->result.attempts);
    else if (strcmp(key, MPS_RESULT_RESOLVED) == 0)
        read_bool(value, &d->result.resolved);
    else if (strcmp(key, MPS_RESULT_RETRYABLE) == 0)
        read_bool(value, &d->result.retryable);
    else if (strcmp(key, MPS_RESULT_SESSION_DROPPED) == 0)
        read_bool(value, &d->result.session_dropped);
    else if (strcmp(key, MPS_RESULT_RETRY_AFTER) == 0)
        read_usec(value, &d->result.retry_after_usec);
}

static void read_dictionary(DBusMessage *message, Draft *d)
{
    DBusMessageIter arguments;
    DBusMessageIter entries;

    if (!dbus_message_iter_init(message, &arguments) ||
        dbus_message_iter_get_arg_type(&arguments) != DBUS_TYPE_ARRAY ||
        dbus_message_iter_get_element_type(&arguments) != DBUS_TYPE_DICT_ENTRY)
        return;
    dbus_message_iter_recurse(&arguments, &entries);
    for (; dbus_message_iter_get_arg_type(&entries) == DBUS_TYPE_DICT_ENTRY;
         dbus_message_iter_next(&entries)) {
        DBusMessageIter entry;
        DBusMessageIter value;
        const char *key;

        dbus_message_iter_recurse(&entries, &entry);
        if (!read_text(&entry, &key) || !dbus_message_iter_next(&entry) ||
            dbus_message_iter_get_arg_type(&entry) != DBUS_TYPE_VARIANT)
            return;
        dbus_message_iter_recurse(&entry, &value);
        read_key(key, &value, d);
    }
}

Result *wire_read_result(DBusMessage *message, const char *id, bool *has_session)
{
    Draft d = {.result = {.id = id}};
    int outcome;
    int applied;
    int status;

    read_dictionary(message, &d);
    *has_session = d.has_session;
    outcome = words_to_outcome(d.outcome);
    applied = words_to_applied(d.applied);
    status = words_to_write_status(d.write_status);
    if (outcome < 0) {
        d.result.error = MPS_ERROR_INTERNAL;
        outcome = words_to_outcome("unknown");
        if (!d.result.message)
            d.result.message = "The agent told an outcome that this version of libmpsession does not know.";
        if (!d.result.code)
            d.result.code = words_from_error(MPS_ERROR_INTERNAL);
    }
    d.result.outcome = (MpsOutcome)outcome;
    d.result.applied = (MpsApplied)(applied >= 0 ? applied : words_to_applied("unknown"));
    d.result.write_status = (MpsWriteStatus)(status >= 0 ? status : 0);
    return result_new(&d.result);
}

const char *wire_read_text(DBusMessage *message, int type)
{
    DBusMessageIter arguments;
    const char *text;

    if (!dbus_message_iter_init(message, &arguments) || dbus_message_iter_get_arg_type(&arguments) != type)
        return NULL;
    dbus_message_iter_get_basic(&arguments, &text);
    return text;
}

bool wire_read_owner_change(DBusMessage *message, const char **name, const char **old_owner,
                            const char **new_owner)
{
    return dbus_message_get_args(message, NULL, DBUS_TYPE_STRING, name, DBUS_TYPE_STRING, old_owner,
                                 DBUS_TYPE_STRING, new_owner, DBUS_TYPE_INVALID);
}

bool wire_is_no_such_request(DBusMessage *message)
{
    return dbus_message_is_error(message, MPS_ERROR_NAME_NO_SUCH_REQUEST);
}
