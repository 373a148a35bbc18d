/* SPDX-License-Identifier: MIT */
/* The golden requests: members. What each setter, in each state of a session, has written. */
#include "golden.h"

#include <criterion/criterion.h>

Test(golden_members, new_join_null_false_false)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, false, false), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\"}}}}}");
}

Test(golden_members, new_join_null_true_true)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, true, true), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\",\"initialize\":true}},"
                    "\"properties\":{\"system\":{\"active\":true}}}}}");
}

Test(golden_members, new_join_true_true)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionJoin(s, "{}", true, true), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\",\"initialize\":true},"
                    "\"custom\":{}},\"properties\":{\"system\":{\"active\":true}}}}}");
}

Test(golden_members, new_join_m_1_false_true)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionJoin(s, "{\"m\":1}", false, true), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\"},\"custom\":{\"m\":1}},"
                    "\"properties\":{\"system\":{\"active\":true}}}}}");
}

Test(golden_members, new_join_null)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionJoin(s, "null", false, true), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\"}},\"properties\":{"
                    "\"system\":{\"active\":true}}}}}");
}

Test(golden_members, new_join)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionJoin(s, "", false, true), WEB_E_INVALID_JSON_STRING);
    golden_check(s, "{}");
}

Test(golden_members, new_join_twice)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, false, true), S_OK);
    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, false, true), E_UNEXPECTED);
    golden_check(s, "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\"}},\"properties\":{"
                    "\"system\":{\"active\":true}}}}}");
}

Test(golden_members, got_member_join)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionJoin(s, "{\"m\":2}", true, true), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\",\"initialize\":true},"
                    "\"custom\":{\"m\":2}},\"properties\":{\"system\":{\"active\":true}}}}}");
}

Test(golden_members, got_nonmember_join)
{
    XblMultiplayerSessionHandle s = golden_got(77);

    cr_expect_eq(XblMultiplayerSessionJoin(s, "{\"m\":2}", true, true), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"77\",\"initialize\":true},"
                    "\"custom\":{\"m\":2}},\"properties\":{\"system\":{\"active\":true}}}}}");
}

Test(golden_members, new_addmemberreservation_x2)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionAddMemberReservation(s, 100, "{\"r\":1}", true), S_OK);
    cr_expect_eq(XblMultiplayerSessionAddMemberReservation(s, 101, NULL, false), S_OK);
    golden_check(
        s, "{\"members\":{\"reserve_0\":{\"constants\":{\"system\":{\"xuid\":\"100\",\"initialize\":true},"
           "\"custom\":{\"r\":1}}},\"reserve_1\":{\"constants\":{\"system\":{\"xuid\":\"101\"}}}}}");
}

Test(golden_members, new_reservation_join)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionAddMemberReservation(s, 100, "{\"r\":1}", true), S_OK);
    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, false, true), S_OK);
    golden_check(s, "{\"members\":{\"reserve_0\":{\"constants\":{\"system\":{\"xuid\":\"100\",\"initialize\":"
                    "true},\"custom\":{\"r\":1}}},\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\"}},"
                    "\"properties\":{\"system\":{\"active\":true}}}}}");
}

Test(golden_members, got_reservation)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionAddMemberReservation(s, 100, "{\"r\":1}", true), S_OK);
    golden_check(s, "{\"members\":{\"reserve_0\":{\"constants\":{\"system\":{\"xuid\":\"100\",\"initialize\":"
                    "true},\"custom\":{\"r\":1}}}}}");
}

Test(golden_members, got_member_leave)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionLeave(s), S_OK);
    golden_check(s, "{\"members\":{\"me\":null}}");
}

Test(golden_members, got_nonmember_leave)
{
    XblMultiplayerSessionHandle s = golden_got(77);

    cr_expect_eq(XblMultiplayerSessionLeave(s), S_OK);
    golden_check(s, "{\"members\":{\"me\":null}}");
}

Test(golden_members, new_leave)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionLeave(s), S_OK);
    golden_check(s, "{\"members\":{\"me\":null}}");
}

Test(golden_members, new_join_leave)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, false, true), S_OK);
    cr_expect_eq(XblMultiplayerSessionLeave(s), E_UNEXPECTED);
    golden_check(s, "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\"}},\"properties\":{"
                    "\"system\":{\"active\":true}}}}}");
}

/* The original writes the key "me" twice; what was asked for first is kept. */
Test(golden_members, got_member_leave_join)
{
    XblMultiplayerSessionHandle s = golden_got(9);

    cr_expect_eq(XblMultiplayerSessionLeave(s), S_OK);
    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, false, true), E_UNEXPECTED);
    golden_check(s, "{\"members\":{\"me\":null}}");
}

Test(golden_members, new_join_subscription)
{
    XblMultiplayerSessionHandle s = golden_new();

    cr_expect_eq(XblMultiplayerSessionJoin(s, NULL, true, true), S_OK);
    cr_expect_eq(XblMultiplayerSessionSetSessionChangeSubscription(s, 1), S_OK);
    golden_check(s, "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"9\",\"initialize\":true}},"
                    "\"properties\":{\"system\":{\"active\":true,\"subscription\":{\"id\":\"GUID\","
                    "\"changeTypes\":[\"everything\"]}}}}}}");
}
