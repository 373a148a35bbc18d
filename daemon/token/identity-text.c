/* SPDX-License-Identifier: MIT */
/* Which texts of a stranger may go where. */
#include "token/identity-text.h"

#include "ipc/validate.h"

#include <arpa/inet.h>
#include <strings.h>

#define WORD_MAX 20
#define MASK "***"

bool identity_text_visible(const char *text, size_t most)
{
    size_t size = 0;
    for (; text[size]; size++)
        if (size == most || text[size] <= 0x20 || text[size] >= 0x7f)
            return false;
    return size > 0;
}

static bool loopback(const char *host)
{
    struct in_addr address;
    if (strcasecmp(host, "localhost") == 0 || string_equal(host, "[::1]"))
        return true;
    /* As a number, so that 127.0.0.1.example.org is none. */
    return inet_pton(AF_INET, host, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

/* host, host:port, [address], [address]:port */
static bool authority_split(const char *text, size_t size, char *host, size_t room)
{
    if (size == 0 || size >= room)
        return false;
    memcpy(host, text, size);
    host[size] = '\0';
    char *colon = host[0] == '[' ? strstr(host, "]:") : strchr(host, ':');
    if (colon) {
        colon += host[0] == '[';
        const char *port = colon + 1;
        size_t digits = strspn(port, "0123456789");
        if (digits == 0 || digits > 5 || port[digits])
            return false;
        *colon = '\0';
    }
    if (host[0] != '[')
        return host[0] &&
               !host[strspn(host, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-")];
    size_t inside = strspn(host + 1, "0123456789abcdefABCDEF:.");
    return inside > 0 && string_equal(host + 1 + inside, "]");
}

bool identity_text_uri(const char *text)
{
    /* Of the marks that RFC 3986 knows, without those that are quotes to a shell or a person. */
    static const char marks[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._~:/?#[]!$&()*+,;=%@";
    bool tls = strncasecmp(text, "https://", 8) == 0;
    if ((!tls && strncasecmp(text, "http://", 7) != 0) || strlen(text) > IDENTITY_URI_MAX ||
        text[strspn(text, marks)])
        return false;
    const char *authority = text + (tls ? 8 : 7);
    char host[256];
    return authority_split(authority, strcspn(authority, "/?#"), host, sizeof host) &&
           (tls || loopback(host));
}

/* The control characters of the upper half, and the marks that turn the direction of writing or break the line. */
static bool name_unwanted(const unsigned char *c)
{
    return c[0] < 0x20 || c[0] == 0x7f || (c[0] == 0xc2 && c[1] < 0xa0) ||
           (c[0] == 0xe2 && ((c[1] == 0x80 && c[2] >= 0x8b && c[2] <= 0xae) ||
                             (c[1] == 0x81 && c[2] >= 0xa0 && c[2] <= 0xaf)));
}

bool identity_text_name(const char *text, size_t most)
{
    size_t size = strlen(text);
    if (size == 0 || size > most || !mps_validate_utf8(text, size))
        return false;
    for (size_t i = 0; i < size; i++)
        if (name_unwanted((const unsigned char *)text + i))
            return false;
    return true;
}

bool identity_text_error(const char *text)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
    return size > 0 && size <= 40 && !text[size];
}

/* A word with what may stand behind one in a sentence. */
static bool word_tellable(const char *word, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (word[i] == '@' || (i + 2 < size && strncasecmp(word + i, "%40", 3) == 0))
            return false;
    while (size > 0 && strchr(".,;:)'\"", word[size - 1]))
        size--;
    if (size <= WORD_MAX)
        return true;
    char guid[37];
    if (size != sizeof guid - 1)
        return false;
    memcpy(guid, word, size);
    guid[size] = '\0';
    return mps_validate_uuid(guid);
}

void identity_text_first_line(const char *text, char *line, size_t room)
{
    size_t at = 0;
    while (*text && *text != '\n' && *text != '\r') {
        size_t size = strcspn(text, " \t\r\n");
        if (size == 0) {
            text++;
            continue;
        }
        bool tellable = word_tellable(text, size);
        size_t told = tellable ? size : strlen(MASK);
        if (at + (at > 0) + told >= room)
            break;
        if (at > 0)
            line[at++] = ' ';
        for (size_t i = 0; i < told; i++) {
            char c = tellable ? text[i] : MASK[i];
            line[at++] = c > 0x20 && c < 0x7f ? c : '?';
        }
        text += size;
    }
    line[at] = '\0';
}
