/* SPDX-License-Identifier: MIT */
/* The writer thread: takes what is queued, commits it in one go, hands the answers back. */
#include "base/log.h"
#include "store/store-private.h"

#include <signal.h>

#define THREAD_STACK (512U << 10)

static void thread_take_group(Store *store, StoreList *group)
{
    store_list_init(group);
    while (store->queue.first && group->count < STORE_GROUP_OPS && group->bytes < STORE_GROUP_BYTES)
        store_list_add(group, store_list_take(&store->queue));
}

/* One operation in its own transaction; work that was accepted may use the reserve, but a line of a story is not worth it. */
static void thread_run_one(Store *store, StoreOp *op)
{
    int r = store_sql_transaction(store, op, 1, op->power);
    bool worthy = op->type != STORE_OP_INSERT && op->type != STORE_OP_NOTE;
    if (r == -ENOSPC && worthy && store_reserve_free(store))
        r = store_sql_transaction(store, op, 1, op->power);
    if (r < 0)
        op->r = r == -EUCLEAN ? -EIO : r;
}

static void thread_run_group(Store *store, StoreList *group)
{
    bool power = false;
    for (StoreOp *op = group->first; op; op = op->next)
        power = power || op->power;
    int r = store_sql_transaction(store, group->first, group->count, power);
    if (r == 0)
        return;
    /* One of them does not fit, or cannot be kept: the others must not suffer. A broken disk is the same for all, and
     * an fsync that failed once must not be taken for good the second time. */
    if (r == -EIO) {
        for (StoreOp *op = group->first; op; op = op->next)
            op->r = r;
        return;
    }
    for (StoreOp *op = group->first; op; op = op->next)
        thread_run_one(store, op);
}

static int thread_wal_hook(void *userdata, sqlite3 *database MPS_UNUSED, const char *name MPS_UNUSED,
                           int pages)
{
    ((Store *)userdata)->wal_pages = pages;
    return SQLITE_OK;
}

/* After the answers, so that nobody waits for it but the next group. */
static void thread_checkpoint(Store *store)
{
    if (store->wal_pages < STORE_WAL_PAGES)
        return;
    int rc = sqlite3_wal_checkpoint_v2(store->database, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    if (rc == SQLITE_OK) {
        store->wal_pages = 0;
        return;
    }
    /* On a full disk the log cannot flow back into the file until the reserve makes room. */
    if (store_sql_errno(store, rc) == -ENOSPC)
        (void)store_reserve_free(store);
    store->wal_pages /= 2; /* not at every commit again */
}

static void thread_answer(Store *store, StoreList *group)
{
    pthread_mutex_lock(&store->mutex);
    for (StoreOp *op; (op = store_list_take(group));)
        store_list_add(&store->answers, op);
    pthread_mutex_unlock(&store->mutex);
    uint64_t one = 1;
    (void)!write(store->event_fd, &one, sizeof one);
}

static void *thread_main(void *userdata)
{
    Store *store = userdata;
    for (;;) {
        StoreList group;
        pthread_mutex_lock(&store->mutex);
        while (!store->queue.first && !store->stopping)
            pthread_cond_wait(&store->wake, &store->mutex);
        thread_take_group(store, &group);
        pthread_mutex_unlock(&store->mutex);
        if (!group.first)
            return NULL;
        pthread_mutex_lock(&store->database_mutex);
        thread_run_group(store, &group);
        thread_answer(store, &group);
        thread_checkpoint(store);
        store_kept_wipe_log(store);
        pthread_mutex_unlock(&store->database_mutex);
    }
}

int store_thread_start(Store *store)
{
    sqlite3_wal_hook(store->database, thread_wal_hook, store);

    /* Signals are the loop's. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&store->thread, &attributes, thread_main, store);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    if (error)
        return -error;
    (void)pthread_setname_np(store->thread, "store");
    store->thread_started = true;
    return 0;
}

void store_thread_stop(Store *store)
{
    if (!store->thread_started)
        return;
    pthread_mutex_lock(&store->mutex);
    store->stopping = true;
    pthread_cond_signal(&store->wake);
    pthread_mutex_unlock(&store->mutex);
    pthread_join(store->thread, NULL);
    store->thread_started = false;

    int r = store_sql_run(store, "PRAGMA synchronous=FULL");
    if (r == 0)
        r = store_sql_run(store, "INSERT OR REPLACE INTO meta VALUES('clean', 1)");
    if (r < 0)
        log_warning("cannot mark the queue as cleanly closed: %s", strerror(-r));
}
