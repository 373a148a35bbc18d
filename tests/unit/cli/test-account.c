/* SPDX-License-Identifier: MIT */
/* What accounts mean to a person, and what doctor makes of them. */
#include "cli/account.h"
#include "cli/doctor.h"
#include "cli/json-out.h"
#include "ipc/names.h"

#include <criterion/criterion.h>
#include <string.h>

#define NOW 1700000000000000LL
#define HOUR 3600000000LL

static Doctor doctor;

static void setup(void)
{
    doctor = (Doctor){
        .checks = json_array(), .facts = json_object(), .accounts = json_array(), .now = (uint64_t)NOW};
}

static void teardown(void)
{
    json_decref(doctor.checks);
    json_decref(doctor.facts);
    json_decref(doctor.accounts);
}

TestSuite(account, .init = setup, .fini = teardown);

static json_t *add(const char *state, const char *store)
{
    json_t *account = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "Id", "id", "Xuid", "25",
                                "Gamertag", "Ann", "State", state, "Reason", "", "ActionUri", "",
                                "SecretStore", store, "TokenExpiresAt", (json_int_t)(NOW + 3 * HOUR),
                                "SignedInAt", (json_int_t)(NOW - 50 * HOUR));
    cr_assert_not_null(account);
    json_array_append_new(doctor.accounts, account);
    return account;
}

/* The row of a check; there has to be exactly one. */
static const json_t *row(const char *check)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(doctor.checks); i++) {
        const json_t *candidate = json_array_get(doctor.checks, i);
        if (strcmp(json_text(candidate, "check"), check) != 0)
            continue;
        cr_assert_null(found, "%s is there twice", check);
        found = candidate;
    }
    return found;
}

static void expect(const char *check, const char *state, const char *text, const char *fix)
{
    const json_t *found = row(check);
    cr_assert_not_null(found, "there is no line %s", check);
    cr_expect_str_eq(json_text(found, "state"), state, "%s", check);
    cr_expect_str_eq(json_text(found, "text"), text);
    cr_expect_str_eq(json_text(found, "fix"), fix);
}

Test(account, one_that_is_ready)
{
    add("ready", "secret-service");
    doctor_accounts(&doctor);
    expect("account", "ok", "Ann (25): ready; signed in 2 d ago; its token is good for 3 h more", "");
    expect("secrets", "ok", "the secret of Ann (25) is kept in the keyring (Secret Service)", "");
    cr_expect_eq(json_array_size(doctor.checks), 2, "what is not known is not told");
}

Test(account, every_state_says_what_to_do)
{
    static const struct {
        const char *state, *judged, *fix;
    } wanted[] = {
        {MPS_ACCOUNT_STATE_READY, "ok", ""},
        {MPS_ACCOUNT_STATE_REFRESHING, "ok", ""},
        {MPS_ACCOUNT_STATE_SIGNING_OUT, "ok", ""},
        {MPS_ACCOUNT_STATE_OFFLINE, "warn", "wait: it is asked again; to ask now: mpsessionctl retry 25"},
        {MPS_ACCOUNT_STATE_NEEDS_SIGN_IN, "fail", "mpsessionctl sign-in --account 25"},
        {MPS_ACCOUNT_STATE_NEEDS_ACTION, "fail", "open https://x.example/; then mpsessionctl retry 25"},
        {MPS_ACCOUNT_STATE_DENIED, "fail",
         "open https://x.example/; when the reason is gone: mpsessionctl retry 25"},
        {MPS_ACCOUNT_STATE_CONFIG_ERROR, "fail",
         "open https://x.example/; mend agent.conf, and start the agent again"},
        {MPS_ACCOUNT_STATE_STORE_LOCKED, "fail", "unlock the keyring: mpsessionctl retry 25 asks for it"},
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        json_t *account = add(wanted[i].state, "none");
        if (strstr(wanted[i].fix, "open "))
            json_object_set_new(account, "ActionUri", json_string("https://x.example/"));
        json_object_set_new(account, "Reason", json_string("Why."));
        json_object_set_new(account, "SignedInAt", json_integer(0));
        json_object_set_new(account, "TokenExpiresAt", json_integer(NOW - HOUR));
        char text[200];
        snprintf(text, sizeof(text), "Ann (25): %s: Why.; its token was good until 60 min ago",
                 wanted[i].state);
        doctor_accounts(&doctor);
        expect("account", wanted[i].judged, text, wanted[i].fix);
        json_array_clear(doctor.accounts);
        json_array_clear(doctor.checks);
    }
}

Test(account, a_file_is_called_a_file)
{
    add("ready", "plain-file");
    doctor_accounts(&doctor);
    expect("secrets", "warn",
           "the secret of Ann (25) is kept in a file that only this user can read, and is not encrypted",
           "install and unlock a keyring (gnome-keyring, KWallet), then sign in again");
}

Test(account, nobody)
{
    json_object_set_new(doctor.facts, MPS_FACT_SECRET_STORE, json_string("memory"));
    json_object_set_new(doctor.facts, MPS_FACT_IDENTITY_URL, json_string("https://id.example"));
    doctor_accounts(&doctor);
    expect("account", "warn", "nobody is signed in", "mpsessionctl sign-in");
    expect("identity", "ok", "accounts sign in at https://id.example", "");
    cr_expect_str_eq(json_text(row("secrets"), "state"), "warn");
}

Test(account, nobody_and_nowhere_to_sign_in)
{
    doctor_accounts(&doctor);
    expect("account", "ok", "nobody is signed in", "");
    cr_expect_eq(json_array_size(doctor.checks), 1);
}

Test(account, nobody_told)
{
    json_decref(doctor.accounts);
    doctor.accounts = NULL;
    doctor_accounts(&doctor);
    cr_expect_eq(json_array_size(doctor.checks), 0);
}

Test(account, the_identity_services_clock)
{
    static const struct {
        long long skew;
        const char *state, *text;
    } wanted[] = {
        {0, "ok", "this clock goes as the identity service's"},
        {-30000000, "ok", "this clock goes as the identity service's"},
        {240000000, "warn", "this clock is 4 min behind the identity service's; the agent reckons with that"},
        {-45000000, "warn",
         "this clock is 45 s ahead of the identity service's; the agent reckons with that"},
    };
    add("ready", "none");
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        json_object_set_new(doctor.facts, MPS_FACT_CLOCK_SKEW_USEC, json_integer(wanted[i].skew));
        doctor_accounts(&doctor);
        expect("id-clock", wanted[i].state, wanted[i].text,
               strcmp(wanted[i].state, "ok") == 0 ? "" : "timedatectl set-ntp true, or set the clock");
        json_array_clear(doctor.checks);
    }
}

Test(account, names)
{
    char name[ACCOUNT_NAME_SIZE];
    json_t *account = add("ready", "none");
    cr_expect_str_eq(account_name(account, name), "Ann (25)");
    cr_expect(account_is(account, "25") && account_is(account, "ANN") && account_is(account, "id"));
    cr_expect_not(account_is(account, "") || account_is(account, "2") || account_is(account, "Anna"));
    json_object_set_new(account, "Gamertag", json_string(""));
    cr_expect_str_eq(account_name(account, name), "25");
    cr_expect_not(account_is(account, ""));
    json_object_set_new(account, "Xuid", json_string(""));
    cr_expect_str_eq(account_name(account, name), "id");
    cr_expect_str_eq(account_store_text("vault"), "vault", "a newer agent's word");
    cr_expect_not(account_store_is_weak("vault"));
}
