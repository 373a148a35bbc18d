/* SPDX-License-Identifier: MIT */
/* agent.conf and the command line. */
#include "config.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>

static char folder[] = "/tmp/mps-test-config-XXXXXX";
static char file[64];
static Config config;
static char message[600];

static void open_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/agent.conf", folder);
    setenv("XDG_CONFIG_HOME", folder, 1);
    setenv("XDG_STATE_HOME", folder, 1);
    cr_assert_eq(config_init(&config), 0);
}

static void close_folder(void)
{
    char own[96];
    snprintf(own, sizeof own, "%s/mpsession/agent.conf", folder);
    unlink(own);
    snprintf(own, sizeof own, "%s/mpsession", folder);
    rmdir(own);
    unlink(file);
    rmdir(folder);
    config_clear(&config);
}

TestSuite(config, .init = open_folder, .fini = close_folder);

static int read_text(const char *text)
{
    FILE *stream = fopen(file, "w");
    cr_assert_not_null(stream);
    fputs(text, stream);
    cr_assert_eq(fclose(stream), 0);
    message[0] = '\0';
    return config_read_file(&config, file, message, sizeof message);
}

static void assert_wrong(const char *text, unsigned line, const char *word)
{
    char place[100];
    config_clear(&config);
    cr_assert_eq(config_init(&config), 0);
    cr_assert_eq(read_text(text), CONFIG_E_WRONG, "was taken: %s", text);
    snprintf(place, sizeof place, "%s:%u: ", file, line);
    cr_assert_eq(strncmp(message, place, strlen(place)), 0, "'%s' does not name line %u", message, line);
    cr_assert_not_null(strstr(message, word), "'%s' does not say %s", message, word);
}

Test(config, all_keys)
{
    cr_assert_eq(
        read_text("# agent.conf\n[Directory]\nUrl=http://127.0.0.1:8080\nCaFile=/etc/hostname\n"
                  "Proxy=http://proxy:3128\n\n[Identity]\nDefaultAccount = 2533274790000000\n[Queue]\n"
                  "IdleExitSec=60\n[Limits]\nRequests=5\nBytes=1G\nAppRequests=6\nAppBytes=3M\nUnstored=7\n"
                  "Burst=0\nSustained=1000\n"),
        0, "%s", message);
    cr_assert_str_eq(config.directory_url, "http://127.0.0.1:8080");
    cr_assert_str_eq(config.ca_file, "/etc/hostname");
    cr_assert_str_eq(config.proxy, "http://proxy:3128");
    cr_assert_str_eq(config.default_account, "2533274790000000");
    cr_assert_eq(config.idle_exit_usec, 60 * USEC_PER_SEC);
    cr_assert_eq(config.limits.requests_max, 5);
    cr_assert_eq(config.limits.bytes_max, 1ULL << 30);
    cr_assert_eq(config.limits.app_requests_max, 6);
    cr_assert_eq(config.limits.app_bytes_max, 3ULL << 20);
    cr_assert_eq(config.limits.owner_unstored_max, 7);
    cr_assert_eq(config.limits.burst, 0);
    cr_assert_eq(config.limits.sustained, 1000);
    cr_assert_eq(config_check(&config, message, sizeof message), 0, "%s", message);
    cr_assert(config.directory_loopback);
}

Test(config, who_signs_in_as_what)
{
    cr_assert_eq(read_text("[Identity]\nUrl=http://127.0.0.1:9\nCaFile=/etc/hostname\nProxy=http://p:1\n"
                           "ClientId=01234567-89ab-cdef-0123-456789abcdef\nSandbox=ABC.1\n"
                           "RelyingParty=http://rp.example/\nDeviceToken=yes\nTitleToken=no\n"
                           "[Title 1717113001]\nClientId=0123456789abcdef\nTitleToken=yes\n"),
                 0, "%s", message);
    cr_assert_str_eq(config.identity.url, "http://127.0.0.1:9");
    cr_assert_str_eq(config.identity.ca_file, "/etc/hostname");
    cr_assert_str_eq(config.identity.proxy, "http://p:1");
    TokenChoice all = settings_choice(&config.identity, 0),
                title = settings_choice(&config.identity, 1717113001);
    cr_assert_str_eq(all.client_id, "01234567-89ab-cdef-0123-456789abcdef");
    cr_assert(all.device && !all.title);
    cr_assert_str_eq(title.client_id, "0123456789abcdef");
    cr_assert_str_eq(title.sandbox, "ABC.1");
    cr_assert_str_eq(title.relying_party, "http://rp.example/");
    cr_assert(title.title);
    cr_assert_eq(config_check(&config, message, sizeof message), 0, "%s", message);
    cr_assert(config.identity.loopback);
}

Test(config, a_directory_on_this_machine_is_an_identity_service_too)
{
    cr_assert_eq(read_text("[Directory]\nUrl=http://localhost:1\nCaFile=/etc/hostname\n"), 0);
    cr_assert_eq(config_check(&config, message, sizeof message), 0, "%s", message);
    cr_assert_str_eq(config.identity.url, "http://localhost:1");
    cr_assert_str_eq(config.identity.ca_file, "/etc/hostname");
    cr_assert_not_null(settings_choice(&config.identity, 0).client_id);
    cr_assert_eq(read_text("[Identity]\nUrl=http://example.org\n"), 0);
    cr_assert_eq(config_check(&config, message, sizeof message), CONFIG_E_WRONG);
    cr_assert_not_null(strstr(message, "identity"), "%s", message);
}

Test(config, empty)
{
    cr_assert_eq(read_text(""), 0);
    cr_assert_str_eq(config.directory_url, CONFIG_DIRECTORY_URL);
    cr_assert_eq(config.idle_exit_usec, CONFIG_IDLE_EXIT_USEC);
}

Test(config, wrong)
{
    assert_wrong("[Directory]\nUlr=https://x\n", 2, "Ulr");
    assert_wrong("\n\n[Directroy]\nUrl=https://x\n", 4, "Directroy");
    assert_wrong("Url=https://x\n", 1, "section");
    assert_wrong("[Directory]\nUrl=\n", 2, "Url");
    assert_wrong("[Queue]\nIdleExitSec=0\n", 2, "IdleExitSec");
    assert_wrong("[Queue]\nIdleExitSec=-1\n", 2, "IdleExitSec");
    assert_wrong("[Queue]\nIdleExitSec=5min\n", 2, "IdleExitSec");
    assert_wrong("[Limits]\nBytes=1\n", 2, "Bytes");
    assert_wrong("[Limits]\nBytes=99999999999999999999\n", 2, "Bytes");
    assert_wrong("[Limits]\nBytes=17179869184G\n", 2, "Bytes");
    assert_wrong("[Limits]\nRequests=0\n", 2, "Requests");
    assert_wrong("[Limits]\nRequests=1K\n", 2, "Requests");
    assert_wrong("[Limits]\nBurst=x\n", 2, "Burst");
    assert_wrong("[Identity]\nDefaultAccount=me\n", 2, "DefaultAccount");
    assert_wrong("[Identity]\nClientSecret=x\n", 2, "ClientSecret");
    assert_wrong("[Identity]\nClientId=x\n", 2, "ClientId");
    assert_wrong("[Identity]\nDeviceToken=maybe\n", 2, "DeviceToken");
    assert_wrong("[Title 0]\nSandbox=X\n", 2, "Title 0");
    assert_wrong("[Title 4294967296]\nSandbox=X\n", 2, "Title");
    assert_wrong("[Title x]\nSandbox=X\n", 2, "Title x");
    assert_wrong("[Title 7]\nUrl=https://x\n", 2, "Url");
    assert_wrong("[Limits]\nBurst=3001\n", 2, "Burst");
    assert_wrong("[Directory]\nnonsense\n", 2, "Key=value");
    assert_wrong("[Directory\nUrl=https://x\n", 1, "[Section]");
}

Test(config, long_lines_are_refused)
{
    char text[1000] = "[Directory]\nUrl=https://";
    memset(text + strlen(text), 'a', 400);
    strcat(text, "\n");
    assert_wrong(text, 2, "longer");
}

static int load(int count, char **arguments)
{
    message[0] = '\0';
    return config_load(&config, count, arguments, message, sizeof message);
}

Test(config, options_win)
{
    cr_assert_eq(read_text("[Directory]\nUrl=https://file.example\n"), 0);
    char token[] = "2533274790000000:secret-token", url[] = "http://127.0.0.1:1", state[] = "/nowhere";
    char *arguments[] = {(char[]){"mpsessiond"},
                         (char[]){"--config"},
                         file,
                         (char[]){"--directory-url"},
                         url,
                         (char[]){"--state-dir"},
                         state,
                         (char[]){"--fixed-token"},
                         token,
                         NULL};
    cr_assert_eq(load(9, arguments), 0, "%s", message);
    cr_assert_str_eq(config.directory_url, url);
    cr_assert_str_eq(config.state_dir, "/nowhere");
    cr_assert_str_eq(config.file, file);
    cr_assert_str_eq(tokens_fixed(config.tokens, 0), "2533274790000000");
    cr_assert_null(tokens_fixed(config.tokens, 1));
    cr_assert_str_eq(token, "", "the token is still in argv");
}

Test(config, own_file_is_found)
{
    char own[96];
    snprintf(own, sizeof own, "%s/mpsession", folder);
    cr_assert_eq(mkdir(own, 0700), 0);
    snprintf(own, sizeof own, "%s/mpsession/agent.conf", folder);
    FILE *stream = fopen(own, "w");
    fputs("[Queue]\nIdleExitSec=7\n", stream);
    fclose(stream);
    char *arguments[] = {(char[]){"mpsessiond"}, NULL};
    cr_assert_eq(load(1, arguments), 0, "%s", message);
    cr_assert_eq(config.idle_exit_usec, 7 * USEC_PER_SEC);
    cr_assert_str_eq(config.file, own);
    char state[96];
    snprintf(state, sizeof state, "%s/mpsession", folder);
    cr_assert_str_eq(config.state_dir, state);
}

#define assert_load(expected, word, ...)                                                                     \
    do {                                                                                                     \
        char *arguments[] = {(char[]){"mpsessiond"}, __VA_ARGS__, NULL};                                     \
        config_clear(&config);                                                                               \
        cr_assert_eq(config_init(&config), 0);                                                               \
        cr_assert_eq(load((int)ELEMENTS(arguments) - 1, arguments), expected, "%s", message);                \
        cr_assert_not_null(strstr(message, word), "'%s' does not say %s", message, word);                    \
    } while (0)

Test(config, refused)
{
    assert_load(CONFIG_E_USAGE, "argument 1", (char[]){"--nonsense"});
    assert_load(CONFIG_E_USAGE, "argument 1", (char[]){"extra"});
    assert_load(CONFIG_E_USAGE, "without its value", (char[]){"--config"});
    assert_load(CONFIG_E_USAGE, "XUID:TOKEN", (char[]){"--fixed-token"}, (char[]){"secret"});
    cr_assert_null(strstr(message, "secret"));
    assert_load(CONFIG_E_USAGE, "argument 1", (char[]){"--fixed-tokn=1:secret"});
    cr_assert_null(strstr(message, "secret"));
    assert_load(CONFIG_E_WRONG, "/nowhere/at/all", (char[]){"--config"}, (char[]){"/nowhere/at/all"});
    assert_load(CONFIG_E_WRONG, "loopback", (char[]){"--fixed-token"}, (char[]){"1:x"});
    assert_load(CONFIG_E_WRONG, "URL", (char[]){"--directory-url"}, (char[]){"http://example.com"});
    assert_load(CONFIG_E_WRONG, "URL", (char[]){"--directory-url"}, (char[]){"nonsense"});
}

Test(config, limits_are_the_services)
{
    cr_assert_eq(read_text("[Limits]\nBurst=30\n"), 0);
    cr_assert_eq(config_check(&config, message, sizeof message), CONFIG_E_WRONG);
    cr_assert_eq(read_text("[Limits]\nBurst=0\n"), 0);
    cr_assert_eq(config_check(&config, message, sizeof message), CONFIG_E_WRONG);
    cr_assert_eq(read_text("[Limits]\nBurst=10\nSustained=290\n"), 0);
    cr_assert_eq(config_check(&config, message, sizeof message), 0);
}
