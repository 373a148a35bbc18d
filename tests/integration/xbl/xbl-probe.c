/* SPDX-License-Identifier: MIT */
/* A game on the Xbl interface, played by a test: a command for each line of input, an answer line for each. */
#include <XAsync.h>
#include <XTaskQueue.h>
#include <XUser.h>
#include <xsapi-c/services_c.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 64

/* A call that goes on while other commands are taken. */
typedef struct Slot {
    XAsyncBlock async;
    bool is_used;
    unsigned callbacks;
} Slot;

static XTaskQueueHandle queue;
static XUserHandle user;
static XblContextHandle context;
static XblMultiplayerSessionHandle session;
static XblMultiplayerSessionReference reference;
static uint64_t xuid;
static Slot slots[BLOCKS];

static void on_done(XAsyncBlock *async)
{
    ((Slot *)async->context)->callbacks++;
}

/* The slot for a number, ready for another call. */
static XAsyncBlock *slot_block(unsigned number)
{
    Slot *slot = &slots[number % BLOCKS];

    /* What is in internal does not matter. */
    if (!slot->is_used)
        memset(slot, 0xA5, sizeof(*slot));
    slot->is_used = true;
    slot->callbacks = 0;
    slot->async.queue = queue;
    slot->async.context = slot;
    slot->async.callback = on_done;
    return &slot->async;
}

static void answer(const char *word, HRESULT hr)
{
    printf("%s 0x%08x\n", word, (unsigned)hr);
}

static void show_session(const char *word, HRESULT hr, XblMultiplayerSessionHandle shown)
{
    const XblMultiplayerSessionMember *members = NULL, *me;
    size_t count = 0;

    if (!shown) {
        printf("%s 0x%08x none\n", word, (unsigned)hr);
        return;
    }
    XblMultiplayerSessionMembers(shown, &members, &count);
    me = XblMultiplayerSessionCurrentUser(shown);
    printf("%s 0x%08x status=%u members=%zu name=%s custom=%s me=%s change=%llu\n", word, (unsigned)hr,
           (unsigned)XblMultiplayerSessionWriteStatus(shown), count,
           XblMultiplayerSessionSessionReference(shown)->SessionName,
           XblMultiplayerSessionSessionProperties(shown)->SessionCustomPropertiesJson,
           me && me->CustomPropertiesJson ? me->CustomPropertiesJson : "-",
           (unsigned long long)XblMultiplayerSessionGetInfo(shown)->ChangeNumber);
}

/* Waits for a call whose result is a session, shows it, and goes on with it if it is asked to. */
static void finish_session(const char *word, HRESULT started, XAsyncBlock *async, bool keep)
{
    XblMultiplayerSessionHandle fetched = NULL;
    HRESULT hr = started;

    if (SUCCEEDED(hr)) {
        hr = XAsyncGetStatus(async, true);
        if (SUCCEEDED(hr))
            hr = XblMultiplayerWriteSessionResult(async, &fetched);
    }
    show_session(word, hr, fetched);
    if (keep && fetched) {
        XblMultiplayerSessionCloseHandle(session);
        session = fetched;
    } else {
        XblMultiplayerSessionCloseHandle(fetched);
    }
}

static void show_activities(HRESULT started, XAsyncBlock *async)
{
    XblMultiplayerActivityDetails activities[8];
    size_t count = 0;
    HRESULT hr = started;

    if (SUCCEEDED(hr))
        hr = XAsyncGetStatus(async, true);
    if (SUCCEEDED(hr))
        hr = XblMultiplayerGetActivitiesForUsersResultCount(async, &count);
    if (SUCCEEDED(hr))
        hr = XblMultiplayerGetActivitiesForUsersResult(async, count, activities);
    printf("activities 0x%08x %zu", (unsigned)hr, count);
    for (size_t i = 0; SUCCEEDED(hr) && i < count; i++)
        printf(" %s %s %llu %u/%u", activities[i].HandleId, activities[i].SessionReference.SessionName,
               (unsigned long long)activities[i].OwnerXuid, activities[i].MembersCount,
               activities[i].MaxMembersCount);
    printf("\n");
}

/* Commands that change the session at hand. */
static bool session_command(const char *line)
{
    char a[200], b[200], c[200];

    if (sscanf(line, "new %199s %199s %199s", a, b, c) == 3) {
        const XblMultiplayerSessionInitArgs arguments = {.Visibility = XblMultiplayerSessionVisibility_Open};

        reference = XblMultiplayerSessionReferenceCreate(a, b, c);
        XblMultiplayerSessionCloseHandle(session);
        session = XblMultiplayerSessionCreateHandle(xuid, &reference, &arguments);
        answer("new", session ? S_OK : E_OUTOFMEMORY);
    } else if (strcmp(line, "blank") == 0) {
        XblMultiplayerSessionCloseHandle(session);
        session = XblMultiplayerSessionCreateHandle(xuid, NULL, NULL);
        answer("blank", session ? S_OK : E_OUTOFMEMORY);
    } else if (strcmp(line, "join") == 0) {
        answer("join", XblMultiplayerSessionJoin(session, NULL, false, true));
    } else if (strcmp(line, "leave") == 0) {
        answer("leave", XblMultiplayerSessionLeave(session));
    } else if (sscanf(line, "set %199s %199[^\n]", a, b) == 2) {
        answer("set", XblMultiplayerSessionSetCustomPropertyJson(session, a, b));
    } else if (sscanf(line, "me %199s %199[^\n]", a, b) == 2) {
        answer("me", XblMultiplayerSessionCurrentUserSetCustomPropertyJson(session, a, b));
    } else {
        return false;
    }
    return true;
}

/* Calls that the probe waits for. */
static bool call_command(const char *line)
{
    XAsyncBlock *async = slot_block(BLOCKS - 1); /* tests begin others with small numbers */
    unsigned long long other;
    char handle[200];
    uint64_t asked;
    unsigned mode;

    if (sscanf(line, "write-by-handle %u %199s", &mode, handle) == 2) {
        finish_session("write-by-handle",
                       XblMultiplayerWriteSessionByHandleAsync(context, session, mode, handle, async), async,
                       true);
    } else if (sscanf(line, "write %u", &mode) == 1) {
        finish_session("write", XblMultiplayerWriteSessionAsync(context, session, mode, async), async, true);
    } else if (sscanf(line, "get-by-handle %199s", handle) == 1) {
        finish_session("get-by-handle", XblMultiplayerGetSessionByHandleAsync(context, handle, async), async,
                       true);
    } else if (strcmp(line, "get") == 0) {
        finish_session("get", XblMultiplayerGetSessionAsync(context, &reference, async), async, true);
    } else if (strcmp(line, "activity") == 0) {
        HRESULT hr = XblMultiplayerSetActivityAsync(context, &reference, async);

        answer("activity", SUCCEEDED(hr) ? XAsyncGetStatus(async, true) : hr);
    } else if (sscanf(line, "activities %llu", &other) == 1) {
        asked = other;
        show_activities(XblMultiplayerGetActivitiesForUsersAsync(context, reference.Scid, &asked, 1, async),
                        async);
    } else {
        return false;
    }
    return true;
}

/* Calls that go on: begin, look, cancel, finish. */
static bool slot_command(const char *line)
{
    char handle[200], value[200];
    unsigned number, mode;

    if (sscanf(line, "begin-then-set %u %u %199s %199s", &number, &mode, handle, value) == 4) {
        HRESULT hr =
            XblMultiplayerWriteSessionByHandleAsync(context, session, mode, handle, slot_block(number));

        /* At once: what is read later would be this. */
        XblMultiplayerSessionSetCustomPropertyJson(session, "map", value);
        XblMultiplayerSessionSetClosed(session, true);
        answer("begin-then-set", hr);
    } else if (sscanf(line, "begin %u %u %199s", &number, &mode, handle) == 3) {
        answer("begin",
               XblMultiplayerWriteSessionByHandleAsync(context, session, mode, handle, slot_block(number)));
    } else if (sscanf(line, "status %u", &number) == 1) {
        answer("status", XAsyncGetStatus(&slots[number % BLOCKS].async, false));
    } else if (sscanf(line, "cancel %u", &number) == 1) {
        XAsyncCancel(&slots[number % BLOCKS].async);
        answer("cancel", S_OK);
    } else if (sscanf(line, "finish %u", &number) == 1) {
        finish_session("finish", S_OK, &slots[number % BLOCKS].async, false);
        /* A result is fetched once; a failure is told each time. */
        finish_session("again", S_OK, &slots[number % BLOCKS].async, false);
        printf("callbacks %u\n", slots[number % BLOCKS].callbacks);
    } else {
        return false;
    }
    return true;
}

static void open_all(const char *scid, const char *account)
{
    const XblInitArgs args = {queue, scid};
    HRESULT hr = XblInitialize(&args);

    xuid = strtoull(account, NULL, 10);
    if (SUCCEEDED(hr))
        hr = XUserFindUserById(xuid, &user);
    if (SUCCEEDED(hr))
        hr = XblContextCreateHandle(user, &context);
    answer("ready", hr);
}

static void clean_up(void)
{
    XAsyncBlock async = {0};
    HRESULT hr = XblCleanupAsync(&async);

    answer("cleanup", SUCCEEDED(hr) ? XAsyncGetStatus(&async, true) : hr);
}

int main(int argc, char **argv)
{
    char line[1000];

    if (argc != 3) {
        fprintf(stderr, "usage: xbl-probe SCID XUID\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (FAILED(
            XTaskQueueCreate(XTaskQueueDispatchMode_ThreadPool, XTaskQueueDispatchMode_ThreadPool, &queue)))
        return 1;
    open_all(argv[1], argv[2]);
    while (fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = '\0';
        if (strcmp(line, "cleanup") == 0)
            clean_up();
        else if (!session_command(line) && !call_command(line) && !slot_command(line))
            printf("unknown %s\n", line);
    }
    XblMultiplayerSessionCloseHandle(session);
    XblContextCloseHandle(context);
    XUserCloseHandle(user);
    XTaskQueueCloseHandle(queue);
    return 0;
}
