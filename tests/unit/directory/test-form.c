/* SPDX-License-Identifier: MIT */
/* Forms are read strictly: what a client encodes wrongly shows here, not in the real service. */
#include <criterion/criterion.h>
#include <string.h>

#include "directory/form.h"
#include "directory/util.h"

static json_t *parse(const char *body)
{
    return form_parse(body, strlen(body));
}

Test(form, fields)
{
    OWN_JSON json_t *form =
        parse("a=1&scope=XboxLive.signin%20offline_access&b=x+y&c=&%C3%A9=%E2%82%AC&d=service::a");

    cr_assert_eq(json_object_size(form), 6);
    cr_assert_str_eq(json_text(form, "scope", ""), "XboxLive.signin offline_access");
    cr_assert_str_eq(json_text(form, "b", ""), "x y");
    cr_assert_str_eq(json_text(form, "c", "-"), "");
    cr_assert_str_eq(json_text(form, "\xC3\xA9", ""), "\xE2\x82\xAC");
    cr_assert_str_eq(json_text(form, "d", ""), "service::a");
}

Test(form, nothing_is_an_empty_form)
{
    OWN_JSON json_t *form = parse("");

    cr_assert_eq(json_object_size(form), 0);
    cr_assert(json_is_object(form));
}

Test(form, refused)
{
    static const char *const wrong[] = {
        "a",     "=1",   "a=1&",  "&a=1",      "a=1&&b=2",   "a=1&a=2", "a=1&%61=2",
        "a=%",   "a=%4", "a=%g0", "a=%00",     "a=\xC3\xA9", "a=%FF",   "a=%C3",
        "a=x y", "a=\n", "a=<",   "{\"a\":1}", "a=b=c",      "a=\"b\"",
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        OWN_JSON json_t *form = parse(wrong[i]);

        cr_assert_null(form, "%s", wrong[i]);
    }
}

Test(form, too_many_fields)
{
    OWN_TEXT char *body = memory_new(8 * (FORM_FIELDS_MAX + 1) + 1);
    OWN_JSON json_t *form = NULL, *longer = NULL;

    for (int i = 0; i < FORM_FIELDS_MAX; i++)
        sprintf(body + strlen(body), "%sf%d=", i ? "&" : "", i);
    form = parse(body);
    cr_assert_eq(json_object_size(form), FORM_FIELDS_MAX);
    strcat(body, "&g=");
    longer = parse(body);
    cr_assert_null(longer);
}

Test(form, media)
{
    cr_assert(form_media_is("application/json", "application/json"));
    cr_assert(form_media_is("Application/JSON; charset=UTF-8", "application/json"));
    cr_assert(form_media_is("application/json ;charset=\"utf-8\"", "application/json"));
    cr_assert_not(form_media_is(NULL, "application/json"));
    cr_assert_not(form_media_is("", "application/json"));
    cr_assert_not(form_media_is("application/jsonp", "application/json"));
    cr_assert_not(form_media_is("application/json; charset=latin1", "application/json"));
    cr_assert_not(form_media_is("text/plain", "application/json"));
}
