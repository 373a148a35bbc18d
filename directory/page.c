/* SPDX-License-Identifier: MIT */
/* The page where a person types the code of a sign-in. No script is needed, and none is let in. */
#include "directory/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "directory/account.h"
#include "directory/answer.h"
#include "directory/code.h"
#include "directory/form.h"
#include "directory/util.h"

#define PATH "/link"
#define POLICY                                                                                               \
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri "   \
    "'none'"
/* So many accounts are offered; any other is reached by its gamertag. */
#define OFFERED_MAX 50

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Sign "
    "in</title>\n<style>\n"
    "body{font:1.1em/1.5 sans-serif;max-width:26em;margin:2em auto;padding:0 "
    "1em;color:#222;background:#fff}\n"
    "input[type=text]{font:inherit;width:100%;box-sizing:border-box;padding:.4em}\n"
    "#code{font-family:monospace;font-size:1.4em;letter-spacing:.15em;text-transform:uppercase}\n"
    "fieldset{border:1px solid #bbb;margin:1em 0}label.choice{display:block}\n"
    "button{font:inherit;padding:.5em 1.5em;margin-right:1em}\n"
    "</style>\n</head>\n<body>\n<main>\n";
static const char foot[] = "</main>\n</body>\n</html>\n";

bool page_is(const char *path)
{
    return strcmp(path, PATH) == 0;
}

/* @text with everything escaped that means something in HTML. Owned. */
static char *html_escape(const char *text)
{
    char *escaped = memory_new(strlen(text) * 6 + 1), *to = escaped;

    for (; *text; text++) {
        const char *name = *text == '&'    ? "&amp;"
                           : *text == '<'  ? "&lt;"
                           : *text == '>'  ? "&gt;"
                           : *text == '"'  ? "&quot;"
                           : *text == '\'' ? "&#39;"
                                           : NULL;

        if (name)
            to = stpcpy(to, name);
        else
            *to++ = *text;
    }
    return escaped;
}

static void page_reply(Reply *reply, unsigned status, const char *main)
{
    char *body = text_format("%s%s%s", head, main, foot);

    reply_take(reply, status, "text/html; charset=utf-8", body, strlen(body));
    reply_header(reply, "Cache-Control", "no-store");
    reply_header(reply, "Content-Security-Policy", POLICY);
    reply_header(reply, "X-Frame-Options", "DENY");
    reply_header(reply, "X-Content-Type-Options", "nosniff");
    reply_header(reply, "Referrer-Policy", "same-origin");
}

/* A page that says one thing. @title, @text: not escaped yet. @again: with the way back to the form. */
static void page_say(Reply *reply, unsigned status, const char *title, const char *text, bool again)
{
    OWN_TEXT char *shown_title = html_escape(title), *shown_text = html_escape(text);
    OWN_TEXT char *main = text_format("<h1>%s</h1>\n<p id=\"outcome\">%s</p>\n%s", shown_title, shown_text,
                                      again ? "<p><a href=\"" PATH "\">Type another code</a></p>\n" : "");

    page_reply(reply, status, main);
}

/* The accounts to pick from, the first of them picked. Owned. */
static char *page_accounts(const Directory *directory)
{
    char *text = NULL;
    size_t length = 0, shown = 0;
    FILE *stream = open_memstream(&text, &length);
    const char *xuid;
    json_t *user;

    if (!stream)
        abort();
    json_object_foreach(directory->users, xuid, user)
    {
        OWN_TEXT char *value = html_escape(xuid);
        OWN_TEXT char *name = html_escape(json_text(user, "gamertag", xuid));

        if (shown++ == OFFERED_MAX)
            break;
        fprintf(stream,
                "<label class=\"choice\"><input type=\"radio\" name=\"account\" value=\"%s\"%s> %s</label>\n",
                value, shown == 1 ? " checked" : "", name);
    }
    fclose(stream);
    return text;
}

static void page_form(Directory *directory, const Call *call, Reply *reply)
{
    const char *query = strchr(call->target, '?');
    OWN_JSON json_t *fields = query ? form_parse(query + 1, strlen(query + 1)) : NULL;
    const char *typed = json_text(fields, "otc", "");
    const json_t *code = *typed ? code_typed(directory, typed) : NULL;
    OWN_TEXT char *shown = html_escape(typed), *client = html_escape(json_text(code, "client", ""));
    OWN_TEXT char *accounts = NULL, *main = NULL;

    account_ensure(directory);
    accounts = page_accounts(directory);
    main = text_format(
        "<h1>Sign in</h1>\n%s%s%s<form method=\"post\" action=\"" PATH "\">\n"
        "<p><label for=\"code\">The code that your game or device shows</label>\n"
        "<input type=\"text\" id=\"code\" name=\"code\" value=\"%s\" maxlength=\"20\" autocomplete=\"off\" "
        "autocapitalize=\"characters\" spellcheck=\"false\" required%s></p>\n"
        "<fieldset>\n<legend>Who signs in</legend>\n%s"
        "<p><label for=\"gamertag\">or another gamertag</label>\n"
        "<input type=\"text\" id=\"gamertag\" name=\"gamertag\" maxlength=\"%d\" autocomplete=\"off\"></p>\n"
        "</fieldset>\n<p><button id=\"approve\" name=\"action\" value=\"approve\">Approve</button>"
        "<button id=\"decline\" name=\"action\" value=\"decline\">Decline</button></p>\n</form>\n"
        "<p>Only type a code that you asked for yourself.</p>\n",
        code ? "<p>The client <code>" : "", client, code ? "</code> asks to sign in.</p>\n" : "", shown,
        *typed ? "" : " autofocus", accounts, GAMERTAG_MAX);
    page_reply(reply, 200, main);
}

/* Whether the form was sent by a page of this server, or by no page at all. */
static bool page_is_own(const Call *call)
{
    const char *host;

    if (!call->origin)
        return true;
    host = strstr(call->origin, "://");
    return host && call->host && strcasecmp(host + 3, call->host) == 0 &&
           (strncasecmp(call->origin, "http:", 5) == 0 || strncasecmp(call->origin, "https:", 6) == 0);
}

/* Who the form says. Owned; NULL when it is nobody. */
static char *page_account(Directory *directory, const json_t *fields)
{
    const char *gamertag = json_text(fields, "gamertag", ""), *xuid = json_text(fields, "account", "");

    if (*gamertag)
        return account_by_gamertag(directory, gamertag);
    return json_object_get(directory->users, xuid) ? text_copy(xuid) : NULL;
}

static void page_answer(Directory *directory, const json_t *fields, Reply *reply)
{
    bool approve = strcmp(json_text(fields, "action", ""), "approve") == 0;
    json_t *code = code_typed(directory, json_text(fields, "code", ""));
    OWN_TEXT char *xuid = NULL, *text = NULL;

    /* Nobody is made up for a code that is none. */
    if (approve && code)
        xuid = page_account(directory, fields);
    if (approve && code && !xuid) {
        page_say(reply, 400, "Who signs in?", "Pick an account, or type a gamertag of at most 60 bytes.",
                 true);
        return;
    }
    switch (code_answer(directory, code, xuid)) {
    case CODE_ANSWERED:
        text = approve ? text_format("%s is signed in. You can close this page and go back to your game.",
                                     account_gamertag(directory, xuid))
                       : text_copy("The sign-in was declined. Nobody is signed in.");
        page_say(reply, 200, approve ? "Approved" : "Declined", text, false);
        break;
    case CODE_UNKNOWN:
        page_say(reply, 404, "No such code", "There is no such code. Look at it once more.", true);
        break;
    case CODE_ANSWERED_BEFORE:
        page_say(reply, 409, "Used before", "This code was answered before. Ask for a new one.", true);
        break;
    case CODE_TOO_OLD:
        page_say(reply, 410, "Too old", "This code is too old. Ask for a new one.", true);
        break;
    }
}

static void page_post(Directory *directory, const Call *call, Reply *reply)
{
    OWN_JSON json_t *fields = NULL;
    const char *action;

    if (!page_is_own(call)) {
        page_say(reply, 403, "Refused", "This form was sent from another site's page.", true);
        return;
    }
    if (form_media_is(call->content_type, "application/x-www-form-urlencoded") && call->body &&
        !call->too_large)
        fields = form_parse(call->body, call->length);
    action = json_text(fields, "action", "");
    if (strcmp(action, "approve") != 0 && strcmp(action, "decline") != 0)
        page_say(reply, 400, "Not understood", "This form is not the one of this page.", true);
    else
        page_answer(directory, fields, reply);
}

void page_serve(Directory *directory, const Call *call, Reply *reply)
{
    if (strcmp(call->method, "GET") == 0 || strcmp(call->method, "HEAD") == 0)
        page_form(directory, call, reply);
    else if (strcmp(call->method, "POST") == 0)
        page_post(directory, call, reply);
    else
        page_say(reply, 405, "Not supported", "This page is only read and sent.", true);
}
