/* SPDX-License-Identifier: MIT */
/* Checking what the game gives, on the game's thread: a bad text that reached libdbus would abort the process. */
#pragma once

#include "client-call.h"

/*
 * check_struct() - take a struct that the caller's header may know differently
 * @from: begins with size_t struct_size; NULL leaves @to zero
 * @to: @size bytes, cleared first
 *
 * Fields that the caller does not know are zero; such that we do not know must be zero.
 * Return: 0 or MPS_ERROR_INVALID_ARGUMENT.
 */
int check_struct(const void *from, void *to, size_t size);

/*
 * check_options() - check a call's options and set them in its arguments
 * @options: NULL for none
 * @arguments: kind and mode are set; account and title_id keep what they are where the options name none
 *
 * The texts stay the caller's. Return: 0 or an MpsError.
 */
int check_options(const MpsCallOptions *options, CallArguments *arguments);

/* check_arguments() - check the rest of the arguments by their kind. Return: 0 or an MpsError. */
int check_arguments(const CallArguments *arguments);
