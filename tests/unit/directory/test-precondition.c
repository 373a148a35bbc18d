/* SPDX-License-Identifier: MIT */
/* If-Match and If-None-Match, and the modes they stand for. */
#include <criterion/criterion.h>

#include "directory/write.h"

#define TAG "4E6D0C77-9B0B-4B8B-8B3E-0D3B9F4F1001"

Test(precondition, table)
{
    static const struct {
        const char *if_match, *if_none_match, *etag;
        bool holds;
    } cases[] = {
        {NULL, NULL, NULL, true},       {NULL, NULL, TAG, true},
        {"*", NULL, NULL, false},       {"*", NULL, TAG, true},
        {TAG, NULL, TAG, true},         {TAG, NULL, NULL, false},
        {"other", NULL, TAG, false},    {"\"" TAG "\"", NULL, TAG, false},
        {TAG ", x", NULL, TAG, false},  {"", NULL, TAG, false},
        {NULL, "*", NULL, true},        {NULL, "*", TAG, false},
        {NULL, TAG, TAG, false},        {NULL, "other", TAG, true},
        {"*", "*", TAG, false},         {"*", "other", TAG, true},
        {"other", "other", TAG, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_assert_eq(precondition_holds(cases[i].if_match, cases[i].if_none_match, cases[i].etag),
                     cases[i].holds, "case %zu", i);
}

Test(precondition, modes)
{
    cr_assert_str_eq(precondition_mode(NULL, "*"), "create-new");
    cr_assert_str_eq(precondition_mode("*", NULL), "update-existing");
    cr_assert_str_eq(precondition_mode(TAG, NULL), "synchronized-update");
    cr_assert_str_eq(precondition_mode(NULL, NULL), "update-or-create-new");
}
