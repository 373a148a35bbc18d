/* SPDX-License-Identifier: MIT */
/* The fate of a transfer by libcurl's code. */
#include "http/http-fate.h"

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

/* A code that is not in here is uncertain: a doubt costs a read, an error a lost or a double write. */
typedef enum FateRule {
    FATE_BY_BYTES, /* uncertain once a byte was sent; even a failed connect may be libcurl's second try */
    FATE_AFTER,    /* comes only after something was sent */
} FateRule;

static const struct {
    CURLcode code;
    FateRule rule;
} fate_rules[] = {
    {CURLE_FAILED_INIT, FATE_BY_BYTES},
    {CURLE_URL_MALFORMAT, FATE_BY_BYTES},
    {CURLE_NOT_BUILT_IN, FATE_BY_BYTES},
    {CURLE_COULDNT_RESOLVE_PROXY, FATE_BY_BYTES},
    {CURLE_COULDNT_RESOLVE_HOST, FATE_BY_BYTES},
    {CURLE_COULDNT_CONNECT, FATE_BY_BYTES},
    {CURLE_SSL_CONNECT_ERROR, FATE_BY_BYTES},
    {CURLE_INTERFACE_FAILED, FATE_BY_BYTES},
    {CURLE_UNKNOWN_OPTION, FATE_BY_BYTES},
    {CURLE_SSL_ENGINE_NOTFOUND, FATE_BY_BYTES},
    {CURLE_SSL_ENGINE_SETFAILED, FATE_BY_BYTES},
    {CURLE_SSL_CERTPROBLEM, FATE_BY_BYTES},
    {CURLE_SSL_CIPHER, FATE_BY_BYTES},
    {CURLE_PEER_FAILED_VERIFICATION, FATE_BY_BYTES},
    {CURLE_SSL_ENGINE_INITFAILED, FATE_BY_BYTES},
    {CURLE_SSL_CACERT_BADFILE, FATE_BY_BYTES},
    {CURLE_SSL_CRL_BADFILE, FATE_BY_BYTES},
    {CURLE_SSL_ISSUER_ERROR, FATE_BY_BYTES},
    {CURLE_NO_CONNECTION_AVAILABLE, FATE_BY_BYTES},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, FATE_BY_BYTES},
    {CURLE_SSL_INVALIDCERTSTATUS, FATE_BY_BYTES},
    {CURLE_QUIC_CONNECT_ERROR, FATE_BY_BYTES},
    {CURLE_PROXY, FATE_BY_BYTES},
    /* TLS 1.3: the server asks for a certificate when the request may have gone out already. */
    {CURLE_SSL_CLIENTCERT, FATE_BY_BYTES},
    /* A scheme that is not allowed, but also a reply that is not HTTP. */
    {CURLE_UNSUPPORTED_PROTOCOL, FATE_BY_BYTES},
    {CURLE_WEIRD_SERVER_REPLY, FATE_BY_BYTES},
    {CURLE_OUT_OF_MEMORY, FATE_BY_BYTES},
    {CURLE_OPERATION_TIMEDOUT, FATE_BY_BYTES},
    {CURLE_SEND_ERROR, FATE_BY_BYTES},
    {CURLE_RECV_ERROR, FATE_BY_BYTES},
    {CURLE_HTTP2, FATE_BY_BYTES},
    {CURLE_HTTP2_STREAM, FATE_BY_BYTES},
    {CURLE_HTTP3, FATE_BY_BYTES},
    {CURLE_READ_ERROR, FATE_BY_BYTES},
    {CURLE_ABORTED_BY_CALLBACK, FATE_BY_BYTES},
    {CURLE_BAD_FUNCTION_ARGUMENT, FATE_BY_BYTES},
    {CURLE_UNRECOVERABLE_POLL, FATE_BY_BYTES},
    {CURLE_SEND_FAIL_REWIND, FATE_AFTER},
    {CURLE_PARTIAL_FILE, FATE_AFTER},
    {CURLE_WRITE_ERROR, FATE_AFTER},
    {CURLE_GOT_NOTHING, FATE_AFTER},
    {CURLE_BAD_CONTENT_ENCODING, FATE_AFTER},
    {CURLE_FILESIZE_EXCEEDED, FATE_AFTER},
    {CURLE_TOO_MANY_REDIRECTS, FATE_AFTER},
    {CURLE_HTTP_RETURNED_ERROR, FATE_AFTER},
};

HttpFate http_fate(int curl_code, bool sent)
{
    for (size_t i = 0; i < ELEMENTS(fate_rules); i++) {
        if ((int)fate_rules[i].code != curl_code)
            continue;
        if (fate_rules[i].rule == FATE_BY_BYTES && !sent)
            return HTTP_NOT_SENT;
        return HTTP_UNCERTAIN;
    }
    return HTTP_UNCERTAIN;
}

const char *http_advice(int curl_code, long verify_result)
{
    if (curl_code == CURLE_SSL_CACERT_BADFILE)
        return "CaFile= in agent.conf has to be a PEM file of certificates";
    if (curl_code != CURLE_PEER_FAILED_VERIFICATION)
        return NULL;
    switch (verify_result) {
    case X509_V_OK: /* its chain is good, so it is the name */
        return "the URL has to name the host that the certificate is for";
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return "set this machine's clock, or have the certificate renewed";
    default:
        return "set CaFile= in agent.conf to the certificate of its authority";
    }
}
