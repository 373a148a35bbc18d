/* SPDX-License-Identifier: MIT */
/* Constants of a session that the service does not have yet. */
#include "session/object.h"

#include <string.h>

/* Constants are written whole, from the first one that is set; an object from the service keeps its own. */
static HRESULT constant(XblMultiplayerSessionHandle session, const char *key, json_t *value)
{
    HRESULT hr = S_OK;

    if (!session->is_local) {
        json_decref(value);
        return E_UNEXPECTED;
    }
    if (!session->changes.constants_system)
        hr = change(&session->changes.constants_system, "version", json_integer(1));
    if (FAILED(hr) || !key) {
        json_decref(value);
        return hr;
    }
    return change(&session->changes.constants_system, key, value);
}

HRESULT constants_set_maximum(XblMultiplayerSessionHandle session, uint32_t maximum)
{
    HRESULT hr;

    session->constants.MaxMembersInSession = maximum;
    if (maximum > 0)
        return constant(session, "maxMembersCount", json_integer(maximum));
    hr = constant(session, NULL, NULL);
    if (SUCCEEDED(hr))
        json_object_del(session->changes.constants_system, "maxMembersCount");
    return hr;
}

HRESULT constants_set_visibility(XblMultiplayerSessionHandle session,
                                 XblMultiplayerSessionVisibility visibility)
{
    HRESULT hr;

    session->constants.Visibility = visibility;
    if (visibility >= XblMultiplayerSessionVisibility_PrivateSession &&
        visibility <= XblMultiplayerSessionVisibility_Open)
        return constant(session, "visibility", json_string(visibility_words[visibility]));
    hr = constant(session, NULL, NULL);
    if (SUCCEEDED(hr))
        json_object_del(session->changes.constants_system, "visibility");
    return hr;
}

void XblMultiplayerSessionConstantsSetMaxMembersInSession(XblMultiplayerSessionHandle handle,
                                                          uint32_t maxMembersInSession)
{
    if (!handle)
        return;
    session_lock(handle);
    constants_set_maximum(handle, maxMembersInSession);
    session_unlock(handle);
}

void XblMultiplayerSessionConstantsSetVisibility(XblMultiplayerSessionHandle handle,
                                                 XblMultiplayerSessionVisibility visibility)
{
    if (!handle)
        return;
    session_lock(handle);
    constants_set_visibility(handle, visibility);
    session_unlock(handle);
}

/* From 2^52 on a time is "never", as games that give UINT64_MAX mean it. */
static json_t *timeout_json(uint64_t milliseconds)
{
    return milliseconds < UINT64_C(1) << 52 ? json_integer((json_int_t)milliseconds) : json_null();
}

HRESULT XblMultiplayerSessionConstantsSetTimeouts(XblMultiplayerSessionHandle handle,
                                                  uint64_t memberReservedTimeout,
                                                  uint64_t memberInactiveTimeout, uint64_t memberReadyTimeout,
                                                  uint64_t sessionEmptyTimeout)
{
    HRESULT hr;

    if (!handle)
        return E_INVALIDARG;
    session_lock(handle);
    hr = constant(handle, "reservedRemovalTimeout", timeout_json(memberReservedTimeout));
    if (SUCCEEDED(hr))
        hr = constant(handle, "inactiveRemovalTimeout", timeout_json(memberInactiveTimeout));
    if (SUCCEEDED(hr))
        hr = constant(handle, "readyRemovalTimeout", timeout_json(memberReadyTimeout));
    if (SUCCEEDED(hr))
        hr = constant(handle, "sessionEmptyTimeout", timeout_json(sessionEmptyTimeout));
    if (SUCCEEDED(hr)) {
        handle->constants.MemberReservedTimeout = memberReservedTimeout;
        handle->constants.MemberInactiveTimeout = memberInactiveTimeout;
        handle->constants.MemberReadyTimeout = memberReadyTimeout;
        handle->constants.SessionEmptyTimeout = sessionEmptyTimeout;
    }
    session_unlock(handle);
    return hr;
}

HRESULT XblMultiplayerSessionConstantsSetArbitrationTimeouts(XblMultiplayerSessionHandle handle,
                                                             uint64_t arbitrationTimeout,
                                                             uint64_t forfeitTimeout)
{
    (void)handle;
    (void)arbitrationTimeout;
    (void)forfeitTimeout;
    return E_NOTIMPL;
}

HRESULT XblMultiplayerSessionConstantsSetQosConnectivityMetrics(XblMultiplayerSessionHandle handle,
                                                                bool enableLatencyMetric,
                                                                bool enableBandwidthDownMetric,
                                                                bool enableBandwidthUpMetric,
                                                                bool enableCustomMetric)
{
    HRESULT hr;

    if (!handle)
        return E_INVALIDARG;
    session_lock(handle);
    hr = constant(handle, "metrics",
                  json_pack("{s:b, s:b, s:b, s:b}", "latency", enableLatencyMetric, "bandwidthDown",
                            enableBandwidthDownMetric, "bandwidthUp", enableBandwidthUpMetric, "custom",
                            enableCustomMetric));
    if (SUCCEEDED(hr)) {
        handle->constants.EnableMetricsLatency = enableLatencyMetric;
        handle->constants.EnableMetricsBandwidthDown = enableBandwidthDownMetric;
        handle->constants.EnableMetricsBandwidthUp = enableBandwidthUpMetric;
        handle->constants.EnableMetricsCustom = enableCustomMetric;
    }
    session_unlock(handle);
    return hr;
}

/* Numbers above 2^63-1 have no room in jansson, and no meaning to the service. */
static json_t *number_json(uint64_t number)
{
    return json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number);
}

HRESULT XblMultiplayerSessionConstantsSetMemberInitialization(
    XblMultiplayerSessionHandle handle, XblMultiplayerMemberInitialization memberInitialization)
{
    json_t *value;
    HRESULT hr;

    if (!handle)
        return E_INVALIDARG;
    value = json_pack("{s:o, s:o, s:b, s:o}", "joinTimeout", number_json(memberInitialization.JoinTimeout),
                      "measurementTimeout", number_json(memberInitialization.MeasurementTimeout),
                      "externalEvaluation", memberInitialization.ExternalEvaluation, "membersNeededToStart",
                      number_json(memberInitialization.MembersNeededToStart));
    if (value && memberInitialization.ExternalEvaluation &&
        json_object_set_new(value, "evaluationTimeout", number_json(memberInitialization.EvaluationTimeout)) <
            0) {
        json_decref(value);
        value = NULL;
    }
    session_lock(handle);
    hr = constant(handle, "memberInitialization", value);
    if (SUCCEEDED(hr)) {
        handle->member_initialization = memberInitialization;
        handle->constants.MemberInitialization = &handle->member_initialization;
    }
    session_unlock(handle);
    return hr;
}

HRESULT
XblMultiplayerSessionConstantsSetPeerToPeerRequirements(XblMultiplayerSessionHandle handle,
                                                        XblMultiplayerPeerToPeerRequirements requirements)
{
    HRESULT hr;

    if (!handle)
        return E_INVALIDARG;
    session_lock(handle);
    hr = constant(handle, "peerToPeerRequirements",
                  json_pack("{s:o, s:o}", "latencyMaximum", number_json(requirements.LatencyMaximum),
                            "bandwidthMinimum", number_json(requirements.BandwidthMinimumInKbps)));
    if (SUCCEEDED(hr))
        handle->constants.PeerToPeerRequirements = requirements;
    session_unlock(handle);
    return hr;
}

HRESULT
XblMultiplayerSessionConstantsSetPeerToHostRequirements(XblMultiplayerSessionHandle handle,
                                                        XblMultiplayerPeerToHostRequirements requirements)
{
    const XblMultiplayerMetrics metric = requirements.HostSelectionMetric;
    HRESULT hr;

    if (!handle || metric > XblMultiplayerMetrics_Latency)
        return E_INVALIDARG;
    session_lock(handle);
    hr =
        constant(handle, "peerToHostRequirements",
                 json_pack("{s:o, s:o, s:o, s:s}", "latencyMaximum", number_json(requirements.LatencyMaximum),
                           "bandwidthDownMinimum", number_json(requirements.BandwidthDownMinimumInKbps),
                           "bandwidthUpMinimum", number_json(requirements.BandwidthUpMinimumInKbps),
                           "hostSelectionMetric", metric_words[metric]));
    if (SUCCEEDED(hr))
        handle->constants.PeerToHostRequirements = requirements;
    session_unlock(handle);
    return hr;
}

HRESULT XblMultiplayerSessionConstantsSetMeasurementServerAddressesJson(
    XblMultiplayerSessionHandle handle, const char *measurementServerAddressesJson)
{
    json_t *value;
    HRESULT hr;

    if (!handle || !measurementServerAddressesJson)
        return E_INVALIDARG;
    session_lock(handle);
    hr = handle->is_local ? S_OK : E_UNEXPECTED;
    if (SUCCEEDED(hr)) {
        value = json_parse(measurementServerAddressesJson, strlen(measurementServerAddressesJson), &hr);
        if (value)
            hr = constant(handle, "measurementServerAddresses", value);
    }
    if (SUCCEEDED(hr))
        hr = text_replace(&handle->constants.MeasurementServerAddressesJson, measurementServerAddressesJson);
    session_unlock(handle);
    return hr;
}

HRESULT XblMultiplayerSessionConstantsSetCapabilities(XblMultiplayerSessionHandle handle,
                                                      XblMultiplayerSessionCapabilities capabilities)
{
    const struct {
        const char *word;
        bool on;
    } all[] = {
        {"connectivity", capabilities.Connectivity},
        {"suppressPresenceActivityCheck", capabilities.SuppressPresenceActivityCheck},
        {"gameplay", capabilities.Gameplay},
        {"large", capabilities.Large},
        {"userAuthorizationStyle", capabilities.UserAuthorizationStyle},
        {"connectionRequiredForActiveMembers", capabilities.ConnectionRequiredForActiveMembers},
        {"crossPlay", capabilities.Crossplay},
        {"searchable", capabilities.Searchable},
        {"hasOwners", capabilities.HasOwners},
    };
    json_t *value = NULL;
    HRESULT hr = S_OK;

    if (!handle)
        return E_INVALIDARG;
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && SUCCEEDED(hr); i++)
        if (all[i].on)
            hr = change(&value, all[i].word, json_true());
    session_lock(handle);
    if (FAILED(hr))
        json_decref(value);
    else
        hr = constant(handle, value ? "capabilities" : NULL, value);
    if (SUCCEEDED(hr)) {
        if (!value)
            json_object_del(handle->changes.constants_system, "capabilities");
        handle->constants.SessionCapabilities = capabilities;
    }
    session_unlock(handle);
    return hr;
}

HRESULT
XblMultiplayerSessionConstantsSetCloudComputePackageJson(XblMultiplayerSessionHandle handle,
                                                         const char *sessionCloudComputePackageConstantsJson)
{
    const char *text = sessionCloudComputePackageConstantsJson;
    json_t *value = NULL;
    HRESULT hr = S_OK;

    if (!handle || !text)
        return E_INVALIDARG;
    if (*text) {
        value = json_parse(text, strlen(text), &hr);
        if (hr == E_OUTOFMEMORY)
            return hr;
        if (!value)
            value = json_null();
    }
    session_lock(handle);
    hr = constant(handle, value ? "cloudComputePackage" : NULL, value);
    if (SUCCEEDED(hr) && !value)
        json_object_del(handle->changes.constants_system, "cloudComputePackage");
    if (SUCCEEDED(hr))
        hr = text_replace(&handle->constants.SessionCloudComputePackageConstantsJson, text);
    session_unlock(handle);
    return hr;
}
