/* SPDX-License-Identifier: MIT */
/* Operations on their way in: checked, copied, queued for the thread. */
#include "store/store-private.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A UUID's 36 characters as 16 bytes: half the index, and half the pages that a commit writes. */
static int store_parse_id(const char *text, unsigned char id[16])
{
    if (!text || strlen(text) != 36)
        return -EINVAL;
    size_t at = 0;
    for (size_t i = 0; i < 36; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-')
                return -EINVAL;
            continue;
        }
        int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0)
            return -EINVAL;
        id[at++] = (unsigned char)(high << 4 | low);
        i++;
    }
    return 0;
}

static size_t text_bytes(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *text_put(char **cursor, const char *text)
{
    if (!text)
        return NULL;
    char *copy = *cursor;
    size_t bytes = strlen(text) + 1;
    memcpy(copy, text, bytes);
    *cursor += bytes;
    return copy;
}

static const void *data_put(char **cursor, const void *data, size_t size)
{
    if (!data)
        return NULL;
    char *copy = *cursor;
    memcpy(copy, data, size);
    *cursor += size;
    return copy;
}

/* An operation with room for its texts; *cursor is where they go. id may be NULL for a handle and a ping. */
static int store_op_new(StoreOpType type, const char *id, size_t texts, StoreOp **out, char **cursor)
{
    unsigned char bytes[16] = {0};
    int r = id ? store_parse_id(id, bytes) : 0;
    if (r < 0)
        return r;
    /* SQLite would bind NULL in its place. */
    if (texts > STORE_VALUE_BYTES)
        return -E2BIG;
    StoreOp *op = malloc(sizeof *op + texts);
    if (!op)
        return -ENOMEM;
    memset(op, 0, sizeof *op);
    op->type = type;
    op->size = sizeof *op + texts;
    memcpy(op->id, bytes, sizeof bytes);
    *out = op;
    *cursor = (char *)(op + 1);
    return 0;
}

static int store_enqueue(Store *store, StoreOp *op)
{
    /* New work is refused first: what was accepted must be able to end. */
    unsigned most = op->type == STORE_OP_INSERT ? STORE_QUEUE_MAX - STORE_QUEUE_KEPT : STORE_QUEUE_MAX;
    pthread_mutex_lock(&store->mutex);
    bool full = store->pending >= most || (op->type == STORE_OP_INSERT && store->queue.first &&
                                           store->queue.bytes + op->size > STORE_QUEUE_BYTES);
    if (!full) {
        store_list_add(&store->queue, op);
        store->pending++;
        if (store->queue.count == 1)
            pthread_cond_signal(&store->wake);
    }
    pthread_mutex_unlock(&store->mutex);
    if (full)
        store_operation_free(op);
    return full ? -ENOBUFS : 0;
}

int store_insert(Store *store, const StoreRequest *q, uint64_t started_steady_usec, bool power,
                 StoreDone done, void *userdata)
{
    if (!q->account || !q->target || !q->id)
        return -EINVAL;
    StoreOp *op;
    char *cursor;
    size_t texts = text_bytes(q->account) + text_bytes(q->app_id) + text_bytes(q->target) +
                   text_bytes(q->etag) + text_bytes(q->supersedes) + text_bytes(q->base) + q->body_size;
    int r = store_op_new(STORE_OP_INSERT, q->id, texts, &op, &cursor);
    if (r < 0)
        return r;
    op->request = *q;
    op->request.id = NULL;
    op->request.account = text_put(&cursor, q->account);
    op->request.app_id = text_put(&cursor, q->app_id);
    op->request.target = text_put(&cursor, q->target);
    op->request.etag = text_put(&cursor, q->etag);
    op->request.supersedes = text_put(&cursor, q->supersedes);
    op->request.base = text_put(&cursor, q->base);
    op->request.body = data_put(&cursor, q->body, q->body_size);
    if (!q->body)
        op->request.body_size = 0;
    op->steady_usec = started_steady_usec;
    op->power = power;
    op->done = done;
    op->userdata = userdata;
    return store_enqueue(store, op);
}

int store_mark(Store *store, const char *id, const char *account, uint32_t title_id,
               uint64_t started_steady_usec, const char *base, StoreDone done, void *userdata)
{
    StoreOp *op;
    char *cursor;
    int r = store_op_new(STORE_OP_MARK, id, text_bytes(account) + text_bytes(base), &op, &cursor);
    if (r < 0)
        return r;
    op->account = text_put(&cursor, account);
    op->base = text_put(&cursor, base);
    op->title_id = title_id;
    op->steady_usec = started_steady_usec;
    op->done = done;
    op->userdata = userdata;
    return store_enqueue(store, op);
}

int store_attempt(Store *store, const char *account, uint32_t title_id, uint64_t started_steady_usec,
                  StoreDone done, void *userdata)
{
    /* No request has this id: its row is not found, and the entry stands alone. */
    return store_mark(store, "00000000-0000-0000-0000-000000000000", account, title_id, started_steady_usec,
                      NULL, done, userdata);
}

int store_unmark(Store *store, const char *id, unsigned attempts, StoreDone done, void *userdata)
{
    StoreOp *op;
    char *cursor;
    int r = store_op_new(STORE_OP_UNMARK, id, 0, &op, &cursor);
    if (r < 0)
        return r;
    op->attempts = attempts;
    op->steady_usec = store_steady_usec(store);
    op->done = done;
    op->userdata = userdata;
    return store_enqueue(store, op);
}

int store_finish(Store *store, const char *id, unsigned outcome, uint64_t done_wall_usec, unsigned attempts,
                 const char *meta, const void *document, size_t document_size, StoreDone done, void *userdata)
{
    if (!document)
        document_size = 0;
    StoreOp *op;
    char *cursor;
    int r = store_op_new(STORE_OP_FINISH, id, text_bytes(meta) + document_size, &op, &cursor);
    if (r < 0)
        return r;
    op->finish.outcome = outcome;
    op->finish.meta = text_put(&cursor, meta);
    op->finish.document = data_put(&cursor, document, document_size);
    op->finish.document_size = document_size;
    op->wall_usec = done_wall_usec;
    op->steady_usec = store_steady_usec(store);
    op->attempts = attempts;
    op->done = done;
    op->userdata = userdata;
    return store_enqueue(store, op);
}

/* An operation that is an id and nothing else. */
static int store_plain(Store *store, StoreOpType type, const char *id, StoreOp **out)
{
    StoreOp *op;
    char *cursor;
    int r = store_op_new(type, id, 0, &op, &cursor);
    if (r < 0)
        return r;
    if (out) {
        *out = op;
        return 0;
    }
    return store_enqueue(store, op);
}

int store_behind_leave(Store *store, const char *id)
{
    return id ? store_plain(store, STORE_OP_BEHIND_LEAVE, id, NULL) : -EINVAL;
}

int store_drop_document(Store *store, const char *id)
{
    return id ? store_plain(store, STORE_OP_DROP_DOCUMENT, id, NULL) : -EINVAL;
}

int store_acknowledge(Store *store, const char *id, const unsigned char hash[32], unsigned outcome,
                      uint64_t wall_usec)
{
    StoreOp *op;
    int r = id ? store_plain(store, STORE_OP_ACKNOWLEDGE, id, &op) : -EINVAL;
    if (r < 0)
        return r;
    memcpy(op->acknowledge.hash, hash, sizeof op->acknowledge.hash);
    op->acknowledge.outcome = outcome;
    op->wall_usec = wall_usec;
    op->steady_usec = store_steady_usec(store);
    return store_enqueue(store, op);
}

int store_remove(Store *store, const char *id)
{
    return id ? store_plain(store, STORE_OP_REMOVE, id, NULL) : -EINVAL;
}

int store_keep_handle(Store *store, const char *handle_id, const char *scid, const char *template_name,
                      const char *name, uint64_t wall_usec)
{
    if (!handle_id || !scid || !template_name || !name)
        return -EINVAL;
    StoreOp *op;
    char *cursor;
    size_t texts = text_bytes(handle_id) + text_bytes(scid) + text_bytes(template_name) + text_bytes(name);
    int r = store_op_new(STORE_OP_KEEP_HANDLE, NULL, texts, &op, &cursor);
    if (r < 0)
        return r;
    op->handle.handle_id = text_put(&cursor, handle_id);
    op->handle.scid = text_put(&cursor, scid);
    op->handle.template_name = text_put(&cursor, template_name);
    op->handle.name = text_put(&cursor, name);
    op->wall_usec = wall_usec;
    return store_enqueue(store, op);
}

int store_hold(Store *store, const char *account, uint32_t title_id, uint64_t until_steady_usec)
{
    if (!account)
        return -EINVAL;
    StoreOp *op;
    char *cursor;
    int r = store_op_new(STORE_OP_HOLD, NULL, text_bytes(account), &op, &cursor);
    if (r < 0)
        return r;
    op->account = text_put(&cursor, account);
    op->title_id = title_id;
    op->steady_usec = until_steady_usec;
    return store_enqueue(store, op);
}

int store_keep(Store *store, const char *kind, const char *key, const void *value, size_t size,
               StoreDone done, void *userdata)
{
    if (!kind || !key || !value)
        return -EINVAL;
    StoreOp *op;
    char *cursor;
    int r = store_op_new(STORE_OP_KEEP, NULL, text_bytes(kind) + text_bytes(key) + size, &op, &cursor);
    if (r < 0)
        return r;
    op->kept.kind = text_put(&cursor, kind);
    op->kept.key = text_put(&cursor, key);
    op->kept.value = data_put(&cursor, value, size);
    op->kept.size = size;
    op->power = true;
    op->done = done;
    op->userdata = userdata;
    return store_enqueue(store, op);
}

int store_unkeep(Store *store, const char *kind, const char *key, StoreDone done, void *userdata)
{
    if (!kind || !key)
        return -EINVAL;
    StoreOp *op;
    char *cursor;
    int r = store_op_new(STORE_OP_UNKEEP, NULL, text_bytes(kind) + text_bytes(key), &op, &cursor);
    if (r < 0)
        return r;
    op->kept.kind = text_put(&cursor, kind);
    op->kept.key = text_put(&cursor, key);
    op->power = true;
    op->done = done;
    op->userdata = userdata;
    return store_enqueue(store, op);
}

int store_note(Store *store, const char *id, uint64_t wall_usec, const char *text)
{
    if (!id || !text)
        return -EINVAL;
    StoreOp *op;
    char *cursor;
    int r = store_op_new(STORE_OP_NOTE, id, STORE_NOTE_BYTES + 1, &op, &cursor);
    if (r < 0)
        return r;
    store_story_fit(text, cursor);
    op->note = cursor;
    op->wall_usec = wall_usec;
    return store_enqueue(store, op);
}

int store_load_body(Store *store, const char *id, StoreBody done, void *userdata)
{
    StoreOp *op;
    int r = id ? store_plain(store, STORE_OP_LOAD_BODY, id, &op) : -EINVAL;
    if (r < 0)
        return r;
    op->body_done = done;
    op->userdata = userdata;
    return store_enqueue(store, op);
}

int store_load_result(Store *store, const char *id, StoreResult done, void *userdata)
{
    StoreOp *op;
    int r = id ? store_plain(store, STORE_OP_LOAD_RESULT, id, &op) : -EINVAL;
    if (r < 0)
        return r;
    op->result_done = done;
    op->userdata = userdata;
    return store_enqueue(store, op);
}

int store_load_story(Store *store, const char *id, StoreTold done, void *userdata)
{
    StoreOp *op;
    int r = id ? store_plain(store, STORE_OP_LOAD_STORY, id, &op) : -EINVAL;
    if (r < 0)
        return r;
    op->story_done = done;
    op->userdata = userdata;
    return store_enqueue(store, op);
}

int store_look(Store *store, StoreLooked done, void *userdata)
{
    StoreOp *op;
    int r = store_plain(store, STORE_OP_LOOK, NULL, &op);
    if (r < 0)
        return r;
    op->looked = done;
    op->userdata = userdata;
    return store_enqueue(store, op);
}

int store_ping(Store *store, StoreDone done, void *userdata)
{
    StoreOp *op;
    int r = store_plain(store, STORE_OP_PING, NULL, &op);
    if (r < 0)
        return r;
    op->done = done;
    op->userdata = userdata;
    return store_enqueue(store, op);
}
