/* SPDX-License-Identifier: MIT */
/* A state folder of its own for each test, and small helpers around the store. */
#pragma once

#include "base/util.h"
#include "store/store-private.h"
#include "store/store.h"

#include <poll.h>
#include <stdio.h>

#define BOOT_ONE "11111111-1111-4111-8111-111111111111"
#define BOOT_TWO "22222222-2222-4222-8222-222222222222"

typedef struct Fixture {
    char folder[64]; /* a temporary one, removed at the end */
    char state[96];  /* the state folder in it */
    Store *store;
    StoreInfo info;
    int holder;
    char message[300];
} Fixture;

/* fixture_begin() - a fresh folder; fixture_end() - close and remove all. */
void fixture_begin(Fixture *fixture);
void fixture_end(Fixture *fixture);
/* fixture_open() - store_open() on the state folder; returns what it returned. */
int fixture_open(Fixture *fixture, const char *boot_id);
void fixture_close(Fixture *fixture);
/* fixture_path() - of a file in the state folder; a static buffer. */
const char *fixture_path(const Fixture *fixture, const char *file);

/* make_id() - the UUID number n, in one of a few static buffers. */
const char *make_id(unsigned n);
/* make_request() - a plain one with the sequence n. */
StoreRequest make_request(unsigned n, const char *body);

/* drain() - dispatch until nothing is pending; fails after 20 s. Returns 0 or -ETIMEDOUT. */
int drain(Store *store);
/* keep_r() - a StoreDone that writes its r to an int. */
void keep_r(int r, void *userdata);
/* insert_now(), finish_now() … - queue it, drain, and return its answer. */
int insert_now(Store *store, const StoreRequest *request, bool power);
int finish_now(Store *store, unsigned n, const char *meta, const char *document);
int mark_now(Store *store, unsigned n, uint64_t wall_usec);

/* A body or a result as read. */
typedef struct Loaded {
    int r;
    char *data;
    size_t size;
    char *meta;
    bool dropped;
    bool called;
} Loaded;
Loaded load_body_now(Store *store, unsigned n);
Loaded load_result_now(Store *store, unsigned n);
void loaded_free(Loaded *loaded);

/* sql() - run SQL on the closed store's file with SQLite itself; returns its code. */
int sql(const Fixture *fixture, const char *text);
