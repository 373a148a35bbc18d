/* SPDX-License-Identifier: MIT */
/* A caller's document: checked, classed, and compared with itself and with a session. */
#include "fuzz.h"

#include "core/compare.h"
#include "core/result.h"
#include "core/write-class.h"
#include "ipc/names.h"
#include "ipc/validate.h"

static const char session[] =
    "{\"properties\":{\"system\":{},\"custom\":{\"a\":1}},\"members\":{\"0\":{\"constants\":{\"system\":"
    "{\"xuid\":\"1\"},\"custom\":{}},\"properties\":{\"system\":{},\"custom\":{}}}}}";

const char *const fuzz_seeds[] = {
    "{\"members\":{\"me\":{\"constants\":{\"system\":{\"xuid\":\"1\"}},\"properties\":{\"system\":{"
    "\"active\":true}}}}}",
    "{\"properties\":{\"system\":{\"keywords\":[\"a\"],\"turn\":[]},\"custom\":{\"a\":{\"b\":[1,2.5,null]}}}"
    "}",
    "{\"members\":{\"reserve_0\":{\"constants\":{\"system\":{\"xuid\":\"7\"}}},\"me\":null}}",
    "{\"roleTypes\":{\"t\":{\"roles\":{\"r\":{\"max\":1}}}},\"outcome\":0}",
};
const size_t fuzz_seeds_count = sizeof fuzz_seeds / sizeof fuzz_seeds[0];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';

    WriteFacts facts = {0};
    Comparison comparison;
    char message[300];
    int r = write_class_check(text, size, &facts, message, sizeof message);
    bool shaped = mps_validate_utf8(text, size) && mps_validate_json_shape(text, size, MPS_SESSION_DEPTH_MAX);
    /* What the agent takes the client library must not have refused. */
    if (r == 0 && !shaped)
        abort();
    if (r == 0) {
        compare_documents(text, size, session, sizeof session - 1, "1", &comparison);
        compare_documents(session, sizeof session - 1, text, size, "1", &comparison);
    }
    CoreResult *result = NULL;
    if (core_result_unpack(text, NULL, 0, &result) == 0) {
        char *again = NULL;
        if (core_result_pack(result, &again) == 0)
            free(again);
        core_result_free(result);
    }
    free(text);
    return 0;
}
