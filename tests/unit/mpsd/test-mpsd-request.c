/* SPDX-License-Identifier: MIT */
/* Headers and bodies, as the service's own clients send them. */
#include "mpsd/mpsd-request.h"

#include <criterion/criterion.h>

#define SCID "5f2c0100-7e1b-4c57-9d0e-0000665a1be9"

static bool has(const MpsdHeaders *headers, const char *line)
{
    for (size_t i = 0; i < headers->count; i++)
        if (string_equal(headers->lines[i], line))
            return true;
    return false;
}

Test(mpsd_request, headers)
{
    MpsdHeaders headers = {0};
    MpsdRequest request = {.verb = MPSD_WRITE};
    cr_assert_eq(mpsd_request_headers(&request, "XBL3.0 x=1;t", "0.1.0", &headers), 0);
    cr_expect(has(&headers, "x-xbl-contract-version: 107"));
    cr_expect(has(&headers, "Authorization: XBL3.0 x=1;t"));
    cr_expect(has(&headers, "Content-Type: application/json; charset=utf-8"));
    cr_expect(has(&headers, "Accept-Language: en-US"));
    cr_expect(has(&headers, "User-Agent: mpsessiond/0.1.0"));
    cr_expect_eq(headers.count, 5);
    mpsd_request_headers_free(&headers);
    cr_assert_eq(headers.count, 0);
    request.verb = MPSD_READ;
    cr_assert_eq(mpsd_request_headers(&request, "t", "0.1.0", &headers), 0);
    cr_expect_eq(headers.count, 4);
    mpsd_request_headers_free(&headers);
}

Test(mpsd_request, preconditions)
{
    static const struct {
        MpsdPrecondition precondition;
        const char *etag, *line;
    } rows[] = {
        {MPSD_IF_NONE_MATCH_ANY, NULL, "If-None-Match: *"},
        {MPSD_IF_MATCH_ANY, NULL, "If-Match: *"},
        {MPSD_IF_MATCH, "4E6D0C77-9B0B", "If-Match: 4E6D0C77-9B0B"},
        {MPSD_IF_MATCH, "\"quoted\"", "If-Match: \"quoted\""},
        {MPSD_IF_MATCH, "W/\"weak\"", "If-Match: W/\"weak\""},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        MpsdHeaders headers = {0};
        MpsdRequest request = {.precondition = rows[i].precondition, .etag = rows[i].etag};
        cr_assert_eq(mpsd_request_headers(&request, "t", "1", &headers), 0);
        cr_expect(has(&headers, rows[i].line), "%s", rows[i].line);
        mpsd_request_headers_free(&headers);
    }
    static const char *const bad[] = {NULL, "", "a\r\nX: y", "a\nb", "\x7f"};
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        MpsdHeaders headers = {0};
        MpsdRequest request = {.precondition = MPSD_IF_MATCH, .etag = bad[i]};
        cr_expect_eq(mpsd_request_headers(&request, "t", "1", &headers), -EINVAL);
        cr_expect_eq(headers.count, 0);
    }
}

Test(mpsd_request, activity)
{
    char *body = NULL;
    MpsdRequest request = {.verb = MPSD_SET_ACTIVITY, .scid = SCID, .template_name = "t", .name = "n"};
    cr_assert_eq(mpsd_request_body(&request, &body), 0);
    cr_assert_str_eq(body, "{\"type\":\"activity\",\"version\":1,\"sessionRef\":{\"scid\":\"" SCID
                           "\",\"templateName\":\"t\",\"name\":\"n\"}}");
    free(body);
    request.name = "..";
    cr_assert_eq(mpsd_request_body(&request, &body), -EINVAL);
}

Test(mpsd_request, activities)
{
    static const char *const xuids[] = {"2533274900000001", "2533274900000002"};
    static const char *const bad[] = {"2533274900000001", "\"},"};
    char *body = NULL;
    MpsdRequest request = {.verb = MPSD_GET_ACTIVITIES, .scid = SCID, .xuids = xuids, .xuids_count = 2};
    cr_assert_eq(mpsd_request_body(&request, &body), 0);
    cr_assert_str_eq(body, "{\"type\":\"activity\",\"scid\":\"" SCID
                           "\",\"owners\":{\"xuids\":[\"2533274900000001\",\"2533274900000002\"]}}");
    free(body);
    request.xuids = bad;
    cr_assert_eq(mpsd_request_body(&request, &body), -EINVAL);
    request.xuids_count = 0;
    cr_assert_eq(mpsd_request_body(&request, &body), -EINVAL);
    request = (MpsdRequest){.verb = MPSD_WRITE, .scid = SCID};
    cr_assert_eq(mpsd_request_body(&request, &body), -EINVAL);
}
