/* SPDX-License-Identifier: MIT */
/* The table of XErr numbers, each row of it. */
#include "token/xerr.h"

#include <criterion/criterion.h>

#define START "https://start.ui.xboxlive.com/"

/* Written down a second time, from the last two digits of the hexadecimal numbers. */
static const struct {
    uint8_t low;
    XErrClass class;
    const char *name, *redirect;
} expected[] = {
    {0x00, XERR_CONFIG, "DEVMODE_NOT_AUTHORIZED", NULL},
    {0x01, XERR_DENIED, "SYSTEM_UPDATE_REQUIRED", NULL},
    {0x02, XERR_DENIED, "CONTENT_UPDATE_REQUIRED", NULL},
    {0x03, XERR_DENIED, "ENFORCEMENT_BAN", START "enforcement"},
    {0x04, XERR_DENIED, "THIRD_PARTY_BAN", NULL},
    {0x05, XERR_USER_ACTION, "ACCOUNT_PARENTALLY_RESTRICTED", NULL},
    {0x06, XERR_DENIED, "DEVICE_SUBSCRIPTION_NOT_ACTIVE", NULL},
    {0x08, XERR_USER_ACTION, "ACCOUNT_BILLING_MAINTENANCE_REQUIRED", NULL},
    {0x09, XERR_USER_ACTION, "ACCOUNT_CREATION_REQUIRED", START "CreateAccount"},
    {0x0a, XERR_USER_ACTION, "ACCOUNT_TERMS_OF_USE_NOT_ACCEPTED", NULL},
    {0x0b, XERR_DENIED, "ACCOUNT_COUNTRY_NOT_AUTHORIZED", NULL},
    {0x0c, XERR_USER_ACTION, "ACCOUNT_AGE_VERIFICATION_REQUIRED", NULL},
    {0x0d, XERR_USER_ACTION, "ACCOUNT_CURFEW", NULL},
    {0x0e, XERR_USER_ACTION, "ACCOUNT_CHILD_NOT_IN_FAMILY", START "AddChildToFamily"},
    {0x0f, XERR_USER_ACTION, "ACCOUNT_CSV_TRANSITION_REQUIRED", NULL},
    {0x10, XERR_USER_ACTION, "ACCOUNT_MAINTENANCE_REQUIRED", NULL},
    {0x11, XERR_CONFIG, "ACCOUNT_TYPE_NOT_ALLOWED", NULL},
    {0x12, XERR_CONFIG, "CONTENT_ISOLATION", NULL},
    {0x13, XERR_USER_ACTION, "ACCOUNT_NAME_CHANGE_REQUIRED", NULL},
    {0x14, XERR_USER_ACTION, "DEVICE_CHALLENGE_REQUIRED", NULL},
    {0x16, XERR_USER_ACTION, "SIGNIN_COUNT_BY_DEVICE_TYPE_EXCEEDED", NULL},
    {0x17, XERR_USER_ACTION, "PIN_CHALLENGE_REQUIRED", NULL},
    {0x18, XERR_CONFIG, "RETAIL_ACCOUNT_NOT_ALLOWED", NULL},
    {0x19, XERR_CONFIG, "SANDBOX_NOT_ALLOWED", NULL},
    {0x1a, XERR_TRANSIENT, "ACCOUNT_SERVICE_UNAVAILABLE_UNKNOWN_USER", NULL},
    {0x1b, XERR_DENIED, "GREEN_SIGNED_CONTENT_NOT_AUTHORIZED", NULL},
    {0x1c, XERR_DENIED, "CONTENT_NOT_AUTHORIZED", NULL},
    {0x1e, XERR_REBUILD_ALL, "TITLE_USAGE_BY_DEVICE_EXCEEDED", NULL},
    {0x1f, XERR_UNKNOWN, "EXPIRED_SERVICE_TOKEN", NULL},
    {0x20, XERR_REBUILD_DEVICE, "EXPIRED_DEVICE_TOKEN", NULL},
    {0x21, XERR_REBUILD_TITLE, "EXPIRED_TITLE_TOKEN", NULL},
    {0x22, XERR_REBUILD_USER, "EXPIRED_USER_TOKEN", NULL},
    {0x23, XERR_REBUILD_DEVICE, "INVALID_DEVICE_TOKEN", NULL},
    {0x24, XERR_REBUILD_TITLE, "INVALID_TITLE_TOKEN", NULL},
    {0x25, XERR_REBUILD_USER, "INVALID_USER_TOKEN", NULL},
    {0x26, XERR_REBUILD_USER, "INVALID_USER_TOKEN_26", NULL},
    {0x27, XERR_REBUILD_USER, "INVALID_USER_TOKEN_27", NULL},
    {0x31, XERR_TRANSIENT, "AUTHENTICATION_OUTAGE_31", NULL},
    {0x32, XERR_TRANSIENT, "AUTHENTICATION_OUTAGE_32", NULL},
};

Test(xerr, every_row)
{
    size_t count;
    const XErr *rows = xerr_rows(&count);
    cr_assert_eq(count, ELEMENTS(expected));
    for (size_t i = 0; i < count; i++) {
        const XErr *row = xerr_find(0x8015dc00u + expected[i].low);
        cr_expect_eq(row, &rows[i], "%02x", expected[i].low);
        cr_expect_eq(row->number, 0x8015dc00u + expected[i].low);
        cr_expect_eq(row->class, expected[i].class, "%02x", expected[i].low);
        cr_expect_str_eq(row->name, expected[i].name);
        cr_expect_eq(row->redirect != NULL, expected[i].redirect != NULL);
        if (row->redirect && expected[i].redirect)
            cr_expect_str_eq(row->redirect, expected[i].redirect);
    }
}

Test(xerr, sentences)
{
    size_t count;
    const XErr *rows = xerr_rows(&count);
    for (size_t i = 0; i <= count; i++) {
        const XErr *row = i < count ? &rows[i] : xerr_find(0);
        size_t size = strlen(row->sentence);
        cr_expect(size > 20 && size < 200 && strchr(".?", row->sentence[size - 1]), "%s", row->name);
        for (const char *c = row->sentence; *c; c++)
            cr_expect(*c >= 0x20 && *c < 0x7f, "%s", row->name);
        /* One that sends people to a page has to say so. */
        if (row->redirect)
            cr_expect_not_null(strstr(row->sentence, "the page"), "%s", row->name);
    }
}

Test(xerr, what_is_not_in_the_table)
{
    static const uint32_t numbers[] = {0,          1,          2148916223, 2148916231,
                                       2148916245, 2148916253, 2148916264, UINT32_MAX};
    for (size_t i = 0; i < ELEMENTS(numbers); i++) {
        cr_expect_eq(xerr_find(numbers[i])->class, XERR_UNKNOWN);
        cr_expect_eq(xerr_find(numbers[i])->number, 0);
        cr_expect_null(xerr_find(numbers[i])->redirect);
    }
}

Test(xerr, words)
{
    cr_assert_eq(xerr_find_word("Msft_ban")->number, 2148916227);
    cr_assert_eq(xerr_find_word("msft_ban")->number, 2148916227);
    cr_assert_eq(xerr_find_word("account_age_verification_required")->number, 2148916236);
    cr_assert_eq(xerr_find_word("title_usage_by_device_exceeded")->number, 2148916254);
    cr_assert_null(xerr_find_word("invalid_request_signature"));
    cr_assert_null(xerr_find_word(""));
}
