/* SPDX-License-Identifier: MIT */
/* Client ids and configurations. */
#include "token/identity.h"

#include <criterion/criterion.h>

#define APP "00000000-1111-2222-3333-444444444444"
#define TITLE "000000004C12AE6F"
#define DEVICE "0a1b2c3d-0000-4000-8000-00000000e001"

static char message[300];

Test(identity, families)
{
    static const struct {
        const char *client_id;
        int family; /* -1: neither */
    } rows[] = {
        {APP, IDENTITY_FAMILY_APP},
        {"ABCDEF00-1111-2222-3333-44444444444f", IDENTITY_FAMILY_APP},
        {TITLE, IDENTITY_FAMILY_TITLE},
        {"000000004c12ae6f", IDENTITY_FAMILY_TITLE},
        {NULL, -1},
        {"", -1},
        {"000000004C12AE6", -1},
        {"000000004C12AE6FF", -1},
        {"000000004C12AE6G", -1},
        {" 00000004C12AE6F", -1},
        {"{" APP "}", -1},
        {"00000000-1111-2222-3333-44444444444", -1},
        {"00000000111122223333444444444444", -1},
        {"00000000-0000-0000-0000-000000000000", -1},
        {"00000000-1111-2222-3333-444444444444 ", -1},
        {"00000000-1111-2222-3333-44444444444\n", -1},
    };
    for (size_t i = 0; i < ELEMENTS(rows); i++) {
        IdentityFamily family = (IdentityFamily)77;
        message[0] = '\0';
        int r = identity_family(rows[i].client_id, &family, message, sizeof message);
        cr_expect_eq(r, rows[i].family < 0 ? -EINVAL : 0, "%s", rows[i].client_id);
        cr_expect_eq((int)family, rows[i].family < 0 ? 77 : rows[i].family);
        cr_expect_eq(message[0] != '\0', rows[i].family < 0);
    }
}

static int check(const IdentityConfig *config)
{
    message[0] = '\0';
    int r = identity_check(config, message, sizeof message);
    cr_expect_eq(message[0] != '\0', r < 0);
    return r;
}

Test(identity, configurations)
{
    IdentityConfig app = {.family = IDENTITY_FAMILY_APP, .client_id = APP};
    IdentityConfig title = {.family = IDENTITY_FAMILY_TITLE,
                            .client_id = TITLE,
                            .device_id = DEVICE,
                            .want_device = true,
                            .want_title = true};
    cr_assert_eq(check(&app), 0);
    cr_assert_eq(check(&title), 0);
    app.sandbox = "ABCDEF.1";
    app.relying_party = "rp://api.example/";
    title.device_type = "Android";
    title.device_version = "10.0.22621";
    cr_assert_eq(check(&app), 0);
    cr_assert_eq(check(&title), 0);

    IdentityConfig wrong = app;
    wrong.family = IDENTITY_FAMILY_TITLE;
    cr_expect_eq(check(&wrong), -EINVAL);
    wrong = app;
    wrong.want_title = true;
    cr_expect_eq(check(&wrong), -EINVAL);
    wrong.want_device = true;
    wrong.device_id = DEVICE;
    cr_expect_eq(check(&wrong), -EINVAL);
    wrong = title;
    wrong.want_device = false;
    cr_expect_eq(check(&wrong), -EINVAL);
    static const char *const bad[] = {"", "a b", "a\"b", "a\nb", "\xc3\xa4"};
    for (size_t i = 0; i < ELEMENTS(bad); i++) {
        wrong = app;
        wrong.sandbox = bad[i];
        cr_expect_eq(check(&wrong), -EINVAL);
        wrong = title;
        wrong.device_type = bad[i];
        cr_expect_eq(check(&wrong), -EINVAL);
        wrong = title;
        wrong.device_version = bad[i];
        cr_expect_eq(check(&wrong), -EINVAL);
        wrong = title;
        wrong.device_id = bad[i];
        cr_expect_eq(check(&wrong), -EINVAL);
        if (strcmp(bad[i], "a\"b") == 0)
            continue;
        wrong = app;
        wrong.relying_party = bad[i];
        cr_expect_eq(check(&wrong), -EINVAL);
    }
    wrong = title;
    wrong.device_id = NULL;
    cr_expect_eq(check(&wrong), -EINVAL);
    wrong.device_id = "0A1B2C3D-0000-4000-8000-00000000E001";
    cr_expect_eq(check(&wrong), -EINVAL);
}

Test(identity, names)
{
    for (int kind = 0; kind < IDENTITY_KINDS; kind++)
        cr_expect(!string_empty(identity_kind_name((IdentityKind)kind)));
}
