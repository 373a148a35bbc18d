/* SPDX-License-Identifier: MIT */
/* The library's main ways without a bus, in a plain program: Criterion hides leaks from LeakSanitizer. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mpsession/mpsession.h>

#define HANDLE "8cb6d02a-7b5e-4bd6-9d21-6f9d8fcb0c11"

static unsigned number;
static unsigned failed;

static void check(bool good, const char *what)
{
    printf("%sok %u - leak/client: %s\n", good ? "" : "not ", ++number, what);
    fflush(stdout);
    failed += !good;
}

static void on_completed(const MpsResult *result, void *userdata)
{
    unsigned *count = userdata;

    if (result->error == MPS_ERROR_NO_AGENT)
        (*count)++;
}

static int write_once(MpsClient *client, unsigned *count, char *id)
{
    return mps_write_session_by_handle(client, HANDLE, MPS_UPDATE_EXISTING, "{}", 2, NULL, on_completed,
                                       count, id);
}

static void run_without_a_bus(void)
{
    MpsClientOptions options = {.struct_size = sizeof(options), .bus_address = "unix:path=/nonexistent"};
    uint64_t xuid = 1;
    MpsReference reference = {HANDLE, "t", "n"};
    unsigned count = 0;
    MpsClient *client;
    char id[MPS_ID_SIZE];
    int status;
    pid_t pid;

    check(mps_client_open(&options, &client) == 0, "opens without a bus");
    for (unsigned i = 0; i < 100; i++)
        write_once(client, &count, id);
    mps_get_session(client, &reference, NULL, on_completed, &count, NULL);
    mps_get_activities(client, HANDLE, &xuid, 1, NULL, on_completed, &count, NULL);
    mps_attach(client, HANDLE, on_completed, &count);
    mps_cancel(client, HANDLE);
    while (count < 103 && mps_client_dispatch(client, 10000) > 0) {
    }
    check(count == 103, "every call completes once, with no agent");
    check(mps_write_session(client, NULL, MPS_CREATE_NEW, "{}", 2, NULL, NULL, NULL, NULL) ==
              MPS_ERROR_INVALID_REFERENCE,
          "refuses a missing reference");
    fflush(stdout);
    pid = fork();
    if (pid == 0) {
        /* A fork may call, but nothing happens. */
        bool good = write_once(client, &count, NULL) == MPS_ERROR_CLOSED &&
                    mps_client_dispatch(client, -1) == MPS_ERROR_CLOSED;

        mps_client_close(client);
        _exit(good ? 0 : 1);
    }
    check(waitpid(pid, &status, 0) == pid && status == 0, "a forked child is refused");
    write_once(client, &count, NULL);
    write_once(client, &count, NULL);
    mps_client_close(client);
    check(count == 103, "closing calls nobody back");
    mps_client_close(NULL);
}

static void run_own_thread(void)
{
    MpsClientOptions options = {.struct_size = sizeof(options),
                                .flags = MPS_OWN_THREAD,
                                .account = "1",
                                .bus_address = "unix:path=/nonexistent"};
    MpsClient *client;
    unsigned count = 0;

    check(mps_client_open(&options, &client) == 0, "opens with a thread for callbacks");
    for (unsigned i = 0; i < 100; i++)
        write_once(client, &count, NULL);
    /* Some have been called back, some not. */
    mps_client_close(client);
    check(count <= 100, "closes at any time");
}

static void run_bad_options(void)
{
    MpsClientOptions options = {.struct_size = sizeof(options), .flags = 1u << 31};
    MpsClient *client;

    check(mps_client_open(&options, &client) == MPS_ERROR_INVALID_ARGUMENT, "refuses an unknown flag");
    options = (MpsClientOptions){.struct_size = sizeof(options), .account = "nobody"};
    check(mps_client_open(&options, &client) == MPS_ERROR_INVALID_ARGUMENT,
          "refuses an account that is no XUID");
    check(mps_client_open(NULL, NULL) == MPS_ERROR_INVALID_ARGUMENT, "refuses to return nowhere");
    check(strcmp(mps_version(), "") != 0 && mps_client_get_fd(NULL) < 0, "has a version");
}

int main(void)
{
    run_without_a_bus();
    run_own_thread();
    run_bad_options();
    printf("1..%u\n", number);
    return failed > 0;
}
