/* SPDX-License-Identifier: MIT */
/* What the identity services are asked, byte by byte. Pure. */
#pragma once

#include "token/identity.h"
#include "token/proof.h"

#define IDENTITY_HEADERS_MAX 8

/* What a kind of request needs besides the configuration; the rest may be NULL. */
typedef struct IdentityInput {
    const char *device_code;   /* POLL */
    const char *cookie;        /* POLL: what the answer with the code gave, or NULL */
    const char *refresh_token; /* REFRESH */
    const char *access_token;  /* USER, TITLE */
    const char *user_token;    /* XSTS */
    const char *device_token;  /* TITLE; XSTS if the configuration wants a device */
    const char *title_token;   /* XSTS if the configuration wants a title */
    const Proof *proof;        /* DEVICE, TITLE; for USER and XSTS when the chain is bound to it */
    int64_t unix_sec;          /* with a proof: the service's time, server_time_now() */
} IdentityInput;

/* A POST. Its texts are secrets (secret_free()), but for url and content_type. */
typedef struct IdentityRequest {
    char url[400];
    char *headers[IDENTITY_HEADERS_MAX]; /* "Name: value"; Content-Type is among them */
    size_t headers_count;
    const char *content_type;
    char *body;
    size_t body_size;
} IdentityRequest;

/*
 * identity_request_build() - a whole request
 * @request: free with identity_request_free(); nothing is owned on failure
 *
 * Returns 0, -ENOMEM, or -EINVAL for a configuration that identity_check() refuses, and for an input that is missing or
 * could end a header.
 */
int identity_request_build(const IdentityConfig *config, IdentityKind kind, const IdentityInput *input,
                           IdentityRequest *request);
/* identity_request_free() - wipes and frees. */
void identity_request_free(IdentityRequest *request);
