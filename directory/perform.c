/* SPDX-License-Identifier: MIT */
/* One request carried out under the faults that were scripted for it. */
#include "directory/perform.h"

#include <stdio.h>
#include <string.h>

#include "directory/answer.h"
#include "directory/auth.h"
#include "directory/control.h"
#include "directory/endpoint.h"
#include "directory/failure.h"
#include "directory/handle.h"
#include "directory/persist.h"
#include "directory/rival.h"
#include "directory/util.h"

#define HUGE_BODY_SIZE ((size_t)10 * 1000 * 1000)

/* A line of GET /control/requests. */
typedef struct Record {
    const char *method, *path, *authorization, *fault;
    const char *subject;                  /* of a call to the identity services */
    const char *if_match, *if_none_match; /* NULL: not sent, or not read */
    unsigned status;
    const unsigned *rival; /* the status of a rival's write, or NULL */
} Record;

static void perform_record(Directory *directory, const Record *record, int64_t at)
{
    char now[CLOCK_ISO_SIZE];
    json_t *entry = json_object();
    Principal who;

    if (record->subject)
        user_principal(directory, record->subject, &who);
    else
        auth_claimed(directory, record->authorization, &who);
    clock_format_iso(at, now);
    json_object_set_new(entry, "time", json_string(now));
    json_object_set_new(entry, "bootUsec", json_integer(clock_boot()));
    json_object_set_new(entry, "method", json_string(record->method));
    json_object_set_new(entry, "path", json_string(record->path));
    json_object_set_new(entry, "xuid", json_string(who.xuid));
    json_object_set_new(entry, "titleId", json_string(who.title_id));
    if (who.sandbox)
        json_object_set_new(entry, "sandbox", json_string(who.sandbox));
    if (record->if_match)
        json_object_set_new(entry, "ifMatch", json_string(record->if_match));
    if (record->if_none_match)
        json_object_set_new(entry, "ifNoneMatch", json_string(record->if_none_match));
    json_object_set_new(entry, "status", json_integer(record->status));
    json_object_set_new(entry, "fault", json_string(record->fault));
    if (record->rival)
        json_object_set_new(entry, "rivalStatus", json_integer(*record->rival));
    journal_append(&directory->requests, entry);
}

static void reply_retry(Reply *reply, const Fault *fault, int64_t now)
{
    char text[FAULT_RETRY_AFTER_SIZE];

    fault_retry_after(fault, now, text);
    if (text[0])
        reply_header(reply, "Retry-After", text);
}

static void reply_throttled(Reply *reply, const Fault *fault, int64_t now)
{
    LimitVerdict verdict = fault_verdict(fault);
    char *body = limit_body(&verdict);

    reply_take(reply, 429, "application/json", body, strlen(body));
    reply_retry(reply, fault, now);
}

/* Only the body lies: the status stays the true one, and where none can have a body there is none to spoil. */
static unsigned spoiled_status(const Reply *reply)
{
    return reply->status ? reply->status : 200;
}

static void reply_garbage(Reply *reply)
{
    static const char garbage[] = "<html>{\"contractVersion\": this is not JSON";

    if (reply->status != 204 && reply->status != 304)
        reply_take(reply, spoiled_status(reply), "application/json", text_copy(garbage), sizeof(garbage) - 1);
}

static void reply_huge(Reply *reply)
{
    static const char head[] = "{\"padding\":\"";
    char *body;

    if (reply->status == 204 || reply->status == 304)
        return;
    body = memory_new(HUGE_BODY_SIZE + 1);

    memset(body, 'x', HUGE_BODY_SIZE);
    memcpy(body, head, sizeof(head) - 1);
    memcpy(body + HUGE_BODY_SIZE - 2, "\"}", 2);
    reply_take(reply, spoiled_status(reply), "application/json", body, HUGE_BODY_SIZE);
}

/* Turns the true reply into the one the fault gives. */
static Delivery perform_fault(const Fault *fault, int64_t now, Reply *reply, HoldTerms *terms)
{
    switch (fault->kind) {
    case FAULT_NO_ANSWER:
        *terms = (HoldTerms){.fault = fault_name(fault->kind), .applied = fault->apply, .delay_ms = -1};
        return DELIVERY_HOLD;
    case FAULT_LATE:
        *terms = (HoldTerms){.fault = fault_name(fault->kind), .stays = true, .delay_ms = fault->delay_ms};
        return DELIVERY_HOLD;
    case FAULT_HELD:
        *terms = (HoldTerms){.fault = fault_name(fault->kind), .stays = true, .delay_ms = -1};
        return DELIVERY_HOLD;
    case FAULT_LOST_ANSWER:
    case FAULT_OVERTAKEN:
    case FAULT_OVERWRITTEN:
        return DELIVERY_CLOSE;
    case FAULT_CUT_BODY:
        return reply->length > 1 ? DELIVERY_CUT : DELIVERY_CLOSE;
    case FAULT_HALF:
        return DELIVERY_HALF;
    case FAULT_SESSION_GONE:
    case FAULT_NEW_BRANCH:
    case FAULT_HANDLE_GONE:
        return fault->answer ? DELIVERY_SEND : DELIVERY_CLOSE;
    case FAULT_SERVER_ERROR:
        reply_clear(reply);
        reply_text(reply, fault->status, "Something went wrong.");
        reply_retry(reply, fault, now);
        break;
    case FAULT_UNAVAILABLE:
        reply_clear(reply);
        reply_status(reply, 503);
        reply_retry(reply, fault, now);
        break;
    case FAULT_THROTTLED:
        reply_clear(reply);
        reply_throttled(reply, fault, now);
        break;
    case FAULT_UNAUTHORIZED:
        reply_clear(reply);
        reply_status(reply, 401);
        break;
    case FAULT_GARBAGE:
        reply_garbage(reply);
        break;
    case FAULT_HUGE:
        reply_huge(reply);
        break;
    case FAULT_NONE:
    case FAULT_STALE_CONNECTION:
    case FAULT_BARE_CONFLICT:
    case FAULT_NO_LOCATION:
    case FAULT_STALE_READ:
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

/* Carries out the request, if the fault lets it, and what the fault brings on besides. Returns the status of the
 * rival's write. */
static unsigned perform_effects(Directory *directory, Call *call, const Fault *fault, const Aim *aim,
                                Reply *reply)
{
    call->stale = fault->kind == FAULT_STALE_READ;
    if (fault->apply)
        route_serve(directory, call, reply);
    if (fault->kind == FAULT_SESSION_GONE)
        directory_remove(directory, aim->key);
    else if (fault->kind == FAULT_NEW_BRANCH)
        directory_rebranch(directory, aim->key);
    else if (fault->kind == FAULT_HANDLE_GONE)
        handle_remove(directory, aim->handle);
    return fault->rival ? rival_commit(directory, fault->rival, aim, call->number) : 0;
}

/* Takes the fault that strikes this request, and finds what it is aimed at as far as faults have to know. */
static Fault perform_strike(Directory *directory, const Call *call, FaultSubject *subject, Aim *aim)
{
    Fault fault = {.kind = FAULT_NONE, .apply = true};

    if (directory->faults.count == 0)
        return fault;
    *aim = route_aim(directory, call);
    subject->aimed = aim->key != NULL;
    subject->by_handle = aim->handle != NULL;
    subject->previous = aim->key && directory_previous(directory, aim->key);
    fault_take(&directory->faults, FAULT_AT_REQUEST, subject, &fault);
    return fault;
}

/* The identity services may have been told to answer late. */
static Delivery perform_latency(const Directory *directory, const Call *call, HoldTerms *terms)
{
    int64_t delay = endpoint_is(call->path) ? latency_ms(directory, call) : 0;

    if (delay == 0)
        return DELIVERY_SEND;
    *terms = (HoldTerms){.fault = "latency", .applied = true, .delay_ms = delay};
    return DELIVERY_LATER;
}

static Delivery perform_service(Directory *directory, Call *call, int64_t now, Reply *reply, HoldTerms *terms)
{
    char xuid[XUID_SIZE];
    FaultSubject subject = {.method = call->method, .path = call->path, .xuid = xuid};
    Record record = {.method = call->method,
                     .path = call->path,
                     .authorization = call->authorization,
                     .if_match = call->if_match,
                     .if_none_match = call->if_none_match};
    Aim aim = {0};
    Delivery delivery;
    unsigned rival;
    Fault fault;

    auth_claimed_xuid(directory, call->authorization, xuid);
    if (endpoint_is(call->path)) {
        record.subject = call->subject = endpoint_subject(directory, call);
        snprintf(xuid, sizeof(xuid), "%s", call->subject ? call->subject : "");
        endpoint_count(directory, call);
    }
    call->number = directory->requests.next;
    fault = perform_strike(directory, call, &subject, &aim);
    record.fault = fault_name(fault.kind);
    rival = perform_effects(directory, call, &fault, &aim, reply);
    delivery = perform_fault(&fault, now, reply, terms);
    if (fault.kind == FAULT_NONE)
        record.fault = perform_reply_fault(directory, &subject, reply);
    if (delivery == DELIVERY_SEND && reply->status == 0)
        reply_status(reply, 500);
    if (delivery == DELIVERY_SEND)
        delivery = perform_latency(directory, call, terms);
    record.status = delivery == DELIVERY_SEND || delivery == DELIVERY_LATER || delivery == DELIVERY_CUT
                        ? reply->status
                        : 0;
    record.rival = fault.rival ? &rival : NULL;
    perform_record(directory, &record, now);
    json_decref(fault.rival);
    aim_clear(&aim);
    return delivery;
}

static void perform_settle(Directory *directory)
{
    if (directory->dirty && directory->options->state_file)
        persist_save(directory, directory->options->state_file);
    directory->dirty = false;
}

bool perform_date(const Directory *directory, const Call *call, int64_t now, char out[CLOCK_HTTP_SIZE])
{
    if (endpoint_is(call->path))
        return answer_date(directory, now, out);
    clock_format_http(now, out);
    return true;
}

Delivery perform_call(Directory *directory, Call *call, bool control_allowed, Reply *reply, HoldTerms *terms)
{
    Delivery delivery = DELIVERY_SEND;
    char date[CLOCK_HTTP_SIZE];
    int64_t now;

    if (control_is(call->path))
        control_serve(directory, call, control_allowed, reply);
    /* One instant for all that the reply says about the time; the control may just have moved the clock. */
    now = clock_now(&directory->clock);
    if (!control_is(call->path))
        delivery = perform_service(directory, call, now, reply, terms);
    if (perform_date(directory, call, now, date))
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
    Record record = {.method = method, .path = path, .authorization = authorization};
    Fault fault;

    auth_claimed_xuid(directory, authorization, xuid);
    if (control_is(path) || !fault_take(&directory->faults, FAULT_BEFORE_BODY, &subject, &fault))
        return false;
    record.fault = fault_name(fault.kind);
    perform_record(directory, &record, clock_now(&directory->clock));
    return true;
}
