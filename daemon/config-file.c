/* SPDX-License-Identifier: MIT */
/* agent.conf: every key known, every value checked, errors with their line. */
#include "config.h"

#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

/* One line; inih splits longer ones in silence. */
#define LINE_BYTES 198
#define FILE_MAX (256 * 1024)

typedef struct Reading {
    Config *config;
    FILE *file;
    const char *path;
    unsigned line;
    bool too_long;
    int r;
    char *message;
    size_t size;
} Reading;

static int wrong(Reading *reading, const char *format, ...) MPS_PRINTF(2, 3);
static int wrong(Reading *reading, const char *format, ...)
{
    if (reading->r != 0)
        return CONFIG_E_WRONG; /* The first one is told. */
    int used = snprintf(reading->message, reading->size, "%s:%u: ", reading->path, reading->line);
    va_list arguments;
    va_start(arguments, format);
    if (used >= 0 && (size_t)used < reading->size)
        vsnprintf(reading->message + used, reading->size - (size_t)used, format, arguments);
    va_end(arguments);
    reading->r = CONFIG_E_WRONG;
    return CONFIG_E_WRONG;
}

static int set_text(Reading *reading, const char *key, const char *value, size_t offset)
{
    if (!*value)
        return wrong(reading, "%s= needs a value", key);
    char **text = (char **)((char *)reading->config + offset);
    char *copy = strdup(value);
    if (!copy)
        return -ENOMEM;
    free(*text);
    *text = copy;
    return 0;
}

/* A number without sign; with_suffix: K, M or G for powers of 1024. */
static int read_number(Reading *reading, const char *key, const char *value, uint64_t max, bool with_suffix,
                       uint64_t *number)
{
    char *end = NULL;
    errno = 0;
    uint64_t read = *value >= '0' && *value <= '9' ? strtoull(value, &end, 10) : 0;
    if (!end || errno)
        return wrong(reading, "%s= needs a number, not '%.50s'", key, value);
    unsigned shift = 0;
    if (with_suffix && *end && !end[1]) {
        shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
        end += shift > 0;
    }
    if (*end)
        return wrong(reading, "%s= needs a number%s, not '%.50s'", key,
                     with_suffix ? " (K, M and G are allowed)" : "", value);
    if (read > max >> shift)
        return wrong(reading, "%s= is at most %llu", key, (unsigned long long)max);
    *number = read << shift;
    return 0;
}

static int set_number(Reading *reading, const char *key, const char *value, uint64_t min, uint32_t *target)
{
    uint64_t number = 0;
    int r = read_number(reading, key, value, 10000000, false, &number);
    if (r != 0)
        return r;
    if (number < min)
        return wrong(reading, "%s= is at least %llu", key, (unsigned long long)min);
    *target = (uint32_t)number;
    return 0;
}

static int set_rate(Reading *reading, const char *key, const char *value, uint32_t *target)
{
    uint64_t number = 0;
    int r = read_number(reading, key, value, CORE_RATE_MAX, false, &number);
    if (r == 0)
        *target = (uint32_t)number;
    return r;
}

static int set_bytes(Reading *reading, const char *key, const char *value, uint64_t *target)
{
    uint64_t number = 0;
    int r = read_number(reading, key, value, 1ULL << 40, true, &number);
    if (r != 0)
        return r;
    if (number < 2 * 1024 * 1024)
        return wrong(reading, "%s= is at least 2M: one document is up to 1M", key);
    *target = number;
    return 0;
}

static int set_directory(Reading *reading, const char *key, const char *value)
{
    if (string_equal(key, "Url"))
        return set_text(reading, key, value, offsetof(Config, directory_url));
    if (string_equal(key, "CaFile"))
        return set_text(reading, key, value, offsetof(Config, ca_file));
    if (string_equal(key, "Proxy"))
        return set_text(reading, key, value, offsetof(Config, proxy));
    return wrong(reading, "[Directory] has no key %.100s=; there are Url=, CaFile= and Proxy=", key);
}

static int set_identity(Reading *reading, const char *key, const char *value)
{
    if (!string_equal(key, "DefaultAccount"))
        return wrong(reading, "[Identity] has no key %.100s=; there is DefaultAccount=", key);
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || digits > 20 || value[digits] || *value == '0')
        return wrong(reading, "DefaultAccount= needs a XUID, a decimal number, not '%.50s'", value);
    return set_text(reading, key, value, offsetof(Config, default_account));
}

static int set_queue(Reading *reading, const char *key, const char *value)
{
    if (!string_equal(key, "IdleExitSec"))
        return wrong(reading, "[Queue] has no key %.100s=; there is IdleExitSec=", key);
    if (string_equal(value, "infinity")) {
        reading->config->idle_exit_usec = USEC_NEVER;
        return 0;
    }
    uint64_t seconds = 0;
    int r = read_number(reading, key, value, 365ULL * 24 * 3600, false, &seconds);
    if (r != 0)
        return r;
    if (seconds == 0)
        return wrong(reading, "IdleExitSec= is at least 1, or infinity");
    reading->config->idle_exit_usec = seconds * USEC_PER_SEC;
    return 0;
}

static int set_limit(Reading *reading, const char *key, const char *value)
{
    CoreLimits *limits = &reading->config->limits;
    if (string_equal(key, "Requests"))
        return set_number(reading, key, value, 1, &limits->requests_max);
    if (string_equal(key, "Bytes"))
        return set_bytes(reading, key, value, &limits->bytes_max);
    if (string_equal(key, "AppRequests"))
        return set_number(reading, key, value, 1, &limits->app_requests_max);
    if (string_equal(key, "AppBytes"))
        return set_bytes(reading, key, value, &limits->app_bytes_max);
    if (string_equal(key, "Unstored"))
        return set_number(reading, key, value, 1, &limits->owner_unstored_max);
    if (string_equal(key, "Burst"))
        return set_rate(reading, key, value, &limits->burst);
    if (string_equal(key, "Sustained"))
        return set_rate(reading, key, value, &limits->sustained);
    return wrong(
        reading,
        "[Limits] has no key %.100s=; there are Requests=, Bytes=, AppRequests=, AppBytes=, Unstored=, "
        "Burst= and Sustained=",
        key);
}

static int on_key(void *userdata, const char *section, const char *key, const char *value)
{
    Reading *reading = userdata;
    int r = 0;
    if (reading->r != 0)
        return 0;
    if (string_equal(section, "Directory"))
        r = set_directory(reading, key, value);
    else if (string_equal(section, "Identity"))
        r = set_identity(reading, key, value);
    else if (string_equal(section, "Queue"))
        r = set_queue(reading, key, value);
    else if (string_equal(section, "Limits"))
        r = set_limit(reading, key, value);
    else if (!*section)
        r = wrong(reading, "%.100s= stands before the first section", key);
    else
        r = wrong(reading,
                  "there is no section [%.100s]; there are [Directory], [Identity], [Queue] and [Limits]",
                  section);
    if (r < 0)
        reading->r = r;
    return r == 0;
}

/* fgets() that counts lines, and stops at one that inih would split. */
static char *read_line(char *buffer, int size, void *userdata)
{
    Reading *reading = userdata;
    if (reading->r != 0 || !fgets(buffer, size, reading->file))
        return NULL;
    reading->line++;
    size_t length = strlen(buffer);
    if (length > LINE_BYTES || (length > 0 && buffer[length - 1] != '\n' && !feof(reading->file))) {
        wrong(reading, "the line is longer than %d bytes, or has a NUL byte", LINE_BYTES);
        return NULL;
    }
    /* inih would take the keys behind it first. */
    if (buffer[strspn(buffer, " \t")] == '[' && !strchr(buffer, ']')) {
        wrong(reading, "the section's name is not closed: write [Section]");
        return NULL;
    }
    return buffer;
}

int config_read_file(Config *config, const char *path, char *message, size_t size)
{
    Reading reading = {.config = config, .path = path, .message = message, .size = size};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        int r = errno;
        snprintf(message, size, "%s cannot be read: %s", path, strerror(r));
        return r == ENOENT || r == ENOTDIR ? -ENOENT : CONFIG_E_WRONG;
    }
    struct stat status;
    reading.file = fdopen(fd, "re");
    if (!reading.file || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size > FILE_MAX) {
        snprintf(message, size, "%s is not a file of at most %d bytes", path, FILE_MAX);
        if (reading.file)
            fclose(reading.file);
        else
            close(fd);
        return CONFIG_E_WRONG;
    }
    int line = ini_parse_stream(read_line, &reading, on_key, &reading);
    if (reading.r == 0 && line != 0) {
        reading.line = line > 0 ? (unsigned)line : reading.line;
        wrong(&reading, "neither [Section], Key=value nor # a comment");
    }
    fclose(reading.file);
    return reading.r;
}
