/* SPDX-License-Identifier: MIT */
/* Asynchronous calls and task queues, by the name that some games include. */
#pragma once

#include <XAsync.h>
#include <XAsyncProvider.h>
#include <XTaskQueue.h>
