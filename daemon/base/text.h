/* SPDX-License-Identifier: MIT */
/* Interned texts: one copy of an account, app id or connection name for all requests that have it. */
#pragma once

#include "base/list.h"
#include "base/map.h"

typedef struct Text {
    MapNode node;
    uint32_t references;
    uint32_t count; /* for the user: how much of something there is by this name */
    uint64_t bytes; /* the same */
    ListNode list;  /* the same: its things, if the user keeps them here */
    char value[];
} Text;

typedef struct Texts {
    Map map;
} Texts;

/* text_ref() - the one copy of a value. Returns NULL when memory is out. */
Text *text_ref(Texts *texts, const char *value);
/* text_unref() - lets go of it; NULL is allowed. Returns NULL. */
Text *text_unref(Texts *texts, Text *text);
/* texts_deinit() - after every text was let go. */
void texts_deinit(Texts *texts);
