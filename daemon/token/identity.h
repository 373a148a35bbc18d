/* SPDX-License-Identifier: MIT */
/* The identity services: who we are to them, and what they are asked for. Pure. */
#pragma once

#include "base/util.h"

/* Two kinds of client, which are not interchangeable: hosts, scope and ticket differ. */
typedef enum IdentityFamily {
    IDENTITY_FAMILY_APP,   /* an application of ours, registered under a GUID: no title token */
    IDENTITY_FAMILY_TITLE, /* a published title's own client, 16 hexadecimal digits */
} IdentityFamily;

/* The requests, in the order of the chain. */
typedef enum IdentityKind {
    IDENTITY_DEVICE_CODE, /* begins a sign-in */
    IDENTITY_POLL,        /* has the person approved it? */
    IDENTITY_REFRESH,     /* the grant for a new access token */
    IDENTITY_USER,        /* that for a user token */
    IDENTITY_DEVICE,      /* the device's own token, by its key */
    IDENTITY_TITLE,       /* device and access token for a title token */
    IDENTITY_XSTS,        /* all of them for the token of the Authorization header */
} IdentityKind;
#define IDENTITY_KINDS (IDENTITY_XSTS + 1)

#define IDENTITY_SANDBOX "RETAIL"
#define IDENTITY_RELYING_PARTY "http://xboxlive.com"
#define IDENTITY_DEVICE_TYPE "Win32"
#define IDENTITY_DEVICE_VERSION "10.0.19041"

/* Texts are borrowed; NULL takes what stands behind it. */
typedef struct IdentityConfig {
    IdentityFamily family; /* as identity_family() says of the client id */
    const char *client_id;
    const char *sandbox;        /* IDENTITY_SANDBOX; upper and lower case matter */
    const char *relying_party;  /* IDENTITY_RELYING_PARTY; every byte matters */
    const char *base_url;       /* the vendor's hosts; else one for all, without a slash at its end */
    const char *agent_version;  /* no User-Agent */
    const char *device_type;    /* IDENTITY_DEVICE_TYPE */
    const char *device_version; /* IDENTITY_DEVICE_VERSION */
    const char *device_id;      /* a lower-case UUID; spelt as the type wants it when it is sent */
    bool want_device;
    bool want_title; /* wants a device too, and a title's client */
} IdentityConfig;

/*
 * identity_family() - by the form of a client id
 * @message: what is wrong with it, for people
 *
 * Returns 0 or -EINVAL.
 */
int identity_family(const char *client_id, IdentityFamily *family, char *message, size_t message_size);

/* identity_check() - does a configuration make sense? As identity_family(); base_url is http_url_check()'s affair. */
int identity_check(const IdentityConfig *config, char *message, size_t message_size);

/* identity_kind_name() - for the log and for people: "user token". */
const char *identity_kind_name(IdentityKind kind);
