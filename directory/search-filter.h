/* SPDX-License-Identifier: MIT */
/* The language in which search handles are picked and put in order.
 *
 * A filter is terms joined by "and", with one "or" between two such groups:
 *   numbers/skill ge 10 and tolower(strings/mode) eq 'duel' or tags/any(t:t eq 'casual')
 * Facts about a session are {"tags": [], "numbers": {}, "strings": {}, "session": {"memberXuids": [], "ownerXuids": [],
 * "membersCount": N, "maxMembersCount": N}}. What a session lacks is different from every value, and nothing else. */
#ifndef DIRECTORY_SEARCH_FILTER_H
#define DIRECTORY_SEARCH_FILTER_H

#include <jansson.h>
#include <stdbool.h>

#include "directory/reply.h"

#define FILTER_TEXT_MAX 4096
#define FILTER_TERMS_MAX 32
/* Names of attributes, tags and texts are shorter than this. */
#define ATTRIBUTE_SIZE 100

typedef enum FilterOperator {
    FILTER_EQ,
    FILTER_NE,
    FILTER_GT,
    FILTER_GE,
    FILTER_LT,
    FILTER_LE,
    FILTER_OPERATORS,
} FilterOperator;

/* Where a fact stands. */
typedef struct FilterPath {
    const char *group; /* a literal */
    char name[ATTRIBUTE_SIZE];
} FilterPath;

typedef struct FilterTerm {
    FilterPath path;
    FilterOperator comparison;
    bool any;      /* of a list; "ne" then says that none is the value */
    bool lower;    /* the fact is compared in lower case */
    bool negated;  /* any(…) eq false */
    json_t *value; /* a text or a number */
} FilterTerm;

typedef struct SearchFilter {
    FilterTerm terms[FILTER_TERMS_MAX];
    size_t count;
    size_t other; /* where the group after the "or" begins; count without one */
} SearchFilter;

typedef struct SearchOrder {
    FilterPath path; /* group NULL: of numbers, else of strings */
    bool descending;
} SearchOrder;

/* @out is to be cleared in any case. Returns 0 or REFUSED (400). */
int search_filter_parse(const char *text, SearchFilter *out, Refusal *refusal);
void search_filter_clear(SearchFilter *filter);
bool search_filter_matches(const SearchFilter *filter, const json_t *facts);
/* Reads "skill desc". Returns 0 or REFUSED (400). */
int search_order_parse(const char *text, SearchOrder *out, Refusal *refusal);
/* What to order by, or NULL. Borrowed from @facts. */
const json_t *search_order_value(const SearchOrder *order, const json_t *facts);

#endif
