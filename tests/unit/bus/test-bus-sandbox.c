/* SPDX-License-Identifier: MIT */
/* Who a process says it is, in what only its sandbox can write; and what a hostile one might write. */
#include "bus/bus-sandbox.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static char app_id[BUS_APP_ID_MAX + 1];

static int flatpak(const char *text)
{
    strcpy(app_id, "untouched");
    return bus_sandbox_parse_flatpak(text, strlen(text), app_id);
}

#define assert_refused(text)                                                                                 \
    do {                                                                                                     \
        cr_assert_eq(flatpak(text), -EBADMSG);                                                               \
        cr_assert_str_eq(app_id, "untouched");                                                               \
    } while (0)

Test(bus_sandbox, flatpak)
{
    cr_assert_eq(
        flatpak("[Application]\nname=org.example.Game\nruntime=runtime/x/y/z\n\n[Instance]\ninstance-id=7\n"),
        0);
    cr_assert_str_eq(app_id, "org.example.Game");
    cr_assert_eq(
        flatpak("# a comment\n[Instance]\nname=wrong\n[Application]\n  name =  org.example.my-game \r\n"), 0);
    cr_assert_str_eq(app_id, "org.example.my-game");
    cr_assert_eq(flatpak("[Application]\nname=org.example.NoNewline"), 0);
}

Test(bus_sandbox, flatpak_hostile)
{
    assert_refused("");
    assert_refused("\n\n\n");
    assert_refused("[Application]\n");
    assert_refused("name=org.example.Game\n");
    assert_refused("[Runtime]\nname=org.example.Platform\n");
    assert_refused("[Application]\nname=\n");
    assert_refused("[Application]\nname=game\n");
    assert_refused("[Application]\nname=org.example\n");
    assert_refused("[Application]\nname=.org.example.Game\n");
    assert_refused("[Application]\nname=org..example.Game\n");
    assert_refused("[Application]\nname=org.example.Game.\n");
    assert_refused("[Application]\nname=app-org.example.Game\n");
    assert_refused("[Application]\nname=org.example.Game/../x\n");
    assert_refused("[Application]\nname=org.example.G\xc3\xa4me\n");
    assert_refused("[Application]\nname=org.example.A\nname=org.example.B\n");
    assert_refused("[Application]\nname=org.example.A\n[Application]\nname=org.example.A\n");
    assert_refused("[application]\nname=org.example.Game\n");
    assert_refused("[Application]]\nname=org.example.Game\n");
    static const char nul[] =
        "[Application]\nname=org.example.Game\n\0[Application]\nname=org.example.Other\n";
    cr_assert_eq(bus_sandbox_parse_flatpak(nul, sizeof nul - 1, app_id), -EBADMSG);
    char longest[400] = "[Application]\nname=org.example.";
    memset(longest + strlen(longest), 'a', 300);
    assert_refused(longest);
}

static BusIdentity identity;

static int cgroup(const char *text)
{
    memset(&identity, 0x55, sizeof identity);
    return bus_sandbox_parse_cgroup(text, &identity);
}

Test(bus_sandbox, snap)
{
    cr_assert_eq(
        cgroup("0::/user.slice/user-1000.slice/user@1000.service/app.slice/snap.game.main-0123.scope\n"), 0);
    cr_assert(identity.sandboxed);
    cr_assert_str_eq(identity.app_id, "snap.game");
    cr_assert_eq(cgroup("9:freezer:/snap.other-game\n1:name=systemd:/user.slice\n0::/\n"), 0);
    cr_assert(identity.sandboxed);
    cr_assert_str_eq(identity.app_id, "snap.other-game");
    cr_assert_eq(cgroup("9:memory:/snap.game.x\n0::/\n"), 0);
    cr_assert_not(identity.sandboxed);
    cr_assert_eq(cgroup("0::/snap.\n"), -EBADMSG);
    cr_assert_eq(cgroup("0::/snap.b\xc3\xa4se.x\n"), -EBADMSG);
}

Test(bus_sandbox, labels)
{
    cr_assert_eq(cgroup("0::/user.slice/app.slice/app-steam-app1091500-4711.scope\n"), 0);
    cr_assert_not(identity.sandboxed);
    cr_assert_str_eq(identity.app_id, "app-steam-app1091500");
    cr_assert_eq(cgroup("0::/user.slice/app.slice/app-org.example.Game@77.service\n"), 0);
    cr_assert_str_eq(identity.app_id, "app-org.example.Game");
    cr_assert_eq(cgroup("0::/app.slice/app-game.service\n"), 0);
    cr_assert_str_eq(identity.app_id, "app-game");
    const char *none[] = {"",
                          "0::/\n",
                          "0::/app.slice/session.scope\n",
                          "0::/app-\n",
                          "0::/app-.scope\n",
                          "0::/app-1.scope\n",
                          "0::/app-a\x01-1.scope\n",
                          "garbage\n",
                          "0::",
                          "::::\n\n::"};
    for (size_t i = 0; i < ELEMENTS(none); i++) {
        cr_assert_eq(cgroup(none[i]), 0);
        cr_assert_not(identity.sandboxed);
        cr_assert_str_eq(identity.app_id, "", "'%s'", none[i]);
    }
}

/* A label never is the id of a sandboxed app. */
Test(bus_sandbox, labels_are_no_ids)
{
    cr_assert_eq(cgroup("0::/app.slice/app-org.example.Game-1.scope\n"), 0);
    char text[600];
    snprintf(text, sizeof text, "[Application]\nname=%s\n", identity.app_id);
    assert_refused(text);
}

Test(bus_sandbox, itself)
{
    char reason[250] = "";
    cr_assert_eq(bus_sandbox_read(getpid(), &identity, reason, sizeof reason), 0, "%s", reason);
    cr_assert_not(identity.sandboxed);
}

Test(bus_sandbox, gone_fails_closed)
{
    char reason[250] = "";
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    cr_assert_lt(bus_sandbox_read(child, &identity, reason, sizeof reason), 0);
    cr_assert_not_null(strstr(reason, "cannot be told"));
}
