/* SPDX-License-Identifier: MIT */
/* One request carried out under the faults that were scripted for it. */
#ifndef DIRECTORY_PERFORM_H
#define DIRECTORY_PERFORM_H

#include "directory/directory.h"

/* What the connection then sees. */
typedef enum Delivery {
    DELIVERY_SEND,  /* the reply */
    DELIVERY_CUT,   /* the reply's headers and half of its body */
    DELIVERY_HALF,  /* half of a head */
    DELIVERY_CLOSE, /* the end, without a byte */
    DELIVERY_HOLD,  /* nothing, for as long as the client waits */
    DELIVERY_LATE,  /* nothing; perform_late() is due after the delay */
} Delivery;

/* @delay_ms: out, with DELIVERY_LATE. @reply is complete with DELIVERY_SEND and DELIVERY_CUT. */
Delivery perform_call(Directory *directory, const Call *call, bool control_allowed, Reply *reply,
                      unsigned *delay_ms);
/* Applies what a late fault held back; nobody is there for the answer. */
void perform_late(Directory *directory, Call *call);
/* Whether the connection is to be closed before the request is read. */
bool perform_drops(Directory *directory, const char *method, const char *path, const char *authorization,
                   bool kept_alive);

#endif
