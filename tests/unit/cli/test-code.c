/* SPDX-License-Identifier: MIT */
/* The table of codes, held against what the agent does and how a person writes them. */
#include "cli/code.h"
#include "core/outcome.h"

#include <criterion/criterion.h>
#include <string.h>

static const Code *only(const char *text)
{
    const Code *code = code_find(text, NULL);

    cr_assert_not_null(code, "%s", text);
    cr_assert_null(code_find(text, code), "%s means two things", text);
    return code;
}

static size_t count(const char *text)
{
    size_t found = 0;

    for (const Code *code = code_find(text, NULL); code; code = code_find(text, code))
        found++;
    return found;
}

static CodeFate fate_of(OutcomeClass class)
{
    switch (class) {
    case OUTCOME_APPLIED:
        return CODE_FATE_APPLIED;
    case OUTCOME_MAYBE:
        return CODE_FATE_MAYBE;
    case OUTCOME_REFUSED:
        return CODE_FATE_REFUSED;
    case OUTCOME_THROTTLED:
        return CODE_FATE_THROTTLED;
    case OUTCOME_OUT_OF_SYNC:
        return CODE_FATE_OUT_OF_SYNC;
    default:
        return CODE_FATE_FINAL;
    }
}

Test(code, every_status_means_what_the_agent_does)
{
    char text[8];

    for (unsigned status = 300; status < 600; status++) {
        snprintf(text, sizeof(text), "%u", status);
        CodeFate fate = fate_of(outcome_class(CORE_FATE_ANSWERED, status, status == 503));
        cr_expect_eq(only(text)->fate, fate, "%u: the table says %d, the agent %d", status,
                     (int)only(text)->fate, (int)fate);
    }
    static const char *const good[] = {"200", "201", "202", "204"};
    for (size_t i = 0; i < 4; i++) {
        unsigned status = (unsigned)strtoul(good[i], NULL, 10);
        cr_expect_eq(only(good[i])->fate, fate_of(outcome_class(CORE_FATE_ANSWERED, status, false)), "%u",
                     status);
    }
    /* 1xx is no answer, and of 2xx only those four were ever seen. */
    cr_expect_null(code_find("100", NULL));
    cr_expect_null(code_find("299", NULL));
    cr_expect_null(code_find("600", NULL));
    cr_expect_null(code_find("4040", NULL));
}

Test(code, every_row_can_be_found_and_is_whole)
{
    size_t rows = 0;

    for (const Code *code = code_next(NULL); code; code = code_next(code), rows++) {
        bool found = false;
        for (const Code *other = code_find(code->name, NULL); other; other = code_find(code->name, other)) {
            cr_expect(other == code || other->kind != code->kind, "%s is there twice", code->name);
            found = found || other == code;
        }
        cr_expect(found, "%s", code->name);
        cr_expect_gt(strlen(code->meaning), 10, "%s", code->name);
        cr_expect_not_null(strpbrk(code->meaning + strlen(code->meaning) - 1, "."), "%s: a sentence",
                           code->name);
        cr_expect_not_null(code_kind_name(code->kind));
        cr_expect_eq(code->kind == CODE_HTTP_STATUS, code->fate != CODE_FATE_NONE, "%s", code->name);
        cr_expect_eq(code->fate == CODE_FATE_NONE, code_fate_text(code->fate) == NULL);
    }
    cr_expect_gt(rows, 70);
}

Test(code, as_people_write_them)
{
    static const char *const quota[] = {"QuotaExceeded", "quota-exceeded", "quotaexceeded",
                                        "org.mpsession.Error.QuotaExceeded"};
    for (size_t i = 0; i < 4; i++)
        cr_expect_str_eq(only(quota[i])->name, "QuotaExceeded", "%s", quota[i]);
    cr_expect_str_eq(only("0x80190199")->name, "409");
    cr_expect_str_eq(only("0X801901AD")->name, "429");
    cr_expect_str_eq(only("0x801901a2")->name, "4xx");
    cr_expect_str_eq(only("5xx")->name, "5xx");
    cr_expect_str_eq(only("org.freedesktop.DBus.Error.ServiceUnknown")->name, "ServiceUnknown");
    cr_expect_str_eq(only("org.freedesktop.DBus.Error.Spawn.ChildExited")->name, "Spawn");
    cr_expect_str_eq(only("XblWriteSessionStatus::Conflict")->name, "Conflict");
    cr_expect_str_eq(only("NO-ANSWER")->name, "no-answer");
    static const char *const unknown[] = {"",       "-",          "4",    "40",  "40x9",
                                          "0x8019", "0x80070199", "0x",   "no",  "09",
                                          "-99",    "no answer",  "4xx ", "xxx", "org.mpsession.Error."};
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        cr_expect_null(code_find(unknown[i], NULL), "\"%s\"", unknown[i]);
}

Test(code, a_word_may_mean_several_things)
{
    cr_expect_eq(count("rejected"), 2);
    cr_expect_eq(count("AccessDenied"), 2);
    cr_expect_eq(count("out-of-sync"), 3); /* outcome, error, and the write status OutOfSync */
    cr_expect_eq(count("unknown"), 2);
}
