/* SPDX-License-Identifier: MIT */
/* The words' tables against the public enums. This file knows the enums; the words are spelt out. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "client-words.h"
#include "mpsession/mpsession.h"

Test(words, outcomes)
{
    cr_assert_eq(words_to_outcome("applied"), MPS_OUTCOME_APPLIED);
    cr_assert_eq(words_to_outcome("out-of-sync"), MPS_OUTCOME_OUT_OF_SYNC);
    cr_assert_eq(words_to_outcome("rejected"), MPS_OUTCOME_REJECTED);
    cr_assert_eq(words_to_outcome("expired"), MPS_OUTCOME_EXPIRED);
    cr_assert_eq(words_to_outcome("cancelled"), MPS_OUTCOME_CANCELLED);
    cr_assert_eq(words_to_outcome("superseded"), MPS_OUTCOME_SUPERSEDED);
    cr_assert_eq(words_to_outcome("unknown"), MPS_OUTCOME_UNKNOWN);
    cr_assert_eq(words_to_outcome("Applied"), -1);
    cr_assert_eq(words_to_outcome(""), -1);
    cr_assert_eq(words_to_outcome(NULL), -1);
    cr_assert_eq(words_to_applied("no"), MPS_APPLIED_NO);
    cr_assert_eq(words_to_applied("yes"), MPS_APPLIED_YES);
    cr_assert_eq(words_to_applied("unknown"), MPS_APPLIED_UNKNOWN);
    cr_assert_eq(words_to_applied(NULL), -1);
}

Test(words, write_status)
{
    cr_assert_eq(words_to_write_status("Unknown"), MPS_STATUS_UNKNOWN);
    cr_assert_eq(words_to_write_status("AccessDenied"), MPS_STATUS_ACCESS_DENIED);
    cr_assert_eq(words_to_write_status("Created"), MPS_STATUS_CREATED);
    cr_assert_eq(words_to_write_status("Conflict"), MPS_STATUS_CONFLICT);
    cr_assert_eq(words_to_write_status("HandleNotFound"), MPS_STATUS_HANDLE_NOT_FOUND);
    cr_assert_eq(words_to_write_status("OutOfSync"), MPS_STATUS_OUT_OF_SYNC);
    cr_assert_eq(words_to_write_status("SessionDeleted"), MPS_STATUS_SESSION_DELETED);
    cr_assert_eq(words_to_write_status("Updated"), MPS_STATUS_UPDATED);
}

Test(words, modes_and_durability)
{
    cr_assert_str_eq(words_from_mode(MPS_CREATE_NEW), "create-new");
    cr_assert_str_eq(words_from_mode(MPS_UPDATE_OR_CREATE_NEW), "update-or-create-new");
    cr_assert_str_eq(words_from_mode(MPS_UPDATE_EXISTING), "update-existing");
    cr_assert_str_eq(words_from_mode(MPS_SYNCHRONIZED_UPDATE), "synchronized-update");
    cr_assert_null(words_from_mode(4));
    cr_assert_null(words_from_mode(-1));
    cr_assert_null(words_from_durability(MPS_DURABILITY_DEFAULT));
    cr_assert_str_eq(words_from_durability(MPS_DURABILITY_POWER), "power");
    cr_assert_str_eq(words_from_durability(MPS_DURABILITY_CRASH), "crash");
    cr_assert_str_eq(words_from_durability(MPS_DURABILITY_NONE), "none");
}

Test(words, errors)
{
    static const struct {
        const char *name;
        const char *code;
        int error;
    } rows[] = {
        {"InvalidHandle", "invalid-handle", MPS_ERROR_INVALID_HANDLE},
        {"InvalidReference", "invalid-reference", MPS_ERROR_INVALID_REFERENCE},
        {"InvalidSession", "invalid-session", MPS_ERROR_INVALID_SESSION},
        {"InvalidOption", "invalid-option", MPS_ERROR_INVALID_OPTION},
        {"IdReused", "id-reused", MPS_ERROR_ID_REUSED},
        {"TooLarge", "too-large", MPS_ERROR_TOO_LARGE},
        {"QuotaExceeded", "quota-exceeded", MPS_ERROR_QUOTA},
        {"NeedsSignIn", "needs-sign-in", MPS_ERROR_NEEDS_SIGN_IN},
        {"NoSuchRequest", "no-such-request", MPS_ERROR_NO_SUCH_REQUEST},
        {"AccessDenied", "access-denied", MPS_ERROR_ACCESS_DENIED},
        {"StoreFailed", "store-failed", MPS_ERROR_STORE_FAILED},
    };
    char name[100];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(name, sizeof(name), "org.mpsession.Error.%s", rows[i].name);
        cr_assert_eq(words_to_error(name), rows[i].error, "%s", name);
        cr_assert_str_eq(words_from_error(rows[i].error), rows[i].code);
    }
    cr_assert_eq(words_to_error("org.mpsession.Error.New"), MPS_ERROR_INTERNAL);
    cr_assert_eq(words_to_error("org.freedesktop.DBus.Error.UnknownMethod"), MPS_ERROR_INTERNAL);
    cr_assert_eq(words_to_error("org.freedesktop.DBus.Error.AccessDenied"), MPS_ERROR_NO_AGENT);
    cr_assert_eq(words_to_error("org.freedesktop.DBus.Error.LimitsExceeded"), MPS_ERROR_QUOTA);
    cr_assert_eq(words_to_error(NULL), MPS_ERROR_INTERNAL);
    cr_assert_str_eq(words_from_error(MPS_ERROR_NO_AGENT), "no-agent");
    cr_assert_str_eq(words_from_error(MPS_ERROR_AGENT_LOST), "agent-lost");
    cr_assert_str_eq(words_from_error(MPS_ERROR_LOST), "lost");
    cr_assert_str_eq(words_from_error(MPS_ERROR_INTERNAL), "internal");
    cr_assert_str_eq(words_from_error(MPS_OK), "");
    cr_assert_str_eq(words_from_error(-1000), "internal");
    cr_assert_str_eq(words_from_error(1), "internal");
}

Test(words, every_error_has_a_sentence)
{
    for (int error = MPS_OK; error > MPS_ERROR_INTERNAL; error--)
        cr_assert_neq(mps_error_text(error), mps_error_text(MPS_ERROR_INTERNAL), "%d", error);
    cr_assert_not_null(mps_error_text(7));
}

Test(words, losses)
{
    cr_assert_eq(words_to_loss("org.freedesktop.DBus.Error.NoReply"), WORDS_LOSS_UNCERTAIN);
    cr_assert_eq(words_to_loss("org.freedesktop.DBus.Error.ServiceUnknown"), WORDS_LOSS_UNSENT);
    cr_assert_eq(words_to_loss("org.freedesktop.DBus.Error.NameHasNoOwner"), WORDS_LOSS_UNSENT);
    cr_assert_eq(words_to_loss("org.mpsession.Error.ShuttingDown"), WORDS_LOSS_LEAVING);
    cr_assert_eq(words_to_loss("org.mpsession.Error.IdReused"), WORDS_LOSS_NONE);
    cr_assert_eq(words_to_loss(NULL), WORDS_LOSS_NONE);
}
