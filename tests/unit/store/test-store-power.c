/* SPDX-License-Identifier: MIT */
/* What is promised of the disk, held against SQLite on a disk whose power is cut: a `power` request that was answered is
 * there, a `crash` one may be gone, and what is there is what some first part of the commits left. */
#include "store-fixture.h"

#include "base/clock.h"
#include "power-disk.h"

#include <criterion/criterion.h>
#include <stdarg.h>

#define REQUESTS 24
#define STEPS_MAX 160
#define ROUNDS 4
#define STATE_SIZE 2600

/* ---- What the store should hold --------------------------------------------------------------------------------------- */

typedef enum Stage {
    NOT_THERE,
    QUEUED,
    DONE,
    ACKNOWLEDGED,
} Stage;

typedef struct Expected {
    Stage stage;
    bool marked;                    /* while it is written; what another boot finds is marked anyway */
    unsigned base, attempts, notes; /* the number in its base */
} Expected;

typedef struct Model {
    Expected requests[REQUESTS];
    uint64_t holds[2];
    unsigned handles;
} Model;

static size_t add(char *text, size_t used, const char *format, ...) MPS_PRINTF(3, 4);
static size_t add(char *text, size_t used, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text + used, STATE_SIZE - used, format, arguments);
    va_end(arguments);
    cr_assert(size >= 0 && used + (size_t)size < STATE_SIZE);
    return used + (size_t)size;
}

static void model_text(const Model *model, char text[STATE_SIZE])
{
    size_t used = add(text, 0, "holds %llu %llu, handles %u\n", (unsigned long long)model->holds[0],
                      (unsigned long long)model->holds[1], model->handles);
    for (unsigned n = 0; n < REQUESTS; n++) {
        const Expected *e = &model->requests[n];
        if (e->stage == NOT_THERE)
            continue;
        used = add(text, used, "%u: %s, attempts %u, notes %u", n,
                   e->stage == QUEUED ? "queued"
                   : e->stage == DONE ? "done"
                                      : "acknowledged",
                   e->attempts, e->notes);
        used = e->stage == QUEUED ? add(text, used, ", made from %u\n", e->base) : add(text, used, "\n");
    }
}

/* ---- What it does hold ---------------------------------------------------------------------------------------------------- */

static Fixture f;
static Model found;

static unsigned number_of(const char *id)
{
    for (unsigned n = 0; n < REQUESTS; n++)
        if (string_equal(id, make_id(n + 1)))
            return n;
    cr_assert_fail("a stranger: %s", id);
    return 0;
}

static int find_handle(const char *id MPS_UNUSED, const char *scid MPS_UNUSED,
                       const char *template_name MPS_UNUSED, const char *name MPS_UNUSED,
                       void *userdata MPS_UNUSED)
{
    found.handles++;
    return 0;
}

static int find_hold(const char *account, uint32_t title_id MPS_UNUSED, uint64_t until_wall_usec,
                     void *userdata MPS_UNUSED)
{
    found.holds[!*account] = until_wall_usec;
    return 0;
}

static int find_acknowledged(const char *id, const unsigned char hash[32] MPS_UNUSED,
                             unsigned outcome MPS_UNUSED, uint64_t wall_usec MPS_UNUSED,
                             void *userdata MPS_UNUSED)
{
    found.requests[number_of(id)].stage = ACKNOWLEDGED;
    return 0;
}

static int find_request(const StoreRequest *request, void *userdata MPS_UNUSED)
{
    Expected *e = &found.requests[number_of(request->id)];
    e->stage = request->done ? DONE : QUEUED;
    e->attempts = request->attempts;
    e->base = request->base ? (unsigned)strtoul(request->base, NULL, 10) : 0;
    return 0;
}

static void find_story(int r, const StoreStory *story, void *userdata)
{
    Expected *e = userdata;
    cr_assert_eq(r, 0);
    e->notes = (unsigned)story->lines_count;
    e->attempts = story->attempts;
}

/* Everything is read: rows, stories, documents and results. Returns what is wrong, or NULL. */
static const char *look(char text[STATE_SIZE])
{
    static const StoreVisitor visitor = {
        .handle = find_handle, .hold = find_hold, .acknowledged = find_acknowledged, .request = find_request};
    found = (Model){0};
    if (store_load(f.store, &visitor, NULL) < 0)
        return "it cannot be read";
    if (store_unreadable(f.store) > 0)
        return "rows cannot be read";
    for (unsigned n = 0; n < REQUESTS; n++) {
        Expected *e = &found.requests[n];
        if (e->stage == NOT_THERE)
            continue;
        cr_assert_eq(store_load_story(f.store, make_id(n + 1), find_story, e), 0);
        cr_assert_eq(drain(f.store), 0);
        Loaded loaded = e->stage == QUEUED ? load_body_now(f.store, n + 1) : load_result_now(f.store, n + 1);
        int wanted = e->stage == ACKNOWLEDGED ? -ENOENT : 0;
        int r = loaded.r;
        loaded_free(&loaded);
        if (r != wanted)
            return "a document or result is not there";
    }
    model_text(&found, text);
    return NULL;
}

/* ---- A life: steps, each an operation, and what each leaves ------------------------------------------------------------ */

typedef struct Life {
    uint64_t seed;
    Model model;
    unsigned sequence;
    char states[STEPS_MAX + 1][STATE_SIZE]; /* before the first step, and after each */
    int answers[STEPS_MAX];
    bool power[STEPS_MAX]; /* its answer is a promise */
    unsigned steps;
    bool large; /* enough for checkpoints */
    char body[400001];
} Life;

static Life life;

/* What the runs met with: without it they would show nothing. */
static struct {
    unsigned cuts, shorter, forgotten, checkpoints;
} met;

static uint64_t choose(uint64_t below)
{
    return power_random(&life.seed) % below;
}

static void step_insert(unsigned n, Expected *e, int *answer)
{
    bool power = choose(3) == 0, marked = choose(4) == 0;
    size_t size = 1 + choose(life.large ? sizeof life.body - 1 : choose(8) ? 3000 : 30000);
    memset(life.body, 'a' + (int)n, size);
    life.body[size] = '\0';
    StoreRequest request = make_request(n + 1, life.body);
    char base[12];
    snprintf(base, sizeof base, "%u", life.steps);
    request.sequence = ++life.sequence;
    request.marked = marked;
    request.base = base;
    *e = (Expected){.stage = QUEUED, .marked = marked, .base = life.steps};
    life.power[life.steps] = power;
    cr_assert_eq(store_insert(f.store, &request, clock_wall_usec(), power, keep_r, answer), 0);
}

static void step_go_on(unsigned n, Expected *e, int *answer)
{
    char text[24];
    snprintf(text, sizeof text, "%u", life.steps);
    switch (choose(e->marked ? 3 : 2)) {
    case 0:
        e->notes++;
        cr_assert_eq(store_note(f.store, make_id(n + 1), 1, text), 0);
        return;
    case 1:
        if (!e->marked) {
            e->marked = true;
            e->base = life.steps;
            cr_assert_eq(store_mark(f.store, make_id(n + 1), "1", 1, clock_wall_usec(), text, keep_r, answer),
                         0);
            return;
        }
        e->marked = false;
        e->attempts++;
        cr_assert_eq(store_unmark(f.store, make_id(n + 1), e->attempts, keep_r, answer), 0);
        return;
    default:
        *e = (Expected){.stage = DONE, .attempts = e->attempts + 1, .notes = e->notes};
        cr_assert_eq(
            store_finish(f.store, make_id(n + 1), 0, 1, e->attempts, "{}", "{\"a\":1}", 7, keep_r, answer),
            0);
    }
}

static void step_beside(void)
{
    if (choose(2)) {
        bool all = choose(2);
        life.model.holds[all] = life.steps + 1;
        cr_assert_eq(store_hold(f.store, all ? "" : "1", all ? 0 : 7, life.steps + 1), 0);
    } else {
        char id[40];
        snprintf(id, sizeof id, "handle-%u", life.model.handles++);
        cr_assert_eq(store_keep_handle(f.store, id, "scid", "template", "name", 1), 0);
    }
}

static void step(void)
{
    unsigned n = (unsigned)choose(REQUESTS);
    Expected *e = &life.model.requests[n];
    int *answer = &life.answers[life.steps];
    StoreRequest request = make_request(n + 1, NULL);
    *answer = -EINPROGRESS;
    life.power[life.steps] = false;
    if (choose(8) == 0)
        step_beside();
    else if (e->stage == NOT_THERE)
        step_insert(n, e, answer);
    else if (e->stage == QUEUED)
        step_go_on(n, e, answer);
    else if (e->stage == DONE) {
        e->stage = ACKNOWLEDGED;
        cr_assert_eq(store_acknowledge(f.store, make_id(n + 1), request.hash, 0, 5), 0);
    } else {
        *e = (Expected){0};
        cr_assert_eq(store_remove(f.store, make_id(n + 1)), 0);
    }
    life.steps++;
    model_text(&life.model, life.states[life.steps]);
}

/* Some steps, some of them together in a commit, until the power goes or there were enough. */
static void live(void)
{
    unsigned wanted = 1 + (unsigned)choose(STEPS_MAX - 1);
    life.steps = 0;
    model_text(&life.model, life.states[0]);
    while (life.steps < wanted) {
        unsigned together = 1 + (unsigned)choose(12);
        pthread_mutex_lock(&f.store->database_mutex);
        for (unsigned i = 0; i < together && life.steps < wanted; i++)
            step();
        pthread_mutex_unlock(&f.store->database_mutex);
        if (choose(4))
            cr_assert_eq(drain(f.store), 0);
    }
}

/* The first state that has to be there: that after the last answer that was a promise. */
static unsigned promised(bool stopped)
{
    unsigned least = 0;
    for (unsigned i = 0; i < life.steps; i++)
        if (stopped || (life.power[i] && life.answers[i] == 0))
            least = i + 1;
    return least;
}

/* The state after the last answer of all. */
static unsigned answered(void)
{
    unsigned last = 0;
    for (unsigned i = 0; i < life.steps; i++)
        if (life.answers[i] == 0)
            last = i + 1;
    return last;
}

/* The state that is there, if it is one that may be. Returns its number, or -1. */
static int which_state(const char *text, unsigned least)
{
    for (unsigned i = least; i <= life.steps; i++)
        if (string_equal(text, life.states[i]))
            return (int)i;
    return -1;
}

static void model_after(unsigned state, const char *text)
{
    model_text(&found, life.states[0]);
    cr_assert_str_eq(life.states[0], text, "state %u", state);
    life.model = found;
}

/* The next agent, whose start may be cut short by the same storm. Returns what is wrong, or NULL. */
static const char *open_again(PowerLoss loss)
{
    for (unsigned storm = 0; storm < 3 && choose(2); storm++) {
        power_cut_after(1 + (unsigned)choose(20));
        int r = fixture_open(&f, BOOT_TWO);
        bool cut = power_tripped();
        fixture_close(&f);
        if (!cut && r != 0)
            return "it cannot be opened";
        if (r == 0 && f.info.moved_aside)
            return "it was moved aside";
        power_cut();
        power_restore(loss, power_random(&life.seed));
    }
    if (fixture_open(&f, BOOT_TWO) != 0)
        return "it cannot be opened";
    return f.info.moved_aside ? "it was moved aside" : NULL;
}

/* One life of some agents on one disk. Returns what is wrong, or NULL. */
static const char *run(uint64_t seed, PowerLoss loss, bool lie)
{
    static char problem[200];
    char text[STATE_SIZE];
    memset(&life, 0, sizeof life);
    life.seed = seed;
    life.large = choose(5) == 0;
    fixture_begin(&f);
    power_begin();
    const char *wrong = NULL;
    for (unsigned round = 0; round < ROUNDS && !wrong; round++) {
        if (fixture_open(&f, BOOT_ONE) != 0) {
            wrong = "it cannot be opened";
            break;
        }
        power_lie(lie);
        bool stop = choose(4) == 0;
        unsigned syncs = power_database_syncs();
        if (!stop)
            power_cut_after(1 + (unsigned)choose(choose(2) ? 60 : life.large ? 6000 : 1500));
        live();
        if (stop)
            fixture_close(&f);
        power_cut();
        if (!stop) {
            (void)drain(f.store);
            met.cuts++;
        }
        met.checkpoints += power_database_syncs() > syncs;
        fixture_close(&f);
        power_restore(loss, power_random(&life.seed));
        wrong = open_again(loss);
        if (!wrong)
            wrong = look(text);
        if (wrong)
            break;
        int state = which_state(text, promised(stop));
        if (state < 0) {
            snprintf(problem, sizeof problem,
                     "it holds what no first part of the commits leaves, or a part too short (%s)",
                     which_state(text, 0) < 0 ? "none" : "too short");
            wrong = problem;
        } else {
            met.shorter += (unsigned)state < life.steps;
            met.forgotten += (unsigned)state < answered();
            model_after((unsigned)state, text);
        }
        fixture_close(&f);
    }
    fixture_close(&f);
    power_begin();
    fixture_end(&f);
    return wrong;
}

static uint64_t fresh_seed(void)
{
    return clock_random() % 1000000000;
}

static void runs(PowerLoss loss)
{
    uint64_t seeds[40];
    for (size_t i = 0; i < ELEMENTS(seeds); i++)
        seeds[i] = i < 28 ? i + 1 : fresh_seed();
    fprintf(stderr, "# loss %d: seeds 1 to 28, and afresh", (int)loss);
    for (size_t i = 28; i < ELEMENTS(seeds); i++)
        fprintf(stderr, " %llu", (unsigned long long)seeds[i]);
    fprintf(stderr, "\n");
    power_install();
    for (size_t i = 0; i < ELEMENTS(seeds); i++) {
        const char *wrong = run(seeds[i], loss, false);
        cr_assert_null(wrong, "seed %llu: %s", (unsigned long long)seeds[i], wrong);
    }
    fprintf(stderr,
            "# loss %d: %u cuts, %u left less than was begun, %u less than was answered; %u lives with "
            "checkpoints\n",
            (int)loss, met.cuts, met.shorter, met.forgotten, met.checkpoints);
    cr_assert_gt(met.shorter, 20);
    cr_assert_gt(met.forgotten, 5);
    cr_assert_gt(met.checkpoints, 5);
}

TestSuite(store_power, .timeout = 120);

Test(store_power, nothing_that_was_not_synced_survives)
{
    runs(POWER_LOSES_ALL);
}

Test(store_power, a_first_part_survives)
{
    runs(POWER_LOSES_THE_END);
}

Test(store_power, any_part_survives)
{
    runs(POWER_LOSES_SOME);
}

/* The checks can fail: a disk that says "synced" and has not breaks the promises. */
Test(store_power, a_disk_that_lies_is_noticed)
{
    power_install();
    for (PowerLoss loss = 0; loss < POWER_LOSSES; loss++) {
        unsigned noticed = 0;
        for (uint64_t seed = 1; seed <= 20; seed++)
            noticed += run(seed, loss, true) != NULL;
        fprintf(stderr, "# loss %d: %u of 20 lives on a disk that lies end in trouble\n", (int)loss, noticed);
        cr_expect_gt(noticed, 0, "loss %d", (int)loss);
    }
}
