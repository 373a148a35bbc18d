/* SPDX-License-Identifier: MIT */
/* A result as the contract's dictionary. */
#include "bus/bus-internal.h"

static int append_string(sd_bus_message *message, const char *key, const char *value)
{
    return value ? sd_bus_message_append(message, "{sv}", key, "s", value) : 0;
}

static int append_true(sd_bus_message *message, const char *key, bool value)
{
    return value ? sd_bus_message_append(message, "{sv}", key, "b", 1) : 0;
}

static int append_outcome(sd_bus_message *message, const CoreResult *result)
{
    int r = append_string(message, MPS_RESULT_OUTCOME, core_outcome_name(result->outcome));
    if (r >= 0)
        r = append_string(message, MPS_RESULT_APPLIED, core_applied_name(result->applied));
    if (r >= 0 && result->has_write_status)
        r = append_string(message, MPS_RESULT_WRITE_STATUS, core_write_status_name(result->write_status));
    if (r >= 0 && result->http_status)
        r = sd_bus_message_append(message, "{sv}", MPS_RESULT_HTTP_STATUS, "u",
                                  (uint32_t)result->http_status);
    if (r >= 0)
        r = sd_bus_message_append(message, "{sv}", MPS_RESULT_ATTEMPTS, "u", (uint32_t)result->attempts);
    if (r >= 0)
        r = sd_bus_message_append(message, "{sv}", MPS_RESULT_RESOLVED, "b", (int)result->resolved);
    if (r >= 0)
        r = sd_bus_message_append(message, "{sv}", MPS_RESULT_RETRYABLE, "b", (int)result->retryable);
    if (r >= 0 && result->retry_after_usec)
        r = sd_bus_message_append(message, "{sv}", MPS_RESULT_RETRY_AFTER, "t", result->retry_after_usec);
    return r;
}

static int append_session(sd_bus_message *message, const CoreResult *result, size_t session_max)
{
    int r = 0;
    if (result->session && result->session_size <= session_max)
        r = append_string(message, MPS_RESULT_SESSION, result->session);
    if (r >= 0)
        r = append_true(message, MPS_RESULT_SESSION_DROPPED, result->session_dropped);
    if (r >= 0 && result->scid && result->template_name && result->name)
        r = sd_bus_message_append(message, "{sv}", MPS_RESULT_SESSION_REFERENCE, "(sss)", result->scid,
                                  result->template_name, result->name);
    return r;
}

static int append_texts(sd_bus_message *message, const CoreResult *result)
{
    const struct {
        const char *key, *value;
    } texts[] = {
        {MPS_RESULT_ETAG, result->etag},
        {MPS_RESULT_DATE, result->date},
        {MPS_RESULT_HANDLE_ID, result->handle_id},
        {MPS_RESULT_ACTIVITIES, result->activities},
        {MPS_RESULT_ERROR, result->error},
        {MPS_RESULT_MESSAGE, result->message},
        {MPS_RESULT_SERVER_MESSAGE, result->server_message},
    };
    int r = 0;
    for (size_t i = 0; i < ELEMENTS(texts) && r >= 0; i++)
        r = append_string(message, texts[i].key, texts[i].value);
    return r;
}

int bus_result_append(sd_bus_message *message, const CoreResult *result, size_t session_max)
{
    int r = sd_bus_message_open_container(message, 'a', "{sv}");
    if (r >= 0)
        r = append_outcome(message, result);
    if (r >= 0)
        r = append_session(message, result, session_max);
    if (r >= 0)
        r = append_texts(message, result);
    if (r >= 0)
        r = sd_bus_message_close_container(message);
    return r < 0 ? r : 0;
}
