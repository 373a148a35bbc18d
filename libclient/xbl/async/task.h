/* SPDX-License-Identifier: MIT */
/* Task queues from the inside: ports with items, queues with ends, handles, and the one lock over all. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <XTaskQueue.h>

#define TASK_MONITORS_MAX 32
#define TASK_ITEMS_MAX ((size_t)1 << 20)   /* submitted to one port and not yet run */
#define TASK_HANDLES_MAX ((size_t)1 << 20) /* open in the process */
#define TASK_NEVER UINT64_MAX

typedef struct XTaskQueuePortObject TaskPort;
typedef struct XTaskQueueObject TaskHandle;
typedef struct TaskQueue TaskQueue;
typedef struct TaskEnd TaskEnd;
typedef struct TaskItem TaskItem;
typedef struct TaskFrame TaskFrame;
typedef struct TaskTermination TaskTermination;

/*
 * One lock: composites, monitors and terminations cross queues and ports, and would need an order among finer ones;
 * what is done under it is short, and no callback runs under it.
 */
extern pthread_mutex_t task_lock;

/* One submitted callback. It counts as pending for its end, and keeps that end's queue, until the callback returned. */
struct TaskItem {
    TaskItem *next;            /* in the ready list */
    TaskItem *child, *sibling; /* in the heap of delayed ones */
    TaskEnd *end;
    XTaskQueueCallback *callback;
    void *context;
    uint64_t due; /* nanoseconds of CLOCK_MONOTONIC; 0: at once */
    uint64_t order;
    bool owned; /* to be freed before the callback; otherwise it is part of its context */
};

/* A queue's view of a port; several queues may look at one. */
struct TaskEnd {
    TaskQueue *queue;
    TaskPort *port;
    XTaskQueuePort id;
    size_t pending;
    TaskEnd *next, *previous; /* of the same port */
};

struct XTaskQueuePortObject {
    uint64_t mark;
    unsigned refs;
    XTaskQueueDispatchMode mode;
    TaskItem *ready, **ready_tail;
    TaskItem *delayed; /* a pairing heap by due time, then order */
    size_t items;
    TaskEnd *ends;
    bool busy;   /* a serial port's item is running */
    bool listed; /* the pool will look at it */
    bool timed;  /* the timer looks at it */
    TaskPort *pool_next;
    TaskPort *timer_next, *timer_previous;
    unsigned waiting; /* threads in XTaskQueueDispatch() */
    unsigned pumps;   /* threads in task_pump() that would take an item */
    bool dispatched;  /* set: by @dispatcher, last */
    pthread_t dispatcher;
    pthread_cond_t changed;
};

typedef enum TaskPhase {
    TASK_ACTIVE,
    TASK_DRAINS_WORK, /* terminated; completions are still taken */
    TASK_DRAINS_COMPLETIONS,
    TASK_ENDED,
} TaskPhase;

typedef struct TaskMonitor {
    uint64_t token; /* 0: free */
    XTaskQueueMonitorCallback *callback;
    void *context;
    TaskHandle *handle; /* what the callback is given */
    unsigned calls;     /* running now */
    bool removed;
} TaskMonitor;

struct TaskQueue {
    unsigned refs; /* handles, items, and functions at work */
    TaskEnd ends[2];
    TaskHandle *handles;
    TaskPhase phase;
    bool permanent; /* the process's own default, which nobody terminates */
    bool calling;   /* termination callbacks are running */
    size_t holds;   /* asynchronous calls that have begun */
    TaskTermination *terminations, **terminations_tail;
    pthread_cond_t changed; /* phase, calling, a monitor's calls, or what threads in task_pump() wait for */
    TaskMonitor monitors[TASK_MONITORS_MAX];
};

struct XTaskQueueObject {
    TaskQueue *queue;
    TaskHandle *bucket_next;
    TaskHandle *next; /* of the same queue */
};

/* What this thread is inside of. */
struct TaskFrame {
    TaskFrame *up;
    const TaskQueue *queue;     /* an item, a termination callback, or a call's operation of this queue */
    const TaskPort *port;       /* an item of this port; NULL: none */
    const TaskMonitor *monitor; /* a monitor's callback; NULL: none */
    const void *call;           /* something of this asynchronous call; NULL: none */
};

extern _Thread_local TaskFrame *task_frames;

/* task_clock() - nanoseconds of CLOCK_MONOTONIC */
uint64_t task_clock(void);

/* task_cond_init() - a condition whose timed waits are by task_clock(). Return: 0 or a negative errno. */
int task_cond_init(pthread_cond_t *cond);

/* task_cond_wait() - wait under task_lock until @until (TASK_NEVER: no limit). Return: whether the time has not come. */
bool task_cond_wait(pthread_cond_t *cond, uint64_t until);

/* ---- task-handle.c: everything here is called under task_lock ---- */

/* task_handle_queue() - the queue of a handle. Return: it, with a reference of the caller's; NULL: no such handle. */
TaskQueue *task_handle_queue(TaskHandle *handle);

/* task_handle_open() - a new handle of a queue. Return: it, or NULL (no memory, too many). */
TaskHandle *task_handle_open(TaskQueue *queue);

/* task_handle_close() - give one back, if it is one; may give up the lock for the callbacks of what nobody can run now. */
void task_handle_close(TaskHandle *handle);

/* task_queue_new() - a queue of two ports, of which it takes references. Return: it, with one reference, or NULL. */
TaskQueue *task_queue_new(TaskPort *work, TaskPort *completion);

/* task_queue_drop() - give a reference back; the last one frees. */
void task_queue_drop(TaskQueue *queue);

/* ---- task-port.c: under task_lock ---- */

/* task_port_new() - a port with one reference. Return: it, or NULL. */
TaskPort *task_port_new(XTaskQueueDispatchMode mode);

/* task_port_drop() - give a reference back; the last one frees. */
void task_port_drop(TaskPort *port);

/* task_port_valid() - whether a handle is a port's */
bool task_port_valid(const TaskPort *port);

/* task_port_ready() - have what runs undelayed items. Return: whether they will run. */
bool task_port_ready(const TaskPort *port);

/*
 * task_port_submit() - take an item whose callback, context, due and owned are set
 *
 * Gives up the lock for monitors, and on an Immediate port for the callback itself. The caller has a reference of the
 * end's queue. Return: S_OK; E_ABORT or E_OUTOFMEMORY: it was not taken.
 */
HRESULT task_port_submit(TaskEnd *end, TaskItem *item);

/* task_port_promote() - make ready what is due. Return: how many; the caller tells the monitors. */
size_t task_port_promote(TaskPort *port, uint64_t now);

/* task_port_cancel() - make ready all delayed items of one end. Return: how many; the caller tells the monitors. */
size_t task_port_cancel(TaskEnd *end);

/* task_port_inside() - whether this thread is inside an item of the port */
bool task_port_inside(const TaskPort *port);

/* task_port_runnable() - whether task_port_take() would find an item */
bool task_port_runnable(const TaskPort *port);

/* task_port_take() - the next ready item, which is to be given to task_port_run(). Return: it, or NULL. */
TaskItem *task_port_take(TaskPort *port);

/* task_port_run() - run a taken item; gives up the lock meanwhile. @canceled: in any case, not only if terminated */
void task_port_run(TaskPort *port, TaskItem *item, bool canceled);

/* ---- task-pool.c: under task_lock ---- */

/* task_pool_ready() - have at least one thread. Return: whether there is one. */
bool task_pool_ready(void);

/* task_pool_offer() - have a port looked at, if it has something for the pool's threads */
void task_pool_offer(TaskPort *port);

/* task_pool_check() - the timer's look at a pool whose threads may all be blocked. Return: when to look again. */
uint64_t task_pool_check(uint64_t now);

/* ---- task-timer.c: under task_lock ---- */

/* task_timer_ready() - have the thread. Return: whether there is one. */
bool task_timer_ready(void);

/* task_timer_add() - look at this port when its first delayed item is due */
void task_timer_add(TaskPort *port);

/* task_timer_remove() - no longer */
void task_timer_remove(TaskPort *port);

/* task_timer_wake() - look at everything again, not later than @at */
void task_timer_wake(uint64_t at);

/* task_thread_start() - a detached thread of the library, which takes no signals. Return: 0 or a negative errno. */
int task_thread_start(const char *name, void *(*run)(void *));

/* ---- task-monitor.c: under task_lock ---- */

/* task_monitor_notify() - call the monitors of all queues at a port, @count times; gives up the lock for it */
void task_monitor_notify(TaskPort *port, size_t count);

/* task_monitor_rehandle() - a handle is closed: its monitors are given another one of the queue */
void task_monitor_rehandle(TaskQueue *queue, const TaskHandle *closed);

/* ---- task-end.c: under task_lock ---- */

/* task_end_advance() - take a terminated queue as far as it can go; gives up the lock for callbacks */
void task_end_advance(TaskQueue *queue);

/* task_end_drop_all() - free what was never called; of a queue that is being freed */
void task_end_drop_all(TaskQueue *queue);

/* ---- task-pump.c: under task_lock ---- */

/*
 * task_pump_needed() - whether this thread must not just wait for the queue's items, as it is the one that runs them
 *
 * That is the thread that dispatched a Manual port last, and one inside an item of a SerializedThreadPool port.
 */
bool task_pump_needed(const TaskQueue *queue);

/*
 * task_pump() - run an item that this thread may have to run, or wait for a change of the queue
 *
 * Gives up the lock. The caller has a reference, and looks again afterwards at what it waits for.
 */
void task_pump(TaskQueue *queue);

/* ---- task-process.c, for asynchronous calls: without the lock ---- */

/*
 * task_call_begin() - a queue for a call, whose termination waits for task_call_end()
 * @wanted: the block's; NULL: the process's
 * @queue: set on success: borrowed from @handle
 * @handle: set on success; to be closed
 *
 * Return: S_OK, E_NO_TASK_QUEUE, E_HANDLE, E_ABORT or E_OUTOFMEMORY.
 */
HRESULT task_call_begin(TaskHandle *wanted, TaskQueue **queue, TaskHandle **handle);

/* task_call_end() - the call has completed, and its callback has returned */
void task_call_end(TaskQueue *queue);

/* task_call_submit() - as XTaskQueueSubmitCallback(), with an item of the caller's, due at @due (0: at once) */
HRESULT task_call_submit(TaskQueue *queue, XTaskQueuePort port, uint64_t due, TaskItem *item);

/* task_call_active() - whether the queue takes work */
bool task_call_active(TaskQueue *queue);

/* task_call_pump_needed() - as task_pump_needed() */
bool task_call_pump_needed(TaskQueue *queue);

/* task_call_pump() - as task_pump(); gives @held up meanwhile, so that no task_call_wake() under it is missed */
void task_call_pump(TaskQueue *queue, pthread_mutex_t *held);

/* task_call_wake() - what threads in task_call_pump() wait for may have come */
void task_call_wake(TaskQueue *queue);
