/* SPDX-License-Identifier: MIT */
/* One request carried out under the faults that were scripted for it. */
#include "directory/perform.h"

#include <string.h>

#include "directory/auth.h"
#include "directory/control.h"
#include "directory/persist.h"
#include "directory/route.h"
#include "directory/util.h"

#define HUGE_BODY_SIZE ((size_t)10 * 1000 * 1000)

static void perform_record(Directory *directory, const char *method, const char *path,
                           const char *authorization, unsigned status, const char *fault)
{
    char xuid[XUID_SIZE], now[CLOCK_ISO_SIZE];
    json_t *entry = json_object();
    Principal who;

    auth_claimed_xuid(authorization, xuid);
    user_principal(directory, xuid, &who);
    clock_format_iso(clock_now(&directory->clock), now);
    json_object_set_new(entry, "time", json_string(now));
    json_object_set_new(entry, "bootUsec", json_integer(clock_boot()));
    json_object_set_new(entry, "method", json_string(method));
    json_object_set_new(entry, "path", json_string(path));
    json_object_set_new(entry, "xuid", json_string(xuid));
    json_object_set_new(entry, "titleId", json_string(who.title_id));
    json_object_set_new(entry, "status", json_integer(status));
    json_object_set_new(entry, "fault", json_string(fault));
    journal_append(&directory->requests, entry);
}

static void reply_retry(Reply *reply, const Fault *fault)
{
    if (fault->retry_after[0])
        reply_header(reply, "Retry-After", fault->retry_after);
}

static void reply_throttled(Reply *reply, const Fault *fault)
{
    LimitVerdict verdict = limit_example();
    char *body = limit_body(&verdict);

    reply_take(reply, 429, "application/json", body, strlen(body));
    reply_retry(reply, fault);
}

static void reply_huge(Reply *reply)
{
    static const char head[] = "{\"padding\":\"";
    char *body = memory_new(HUGE_BODY_SIZE + 1);

    memset(body, 'x', HUGE_BODY_SIZE);
    memcpy(body, head, sizeof(head) - 1);
    memcpy(body + HUGE_BODY_SIZE - 2, "\"}", 2);
    reply_take(reply, 200, "application/json", body, HUGE_BODY_SIZE);
}

/* Turns the true reply into the one the fault gives. */
static Delivery perform_fault(const Fault *fault, Reply *reply, unsigned *delay_ms)
{
    static const char garbage[] = "<html>{\"contractVersion\": this is not JSON";

    switch (fault->kind) {
    case FAULT_NO_ANSWER:
        return DELIVERY_HOLD;
    case FAULT_LOST_ANSWER:
        return DELIVERY_CLOSE;
    case FAULT_LATE:
        *delay_ms = fault->delay_ms;
        return DELIVERY_LATE;
    case FAULT_CUT_BODY:
        return reply->length > 1 ? DELIVERY_CUT : DELIVERY_CLOSE;
    case FAULT_HALF:
        return DELIVERY_HALF;
    case FAULT_SESSION_GONE:
        return fault->answer ? DELIVERY_SEND : DELIVERY_CLOSE;
    case FAULT_SERVER_ERROR:
        reply_clear(reply);
        reply_text(reply, fault->status, "Something went wrong.");
        reply_retry(reply, fault);
        break;
    case FAULT_UNAVAILABLE:
        reply_clear(reply);
        reply_status(reply, 503);
        reply_retry(reply, fault);
        break;
    case FAULT_THROTTLED:
        reply_clear(reply);
        reply_throttled(reply, fault);
        break;
    case FAULT_UNAUTHORIZED:
        reply_clear(reply);
        reply_status(reply, 401);
        break;
    case FAULT_GARBAGE:
        reply_take(reply, 200, "application/json", text_copy(garbage), sizeof(garbage) - 1);
        break;
    case FAULT_HUGE:
        reply_huge(reply);
        break;
    case FAULT_NONE:
    case FAULT_STALE_CONNECTION:
    case FAULT_BARE_CONFLICT:
    case FAULT_NO_LOCATION:
        break;
    }
    return DELIVERY_SEND;
}

/* Faults that only take something away from a true reply. */
static const char *perform_reply_fault(Directory *directory, FaultSubject *subject, Reply *reply)
{
    Fault fault;

    subject->status = reply->status;
    if (!fault_take(&directory->faults, FAULT_AT_REPLY, subject, &fault))
        return "";
    if (fault.kind == FAULT_BARE_CONFLICT) {
        reply_clear(reply);
        reply_status(reply, 412);
    } else {
        reply_header_remove(reply, "Content-Location");
    }
    return fault_name(fault.kind);
}

static Delivery perform_service(Directory *directory, const Call *call, Reply *reply, unsigned *delay_ms)
{
    char xuid[XUID_SIZE];
    FaultSubject subject = {.method = call->method, .path = call->path, .xuid = xuid};
    Fault fault = {.kind = FAULT_NONE, .apply = true};
    Delivery delivery;
    const char *name;

    auth_claimed_xuid(call->authorization, xuid);
    fault_take(&directory->faults, FAULT_AT_REQUEST, &subject, &fault);
    name = fault_name(fault.kind);
    if (fault.kind != FAULT_LATE && fault.apply) {
        OWN_TEXT char *key = fault.kind == FAULT_SESSION_GONE ? route_session_key(directory, call) : NULL;

        route_serve(directory, call, reply);
        if (key)
            directory_remove(directory, key);
    } else if (fault.kind == FAULT_SESSION_GONE) {
        OWN_TEXT char *key = route_session_key(directory, call);

        directory_remove(directory, key ? key : "");
    }
    delivery = perform_fault(&fault, reply, delay_ms);
    if (fault.kind == FAULT_NONE)
        name = perform_reply_fault(directory, &subject, reply);
    if (delivery == DELIVERY_SEND && reply->status == 0)
        reply_status(reply, 500);
    perform_record(directory, call->method, call->path, call->authorization,
                   delivery == DELIVERY_SEND || delivery == DELIVERY_CUT ? reply->status : 0, name);
    return delivery;
}

static void perform_settle(Directory *directory)
{
    if (directory->dirty && directory->options->state_file)
        persist_save(directory, directory->options->state_file);
    directory->dirty = false;
}

Delivery perform_call(Directory *directory, const Call *call, bool control_allowed, Reply *reply,
                      unsigned *delay_ms)
{
    Delivery delivery = DELIVERY_SEND;
    char date[CLOCK_HTTP_SIZE];

    if (control_is(call->path))
        control_serve(directory, call, control_allowed, reply);
    else
        delivery = perform_service(directory, call, reply, delay_ms);
    clock_format_http(clock_now(&directory->clock), date);
    reply_header(reply, "Date", date);
    perform_settle(directory);
    return delivery;
}

void perform_late(Directory *directory, const Call *call)
{
    Reply reply = {0};

    route_serve(directory, call, &reply);
    reply_clear(&reply);
    perform_settle(directory);
}

bool perform_drops(Directory *directory, const char *method, const char *path, const char *authorization,
                   bool kept_alive)
{
    char xuid[XUID_SIZE];
    FaultSubject subject = {.method = method, .path = path, .xuid = xuid, .kept_alive = kept_alive};
    Fault fault;

    auth_claimed_xuid(authorization, xuid);
    if (control_is(path) || !fault_take(&directory->faults, FAULT_BEFORE_BODY, &subject, &fault))
        return false;
    perform_record(directory, method, path, authorization, 0, fault_name(fault.kind));
    return true;
}
