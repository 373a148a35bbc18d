/* SPDX-License-Identifier: MIT */
/* The main ways through the pure parts in a plain program, so that the leak checker sees them. TAP. */
#include "base/secret.h"
#include "token/identity-reply.h"
#include "token/identity-request.h"
#include "token/seal.h"

#include <stdio.h>

static unsigned number;
static bool failed;

static void ok(bool good, const char *what)
{
    printf("%sok %u - %s\n", good ? "" : "not ", ++number, what);
    failed = failed || !good;
}

static bool replies(void)
{
    static const char *const bodies[] = {
        "{\"device_code\":\"d\",\"user_code\":\"u\",\"verification_uri\":\"https://"
        "a.example\",\"expires_in\":9}",
        "{\"access_token\":\"a\",\"refresh_token\":\"r\",\"expires_in\":9}",
        "{\"access_token\":\"a\",\"refresh_token\":\"r\",\"expires_in\":-9}",
        "{\"Token\":\"t\",\"IssueInstant\":\"2026-01-01T00:00:00Z\",\"NotAfter\":\"2026-01-02T00:00:00Z\","
        "\"DisplayClaims\":{\"xui\":[{\"uhs\":\"1\"}]}}",
        "{\"Token\":\"t\"}",
        "{\"error\":\"invalid_grant\",\"error_description\":\"x\"}",
        "{\"XErr\":2148916233}",
        "{",
    };
    bool good = true;
    for (size_t i = 0; i < ELEMENTS(bodies); i++) {
        for (int kind = 0; kind < 2 * IDENTITY_KINDS; kind++) {
            IdentityReply reply;
            IdentityRaw raw = {.status = kind % 2 ? 200 : 401,
                               .set_cookie = "a=b",
                               .body = bodies[i],
                               .body_size = strlen(bodies[i])};
            good = good && identity_reply_parse((IdentityKind)(kind / 2), &raw, 0, &reply) == 0;
            identity_reply_free(&reply);
        }
    }
    return good;
}

static bool requests(const Proof *proof)
{
    IdentityConfig config = {.family = IDENTITY_FAMILY_TITLE,
                             .client_id = "000000004C12AE6F",
                             .device_id = "0a1b2c3d-0000-4000-8000-00000000e001",
                             .want_device = true,
                             .want_title = true};
    IdentityInput input = {"d", "c=1", "r", "a", "u", "d", "t", proof, 1767225600};
    bool good = true;
    for (int kind = 0; kind < IDENTITY_KINDS; kind++) {
        IdentityRequest request;
        good = good && identity_request_build(&config, (IdentityKind)kind, &input, &request) == 0;
        identity_request_free(&request);
    }
    return good;
}

static bool seals(const char *key)
{
    CLEANUP_FREE unsigned char *blob = NULL;
    CLEANUP_SECRET char *opened = NULL;
    size_t size = 0, opened_size = 0;
    if (seal_close((const unsigned char *)key, "row", "text", 4, &blob, &size) < 0 ||
        seal_open((const unsigned char *)key, "other", blob, size, &opened, &opened_size) != -EBADMSG)
        return false;
    return seal_open((const unsigned char *)key, "row", blob, size, &opened, &opened_size) == 0;
}

int main(void)
{
    puts("1..4");
    {
        CLEANUP(proof_freep) Proof *proof = NULL;
        ok(replies(), "replies");
        ok(proof_generate(&proof) == 0 && requests(proof), "requests");
        CLEANUP_SECRET char *key = proof_private(proof);
        ok(seals(key), "seals");
    }
    ok(secret_living() == 0, "no secret is left");
    return failed;
}
