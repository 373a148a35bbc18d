/* SPDX-License-Identifier: MIT */
/* What the codes mean that a person meets with: one table. */
#include "cli/code.h"

#include "ipc/names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HRESULT_HTTP 0x80190000UL /* what other libraries make of a status */

static const Code codes[] = {
    {CODE_HTTP_STATUS, "200", CODE_FATE_APPLIED, "The session was updated; for a read: here it is.", NULL},
    {CODE_HTTP_STATUS, "201", CODE_FATE_APPLIED, "The write has created the session.", NULL},
    {CODE_HTTP_STATUS, "202", CODE_FATE_MAYBE, "Accepted, but not finished.", NULL},
    {CODE_HTTP_STATUS, "204", CODE_FATE_APPLIED,
     "The session ended with this write, since its last member left, or there was nothing to keep; for a "
     "read: there is no "
     "session.",
     NULL},
    {CODE_HTTP_STATUS, "304", CODE_FATE_FINAL,
     "Not modified. The agent asks no question that has this answer.",
     "Look for a proxy on the way: mpsessionctl doctor tells which one is used."},
    {CODE_HTTP_STATUS, "400", CODE_FATE_FINAL,
     "The service cannot read the request: a field that it does not know or that may not be set, or a wrong "
     "handle.",
     "Read server-message: the service names the field. Change the document before it is sent again."},
    {CODE_HTTP_STATUS, "401", CODE_FATE_REFUSED, "The account's token is missing, too old or not taken.",
     "If it stays so, sign in again."},
    {CODE_HTTP_STATUS, "403", CODE_FATE_FINAL,
     "The account may not do this: it is no member, the session is closed to it, or it lacks a privilege.",
     "Read server-message. Waiting for a reservation: try again, not more often than every 5 s."},
    {CODE_HTTP_STATUS, "404", CODE_FATE_FINAL,
     "The handle, the service configuration or the session template is not there, or not any more.",
     "Ask for a new handle: a friend's handle ends when the friend goes on to something else."},
    {CODE_HTTP_STATUS, "405", CODE_FATE_FINAL, "The service does not know this verb at this address.",
     "Is Url= in agent.conf a session directory?"},
    {CODE_HTTP_STATUS, "406", CODE_FATE_FINAL, "The service does not speak this version of the protocol.",
     "Is Url= in agent.conf a session directory? Else a newer mpsession is needed."},
    {CODE_HTTP_STATUS, "408", CODE_FATE_MAYBE,
     "The service, or something before it, waited too long for the request.", NULL},
    {CODE_HTTP_STATUS, "409", CODE_FATE_FINAL,
     "The request contradicts the session or its template: constants that differ from those there, or "
     "another member's "
     "part of a large session.",
     "Compare the document's constants with the session (mpsessionctl get) and with the template. The same "
     "document will "
     "be refused again."},
    {CODE_HTTP_STATUS, "410", CODE_FATE_FINAL, "What was asked for is gone for good.",
     "Ask for a new handle."},
    {CODE_HTTP_STATUS, "411", CODE_FATE_FINAL, "The service missed the length of the request.",
     "Look for a proxy on the way: mpsessionctl doctor tells which one is used."},
    {CODE_HTTP_STATUS, "412", CODE_FATE_OUT_OF_SYNC,
     "The session is another version than the change was made from; or it is there and was to be created; or "
     "it is not "
     "there and was to be updated.",
     "Make the change again from the session that comes with the result, or from what mpsessionctl get "
     "shows."},
    {CODE_HTTP_STATUS, "413", CODE_FATE_FINAL, "The document is larger than the service takes.",
     "Send only what changes."},
    {CODE_HTTP_STATUS, "416", CODE_FATE_FINAL, "The service was asked for a part that is not there.",
     "Look for a proxy on the way: mpsessionctl doctor tells which one is used."},
    {CODE_HTTP_STATUS, "428", CODE_FATE_FINAL,
     "The service wants to be told which version the change was made from.",
     "Write in the mode synchronized-update, with --etag."},
    {CODE_HTTP_STATUS, "429", CODE_FATE_THROTTLED,
     "The account has made more calls for this title than the service allows. Calls that are refused count "
     "as well.",
     "Nothing: the agent waits. mpsessionctl doctor shows what is used up; other programs that use the "
     "account count too."},
    {CODE_HTTP_STATUS, "500", CODE_FATE_MAYBE, "The service failed.", NULL},
    {CODE_HTTP_STATUS, "501", CODE_FATE_FINAL, "The service does not know what was asked of it.",
     "Is Url= in agent.conf a session directory?"},
    {CODE_HTTP_STATUS, "502", CODE_FATE_MAYBE,
     "A gateway before the service got no answer from it that it understood.", NULL},
    {CODE_HTTP_STATUS, "503", CODE_FATE_THROTTLED,
     "The service is overloaded. Without Retry-After it may have been applied all the same, and the agent "
     "finds out.",
     NULL},
    {CODE_HTTP_STATUS, "504", CODE_FATE_MAYBE, "A gateway before the service waited for it in vain.", NULL},
    {CODE_HTTP_STATUS, "505", CODE_FATE_FINAL, "The service does not speak this version of HTTP.",
     "Look for a proxy on the way: mpsessionctl doctor tells which one is used."},
    {CODE_HTTP_STATUS, "3xx", CODE_FATE_FINAL,
     "The service points elsewhere. The agent does not follow: its token is for one place.",
     "Is Url= in agent.conf right? A network with a login page answers so too: open a browser."},
    {CODE_HTTP_STATUS, "4xx", CODE_FATE_FINAL, "The service refused the request.", "Read server-message."},
    {CODE_HTTP_STATUS, "5xx", CODE_FATE_MAYBE, "The service failed.", NULL},

    {CODE_OUTCOME, MPS_OUTCOME_APPLIED, CODE_FATE_NONE,
     "The change is in the session; a read has brought what it asked for.", NULL},
    {CODE_OUTCOME, MPS_OUTCOME_OUT_OF_SYNC, CODE_FATE_NONE,
     "Not applied: the session is another version than the change was made from.",
     "Make the change again from the session that comes with the result."},
    {CODE_OUTCOME, MPS_OUTCOME_REJECTED, CODE_FATE_NONE, "Not applied: the service said no.",
     "mpsessionctl explain with the result's http-status and error says more."},
    {CODE_OUTCOME, MPS_OUTCOME_EXPIRED, CODE_FATE_NONE,
     "Not applied: the deadline came before it could be sent.",
     "Make it again if it still makes sense. mpsessionctl doctor tells why it could not be sent."},
    {CODE_OUTCOME, MPS_OUTCOME_CANCELLED, CODE_FATE_NONE, "Not applied: it was cancelled before it was sent.",
     NULL},
    {CODE_OUTCOME, MPS_OUTCOME_SUPERSEDED, CODE_FATE_NONE, "Not applied: a newer write took its place.",
     NULL},
    {CODE_OUTCOME, MPS_OUTCOME_UNKNOWN, CODE_FATE_NONE,
     "It was sent, and nobody can tell whether it was applied.",
     "Read the session (mpsessionctl get) before it is written again."},

    {CODE_ERROR, "rejected", CODE_FATE_NONE, "The service said no.",
     "http-status and server-message of the result tell why."},
    {CODE_ERROR, "unauthorized", CODE_FATE_NONE,
     "The service did not take the account's token, and there is no better one.",
     "Sign in again, if the account was signed in; read server-message: it may name something else."},
    {CODE_ERROR, "forbidden", CODE_FATE_NONE, "The account may not do this.",
     "Read server-message: it lists the causes."},
    {CODE_ERROR, "handle-not-found", CODE_FATE_NONE,
     "The handle, the session or its template is not there any more.", "Ask for a new handle."},
    {CODE_ERROR, "out-of-sync", CODE_FATE_NONE,
     "The session is another version than the change was made from.",
     "Make the change again from the session that comes with the result."},
    {CODE_ERROR, "no-answer", CODE_FATE_NONE,
     "It was sent, but no answer came, and the session does not tell whether it was applied.",
     "Read the session (mpsessionctl get) before it is written again. synchronized-update and create-new are "
     "never in doubt "
     "for long: a second copy of them cannot apply."},
    {CODE_ERROR, "expired", CODE_FATE_NONE, "The deadline came before it could be sent.",
     "mpsessionctl doctor tells what is in the way; a longer deadline waits longer."},
    {CODE_ERROR, "offline", CODE_FATE_NONE, "It could not be sent, and was not to wait (when-offline fail).",
     "mpsessionctl doctor tells what is in the way: the directory, or the service that gives out tokens."},
    {CODE_ERROR, "needs-sign-in", CODE_FATE_NONE,
     "Its account has to sign in, and did not before the deadline, or the request was not to wait for it "
     "(when-offline fail). Nothing was written.",
     "mpsessionctl sign-in, then make the request again."},
    {CODE_ERROR, "signed-out", CODE_FATE_NONE,
     "Its account was signed out before it was done. With the outcome cancelled nothing was written; with "
     "unknown "
     "it was sent before, and nobody can tell.",
     "Sign in and make the request again, if it still makes sense; after unknown, read the session first."},
    {CODE_ERROR, "cancelled", CODE_FATE_NONE, "It was ended by Cancel before it was sent.", NULL},
    {CODE_ERROR, "superseded", CODE_FATE_NONE,
     "A newer write with the same supersedes key took its place; or one that leaves the session made it "
     "pointless; or, of a leave, the account has joined again since.",
     NULL},
    {CODE_ERROR, "no-session", CODE_FATE_NONE, "There is no session by that handle or reference.",
     "It has ended, or was never created."},
    {CODE_ERROR, "bad-answer", CODE_FATE_NONE,
     "The directory answered a read with something that is no session.",
     "Is Url= in agent.conf a session directory? Is there a proxy on the way? mpsessionctl doctor looks."},
    {CODE_ERROR, "left", CODE_FATE_NONE,
     "The account had left the session when its turn came, and this write would have made it a member "
     "again.",
     "Join first, then write."},
    {CODE_ERROR, "session-gone", CODE_FATE_NONE,
     "The session is not there any more. It was not made anew, since nobody knows who else has left it.",
     "Create or join another."},
    {CODE_ERROR, "lost-clock", CODE_FATE_NONE,
     "After a restart the clock was earlier than the newest time in the queue, so nobody could tell which "
     "deadlines had "
     "passed.",
     "Set the clock (timedatectl), then make the request again."},

    {CODE_WRITE_STATUS, "Updated", CODE_FATE_NONE, "The session was updated.", NULL},
    {CODE_WRITE_STATUS, "Created", CODE_FATE_NONE, "The session was created.", NULL},
    {CODE_WRITE_STATUS, "SessionDeleted", CODE_FATE_NONE, "The session ended with this write.", NULL},
    {CODE_WRITE_STATUS, "OutOfSync", CODE_FATE_NONE, "Not applied: HTTP 412.", "mpsessionctl explain 412"},
    {CODE_WRITE_STATUS, "Conflict", CODE_FATE_NONE, "Not applied: HTTP 409.", "mpsessionctl explain 409"},
    {CODE_WRITE_STATUS, "HandleNotFound", CODE_FATE_NONE, "Not applied: HTTP 404.",
     "mpsessionctl explain 404"},
    {CODE_WRITE_STATUS, "AccessDenied", CODE_FATE_NONE, "Not applied: HTTP 401 or 403.",
     "mpsessionctl explain 403"},
    {CODE_WRITE_STATUS, "Unknown", CODE_FATE_NONE,
     "The service answered with a status that has no name here.",
     "mpsessionctl explain with the result's http-status"},

    {CODE_STATE, MPS_STATE_QUEUED, CODE_FATE_NONE,
     "It waits for its turn: behind others of its session, or for a free slot.", NULL},
    {CODE_STATE, MPS_STATE_SENDING, CODE_FATE_NONE, "An attempt is under way.", NULL},
    {CODE_STATE, MPS_STATE_WAITING, CODE_FATE_NONE, "It waits for its next attempt.",
     "mpsessionctl explain with its id tells why."},
    {CODE_STATE, MPS_STATE_RESOLVING, CODE_FATE_NONE,
     "An attempt had no answer: the agent finds out whether it was applied.", NULL},
    {CODE_STATE, MPS_STATE_DONE, CODE_FATE_NONE,
     "It has its result, which is kept until it is acknowledged, or 24 hours.", NULL},

    {CODE_BUS_ERROR, "InvalidHandle", CODE_FATE_NONE, "The handle is no UUID, or all zero.",
     "A handle has 36 characters, like 0a7be2c4-51d3-4f8e-8c7d-93a1c0de0001."},
    {CODE_BUS_ERROR, "InvalidReference", CODE_FATE_NONE,
     "The service configuration id is no UUID, or a name has characters other than A-Z a-z 0-9 . _ - or more "
     "than 99.",
     "Correct the reference: SCID/TEMPLATE/NAME."},
    {CODE_BUS_ERROR, "InvalidSession", CODE_FATE_NONE,
     "The document is no JSON object that a session could be.", "The error's text names the place."},
    {CODE_BUS_ERROR, "InvalidOption", CODE_FATE_NONE,
     "An option is unknown, of another type, or out of range.",
     "The error's text names it. What an agent knows beyond the first version is in its property Features."},
    {CODE_BUS_ERROR, "IdReused", CODE_FATE_NONE, "The id belongs to a request with other content.",
     "Use a new id for each request; the same one only to make the same call again."},
    {CODE_BUS_ERROR, "TooLarge", CODE_FATE_NONE, "The document has more than 1 MiB.",
     "Send only what changes."},
    {CODE_BUS_ERROR, "QuotaExceeded", CODE_FATE_NONE,
     "The agent keeps as much as it may, of all programs or of this one. Results that nobody took count.",
     "Acknowledge results that were read; mpsessionctl queue shows what is kept. [Limits] in agent.conf "
     "raises the limits."},
    {CODE_BUS_ERROR, "NeedsSignIn", CODE_FATE_NONE, "The account is not signed in.",
     "Sign in, or name another account."},
    {CODE_BUS_ERROR, "NoSuchRequest", CODE_FATE_NONE,
     "There is no request of this id: it was acknowledged, its result was kept for 24 hours, it was never "
     "accepted, or it "
     "belongs to another sandboxed app.",
     "mpsessionctl queue lists the requests there are."},
    {CODE_BUS_ERROR, "NotDone", CODE_FATE_NONE, "The request has no result yet.",
     "Wait for Completed; mpsessionctl monitor tells."},
    {CODE_BUS_ERROR, "AccessDenied", CODE_FATE_NONE,
     "The caller may not do this: the request has another living owner, or the caller's sandbox cannot be "
     "read, or the call "
     "is none for a sandbox.",
     "The error's text says which. From a sandbox the bus itself may refuse: "
     "--talk-name=org.mpsession.Agent1."},
    {CODE_BUS_ERROR, "StoreFailed", CODE_FATE_NONE,
     "The request could not be written to the disk, and was not accepted.",
     "Free some space, and make the call again. mpsessionctl doctor looks at the disk."},
    {CODE_BUS_ERROR, "NotStarted", CODE_FATE_NONE,
     "The agent cannot start: its configuration or its state folder is wrong.",
     "The error's text says what to change; journalctl --user -u mpsessiond has the same."},
    {CODE_BUS_ERROR, "ShuttingDown", CODE_FATE_NONE, "The agent is stopping.",
     "Make the same call again, with the same id: it starts the next one."},
    {CODE_BUS_ERROR, "ServiceUnknown", CODE_FATE_NONE,
     "No agent runs, and the bus does not know how to start one.",
     "mpsessionctl doctor looks for the activation file."},
    {CODE_BUS_ERROR, "Spawn", CODE_FATE_NONE, "The bus could not start the agent.",
     "journalctl --user -u mpsessiond tells why it ended; mpsessionctl doctor looks for its program."},
    {CODE_BUS_ERROR, "NameHasNoOwner", CODE_FATE_NONE, "No agent runs.",
     "It starts by itself at the first write."},
    {CODE_BUS_ERROR, "NoReply", CODE_FATE_NONE, "The agent did not answer in time, or ended.",
     "Make the same call again, with the same id. mpsessionctl doctor looks at the agent."},
    {CODE_BUS_ERROR, "Disconnected", CODE_FATE_NONE, "The session bus is gone.",
     "Make the same call again, with the same id, on the next bus."},
    {CODE_BUS_ERROR, "LimitsExceeded", CODE_FATE_NONE,
     "The bus holds as many messages or connections of this user as it may.",
     "Make fewer calls at once, and read the replies."},

    {CODE_LIBRARY, "invalid-argument", CODE_FATE_NONE,
     "A function of libmpsession was called with arguments that cannot be.", NULL},
    {CODE_LIBRARY, "no-agent", CODE_FATE_NONE,
     "There is no agent and none can be started. Nothing was applied.", "mpsessionctl doctor tells why."},
    {CODE_LIBRARY, "agent-lost", CODE_FATE_NONE,
     "The agent that had the request did not come back until 25 s after its deadline: nobody can tell "
     "whether it was applied.",
     "Read the session before it is written again. journalctl --user -u mpsessiond tells what became of the "
     "agent."},
    {CODE_LIBRARY, "lost", CODE_FATE_NONE,
     "The agent had accepted the request and has forgotten it, as after a power cut: nobody can tell whether "
     "it was applied.",
     "Read the session before it is written again. durability power survives a power cut."},
    {CODE_LIBRARY, "closed", CODE_FATE_NONE,
     "The client was closed, or belongs to another process: a fork has none.", NULL},
    {CODE_LIBRARY, "no-memory", CODE_FATE_NONE, "The game has no memory left.", NULL},
    {CODE_LIBRARY, "busy", CODE_FATE_NONE,
     "The client holds as many calls that have not completed as it may.",
     "Call mps_client_dispatch() and make fewer calls at once."},
    {CODE_LIBRARY, "internal", CODE_FATE_NONE,
     "The agent answered with an error that this version of the library does not know.",
     "The message says which."},
};

static const char *const kind_names[CODE_KINDS] = {
    [CODE_HTTP_STATUS] = "HTTP status of the directory",
    [CODE_OUTCOME] = "outcome of a request",
    [CODE_ERROR] = "error of a result",
    [CODE_WRITE_STATUS] = "write-status of a result",
    [CODE_STATE] = "state of a request",
    [CODE_BUS_ERROR] = "D-Bus error of a call",
    [CODE_LIBRARY] = "error of libmpsession",
};

static const char *const fate_texts[] = {
    [CODE_FATE_APPLIED] = "a write is applied",
    [CODE_FATE_MAYBE] = "a write may have been applied: the agent finds out before anything is sent again",
    [CODE_FATE_REFUSED] = "a write is not applied; it is sent again with a new token, once",
    [CODE_FATE_THROTTLED] =
        "a write is not applied; the agent waits as long as the service says, and sends it again",
    [CODE_FATE_OUT_OF_SYNC] =
        "a write is not applied, and ends as out-of-sync; unless an earlier attempt had no answer: "
        "then the session tells whether that was applied",
    [CODE_FATE_FINAL] = "a write is not applied, and ends as rejected",
};

static const size_t codes_count = sizeof(codes) / sizeof(codes[0]);

/* The same word, however it is written: quota-exceeded, QuotaExceeded. */
static bool same_word(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '-')
            a++;
        while (*b == '-')
            b++;
        if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
            return false;
        if (!*a)
            return true;
    }
}

/* "0x80190199" as "409". Returns whether it was one. */
static bool status_of_hresult(const char *text, char status[8])
{
    char *end;

    if (strncasecmp(text, "0x", 2) != 0)
        return false;
    unsigned long value = strtoul(text, &end, 16);
    if (*end || (value & 0xFFFF0000UL) != HRESULT_HTTP)
        return false;
    snprintf(status, 8, "%u", (unsigned)(value & 0xFFFF));
    return true;
}

static bool is_status(const char *text)
{
    return strlen(text) == 3 && text[0] >= '1' && text[0] <= '5' && isdigit((unsigned char)text[1]) &&
           isdigit((unsigned char)text[2]);
}

static const Code *find_word(const char *text, const Code *after)
{
    for (const Code *code = after ? after + 1 : codes; code < codes + codes_count; code++)
        if (same_word(code->name, text))
            return code;
    return NULL;
}

const Code *code_find(const char *text, const Code *after)
{
    static const char *const prefixes[] = {MPS_ERROR_PREFIX, "org.freedesktop.DBus.Error.",
                                           "XblWriteSessionStatus::"};
    static const char spawn[] = "org.freedesktop.DBus.Error.Spawn.";
    char status[8];

    if (status_of_hresult(text, status))
        text = status;
    else if (strncmp(text, spawn, strlen(spawn)) == 0)
        text = "Spawn";
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
        if (strncmp(text, prefixes[i], strlen(prefixes[i])) == 0) {
            text += strlen(prefixes[i]);
            break;
        }
    const Code *code = find_word(text, after);
    if (code || after || !is_status(text))
        return code;
    const char family[] = {text[0], 'x', 'x', '\0'};
    return find_word(family, NULL);
}

const Code *code_next(const Code *after)
{
    const Code *code = after ? after + 1 : codes;

    return code < codes + codes_count ? code : NULL;
}

const char *code_kind_name(CodeKind kind)
{
    return kind_names[kind];
}

const char *code_fate_text(CodeFate fate)
{
    return fate_texts[fate];
}
