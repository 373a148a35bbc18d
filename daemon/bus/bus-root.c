/* SPDX-License-Identifier: MIT */
/* The root object: the calls that make a request, and what can be seen of the agent. */
#include "bus/bus-check.h"
#include "bus/bus-internal.h"
#include "ipc/validate.h"
#include "bus/bus-options.h"

#include "base/clock.h"

#include <stdio.h>

/* A call on its way to the core. */
typedef struct RootCall {
    CoreSubmit submit;
    char uuid[37]; /* the handle or the scid, in lower case */
    char made[37]; /* an id made here */
} RootCall;

static void make_id(char id[37])
{
    uint64_t high = clock_random(), low = clock_random();
    snprintf(id, 37, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(high >> 32), (unsigned)(high >> 16 & 0xffff),
             (unsigned)(high & 0xfff), (unsigned)((low >> 48 & 0x3fff) | 0x8000),
             (unsigned long long)(low & 0xffffffffffffULL));
}

static int read_account(Bus *bus, const BusOptions *options, CoreSubmit *submit, sd_bus_error *error)
{
    const char *account = options->account;
    if (!account)
        account = bus->hooks->default_account(bus->userdata);
    if (!account)
        return bus_accounts_which(bus, error);
    if (!bus->hooks->account_known(account, bus->userdata)) {
        /* The default one's number is no business of a sandbox. */
        bool hidden = !options->account && bus_caller_sandboxed(bus->caller);
        return bus_error_set(error, MPS_ERROR_NAME_NEEDS_SIGN_IN,
                             "the account %s is not signed in: mpsessionctl sign-in",
                             hidden ? "of agent.conf" : account);
    }
    submit->account = account;
    return 0;
}

static int read_options(Bus *bus, sd_bus_message *message, const CoreNow *now, RootCall *call,
                        sd_bus_error *error)
{
    CoreSubmit *submit = &call->submit;
    bool write = submit->kind == CORE_WRITE_SESSION_BY_HANDLE || submit->kind == CORE_WRITE_SESSION;
    BusOptions options;
    int r = bus_options_read(message, write, submit->mode, now->boot_usec, &options, error);
    if (r < 0)
        return r;
    r = read_account(bus, &options, submit, error);
    if (r < 0)
        return r;
    submit->id = options.id;
    if (!submit->id) {
        make_id(call->made);
        submit->id = call->made;
    }
    submit->title_id = options.title_id;
    submit->etag = options.etag;
    submit->supersedes = options.supersedes;
    submit->deadline_boot_usec = options.deadline_boot_usec;
    submit->fail_when_offline = options.fail_when_offline;
    submit->durability = options.durability;
    submit->owner = bus_caller_name(bus->caller);
    submit->app_id = bus_caller_app_id(bus->caller);
    submit->sandboxed = bus_caller_sandboxed(bus->caller);
    return 0;
}

/* The end of every call: its options, the core, and the reply, now or after the commit. */
static int root_submit(Bus *bus, sd_bus_message *message, RootCall *call, sd_bus_error *error)
{
    CoreNow now = bus_now();
    int r = read_options(bus, message, &now, call, error);
    if (r < 0)
        return r;
    CoreRequest *request = NULL;
    CoreRefusal refusal = {0};
    r = core_submit(bus->core, &now, &call->submit, &request, &refusal);
    if (r == CORE_E_REFUSED)
        r = bus_error_refusal(error, &refusal);
    else if (r >= 0) {
        bus_caller_owns(bus->caller);
        if (core_request_stored(request)) {
            char path[BUS_PATH_SIZE];
            bus_path(core_request_id(request), path);
            r = sd_bus_reply_method_return(message, "o", path);
        } else {
            r = bus_pending_add(bus, request, message);
            if (r < 0) /* It runs all the same: the same id asks again. */
                r = bus_error_set(error, MPS_ERROR_NAME_QUOTA_EXCEEDED,
                                  "too many calls wait for the disk; try again");
        }
    }
    bus->hooks->touched(bus->userdata);
    return r < 0 ? r : 1;
}

static int read_document(const char *mode, const char *session, CoreSubmit *submit, sd_bus_error *error)
{
    if (core_mode_from_name(mode, &submit->mode) < 0 || submit->mode == CORE_MODE_NONE)
        return bus_error_set(error, MPS_ERROR_NAME_INVALID_OPTION,
                             "write_mode has to be create-new, update-existing, update-or-create-new or "
                             "synchronized-update");
    submit->session = session;
    submit->session_size = strlen(session);
    if (submit->session_size > MPS_SESSION_MAX)
        return bus_error_set(error, MPS_ERROR_NAME_TOO_LARGE,
                             "a session document has at most %d bytes, this one has %zu", MPS_SESSION_MAX,
                             submit->session_size);
    return 0;
}

static int read_reference(sd_bus_message *message, RootCall *call, sd_bus_error *error)
{
    CoreSubmit *submit = &call->submit;
    const char *scid = NULL;
    int r = sd_bus_message_read(message, "sss", &scid, &submit->template_name, &submit->name);
    if (r < 0)
        return r;
    r = bus_check_reference(scid, submit->template_name, submit->name, call->uuid, error);
    submit->scid = call->uuid;
    return r;
}

static int read_handle(sd_bus_message *message, RootCall *call, sd_bus_error *error)
{
    const char *handle = NULL;
    int r = sd_bus_message_read_basic(message, 's', &handle);
    if (r < 0)
        return r;
    r = bus_check_handle(handle, call->uuid, error);
    call->submit.handle_id = call->uuid;
    return r;
}

static int write_document(Bus *bus, sd_bus_message *message, RootCall *call, sd_bus_error *error)
{
    const char *mode = NULL, *session = NULL;
    int r = sd_bus_message_read(message, "ss", &mode, &session);
    if (r < 0)
        return r;
    r = read_document(mode, session, &call->submit, error);
    return r < 0 ? r : root_submit(bus, message, call, error);
}

static int method_write_session_by_handle(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    RootCall call = {.submit.kind = CORE_WRITE_SESSION_BY_HANDLE};
    int r = read_handle(message, &call, error);
    return r < 0 ? r : write_document(userdata, message, &call, error);
}

static int method_write_session(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    RootCall call = {.submit.kind = CORE_WRITE_SESSION};
    int r = read_reference(message, &call, error);
    return r < 0 ? r : write_document(userdata, message, &call, error);
}

static int method_get_session_by_handle(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    RootCall call = {.submit.kind = CORE_GET_SESSION_BY_HANDLE};
    int r = read_handle(message, &call, error);
    return r < 0 ? r : root_submit(userdata, message, &call, error);
}

static int method_get_session(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    RootCall call = {.submit.kind = CORE_GET_SESSION};
    int r = read_reference(message, &call, error);
    return r < 0 ? r : root_submit(userdata, message, &call, error);
}

static int method_set_activity(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    RootCall call = {.submit.kind = CORE_SET_ACTIVITY};
    int r = read_reference(message, &call, error);
    return r < 0 ? r : root_submit(userdata, message, &call, error);
}

static int read_xuids(sd_bus_message *message, const char *xuids[MPS_XUIDS_MAX], size_t *count,
                      sd_bus_error *error)
{
    size_t found = 0;
    const char *xuid = NULL;
    int r = sd_bus_message_enter_container(message, 'a', "s");
    while (r >= 0 && (r = sd_bus_message_read_basic(message, 's', &xuid)) > 0) {
        if (found == MPS_XUIDS_MAX || !mps_validate_xuid(xuid))
            break;
        xuids[found++] = xuid;
    }
    if (r < 0)
        return r;
    if (r > 0 || found == 0)
        return bus_error_set(error, MPS_ERROR_NAME_INVALID_OPTION,
                             "xuids has to be 1 to %d decimal numbers of at most 20 digits, not 0",
                             MPS_XUIDS_MAX);
    *count = found;
    r = sd_bus_message_exit_container(message);
    return r < 0 ? r : 0;
}

static int method_get_activities(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    RootCall call = {.submit.kind = CORE_GET_ACTIVITIES};
    const char *scid = NULL, *xuids[MPS_XUIDS_MAX];
    int r = sd_bus_message_read_basic(message, 's', &scid);
    if (r < 0)
        return r;
    r = bus_check_scid(scid, call.uuid, error);
    if (r < 0)
        return r;
    call.submit.scid = call.uuid;
    r = read_xuids(message, xuids, &call.submit.xuids_count, error);
    call.submit.xuids = xuids;
    return r < 0 ? r : root_submit(userdata, message, &call, error);
}

const char *bus_connectivity_name(CoreConnectivity connectivity)
{
    return connectivity == CORE_OFFLINE   ? MPS_CONNECTIVITY_OFFLINE
           : connectivity == CORE_LIMITED ? MPS_CONNECTIVITY_LIMITED
                                          : MPS_CONNECTIVITY_ONLINE;
}

#define GETTER(name)                                                                                         \
    static int name(sd_bus *connection MPS_UNUSED, const char *path MPS_UNUSED,                              \
                    const char *interface MPS_UNUSED, const char *property MPS_UNUSED,                       \
                    sd_bus_message *reply, void *userdata, sd_bus_error *error MPS_UNUSED)

GETTER(get_version)
{
    const Bus *bus = userdata;
    return sd_bus_message_append_basic(reply, 's', bus->settings.version);
}

GETTER(get_features)
{
    (void)userdata;
    return sd_bus_message_append(reply, "as", 3, MPS_FEATURE_ACCOUNTS, MPS_FEATURE_DIAGNOSE,
                                 MPS_FEATURE_STORY);
}

GETTER(get_directory_url)
{
    const Bus *bus = userdata;
    return sd_bus_message_append_basic(reply, 's', bus->settings.directory_url);
}

GETTER(get_connectivity)
{
    const Bus *bus = userdata;
    return sd_bus_message_append_basic(reply, 's',
                                       bus_connectivity_name(core_counters(bus->core).connectivity));
}

GETTER(get_queued)
{
    const Bus *bus = userdata;
    return sd_bus_message_append(reply, "u", core_counters(bus->core).queued);
}

GETTER(get_active)
{
    const Bus *bus = userdata;
    return sd_bus_message_append(reply, "u", core_counters(bus->core).active);
}

GETTER(get_unacknowledged)
{
    const Bus *bus = userdata;
    return sd_bus_message_append(reply, "u", core_counters(bus->core).unacknowledged);
}

#define METHOD SD_BUS_METHOD_WITH_ARGS
#define REQUEST_RESULT SD_BUS_RESULT("o", request)
#define ANYONE SD_BUS_VTABLE_UNPRIVILEGED

static const sd_bus_vtable root_vtable[] = {
    SD_BUS_VTABLE_START(0),
    METHOD(MPS_WRITE_SESSION_BY_HANDLE,
           SD_BUS_ARGS("s", handle_id, "s", write_mode, "s", session, "a{sv}", options), REQUEST_RESULT,
           method_write_session_by_handle, ANYONE),
    METHOD(MPS_WRITE_SESSION,
           SD_BUS_ARGS("s", scid, "s", template, "s", name, "s", write_mode, "s", session, "a{sv}", options),
           REQUEST_RESULT, method_write_session, ANYONE),
    METHOD(MPS_GET_SESSION_BY_HANDLE, SD_BUS_ARGS("s", handle_id, "a{sv}", options), REQUEST_RESULT,
           method_get_session_by_handle, ANYONE),
    METHOD(MPS_GET_SESSION, SD_BUS_ARGS("s", scid, "s", template, "s", name, "a{sv}", options),
           REQUEST_RESULT, method_get_session, ANYONE),
    METHOD(MPS_SET_ACTIVITY, SD_BUS_ARGS("s", scid, "s", template, "s", name, "a{sv}", options),
           REQUEST_RESULT, method_set_activity, ANYONE),
    METHOD(MPS_GET_ACTIVITIES, SD_BUS_ARGS("s", scid, "as", xuids, "a{sv}", options), REQUEST_RESULT,
           method_get_activities, ANYONE),
    METHOD(MPS_LIST_REQUESTS, SD_BUS_ARGS("a{sv}", filter), SD_BUS_RESULT("a(oa{sv})", requests),
           bus_list_requests, ANYONE),
    METHOD(MPS_GET_STORY, SD_BUS_ARGS("s", id), SD_BUS_RESULT("a(tss)", story), bus_get_story, ANYONE),
    METHOD(MPS_DIAGNOSE, SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", facts), bus_diagnose, ANYONE),
    SD_BUS_SIGNAL_WITH_ARGS("RequestAdded", SD_BUS_ARGS("o", request), 0),
    SD_BUS_SIGNAL_WITH_ARGS("RequestRemoved", SD_BUS_ARGS("o", request), 0),
    SD_BUS_PROPERTY("Version", "s", get_version, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Features", "as", get_features, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Connectivity", "s", get_connectivity, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Queued", "u", get_queued, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Active", "u", get_active, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Unacknowledged", "u", get_unacknowledged, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("DirectoryUrl", "s", get_directory_url, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_VTABLE_END,
};

int bus_root_export(Bus *bus)
{
    return sd_bus_add_object_vtable(bus->bus, NULL, MPS_ROOT_PATH, MPS_AGENT_INTERFACE, root_vtable, bus);
}
