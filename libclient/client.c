/* SPDX-License-Identifier: MIT */
/* The native interface: checks on the game's thread, then a word to the I/O thread. */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <dbus/dbus.h>

#include "client-bus.h"
#include "client-check.h"
#include "client-deliver.h"
#include "client-io.h"
#include "client.h"
#include "ipc/validate.h"

/* Cancelling is possible when the table is full; these are gone as soon as the I/O thread has seen them. */
#define CANCELS_MAX 1000

void client_wake(MpsClient *client)
{
    uint64_t one = 1;

    (void)!write(client->wake_fd, &one, sizeof(one));
}

/* A fork has no threads, and must not touch the bus connection. */
static bool client_is_mine(const MpsClient *client)
{
    return client->pid == getpid();
}

static int client_start_thread(pthread_t *thread, void *(*run)(void *), void *argument, const char *name)
{
    sigset_t all;
    sigset_t before;
    int r;

    /* Signals are the game's, SIGPIPE too. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(thread, NULL, run, argument);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r != 0)
        return MPS_ERROR_NO_MEMORY;
    pthread_setname_np(*thread, name);
    return 0;
}

static int client_init(MpsClient *client, const MpsClientOptions *options)
{
    char *address;
    int r;

    client->pid = getpid();
    client->flags = options->flags;
    client->title_id = options->title_id;
    if (options->account)
        memcpy(client->account, options->account, strlen(options->account) + 1);
    client->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    client->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (client->wake_fd < 0 || client->done_fd < 0 || !dbus_threads_init_default())
        return MPS_ERROR_NO_MEMORY;
    r = bus_choose_address(options->bus_address, &address);
    if (r < 0)
        return r;
    client->io = io_new(client, address);
    if (!client->io) {
        free(address);
        return MPS_ERROR_NO_MEMORY;
    }
    return 0;
}

/* The calls that only a queue owns: the others are in the table, and die with it. */
static void client_free_queue(MpsClient *client, CallQueue *queue)
{
    Call *next;

    for (Call *call = call_queue_take(queue); call; call = next) {
        next = call->queue_next;
        if (table_find(&client->io->table, call->arguments.id) != call)
            call_free(call);
    }
}

static void client_free(MpsClient *client)
{
    if (client->io) {
        client_free_queue(client, &client->intake);
        client_free_queue(client, &client->returned);
        client_free_queue(client, &client->done);
        io_free(client->io);
    }
    if (client->wake_fd >= 0)
        close(client->wake_fd);
    if (client->done_fd >= 0)
        close(client->done_fd);
    pthread_cond_destroy(&client->done_cond);
    pthread_mutex_destroy(&client->lock);
    free(client);
}

static void client_stop_delivery(MpsClient *client)
{
    pthread_mutex_lock(&client->lock);
    client->deliver_closed = true;
    pthread_cond_signal(&client->done_cond);
    pthread_mutex_unlock(&client->lock);
    if (client->flags & MPS_OWN_THREAD)
        pthread_join(client->deliver_thread, NULL);
}

int mps_client_open(const MpsClientOptions *options, MpsClient **ret)
{
    MpsClientOptions o;
    MpsClient *client;
    int r;

    if (!ret)
        return MPS_ERROR_INVALID_ARGUMENT;
    r = check_struct(options, &o, sizeof(o));
    if (r < 0)
        return r;
    if ((o.flags & ~(unsigned)MPS_OWN_THREAD) || (o.account && !mps_validate_xuid(o.account)))
        return MPS_ERROR_INVALID_ARGUMENT;
    client = calloc(1, sizeof(*client));
    if (!client)
        return MPS_ERROR_NO_MEMORY;
    client->wake_fd = -1;
    client->done_fd = -1;
    pthread_mutex_init(&client->lock, NULL);
    pthread_cond_init(&client->done_cond, NULL);
    r = client_init(client, &o);
    if (r == 0 && (o.flags & MPS_OWN_THREAD))
        r = client_start_thread(&client->deliver_thread, deliver_thread, client, "mps-deliver");
    if (r < 0) {
        client_free(client);
        return r;
    }
    r = client_start_thread(&client->io_thread, io_thread, client->io, "mps-bus");
    if (r < 0) {
        client_stop_delivery(client);
        client_free(client);
        return r;
    }
    *ret = client;
    return 0;
}

void mps_client_close(MpsClient *client)
{
    if (!client || !client_is_mine(client))
        return;
    client_stop_delivery(client);
    pthread_mutex_lock(&client->lock);
    client->closed = true;
    pthread_mutex_unlock(&client->lock);
    client_wake(client);
    pthread_join(client->io_thread, NULL);
    client_free(client);
}

int mps_client_get_fd(MpsClient *client)
{
    if (!client)
        return MPS_ERROR_INVALID_ARGUMENT;
    return client->done_fd;
}

int mps_client_dispatch(MpsClient *client, int timeout_msec)
{
    if (!client || timeout_msec < -1 || (client->flags & MPS_OWN_THREAD))
        return MPS_ERROR_INVALID_ARGUMENT;
    if (!client_is_mine(client))
        return MPS_ERROR_CLOSED;
    return deliver_dispatch(client, timeout_msec);
}

/* @call: consumed, also on failure. */
static int client_submit(MpsClient *client, Call *call)
{
    size_t most = MPS_PENDING_MAX + (call->arguments.kind == CALL_CANCEL ? CANCELS_MAX : 0);
    bool asleep;

    pthread_mutex_lock(&client->lock);
    if (client->pending >= most || client->pending_bytes + call->bytes > CLIENT_BYTES_MAX) {
        pthread_mutex_unlock(&client->lock);
        call_free(call);
        return MPS_ERROR_BUSY;
    }
    client->pending++;
    client->pending_bytes += call->bytes;
    call_queue_push(&client->intake, call);
    asleep = client->asleep;
    client->asleep = false;
    pthread_mutex_unlock(&client->lock);
    if (asleep)
        client_wake(client);
    return 0;
}

static int client_call(MpsClient *client, CallArguments *arguments, MpsCompletion completion, void *userdata,
                       char *id)
{
    char made[MPS_ID_SIZE];
    Call *call;
    int r;

    r = check_arguments(arguments);
    if (r < 0)
        return r;
    if (!client_is_mine(client))
        return MPS_ERROR_CLOSED;
    r = call_new(arguments, bus_now_usec(), &call);
    if (r < 0)
        return r;
    call->completion = completion;
    call->userdata = userdata;
    memcpy(made, call->arguments.id, sizeof(made));
    r = client_submit(client, call);
    if (r < 0)
        return r;
    if (id)
        memcpy(id, made, sizeof(made));
    return 0;
}

static int client_request(MpsClient *client, CallArguments *arguments, const MpsCallOptions *options,
                          MpsCompletion completion, void *userdata, char *id)
{
    int r;

    if (!client)
        return MPS_ERROR_INVALID_ARGUMENT;
    arguments->account = client->account[0] ? client->account : NULL;
    arguments->title_id = client->title_id;
    r = check_options(options, arguments);
    if (r < 0)
        return r;
    return client_call(client, arguments, completion, userdata, id);
}

static void set_reference(CallArguments *arguments, const MpsReference *reference)
{
    if (!reference)
        return;
    arguments->scid = reference->scid;
    arguments->template_name = reference->template_name;
    arguments->name = reference->name;
}

int mps_write_session_by_handle(MpsClient *client, const char *handle_id, MpsWriteMode mode,
                                const char *session, size_t session_size, const MpsCallOptions *options,
                                MpsCompletion completion, void *userdata, char *id)
{
    CallArguments arguments = {
        .kind = CALL_WRITE_BY_HANDLE,
        .mode = mode,
        .handle_id = handle_id,
        .session = session,
        .session_size = session_size,
    };

    return client_request(client, &arguments, options, completion, userdata, id);
}

int mps_write_session(MpsClient *client, const MpsReference *reference, MpsWriteMode mode,
                      const char *session, size_t session_size, const MpsCallOptions *options,
                      MpsCompletion completion, void *userdata, char *id)
{
    CallArguments arguments = {
        .kind = CALL_WRITE,
        .mode = mode,
        .session = session,
        .session_size = session_size,
    };

    set_reference(&arguments, reference);
    return client_request(client, &arguments, options, completion, userdata, id);
}

int mps_get_session_by_handle(MpsClient *client, const char *handle_id, const MpsCallOptions *options,
                              MpsCompletion completion, void *userdata, char *id)
{
    CallArguments arguments = {.kind = CALL_GET_BY_HANDLE, .handle_id = handle_id};

    return client_request(client, &arguments, options, completion, userdata, id);
}

int mps_get_session(MpsClient *client, const MpsReference *reference, const MpsCallOptions *options,
                    MpsCompletion completion, void *userdata, char *id)
{
    CallArguments arguments = {.kind = CALL_GET};

    set_reference(&arguments, reference);
    return client_request(client, &arguments, options, completion, userdata, id);
}

int mps_set_activity(MpsClient *client, const MpsReference *reference, const MpsCallOptions *options,
                     MpsCompletion completion, void *userdata, char *id)
{
    CallArguments arguments = {.kind = CALL_SET_ACTIVITY};

    set_reference(&arguments, reference);
    return client_request(client, &arguments, options, completion, userdata, id);
}

int mps_get_activities(MpsClient *client, const char *scid, const uint64_t *xuids, size_t xuids_count,
                       const MpsCallOptions *options, MpsCompletion completion, void *userdata, char *id)
{
    CallArguments arguments = {
        .kind = CALL_GET_ACTIVITIES,
        .scid = scid,
        .xuids = xuids,
        .xuids_count = xuids_count,
    };

    return client_request(client, &arguments, options, completion, userdata, id);
}

int mps_cancel(MpsClient *client, const char *id)
{
    CallArguments arguments = {.kind = CALL_CANCEL, .id = id};

    return client ? client_call(client, &arguments, NULL, NULL, NULL) : MPS_ERROR_INVALID_ARGUMENT;
}

int mps_attach(MpsClient *client, const char *id, MpsCompletion completion, void *userdata)
{
    CallArguments arguments = {.kind = CALL_ATTACH, .id = id};

    return client ? client_call(client, &arguments, completion, userdata, NULL) : MPS_ERROR_INVALID_ARGUMENT;
}
