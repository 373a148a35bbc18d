/* SPDX-License-Identifier: MIT */
/* What a fuzz target gives. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Texts to begin with. */
extern const char *const fuzz_seeds[];
extern const size_t fuzz_seeds_count;
