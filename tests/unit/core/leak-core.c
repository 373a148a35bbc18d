/* SPDX-License-Identifier: MIT */
/* The core's main ways as a plain program, so that LeakSanitizer sees what Criterion's children hide. */
#include "scenario.h"

#include <stdio.h>

int main(void)
{
    World *world = world_new(NULL);
    for (unsigned id = 1; id <= 40; id++)
        world_submit(
            world,
            &(WorldWrite){.id = id,
                          .handle = id % 3 ? "a" : "b",
                          .mode = id % 4 ? CORE_MODE_NONE : CORE_MODE_SYNCHRONIZED_UPDATE,
                          .etag = id % 4 ? NULL : "v",
                          .supersedes = id % 5 ? NULL : "k",
                          .kind = id % 7 ? CORE_WRITE_SESSION_BY_HANDLE : CORE_GET_SESSION_BY_HANDLE},
            NULL);
    static const unsigned statuses[] = {200, 412, 500, 429, 404, 204};
    for (unsigned i = 0; i < 60; i++) {
        WorldSend *send = world_sent(world);
        if (!send)
            world_advance(world, 5 * USEC_PER_SEC);
        else if (i % 9 == 0)
            world_fail(world, send, CORE_FATE_NOT_SENT);
        else
            world_end(world, send,
                      &(CoreAttempt){.fate = CORE_FATE_ANSWERED,
                                     .status = statuses[i % ELEMENTS(statuses)],
                                     .etag = "e",
                                     .scid = "s",
                                     .template_name = "t",
                                     .name = "n",
                                     .document = "{}",
                                     .document_size = 2,
                                     .server_message = "words"});
    }
    for (unsigned id = 1; id <= 40; id += 2) {
        CoreRequest *request = core_find(world->core, world_id(id));
        if (request)
            core_acknowledge(world->core, &world->now, request);
    }
    core_owner_gone(world->core, &world->now, ":1.1");
    world_pump(world);
    core_on_account(world->core, &world->now, "2", CORE_ACCOUNT_NEEDS_USER, "it has to sign in");
    world_submit(world, &(WorldWrite){.id = 41, .account = "2", .fail_when_offline = true}, NULL);
    world_submit(world, &(WorldWrite){.id = 42, .account = "2"}, NULL);
    core_on_account(world->core, &world->now, "1", CORE_ACCOUNT_SIGNED_OUT, "it is signed out");
    world_pump(world);
    unsigned completed = 0;
    for (unsigned id = 1; id <= 40; id++)
        completed += world_record(world, id)->completed > 0;
    world_free(world);
    printf("1..1\n%s 1 - %u of 40 lives ended, and nothing is left\n", completed > 20 ? "ok" : "not ok",
           completed);
    return completed > 20 ? 0 : 1;
}
