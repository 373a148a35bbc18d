/* SPDX-License-Identifier: MIT */
/* The refusals of the Xbox services that carry a number. */
#include "directory/xerr.h"

#include <string.h>

#include "directory/answer.h"
#include "directory/util.h"

/* @word: of WWW-Authenticate. @redirect: NULL: the body has none. */
static const struct {
    json_int_t xerr;
    const char *word, *redirect;
} known[] = {
    {2148916227, "Msft_ban", "https://start.ui.xboxlive.com/enforcement"},
    {2148916229, "account_parentally_restricted", "https://start.ui.xboxlive.com/AddChildToFamily"},
    {2148916233, "account_creation_required", "https://start.ui.xboxlive.com/CreateAccount"},
    {2148916235, "account_country_not_authorized", ""},
    {2148916236, "account_age_verification_required", ""},
    {2148916238, "account_child_not_in_family", "https://start.ui.xboxlive.com/AddChildToFamily"},
    {XERR_CONTENT_ISOLATION, "content_isolation", NULL},
    {XERR_SANDBOX_NOT_ALLOWED, "sandbox_not_allowed", NULL},
    {XERR_DEVICES_MIXED, "title_usage_by_device_exceeded", NULL},
    {XERR_DEVICE_EXPIRED, "device_token_expired", NULL},
    {XERR_TITLE_EXPIRED, "title_token_expired", NULL},
    {XERR_USER_EXPIRED, "user_token_expired", NULL},
    {XERR_DEVICE_INVALID, "device_token_invalid", NULL},
    {XERR_TITLE_INVALID, "title_token_invalid", NULL},
    {XERR_USER_INVALID, "user_token_invalid", NULL},
};

void xerr_headers(Reply *reply)
{
    char id[GUID_SIZE];

    guid_make(id, false);
    reply_header(reply, "MS-CV", id);
    reply_header(reply, "X-Content-Type-Options", "nosniff");
}

void xerr_reply(const Directory *directory, json_int_t xerr, const char *redirect, Reply *reply)
{
    OWN_TEXT char *number = text_format("%" JSON_INTEGER_FORMAT, xerr), *challenge = NULL;
    bool as_text = identity_knob(&directory->identity, KNOB_FORMAT_XERR_TEXT);
    const char *word = "refused";
    char id[GUID_SIZE];
    json_t *body = json_pack("{s:s, s:o, s:s}", "Identity", "0", "XErr",
                             as_text ? json_string(number) : json_integer(xerr), "Message", "");

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].xerr != xerr)
            continue;
        word = known[i].word;
        if (!redirect)
            redirect = known[i].redirect;
    }
    if (redirect)
        json_object_set_new(body, "Redirect", json_string(redirect));
    guid_make(id, false);
    challenge = text_format("XSTS error=\"%s\"", word);
    answer_json(directory, 401, JSON_TYPE_UTF8, body, reply);
    reply_header(reply, "WWW-Authenticate", challenge);
    reply_header(reply, "x-xblcorrelationid", id);
}
