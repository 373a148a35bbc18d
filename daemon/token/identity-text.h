/* SPDX-License-Identifier: MIT */
/* Texts of the identity services, before they go into a header or before people. Pure. */
#pragma once

#include "base/util.h"

/* One token at most. */
#define IDENTITY_TOKEN_MAX 16384
#define IDENTITY_URI_MAX 512

/* identity_text_visible() - visible ASCII alone, 1 to @most of it: cannot end a header, nor a part of one. */
bool identity_text_visible(const char *text, size_t most);

/*
 * identity_text_uri() - may people be sent there?
 *
 * https, or http on this machine; a host without user info in front of it; nothing but the characters of a URI, so that
 * it shows as what it is, wherever it is shown.
 */
bool identity_text_uri(const char *text);

/* identity_text_name() - may it be shown? 1 to @most bytes of UTF-8 that neither move the cursor nor turn the text. */
bool identity_text_name(const char *text, size_t most);

/* identity_text_error() - is it an error's name, as OAuth has them: [a-z_]{1,40}? */
bool identity_text_error(const char *text);

/*
 * identity_text_first_line() - what may be told of an error's description
 *
 * The first line, in ASCII. Words with an @ are masked, and so is what is too long for a word and is no GUID: it may be
 * a token that is told back to us.
 */
void identity_text_first_line(const char *text, char *line, size_t room);
