/* SPDX-License-Identifier: MIT */
/* Values and function types of asynchronous calls and task queues, on any platform. */
LAYOUT_VALUE(XAsyncOp, Begin, 0);
LAYOUT_VALUE(XAsyncOp, DoWork, 1);
LAYOUT_VALUE(XAsyncOp, GetResult, 2);
LAYOUT_VALUE(XAsyncOp, Cancel, 3);
LAYOUT_VALUE(XAsyncOp, Cleanup, 4);
LAYOUT_VALUE(XTaskQueuePort, Work, 0);
LAYOUT_VALUE(XTaskQueuePort, Completion, 1);
LAYOUT_VALUE(XTaskQueueDispatchMode, Manual, 0);
LAYOUT_VALUE(XTaskQueueDispatchMode, ThreadPool, 1);
LAYOUT_VALUE(XTaskQueueDispatchMode, SerializedThreadPool, 2);
LAYOUT_VALUE(XTaskQueueDispatchMode, Immediate, 3);
LAYOUT_SIZE(XAsyncOp, 4);
LAYOUT_SIZE(XTaskQueuePort, 4);
LAYOUT_SIZE(XTaskQueueDispatchMode, 4);
LAYOUT_SIZE(HRESULT, 4);
LAYOUT_SIZE(((XAsyncBlock *)0)->internal, 4 * sizeof(void *));
LAYOUT_SIZE(((XTaskQueueRegistrationToken *)0)->token, 8);

/* Callbacks are types of functions: parameters are pointers to them. */
LAYOUT_TYPE(XAsyncCompletionRoutine *, void (*)(struct XAsyncBlock *));
LAYOUT_TYPE(XAsyncWork *, HRESULT (*)(struct XAsyncBlock *));
LAYOUT_TYPE(XAsyncProvider *, HRESULT (*)(XAsyncOp, const XAsyncProviderData *));
LAYOUT_TYPE(XTaskQueueCallback *, void (*)(void *, bool));
LAYOUT_TYPE(XTaskQueueMonitorCallback *, void (*)(void *, XTaskQueueHandle, XTaskQueuePort));
LAYOUT_TYPE(XTaskQueueTerminatedCallback *, void (*)(void *));
LAYOUT_TYPE(XTaskQueueHandle, struct XTaskQueueObject *);
LAYOUT_TYPE(XTaskQueuePortHandle, struct XTaskQueuePortObject *);
LAYOUT_TYPE(HRESULT, int32_t);
LAYOUT_TYPE(HANDLE, void *);

LAYOUT_FUNCTION(XAsyncGetStatus, HRESULT, (XAsyncBlock *, bool));
LAYOUT_FUNCTION(XAsyncGetResultSize, HRESULT, (XAsyncBlock *, size_t *));
LAYOUT_FUNCTION(XAsyncCancel, void, (XAsyncBlock *));
LAYOUT_FUNCTION(XAsyncRun, HRESULT, (XAsyncBlock *, XAsyncWork *));
LAYOUT_FUNCTION(XAsyncBegin, HRESULT, (XAsyncBlock *, void *, const void *, const char *, XAsyncProvider *));
LAYOUT_FUNCTION(XAsyncSchedule, HRESULT, (XAsyncBlock *, uint32_t));
LAYOUT_FUNCTION(XAsyncComplete, void, (XAsyncBlock *, HRESULT, size_t));
LAYOUT_FUNCTION(XAsyncGetResult, HRESULT, (XAsyncBlock *, const void *, size_t, void *, size_t *));
LAYOUT_FUNCTION(XTaskQueueCreate, HRESULT,
                (XTaskQueueDispatchMode, XTaskQueueDispatchMode, XTaskQueueHandle *));
LAYOUT_FUNCTION(XTaskQueueCreateComposite, HRESULT,
                (XTaskQueuePortHandle, XTaskQueuePortHandle, XTaskQueueHandle *));
LAYOUT_FUNCTION(XTaskQueueGetPort, HRESULT, (XTaskQueueHandle, XTaskQueuePort, XTaskQueuePortHandle *));
LAYOUT_FUNCTION(XTaskQueueDuplicateHandle, HRESULT, (XTaskQueueHandle, XTaskQueueHandle *));
LAYOUT_FUNCTION(XTaskQueueDispatch, bool, (XTaskQueueHandle, XTaskQueuePort, uint32_t));
LAYOUT_FUNCTION(XTaskQueueCloseHandle, void, (XTaskQueueHandle));
LAYOUT_FUNCTION(XTaskQueueTerminate, HRESULT,
                (XTaskQueueHandle, bool, void *, XTaskQueueTerminatedCallback *));
LAYOUT_FUNCTION(XTaskQueueSubmitCallback, HRESULT,
                (XTaskQueueHandle, XTaskQueuePort, void *, XTaskQueueCallback *));
LAYOUT_FUNCTION(XTaskQueueSubmitDelayedCallback, HRESULT,
                (XTaskQueueHandle, XTaskQueuePort, uint32_t, void *, XTaskQueueCallback *));
LAYOUT_FUNCTION(XTaskQueueRegisterWaiter, HRESULT,
                (XTaskQueueHandle, XTaskQueuePort, HANDLE, void *, XTaskQueueCallback *,
                 XTaskQueueRegistrationToken *));
LAYOUT_FUNCTION(XTaskQueueUnregisterWaiter, void, (XTaskQueueHandle, XTaskQueueRegistrationToken));
LAYOUT_FUNCTION(XTaskQueueRegisterMonitor, HRESULT,
                (XTaskQueueHandle, void *, XTaskQueueMonitorCallback *, XTaskQueueRegistrationToken *));
LAYOUT_FUNCTION(XTaskQueueUnregisterMonitor, void, (XTaskQueueHandle, XTaskQueueRegistrationToken));
LAYOUT_FUNCTION(XTaskQueueGetCurrentProcessTaskQueue, bool, (XTaskQueueHandle *));
LAYOUT_FUNCTION(XTaskQueueSetCurrentProcessTaskQueue, void, (XTaskQueueHandle));

/* What async calls and queues answer. */
LAYOUT_HRESULT(S_OK, 0);
LAYOUT_HRESULT(S_FALSE, 1);
LAYOUT_HRESULT(E_NOTIMPL, 0x80004001);
LAYOUT_HRESULT(E_POINTER, 0x80004003);
LAYOUT_HRESULT(E_ABORT, 0x80004004);
LAYOUT_HRESULT(E_FAIL, 0x80004005);
LAYOUT_HRESULT(E_PENDING, 0x8000000A);
LAYOUT_HRESULT(E_BOUNDS, 0x8000000B);
LAYOUT_HRESULT(E_ILLEGAL_METHOD_CALL, 0x8000000E);
LAYOUT_HRESULT(E_UNEXPECTED, 0x8000FFFF);
LAYOUT_HRESULT(E_ACCESSDENIED, 0x80070005);
LAYOUT_HRESULT(E_HANDLE, 0x80070006);
LAYOUT_HRESULT(E_OUTOFMEMORY, 0x8007000E);
LAYOUT_HRESULT(E_NOT_SUPPORTED, 0x80070032);
LAYOUT_HRESULT(E_INVALIDARG, 0x80070057);
LAYOUT_HRESULT(E_NOT_SUFFICIENT_BUFFER, 0x8007007A);
LAYOUT_HRESULT(E_TIME_CRITICAL_THREAD, 0x800701A0);
LAYOUT_HRESULT(E_NO_TASK_QUEUE, 0x800701AB);
