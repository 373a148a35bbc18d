/* SPDX-License-Identifier: MIT */
/* Layouts as C sees them: compiling this is the test. */
#include <XAsyncProvider.h>
#include <XTaskQueue.h>
#include <xsapi-c/services_c.h>

#include <stddef.h>

#define LAYOUT_SIZE(type, size) _Static_assert(sizeof(type) == size, #type)
#define LAYOUT_AT(type, field, offset) _Static_assert(offsetof(type, field) == offset, #type "." #field)

#define LAYOUT_VALUE(type, name, value)                                                                      \
    _Static_assert(type##_##name == value && sizeof(type) == 4, #type "_" #name)
#define LAYOUT_TYPE(type, same) _Static_assert(_Generic((type)0, same : 1, default : 0), #type)
#define LAYOUT_FUNCTION(function, result, parameters)                                                        \
    _Static_assert(_Generic(&function, result(*) parameters : 1, default : 0), #function)
#define LAYOUT_HRESULT(name, value) _Static_assert(name == (HRESULT)(value) && sizeof(name) == 4, #name)

#include "layout-values.h"

#if defined(__LP64__)
#include "layout.h"
#endif
#include "layout-async.h"

int layout_is_checked(void);

int layout_is_checked(void)
{
    return XblMultiplayerSessionWriteMode_SynchronizedUpdate;
}
