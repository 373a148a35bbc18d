/* SPDX-License-Identifier: MIT */
/* The I/O thread's loop. */
#include <stdlib.h>
#include <string.h>

#include "client-end.h"
#include "client-link.h"
#include "client-track.h"

/* How long closing waits for the agent to have what it was not told of yet. */
#define CLOSE_USEC UINT64_C(1000000)

Io *io_new(MpsClient *client, char *address)
{
    Io *io = calloc(1, sizeof(*io));

    if (!io)
        return NULL;
    io->client = client;
    io->address = address;
    io->due_usec = UINT64_MAX;
    return io;
}

Io *io_free(Io *io)
{
    if (!io)
        return NULL;
    bus_close(&io->bus);
    table_clear(&io->table);
    free(io->address);
    free(io->notes);
    free(io);
    return NULL;
}

void io_note(Io *io, const char *id, bool cancel)
{
    if (io->notes_count == IO_NOTES_MAX)
        return;
    if (io->notes_count == io->notes_capacity) {
        size_t capacity = io->notes_capacity > 0 ? io->notes_capacity * 2 : 16;
        IoNote *notes = realloc(io->notes, capacity * sizeof(*notes));

        if (!notes)
            return;
        io->notes = notes;
        io->notes_capacity = capacity;
    }
    memcpy(io->notes[io->notes_count].id, id, MPS_ID_SIZE);
    io->notes[io->notes_count++].cancel = cancel;
    io->cancels += cancel;
}

/* Takes in what the game's threads left. Returns whether there was anything. */
static bool io_take_in(Io *io)
{
    MpsClient *client = io->client;
    Call *intake;
    Call *returned;
    Call *next;
    bool some;

    pthread_mutex_lock(&client->lock);
    client->asleep = false;
    intake = call_queue_take(&client->intake);
    returned = call_queue_take(&client->returned);
    if (client->closed && !io->closing) {
        io->closing = true;
        io->close_usec = bus_now_usec() + CLOSE_USEC;
    }
    pthread_mutex_unlock(&client->lock);
    some = intake || returned;
    for (; returned; returned = next) {
        next = returned->queue_next;
        track_returned(io, returned);
    }
    for (; intake; intake = next) {
        next = intake->queue_next;
        track_add(io, intake);
    }
    return some;
}

/* Says that the thread is about to sleep, unless there is something to do already. */
static bool io_may_sleep(Io *io)
{
    MpsClient *client = io->client;
    bool may;

    pthread_mutex_lock(&client->lock);
    may = !client->intake.first && !client->returned.first && (!client->closed || io->closing);
    client->asleep = may;
    pthread_mutex_unlock(&client->lock);
    return may;
}

static bool io_may_end(Io *io, uint64_t now)
{
    return io->closing && (now >= io->close_usec || (!track_has_unhanded(io) && !bus_has_output(&io->bus)));
}

static uint64_t io_next_usec(const Io *io)
{
    uint64_t next = link_next_usec(io);

    if (io->due_usec < next)
        next = io->due_usec;
    if (io->closing && io->close_usec < next)
        next = io->close_usec;
    return next;
}

void *io_thread(void *userdata)
{
    Io *io = userdata;

    /* At once, so that a first call does not wait for the bus; that there is none is told to those who call. */
    link_open(io);
    for (;;) {
        uint64_t now;
        bool more;

        more = bus_dispatch(&io->bus);
        more = io_take_in(io) || more;
        now = bus_now_usec();
        end_overdue(io, now);
        link_step(io, now);
        if (io_may_end(io, now))
            return NULL;
        bus_poll(&io->bus, io->client->wake_fd, more || !io_may_sleep(io) ? 0 : io_next_usec(io));
    }
}
