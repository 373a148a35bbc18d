/* SPDX-License-Identifier: MIT */
/* mpsessionctl explain: what became of a request, or what a code means. */
#include "cli/agent-proxy.h"
#include "cli/code.h"
#include "cli/command.h"
#include "cli/story.h"
#include "cli/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Codes ----------------------------------------------------------------------------------------------------------- */

static void print_code(const Code *code, const char *asked)
{
    const char *fate = code_fate_text(code->fate);
    bool family = strcmp(code->name + 1, "xx") == 0 && strcmp(code->name, asked) != 0;

    if (family)
        printf("%s, as any %s: %s\n", asked, code->name, code_kind_name(code->kind));
    else
        printf("%s: %s\n", code->name, code_kind_name(code->kind));
    printf("  means  %s\n", code->meaning);
    if (fate)
        printf("  then   %s\n", fate);
    if (code->next)
        printf("  next   %s\n", code->next);
}

static json_t *json_code(const Code *code)
{
    return json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "code", code->name, "kind", code_kind_name(code->kind),
                     "meaning", code->meaning, "then", code_fate_text(code->fate), "next", code->next);
}

static int explain_code(bool json, const char *text)
{
    CLEANUP_JSON json_t *meanings = json_array();
    bool first = true;

    for (const Code *code = code_find(text, NULL); code; code = code_find(text, code)) {
        if (json) {
            json_array_append_new(meanings, json_code(code));
            continue;
        }
        if (!first)
            putchar('\n');
        first = false;
        print_code(code, text);
    }
    if (json)
        json_print(meanings, false);
    return EXIT_DONE;
}

static void print_known(void)
{
    const Code *code = code_next(NULL);

    while (code) {
        CodeKind kind = code->kind;
        printf("%s:\n ", code_kind_name(kind));
        for (; code && code->kind == kind; code = code_next(code))
            printf(" %s", code->name);
        putchar('\n');
    }
}

static int unknown_code(bool json, const char *text)
{
    static const char message[] = "this is neither a request's id nor a code that is known here";

    if (!json) {
        report(false, EXIT_ANSWER_NO, "unknown-code", message, "these are known:");
        print_known();
        return EXIT_ANSWER_NO;
    }
    CLEANUP_JSON json_t *known = json_array();
    for (const Code *code = code_next(NULL); code; code = code_next(code))
        json_array_append_new(known, json_string(code->name));
    CLEANUP_JSON json_t *object = json_pack("{s:s, s:s, s:s, s:O}", "error", "unknown-code", "message",
                                            message, "code", text, "known", known);
    json_print(object, false);
    return EXIT_ANSWER_NO;
}

/* ---- Requests -------------------------------------------------------------------------------------------------------- */

/* What the result of a request that is done tells more: the rows of its error and its status. */
static void print_result(sd_bus *bus, const char *id)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    CLEANUP_JSON json_t *result = NULL;
    char path[TARGET_PATH_SIZE];

    target_path(id, path);
    if (agent_result(bus, path, &error, &result) >= 0) {
        const char *text = json_text(result, MPS_RESULT_ERROR);
        const Code *code = *text ? code_find(text, NULL) : NULL;
        while (code && code->kind != CODE_ERROR)
            code = code_find(text, code);
        if (code) {
            putchar('\n');
            print_code(code, text);
        }
    }
    sd_bus_error_free(&error);
}

static int report_unknown(bool json, const sd_bus_error *error, int r)
{
    if (sd_bus_error_has_name(error, MPS_ERROR_NAME_NO_SUCH_REQUEST))
        return report(
            json, EXIT_ANSWER_NO, MPS_ERROR_NAME_NO_SUCH_REQUEST,
            "there is no request of this id: it was acknowledged more than 24 hours ago, or never accepted",
            "mpsessionctl queue lists the requests there are");
    if (sd_bus_error_has_name(error, SD_BUS_ERROR_UNKNOWN_METHOD))
        return report(json, EXIT_ANSWER_NO, SD_BUS_ERROR_UNKNOWN_METHOD,
                      "the agent that runs is older than mpsessionctl, and tells no stories",
                      "stop it, and the new one starts: systemctl --user stop mpsessiond.service");
    return agent_report(json, error, r);
}

static int tell_story(sd_bus *bus, bool json, const char *id)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *reply = NULL;
    CLEANUP_JSON json_t *lines = NULL, *story = NULL;
    int code = EXIT_DONE;

    int r = agent_call(bus, NULL, MPS_AGENT_INTERFACE, MPS_GET_STORY, &error, &reply, "s", id);
    if (r >= 0)
        r = json_read(reply, &lines);
    if (r >= 0)
        r = story_from_bus(lines, &story);
    if (r < 0) {
        code = report_unknown(json, &error, r);
    } else if (json) {
        CLEANUP_JSON json_t *object = json_pack("{s:s, s:O}", "id", id, "story", story);
        json_print(object, false);
    } else {
        const json_t *last = json_array_get(story, json_array_size(story) - 1);
        printf("%s\n", id);
        story_print(story, stdout);
        if (strcmp(json_text(last, "event"), MPS_EVENT_DONE) == 0)
            print_result(bus, id);
    }
    sd_bus_message_unref(reply);
    sd_bus_error_free(&error);
    return code;
}

int command_explain(const CommandLine *line)
{
    const char *text = line->arguments[0];
    sd_bus *bus = NULL;
    char id[MPS_ID_LENGTH + 1];

    if (code_find(text, NULL))
        return explain_code(line->json, text);
    if (!target_is_id_start(text))
        return unknown_code(line->json, text);
    int code = agent_open(line->json, &bus);
    if (code == EXIT_DONE)
        code = agent_find(bus, line->json, text, id);
    if (code == EXIT_DONE)
        code = tell_story(bus, line->json, id);
    sd_bus_flush_close_unref(bus);
    return code;
}
