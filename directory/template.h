/* SPDX-License-Identifier: MIT */
/* Session templates: built in, or from a JSON file.
 *
 * { "NAME": { "scids": ["GUID"…], "constants": {"system":{}, "custom":{}}, "roleTypes": {} } }
 * Without "scids" a template is valid for every scid; so are the ones built in. */
#ifndef DIRECTORY_TEMPLATE_H
#define DIRECTORY_TEMPLATE_H

#include <jansson.h>

/* Loads @file, or the built-in templates when it is NULL. Returns 0 or a negative errno, with a line on stderr. */
int template_load(const char *file, json_t **out);
/* The template, names compared without case; NULL when there is none for this scid. Borrowed. */
const json_t *template_find(const json_t *templates, const char *scid, const char *name);

#endif
