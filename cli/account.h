/* SPDX-License-Identifier: MIT */
/* What an account's properties mean to a person. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define ACCOUNT_NAME_SIZE 300
#define ACCOUNT_TODO_SIZE 600

typedef enum AccountNeed {
    ACCOUNT_NEEDS_NOTHING,
    ACCOUNT_NEEDS_TIME, /* it goes on by itself */
    ACCOUNT_NEEDS_USER, /* nothing is sent for it until somebody acts */
} AccountNeed;

/* account_need() - of an account's properties, by its State. */
AccountNeed account_need(const json_t *account);

/* account_name() - "Alice (2533274900000001)", or as much of that as is known. Returns name. */
const char *account_name(const json_t *account, char name[static ACCOUNT_NAME_SIZE]);

/* account_todo() - what its user has to do, and where; "" where nothing is to be done. Returns todo. */
const char *account_todo(const json_t *account, char todo[static ACCOUNT_TODO_SIZE]);

/* account_is() - whether it is meant by a text: its XUID, gamertag (in any case), id or path. */
bool account_is(const json_t *account, const char *text);

/* account_store_text() - where a secret is kept: "in the keyring (Secret Service)"; the word itself, if it is not known. */
const char *account_store_text(const char *store);

/* account_store_is_weak() - whether its user should know that the secret is not kept as it could be. */
bool account_store_is_weak(const char *store);
