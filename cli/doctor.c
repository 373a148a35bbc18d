/* SPDX-License-Identifier: MIT */
/* The lines that mpsessionctl doctor collects. */
#include "cli/doctor.h"

#include "cli/json-out.h"
#include "cli/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const state_names[DOCTOR_STATES] = {"ok", "warn", "fail", "skip"};

const char *doctor_state_name(DoctorState state)
{
    return state_names[state];
}

void doctor_add(Doctor *doctor, const char *check, DoctorState state, const char *fix, const char *format,
                ...)
{
    char text[1200];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    /* Parts of it come from others: the service, the file system. */
    char *clean = text_clean(text, 0);
    json_t *row = json_pack("{s:s, s:s, s:s, s:s*}", "check", check, "state", state_names[state], "text",
                            clean ? clean : "", "fix", fix);
    if (!row) /* no UTF-8 */
        row = json_pack("{s:s, s:s, s:s, s:s*}", "check", check, "state", state_names[state], "text", "?",
                        "fix", fix);
    json_array_append_new(doctor->checks, row);
    free(clean);
}

size_t doctor_count(const Doctor *doctor, DoctorState state)
{
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(doctor->checks); i++)
        count += strcmp(json_text(json_array_get(doctor->checks, i), "state"), state_names[state]) == 0;
    return count;
}
