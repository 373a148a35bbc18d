/* SPDX-License-Identifier: MIT */
/* How a request ended, for people. */
#include "cli/outcome.h"

#include "cli/command.h"
#include "cli/duration.h"
#include "cli/json-out.h"
#include "cli/table.h"
#include "ipc/names.h"

#include <stdlib.h>
#include <string.h>

int outcome_exit_code(const json_t *result)
{
    return strcmp(json_text(result, MPS_RESULT_OUTCOME), MPS_OUTCOME_APPLIED) == 0 ? EXIT_DONE
                                                                                   : EXIT_ANSWER_NO;
}

static void print_text(FILE *out, const char *label, const char *text)
{
    char *clean = *text ? text_clean(text, 0) : NULL;

    if (clean)
        fprintf(out, "  %-10s %s\n", label, clean);
    free(clean);
}

static void print_reference(FILE *out, const json_t *reference)
{
    if (json_array_size(reference) == 3 && *json_string_value(json_array_get(reference, 2)))
        fprintf(out, "  %-10s %s/%s/%s\n", "session", json_string_value(json_array_get(reference, 0)),
                json_string_value(json_array_get(reference, 1)),
                json_string_value(json_array_get(reference, 2)));
}

void outcome_print(const json_t *result, FILE *out)
{
    const char *status = json_text(result, MPS_RESULT_WRITE_STATUS);
    uint64_t http = json_number(result, MPS_RESULT_HTTP_STATUS),
             attempts = json_number(result, MPS_RESULT_ATTEMPTS);
    uint64_t retry_after = json_number(result, MPS_RESULT_RETRY_AFTER);
    char span[DURATION_SIZE];

    fprintf(out, "%s (", json_text(result, MPS_RESULT_OUTCOME));
    if (*status)
        fprintf(out, "%s, ", status);
    if (http)
        fprintf(out, "HTTP %llu, ", (unsigned long long)http);
    fprintf(out, "%llu attempt%s%s)\n", (unsigned long long)attempts, attempts == 1 ? "" : "s",
            json_flag(result, MPS_RESULT_RESOLVED) ? ", found out by looking" : "");
    if (strcmp(json_text(result, MPS_RESULT_APPLIED), MPS_APPLIED_UNKNOWN) == 0)
        print_text(out, "applied", "nobody can tell; mpsessionctl get shows the session");
    print_text(out, "error", json_text(result, MPS_RESULT_ERROR));
    print_text(out, "message", json_text(result, MPS_RESULT_MESSAGE));
    print_text(out, "server", json_text(result, MPS_RESULT_SERVER_MESSAGE));
    print_text(out, "etag", json_text(result, MPS_RESULT_ETAG));
    print_text(out, "handle", json_text(result, MPS_RESULT_HANDLE_ID));
    print_reference(out, json_object_get(result, MPS_RESULT_SESSION_REFERENCE));
    if (json_flag(result, MPS_RESULT_RETRYABLE))
        fprintf(out, "  %-10s the same call may succeed %s%s\n", "next", retry_after ? "after " : "later",
                retry_after ? duration_format(retry_after, span) : "");
}
