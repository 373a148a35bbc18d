/* SPDX-License-Identifier: MIT */
/* Random UUIDs, of version 4. */
#include "session/uuid.h"

#include <stdio.h>
#include <sys/random.h>

void uuid_make(char id[UUID_SIZE])
{
    unsigned char b[16];
    ssize_t got;

    /* So few bytes come whole, but early in a boot not at once: a signal may interrupt the wait. */
    do
        got = getrandom(b, sizeof(b), 0);
    while (got != sizeof(b));
    b[6] = (b[6] & 0x0F) | 0x40;
    b[8] = (b[8] & 0x3F) | 0x80;
    snprintf(id, UUID_SIZE, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
             b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}
