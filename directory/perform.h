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
} Delivery;

/* @terms: out, with DELIVERY_HOLD. @reply is complete with DELIVERY_SEND and DELIVERY_CUT. */
Delivery perform_call(Directory *directory, Call *call, bool control_allowed, Reply *reply, HoldTerms *terms);
/* Applies what was held back; nobody is told. */
void perform_late(Directory *directory, const Call *call);
/* Whether the connection is to be closed before the request is read. */
bool perform_drops(Directory *directory, const char *method, const char *path, const char *authorization,
                   bool kept_alive);

#endif
