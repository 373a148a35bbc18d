/* SPDX-License-Identifier: MIT */
/* One request carried out under the faults that were scripted for it. */
#ifndef DIRECTORY_PERFORM_H
#define DIRECTORY_PERFORM_H

#include "directory/hold.h"

/* What the connection then sees. */
typedef enum Delivery {
    DELIVERY_SEND,  /* the reply */
    DELIVERY_CUT,   /* the reply's headers and half of its body */
    DELIVERY_HALF,  /* half of a head */
    DELIVERY_CLOSE, /* the end, without a byte */
    DELIVERY_HOLD,  /* nothing, as the terms say */
    DELIVERY_LATER, /* the reply, after the terms' delay */
} Delivery;

/* @terms: out, with DELIVERY_HOLD and DELIVERY_LATER. @reply is complete with DELIVERY_SEND, _CUT and _LATER. */
Delivery perform_call(Directory *directory, Call *call, bool control_allowed, Reply *reply, HoldTerms *terms);
/* The text of the reply's Date at @now. Returns false when it is to have none. */
bool perform_date(const Directory *directory, const Call *call, int64_t now, char out[CLOCK_HTTP_SIZE]);
/* Applies what was held back; nobody is told. */
void perform_late(Directory *directory, const Call *call);
/* Whether the connection is to be closed before the request is read. */
bool perform_drops(Directory *directory, const char *method, const char *path, const char *authorization,
                   bool kept_alive);

#endif
