/* SPDX-License-Identifier: MIT */
/* Calls to messages, messages to results, also such that no agent should send. */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <string.h>

#include "client-wire.h"

#define ID "8cb6d02a-7b5e-4bd6-9d21-6f9d8fcb0c11"
#define PATH "/org/mpsession/Agent1/request/8cb6d02a_7b5e_4bd6_9d21_6f9d8fcb0c11"

static Call *call_make(CallArguments arguments, uint64_t now)
{
    Call *call = NULL;

    cr_assert_eq(call_new(&arguments, now, &call), 0);
    return call;
}

Test(wire, paths)
{
    char path[WIRE_PATH_SIZE];
    char id[MPS_ID_SIZE] = "";

    wire_path(ID, path);
    cr_assert_str_eq(path, PATH);
    cr_assert(wire_path_to_id(PATH, id));
    cr_assert_str_eq(id, ID);
    cr_assert_not(wire_path_to_id(NULL, id));
    cr_assert_not(wire_path_to_id("/", id));
    cr_assert_not(wire_path_to_id(PATH "0", id));
    cr_assert_not(wire_path_to_id("/org/mpsession/Agent1/request/8CB6d02a_7b5e_4bd6_9d21_6f9d8fcb0c11", id));
    cr_assert_not(wire_path_to_id("/org/mpsession/Agent2/request/8cb6d02a_7b5e_4bd6_9d21_6f9d8fcb0c11", id));
}

/* The variant of an option, or a type of 0. */
static int find_option(DBusMessageIter dictionary, const char *key, DBusBasicValue *value)
{
    DBusMessageIter entries;

    dbus_message_iter_recurse(&dictionary, &entries);
    for (; dbus_message_iter_get_arg_type(&entries) == DBUS_TYPE_DICT_ENTRY;
         dbus_message_iter_next(&entries)) {
        DBusMessageIter entry;
        DBusMessageIter variant;
        const char *found;

        dbus_message_iter_recurse(&entries, &entry);
        dbus_message_iter_get_basic(&entry, &found);
        dbus_message_iter_next(&entry);
        dbus_message_iter_recurse(&entry, &variant);
        if (strcmp(found, key) == 0) {
            dbus_message_iter_get_basic(&variant, value);
            return dbus_message_iter_get_arg_type(&variant);
        }
    }
    return 0;
}

Test(wire, write_by_handle)
{
    Call *call = call_make((CallArguments){.kind = CALL_WRITE_BY_HANDLE,
                                           .mode = MPS_SYNCHRONIZED_UPDATE,
                                           .id = ID,
                                           .handle_id = ID,
                                           .session = "{\"a\":1}xx",
                                           .session_size = 7,
                                           .etag = "\"1\"",
                                           .account = "12",
                                           .supersedes = "k",
                                           .title_id = 5,
                                           .deadline_usec = 100,
                                           .fail_when_offline = true,
                                           .durability = MPS_DURABILITY_NONE},
                           1000);
    DBusMessage *m = wire_new_call(":1.5", call);
    DBusMessageIter iter;
    DBusBasicValue v;

    cr_assert_str_eq(dbus_message_get_signature(m), "sssa{sv}");
    cr_assert(dbus_message_is_method_call(m, "org.mpsession.Agent1", "WriteSessionByHandle"));
    cr_assert_str_eq(dbus_message_get_path(m), "/org/mpsession/Agent1");
    cr_assert_str_eq(dbus_message_get_destination(m), ":1.5");
    cr_assert_not(dbus_message_get_no_reply(m));
    dbus_message_iter_init(m, &iter);
    dbus_message_iter_next(&iter);
    dbus_message_iter_next(&iter);
    dbus_message_iter_get_basic(&iter, &v);
    cr_assert_str_eq(v.str, "{\"a\":1}");
    dbus_message_iter_next(&iter);
    cr_assert_eq(find_option(iter, "id", &v), DBUS_TYPE_STRING);
    cr_assert_str_eq(v.str, ID);
    cr_assert_eq(find_option(iter, "etag", &v), DBUS_TYPE_STRING);
    cr_assert_eq(find_option(iter, "account", &v), DBUS_TYPE_STRING);
    cr_assert_eq(find_option(iter, "supersedes", &v), DBUS_TYPE_STRING);
    cr_assert_eq(find_option(iter, "when-offline", &v), DBUS_TYPE_STRING);
    cr_assert_str_eq(v.str, "fail");
    cr_assert_eq(find_option(iter, "durability", &v), DBUS_TYPE_STRING);
    cr_assert_str_eq(v.str, "none");
    cr_assert_eq(find_option(iter, "title-id", &v), DBUS_TYPE_UINT32);
    cr_assert_eq(v.u32, 5);
    cr_assert_eq(find_option(iter, "deadline-boottime-usec", &v), DBUS_TYPE_UINT64);
    cr_assert_eq(v.u64, 1100);
    dbus_message_unref(m);
    call_free(call);
}

Test(wire, options_that_were_not_given_are_absent)
{
    Call *call = call_make((CallArguments){.kind = CALL_WRITE,
                                           .scid = ID,
                                           .template_name = "t",
                                           .name = "n",
                                           .session = "{}",
                                           .session_size = 2},
                           1000);
    DBusMessage *m = wire_new_call(":1.5", call);
    DBusMessageIter iter;
    DBusBasicValue v;

    cr_assert_str_eq(dbus_message_get_signature(m), "sssssa{sv}");
    dbus_message_iter_init(m, &iter);
    while (dbus_message_iter_get_arg_type(&iter) != DBUS_TYPE_ARRAY)
        dbus_message_iter_next(&iter);
    cr_assert_eq(find_option(iter, "id", &v), DBUS_TYPE_STRING);
    cr_assert_str_eq(v.str, call->arguments.id);
    cr_assert_eq(find_option(iter, "account", &v), 0);
    cr_assert_eq(find_option(iter, "title-id", &v), 0);
    cr_assert_eq(find_option(iter, "deadline-boottime-usec", &v), 0);
    cr_assert_eq(find_option(iter, "durability", &v), 0);
    cr_assert_eq(find_option(iter, "when-offline", &v), 0);
    dbus_message_unref(m);
    call_free(call);
}

Test(wire, signatures_of_the_others)
{
    static const uint64_t xuids[] = {1, UINT64_MAX};
    static const struct {
        CallArguments arguments;
        const char *member;
        const char *signature;
    } rows[] = {
        {{.kind = CALL_GET_BY_HANDLE, .handle_id = ID}, "GetSessionByHandle", "sa{sv}"},
        {{.kind = CALL_GET, .scid = ID, .template_name = "t", .name = "n"}, "GetSession", "sssa{sv}"},
        {{.kind = CALL_SET_ACTIVITY, .scid = ID, .template_name = "t", .name = "n"},
         "SetActivity",
         "sssa{sv}"},
        {{.kind = CALL_GET_ACTIVITIES, .scid = ID, .xuids = xuids, .xuids_count = 2},
         "GetActivities",
         "sasa{sv}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Call *call = call_make(rows[i].arguments, 0);
        DBusMessage *m = wire_new_call(":1.5", call);

        cr_assert_str_eq(dbus_message_get_member(m), rows[i].member);
        cr_assert_str_eq(dbus_message_get_signature(m), rows[i].signature);
        dbus_message_unref(m);
        call_free(call);
    }
}

Test(wire, request_calls)
{
    DBusMessage *m = wire_new_request_call(":1.5", ID, WIRE_ACKNOWLEDGE);

    cr_assert(dbus_message_is_method_call(m, "org.mpsession.Agent1.Request", "Acknowledge"));
    cr_assert_str_eq(dbus_message_get_path(m), PATH);
    cr_assert(dbus_message_get_no_reply(m));
    cr_assert_not(dbus_message_get_auto_start(m));
    dbus_message_unref(m);
    m = wire_new_request_call(":1.5", ID, WIRE_ATTACH);
    cr_assert(dbus_message_is_method_call(m, "org.mpsession.Agent1.Request", "Attach"));
    cr_assert_not(dbus_message_get_no_reply(m));
    dbus_message_unref(m);
}

/* ---- Results ---- */

typedef struct Dictionary {
    DBusMessage *message;
    DBusMessageIter arguments;
    DBusMessageIter entries;
} Dictionary;

static void dictionary_open(Dictionary *d)
{
    d->message = dbus_message_new_signal(PATH, "org.mpsession.Agent1.Request", "Completed");
    dbus_message_iter_init_append(d->message, &d->arguments);
    dbus_message_iter_open_container(&d->arguments, DBUS_TYPE_ARRAY, "{sv}", &d->entries);
}

static void dictionary_add(Dictionary *d, const char *key, int type, const void *value)
{
    const char signature[2] = {(char)type, '\0'};
    DBusMessageIter entry;
    DBusMessageIter variant;

    dbus_message_iter_open_container(&d->entries, DBUS_TYPE_DICT_ENTRY, NULL, &entry);
    dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key);
    dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, signature, &variant);
    dbus_message_iter_append_basic(&variant, type, value);
    dbus_message_iter_close_container(&entry, &variant);
    dbus_message_iter_close_container(&d->entries, &entry);
}

static void dictionary_add_text(Dictionary *d, const char *key, const char *text)
{
    dictionary_add(d, key, DBUS_TYPE_STRING, &text);
}

static Result *dictionary_read(Dictionary *d, bool *has_session)
{
    Result *result;

    dbus_message_iter_close_container(&d->arguments, &d->entries);
    result = wire_read_result(d->message, ID, has_session);
    dbus_message_unref(d->message);
    cr_assert_not_null(result);
    return result;
}

Test(wire, result)
{
    dbus_uint32_t status = 201;
    dbus_uint64_t after = 7;
    dbus_bool_t yes = TRUE;
    const MpsResult *r;
    bool has_session;
    Result *result;
    Dictionary d;

    dictionary_open(&d);
    dictionary_add_text(&d, "outcome", "out-of-sync");
    dictionary_add_text(&d, "applied", "no");
    dictionary_add_text(&d, "write-status", "OutOfSync");
    dictionary_add_text(&d, "session", "{\"a\":1}");
    dictionary_add(&d, "http-status", DBUS_TYPE_UINT32, &status);
    dictionary_add(&d, "retry-after-usec", DBUS_TYPE_UINT64, &after);
    dictionary_add(&d, "resolved", DBUS_TYPE_BOOLEAN, &yes);
    dictionary_add_text(&d, "etag", "\"9\"");
    dictionary_add_text(&d, "of a later version", "x");
    result = dictionary_read(&d, &has_session);
    r = result_view(result);
    cr_assert(has_session);
    cr_assert_eq(r->struct_size, sizeof(*r));
    cr_assert_str_eq(r->id, ID);
    cr_assert_eq(r->error, MPS_OK);
    cr_assert_eq(r->outcome, MPS_OUTCOME_OUT_OF_SYNC);
    cr_assert_eq(r->applied, MPS_APPLIED_NO);
    cr_assert_eq(r->write_status, MPS_STATUS_OUT_OF_SYNC);
    cr_assert_eq(r->http_status, 201);
    cr_assert_eq(r->retry_after_usec, 7);
    cr_assert(r->resolved);
    cr_assert_str_eq(r->etag, "\"9\"");
    cr_assert_str_eq(r->session, "{\"a\":1}");
    cr_assert_eq(r->session_size, 7);
    /* Absent texts are empty, never NULL. */
    cr_assert_str_eq(r->date, "");
    cr_assert_str_eq(r->reference.scid, "");
    cr_assert_str_eq(r->handle_id, "");
    cr_assert_str_eq(r->server_message, "");
    result_unref(result);
}

Test(wire, result_of_wrong_types)
{
    dbus_uint32_t number = 3;
    dbus_bool_t yes = TRUE;
    const MpsResult *r;
    bool has_session;
    Result *result;
    Dictionary d;

    dictionary_open(&d);
    dictionary_add_text(&d, "outcome", "applied");
    dictionary_add(&d, "applied", DBUS_TYPE_BOOLEAN, &yes);
    dictionary_add(&d, "session", DBUS_TYPE_UINT32, &number);
    dictionary_add(&d, "etag", DBUS_TYPE_BOOLEAN, &yes);
    dictionary_add(&d, "retry-after-usec", DBUS_TYPE_UINT32, &number);
    dictionary_add_text(&d, "http-status", "200");
    dictionary_add_text(&d, "session-reference", "a/b/c");
    dictionary_add_text(&d, "resolved", "yes");
    result = dictionary_read(&d, &has_session);
    r = result_view(result);
    cr_assert_not(has_session);
    cr_assert_eq(r->outcome, MPS_OUTCOME_APPLIED);
    cr_assert_eq(r->applied, MPS_APPLIED_UNKNOWN);
    cr_assert_eq(r->http_status, 0);
    cr_assert_eq(r->retry_after_usec, 0);
    cr_assert_str_eq(r->etag, "");
    cr_assert_str_eq(r->reference.name, "");
    cr_assert_not(r->resolved);
    result_unref(result);
}

Test(wire, result_without_an_outcome)
{
    DBusMessage *m = dbus_message_new_signal(PATH, "org.mpsession.Agent1.Request", "Completed");
    bool has_session;
    Result *result;
    const char *text = "applied";

    result = wire_read_result(m, ID, &has_session);
    cr_assert_eq(result_view(result)->error, MPS_ERROR_INTERNAL);
    cr_assert_eq(result_view(result)->outcome, MPS_OUTCOME_UNKNOWN);
    cr_assert_eq(result_view(result)->applied, MPS_APPLIED_UNKNOWN);
    cr_assert_str_eq(result_view(result)->code, "internal");
    result_unref(result);
    dbus_message_append_args(m, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID);
    result = wire_read_result(m, ID, &has_session);
    cr_assert_eq(result_view(result)->error, MPS_ERROR_INTERNAL);
    result_unref(result);
    cr_assert_null(wire_read_text(m, DBUS_TYPE_OBJECT_PATH));
    cr_assert_str_eq(wire_read_text(m, DBUS_TYPE_STRING), "applied");
    dbus_message_unref(m);
}
