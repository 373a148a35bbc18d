/* SPDX-License-Identifier: MIT */
/* Content-Encoding: gzip, for the few small answers that are to have it. */
#include "directory/gzip.h"

#include <stdint.h>
#include <string.h>

#include "directory/util.h"

#define HEAD_SIZE 10
#define BLOCK_HEAD_SIZE 5
#define TAIL_SIZE 8
#define CRC_POLYNOMIAL UINT32_C(0xedb88320)

static uint32_t crc32_of(const char *bytes, size_t length)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < length; i++) {
        crc ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? CRC_POLYNOMIAL : 0);
    }
    return ~crc;
}

static void put_little_endian(char *to, uint32_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to[i] = (char)(value >> 8 * i);
}

void gzip_reply(Reply *reply)
{
    static const char head[HEAD_SIZE] = {'\x1f', '\x8b', 8, 0, 0, 0, 0, 0, 0, 3};
    size_t length = reply->length, size = HEAD_SIZE + BLOCK_HEAD_SIZE + length + TAIL_SIZE;
    char *wrapped, *to;

    if (!reply->body || length > GZIP_MAX)
        return;
    to = wrapped = memory_new(size);
    memcpy(to, head, HEAD_SIZE);
    to += HEAD_SIZE;
    *to++ = 1; /* one stored block, the last */
    put_little_endian(to, (uint32_t)length, 2);
    put_little_endian(to + 2, ~(uint32_t)length, 2);
    memcpy(to + 4, reply->body, length);
    put_little_endian(to + 4 + length, crc32_of(reply->body, length), 4);
    put_little_endian(to + 8 + length, (uint32_t)length, 4);
    reply_take(reply, reply->status, reply->type, wrapped, size);
    reply_header(reply, "Content-Encoding", "gzip");
}
