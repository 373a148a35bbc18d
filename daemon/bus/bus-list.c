/* SPDX-License-Identifier: MIT */
/* ListRequests. */
#include "bus/bus-dictionary.h"
#include "bus/bus-internal.h"
#include "ipc/validate.h"

typedef struct ListFilter {
    const char *after, *state, *account, *app_id;
    uint32_t limit;
} ListFilter;

static const BusKey filter_keys[] = {
    {MPS_FILTER_LIMIT, 'u', offsetof(ListFilter, limit)},
    {MPS_FILTER_AFTER, 's', offsetof(ListFilter, after)},
    {MPS_FILTER_STATE, 's', offsetof(ListFilter, state)},
    {MPS_FILTER_ACCOUNT, 's', offsetof(ListFilter, account)},
    {MPS_FILTER_APP_ID, 's', offsetof(ListFilter, app_id)},
};

static int read_filter(Bus *bus, sd_bus_message *message, ListFilter *filter, CoreRequest **start,
                       sd_bus_error *error)
{
    uint32_t seen = 0;
    int r = bus_dictionary_read(message, filter_keys, ELEMENTS(filter_keys), filter, &seen, "filter", error);
    if (r < 0)
        return r;
    if (!(seen & 1))
        filter->limit = MPS_LIST_MAX;
    if (filter->limit == 0 || filter->limit > MPS_LIST_MAX)
        return bus_error_set(error, MPS_ERROR_NAME_INVALID_OPTION,
                             "filter 'limit' has to be 1 to %d; go on with 'after'", MPS_LIST_MAX);
    CoreState state;
    if (filter->state && core_state_from_name(filter->state, &state) < 0)
        return bus_error_set(error, MPS_ERROR_NAME_INVALID_OPTION,
                             "filter 'state' has to be queued, sending, waiting, resolving or done");
    if (!filter->after) {
        *start = core_first(bus->core);
        return 0;
    }
    if (!mps_validate_id(filter->after))
        return bus_error_set(error, MPS_ERROR_NAME_INVALID_OPTION,
                             "filter 'after' has to be the id of a request");
    CoreRequest *request = core_find(bus->core, filter->after);
    if (!request || !bus_caller_sees(bus, request))
        return bus_error_set(error, MPS_ERROR_NAME_NO_SUCH_REQUEST,
                             "filter 'after' names no request (any more); list from the beginning");
    *start = core_next(bus->core, request);
    return 0;
}

static bool filter_matches(const ListFilter *filter, const CoreRequest *request)
{
    return (!filter->state || string_equal(filter->state, core_state_name(core_request_state(request)))) &&
           (!filter->account || string_equal(filter->account, core_request_account(request))) &&
           (!filter->app_id || string_equal(filter->app_id, core_request_app_id(request)));
}

static int append_row(sd_bus_message *reply, const CoreRequest *request)
{
    char path[BUS_PATH_SIZE];
    bus_path(core_request_id(request), path);
    int r = sd_bus_message_open_container(reply, 'r', "oa{sv}");
    if (r >= 0)
        r = sd_bus_message_append_basic(reply, 'o', path);
    if (r >= 0)
        r = bus_request_append(reply, request);
    if (r >= 0)
        r = sd_bus_message_close_container(reply);
    return r;
}

int bus_list_requests(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
    Bus *bus = userdata;
    ListFilter filter = {0};
    CoreRequest *request = NULL;
    int r = read_filter(bus, message, &filter, &request, error);
    if (r < 0)
        return r;
    CLEANUP(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
    r = sd_bus_message_new_method_return(message, &reply);
    if (r >= 0)
        r = sd_bus_message_open_container(reply, 'a', "(oa{sv})");
    for (uint32_t rows = 0; r >= 0 && request && rows < filter.limit;
         request = core_next(bus->core, request)) {
        if (!bus_caller_sees(bus, request) || !filter_matches(&filter, request))
            continue;
        r = append_row(reply, request);
        rows++;
    }
    if (r >= 0)
        r = sd_bus_message_close_container(reply);
    return r < 0 ? r : sd_bus_send(NULL, reply, NULL);
}
