/* SPDX-License-Identifier: MIT */
/* A Criterion case that fails; tools/test has to see it. */
#include <criterion/criterion.h>

Test(planted, fails)
{
    cr_assert_fail("planted");
}
