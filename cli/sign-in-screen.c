/* SPDX-License-Identifier: MIT */
/* What a person sees of a sign-in. */
#include "cli/sign-in-screen.h"

#include "cli/account.h"
#include "cli/json-out.h"
#include "cli/qr.h"
#include "cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE_WIDTH 76 /* of the countdown, with the blanks that overwrite the one before */

bool screen_is_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static unsigned columns(void)
{
    struct winsize size;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void print_clean(const char *before, const char *text, const char *after)
{
    char *clean = text_clean(text, 0);

    printf("%s%s%s", before, clean ? clean : "", after);
    free(clean);
}

void screen_show_code(const json_t *sign_in, bool terminal, bool qr)
{
    const char *complete = json_text(sign_in, "VerificationUriComplete"),
               *page = json_text(sign_in, "VerificationUri");
    const char *bold = terminal ? "\033[1m" : "", *plain = terminal ? "\033[0m" : "";
    const char *term = getenv("TERM");

    if (!term || !*term || strcmp(term, "dumb") == 0)
        bold = plain = "";
    if (terminal && qr)
        (void)qr_print(*complete ? complete : page, columns(), stdout);
    puts("\nTo sign this computer's mpsession agent in, open this page on any device:\n");
    printf("    %s", bold);
    print_clean("", page, "");
    printf("%s\n\nand enter this code:\n\n    %s", plain, bold);
    print_clean("", json_text(sign_in, "UserCode"), "");
    printf("%s\n\n", plain);
    if (*complete)
        print_clean("The page with the code in it: ", complete, "\n");
    puts("Never enter a code that somebody else has sent you.");
    fflush(stdout);
}

void screen_show_countdown(uint64_t left_usec, bool new_code)
{
    unsigned long long seconds = left_usec / 1000000;
    char text[LINE_WIDTH + 1];

    snprintf(text, sizeof(text), "waiting; the code is good for %llu:%02llu%s", seconds / 60, seconds % 60,
             new_code ? "; Enter makes a new one" : "");
    printf("\r%-*s", LINE_WIDTH, text);
    fflush(stdout);
}

void screen_clear_countdown(void)
{
    printf("\r%*s\r", LINE_WIDTH, "");
    fflush(stdout);
}

void screen_show_account(const json_t *account)
{
    char name[ACCOUNT_NAME_SIZE], todo[ACCOUNT_TODO_SIZE];
    const char *store = json_text(account, "SecretStore");

    print_clean("signed in as ", account_name(account, name), "\n");
    if (*store)
        print_clean("  its secret is kept ", account_store_text(store), "\n");
    if (account_need(account) == ACCOUNT_NEEDS_NOTHING)
        return;
    print_clean("  it is ", json_text(account, "State"), "");
    print_clean(": ", json_text(account, "Reason"), "\n");
    print_clean("  next: ", account_todo(account, todo), "\n");
}
