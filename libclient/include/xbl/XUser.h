/* SPDX-License-Identifier: MIT */
/* Users: as much of them as a multiplayer context needs. The agent signs them in; a game only names them. */
#pragma once

#include <XAsync.h>
#include <httpClient/pal.h>

typedef struct XUser *XUserHandle;

HC_ENUM(XUserAddOptions){
    HC_VALUE(XUserAddOptions, None) = 0,
    HC_VALUE(XUserAddOptions, AddDefaultUserSilently) = 1,
    HC_VALUE(XUserAddOptions, AllowGuests) = 2,
    HC_VALUE(XUserAddOptions, AddDefaultUserAllowingUI) = 4,
};
#ifdef __cplusplus
DEFINE_ENUM_FLAG_OPERATORS(XUserAddOptions)
#endif

HC_ENUM(XUserState){
    HC_VALUE(XUserState, SignedIn) = 0,
    HC_VALUE(XUserState, SigningOut) = 1,
    HC_VALUE(XUserState, SignedOut) = 2,
};

typedef struct XUserLocalId {
    uint64_t value;
} XUserLocalId;

#define E_GAMEUSER_MAX_USERS_ADDED HC_HRESULT(0x89245100u)
#define E_GAMEUSER_SIGNED_OUT HC_HRESULT(0x89245101u)
#define E_GAMEUSER_RESOLVE_USER_ISSUE_REQUIRED HC_HRESULT(0x89245102u)
#define E_GAMEUSER_DEFERRAL_NOT_AVAILABLE HC_HRESULT(0x89245103u)
#define E_GAMEUSER_USER_NOT_FOUND HC_HRESULT(0x89245104u)
#define E_GAMEUSER_NO_TOKEN_REQUIRED HC_HRESULT(0x89245105u)
#define E_GAMEUSER_NO_DEFAULT_USER HC_HRESULT(0x89245106u)

/*
 * XUserAddAsync() - the user who plays
 *
 * It is the XUID in the environment variable MPSESSION_XUID, which a launcher sets.
 *
 * Return: S_OK or as XAsyncBegin(). Since 0.1.
 */
STDAPI XUserAddAsync(_In_ XUserAddOptions options, _Inout_ XAsyncBlock *async) HC_NOEXCEPT;

/*
 * XUserAddResult() - the user, to be closed with XUserCloseHandle()
 *
 * Return: S_OK; E_GAMEUSER_NO_DEFAULT_USER: MPSESSION_XUID is not set, or is not a decimal number. Since 0.1.
 */
STDAPI XUserAddResult(_Inout_ XAsyncBlock *async, _Out_ XUserHandle *newUser) HC_NOEXCEPT;

/* XUserFindUserById() - the user of an XUID. Whether the agent knows it shows with the first call. Since 0.1. */
STDAPI XUserFindUserById(_In_ uint64_t userId, _Out_ XUserHandle *handle) HC_NOEXCEPT;
STDAPI XUserFindUserByLocalId(_In_ XUserLocalId userLocalId, _Out_ XUserHandle *handle) HC_NOEXCEPT;

/* XUserDuplicateHandle() - one reference more on the same user. */
STDAPI XUserDuplicateHandle(_In_ XUserHandle handle, _Out_ XUserHandle *duplicatedHandle) HC_NOEXCEPT;
STDAPI_(void) XUserCloseHandle(_In_ XUserHandle user) HC_NOEXCEPT;

/* XUserCompare() - 0 if both are the same user. */
STDAPI_(int32_t) XUserCompare(_In_opt_ XUserHandle user1, _In_opt_ XUserHandle user2) HC_NOEXCEPT;
STDAPI XUserGetId(_In_ XUserHandle user, _Out_ uint64_t *userId) HC_NOEXCEPT;
STDAPI XUserGetLocalId(_In_ XUserHandle user, _Out_ XUserLocalId *userLocalId) HC_NOEXCEPT;
STDAPI XUserGetState(_In_ XUserHandle user, _Out_ XUserState *state) HC_NOEXCEPT;
