/* SPDX-License-Identifier: MIT */
/* Structs of other versions, and options. What the arguments' own rules refuse, tests/integration/client has. */
#include <criterion/criterion.h>
#include <string.h>

#include "client-check.h"

#define WEEK_USEC (UINT64_C(7) * 24 * 3600 * 1000000)

typedef struct Newer {
    MpsCallOptions known;
    uint64_t later;
} Newer;

Test(check, struct_sizes)
{
    MpsCallOptions given = {.struct_size = sizeof(given), .title_id = 5, .deadline_usec = 9};
    Newer newer = {.known = {.struct_size = sizeof(newer), .title_id = 6}};
    MpsCallOptions taken;

    cr_assert_eq(check_struct(NULL, &taken, sizeof(taken)), 0);
    cr_assert_eq(taken.title_id, 0);
    cr_assert_eq(check_struct(&given, &taken, sizeof(taken)), 0);
    cr_assert_eq(taken.title_id, 5);
    /* Older: what it does not know is zero. */
    given.struct_size = offsetof(MpsCallOptions, deadline_usec);
    cr_assert_eq(check_struct(&given, &taken, sizeof(taken)), 0);
    cr_assert_eq(taken.title_id, 5);
    cr_assert_eq(taken.deadline_usec, 0);
    /* Newer: what we do not know has to be zero. */
    cr_assert_eq(check_struct(&newer, &taken, sizeof(taken)), 0);
    cr_assert_eq(taken.title_id, 6);
    newer.later = 1;
    cr_assert_eq(check_struct(&newer, &taken, sizeof(taken)), MPS_ERROR_INVALID_ARGUMENT);
    given.struct_size = 0;
    cr_assert_eq(check_struct(&given, &taken, sizeof(taken)), MPS_ERROR_INVALID_ARGUMENT);
    given.struct_size = sizeof(size_t) - 1;
    cr_assert_eq(check_struct(&given, &taken, sizeof(taken)), MPS_ERROR_INVALID_ARGUMENT);
    given.struct_size = SIZE_MAX;
    cr_assert_eq(check_struct(&given, &taken, sizeof(taken)), MPS_ERROR_INVALID_ARGUMENT);
}

static int options_check(CallKind kind, MpsCallOptions options)
{
    CallArguments arguments = {.kind = kind, .mode = MPS_UPDATE_EXISTING};

    options.struct_size = sizeof(options);
    return check_options(&options, &arguments);
}

Test(check, options)
{
    CallArguments arguments = {
        .kind = CALL_WRITE, .mode = MPS_SYNCHRONIZED_UPDATE, .account = "12", .title_id = 3};

    cr_assert_eq(check_options(NULL, &arguments), MPS_ERROR_INVALID_OPTION);
    arguments.mode = MPS_CREATE_NEW;
    cr_assert_eq(check_options(NULL, &arguments), 0);
    /* The client's own where the call names none. */
    cr_assert_str_eq(arguments.account, "12");
    cr_assert_eq(arguments.title_id, 3);
    cr_assert_eq(options_check(CALL_WRITE, (MpsCallOptions){.deadline_usec = WEEK_USEC}), 0);
    cr_assert_eq(options_check(CALL_WRITE, (MpsCallOptions){.deadline_usec = WEEK_USEC + 1}),
                 MPS_ERROR_INVALID_OPTION);
    cr_assert_eq(options_check(CALL_WRITE, (MpsCallOptions){.durability = (MpsDurability)4}),
                 MPS_ERROR_INVALID_OPTION);
    cr_assert_eq(options_check(CALL_WRITE, (MpsCallOptions){.account = "x"}), MPS_ERROR_INVALID_OPTION);
    cr_assert_eq(options_check(CALL_WRITE, (MpsCallOptions){.etag = "a\nb"}), MPS_ERROR_INVALID_OPTION);
    cr_assert_eq(options_check(CALL_GET, (MpsCallOptions){.durability = MPS_DURABILITY_POWER}),
                 MPS_ERROR_INVALID_OPTION);
    cr_assert_eq(options_check(CALL_GET, (MpsCallOptions){.supersedes = "k"}), MPS_ERROR_INVALID_OPTION);
    cr_assert_eq(options_check(CALL_GET, (MpsCallOptions){.fail_when_offline = true}), 0);
}

Test(check, null_arguments)
{
    CallArguments a = {.kind = CALL_WRITE_BY_HANDLE};

    cr_assert_eq(check_arguments(&a), MPS_ERROR_INVALID_HANDLE);
    a.handle_id = "8cb6d02a-7b5e-4bd6-9d21-6f9d8fcb0c11";
    cr_assert_eq(check_arguments(&a), MPS_ERROR_INVALID_ARGUMENT);
    a.session = "{}\0{}";
    a.session_size = 5;
    cr_assert_eq(check_arguments(&a), MPS_ERROR_INVALID_SESSION);
    a.session_size = 2;
    cr_assert_eq(check_arguments(&a), 0);
    a.kind = CALL_WRITE;
    cr_assert_eq(check_arguments(&a), MPS_ERROR_INVALID_REFERENCE);
    a.kind = CALL_GET_ACTIVITIES;
    cr_assert_eq(check_arguments(&a), MPS_ERROR_INVALID_REFERENCE);
    a.scid = a.handle_id;
    cr_assert_eq(check_arguments(&a), MPS_ERROR_INVALID_ARGUMENT);
    a.kind = CALL_ATTACH;
    cr_assert_eq(check_arguments(&a), MPS_ERROR_INVALID_ARGUMENT);
}
