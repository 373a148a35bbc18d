/* SPDX-License-Identifier: MIT */
/* mpsession-simulator: the agent's core in a world that goes wrong, run after run from a seed. */
#include "world.h"

#include <getopt.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

/* From so many runs on, everything that can happen has to have happened. */
#define COMPLETE_RUNS 10000

typedef struct Options {
    uint64_t seed, runs;
    CoreBreak broken;
    bool all, traced;
} Options;

static const char usage[] =
    "mpsession-simulator [--seed N] [--runs N] [--break NAME] [--all | --trace]\n"
    "mpsession-simulator --list-breaks\n"
    "\n"
    "Runs the agent's core in a simulated world, and holds it to what is promised after every step.\n"
    "\n"
    "  --seed N       where the random numbers begin (default 1); with --runs 1 it is that of the one run\n"
    "  --runs N       how many runs (default 1000); each has a seed of its own, which is printed when it "
    "fails\n"
    "  --break NAME   switch a deliberate fault on: the run that notices it is the proof that the check "
    "works\n"
    "  --list-breaks  print the names, one a line\n"
    "  --all          go on after a violation: a line for each, and no trace\n"
    "  --trace        print what happens in the last run\n"
    "\n"
    "Ends at the first violation, with its trace and status 1. The last line says what there was:\n"
    "runs R, crashes C, faults F, violations V\n";

/* The first run's seed is what was asked for, so that a run is played again by its own seed. */
static uint64_t seed_of(uint64_t seed, uint64_t run)
{
    return run ? random_mix(seed + run * 0x9e3779b97f4a7c15ULL) : seed;
}

static int parse_number(const char *text, uint64_t *number)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 0);
    if (errno || end == text || *end || *text == '-')
        return -EINVAL;
    *number = value;
    return 0;
}

static int parse_break(const char *name, CoreBreak *broken)
{
    for (unsigned i = BREAK_NONE + 1; i < BREAKS; i++)
        if (string_equal(core_break_name((CoreBreak)i), name)) {
            *broken = (CoreBreak)i;
            return 0;
        }
    return -EINVAL;
}

/* Returns 0, or the exit status plus 1. */
static int parse(int argc, char **argv, Options *options)
{
    static const struct option known[] = {
        {"seed", required_argument, NULL, 's'},  {"runs", required_argument, NULL, 'r'},
        {"break", required_argument, NULL, 'b'}, {"list-breaks", no_argument, NULL, 'l'},
        {"all", no_argument, NULL, 'a'},         {"trace", no_argument, NULL, 't'},
        {"help", no_argument, NULL, 'h'},        {0}};
    int option, r = 0;
    while (r == 0 && (option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        switch (option) {
        case 's':
            r = parse_number(optarg, &options->seed);
            break;
        case 'r':
            r = parse_number(optarg, &options->runs);
            break;
        case 'b':
            r = parse_break(optarg, &options->broken);
            if (r < 0)
                fprintf(stderr, "there is no fault %s: --list-breaks prints them\n", optarg);
            break;
        case 'l':
            for (unsigned i = BREAK_NONE + 1; i < BREAKS; i++)
                printf("%s\n", core_break_name((CoreBreak)i));
            return 1;
        case 'a':
            options->all = true;
            break;
        case 't':
            options->traced = true;
            break;
        case 'h':
            printf("%s", usage);
            return 1;
        default:
            r = -EINVAL;
        }
    }
    if (r == 0 && optind == argc && options->runs)
        return 0;
    fprintf(stderr, "%s", usage);
    return 3;
}

static void print_violation(const World *world)
{
    const Violation *violation = &world->violation;
    printf("violation of promise %u", violation->promise);
    if (violation->job)
        printf(", request %u (%s)", violation->job, job_class_name(world->jobs[violation->job].class));
    printf(": %s\n", violation->text);
}

static sigjmp_buf aborted;

static void on_abort(int signal_number MPS_UNUSED)
{
    siglongjmp(aborted, 1);
}

/* An assertion of the core that does not hold is a violation like others; what the run had in its hands is lost. */
static void play(World *world, uint64_t seed, Table *table)
{
    if (sigsetjmp(aborted, 1) == 0) {
        world_run(world, seed, table);
        return;
    }
    check_failed(world, 0, NULL, "the program would have ended: an assertion does not hold");
    world->agent.core = NULL;
    table->runs++;
}

/* The run once more, with its trace: it has to end in the same way. */
static void replay(World *world, uint64_t seed, CoreBreak broken)
{
    static Table table;
    Violation first = world->violation;
    trace_begin();
    play(world, seed, &table);
    trace_end();
    print_violation(world);
    if (!world->violation.is || !string_equal(world->violation.text, first.text))
        printf("NOT THE SAME when played again: %s\n", first.text);
    printf("seed %llu; play it again with: mpsession-simulator --seed %llu --runs 1%s%s\n",
           (unsigned long long)seed, (unsigned long long)seed, broken ? " --break " : "",
           broken ? core_break_name(broken) : "");
}

int main(int argc, char **argv)
{
    static World world;
    static Table table;
    Options options = {.seed = 1, .runs = 1000};
    int r = parse(argc, argv, &options);
    if (r)
        return r - 1;
    core_break(options.broken);
    signal(SIGABRT, on_abort);
    uint64_t seed = options.seed;
    for (uint64_t run = 0; run < options.runs && (options.all || !table.violations); run++) {
        seed = seed_of(options.seed, run);
        bool traced = options.traced && run + 1 == options.runs;
        if (traced)
            trace_begin();
        play(&world, seed, &table);
        if (traced)
            trace_end();
        table.violations += world.violation.is;
        if (world.violation.is && options.all) {
            printf("seed %llu: ", (unsigned long long)seed);
            print_violation(&world);
        }
    }
    if (options.broken)
        printf("the fault %s breaks promise %u\n", core_break_name(options.broken),
               core_break_promise(options.broken));
    if (table.violations && !options.all)
        replay(&world, seed, options.broken);
    table_print(&table);
    unsigned zeros = table.runs >= COMPLETE_RUNS ? table_zeros(&table) : 0;
    printf("runs %llu, crashes %llu, faults %llu, violations %llu\n", (unsigned long long)table.runs,
           (unsigned long long)table_crashes(&table), (unsigned long long)table_faults(&table),
           (unsigned long long)table.violations);
    return table.violations || zeros ? 1 : 0;
}
