/* SPDX-License-Identifier: MIT */
/*
 * The contract's words and the public enums, one for the other.
 *
 * ipc/names.h and mpsession.h use some names for both (MPS_OUTCOME_APPLIED is a word there, a number here), so a file
 * that needs both sides asks here instead of naming them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Each takes a word (NULL is none) and returns the number of the enum in mpsession.h, or -1 for an unknown word. */
int words_to_outcome(const char *word);
int words_to_applied(const char *word);
int words_to_write_status(const char *word);

/* Each takes a number of the enum and returns the word; NULL if there is none. Static. */
const char *words_from_mode(int mode);
const char *words_from_durability(int durability);

/*
 * words_to_error() - a D-Bus error's name
 * @name: org.mpsession.Error.Something, or one of the bus
 *
 * Return: the MpsError; MPS_ERROR_INTERNAL for one that is not known.
 */
int words_to_error(const char *name);

/* words_from_error() - the stable code of an MpsError, "" for MPS_OK. Static, never NULL. */
const char *words_from_error(int error);

/* words_is_retryable() - may the same call succeed later? */
bool words_is_retryable(int error);

/* What an error of the bus, not of the agent, says about a call. */
typedef enum WordsLoss {
    WORDS_LOSS_NONE,      /* an answer */
    WORDS_LOSS_UNSENT,    /* it reached nobody: there was no such connection */
    WORDS_LOSS_UNCERTAIN, /* it reached somebody who died before answering */
    WORDS_LOSS_LEAVING,   /* the agent is stopping and did not take it */
} WordsLoss;
WordsLoss words_to_loss(const char *name);
