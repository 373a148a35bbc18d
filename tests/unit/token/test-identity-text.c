/* SPDX-License-Identifier: MIT */
/* Which texts of a stranger may go where. */
#include "token/identity-text.h"

#include <criterion/criterion.h>

Test(identity_text, visible)
{
    cr_assert(identity_text_visible("EMU.X.a1.RETAIL.g1", 100));
    cr_assert(identity_text_visible("!~;\"", 4));
    cr_assert(!identity_text_visible("12345", 4));
    static const char *const bad[] = {"",   " ",    "a b",  "a\r\nX: y", "a\n",
                                      "\t", "\x7f", "\x01", "\xc3\xa4",  "a\xff"};
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        cr_expect(!identity_text_visible(bad[i], 100), "%u", (unsigned)i);
}

Test(identity_text, uri)
{
    static const char *const good[] = {
        "https://www.microsoft.com/link",
        "https://microsoft.com/devicelogin?otc=EMU4TEST&x=1#top",
        "HTTPS://login.live.com/oauth20_remoteconnect.srf?lc=1033&otc=CODE",
        "https://www.example.org:8443/",
        "https://example.org",
        "https://[2001:db8::1]/link",
        "https://[2001:db8::1]:444/link",
        "http://127.0.0.1:8080/link",
        "http://127.3.2.1/link",
        "http://localhost:1/",
        "http://LocalHost",
        "http://[::1]:8080/link",
        "http://[::1]",
        "https://example.org/a@b",
    };
    static const char *const bad[] = {
        "",
        "https://",
        "https:///link",
        "http://",
        "http://www.microsoft.com/link",
        "http://127.0.0.1.example.org/",
        "http://127.1/",
        "http://1.127.0.0/",
        "http://0x7f000001/",
        "http://localhost.example.org/",
        "http://[::2]/",
        "http://[::1].example.org/",
        "http://localhost@example.org/",
        "http://localhost:80@example.org/",
        "https://www.microsoft.com@example.org/link",
        "https://user:1@example.org/",
        "https://example.org:/",
        "https://example.org:port/",
        "https://example.org:123456/",
        "https://[2001:db8::1/link",
        "https://[]/",
        "https://ex ample.org/",
        "https://example.org/a b",
        "https://example.org/\x1b[2J",
        "https://example.org/\n",
        "https://example.org/\"",
        "https://example.org/'",
        "https://example.org/`id`",
        "https://example.org/<a>",
        "https://example.org\\@other.example/",
        "https://ex\xc3\xa4mple.org/",
        "https://example.org/\xe2\x80\xae",
        "https://%65xample.org/",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "ftp://example.org/",
        " https://example.org/",
        "//example.org/",
    };
    for (size_t i = 0; i < ELEMENTS(good); i++)
        cr_expect(identity_text_uri(good[i]), "%s", good[i]);
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        cr_expect(!identity_text_uri(bad[i]), "%s", bad[i]);
    char text[IDENTITY_URI_MAX + 2] = "https://example.org/";
    memset(text + strlen(text), 'a', sizeof text - 1 - strlen(text));
    cr_assert(!identity_text_uri(text));
    text[IDENTITY_URI_MAX] = '\0';
    cr_assert(identity_text_uri(text));
}

Test(identity_text, name)
{
    static const char *const good[] = {"EmuPlayerOne", "Emu Player 1", "\xc3\xa4\xc3\xb6",
                                       "\xe6\xbc\xa2\xe5\xad\x97", "\xc2\xa0"};
    static const char *const bad[] = {"",
                                      "a\nb",
                                      "\x1b[2J",
                                      "\x7f",
                                      "\xc2\x9b[2J",
                                      "\xe2\x80\xae"
                                      "abc",
                                      "a\xe2\x80\xa8",
                                      "\xe2\x81\xa6",
                                      "\xe2\x80\x8b",
                                      "\xff",
                                      "\xc3"};
    for (size_t i = 0; i < ELEMENTS(good); i++)
        cr_expect(identity_text_name(good[i], 20), "%s", good[i]);
    for (size_t i = 0; i < ELEMENTS(bad); i++)
        cr_expect(!identity_text_name(bad[i], 20), "%u", (unsigned)i);
    cr_assert(identity_text_name("12345", 5));
    cr_assert(!identity_text_name("123456", 5));
}

Test(identity_text, error)
{
    cr_assert(identity_text_error("authorization_pending"));
    cr_assert(identity_text_error("x"));
    cr_assert(!identity_text_error(""));
    cr_assert(!identity_text_error("Invalid_grant"));
    cr_assert(!identity_text_error("eyJhbGciOi"));
    cr_assert(!identity_text_error("invalid grant"));
    cr_assert(!identity_text_error("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

Test(identity_text, first_line)
{
    static const struct {
        const char *text, *line;
    } rows[] = {
        {"AADSTS70016: emulator waits. Trace ID: 11111111-0000-4000-8000-000000000001 Timestamp: 2026-01-01 "
         "00:00:05Z",
         "AADSTS70016: emulator waits. Trace ID: 11111111-0000-4000-8000-000000000001 Timestamp: 2026-01-01 "
         "00:00:05Z"},
        {"first\nsecond", "first"},
        {"first\r\nsecond", "first"},
        {"", ""},
        {"\nx", ""},
        {"  a \t b  ", "a b"},
        {"user alice@example.org, unknown", "user *** unknown"},
        {"user <alice%40example.org>", "user ***"},
        {"token eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9 refused", "token *** refused"},
        {"'11111111-0000-4000-8000-000000000001',", "***"},
        {"11111111-0000-4000-8000-000000000001, x", "11111111-0000-4000-8000-000000000001, x"},
        {"11111111-0000-4000-8000-00000000000x", "***"},
        {"a\x1b[2Jb \xc3\xa4", "a?[2Jb ??"},
    };
    char line[200];
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        identity_text_first_line(rows[i].text, line, sizeof line);
        cr_expect_str_eq(line, rows[i].line);
    }
    char small[8];
    identity_text_first_line("abc defg hij", small, sizeof small);
    cr_assert_str_eq(small, "abc");
    identity_text_first_line("abc def ghi", small, sizeof small);
    cr_assert_str_eq(small, "abc def");
    identity_text_first_line("a@b", small, 3);
    cr_assert_str_eq(small, "");
}
