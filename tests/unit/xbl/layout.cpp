// SPDX-License-Identifier: MIT
// Layouts as C++ sees them: compiling this is the test.
#include <XAsyncProvider.h>
#include <XTaskQueue.h>
#include <xsapi-c/services_c.h>

#include <cstddef>
#include <type_traits>

#define LAYOUT_SIZE(type, size) static_assert(sizeof(type) == size, #type)
#define LAYOUT_AT(type, field, offset) static_assert(offsetof(type, field) == offset, #type "." #field)

#define LAYOUT_VALUE(type, name, value)                                                                      \
    static_assert(uint32_t(type::name) == value && sizeof(type) == 4, #type "::" #name)
#define LAYOUT_TYPE(type, same) static_assert(std::is_same<type, same>::value, #type)
#define LAYOUT_FUNCTION(function, result, parameters)                                                        \
    static_assert(same_function(static_cast<result(*) parameters>(&function)), #function)
#define LAYOUT_HRESULT(name, number)                                                                         \
    static_assert(name == HRESULT(number) && std::is_same<decltype(name), HRESULT>::value, #name)

/* The cast has found that very function: it has no overload, and its type does not convert but by noexcept. */
template <typename Function> constexpr bool same_function(Function *)
{
    return true;
}

#include "layout-values.h"

#if defined(__LP64__)
#include "layout.h"
#endif
#include "layout-async.h"

/* Each of them may be called where nothing may throw. */
static_assert(noexcept(XAsyncGetStatus(nullptr, true)), "XAsyncGetStatus");
static_assert(noexcept(XAsyncBegin(nullptr, nullptr, nullptr, nullptr, nullptr)), "XAsyncBegin");
static_assert(noexcept(XTaskQueueCloseHandle(nullptr)), "XTaskQueueCloseHandle");

static_assert((XblMultiplayerSessionChangeTypes::CustomPropertyChange |
               XblMultiplayerSessionChangeTypes::HostDeviceTokenChange) ==
                  XblMultiplayerSessionChangeTypes(0x82),
              "flags");
