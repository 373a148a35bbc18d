/* SPDX-License-Identifier: MIT */
/* Sentences for errors, and the version. */
#include "mpsession/mpsession.h"

const char *mps_version(void)
{
    return MPS_VERSION;
}

const char *mps_error_text(int error)
{
    switch (error) {
    case MPS_OK:
        return "No error.";
    case MPS_ERROR_INVALID_ARGUMENT:
        return "An argument is NULL, out of range, or a struct whose struct_size was not set.";
    case MPS_ERROR_INVALID_HANDLE:
        return "The handle id is not a UUID (36 characters with dashes, not all zero).";
    case MPS_ERROR_INVALID_REFERENCE:
        return "The scid has to be a UUID, template and name 1 to 99 of A-Z a-z 0-9 . _ - and not . or ..";
    case MPS_ERROR_INVALID_SESSION:
        return "The session has to be a JSON object in UTF-8, nested at most 64 deep.";
    case MPS_ERROR_INVALID_OPTION:
        return "An option has a value that is not allowed, or one that this call does not take.";
    case MPS_ERROR_TOO_LARGE:
        return "The session is larger than 1 MiB.";
    case MPS_ERROR_ID_REUSED:
        return "The id belongs to another request: every new request needs an id of its own.";
    case MPS_ERROR_QUOTA:
        return "Too many requests wait in the agent: wait for completions before making more.";
    case MPS_ERROR_NEEDS_SIGN_IN:
        return "The account has to sign in first (mpsessionctl sign-in).";
    case MPS_ERROR_NO_SUCH_REQUEST:
        return "The agent knows no request of that id that this game may see.";
    case MPS_ERROR_ACCESS_DENIED:
        return "Another living process owns the request.";
    case MPS_ERROR_STORE_FAILED:
        return "The agent could not store the request: is the disk full?";
    case MPS_ERROR_NO_AGENT:
        return "The agent (mpsessiond) does not run and cannot be started.";
    case MPS_ERROR_AGENT_LOST:
        return "The agent did not come back in time: whether the request was carried out is unknown.";
    case MPS_ERROR_LOST:
        return "The agent had accepted the request and has lost it: whether it was carried out is unknown.";
    case MPS_ERROR_CLOSED:
        return "The client belongs to another process: open one after fork().";
    case MPS_ERROR_NO_MEMORY:
        return "There is not enough memory.";
    case MPS_ERROR_BUSY:
        return "Too many calls of this process have not completed yet: call mps_client_dispatch() and try "
               "again.";
    default:
        return "The agent and this version of libmpsession do not understand each other.";
    }
}
