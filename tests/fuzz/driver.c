/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target without a fuzzer's runtime: its seeds, changed at random from a printed seed, for a bounded number
 * of rounds; or the files that are named, to replay a finding. The targets have libFuzzer's entry point, so that
 * clang -fsanitize=fuzzer takes them as they are. */
#include "fuzz.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS "400000" /* FUZZ_ROUNDS says otherwise, for a target that takes its time */
#define SIZE_MAX_BYTES 8192

static uint64_t state;

static uint64_t dice(uint64_t sides)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return sides ? state % sides : 0;
}

/* What such texts are made of: whole words find more than single bytes. */
static const char *const words[] = {
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "-1",
    "1e999",
    "18446744073709551616",
    "\"members\":",
    "\"me\":",
    "\"properties\":",
    "\"system\":",
    "\"custom\":",
    "\"constants\":",
    "\"xuid\":",
    "\"reserve_0\":",
    "/serviceconfigs/",
    "/sessiontemplates/",
    "/sessions/",
    "..",
    "%2f",
    "[Application]\n",
    "name=",
    "\n",
    "\xff",
    "\xc3\xa4",
    "\xed\xa0\x80",
    "\xef\xbb\xbf",
    "GMT",
    "Tue, 24 Nov 2026 01:00:00 GMT",
    "W/\"x\"",
};

static size_t mutate(uint8_t *data, size_t size)
{
    for (uint64_t times = 1 + dice(6); times; times--) {
        size_t at = (size_t)dice(size + 1);
        if (dice(3) == 0 && size > 0) {
            data[at % size] ^= (uint8_t)(1u << dice(8));
        } else if (dice(3) == 0 && size > 0) {
            size_t cut = (size_t)dice(size - at % size);
            memmove(data + at % size, data + at % size + cut, size - at % size - cut);
            size -= cut;
        } else {
            const char *word = words[dice(sizeof words / sizeof words[0])];
            size_t length = strlen(word);
            if (size + length > SIZE_MAX_BYTES)
                continue;
            memmove(data + at + length, data + at, size - at);
            memcpy(data + at, word, length);
            size += length;
        }
    }
    return size;
}

static int replay(int count, char **files)
{
    for (int i = 0; i < count; i++) {
        FILE *file = fopen(files[i], "rb");
        if (!file) {
            perror(files[i]);
            return 1;
        }
        static uint8_t data[1 << 20];
        size_t size = fread(data, 1, sizeof data, file);
        fclose(file);
        LLVMFuzzerTestOneInput(data, size);
        printf("%s: no crash\n", files[i]);
    }
    return 0;
}

/* In memory of its own, so that a byte too far is seen. */
static bool run(const void *data, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact)
        return false;
    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return true;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return replay(argc - 1, argv + 1);
    const char *given = getenv("FUZZ_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    const char *wanted = getenv("FUZZ_ROUNDS");
    const unsigned long rounds = strtoul(wanted ? wanted : ROUNDS, NULL, 10);
    state = seed * 0x9e3779b97f4a7c15ULL + 1;
    printf("1..2\n# FUZZ_SEED=%llu plays this run again\n", (unsigned long long)seed);
    fflush(stdout);
    static uint8_t data[SIZE_MAX_BYTES];
    size_t size = 0;
    for (unsigned long round = 0; round < rounds; round++) {
        /* Now and then from a seed anew, otherwise further from where it is. */
        if (dice(8) == 0 || size == 0) {
            const char *text = fuzz_seeds[dice(fuzz_seeds_count)];
            size = strlen(text);
            memcpy(data, text, size);
        }
        size = mutate(data, size);
        if (!run(data, size))
            return 1;
    }
    printf("ok 1 - %lu rounds\n", rounds);
    size_t cuts = 0;
    for (size_t i = 0; i < fuzz_seeds_count; i++)
        for (size_t length = 0; length <= strlen(fuzz_seeds[i]); length++, cuts++)
            if (!run(fuzz_seeds[i], length))
                return 1;
    printf("ok 2 - every seed cut at every byte: %zu texts\n", cuts);
    return 0;
}
