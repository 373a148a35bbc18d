/* SPDX-License-Identifier: MIT */
/* The Windows words that the Xbox Live C interface is written in. Usable from C11 and from C++11 on. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <httpClient/config.h>

#if defined(__cplusplus) && __cplusplus < 201103L
#error "These headers need C++11"
#endif

typedef int32_t HRESULT;
typedef void *HANDLE;

#if defined(__cplusplus)
#define EXTERN_C extern "C"
#define HC_NOEXCEPT noexcept
#else
#define EXTERN_C extern
#define HC_NOEXCEPT
#endif

#if !defined(STDAPI)
#define STDAPI_(type) EXTERN_C __attribute__((visibility("default"))) type
#define STDAPI STDAPI_(HRESULT)
#endif
#if !defined(STDAPICALLTYPE)
#define STDAPICALLTYPE
#endif
#if !defined(STDAPIVCALLTYPE)
#define STDAPIVCALLTYPE
#endif
#if !defined(CALLBACK)
#define CALLBACK
#endif
#if !defined(WINAPI)
#define WINAPI
#endif
#if !defined(INFINITE)
#define INFINITE 0xFFFFFFFFu
#endif

/*
 * HC_ENUM(X) { HC_VALUE(X, A), ... }; - an enum of 32 bits
 *
 * C++ sees enum class X with X::A, as games write it; C sees the type X and the constants X_A.
 */
#if defined(__cplusplus)
#define HC_ENUM(name) enum class name : uint32_t
#define HC_VALUE(name, value) value
#else
#define HC_ENUM(name)                                                                                        \
    typedef uint32_t name;                                                                                   \
    enum
#define HC_VALUE(name, value) name##_##value
#endif

#if defined(__cplusplus) && !defined(DEFINE_ENUM_FLAG_OPERATORS)
#define DEFINE_ENUM_FLAG_OPERATORS(name)                                                                     \
    inline constexpr name operator|(name a, name b) noexcept                                                 \
    {                                                                                                        \
        return name(uint32_t(a) | uint32_t(b));                                                              \
    }                                                                                                        \
    inline constexpr name operator&(name a, name b) noexcept                                                 \
    {                                                                                                        \
        return name(uint32_t(a) & uint32_t(b));                                                              \
    }                                                                                                        \
    inline constexpr name operator^(name a, name b) noexcept                                                 \
    {                                                                                                        \
        return name(uint32_t(a) ^ uint32_t(b));                                                              \
    }                                                                                                        \
    inline constexpr name operator~(name a) noexcept                                                         \
    {                                                                                                        \
        return name(~uint32_t(a));                                                                           \
    }                                                                                                        \
    inline name &operator|=(name &a, name b) noexcept                                                        \
    {                                                                                                        \
        return a = a | b;                                                                                    \
    }                                                                                                        \
    inline name &operator&=(name &a, name b) noexcept                                                        \
    {                                                                                                        \
        return a = a & b;                                                                                    \
    }                                                                                                        \
    inline name &operator^=(name &a, name b) noexcept                                                        \
    {                                                                                                        \
        return a = a ^ b;                                                                                    \
    }
#endif

#define HC_HRESULT(value) ((HRESULT)(value))
#if !defined(SUCCEEDED)
#define SUCCEEDED(hr) (((HRESULT)(hr)) >= 0)
#define FAILED(hr) (((HRESULT)(hr)) < 0)
#endif
#if !defined(MAKE_HRESULT)
#define MAKE_HRESULT(severity, facility, code)                                                               \
    HC_HRESULT(((uint32_t)(severity) << 31) | ((uint32_t)(facility) << 16) | (uint32_t)(code))
#define HRESULT_CODE(hr) ((hr)&0xFFFF)
#define HRESULT_FACILITY(hr) (((hr) >> 16) & 0x1FFF)
#define HRESULT_SEVERITY(hr) (((hr) >> 31) & 1)
#endif
#if !defined(HRESULT_FROM_WIN32)
#define FACILITY_WIN32 7
#define __HRESULT_FROM_WIN32(x)                                                                              \
    ((HRESULT)(x) <= 0 ? (HRESULT)(x) : HC_HRESULT(((uint32_t)(x)&0xFFFFu) | 0x80070000u))
#define HRESULT_FROM_WIN32(x) __HRESULT_FROM_WIN32(x)
#endif

#if !defined(S_OK)
#define S_OK HC_HRESULT(0)
#define S_FALSE HC_HRESULT(1)
#endif
#if !defined(E_NOTIMPL)
#define E_NOTIMPL HC_HRESULT(0x80004001u)
#define E_NOINTERFACE HC_HRESULT(0x80004002u)
#define E_POINTER HC_HRESULT(0x80004003u)
#define E_ABORT HC_HRESULT(0x80004004u)
#define E_FAIL HC_HRESULT(0x80004005u)
#define E_PENDING HC_HRESULT(0x8000000Au)
#define E_BOUNDS HC_HRESULT(0x8000000Bu)
#define E_ILLEGAL_METHOD_CALL HC_HRESULT(0x8000000Eu)
#define E_UNEXPECTED HC_HRESULT(0x8000FFFFu)
#define E_ACCESSDENIED HC_HRESULT(0x80070005u)
#define E_HANDLE HC_HRESULT(0x80070006u)
#define E_OUTOFMEMORY HC_HRESULT(0x8007000Eu)
#define E_NOT_SUPPORTED HC_HRESULT(0x80070032u)
#define E_INVALIDARG HC_HRESULT(0x80070057u)
#define E_NOT_SUFFICIENT_BUFFER HC_HRESULT(0x8007007Au)
#define E_TIME_CRITICAL_THREAD HC_HRESULT(0x800701A0u)
#define E_NO_TASK_QUEUE HC_HRESULT(0x800701ABu)
#endif

#if !defined(FACILITY_XBOX)
#define FACILITY_XBOX 2339
#endif
#define E_HC_NOT_INITIALISED HC_HRESULT(0x89235001u)
#define E_HC_PERFORM_ALREADY_CALLED HC_HRESULT(0x89235003u)
#define E_HC_ALREADY_INITIALISED HC_HRESULT(0x89235004u)
#define E_HC_CONNECT_ALREADY_CALLED HC_HRESULT(0x89235005u)
#define E_HC_NO_NETWORK HC_HRESULT(0x89235006u)
#define E_HC_NETWORK_NOT_INITIALIZED HC_HRESULT(0x89235007u)
#define E_HC_INTERNAL_STILLINUSE HC_HRESULT(0x89235008u)
#define E_HC_COMPRESSION_ENABLED HC_HRESULT(0x89235009u)
#define E_HC_XCURL_REQUIRED HC_HRESULT(0x8923500Au)

/* Microsoft's annotations say nothing to these compilers. */
#if !defined(_In_)
#define _In_
#define _In_opt_
#define _In_z_
#define _In_opt_z_
#define _In_range_(low, high)
#define _In_reads_(n)
#define _In_reads_opt_(n)
#define _In_reads_z_(n)
#define _In_reads_bytes_(n)
#define _In_reads_bytes_opt_(n)
#define _Inout_
#define _Inout_opt_
#define _Inout_updates_(n)
#define _Inout_updates_bytes_(n)
#define _Out_
#define _Out_opt_
#define _Out_writes_(n)
#define _Out_writes_to_(n, m)
#define _Out_writes_to_opt_(n, m)
#define _Out_writes_bytes_(n)
#define _Out_writes_bytes_opt_(n)
#define _Out_writes_bytes_to_(n, m)
#define _Out_writes_bytes_to_opt_(n, m)
#define _Out_writes_z_(n)
#define _Outptr_
#define _Outptr_opt_
#define _Outptr_result_maybenull_
#define _Outptr_result_z_
#define _Outptr_result_bytebuffer_maybenull_(n)
#define _Outptr_opt_result_bytebuffer_maybenull_(n)
#define _Ret_z_
#define _Ret_maybenull_
#define _Ret_maybenull_z_
#define _Post_invalid_
#define _Success_(condition)
#define _Use_decl_annotations_
#define _Null_terminated_
#define _Field_z_
#define _Field_size_(n)
#define _Field_size_bytes_(n)
#define _Maybenull_
#define _Deref_out_opt_
#endif
#if !defined(UNREFERENCED_PARAMETER)
#define UNREFERENCED_PARAMETER(parameter) (void)(parameter)
#endif
