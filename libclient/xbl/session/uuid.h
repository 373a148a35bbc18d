/* SPDX-License-Identifier: MIT */
/* Random UUIDs. */
#pragma once

#define UUID_SIZE 37

/* uuid_make() - one that nobody has, in lower case. */
void uuid_make(char id[UUID_SIZE]);
