/* SPDX-License-Identifier: MIT */
/* The border: operations in, answers out. */
#include "store/store.h"

#include "base/clock.h"
#include "store/store-private.h"

int store_fd(Store *store)
{
    return store->event_fd;
}

static void store_answer(StoreOp *op)
{
    if (op->type == STORE_OP_LOAD_BODY && op->body_done)
        op->body_done(op->r, op->r == 0 ? op->data : NULL, op->r == 0 ? op->data_size : 0, op->userdata);
    else if (op->type == STORE_OP_LOAD_RESULT && op->result_done)
        op->result_done(op->r, op->r == 0 ? op->meta : NULL, op->r == 0 ? op->data : NULL,
                        op->r == 0 ? op->data_size : 0, op->data_dropped, op->userdata);
    else if (op->type == STORE_OP_LOAD_STORY && op->story_done)
        op->story_done(op->r, op->r == 0 ? op->story : NULL, op->userdata);
    else if (op->type == STORE_OP_LOOK && op->looked)
        op->looked(op->r, op->r == 0 ? op->facts : NULL, op->userdata);
    else if (op->done)
        op->done(op->r, op->userdata);
}

int store_dispatch(Store *store)
{
    uint64_t count;
    (void)!read(store->event_fd, &count, sizeof count);
    StoreList answers;
    store_list_init(&answers);
    pthread_mutex_lock(&store->mutex);
    for (StoreOp *op; (op = store_list_take(&store->answers));)
        store_list_add(&answers, op);
    pthread_mutex_unlock(&store->mutex);

    int dispatched = 0;
    for (StoreOp *op; (op = store_list_take(&answers)); dispatched++) {
        store->pending--;
        store_answer(op);
        store_operation_free(op);
    }
    return dispatched;
}

uint64_t store_steady_usec(const Store *store)
{
    return clock_boot_usec() + store->steady_offset;
}

unsigned store_pending(const Store *store)
{
    return store->pending;
}

Store *store_close(Store *store)
{
    if (!store)
        return NULL;
    store_thread_stop(store);
    for (StoreOp *op; (op = store_list_take(&store->queue));)
        store_operation_free(op);
    for (StoreOp *op; (op = store_list_take(&store->answers));)
        store_operation_free(op);
    store_open_close(store);
    free(store);
    return NULL;
}
