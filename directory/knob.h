/* SPDX-License-Identifier: MIT */
/* The numbers, flags and choices that POST /control/identity sets: how the identity services behave. */
#ifndef DIRECTORY_KNOB_H
#define DIRECTORY_KNOB_H

#include <jansson.h>
#include <stdbool.h>

#include "directory/reply.h"

typedef enum Knob {
    KNOB_LIFE_CODE, /* in seconds, as all of life */
    KNOB_LIFE_ACCESS,
    KNOB_LIFE_ACCESS_TITLE, /* of a title's client, family B */
    KNOB_LIFE_REFRESH,      /* since it was last used */
    KNOB_LIFE_USER,
    KNOB_LIFE_DEVICE,
    KNOB_LIFE_TITLE,
    KNOB_LIFE_XSTS,
    KNOB_LIFE_XSTS_OTHER, /* for other relying parties than http://xboxlive.com */
    KNOB_CLOCK_SKEW,      /* of the identity services as a whole, seconds */
    KNOB_DATE_SKEW,       /* of their Date alone, seconds */
    KNOB_DATE_MODE,
    KNOB_POLL_INTERVAL,
    KNOB_POLL_ENFORCE,
    KNOB_POLL_SLOW_DOWN, /* so many of the next polls are told to slow down */
    KNOB_POLL_DECLINED,
    KNOB_POLL_COOKIE, /* family B: the poll must bring the cookie back */
    KNOB_POLL_AUTO_APPROVE,
    KNOB_POLL_COMPLETE, /* verification_uri_complete is sent */
    KNOB_RT_ROTATE,
    KNOB_RT_STRICT,
    KNOB_RT_OMIT,
    KNOB_UHS_MODE,
    KNOB_CLAIMS_TITLE,
    KNOB_CLAIMS_REQUIRE,
    KNOB_SIGN_MODE,
    KNOB_SIGN_TOLERANCE,
    KNOB_FORMAT_FRACTION,
    KNOB_FORMAT_XERR_TEXT,
    KNOB_FORMAT_EXTRA,
    KNOB_FORMAT_SORTED,
    KNOB_FORMAT_BOM,
    KNOB_FORMAT_CLOSE,
    KNOB_FORMAT_TOKEN_BYTES,
    KNOB_UNAUTHORIZED_BODY,
    KNOB_UNAUTHORIZED_GZIP,
    KNOB_UNAUTHORIZED_CHUNKED,
    KNOB_COUNT,
} Knob;

enum DateMode { DATE_SEND, DATE_OMIT, DATE_BAD };
enum DeclinedMode { DECLINED_AUTHORIZATION, DECLINED_ACCESS };
enum UhsMode { UHS_BINDING, UHS_PARTY, UHS_SAME };
enum SignMode { SIGN_VERIFY, SIGN_OFF, SIGN_REQUIRE };

typedef struct Knobs {
    json_int_t values[KNOB_COUNT];
} Knobs;

void knob_defaults(Knobs *knobs);
/* Whether @section is one of the knobs' in {SECTION: {KEY: VALUE}}. */
bool knob_section_known(const char *section);
/* Sets what @values, an object, names of @section; null is the default again. Returns 0 or REFUSED. */
int knob_set(Knobs *knobs, const char *section, const json_t *values, Refusal *refusal);
/* All of them as {SECTION: {KEY: VALUE}}. A new reference. */
json_t *knob_list(const Knobs *knobs);

#endif
