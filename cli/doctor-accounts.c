/* SPDX-License-Identifier: MIT */
/* Who is signed in, judged: each account, where secrets are kept, and the identity service's clock. */
#include "cli/doctor.h"

#include "cli/account.h"
#include "cli/duration.h"
#include "cli/json-out.h"
#include "ipc/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKEW_WARN_SEC 30 /* the agent reckons with it; others on this machine do not */

/* "signed in 3 d ago, its token is good for 2 h more", as far as it is known. */
static void describe_age(const Doctor *doctor, const json_t *account, char *text, size_t size)
{
    uint64_t since = json_number(account, "SignedInAt"), until = json_number(account, "TokenExpiresAt");
    char ago[DURATION_SIZE], left[DURATION_SIZE];
    size_t used = 0;

    text[0] = '\0';
    if (since > 0)
        used =
            (size_t)snprintf(text, size, "; signed in %s", duration_format_relative(since, doctor->now, ago));
    if (until > doctor->now)
        snprintf(text + used, size - used, "; its token is good for %s more",
                 duration_format(until - doctor->now, left));
    else if (until > 0)
        snprintf(text + used, size - used, "; its token was good until %s",
                 duration_format_relative(until, doctor->now, left));
}

static void judge_account(Doctor *doctor, const json_t *account)
{
    AccountNeed need = account_need(account);
    char name[ACCOUNT_NAME_SIZE], todo[ACCOUNT_TODO_SIZE], age[2 * DURATION_SIZE + 80];
    const char *reason = json_text(account, "Reason");

    describe_age(doctor, account, age, sizeof(age));
    account_todo(account, todo);
    doctor_add(doctor, "account",
               need == ACCOUNT_NEEDS_USER   ? DOCTOR_FAIL
               : need == ACCOUNT_NEEDS_TIME ? DOCTOR_WARN
                                            : DOCTOR_OK,
               *todo ? todo : NULL, "%s: %s%s%s%s", account_name(account, name), json_text(account, "State"),
               *reason ? ": " : "", reason, age);
}

/* Where the secrets are: of each account, or of the next one. */
static void judge_store(Doctor *doctor, const char *who, const char *store)
{
    static const char fix[] = "install and unlock a keyring (gnome-keyring, KWallet), then sign in again";
    bool weak = account_store_is_weak(store);

    doctor_add(doctor, "secrets", weak ? DOCTOR_WARN : DOCTOR_OK, weak ? fix : NULL, "%s is kept %s", who,
               account_store_text(store));
}

static void judge_stores(Doctor *doctor)
{
    const char *next = json_text(doctor->facts, MPS_FACT_SECRET_STORE);
    char name[ACCOUNT_NAME_SIZE], who[ACCOUNT_NAME_SIZE + 20];

    for (size_t i = 0; i < json_array_size(doctor->accounts); i++) {
        const json_t *account = json_array_get(doctor->accounts, i);
        const char *store = json_text(account, "SecretStore");
        if (!*store || strcmp(store, MPS_SECRET_STORE_NONE) == 0)
            continue;
        snprintf(who, sizeof(who), "the secret of %s", account_name(account, name));
        judge_store(doctor, who, store);
    }
    if (*next && json_array_size(doctor->accounts) == 0)
        judge_store(doctor, "the secret of who signs in", next);
}

static void judge_skew(Doctor *doctor)
{
    const json_t *fact = json_object_get(doctor->facts, MPS_FACT_CLOCK_SKEW_USEC);
    long long skew = json_integer_value(fact) / 1000000;
    char distance[DURATION_SIZE];

    if (!json_is_integer(fact))
        return;
    if (llabs(skew) <= SKEW_WARN_SEC) {
        doctor_add(doctor, "id-clock", DOCTOR_OK, NULL, "this clock goes as the identity service's");
        return;
    }
    doctor_add(doctor, "id-clock", DOCTOR_WARN, "timedatectl set-ntp true, or set the clock",
               "this clock is %s %s the identity service's; the agent reckons with that",
               duration_format((uint64_t)llabs(skew) * 1000000, distance), skew > 0 ? "behind" : "ahead of");
}

void doctor_accounts(Doctor *doctor)
{
    const char *url = json_text(doctor->facts, MPS_FACT_IDENTITY_URL);

    if (!doctor->accounts)
        return;
    if (*url)
        doctor_add(doctor, "identity", DOCTOR_OK, NULL, "accounts sign in at %.300s", url);
    /* An agent that names no identity service was given its tokens: there is nothing to sign in to. */
    if (json_array_size(doctor->accounts) == 0)
        doctor_add(doctor, "account", *url ? DOCTOR_WARN : DOCTOR_OK, *url ? "mpsessionctl sign-in" : NULL,
                   "nobody is signed in");
    for (size_t i = 0; i < json_array_size(doctor->accounts); i++)
        judge_account(doctor, json_array_get(doctor->accounts, i));
    judge_stores(doctor);
    judge_skew(doctor);
}
