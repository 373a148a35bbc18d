/* SPDX-License-Identifier: MIT */
/* What a person sees of a sign-in. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* screen_is_terminal() - whether somebody looks at it, and can press Enter. */
bool screen_is_terminal(void);

/* screen_show_code() - the address and the code. qr: also as a QR code, where there is room. */
void screen_show_code(const json_t *sign_in, bool terminal, bool qr);

/* screen_show_countdown() - one line, written over and over; new_code: pressing Enter makes one. */
void screen_show_countdown(uint64_t left_usec, bool new_code);
/* screen_clear_countdown() - the line is left free. */
void screen_clear_countdown(void);

/* screen_show_account() - who is signed in now, and where the secret is. */
void screen_show_account(const json_t *account);
