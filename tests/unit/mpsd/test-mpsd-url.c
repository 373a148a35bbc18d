/* SPDX-License-Identifier: MIT */
/* Paths to the service, and what it says about where a session is. */
#include "mpsd/mpsd-url.h"

#include <criterion/criterion.h>

#define SCID "5f2c0100-7e1b-4c57-9d0e-0000665a1be9"
#define HANDLE "0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001"

static void expect_url(const MpsdRequest *request, const char *expected)
{
    char *url = NULL;
    cr_assert_eq(mpsd_url_build("http://127.0.0.1:1", request, &url), 0);
    cr_assert_str_eq(url, expected);
    free(url);
}

Test(mpsd_url, paths)
{
    MpsdRequest request = {.verb = MPSD_WRITE, .handle_id = HANDLE};
    expect_url(&request, "http://127.0.0.1:1/handles/" HANDLE "/session");
    request.verb = MPSD_READ;
    expect_url(&request, "http://127.0.0.1:1/handles/" HANDLE "/session");
    request = (MpsdRequest){.verb = MPSD_READ, .scid = SCID, .template_name = "quick.match", .name = "a-b_c"};
    expect_url(&request,
               "http://127.0.0.1:1/serviceconfigs/" SCID "/sessionTemplates/quick.match/sessions/a-b_c");
    request.verb = MPSD_SET_ACTIVITY;
    expect_url(&request, "http://127.0.0.1:1/handles");
    request.verb = MPSD_GET_ACTIVITIES;
    expect_url(&request, "http://127.0.0.1:1/handles/query?include=relatedInfo,customProperties");
}

Test(mpsd_url, what_would_change_the_path_is_refused)
{
    static const char *const bad[] = {"", ".", "..", "a/b", "a?b", "a#b", "a%2fb", "a b", "a\nb", "\xc3\xa4"};
    char *url = NULL;
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        MpsdRequest request = {.verb = MPSD_WRITE, .scid = SCID, .template_name = bad[i], .name = "n"};
        cr_expect_eq(mpsd_url_build("http://x", &request, &url), -EINVAL, "%s", bad[i]);
        request = (MpsdRequest){.verb = MPSD_WRITE, .scid = SCID, .template_name = "t", .name = bad[i]};
        cr_expect_eq(mpsd_url_build("http://x", &request, &url), -EINVAL, "%s", bad[i]);
        request = (MpsdRequest){.verb = MPSD_WRITE, .handle_id = bad[i]};
        cr_expect_eq(mpsd_url_build("http://x", &request, &url), -EINVAL, "%s", bad[i]);
        request = (MpsdRequest){.verb = MPSD_WRITE, .scid = bad[i], .template_name = "t", .name = "n"};
        cr_expect_eq(mpsd_url_build("http://x", &request, &url), -EINVAL, "%s", bad[i]);
    }
    MpsdRequest nothing = {.verb = MPSD_WRITE};
    cr_assert_eq(mpsd_url_build("http://x", &nothing, &url), -EINVAL);
    cr_assert_null(url);
}

Test(mpsd_url, content_location)
{
    static const char *const good[] = {
        "/serviceconfigs/" SCID "/sessiontemplates/quickmatch/sessions/name.1",
        "/serviceconfigs/" SCID "/sessionTemplates/quickmatch/sessions/name.1",
        "/ServiceConfigs/" SCID "/SESSIONTEMPLATES/quickmatch/Sessions/name.1",
        "https://sessiondirectory.xboxlive.com/serviceconfigs/" SCID
        "/sessiontemplates/quickmatch/sessions/name.1",
        "HTTP://127.0.0.1:80/serviceconfigs/" SCID "/sessiontemplates/quickmatch/sessions/name.1",
    };
    for (size_t i = 0; i < ELEMENTS(good); i++) {
        MpsdReference reference = {0};
        cr_expect_eq(mpsd_url_parse_location(good[i], &reference), 0, "%s", good[i]);
        cr_expect_str_eq(reference.scid, SCID);
        cr_expect_str_eq(reference.template_name, "quickmatch");
        cr_expect_str_eq(reference.name, "name.1");
    }
}

Test(mpsd_url, content_location_that_is_none)
{
    static const char *const bad[] = {
        "",
        "/",
        "serviceconfigs/" SCID "/sessiontemplates/t/sessions/n",
        "/serviceconfigs/" SCID "/sessiontemplates/t/sessions/",
        "/serviceconfigs/" SCID "/sessiontemplates/t/sessions",
        "/serviceconfigs/" SCID "/sessiontemplates/t/sessions/n/",
        "/serviceconfigs/" SCID "/sessiontemplates/t/sessions/n/members/me",
        "/serviceconfigs/" SCID "/sessiontemplates/t/sessions/n?x",
        "/serviceconfigs/" SCID "/sessiontemplates/t/sessions/n#x",
        "/serviceconfigs/" SCID "/sessiontemplates/t/sessions/n%20x",
        "/serviceconfigs/" SCID "/sessiontemplates/../sessions/n",
        "/serviceconfigs/" SCID "/sessiontemplates/t/sessions/..",
        "/serviceconfigs/" SCID "//sessiontemplates/t/sessions/n",
        "//serviceconfigs/" SCID "/sessiontemplates/t/sessions/n",
        "/serviceconfigs/not-a-guid/sessiontemplates/t/sessions/n",
        "/serviceconfigs/00000000-0000-0000-0000-000000000000/sessiontemplates/t/sessions/n",
        "/x/serviceconfigs/" SCID "/sessiontemplates/t/sessions/n",
        "https://",
        "https:///",
        "https://host",
        "ftp://host/serviceconfigs/" SCID "/sessiontemplates/t/sessions/n",
    };
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        MpsdReference reference = {.name = "kept"};
        cr_expect_eq(mpsd_url_parse_location(bad[i], &reference), -EBADMSG, "%s", bad[i]);
        cr_expect_str_eq(reference.name, "kept");
    }
    char large[4000] = "/serviceconfigs/" SCID "/sessiontemplates/t/sessions/";
    size_t size = strlen(large);
    memset(large + size, 'a', 100);
    MpsdReference reference;
    cr_expect_eq(mpsd_url_parse_location(large, &reference), -EBADMSG);
    memset(large + size, 'a', sizeof large - size - 1);
    cr_expect_eq(mpsd_url_parse_location(large, &reference), -EBADMSG);
}
