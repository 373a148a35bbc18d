/* SPDX-License-Identifier: MIT */
/* Names of sessions and requests on the command line. */
#include "cli/target.h"

#include <criterion/criterion.h>
#include <errno.h>

#define ID "0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001"
#define PATH "/org/mpsession/Agent1/request/0a7be2c4_51d3_4f8e_8c7d_93a1c0de0001"

Test(target, handle)
{
    Target target;

    cr_assert_eq(target_parse(ID, &target), 0);
    cr_assert(target.by_handle);
    cr_assert_str_eq(target.handle, ID);
    target_clear(&target);
    cr_assert_null(target.handle);
}

Test(target, reference)
{
    Target target;

    cr_assert_eq(target_parse("scid/quickmatch/one", &target), 0);
    cr_assert_not(target.by_handle);
    cr_assert_str_eq(target.scid, "scid");
    cr_assert_str_eq(target.template_name, "quickmatch");
    cr_assert_str_eq(target.name, "one");
    target_clear(&target);
}

Test(target, wrong_slashes)
{
    Target target;

    cr_assert_eq(target_parse("scid/quickmatch", &target), -EINVAL);
    cr_assert_eq(target_parse("a/b/c/d", &target), -EINVAL);
    cr_assert_eq(target_parse("a/b/c/", &target), -EINVAL);
}

Test(target, ids)
{
    cr_assert(target_is_id(ID));
    cr_assert_not(target_is_id("0A7BE2C4-51D3-4F8E-8C7D-93A1C0DE0001"));
    cr_assert_not(target_is_id("0a7be2c4-51d3-4f8e-8c7d-93a1c0de000"));
    cr_assert_not(target_is_id("0a7be2c4051d3-4f8e-8c7d-93a1c0de0001"));
    cr_assert(target_is_id_start("0a7b"));
    cr_assert(target_is_id_start("0a7be2c4-5"));
    cr_assert_not(target_is_id_start("0a7"));
    cr_assert_not(target_is_id_start("0a7be2c45"));
    cr_assert_not(target_is_id_start("0a7g"));
    cr_assert_not(target_is_id_start(ID "0"));
    cr_assert_not(target_is_id_start(""));
}

Test(target, paths)
{
    char path[TARGET_PATH_SIZE], id[MPS_ID_LENGTH + 1];

    target_path(ID, path);
    cr_assert_str_eq(path, PATH);
    cr_assert_eq(target_id(path, id), 0);
    cr_assert_str_eq(id, ID);
    cr_assert_eq(target_id("/org/mpsession/Agent1", id), -EINVAL);
    cr_assert_eq(target_id("/org/mpsession/Agent1/request/x", id), -EINVAL);
    cr_assert_eq(target_id("/org/mpsession/Agent1/request/0a7be2c4_51d3_4f8e_8c7d_93a1c0de000_", id),
                 -EINVAL);
    cr_assert_str_eq(id, ID);
}

Test(target, shortened)
{
    char text[64], small[8];

    cr_assert_str_eq(
        target_shorten("5f2c0100-0000-4000-8000-00000000abcd/quickmatch/game", text, sizeof(text)),
        "5f2c0100…/quickmatch/game");
    cr_assert_str_eq(target_shorten(ID, text, sizeof(text)), "handle 0a7be2c4…");
    cr_assert_str_eq(target_shorten("a/b/c", text, sizeof(text)), "a/b/c");
    cr_assert_str_eq(target_shorten("", text, sizeof(text)), "");
    cr_assert_str_eq(target_shorten(ID, small, sizeof(small)), "handle ", "it is cut to the room there is");
}
