/* SPDX-License-Identifier: MIT */
/* Whole calls against a scripted server. */
#include "mpsd/mpsd.h"
#include "test-server.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <systemd/sd-event.h>

#define SCID "5f2c0100-7e1b-4c57-9d0e-0000665a1be9"
#define HANDLE "0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001"
#define REPLY_SESSION                                                                                        \
    "HTTP/1.1 201 Created\r\nETag: 4E6D\r\nDate: Tue, 03 Mar 2026 18:20:11 GMT\r\nContent-Type: "            \
    "application/json\r\n"                                                                                   \
    "Content-Location: /serviceconfigs/" SCID "/sessiontemplates/t/sessions/n\r\nContent-Length: 18\r\n\r\n" \
    "{\"changeNumber\":1}"

static sd_event *event;
static Tokens *tokens;
static Mpsd *mpsd;
static Server *server;

typedef struct Seen {
    bool done;
    MpsdFate fate;
    unsigned status;
    char etag[64], scid[64], name[64], document[64], handle[64], activities[64], message[64];
    bool error;
} Seen;

static void keep(char *to, const char *text)
{
    snprintf(to, 64, "%s", text ? text : "-");
}

static void on_reply(const MpsdReply *reply, void *userdata)
{
    Seen *seen = userdata;
    *seen = (Seen){.done = true, .fate = reply->fate, .status = reply->status, .error = reply->error != NULL};
    keep(seen->etag, reply->etag);
    keep(seen->scid, reply->scid);
    keep(seen->name, reply->name);
    keep(seen->document, reply->document);
    keep(seen->handle, reply->handle_id);
    keep(seen->activities, reply->activities);
    keep(seen->message, reply->server_message);
}

static void begin(const ServerStep *steps, size_t count)
{
    char url[64];
    server = server_start(steps, count);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", server_port(server));
    MpsdOptions options = {.url = url, .agent_version = "0.1.0"};
    cr_assert_eq(sd_event_new(&event), 0);
    cr_assert_eq(tokens_new(&tokens), 0);
    cr_assert_eq(tokens_add_fixed(tokens, "2533274900000001:secret"), 0);
    cr_assert_eq(mpsd_new(event, tokens, &options, &mpsd), 0);
}

#define BEGIN(...)                                                                                           \
    static const ServerStep steps[] = {__VA_ARGS__};                                                         \
    begin(steps, ELEMENTS(steps))

static void teardown(void)
{
    mpsd = mpsd_free(mpsd);
    tokens = tokens_free(tokens);
    event = sd_event_unref(event);
    server = server_stop(server);
}

TestSuite(mpsd, .fini = teardown, .timeout = 60);

static MpsdRequest write_request(void)
{
    return (MpsdRequest){.verb = MPSD_WRITE,
                         .handle_id = HANDLE,
                         .account = "2533274900000001",
                         .body = "{}",
                         .body_size = 2,
                         .timeout_usec = 10 * USEC_PER_SEC};
}

static Seen call(const MpsdRequest *request)
{
    Seen seen = {0};
    MpsdCall *started = NULL;
    cr_assert_eq(mpsd_start(mpsd, request, on_reply, &seen, &started), 0);
    cr_assert_not_null(started);
    cr_assert_not(seen.done);
    for (unsigned turns = 0; !seen.done && turns < 1000000; turns++)
        cr_assert_gt(sd_event_run(event, 20 * USEC_PER_SEC), 0);
    return seen;
}

static void expect_head(unsigned index, const char *line)
{
    const ServerRequest *request = server_request(server, index);
    cr_assert_not_null(request);
    cr_expect(strcasestr(request->head, line), "%s is not in %s", line, request->head);
}

Test(mpsd, write_by_handle)
{
    BEGIN({SERVER_REPLY, REPLY_SESSION});
    MpsdRequest request = write_request();
    request.precondition = MPSD_IF_MATCH_ANY;
    Seen seen = call(&request);
    cr_assert_eq(seen.fate, MPSD_ANSWERED);
    cr_assert_eq(seen.status, 201);
    cr_assert_str_eq(seen.etag, "4E6D");
    cr_assert_str_eq(seen.scid, SCID);
    cr_assert_str_eq(seen.name, "n");
    cr_assert_str_eq(seen.document, "{\"changeNumber\":1}");
    expect_head(0, "PUT /handles/" HANDLE "/session HTTP/1.1\r\n");
    expect_head(0, "\r\nAuthorization: XBL3.0 x=2533274900000001;secret\r\n");
    expect_head(0, "\r\nx-xbl-contract-version: 107\r\n");
    expect_head(0, "\r\nIf-Match: *\r\n");
    expect_head(0, "\r\nUser-Agent: mpsessiond/0.1.0\r\n");
    cr_assert_str_eq(server_request(server, 0)->body, "{}");
}

Test(mpsd, read_by_reference)
{
    BEGIN({SERVER_REPLY, "HTTP/1.1 204 No Content\r\n\r\n"});
    MpsdRequest request = {.verb = MPSD_READ,
                           .account = "2533274900000001",
                           .scid = SCID,
                           .template_name = "t",
                           .name = "n",
                           .timeout_usec = 10 * USEC_PER_SEC};
    Seen seen = call(&request);
    cr_assert_eq(seen.status, 204);
    cr_assert_str_eq(seen.document, "-");
    expect_head(0, "GET /serviceconfigs/" SCID "/sessionTemplates/t/sessions/n HTTP/1.1\r\n");
}

Test(mpsd, activities)
{
    BEGIN({SERVER_REPLY, "HTTP/1.1 200 OK\r\nContent-Length: 45\r\n\r\n{\"id\":\"" HANDLE "\"}"},
          {SERVER_REPLY, "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"results\":[]}"});
    static const char *const xuids[] = {"2533274900000002"};
    MpsdRequest request = {.verb = MPSD_SET_ACTIVITY,
                           .account = "2533274900000001",
                           .scid = SCID,
                           .template_name = "t",
                           .name = "n",
                           .xuids = xuids,
                           .xuids_count = 1,
                           .timeout_usec = 10 * USEC_PER_SEC};
    Seen seen = call(&request);
    cr_assert_str_eq(seen.handle, HANDLE);
    request.verb = MPSD_GET_ACTIVITIES;
    seen = call(&request);
    cr_assert_str_eq(seen.activities, "[]");
    expect_head(0, "POST /handles HTTP/1.1\r\n");
    expect_head(1, "POST /handles/query?include=relatedInfo,customProperties HTTP/1.1\r\n");
    cr_assert(strstr(server_request(server, 1)->body, "\"xuids\":[\"2533274900000002\"]"));
}

Test(mpsd, refusal_with_a_message)
{
    BEGIN({SERVER_REPLY,
           "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nno\x1bhandle"});
    MpsdRequest request = write_request();
    Seen seen = call(&request);
    cr_assert_eq(seen.status, 404);
    cr_assert_str_eq(seen.message, "no handle");
}

Test(mpsd, account_that_has_to_sign_in)
{
    BEGIN({SERVER_REPLY, REPLY_SESSION});
    MpsdRequest request = write_request();
    request.account = "2533274900000009";
    Seen seen = call(&request);
    cr_assert_eq(seen.fate, MPSD_NO_TOKEN);
    cr_assert(seen.error);
    cr_assert_eq(server_connections(server), 0);
}

Test(mpsd, fates)
{
    BEGIN({SERVER_READ_DIE, NULL});
    MpsdRequest request = write_request();
    Seen seen = call(&request);
    cr_assert_eq(seen.fate, MPSD_UNCERTAIN);
    cr_assert_eq(seen.status, 0);
    cr_assert(seen.error);
    /* Nobody listens any more. */
    seen = call(&request);
    cr_assert_eq(seen.fate, MPSD_NOT_SENT);
    cr_assert(seen.error);
}

Test(mpsd, abort)
{
    BEGIN({SERVER_SILENT, NULL});
    Seen seen = {0}, refused = {0};
    MpsdCall *started, *without;
    MpsdRequest request = write_request();
    cr_assert_eq(mpsd_start(mpsd, &request, on_reply, &seen, &started), 0);
    request.account = "9";
    cr_assert_eq(mpsd_start(mpsd, &request, on_reply, &refused, &without), 0);
    mpsd_abort(started);
    mpsd_abort(without);
    for (unsigned turns = 0; !(seen.done && refused.done) && turns < 1000; turns++)
        cr_assert_gt(sd_event_run(event, 20 * USEC_PER_SEC), 0);
    cr_assert_eq(seen.fate, MPSD_NOT_SENT);
    cr_assert_eq(refused.fate, MPSD_NO_TOKEN);
}

Test(mpsd, arguments_that_cannot_be_sent)
{
    BEGIN({SERVER_REPLY, REPLY_SESSION});
    Seen seen = {0};
    MpsdCall *started = NULL;
    MpsdRequest request = write_request();
    request.handle_id = "../../etc";
    cr_expect_eq(mpsd_start(mpsd, &request, on_reply, &seen, &started), -EINVAL);
    request = write_request();
    request.body = NULL;
    cr_expect_eq(mpsd_start(mpsd, &request, on_reply, &seen, &started), -EINVAL);
    request = write_request();
    request.precondition = MPSD_IF_MATCH;
    request.etag = "a\r\nX: 1";
    cr_expect_eq(mpsd_start(mpsd, &request, on_reply, &seen, &started), -EINVAL);
    cr_assert_null(started);
    cr_assert_not(seen.done);
}

Test(mpsd, freeing_with_calls_under_way)
{
    BEGIN({SERVER_SILENT, NULL});
    Seen seen = {0}, refused = {0};
    MpsdCall *started;
    MpsdRequest request = write_request();
    cr_assert_eq(mpsd_start(mpsd, &request, on_reply, &seen, &started), 0);
    request.account = "9";
    cr_assert_eq(mpsd_start(mpsd, &request, on_reply, &refused, &started), 0);
    mpsd = mpsd_free(mpsd);
    while (sd_event_run(event, 0) > 0)
        ;
    cr_assert_not(seen.done);
    cr_assert_not(refused.done);
}

Test(mpsd, urls)
{
    bool loopback = false;
    char message[300] = "";
    cr_assert_eq(mpsd_check_url("http://127.0.0.1:80", &loopback, message, sizeof message), 0);
    cr_assert(loopback);
    cr_assert_eq(mpsd_check_url("https://sessiondirectory.xboxlive.com", &loopback, message, sizeof message),
                 0);
    cr_assert_not(loopback);
    cr_assert_eq(mpsd_check_url("http://example.org", &loopback, message, sizeof message), -EINVAL);
    cr_assert_not_null(strstr(message, "https://"), "%s", message);
    MpsdOptions options = {.url = "http://example.org"};
    Mpsd *other = NULL;
    cr_assert_eq(mpsd_new(NULL, NULL, &options, &other), -EINVAL);
    cr_assert_null(other);
}
