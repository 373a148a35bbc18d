/* SPDX-License-Identifier: MIT */
/*
 * A game for tests: commands as lines on stdin, a JSON object per line on stdout.
 *
 *     client-probe [--own-thread] [--bus ADDRESS] [--account XUID] [--manual]
 *
 * Values have no spaces but JSON, which is the rest of the line. TAG names the call in the output. OPTIONS are
 * key=value words separated by commas, or "-": id, account, title, etag, deadline (ms), offline=fail, supersedes,
 * durability (power, crash, none).
 *
 *     write TAG HANDLE MODE OPTIONS JSON            write-ref TAG SCID TEMPLATE NAME MODE OPTIONS JSON
 *     write-big TAG HANDLE MODE OPTIONS BYTES       a document of that size
 *     get TAG HANDLE OPTIONS                        get-ref TAG SCID TEMPLATE NAME OPTIONS
 *     activity TAG SCID TEMPLATE NAME OPTIONS       activities TAG SCID OPTIONS XUID...
 *     attach TAG ID       cancel ID                 cancel-tag TAG
 *     dispatch MSEC       (with --manual: nothing is dispatched otherwise)
 *     forget HANDLE       (a write that nobody waits for)
 *     burst COUNT HANDLE  (COUNT writes; prints the caller's cost)
 *     sleep-callback MSEC (each callback takes that long)
 *     ping                quit
 *
 * Output: {"event":"called","tag":…,"result":N,"id":…}, {"event":"completed","tag":…,…}, {"event":"pong"}.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef PROBE_LOADER
#include <mpsession/loader.h>
#else
#include <mpsession/mpsession.h>
#endif

enum { LINE_MAX_BYTES = 3 * 1024 * 1024, TAGS_MAX = 4096 };

typedef struct Tag {
    char name[64];
    char id[MPS_ID_SIZE];
    bool quiet;
} Tag;

static MpsClient *client;
static Tag tags[TAGS_MAX];
static unsigned tags_count;
static long callback_msec;
static unsigned burst_left;
static unsigned burst_errors;

static void print_text(const char *key, const char *text)
{
    printf(",\"%s\":\"", key);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            printf("\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            printf("\\u%04x", (unsigned)*text);
        else
            putchar(*text);
    }
    putchar('"');
}

static void on_completed(const MpsResult *r, void *userdata)
{
    const Tag *tag = userdata;
    long sleep_msec;

    flockfile(stdout);
    printf("{\"event\":\"completed\"");
    print_text("tag", tag->name);
    print_text("id", r->id);
    printf(
        ",\"error\":%d,\"outcome\":%d,\"applied\":%d,\"write_status\":%d,\"http_status\":%u,\"attempts\":%u",
        r->error, r->outcome, r->applied, r->write_status, r->http_status, r->attempts);
    printf(",\"resolved\":%d,\"retryable\":%d,\"session_dropped\":%d,\"retry_after_usec\":%llu", r->resolved,
           r->retryable, r->session_dropped, (unsigned long long)r->retry_after_usec);
    printf(",\"session_size\":%zu", r->session_size);
    if (r->session_size <= 4096)
        print_text("session", r->session);
    print_text("etag", r->etag);
    print_text("date", r->date);
    print_text("scid", r->reference.scid);
    print_text("template", r->reference.template_name);
    print_text("name", r->reference.name);
    print_text("handle_id", r->handle_id);
    print_text("activities", r->activities);
    print_text("code", r->code);
    print_text("message", r->message);
    print_text("server_message", r->server_message);
    printf("}\n");
    fflush(stdout);
    funlockfile(stdout);
    sleep_msec = __atomic_load_n(&callback_msec, __ATOMIC_SEQ_CST);
    if (sleep_msec > 0)
        poll(NULL, 0, (int)sleep_msec);
}

static void on_burst(const MpsResult *r, void *userdata)
{
    (void)userdata;
    if (r->error != MPS_OK)
        burst_errors++;
    if (__atomic_sub_fetch(&burst_left, 1, __ATOMIC_SEQ_CST) == 0) {
        printf("{\"event\":\"burst-done\",\"errors\":%u}\n", burst_errors);
        fflush(stdout);
    }
}

static Tag *tag_new(const char *name)
{
    Tag *tag = &tags[tags_count++ % TAGS_MAX];

    memset(tag, 0, sizeof(*tag));
    snprintf(tag->name, sizeof(tag->name), "%s", name);
    return tag;
}

static void called(const Tag *tag, int r, const char *id)
{
    flockfile(stdout);
    printf("{\"event\":\"called\"");
    print_text("tag", tag->name);
    printf(",\"result\":%d", r);
    print_text("id", r == 0 && id ? id : "");
    printf("}\n");
    fflush(stdout);
    funlockfile(stdout);
}

static MpsWriteMode parse_mode(const char *text)
{
    static const char *const modes[] = {"create-new", "update-or-create-new", "update-existing",
                                        "synchronized-update"};

    for (int i = 0; i < 4; i++) {
        if (strcmp(text, modes[i]) == 0)
            return (MpsWriteMode)i;
    }
    return (MpsWriteMode)99;
}

static void parse_option(char *word, MpsCallOptions *o)
{
    static const char *const durabilities[] = {"", "power", "crash", "none"};
    char *value = strchr(word, '=');

    if (!value)
        return;
    *value++ = '\0';
    if (strcmp(word, "id") == 0)
        o->id = value;
    else if (strcmp(word, "account") == 0)
        o->account = value;
    else if (strcmp(word, "title") == 0)
        o->title_id = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(word, "etag") == 0)
        o->etag = value;
    else if (strcmp(word, "deadline") == 0)
        o->deadline_usec = strtoull(value, NULL, 10) * 1000;
    else if (strcmp(word, "offline") == 0)
        o->fail_when_offline = strcmp(value, "fail") == 0;
    else if (strcmp(word, "supersedes") == 0)
        o->supersedes = value;
    for (int i = 1; i < 4; i++) {
        if (strcmp(word, "durability") == 0 && strcmp(value, durabilities[i]) == 0)
            o->durability = (MpsDurability)i;
    }
}

static MpsCallOptions parse_options(char *text)
{
    MpsCallOptions o = {.struct_size = sizeof(o)};
    char *rest = NULL;

    for (char *word = strtok_r(text, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
        parse_option(word, &o);
    return o;
}

static char *next_word(char **rest)
{
    char *word;

    while (*rest && **rest == ' ')
        (*rest)++;
    word = strsep(rest, " ");
    return word ? word : (char *)"";
}

static uint64_t now_nsec(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int compare_nsec(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* A delta that the agent takes, of exactly that size. */
static char *make_document(size_t size)
{
    static const char head[] = "{\"properties\":{\"custom\":{\"a\":\"";
    static const char tail[] = "\"}}}";
    char *document = malloc(size + 1);

    if (!document || size < sizeof(head) + sizeof(tail))
        abort();
    memset(document, 'x', size);
    memcpy(document, head, sizeof(head) - 1);
    memcpy(document + size - (sizeof(tail) - 1), tail, sizeof(tail));
    return document;
}

static void run_burst(char *rest)
{
    unsigned count = (unsigned)strtoul(next_word(&rest), NULL, 10);
    const char *handle = next_word(&rest);
    uint64_t *cost = calloc(count + 1, sizeof(*cost));
    char *document = make_document(1500);
    int failed = 0;

    if (!cost || count == 0)
        abort();
    __atomic_store_n(&burst_left, count, __ATOMIC_SEQ_CST);
    burst_errors = 0;
    for (unsigned i = 0; i < count; i++) {
        uint64_t start = now_nsec();

        failed += mps_write_session_by_handle(client, handle, MPS_UPDATE_EXISTING, document, 1500, NULL,
                                              on_burst, NULL, NULL) != 0;
        cost[i] = now_nsec() - start;
    }
    qsort(cost, count, sizeof(*cost), compare_nsec);
    flockfile(stdout);
    printf("{\"event\":\"burst\",\"failed\":%d,\"p50_nsec\":%llu,\"p99_nsec\":%llu,\"max_nsec\":%llu}\n",
           failed, (unsigned long long)cost[count / 2], (unsigned long long)cost[count * 99 / 100],
           (unsigned long long)cost[count - 1]);
    fflush(stdout);
    funlockfile(stdout);
    free(document);
    free(cost);
}

static void run_activities(Tag *tag, char *rest)
{
    const char *scid = next_word(&rest);
    MpsCallOptions o = parse_options(next_word(&rest));
    uint64_t xuids[200];
    size_t count = 0;

    while (rest && count < 200)
        xuids[count++] = strtoull(next_word(&rest), NULL, 10);
    called(tag, mps_get_activities(client, scid, xuids, count, &o, on_completed, tag, tag->id), tag->id);
}

static void run_write(const char *command, Tag *tag, char *rest)
{
    bool by_reference = strcmp(command, "write-ref") == 0;
    MpsReference reference = {NULL, NULL, NULL};
    const char *handle = NULL;
    MpsCallOptions o;
    MpsWriteMode mode;
    char *document;
    int r;

    if (by_reference) {
        reference.scid = next_word(&rest);
        reference.template_name = next_word(&rest);
        reference.name = next_word(&rest);
    } else {
        handle = next_word(&rest);
    }
    mode = parse_mode(next_word(&rest));
    o = parse_options(next_word(&rest));
    document = strcmp(command, "write-big") == 0 ? make_document(strtoul(rest ? rest : "8", NULL, 10)) : NULL;
    if (!document && !rest)
        rest = (char *)"";
    if (by_reference)
        r = mps_write_session(client, &reference, mode, rest, strlen(rest), &o, on_completed, tag, tag->id);
    else
        r = mps_write_session_by_handle(client, handle, mode, document ? document : rest,
                                        strlen(document ? document : rest), &o, on_completed, tag, tag->id);
    called(tag, r, tag->id);
    free(document);
}

static void run_by_reference(const char *command, Tag *tag, char *rest)
{
    MpsReference reference;
    MpsCallOptions o;

    reference.scid = next_word(&rest);
    reference.template_name = next_word(&rest);
    reference.name = next_word(&rest);
    o = parse_options(next_word(&rest));
    if (strcmp(command, "activity") == 0)
        called(tag, mps_set_activity(client, &reference, &o, on_completed, tag, tag->id), tag->id);
    else
        called(tag, mps_get_session(client, &reference, &o, on_completed, tag, tag->id), tag->id);
}

static void run_tagged(const char *command, char *rest)
{
    Tag *tag = tag_new(next_word(&rest));

    if (strncmp(command, "write", 5) == 0) {
        run_write(command, tag, rest);
    } else if (strcmp(command, "get") == 0) {
        const char *handle = next_word(&rest);
        MpsCallOptions o = parse_options(next_word(&rest));

        called(tag, mps_get_session_by_handle(client, handle, &o, on_completed, tag, tag->id), tag->id);
    } else if (strcmp(command, "activities") == 0) {
        run_activities(tag, rest);
    } else if (strcmp(command, "attach") == 0) {
        snprintf(tag->id, sizeof(tag->id), "%s", next_word(&rest));
        called(tag, mps_attach(client, tag->id, on_completed, tag), tag->id);
    } else {
        run_by_reference(command, tag, rest);
    }
}

static void run_cancel(const char *id)
{
    int r = mps_cancel(client, id);

    printf("{\"event\":\"cancel\",\"result\":%d}\n", r);
    fflush(stdout);
}

/* Returns false to quit. */
static bool run_line(char *line)
{
    char *rest = line;
    const char *command = next_word(&rest);

    if (strcmp(command, "quit") == 0)
        return false;
    if (strcmp(command, "ping") == 0) {
        printf("{\"event\":\"pong\"}\n");
        fflush(stdout);
    } else if (strcmp(command, "cancel") == 0) {
        run_cancel(next_word(&rest));
    } else if (strcmp(command, "cancel-tag") == 0) {
        const char *name = next_word(&rest);

        for (unsigned i = 0; i < TAGS_MAX; i++) {
            if (strcmp(tags[i].name, name) == 0)
                run_cancel(tags[i].id);
        }
    } else if (strcmp(command, "dispatch") == 0) {
        int r = mps_client_dispatch(client, atoi(next_word(&rest)));

        printf("{\"event\":\"dispatched\",\"result\":%d}\n", r);
        fflush(stdout);
    } else if (strcmp(command, "forget") == 0) {
        mps_write_session_by_handle(client, next_word(&rest), MPS_UPDATE_EXISTING, "{}", 2, NULL, NULL, NULL,
                                    NULL);
    } else if (strcmp(command, "sleep-callback") == 0) {
        __atomic_store_n(&callback_msec, atol(next_word(&rest)), __ATOMIC_SEQ_CST);
    } else if (strcmp(command, "burst") == 0) {
        run_burst(rest);
    } else {
        run_tagged(command, rest);
    }
    return true;
}

/* A game's loop: its own input and the library's descriptor. */
static void run_loop(bool dispatch)
{
    static char buffer[LINE_MAX_BYTES];
    size_t used = 0;

    for (;;) {
        struct pollfd fds[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                {.fd = dispatch ? mps_client_get_fd(client) : -1, .events = POLLIN}};
        ssize_t n;
        char *end;

        if (poll(fds, 2, -1) < 0 && errno != EINTR)
            return;
        if (fds[1].revents)
            mps_client_dispatch(client, 0);
        if (!fds[0].revents)
            continue;
        n = read(STDIN_FILENO, buffer + used, sizeof(buffer) - 1 - used);
        if (n <= 0)
            return;
        used += (size_t)n;
        buffer[used] = '\0';
        while ((end = strchr(buffer, '\n'))) {
            size_t length = (size_t)(end - buffer) + 1;

            *end = '\0';
            if (!run_line(buffer))
                return;
            used -= length;
            memmove(buffer, buffer + length, used + 1);
        }
    }
}

int main(int argc, char **argv)
{
    MpsClientOptions o = {.struct_size = sizeof(o)};
    bool dispatch = true;
    int r;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--own-thread") == 0)
            o.flags = MPS_OWN_THREAD;
        else if (strcmp(argv[i], "--manual") == 0)
            dispatch = false;
        else if (strcmp(argv[i], "--bus") == 0 && i + 1 < argc)
            o.bus_address = argv[++i];
        else if (strcmp(argv[i], "--account") == 0 && i + 1 < argc)
            o.account = argv[++i];
    }
    r = mps_client_open(&o, &client);
    printf("{\"event\":\"open\",\"result\":%d}\n", r);
    fflush(stdout);
    if (r < 0)
        return 1;
    run_loop(dispatch && !(o.flags & MPS_OWN_THREAD));
    mps_client_close(client);
    printf("{\"event\":\"closed\"}\n");
    return 0;
}
