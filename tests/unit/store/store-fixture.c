/* SPDX-License-Identifier: MIT */
/* A state folder of its own for each test, and small helpers around the store. */
#include "store-fixture.h"

#include <ftw.h>
#include <sys/stat.h>

static int remove_entry(const char *path, const struct stat *status MPS_UNUSED, int type MPS_UNUSED,
                        struct FTW *walk MPS_UNUSED)
{
    return remove(path);
}

void fixture_begin(Fixture *fixture)
{
    *fixture = (Fixture){.folder = "/tmp/mpsession-store-XXXXXX"};
    if (!mkdtemp(fixture->folder))
        abort();
    snprintf(fixture->state, sizeof fixture->state, "%s/a/state", fixture->folder);
}

void fixture_end(Fixture *fixture)
{
    fixture_close(fixture);
    nftw(fixture->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

int fixture_open(Fixture *fixture, const char *boot_id)
{
    return store_open(fixture->state, boot_id, &fixture->store, &fixture->info, &fixture->holder,
                      fixture->message, sizeof fixture->message);
}

void fixture_close(Fixture *fixture)
{
    fixture->store = store_close(fixture->store);
}

const char *fixture_path(const Fixture *fixture, const char *file)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", fixture->state, file);
    return path;
}

const char *make_id(unsigned n)
{
    static char buffers[8][37];
    static unsigned next;
    char *id = buffers[next++ % 8];
    /* Spread as real ones are, so that the index is hit all over. */
    unsigned mixed = n * 2654435761U;
    snprintf(id, 37, "%08x-0000-4000-8000-%012x", mixed, n);
    return id;
}

StoreRequest make_request(unsigned n, const char *body)
{
    StoreRequest request = {
        .id = make_id(n),
        .sequence = n,
        .kind = 1,
        .mode = 3,
        .durability = 2,
        .account = "2533274900000001",
        .title_id = 4000000000U,
        .app_id = "org.example.Game",
        .target = "h/0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001",
        .etag = n % 2 ? "W/\"x\"" : NULL,
        .body = body,
        .body_size = body ? strlen(body) : 0,
        .accepted_boot_usec = 1000 + n,
        .accepted_wall_usec = 1700000000000000ULL + n,
        .deadline_boot_usec = 2000 + n,
        .deadline_wall_usec = USEC_NEVER,
        .fail_when_offline = n % 3 == 0,
        .write_class = 2,
        .attempts = 0,
    };
    memset(request.hash, (int)(n & 255), sizeof request.hash);
    return request;
}

int drain(Store *store)
{
    while (store_pending(store) > 0) {
        struct pollfd poll_fd = {.fd = store_fd(store), .events = POLLIN};
        if (poll(&poll_fd, 1, 20000) <= 0)
            return -ETIMEDOUT;
        store_dispatch(store);
    }
    return 0;
}

void keep_r(int r, void *userdata)
{
    *(int *)userdata = r;
}

static int answer_of(Store *store, int queued, const int *answer)
{
    if (queued < 0)
        return queued;
    int r = drain(store);
    return r < 0 ? r : *answer;
}

int insert_now(Store *store, const StoreRequest *request, bool power)
{
    int answer = -EINPROGRESS;
    return answer_of(store, store_insert(store, request, request->accepted_wall_usec, power, keep_r, &answer),
                     &answer);
}

int finish_now(Store *store, unsigned n, const char *meta, const char *document)
{
    int answer = -EINPROGRESS;
    return answer_of(store,
                     store_finish(store, make_id(n), 0, 1700000001000000ULL + n, 1, meta, document,
                                  document ? strlen(document) : 0, keep_r, &answer),
                     &answer);
}

int mark_now(Store *store, unsigned n, uint64_t wall_usec)
{
    int answer = -EINPROGRESS;
    return answer_of(store,
                     store_mark(store, make_id(n), "2533274900000001", 7, wall_usec, NULL, keep_r, &answer),
                     &answer);
}

static char *copy(const char *data, size_t size)
{
    if (!data)
        return NULL;
    char *text = malloc(size + 1);
    if (!text)
        abort();
    memcpy(text, data, size + 1);
    return text;
}

static void keep_body(int r, const char *data, size_t size, void *userdata)
{
    Loaded *loaded = userdata;
    *loaded = (Loaded){.r = r, .data = copy(data, size), .size = size, .called = true};
}

static void keep_result(int r, const char *meta, const char *document, size_t document_size, bool dropped,
                        void *userdata)
{
    Loaded *loaded = userdata;
    *loaded = (Loaded){.r = r,
                       .data = copy(document, document_size),
                       .size = document_size,
                       .meta = meta ? strdup(meta) : NULL,
                       .dropped = dropped,
                       .called = true};
}

Loaded load_body_now(Store *store, unsigned n)
{
    Loaded loaded = {.r = -EINPROGRESS};
    if (store_load_body(store, make_id(n), keep_body, &loaded) == 0)
        (void)drain(store);
    return loaded;
}

Loaded load_result_now(Store *store, unsigned n)
{
    Loaded loaded = {.r = -EINPROGRESS};
    if (store_load_result(store, make_id(n), keep_result, &loaded) == 0)
        (void)drain(store);
    return loaded;
}

void loaded_free(Loaded *loaded)
{
    free(loaded->data);
    free(loaded->meta);
    *loaded = (Loaded){0};
}

int sql(const Fixture *fixture, const char *text)
{
    sqlite3 *database = NULL;
    int rc = sqlite3_open(fixture_path(fixture, "queue.db"), &database);
    if (rc == SQLITE_OK)
        rc = sqlite3_exec(database, text, NULL, NULL, NULL);
    sqlite3_close(database);
    return rc;
}
