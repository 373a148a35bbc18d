/* SPDX-License-Identifier: MIT */
/* What /control/ does with the identity services. mpsession-directory(1) describes the bodies. */
#ifndef DIRECTORY_IDENTITY_CONTROL_H
#define DIRECTORY_IDENTITY_CONTROL_H

#include "directory/directory.h"

/* GET identity: how they are told to behave, and what they have counted. */
void identity_control_show(Directory *directory, const Call *call, const json_t *body, Reply *reply);
/* POST identity: all of it or nothing. */
void identity_control_set(Directory *directory, const Call *call, const json_t *body, Reply *reply);
/* GET tokens: every secret that was issued. */
void identity_control_tokens(Directory *directory, const Call *call, const json_t *body, Reply *reply);
/* POST approve: what a person would do on the page. */
void identity_control_approve(Directory *directory, const Call *call, const json_t *body, Reply *reply);

#endif
