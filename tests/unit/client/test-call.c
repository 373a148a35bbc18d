/* SPDX-License-Identifier: MIT */
/* A call's copy, id, deadline and comparison; the table and its order. */
#include <criterion/criterion.h>
#include <string.h>

#include "client-call.h"
#include "client-table.h"
#include "ipc/validate.h"

#define UUID "8cb6d02a-7b5e-4bd6-9d21-6f9d8fcb0c11"
#define SECOND UINT64_C(1000000)

static Call *call_make(CallArguments arguments)
{
    Call *call = NULL;

    cr_assert_eq(call_new(&arguments, SECOND, &call), 0);
    return call;
}

Test(call, ids_are_random_uuids_of_version_4)
{
    Call *a = call_make((CallArguments){.kind = CALL_GET_BY_HANDLE, .handle_id = UUID});
    Call *b = call_make((CallArguments){.kind = CALL_GET_BY_HANDLE, .handle_id = UUID});

    cr_assert(mps_validate_id(a->arguments.id));
    cr_assert(mps_validate_id(b->arguments.id));
    cr_assert_str_neq(a->arguments.id, b->arguments.id);
    cr_assert_eq(a->arguments.id[14], '4');
    cr_assert_not_null(strchr("89ab", a->arguments.id[19]));
    call_free(a);
    call_free(b);
}

Test(call, copies)
{
    char handle[] = UUID;
    char session[] = "{\"a\":1}";
    uint64_t xuids[] = {7, 8};
    Call *call;

    call = call_make((CallArguments){.kind = CALL_WRITE_BY_HANDLE,
                                     .handle_id = handle,
                                     .session = session,
                                     .session_size = 7,
                                     .xuids = xuids,
                                     .xuids_count = 2});
    memset(handle, 'x', sizeof(handle) - 1);
    memset(session, 'x', sizeof(session) - 1);
    xuids[1] = 0;
    cr_assert_str_eq(call->arguments.handle_id, UUID);
    cr_assert_str_eq(call->arguments.session, "{\"a\":1}");
    cr_assert_eq(call->arguments.xuids[1], 8);
    cr_assert_null(call->arguments.etag);
    call_free(call);
}

Test(call, deadlines)
{
    Call *call = call_make((CallArguments){.kind = CALL_WRITE, .session = "{}", .session_size = 2});

    /* Not told to the agent, which chooses by what the write does: at most two hours. */
    cr_assert_eq(call->deadline_boot_usec, 0);
    cr_assert_eq(call_due_usec(call), 7201 * SECOND);
    call->state = CALL_SENT;
    cr_assert_eq(call_due_usec(call), 7226 * SECOND);
    call_free(call);
    call = call_make(
        (CallArguments){.kind = CALL_WRITE, .session = "{}", .session_size = 2, .deadline_usec = SECOND});
    cr_assert_eq(call->deadline_boot_usec, 2 * SECOND);
    cr_assert_eq(call_due_usec(call), 2 * SECOND);
    call->exposed = true;
    cr_assert_eq(call_due_usec(call), 27 * SECOND);
    call_free(call);
    call = call_make((CallArguments){.kind = CALL_GET, .scid = UUID});
    cr_assert_eq(call->deadline_boot_usec, 31 * SECOND);
    call_free(call);
}

Test(call, sameness)
{
    static const uint64_t xuids[] = {1, 2};
    CallArguments base = {.kind = CALL_WRITE_BY_HANDLE,
                          .mode = MPS_UPDATE_EXISTING,
                          .id = UUID,
                          .handle_id = UUID,
                          .session = "{}",
                          .session_size = 2,
                          .etag = "1"};
    CallArguments others[7];
    Call *a = call_make(base);
    Call *b = call_make(base);

    cr_assert(call_is_same(a, b));
    call_free(b);
    for (size_t i = 0; i < 7; i++)
        others[i] = base;
    others[0].mode = MPS_CREATE_NEW;
    others[1].session = "{ }";
    others[1].session_size = 3;
    others[2].etag = NULL;
    others[3].etag = "2";
    others[4].title_id = 1;
    others[5].account = "1";
    others[6].xuids = xuids;
    others[6].xuids_count = 2;
    for (size_t i = 0; i < 7; i++) {
        b = call_make(others[i]);
        cr_assert_not(call_is_same(a, b), "%zu", i);
        call_free(b);
    }
    /* How long it may wait is not its content. */
    base.deadline_usec = 5;
    base.durability = MPS_DURABILITY_POWER;
    b = call_make(base);
    cr_assert(call_is_same(a, b));
    call_free(b);
    call_free(a);
}

Test(table, finds_and_orders)
{
    static Table table;
    Call *calls[3 * TABLE_BUCKETS / 2];
    size_t count = sizeof(calls) / sizeof(calls[0]);
    size_t position = 0;

    for (size_t i = 0; i < count; i++) {
        calls[i] = call_make((CallArguments){.kind = CALL_GET, .scid = UUID});
        table_add(&table, calls[i]);
        table_set_serial(&table, calls[i], (uint32_t)i * 3 + 1);
        list_append(i % 2 == 0 ? &table.active : &table.waiting, calls[i]);
    }
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(table_find(&table, calls[i]->arguments.id), calls[i]);
        cr_assert_eq(table_find_serial(&table, (uint32_t)i * 3 + 1), calls[i]);
        cr_assert_null(table_find_serial(&table, (uint32_t)i * 3 + 2));
    }
    cr_assert_null(table_find(&table, UUID));
    list_put_before(&table.waiting, &table.active);
    cr_assert_null(table.active.first);
    for (Call *call = table.waiting.first; call; call = call->next) {
        size_t wanted = position < (count + 1) / 2 ? position * 2 : (position - (count + 1) / 2) * 2 + 1;

        cr_assert_eq(call, calls[wanted]);
        cr_assert_eq(call->next ? call->next->previous : table.waiting.last, call);
        position++;
    }
    cr_assert_eq(position, count);
    list_remove(&table.waiting, calls[0]);
    list_remove(&table.waiting, calls[3]);
    list_put_before(&table.waiting, &table.active);
    table_set_serial(&table, calls[0], 0);
    cr_assert_null(table_find_serial(&table, 1));
    table_remove(&table, calls[0]);
    cr_assert_null(table_find(&table, calls[0]->arguments.id));
    call_free(calls[0]);
    table_clear(&table);
    cr_assert_null(table_find(&table, UUID));
}
