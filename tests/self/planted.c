/* SPDX-License-Identifier: MIT */
/* A test program with something wrong planted in it; tools/test has to see it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    char *volatile lost;

    if (strcmp(what, "skip-all") == 0) {
        printf("1..0 # SKIP it is planted\n");
        return 0;
    }
    printf("1..1\n");
    if (strcmp(what, "failure") == 0) {
        printf("not ok 1 - planted\n");
        return 1;
    }
    if (strcmp(what, "skip") == 0) {
        printf("ok 1 - planted # SKIP it is planted\n");
        return 0;
    }
    if (strcmp(what, "crash") == 0)
        abort();
    if (strcmp(what, "leak") == 0) {
        lost = malloc(100);
        memset(lost, 'x', 100);
        lost = NULL;
    }
    /* All it says is fine: a leak shows in its exit status alone, which comes before the output is flushed. */
    printf("ok 1 - planted\n");
    fflush(stdout);
    return 0;
}
