/* SPDX-License-Identifier: MIT */
/* mpsession without linking: the same functions, found at run time, so that a game starts where the library is missing. */
#ifndef MPSESSION_LOADER_H
#define MPSESSION_LOADER_H

/*
 * Include this instead of <mpsession/mpsession.h>, in as many files as wanted, and call the same functions; link nothing
 * (but -ldl before glibc 2.34). The first call loads libmpsession.so.0. Where that is missing, mps_client_open() and
 * every other call return MPS_ERROR_NO_AGENT and the game goes on; mps_load() tells in advance.
 *
 * The state is one for the program (or for the shared object) that includes this, not one per file.
 */

#include <dlfcn.h>
#include <string.h>

#include <mpsession/mpsession.h>

#if !defined(__GNUC__)
#error "mpsession/loader.h needs weak symbols: GCC or Clang"
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define MPS_LOADER_LIBRARY "libmpsession.so.0"

typedef struct MpsLoader {
    char lock; /* of those who load at once */
    int state; /* 0: not tried, 1: loaded, -1: missing */
    int (*client_open)(const MpsClientOptions *, MpsClient **);
    void (*client_close)(MpsClient *);
    int (*client_get_fd)(MpsClient *);
    int (*client_dispatch)(MpsClient *, int);
    int (*write_session_by_handle)(MpsClient *, const char *, MpsWriteMode, const char *, size_t,
                                   const MpsCallOptions *, MpsCompletion, void *, char *);
    int (*write_session)(MpsClient *, const MpsReference *, MpsWriteMode, const char *, size_t,
                         const MpsCallOptions *, MpsCompletion, void *, char *);
    int (*get_session_by_handle)(MpsClient *, const char *, const MpsCallOptions *, MpsCompletion, void *,
                                 char *);
    int (*get_session)(MpsClient *, const MpsReference *, const MpsCallOptions *, MpsCompletion, void *,
                       char *);
    int (*set_activity)(MpsClient *, const MpsReference *, const MpsCallOptions *, MpsCompletion, void *,
                        char *);
    int (*get_activities)(MpsClient *, const char *, const uint64_t *, size_t, const MpsCallOptions *,
                          MpsCompletion, void *, char *);
    int (*cancel)(MpsClient *, const char *);
    int (*attach)(MpsClient *, const char *, MpsCompletion, void *);
    const char *(*error_text)(int);
    const char *(*version)(void);
} MpsLoader;

/* Weak, so that the linker keeps one of all files' copies, and with it one state. */
__attribute__((weak, noinline, visibility("hidden"))) MpsLoader *mps_loader_state(void);
__attribute__((weak, noinline, visibility("hidden"))) MpsLoader *mps_loader_state(void)
{
    static MpsLoader loader;

    return &loader;
}

/* A function pointer and a data pointer cannot be cast into each other in ISO C. */
#define MPS_LOADER_FIND(loader, library, member)                                                             \
    do {                                                                                                     \
        void *mps_symbol = dlsym(library, "mps_" #member);                                                   \
        memcpy(&(loader)->member, &mps_symbol, sizeof(mps_symbol));                                          \
        if (!mps_symbol)                                                                                     \
            mps_complete = 0;                                                                                \
    } while (0)

static inline int mps_loader_open(MpsLoader *l)
{
    void *library = dlopen(MPS_LOADER_LIBRARY, RTLD_NOW | RTLD_LOCAL);
    int mps_complete = 1;

    if (!library)
        return -1;
    MPS_LOADER_FIND(l, library, client_open);
    MPS_LOADER_FIND(l, library, client_close);
    MPS_LOADER_FIND(l, library, client_get_fd);
    MPS_LOADER_FIND(l, library, client_dispatch);
    MPS_LOADER_FIND(l, library, write_session_by_handle);
    MPS_LOADER_FIND(l, library, write_session);
    MPS_LOADER_FIND(l, library, get_session_by_handle);
    MPS_LOADER_FIND(l, library, get_session);
    MPS_LOADER_FIND(l, library, set_activity);
    MPS_LOADER_FIND(l, library, get_activities);
    MPS_LOADER_FIND(l, library, cancel);
    MPS_LOADER_FIND(l, library, attach);
    MPS_LOADER_FIND(l, library, error_text);
    MPS_LOADER_FIND(l, library, version);
    if (!mps_complete) {
        dlclose(library); /* another library of this name */
        return -1;
    }
    return 1;
}

/* The loader, or NULL where the library is missing. */
static inline MpsLoader *mps_loader_get(void)
{
    MpsLoader *l = mps_loader_state();
    int state = __atomic_load_n(&l->state, __ATOMIC_ACQUIRE);

    if (state == 0) {
        while (__atomic_test_and_set(&l->lock, __ATOMIC_ACQUIRE)) {
        }
        state = l->state;
        if (state == 0) {
            state = mps_loader_open(l);
            __atomic_store_n(&l->state, state, __ATOMIC_RELEASE);
        }
        __atomic_clear(&l->lock, __ATOMIC_RELEASE);
    }
    return state > 0 ? l : NULL;
}

/*
 * mps_load() - load the library now
 *
 * Return: 0, or MPS_ERROR_NO_AGENT where it is missing. Any thread. Asks the file system once per process.
 */
static inline int mps_load(void)
{
    return mps_loader_get() ? 0 : MPS_ERROR_NO_AGENT;
}

static inline int mps_loader_client_open(const MpsClientOptions *options, MpsClient **client)
{
    MpsLoader *l = mps_loader_get();

    return l ? l->client_open(options, client) : MPS_ERROR_NO_AGENT;
}

static inline void mps_loader_client_close(MpsClient *client)
{
    MpsLoader *l = mps_loader_get();

    if (l)
        l->client_close(client);
}

static inline int mps_loader_client_get_fd(MpsClient *client)
{
    MpsLoader *l = mps_loader_get();

    return l ? l->client_get_fd(client) : MPS_ERROR_NO_AGENT;
}

static inline int mps_loader_client_dispatch(MpsClient *client, int timeout_msec)
{
    MpsLoader *l = mps_loader_get();

    return l ? l->client_dispatch(client, timeout_msec) : MPS_ERROR_NO_AGENT;
}

static inline int mps_loader_write_session_by_handle(MpsClient *client, const char *handle_id,
                                                     MpsWriteMode mode, const char *session,
                                                     size_t session_size, const MpsCallOptions *options,
                                                     MpsCompletion completion, void *userdata, char *id)
{
    MpsLoader *l = mps_loader_get();

    if (!l)
        return MPS_ERROR_NO_AGENT;
    return l->write_session_by_handle(client, handle_id, mode, session, session_size, options, completion,
                                      userdata, id);
}

static inline int mps_loader_write_session(MpsClient *client, const MpsReference *reference,
                                           MpsWriteMode mode, const char *session, size_t session_size,
                                           const MpsCallOptions *options, MpsCompletion completion,
                                           void *userdata, char *id)
{
    MpsLoader *l = mps_loader_get();

    if (!l)
        return MPS_ERROR_NO_AGENT;
    return l->write_session(client, reference, mode, session, session_size, options, completion, userdata,
                            id);
}

static inline int mps_loader_get_session_by_handle(MpsClient *client, const char *handle_id,
                                                   const MpsCallOptions *options, MpsCompletion completion,
                                                   void *userdata, char *id)
{
    MpsLoader *l = mps_loader_get();

    return l ? l->get_session_by_handle(client, handle_id, options, completion, userdata, id)
             : MPS_ERROR_NO_AGENT;
}

static inline int mps_loader_get_session(MpsClient *client, const MpsReference *reference,
                                         const MpsCallOptions *options, MpsCompletion completion,
                                         void *userdata, char *id)
{
    MpsLoader *l = mps_loader_get();

    return l ? l->get_session(client, reference, options, completion, userdata, id) : MPS_ERROR_NO_AGENT;
}

static inline int mps_loader_set_activity(MpsClient *client, const MpsReference *reference,
                                          const MpsCallOptions *options, MpsCompletion completion,
                                          void *userdata, char *id)
{
    MpsLoader *l = mps_loader_get();

    return l ? l->set_activity(client, reference, options, completion, userdata, id) : MPS_ERROR_NO_AGENT;
}

static inline int mps_loader_get_activities(MpsClient *client, const char *scid, const uint64_t *xuids,
                                            size_t xuids_count, const MpsCallOptions *options,
                                            MpsCompletion completion, void *userdata, char *id)
{
    MpsLoader *l = mps_loader_get();

    if (!l)
        return MPS_ERROR_NO_AGENT;
    return l->get_activities(client, scid, xuids, xuids_count, options, completion, userdata, id);
}

static inline int mps_loader_cancel(MpsClient *client, const char *id)
{
    MpsLoader *l = mps_loader_get();

    return l ? l->cancel(client, id) : MPS_ERROR_NO_AGENT;
}

static inline int mps_loader_attach(MpsClient *client, const char *id, MpsCompletion completion,
                                    void *userdata)
{
    MpsLoader *l = mps_loader_get();

    return l ? l->attach(client, id, completion, userdata) : MPS_ERROR_NO_AGENT;
}

static inline const char *mps_loader_error_text(int error)
{
    MpsLoader *l = mps_loader_get();

    if (l)
        return l->error_text(error);
    return error == MPS_OK ? "No error." : "libmpsession is not installed, so the agent cannot be reached.";
}

/* "" where the library is missing. */
static inline const char *mps_loader_version(void)
{
    MpsLoader *l = mps_loader_get();

    return l ? l->version() : "";
}

#define mps_client_open mps_loader_client_open
#define mps_client_close mps_loader_client_close
#define mps_client_get_fd mps_loader_client_get_fd
#define mps_client_dispatch mps_loader_client_dispatch
#define mps_write_session_by_handle mps_loader_write_session_by_handle
#define mps_write_session mps_loader_write_session
#define mps_get_session_by_handle mps_loader_get_session_by_handle
#define mps_get_session mps_loader_get_session
#define mps_set_activity mps_loader_set_activity
#define mps_get_activities mps_loader_get_activities
#define mps_cancel mps_loader_cancel
#define mps_attach mps_loader_attach
#define mps_error_text mps_loader_error_text
#define mps_version mps_loader_version

#ifdef __cplusplus
}
#endif

#endif
