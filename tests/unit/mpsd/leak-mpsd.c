/* SPDX-License-Identifier: MIT */
/* The main ways through a call in a plain program, so that the leak checker sees them. TAP. */
#include "mpsd/mpsd.h"
#include "test-server.h"

#include <stdio.h>
#include <systemd/sd-event.h>

static unsigned answers, number;
static bool failed;

static void ok(bool good, const char *what)
{
    printf("%sok %u - %s\n", good ? "" : "not ", ++number, what);
    failed = failed || !good;
}

static void on_reply(const MpsdReply *reply MPS_UNUSED, void *userdata MPS_UNUSED)
{
    answers++;
}

int main(void)
{
    static const ServerStep steps[] = {
        {SERVER_REPLY, "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"results\":[]}"},
        {SERVER_REPLY, "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"results\":{}}"},
        {SERVER_REPLY, "HTTP/1.1 400 No\r\nContent-Length: 4\r\n\r\ntext"},
        {SERVER_SILENT, NULL},
    };
    static const char *const xuids[] = {"1"};
    static const MpsdVerb verbs[] = {MPSD_GET_ACTIVITIES, MPSD_SET_ACTIVITY, MPSD_WRITE, MPSD_READ};
    Server *server = server_start(steps, ELEMENTS(steps));
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u", server_port(server));
    sd_event *event = NULL;
    Tokens *tokens = NULL;
    Mpsd *mpsd = NULL;
    MpsdOptions options = {
        .url = url, .ca_file = "/none", .proxy = "http://127.0.0.1:1", .agent_version = "1"};
    puts("1..3");
    ok(sd_event_new(&event) == 0 && tokens_new(&tokens) == 0 && tokens_add_fixed(tokens, "1:t") == 0 &&
           mpsd_new(event, tokens, &options, &mpsd) == 0,
       "made");
    bool started = true;
    for (unsigned i = 0; i < 4; i++) {
        MpsdRequest request = {.verb = verbs[i],
                               .account = "1",
                               .scid = "5f2c0100-7e1b-4c57-9d0e-0000665a1be9",
                               .template_name = "t",
                               .name = "n",
                               .xuids = xuids,
                               .xuids_count = 1,
                               .body = "{}",
                               .body_size = 2,
                               .timeout_usec = USEC_PER_MINUTE};
        MpsdCall *call;
        started = started && mpsd_start(mpsd, &request, on_reply, NULL, &call) == 0;
        while (started && answers <= i && i < 3)
            if (sd_event_run(event, 20 * USEC_PER_SEC) <= 0)
                break;
    }
    ok(started && answers == 3, "answered");
    mpsd = mpsd_free(mpsd);
    ok(answers == 3, "the last in silence");
    tokens_free(tokens);
    sd_event_unref(event);
    server_stop(server);
    return failed;
}
