/* SPDX-License-Identifier: MIT */
/* The other file of the loader's test: it sees the same state, not one of its own. */
#include <mpsession/loader.h>

MpsLoader *loader_of_another_file(void);

MpsLoader *loader_of_another_file(void)
{
    return mps_loader_state();
}
