/* SPDX-License-Identifier: MIT */
/* Fixed tokens. */
#include "token/token.h"

#include <criterion/criterion.h>
#include <stdio.h>

static Tokens *tokens;

static void setup(void)
{
    cr_assert_eq(tokens_new(&tokens), 0);
}

static void teardown(void)
{
    tokens = tokens_free(tokens);
}

TestSuite(token, .init = setup, .fini = teardown);

Test(token, value_of_the_header)
{
    Token token = {0};
    const char *reason = NULL;
    TokenWait *wait = NULL;
    cr_assert_eq(tokens_add_fixed(tokens, "2533274900000001:abc:def=="), 0);
    cr_assert_eq(token_get(tokens, "2533274900000001", 7, &token, NULL, NULL, &wait, &reason), TOKEN_READY);
    cr_assert_str_eq(token.authorization, "XBL3.0 x=2533274900000001;abc:def==");
    cr_assert_not(token.bound);
    cr_assert_not(token_refused(tokens, "2533274900000001", 7, token.generation), "there is no better one");
    cr_assert_eq(token_get(tokens, "2533274900000002", 7, &token, NULL, NULL, &wait, &reason), TOKEN_E_USER);
    cr_assert_not_null(strstr(reason, "sign-in"));
    cr_assert_null(wait);
}

Test(token, only_account)
{
    cr_assert_null(tokens_only_account(tokens));
    cr_assert_eq(tokens_add_fixed(tokens, "1:a"), 0);
    cr_assert_str_eq(tokens_only_account(tokens), "1");
    cr_assert_eq(tokens_add_fixed(tokens, "2:b"), 0);
    cr_assert_null(tokens_only_account(tokens));
    cr_assert_str_eq(tokens_fixed(tokens, 1), "2");
    cr_assert_null(tokens_fixed(tokens, 2));
    cr_assert(tokens_known(tokens, "2") && !tokens_known(tokens, "3"));
}

Test(token, wrong_forms)
{
    static const char *const bad[] = {"",           ":",
                                      "1",          "1:",
                                      ":a",         "x:a",
                                      "01:a",       "-1:a",
                                      "0:a",        "99999999999999999999:a",
                                      "1:a b",      "1:a\nX: y",
                                      "1:a\rb",     "1:\x7f",
                                      "1:\xc3\xa4", "123456789012345678901234567890:a"};
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        cr_expect_eq(tokens_add_fixed(tokens, bad[i]), -EINVAL, "%s", bad[i]);
    cr_assert_null(tokens_fixed(tokens, 0));
}

Test(token, limits)
{
    cr_assert_eq(tokens_add_fixed(tokens, "1:a"), 0);
    cr_assert_eq(tokens_add_fixed(tokens, "1:b"), -EEXIST);
    char text[32];
    for (unsigned n = 2; n <= 64; n++) {
        snprintf(text, sizeof text, "%u:t", n);
        cr_assert_eq(tokens_add_fixed(tokens, text), 0);
    }
    cr_assert_eq(tokens_add_fixed(tokens, "65:t"), -E2BIG);
}
