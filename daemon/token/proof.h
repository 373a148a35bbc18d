/* SPDX-License-Identifier: MIT */
/* The key by which a device proves that a request is its own: ES256 over P-256. */
#pragma once

#include "base/util.h"

typedef struct Proof Proof;

#define PROOF_PRIVATE_SIZE 32
/* How much of a body is signed: signature policy 0. */
#define PROOF_BODY_MAX 8192
/* A Signature header's value, with its NUL: base64 of version, time, r and s. */
#define PROOF_SIGNATURE_ROOM 105

/* What is signed of a request. */
typedef struct ProofRequest {
    const char *method;        /* in capitals */
    const char *path;          /* with the query */
    const char *authorization; /* the header's value; NULL: none */
    const void *body;
    size_t body_size;
} ProofRequest;

/* proof_generate() - a new key. Returns 0 or -ENOMEM. */
int proof_generate(Proof **proof);
/* proof_from_private() - the key again, from PROOF_PRIVATE_SIZE bytes. Returns 0, -EINVAL if they are none, -ENOMEM. */
int proof_from_private(const unsigned char *private, Proof **proof);
/* proof_private() - its bytes, in secret memory (secret_free()); NULL when memory is out. */
char *proof_private(const Proof *proof);
/* proof_free() - NULL is allowed. Returns NULL. */
Proof *proof_free(Proof *proof);
DEFINE_CLEANUP(Proof *, proof_free)

/* proof_jwk() - the public half as a JSON object; owned by the proof. */
const char *proof_jwk(const Proof *proof);

/*
 * proof_sign() - the Signature header's value
 * @unix_sec: the service's time, server_time_now()
 *
 * Returns 0 or -ENOMEM.
 */
int proof_sign(const Proof *proof, int64_t unix_sec, const ProofRequest *request,
               char signature[PROOF_SIGNATURE_ROOM]);

/* proof_verify() - is it ours, for this request? For tests. Returns 0, -EINVAL for a wrong form, -EBADMSG, -ENOMEM. */
int proof_verify(const Proof *proof, const char *signature, const ProofRequest *request);

/* proof_digest() - SHA-256 of what is signed; @filetime: 100 ns since 1601. Returns 0 or -ENOMEM. */
int proof_digest(uint64_t filetime, const ProofRequest *request, unsigned char digest[32]);
/* proof_filetime() - the same moment, as the signature tells it. */
uint64_t proof_filetime(int64_t unix_sec);
