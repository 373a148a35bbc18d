/* SPDX-License-Identifier: MIT */
/* What a user may set of the identity service. */
#include "token/settings.h"

#include "token/identity.h"

#include <stdio.h>

#define VALUE_MAX 150

static void profile_clear(TokenProfile *profile)
{
    free(profile->client_id);
    free(profile->sandbox);
    free(profile->relying_party);
    *profile = (TokenProfile){0};
}

void settings_clear(TokenSettings *settings)
{
    free(settings->url);
    free(settings->ca_file);
    free(settings->proxy);
    profile_clear(&settings->all);
    for (size_t i = 0; i < settings->titles_count; i++)
        profile_clear(&settings->titles[i].profile);
    *settings = (TokenSettings){0};
}

static int settings_profile(TokenSettings *settings, uint32_t title_id, TokenProfile **profile)
{
    *profile = &settings->all;
    if (title_id == 0)
        return 0;
    for (size_t i = 0; i < settings->titles_count; i++)
        if (settings->titles[i].title_id == title_id) {
            *profile = &settings->titles[i].profile;
            return 0;
        }
    if (settings->titles_count == SETTINGS_TITLES_MAX)
        return -E2BIG;
    TokenTitle *title = &settings->titles[settings->titles_count++];
    *title = (TokenTitle){.title_id = title_id};
    *profile = &title->profile;
    return 0;
}

static int set_text(char **text, const char *value)
{
    char *copy = strdup(value);
    if (!copy)
        return -ENOMEM;
    free(*text);
    *text = copy;
    return 0;
}

static bool is_sandbox(const char *text)
{
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.");
    return length > 0 && length <= 50 && text[length] == '\0';
}

/* Sent byte by byte as it stands: visible ASCII that needs no thought in JSON. */
static bool is_relying_party(const char *text)
{
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] >= 0x7f || text[i] == '"' || text[i] == '\\')
            return false;
    return length > 0 && length <= VALUE_MAX && strstr(text, "://");
}

static int set_flag(const char *key, const char *value, bool *flag, bool *set, char *message, size_t size)
{
    bool yes = string_equal(value, "yes") || string_equal(value, "true");
    if (!yes && !string_equal(value, "no") && !string_equal(value, "false")) {
        snprintf(message, size, "%s= is yes or no, not '%.50s'", key, value);
        return -EINVAL;
    }
    *flag = yes;
    *set = true;
    return 0;
}

int settings_set(TokenSettings *settings, uint32_t title_id, const char *key, const char *value,
                 char *message, size_t size)
{
    TokenProfile *profile;
    int r = settings_profile(settings, title_id, &profile);
    if (r < 0)
        return r;
    if (string_equal(key, "ClientId")) {
        IdentityFamily family;
        char why[250] = "";
        if (identity_family(value, &family, why, sizeof why) == 0)
            return set_text(&profile->client_id, value);
        snprintf(message, size, "ClientId=: %s", why);
        return -EINVAL;
    }
    if (string_equal(key, "Sandbox")) {
        if (is_sandbox(value))
            return set_text(&profile->sandbox, value);
        snprintf(message, size, "Sandbox= is a name like RETAIL or ABCDEF.1, not '%.50s'", value);
        return -EINVAL;
    }
    if (string_equal(key, "RelyingParty")) {
        if (is_relying_party(value))
            return set_text(&profile->relying_party, value);
        snprintf(message, size, "RelyingParty= is a URI like http://xboxlive.com, not '%.50s'", value);
        return -EINVAL;
    }
    if (string_equal(key, "DeviceToken"))
        return set_flag(key, value, &profile->device, &profile->device_set, message, size);
    if (string_equal(key, "TitleToken"))
        return set_flag(key, value, &profile->title, &profile->title_set, message, size);
    return -ENOENT;
}

TokenChoice settings_choice(const TokenSettings *settings, uint32_t title_id)
{
    static const TokenProfile nothing = {0};
    const TokenProfile *all = &settings->all, *own = &nothing;
    for (size_t i = 0; title_id != 0 && i < settings->titles_count; i++)
        if (settings->titles[i].title_id == title_id)
            own = &settings->titles[i].profile;
    TokenChoice choice = {
        .client_id = own->client_id ? own->client_id : all->client_id,
        .sandbox = own->sandbox ? own->sandbox : all->sandbox,
        .relying_party = own->relying_party ? own->relying_party : all->relying_party,
        .device = own->device_set ? own->device : all->device,
        .title = own->title_set ? own->title : all->title,
    };
    if (!choice.client_id && settings->loopback)
        choice.client_id = SETTINGS_CLIENT_ID_LOOPBACK;
    if (!choice.sandbox)
        choice.sandbox = IDENTITY_SANDBOX;
    if (!choice.relying_party)
        choice.relying_party = IDENTITY_RELYING_PARTY;
    /* A title token is bound to the device's key. */
    choice.device = choice.device || choice.title;
    return choice;
}

const char *settings_problem(const TokenChoice *choice)
{
    IdentityFamily family;
    char why[250];
    bool application = choice->client_id &&
                       identity_family(choice->client_id, &family, why, sizeof why) == 0 &&
                       family == IDENTITY_FAMILY_APP;
    return application && choice->title ? "TitleToken=yes needs a title's own client (16 hexadecimal "
                                          "digits), and ClientId= in agent.conf "
                                          "is an application's."
                                        : NULL;
}

bool settings_is_vendor(const char *directory_url)
{
    static const char scheme[] = "https://", domain[] = ".xboxlive.com";
    if (strncmp(directory_url, scheme, strlen(scheme)) != 0)
        return false;
    const char *host = directory_url + strlen(scheme);
    size_t length = strcspn(host, ":/");
    return length > strlen(domain) &&
           strncasecmp(host + length - strlen(domain), domain, strlen(domain)) == 0 &&
           !memchr(host, '@', length);
}
