/* SPDX-License-Identifier: MIT */
/* Users: an XUID each. */
#include <XAsyncProvider.h>
#include <XGameRuntimeInit.h>
#include <XUser.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct XUser {
    atomic_uint references;
    uint64_t xuid;
};

/* Tells XUserAddResult() that a block is of XUserAddAsync(). */
static const char identity[] = "XUserAddAsync";

HRESULT XGameRuntimeInitialize(void)
{
    return S_OK;
}

void XGameRuntimeUninitialize(void)
{
}

HRESULT XUserFindUserById(uint64_t userId, XUserHandle *handle)
{
    XUserHandle user;

    if (userId == 0 || !handle)
        return E_INVALIDARG;
    user = malloc(sizeof(*user));
    if (!user)
        return E_OUTOFMEMORY;
    atomic_init(&user->references, 1);
    user->xuid = userId;
    *handle = user;
    return S_OK;
}

HRESULT XUserFindUserByLocalId(XUserLocalId userLocalId, XUserHandle *handle)
{
    return XUserFindUserById(userLocalId.value, handle);
}

/* The XUID that a launcher gives. */
static HRESULT default_user(XUserHandle *user)
{
    const char *text = getenv("MPSESSION_XUID");
    unsigned long long xuid;
    char *end;

    if (!text || text[0] < '1' || text[0] > '9')
        return E_GAMEUSER_NO_DEFAULT_USER;
    errno = 0;
    xuid = strtoull(text, &end, 10);
    if (*end || errno)
        return E_GAMEUSER_NO_DEFAULT_USER;
    return XUserFindUserById(xuid, user);
}

static HRESULT add_provider(XAsyncOp op, const XAsyncProviderData *data)
{
    XUserHandle *user = data->context;
    HRESULT hr;

    switch (op) {
    case XAsyncOp_Begin:
        return XAsyncSchedule(data->async, 0);
    case XAsyncOp_DoWork:
        hr = default_user(user);
        XAsyncComplete(data->async, hr, SUCCEEDED(hr) ? sizeof(*user) : 0);
        return E_PENDING;
    case XAsyncOp_GetResult:
        memcpy(data->buffer, user, sizeof(*user));
        *user = NULL;
        return S_OK;
    case XAsyncOp_Cleanup:
        XUserCloseHandle(*user);
        free(user);
        return S_OK;
    default:
        return S_OK;
    }
}

HRESULT XUserAddAsync(XUserAddOptions options, XAsyncBlock *async)
{
    XUserHandle *user;
    HRESULT hr;

    /* There is no window to ask in: whoever plays is given, or it is nobody. */
    (void)options;
    if (!async)
        return E_INVALIDARG;
    user = calloc(1, sizeof(*user));
    if (!user)
        return E_OUTOFMEMORY;
    hr = XAsyncBegin(async, user, identity, identity, add_provider);
    if (FAILED(hr))
        free(user);
    return hr;
}

HRESULT XUserAddResult(XAsyncBlock *async, XUserHandle *newUser)
{
    HRESULT hr;

    if (!async || !newUser)
        return E_INVALIDARG;
    hr = XAsyncGetResult(async, identity, sizeof(*newUser), newUser, NULL);
    if (FAILED(hr))
        *newUser = NULL;
    return hr;
}

HRESULT XUserDuplicateHandle(XUserHandle handle, XUserHandle *duplicatedHandle)
{
    if (!handle || !duplicatedHandle)
        return E_INVALIDARG;
    atomic_fetch_add_explicit(&handle->references, 1, memory_order_relaxed);
    *duplicatedHandle = handle;
    return S_OK;
}

void XUserCloseHandle(XUserHandle user)
{
    if (user && atomic_fetch_sub_explicit(&user->references, 1, memory_order_acq_rel) == 1)
        free(user);
}

int32_t XUserCompare(XUserHandle user1, XUserHandle user2)
{
    const uint64_t a = user1 ? user1->xuid : 0, b = user2 ? user2->xuid : 0;

    return a < b ? -1 : a > b;
}

HRESULT XUserGetId(XUserHandle user, uint64_t *userId)
{
    if (!user || !userId)
        return E_INVALIDARG;
    *userId = user->xuid;
    return S_OK;
}

HRESULT XUserGetLocalId(XUserHandle user, XUserLocalId *userLocalId)
{
    if (!user || !userLocalId)
        return E_INVALIDARG;
    userLocalId->value = user->xuid;
    return S_OK;
}

HRESULT XUserGetState(XUserHandle user, XUserState *state)
{
    if (!user || !state)
        return E_INVALIDARG;
    *state = XUserState_SignedIn;
    return S_OK;
}
