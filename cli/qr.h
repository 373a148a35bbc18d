/* SPDX-License-Identifier: MIT */
/* A QR code in a terminal. */
#pragma once

#include <stdio.h>

/*
 * qr_print() - draw a text as a QR code
 * @columns: how wide the terminal is
 *
 * Returns 0, -EOPNOTSUPP when this was built without libqrencode or the terminal shows no such characters, -E2BIG when it is
 * too narrow, or -ENOMEM.
 */
int qr_print(const char *text, unsigned columns, FILE *out);
