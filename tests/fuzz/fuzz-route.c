/* SPDX-License-Identifier: MIT */
/* What comes out of a netlink socket. Seeds are texts and so without zeros: a blank stands for one, and so on. */
#include "fuzz.h"

#include "network/route-table.h"

#include "base/util.h"

#define BLANK 0x20

/* A default route by interface 2 with a metric; the same, replaced; gone; and all three in one datagram. */
#define CAME "\x0c   8  !        \"   \xde$ !    ( $ \"   ( & Q   "
#define ADDED "\x0c   8 $         \"   \xde$ !    ( $ \"   ( & Q   "
#define WENT "\x0c   9           \"   \xde$ !    ( $ \"   ( & Q   "

const char *const fuzz_seeds[] = {CAME, ADDED, WENT, CAME ADDED WENT};
const size_t fuzz_seeds_count = sizeof fuzz_seeds / sizeof fuzz_seeds[0];

static void check_seeds(void)
{
    for (size_t i = 0; i < fuzz_seeds_count; i++) {
        size_t size = strlen(fuzz_seeds[i]);
        char *data = strdup(fuzz_seeds[i]);
        RouteTable table = {0};
        for (size_t j = 0; data && j < size; j++)
            data[j] = (char)(data[j] ^ BLANK);
        /* A seed that means nothing would find nothing. */
        if (data && !route_table_feed(&table, data, size))
            abort();
        free(data);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static RouteTable table;
    static bool checked;
    if (!checked)
        check_seeds();
    checked = true;
    uint8_t *exact = malloc(size ? size : 1);
    if (!exact)
        return 0;
    for (size_t i = 0; i < size; i++)
        exact[i] = data[i] ^ BLANK;
    (void)route_table_feed(&table, exact, size);
    if (table.count > ROUTE_TABLE_MAX)
        abort();
    free(exact);
    return 0;
}
