/* SPDX-License-Identifier: MIT */
/* What a user may set of the identity service: which one, and as which client each title signs in. */
#pragma once

#include "base/util.h"

#define SETTINGS_TITLES_MAX 64
/* For an identity service on this machine, which knows no registered clients. */
#define SETTINGS_CLIENT_ID_LOOPBACK "00000000-1111-2222-3333-444444444444"

/* NULL, or not set: as the settings for all titles; if they say nothing either, the default. */
typedef struct TokenProfile {
    char *client_id; /* no default: whose client it is decides what the service lets it do */
    char *sandbox;
    char *relying_party;
    bool device, title; /* ask for a device token and a title token too, bound to a key */
    bool device_set, title_set;
} TokenProfile;

typedef struct TokenTitle {
    uint32_t title_id;
    TokenProfile profile;
} TokenTitle;

typedef struct TokenSettings {
    char *url; /* the identity service; NULL: the vendor's */
    bool loopback;
    char *ca_file; /* NULL: the system's */
    char *proxy;   /* NULL: as the environment says; never used for loopback */
    TokenProfile all;
    TokenTitle titles[SETTINGS_TITLES_MAX];
    size_t titles_count;
} TokenSettings;

/* settings_clear() - frees what is in it. */
void settings_clear(TokenSettings *settings);

/*
 * settings_set() - one Key=value of a profile
 * @title_id: 0: of all titles
 * @message: what is wrong; at least 300 bytes
 *
 * Returns 0, -ENOENT for a key that a profile has not, -EINVAL with the message set, -E2BIG for too many titles, or -ENOMEM.
 */
int settings_set(TokenSettings *settings, uint32_t title_id, const char *key, const char *value,
                 char *message, size_t size);

/* settings_is_vendor() - whether a directory is the vendor's, to which alone its tokens go: https, under xboxlive.com. */
bool settings_is_vendor(const char *directory_url);

/* What a title comes to; borrowed from the settings. */
typedef struct TokenChoice {
    const char *client_id; /* NULL: none is set */
    const char *sandbox;
    const char *relying_party;
    bool device, title;
} TokenChoice;
TokenChoice settings_choice(const TokenSettings *settings, uint32_t title_id);
/* settings_problem() - why nobody can sign in by this choice: a sentence; NULL: nothing is wrong. */
const char *settings_problem(const TokenChoice *choice);
