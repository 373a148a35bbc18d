/* SPDX-License-Identifier: MIT */
/* What an outcome of the agent is called by games. */
#pragma once

#include <mpsession/mpsession.h>
#include <xsapi-c/errors_c.h>

/* hresult_of_error() - of a call that did not run. */
HRESULT hresult_of_error(MpsError error);

/* hresult_of_status() - HTTP_E_STATUS_*, S_OK for 2xx. */
HRESULT hresult_of_status(unsigned status);

/* hresult_of_result() - of a completion. S_OK: applied, read, or out of sync. */
HRESULT hresult_of_result(const MpsResult *result);
