/* SPDX-License-Identifier: MIT */
/* The page where a person types the code of a sign-in: GET and POST /link. */
#ifndef DIRECTORY_PAGE_H
#define DIRECTORY_PAGE_H

#include "directory/directory.h"

bool page_is(const char *path);
void page_serve(Directory *directory, const Call *call, Reply *reply);

#endif
