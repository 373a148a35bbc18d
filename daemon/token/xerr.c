/* SPDX-License-Identifier: MIT */
/* The table of XErr numbers. */
#include "token/xerr.h"

#include <strings.h>

#define PAGE "https://start.ui.xboxlive.com/"
#define AGAIN " The agent tries again by itself."

static const XErr rows[] = {
    {2148916224, XERR_CONFIG, "DEVMODE_NOT_AUTHORIZED",
     "This account may not be used in development mode: check Sandbox=, or sign in with a development "
     "account.",
     NULL},
    {2148916225, XERR_DENIED, "SYSTEM_UPDATE_REQUIRED",
     "The service wants a newer system: update mpsession, and the game.", NULL},
    {2148916226, XERR_DENIED, "CONTENT_UPDATE_REQUIRED",
     "The service wants a newer version of the game: update it.", NULL},
    {2148916227, XERR_DENIED, "ENFORCEMENT_BAN",
     "The account has been suspended by the service: the page tells why, and until when.",
     PAGE "enforcement"},
    {2148916228, XERR_DENIED, "THIRD_PARTY_BAN",
     "The account has been banned from this title by its publisher: ask the publisher.", NULL},
    {2148916229, XERR_USER_ACTION, "ACCOUNT_PARENTALLY_RESTRICTED",
     "The parental controls of the account do not allow this: a parent has to change them in the family "
     "settings.",
     NULL},
    {2148916230, XERR_DENIED, "DEVICE_SUBSCRIPTION_NOT_ACTIVE",
     "The subscription that this device needs is not active: renew it, then sign in again.", NULL},
    {2148916232, XERR_USER_ACTION, "ACCOUNT_BILLING_MAINTENANCE_REQUIRED",
     "The payment details of the account need attention: sign in on the service's web site and correct them.",
     NULL},
    {2148916233, XERR_USER_ACTION, "ACCOUNT_CREATION_REQUIRED",
     "The account has no profile for this service yet: make one on the page, then sign in again.",
     PAGE "CreateAccount"},
    {2148916234, XERR_USER_ACTION, "ACCOUNT_TERMS_OF_USE_NOT_ACCEPTED",
     "The terms of use have not been accepted: sign in on the service's web site and accept them.", NULL},
    {2148916235, XERR_DENIED, "ACCOUNT_COUNTRY_NOT_AUTHORIZED",
     "The service is not offered in the country of this account.", NULL},
    {2148916236, XERR_USER_ACTION, "ACCOUNT_AGE_VERIFICATION_REQUIRED",
     "The service wants the age of the account's owner verified: sign in on its web site and do that.", NULL},
    {2148916237, XERR_USER_ACTION, "ACCOUNT_CURFEW",
     "The parental controls do not allow the account to play at this time: wait, or ask a parent.", NULL},
    {2148916238, XERR_USER_ACTION, "ACCOUNT_CHILD_NOT_IN_FAMILY",
     "This is a child's account that belongs to no family: a parent has to add it to one, on the page.",
     PAGE "AddChildToFamily"},
    {2148916239, XERR_USER_ACTION, "ACCOUNT_CSV_TRANSITION_REQUIRED",
     "The account has to be moved to the current system: sign in on the service's web site, which does that.",
     NULL},
    {2148916240, XERR_USER_ACTION, "ACCOUNT_MAINTENANCE_REQUIRED",
     "The account needs attention: sign in on the service's web site and do what it asks for.", NULL},
    {2148916241, XERR_CONFIG, "ACCOUNT_TYPE_NOT_ALLOWED",
     "This kind of account may not be used here (a development account in RETAIL, or the reverse): check "
     "Sandbox=, or "
     "sign in with another account.",
     NULL},
    {2148916242, XERR_CONFIG, "CONTENT_ISOLATION",
     "The account has no right to this sandbox or title: check Sandbox=, or have the account added to it.",
     NULL},
    {2148916243, XERR_USER_ACTION, "ACCOUNT_NAME_CHANGE_REQUIRED",
     "The account's gamertag has to be changed: sign in on the service's web site and choose another.", NULL},
    {2148916244, XERR_USER_ACTION, "DEVICE_CHALLENGE_REQUIRED",
     "The service wants this device confirmed: sign in on its web site and do what it asks for.", NULL},
    {2148916246, XERR_USER_ACTION, "SIGNIN_COUNT_BY_DEVICE_TYPE_EXCEEDED",
     "The account is signed in on too many devices of this kind: sign out on another one.", NULL},
    {2148916247, XERR_USER_ACTION, "PIN_CHALLENGE_REQUIRED",
     "The service wants the account's PIN: sign in on its web site.", NULL},
    {2148916248, XERR_CONFIG, "RETAIL_ACCOUNT_NOT_ALLOWED",
     "An ordinary account may not be used in this sandbox: check Sandbox=, or sign in with a development "
     "account.",
     NULL},
    {2148916249, XERR_CONFIG, "SANDBOX_NOT_ALLOWED",
     "The sandbox is not known, or not allowed for this account: check Sandbox= (upper and lower case "
     "matter).",
     NULL},
    {2148916250, XERR_TRANSIENT, "ACCOUNT_SERVICE_UNAVAILABLE_UNKNOWN_USER",
     "The service could not look up the account." AGAIN, NULL},
    {2148916251, XERR_DENIED, "GREEN_SIGNED_CONTENT_NOT_AUTHORIZED",
     "The service does not allow content that is signed in this way.", NULL},
    {2148916252, XERR_DENIED, "CONTENT_NOT_AUTHORIZED",
     "The service does not allow this title for the account: does the account own it?", NULL},
    {2148916254, XERR_REBUILD_ALL, "TITLE_USAGE_BY_DEVICE_EXCEEDED",
     "The service saw tokens of different devices together." AGAIN, NULL},
    {2148916255, XERR_UNKNOWN, "EXPIRED_SERVICE_TOKEN",
     "The service speaks of a service token, which the agent does not use: if it stays, report it.", NULL},
    {2148916256, XERR_REBUILD_DEVICE, "EXPIRED_DEVICE_TOKEN", "The device token has expired." AGAIN, NULL},
    {2148916257, XERR_REBUILD_TITLE, "EXPIRED_TITLE_TOKEN", "The title token has expired." AGAIN, NULL},
    {2148916258, XERR_REBUILD_USER, "EXPIRED_USER_TOKEN", "The user token has expired." AGAIN, NULL},
    {2148916259, XERR_REBUILD_DEVICE, "INVALID_DEVICE_TOKEN", "The device token was not accepted." AGAIN,
     NULL},
    {2148916260, XERR_REBUILD_TITLE, "INVALID_TITLE_TOKEN", "The title token was not accepted." AGAIN, NULL},
    {2148916261, XERR_REBUILD_USER, "INVALID_USER_TOKEN", "The user token was not accepted." AGAIN, NULL},
    /* What these two mean is told differently; anew is right for both. */
    {2148916262, XERR_REBUILD_USER, "INVALID_USER_TOKEN_26", "The user token was not accepted." AGAIN, NULL},
    {2148916263, XERR_REBUILD_USER, "INVALID_USER_TOKEN_27", "The user token was not accepted." AGAIN, NULL},
    {2148916273, XERR_TRANSIENT, "AUTHENTICATION_OUTAGE_31", "The identity service is out of order." AGAIN,
     NULL},
    {2148916274, XERR_TRANSIENT, "AUTHENTICATION_OUTAGE_32", "The identity service is out of order." AGAIN,
     NULL},
};

static const XErr unknown = {0, XERR_UNKNOWN, "UNKNOWN",
                             "The identity service refused the account for a reason the agent does not know: "
                             "try to sign in again later.",
                             NULL};

const XErr *xerr_find(uint32_t number)
{
    for (size_t i = 0; i < ELEMENTS(rows); i++)
        if (rows[i].number == number)
            return &rows[i];
    return &unknown;
}

const XErr *xerr_find_word(const char *word)
{
    static const struct {
        const char *word;
        uint32_t number;
    } words[] = {
        {"Msft_ban", 2148916227},
        {"account_age_verification_required", 2148916236},
        {"title_usage_by_device_exceeded", 2148916254},
    };
    for (size_t i = 0; i < ELEMENTS(words); i++)
        if (strcasecmp(words[i].word, word) == 0)
            return xerr_find(words[i].number);
    return NULL;
}

const XErr *xerr_rows(size_t *count)
{
    *count = ELEMENTS(rows);
    return rows;
}
