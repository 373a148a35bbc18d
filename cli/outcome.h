/* SPDX-License-Identifier: MIT */
/* How a request ended, for people. */
#pragma once

#include <jansson.h>
#include <stdio.h>

/*
 * outcome_print() - "applied (Updated, HTTP 200, 1 attempt)" and what else a person wants to know, a line each
 * @result: as agent_result() makes it; documents are not shown
 */
void outcome_print(const json_t *result, FILE *out);

/* outcome_exit_code() - EXIT_DONE for applied, else EXIT_ANSWER_NO. */
int outcome_exit_code(const json_t *result);
