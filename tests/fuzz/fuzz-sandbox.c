/* SPDX-License-Identifier: MIT */
/* What a process says of its sandbox. */
#include "fuzz.h"

#include "bus/bus-sandbox.h"

const char *const fuzz_seeds[] = {
    "[Application]\nname=org.example.Game\nruntime=x\n\n[Instance]\ninstance-id=1\n",
    "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-steam-app123.scope\n",
    "0::/user.slice/snap.game.game.1234.scope\n",
};
const size_t fuzz_seeds_count = sizeof fuzz_seeds / sizeof fuzz_seeds[0];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    char app_id[BUS_APP_ID_MAX + 1] = "";
    if (bus_sandbox_parse_flatpak(text, size, app_id) == 0 && !*app_id)
        abort();
    BusIdentity identity = {0};
    bus_sandbox_parse_cgroup(text, &identity);
    free(text);
    return 0;
}
