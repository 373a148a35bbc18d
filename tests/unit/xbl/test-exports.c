/* SPDX-License-Identifier: MIT */
/* The functions of multiplayer_c.h: that each is exported, has its type, and answers to nothing but NULL. */
#include <xsapi-c/services_c.h>

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The compiler refuses a second declaration that differs from the header's. */
#define FUNCTION(answer, type, name, parameters, arguments) type name parameters;
#include "exports.h"
#undef FUNCTION

#define FUNCTION(answer, type, name, parameters, arguments) #name,
static const char *const names[] = {
#include "exports.h"
};
#undef FUNCTION
static const size_t count = sizeof(names) / sizeof(names[0]);

/* Whether @symbol is of multiplayer_c.h: what a game could come to use. */
static bool is_multiplayer(const char *symbol)
{
    return strncmp(symbol, "XblMultiplayer", 14) == 0 || strncmp(symbol, "XblFormat", 9) == 0;
}

Test(exports, all_and_no_others)
{
    bool *seen = calloc(count, sizeof(*seen));
    char command[4096], line[256], type;
    FILE *symbols;

    snprintf(command, sizeof(command), "'%s' -D --defined-only '%s'", getenv("NM"), getenv("XBL_LIBRARY"));
    symbols = popen(command, "r");
    cr_assert_not_null(symbols);
    while (fgets(line, sizeof(line), symbols)) {
        char symbol[200];
        size_t i;

        if (sscanf(line, "%*x %c %199s", &type, symbol) != 2 || !is_multiplayer(symbol))
            continue;
        for (i = 0; i < count && strcmp(names[i], symbol) != 0; i++)
            ;
        cr_expect(i < count, "%s is exported, but not in the list", symbol);
        cr_expect_eq(type, 'T', "%s is a %c", symbol, type);
        if (i < count)
            seen[i] = true;
    }
    cr_expect_eq(pclose(symbols), 0, "%s", command);
    for (size_t i = 0; i < count; i++)
        cr_expect(seen[i], "%s is not exported", names[i]);
    free(seen);
}

Test(exports, the_list_is_whole)
{
    cr_expect_eq(count, 129);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            cr_expect_str_neq(names[i], names[k]);
}

/* What each answers. A call that crashes fails the test too. */
#define CHECK_HERE(name, arguments) cr_expect_eq(name arguments, E_INVALIDARG, #name)
#define CHECK_NOT_YET(name, arguments)                                                                       \
    cr_expect_eq(name arguments, E_NOTIMPL, #name " is here: say so in exports.h")
#define CHECK_NEVER(name, arguments) cr_expect_eq(name arguments, E_NOTIMPL, #name)
#define CHECK_NONE(name, arguments) cr_expect_null(name arguments, #name)
#define CHECK_ZERO(name, arguments) cr_expect_eq(name arguments, 0, #name)
#define CHECK_VOID(name, arguments) name arguments
#define CHECK_VALUE(name, arguments) (void)name arguments
#define CHECK_HANDLE(name, arguments) XblMultiplayerSessionCloseHandle(name arguments)
#define FUNCTION(answer, type, name, parameters, arguments) CHECK_##answer(name, arguments);

Test(exports, answers_to_nothing)
{
#include "exports.h"
}
#undef FUNCTION
