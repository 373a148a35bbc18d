/* SPDX-License-Identifier: MIT */
/* One thread, one file operation, one wake-up of the loop. */
#include "token/secret-work.h"

#include "token/secret-file.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <systemd/sd-event.h>

#define THREAD_STACK (128U << 10)

struct SecretWork {
    sd_event_source *source;
    int event_fd;
    pthread_t thread;
    bool started;
    char *directory;
    bool removes;
    unsigned char key[SECRET_KEY_BYTES];
    int r; /* the thread's, until it is joined */
    SecretWorkDone done;
    void *userdata;
};

static void *work_main(void *userdata)
{
    SecretWork *work = userdata;
    work->r =
        work->removes ? secret_file_remove(work->directory) : secret_file_write(work->directory, work->key);
    uint64_t one = 1;
    (void)!write(work->event_fd, &one, sizeof one);
    return NULL;
}

static void work_join(SecretWork *work)
{
    if (work->started)
        pthread_join(work->thread, NULL);
    work->started = false;
}

static int on_done(sd_event_source *source MPS_UNUSED, int fd MPS_UNUSED, uint32_t events MPS_UNUSED,
                   void *userdata)
{
    SecretWork *work = userdata;
    (void)sd_event_source_set_enabled(work->source, SD_EVENT_OFF);
    work_join(work);
    work->done(work->userdata, work->r);
    return 0;
}

static int work_thread(SecretWork *work)
{
    /* Signals are the loop's. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, THREAD_STACK);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&work->thread, &attributes, work_main, work);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    work->started = error == 0;
    return -error;
}

int secret_work_start(struct sd_event *event, const char *directory, const unsigned char *key,
                      SecretWorkDone done, void *userdata, SecretWork **out)
{
    CLEANUP(secret_work_freep) SecretWork *work = calloc(1, sizeof *work);
    if (!work)
        return -ENOMEM;
    work->done = done;
    work->userdata = userdata;
    work->removes = !key;
    if (key)
        memcpy(work->key, key, SECRET_KEY_BYTES);
    work->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (work->event_fd < 0)
        return -errno;
    work->directory = strdup(directory);
    if (!work->directory)
        return -ENOMEM;
    int r = sd_event_add_io(event, &work->source, work->event_fd, EPOLLIN, on_done, work);
    if (r >= 0)
        r = work_thread(work);
    if (r < 0)
        return r;
    *out = TAKE(work);
    return 0;
}

SecretWork *secret_work_free(SecretWork *work)
{
    if (!work)
        return NULL;
    work_join(work);
    sd_event_source_disable_unref(work->source);
    close_fd(&work->event_fd);
    free(work->directory);
    explicit_bzero(work->key, sizeof work->key);
    free(work);
    return NULL;
}
