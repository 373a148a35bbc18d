/* SPDX-License-Identifier: MIT */
/* Request objects: found by their path, shown only to who may see them. */
#include "bus/bus-internal.h"

#include "base/log.h"

/* The request of a path, if the caller may see it. */
static CoreRequest *request_at(Bus *bus, const char *path)
{
    char id[MPS_ID_LENGTH + 1];
    if (bus_path_id(path, id) < 0)
        return NULL;
    CoreRequest *request = core_find(bus->core, id);
    return request && bus_caller_sees(bus, request) ? request : NULL;
}

static int request_find(sd_bus *connection MPS_UNUSED, const char *path, const char *interface MPS_UNUSED,
                        void *userdata, void **found, sd_bus_error *error)
{
    Bus *bus = userdata;
    if (string_equal(path, MPS_REQUEST_ROOT))
        return 0;
    if (!bus->emitting && !request_at(bus, path))
        return bus_error_set(
            error, MPS_ERROR_NAME_NO_SUCH_REQUEST,
            "there is no such request: it was acknowledged, its result was kept for 24 hours, or it was "
            "never accepted");
    *found = bus;
    return 1;
}

static int request_enumerate(sd_bus *connection MPS_UNUSED, const char *prefix MPS_UNUSED, void *userdata,
                             char ***nodes, sd_bus_error *error MPS_UNUSED)
{
    Bus *bus = userdata;
    char **list = calloc(MPS_LIST_MAX + 1, sizeof *list);
    if (!list)
        return -ENOMEM;
    size_t count = 0;
    for (CoreRequest *request = core_first(bus->core); request && count < MPS_LIST_MAX;
         request = core_next(bus->core, request)) {
        if (!bus_caller_sees(bus, request))
            continue;
        char path[BUS_PATH_SIZE];
        bus_path(core_request_id(request), path);
        list[count] = strdup(path);
        if (!list[count])
            break; /* A shorter list is still a list. */
        count++;
    }
    *nodes = list;
    return 0;
}

/* ---- Methods ------------------------------------------------------------------------------------------------------ */

typedef struct ResultCall {
    Bus *bus;
    sd_bus_message *message;
} ResultCall;

static int reply_result(sd_bus_message *message, const CoreResult *result)
{
    CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    int r = sd_bus_message_new_method_return(message, &reply);
    if (r >= 0)
        r = bus_result_append(reply, result, SIZE_MAX);
    return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}

static void on_result_loaded(const CoreResult *result, void *userdata)
{
    CLEANUP_FREE ResultCall *call = userdata;
    CLEANUP(sd_bus_message_unrefp) sd_bus_message *message = TAKE(call->message);
    call->bus->loading--;
    int r = result ? reply_result(message, result)
                   : sd_bus_reply_method_errorf(
                         message, MPS_ERROR_NAME_NO_SUCH_REQUEST,
                         "the result is not there any more: it was acknowledged, or the agent's "
                         "store cannot be read");
    if (r < 0)
        log_debug("cannot answer GetResult: %s", strerror(-r));
}

static int load_result(Bus *bus, sd_bus_message *message, const CoreRequest *request, sd_bus_error *error)
{
    if (bus->loading >= BUS_LOADING_MAX)
        return bus_error_set(error, MPS_ERROR_NAME_QUOTA_EXCEEDED,
                             "too many results are being read; try again");
    CLEANUP_FREE ResultCall *call = calloc(1, sizeof *call);
    if (!call)
        return -ENOMEM;
    call->bus = bus;
    call->message = message;
    int r = bus->hooks->load_result(core_request_id(request), on_result_loaded, call, bus->userdata);
    if (r < 0)
        return bus_error_set(error, MPS_ERROR_NAME_STORE_FAILED, "the result cannot be read: %s",
                             strerror(-r));
    sd_bus_message_ref(message);
    (void)TAKE(call);
    bus->loading++;
    return 1;
}

static int not_done(sd_bus_error *error)
{
    return bus_error_set(error, MPS_ERROR_NAME_NOT_DONE, "the request is not done yet: wait for Completed");
}

static int method_get_result(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    Bus *bus = userdata;
    CoreRequest *request = request_at(bus, sd_bus_message_get_path(message));
    if (!request)
        return -ENOENT;
    if (core_request_state(request) != CORE_STATE_DONE)
        return not_done(error);
    const CoreResult *result = core_request_result(request);
    return result ? reply_result(message, result) : load_result(bus, message, request, error);
}

static int method_attach(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    Bus *bus = userdata;
    CoreRequest *request = request_at(bus, sd_bus_message_get_path(message));
    if (!request)
        return -ENOENT;
    const char *owner = core_request_owner(request), *name = bus_caller_name(bus->caller);
    /* A connection that ended owns nothing: the core was told. */
    if (*owner && !string_equal(owner, name))
        return bus_error_set(error, MPS_ERROR_NAME_ACCESS_DENIED,
                             "the request belongs to another connection that is still there");
    CoreNow now = bus_now();
    int r = core_attach(bus->core, &now, request, name);
    if (r < 0)
        return r;
    bus_caller_owns(bus->caller);
    r = sd_bus_reply_method_return(message, NULL);
    bus->hooks->touched(bus->userdata);
    return r;
}

static int method_acknowledge(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    Bus *bus = userdata;
    CoreRequest *request = request_at(bus, sd_bus_message_get_path(message));
    if (!request)
        return -ENOENT;
    CoreNow now = bus_now();
    int r = core_acknowledge(bus->core, &now, request);
    if (r == CORE_E_NOT_DONE)
        return not_done(error);
    r = sd_bus_reply_method_return(message, NULL);
    bus->hooks->touched(bus->userdata);
    return r;
}

static int method_cancel(sd_bus_message *message, void *userdata, sd_bus_error *error MPS_UNUSED)
{
    Bus *bus = userdata;
    CoreRequest *request = request_at(bus, sd_bus_message_get_path(message));
    if (!request)
        return -ENOENT;
    int r = bus_pending_add(bus, request, message);
    if (r < 0)
        return r;
    CoreNow now = bus_now();
    if (core_cancel(bus->core, &now, request) == CORE_OK) {
        bus->hooks->touched(bus->userdata);
        return 1;
    }
    bus_pending_drop(bus, request, message);
    r = sd_bus_reply_method_return(message, "s", MPS_CANCEL_TOO_LATE);
    bus->hooks->touched(bus->userdata);
    return r;
}

/* ---- Properties ---------------------------------------------------------------------------------------------------- */

uint64_t bus_wall(const CoreNow *now, uint64_t boot_usec)
{
    if (boot_usec == 0 || boot_usec == USEC_NEVER)
        return 0;
    /* Either side may be ahead: unsigned arithmetic wraps to the right sum. */
    return now->wall_usec + (boot_usec - now->boot_usec);
}

static const struct {
    const char *name;
    char type;
} request_properties[] = {
    {"Id", 's'},       {"Kind", 's'},        {"Account", 's'},    {"Target", 's'},   {"WriteMode", 's'},
    {"Owner", 's'},    {"AppId", 's'},       {"AcceptedAt", 't'}, {"Deadline", 't'}, {"State", 's'},
    {"Attempts", 'u'}, {"NextAttempt", 't'}, {"LastError", 's'},
};

static const char *text_value(const CoreRequest *request, const char *name)
{
    return string_equal(name, "Id")          ? core_request_id(request)
           : string_equal(name, "Kind")      ? core_kind_name(core_request_kind(request))
           : string_equal(name, "Account")   ? core_request_account(request)
           : string_equal(name, "Target")    ? core_request_target(request)
           : string_equal(name, "WriteMode") ? core_mode_name(core_request_mode(request))
           : string_equal(name, "Owner")     ? core_request_owner(request)
           : string_equal(name, "AppId")     ? core_request_app_id(request)
           : string_equal(name, "State")     ? core_state_name(core_request_state(request))
                                             : core_request_last_error(request);
}

static uint64_t time_value(const CoreRequest *request, const char *name)
{
    CoreNow now = bus_now();
    return bus_wall(&now, string_equal(name, "AcceptedAt") ? core_request_accepted_at(request)
                          : string_equal(name, "Deadline") ? core_request_deadline(request)
                                                           : core_request_next_attempt(request));
}

static int append_value(sd_bus_message *reply, const CoreRequest *request, const char *name, char type)
{
    if (type == 's')
        return sd_bus_message_append_basic(reply, 's', text_value(request, name));
    if (type == 'u')
        return sd_bus_message_append(reply, "u", (uint32_t)core_request_attempts(request));
    return sd_bus_message_append(reply, "t", time_value(request, name));
}

int bus_request_append(sd_bus_message *reply, const CoreRequest *request)
{
    int r = sd_bus_message_open_container(reply, 'a', "{sv}");
    for (size_t i = 0; r >= 0 && i < ELEMENTS(request_properties); i++) {
        const char type[2] = {request_properties[i].type, '\0'};
        r = sd_bus_message_open_container(reply, 'e', "sv");
        if (r >= 0)
            r = sd_bus_message_append_basic(reply, 's', request_properties[i].name);
        if (r >= 0)
            r = sd_bus_message_open_container(reply, 'v', type);
        if (r >= 0)
            r = append_value(reply, request, request_properties[i].name, type[0]);
        if (r >= 0)
            r = sd_bus_message_close_container(reply);
        if (r >= 0)
            r = sd_bus_message_close_container(reply);
    }
    if (r >= 0)
        r = sd_bus_message_close_container(reply);
    return r;
}

static int get_property(sd_bus *connection MPS_UNUSED, const char *path, const char *interface MPS_UNUSED,
                        const char *property, sd_bus_message *reply, void *userdata,
                        sd_bus_error *error MPS_UNUSED)
{
    Bus *bus = userdata;
    char id[MPS_ID_LENGTH + 1];
    /* Who may see it was decided when it was found. */
    const CoreRequest *request = bus_path_id(path, id) == 0 ? core_find(bus->core, id) : NULL;
    for (size_t i = 0; request && i < ELEMENTS(request_properties); i++)
        if (string_equal(property, request_properties[i].name))
            return append_value(reply, request, property, request_properties[i].type);
    return -ENOENT;
}

#define METHOD SD_BUS_METHOD_WITH_ARGS
#define ANYONE SD_BUS_VTABLE_UNPRIVILEGED
#define PROPERTY(name, type, flags) SD_BUS_PROPERTY(name, type, get_property, 0, flags)

static const sd_bus_vtable request_vtable[] = {
    SD_BUS_VTABLE_START(0),
    METHOD(MPS_GET_RESULT, SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", result), method_get_result, ANYONE),
    METHOD(MPS_ATTACH, SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_attach, ANYONE),
    METHOD(MPS_ACKNOWLEDGE, SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_acknowledge, ANYONE),
    METHOD(MPS_CANCEL, SD_BUS_NO_ARGS, SD_BUS_RESULT("s", answer), method_cancel, ANYONE),
    SD_BUS_SIGNAL_WITH_ARGS(MPS_COMPLETED, SD_BUS_ARGS("a{sv}", result), 0),
    PROPERTY("Id", "s", SD_BUS_VTABLE_PROPERTY_CONST),
    PROPERTY("Kind", "s", SD_BUS_VTABLE_PROPERTY_CONST),
    PROPERTY("Account", "s", SD_BUS_VTABLE_PROPERTY_CONST),
    PROPERTY("Target", "s", SD_BUS_VTABLE_PROPERTY_CONST),
    PROPERTY("WriteMode", "s", SD_BUS_VTABLE_PROPERTY_CONST),
    PROPERTY("Owner", "s", 0),
    PROPERTY("AppId", "s", SD_BUS_VTABLE_PROPERTY_CONST),
    PROPERTY("AcceptedAt", "t", 0),
    PROPERTY("Deadline", "t", 0),
    PROPERTY("State", "s", SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    PROPERTY("Attempts", "u", 0),
    PROPERTY("NextAttempt", "t", 0),
    PROPERTY("LastError", "s", 0),
    SD_BUS_VTABLE_END,
};

int bus_request_export(Bus *bus)
{
    int r = sd_bus_add_fallback_vtable(bus->bus, NULL, MPS_REQUEST_ROOT, MPS_REQUEST_INTERFACE,
                                       request_vtable, request_find, bus);
    if (r < 0)
        return r;
    return sd_bus_add_node_enumerator(bus->bus, NULL, MPS_REQUEST_ROOT, request_enumerate, bus);
}
