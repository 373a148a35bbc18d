/* SPDX-License-Identifier: MIT */
/* The reserve: space that is given back when the disk fills, so that what was accepted goes on. */
#include "base/log.h"
#include "store/store-private.h"

#include <fcntl.h>
#include <sys/stat.h>

bool store_reserve_make(Store *store)
{
    if (store->reserve_there)
        return true;
    CLEANUP_CLOSE int fd =
        openat(store->directory_fd, STORE_RESERVE_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int r = fd < 0 || fchmod(fd, 0600) < 0 ? errno : posix_fallocate(fd, 0, STORE_RESERVE_BYTES);
    if (r == 0) {
        store->reserve_there = true;
        if (store->reserve_gone)
            log_notice("there is space on the disk again: new requests are accepted");
        store->reserve_gone = store->full_told = false;
        return true;
    }
    if (fd >= 0)
        (void)unlinkat(store->directory_fd, STORE_RESERVE_FILE, 0);
    if (r != ENOSPC && r != EDQUOT && r != EFBIG) {
        /* No reserve for another reason is no reason to refuse work. */
        if (!store->full_told)
            log_warning("cannot make the reserve file: %s", strerror(r));
        store->full_told = true;
        return !store->reserve_gone;
    }
    if (!store->full_told)
        log_error("the disk of the state folder is full: nothing new is accepted until there is space for %u "
                  "bytes more",
                  STORE_RESERVE_BYTES);
    store->reserve_gone = store->full_told = true;
    return false;
}

bool store_reserve_free(Store *store)
{
    if (!store->reserve_there)
        return false;
    store->reserve_there = false;
    store->reserve_gone = true;
    if (unlinkat(store->directory_fd, STORE_RESERVE_FILE, 0) < 0)
        return false;
    if (!store->full_told)
        log_error("the disk of the state folder is full: the reserve of %u bytes is used for what was "
                  "accepted, and "
                  "nothing new is accepted until there is space again",
                  STORE_RESERVE_BYTES);
    store->full_told = true;
    return true;
}
