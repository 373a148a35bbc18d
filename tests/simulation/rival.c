/* SPDX-License-Identifier: MIT */
/* Those who write without an agent: other players, other devices, the service itself. */
#include "world.h"

static bool join(World *world, unsigned session, unsigned xuid)
{
    Document document = world->directory.sessions[session].now;
    bool changed;
    Delta delta = {.me = true, .joins = true, .own = ++world->directory.rival_value};
    unsigned status = document_apply(&document, &delta, xuid, world->now, &changed);
    if (status == 403)
        return false;
    directory_commit(world, session, &document);
    return true;
}

static void leave(World *world, unsigned session, unsigned xuid)
{
    Document document = world->directory.sessions[session].now;
    bool changed;
    Delta delta = {.leaves = true};
    (void)document_apply(&document, &delta, xuid, world->now, &changed);
    if (changed)
        directory_commit(world, session, &document);
}

/* Somebody sets a key: one that a game of ours has set, or another. */
static void set_key(World *world, unsigned session)
{
    Document document = world->directory.sessions[session].now;
    unsigned key = (unsigned)random_below(&world->random, DOCUMENT_KEYS);
    if (!document.exists)
        return;
    bool ours = document.shared[key] && document.shared[key] < 500000;
    document.shared[key] = ++world->directory.rival_value;
    directory_commit(world, session, &document);
    world_fault(world, ours ? FAULT_RIVAL_SAME_KEY : FAULT_RIVAL_OTHER_KEY);
}

static void end_session(World *world, unsigned session)
{
    Document document = {0};
    if (!world->directory.sessions[session].now.exists)
        return;
    world_fault(world, FAULT_SESSION_GONE);
    for (unsigned i = 0; i < world->profile.accounts; i++)
        directory_disown(world, session, i + 1);
    directory_commit(world, session, &document);
}

static void new_branch(World *world, unsigned session)
{
    Document *document = &world->directory.sessions[session].now;
    if (!document->exists)
        return;
    world_fault(world, FAULT_BRANCH);
    world->directory.sessions[session].before = *document;
    document->branch = ++world->directory.branch;
    document->change = 1;
    document->version = ++world->directory.version;
}

/* One of our accounts, on another device: it joins, leaves, or loses its connection. */
static void other_device(World *world, unsigned session)
{
    unsigned xuid = 1 + (unsigned)random_below(&world->random, world->profile.accounts);
    Document document = world->directory.sessions[session].now;
    Member *member = document_member(&document, xuid);
    world_fault(world, FAULT_OTHER_DEVICE);
    directory_disown(world, session, xuid);
    if (!member) {
        join(world, session, xuid);
    } else if (random_chance(&world->random, 500)) {
        leave(world, session, xuid);
    } else {
        member->active = false;
        member->since = world->now;
        directory_commit(world, session, &document);
    }
}

static void lose_handle(World *world)
{
    Directory *directory = &world->directory;
    Handle *handle = &directory->handles[random_below(&world->random, directory->handles_count)];
    if (!handle->alive)
        return;
    handle->alive = false;
    world_fault(world, FAULT_HANDLE_GONE);
}

static void member_changes(World *world, unsigned session)
{
    unsigned xuid = RIVAL_XUID + (unsigned)random_below(&world->random, RIVALS);
    Document *document = &world->directory.sessions[session].now;
    world_fault(world, FAULT_RIVAL_MEMBER);
    if (document_member(document, xuid))
        leave(world, session, xuid);
    else
        join(world, session, xuid);
}

void directory_rival(World *world)
{
    /* A member comes or goes, a key, our other device, the session ends, a new branch, a handle goes. */
    static const unsigned weights[] = {25, 35, 20, 6, 6, 8};
    unsigned session = (unsigned)random_below(&world->random, world->profile.sessions);
    if (world->settling)
        return;
    directory_settle(world, session);
    switch (random_pick(&world->random, weights, ELEMENTS(weights))) {
    case 0:
        member_changes(world, session);
        break;
    case 1:
        set_key(world, session);
        break;
    case 2:
        other_device(world, session);
        break;
    case 3:
        end_session(world, session);
        break;
    case 4:
        new_branch(world, session);
        break;
    default:
        lose_handle(world);
    }
}
