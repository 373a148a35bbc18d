/* SPDX-License-Identifier: MIT */
/* Which directories are allowed. */
#include "http/http-url.h"

#include <criterion/criterion.h>

static char message[300];

static int check(const char *text, HttpUrl *url)
{
    memset(message, 0, sizeof message);
    *url = (HttpUrl){0};
    return http_url_check(text, url, message, sizeof message);
}

Test(http_url, allowed)
{
    static const struct {
        const char *text, *base, *pin;
        bool loopback, tls;
    } good[] = {
        {"https://sessiondirectory.xboxlive.com", "https://sessiondirectory.xboxlive.com", "", false, true},
        {"https://sessiondirectory.xboxlive.com/", "https://sessiondirectory.xboxlive.com", "", false, true},
        {"HTTPS://example.org:8443", "https://example.org:8443", "", false, true},
        {"http://127.0.0.1:8080", "http://127.0.0.1:8080", "", true, false},
        {"http://127.0.0.1:8080/", "http://127.0.0.1:8080", "", true, false},
        {"http://127.9.8.7", "http://127.9.8.7", "", true, false},
        {"http://[::1]:80", "http://[::1]:80", "", true, false},
        {"https://[::1]", "https://[::1]", "", true, true},
        {"http://localhost", "http://localhost", "localhost:80:127.0.0.1,::1", true, false},
        {"http://LOCALHOST:9", "http://LOCALHOST:9", "localhost:9:127.0.0.1,::1", true, false},
        {"https://localhost", "https://localhost", "localhost:443:127.0.0.1,::1", true, true},
    };
    for (size_t i = 0; i < ELEMENTS(good); i++) {
        HttpUrl url;
        cr_expect_eq(check(good[i].text, &url), 0, "%s: %s", good[i].text, message);
        cr_expect_str_eq(url.base, good[i].base);
        cr_expect_str_eq(url.pin, good[i].pin);
        cr_expect_eq(url.loopback, good[i].loopback, "%s", good[i].text);
        cr_expect_eq(url.tls, good[i].tls, "%s", good[i].text);
    }
}

Test(http_url, refused)
{
    static const char *const bad[] = {
        "",
        "localhost",
        "127.0.0.1:80",
        "//127.0.0.1",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "unix:///run/x",
        "http://example.org",
        "http://192.168.0.1",
        "http://10.127.0.0.1",
        "http://128.0.0.1",
        "http://0.0.0.0",
        "http://[::]",
        "http://[::2]",
        "http://[::1%25lo]",
        "http://[fe80::1%25eth0]",
        "http://[::ffff:127.0.0.1]",
        "http://localhost.example.org",
        "http://localhost.",
        "http://127.0.0.1.example.org",
        "http://127.0.0.1@example.org",
        "http://user@127.0.0.1",
        "http://user:secret@127.0.0.1",
        "http://:secret@127.0.0.1",
        "https://user@example.org",
        "https://example.org/path",
        "https://example.org//",
        "https://example.org/?q",
        "https://example.org?q",
        "https://example.org#f",
        "https://example.org/#",
        "https://exa mple.org",
        "https://example.org\\@evil.example",
        "https://example.org\n",
        "https://exam\tple.org",
        "https://ex\x7f.org",
        "https://b\303\274cher.example",
        "https://example.org:99999",
        "https://example.org:-1",
        "https://%31%32%37.0.0.1%00",
        "https://",
        "http://localhost%2eexample.org",
    };
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        HttpUrl url;
        cr_expect_eq(check(bad[i], &url), -EINVAL, "%s was allowed as %s", bad[i], url.base);
        cr_expect_neq(message[0], '\0');
        cr_expect_null(strstr(message, "secret"), "%s", message);
    }
    HttpUrl url;
    cr_expect_eq(check(NULL, &url), -EINVAL);
    char large[2000] = "https://";
    memset(large + 8, 'a', sizeof large - 9);
    cr_expect_eq(check(large, &url), -EINVAL);
}

Test(http_url, shortened_addresses_are_what_they_resolve_to)
{
    /* libcurl makes 127.0.0.1 of it, and that is where it connects. */
    HttpUrl url;
    cr_assert_eq(check("http://127.1:80", &url), 0, "%s", message);
    cr_assert_str_eq(url.base, "http://127.0.0.1:80");
    cr_assert_eq(check("http://0x7f000001", &url), 0, "%s", message);
    cr_assert_str_eq(url.base, "http://127.0.0.1");
    cr_assert_eq(check("http://2130706434x", &url), -EINVAL);
    cr_assert_eq(check("http://3232235521", &url), -EINVAL, "192.168.0.1 is elsewhere");
}
