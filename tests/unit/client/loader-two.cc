// SPDX-License-Identifier: MIT
// The loader in C++, together with a file in C: one state, and every function answers where the library is missing.
#include <cstdio>

#include <mpsession/loader.h>

extern "C" MpsLoader *loader_of_another_file(void);

static unsigned number;
static unsigned failed;

static void check(bool good, const char *what)
{
    std::printf("%sok %u - loader: %s\n", good ? "" : "not ", ++number, what);
    failed += !good;
}

int main()
{
    const char *handle = "8cb6d02a-7b5e-4bd6-9d21-6f9d8fcb0c11";
    MpsReference reference = {handle, "t", "n"};
    MpsClient *client = nullptr;
    uint64_t xuid = 1;

    check(loader_of_another_file() == mps_loader_state(), "one state for the program");
    check(mps_load() == MPS_ERROR_NO_AGENT, "the library is missing");
    check(mps_client_open(nullptr, &client) == MPS_ERROR_NO_AGENT, "open");
    check(mps_client_get_fd(client) == MPS_ERROR_NO_AGENT, "get_fd");
    check(mps_client_dispatch(client, 0) == MPS_ERROR_NO_AGENT, "dispatch");
    check(mps_write_session_by_handle(client, handle, MPS_CREATE_NEW, "{}", 2, nullptr, nullptr, nullptr,
                                      nullptr) == MPS_ERROR_NO_AGENT,
          "write_session_by_handle");
    check(mps_write_session(client, &reference, MPS_CREATE_NEW, "{}", 2, nullptr, nullptr, nullptr,
                            nullptr) == MPS_ERROR_NO_AGENT,
          "write_session");
    check(mps_get_session_by_handle(client, handle, nullptr, nullptr, nullptr, nullptr) == MPS_ERROR_NO_AGENT,
          "get_session_by_handle");
    check(mps_get_session(client, &reference, nullptr, nullptr, nullptr, nullptr) == MPS_ERROR_NO_AGENT,
          "get_session");
    check(mps_set_activity(client, &reference, nullptr, nullptr, nullptr, nullptr) == MPS_ERROR_NO_AGENT,
          "set_activity");
    check(mps_get_activities(client, handle, &xuid, 1, nullptr, nullptr, nullptr, nullptr) ==
              MPS_ERROR_NO_AGENT,
          "get_activities");
    check(mps_cancel(client, handle) == MPS_ERROR_NO_AGENT, "cancel");
    check(mps_attach(client, handle, nullptr, nullptr) == MPS_ERROR_NO_AGENT, "attach");
    check(mps_error_text(MPS_ERROR_NO_AGENT)[0] != '\0', "error_text");
    check(mps_version()[0] == '\0', "version");
    mps_client_close(client);
    std::printf("1..%u\n", number);
    return failed > 0;
}
