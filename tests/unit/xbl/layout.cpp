// SPDX-License-Identifier: MIT
// Layouts as C++ sees them: compiling this is the test.
#include <XAsyncProvider.h>
#include <XTaskQueue.h>
#include <xsapi-c/services_c.h>

#include <cstddef>

#define LAYOUT_SIZE(type, size) static_assert(sizeof(type) == size, #type)
#define LAYOUT_AT(type, field, offset) static_assert(offsetof(type, field) == offset, #type "." #field)

#define LAYOUT_VALUE(type, name, value)                                                                      \
    static_assert(uint32_t(type::name) == value && sizeof(type) == 4, #type "::" #name)

#include "layout-values.h"

#if defined(__LP64__)
#include "layout.h"
#endif

static_assert((XblMultiplayerSessionChangeTypes::CustomPropertyChange |
               XblMultiplayerSessionChangeTypes::HostDeviceTokenChange) ==
                  XblMultiplayerSessionChangeTypes(0x82),
              "flags");
