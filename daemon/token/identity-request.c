/* SPDX-License-Identifier: MIT */
/* Forms for the grants, JSON for the tokens, each in memory for secrets. */
#include "token/identity-request.h"

#include "base/secret.h"
#include "token/identity-text.h"

#include <ctype.h>
#include <stdio.h>

#define SCOPE_APP "XboxLive.signin offline_access"
#define SCOPE_TITLE "service::user.auth.xboxlive.com::MBI_SSL"
#define GRANT_DEVICE_CODE "urn:ietf:params:oauth:grant-type:device_code"
#define AUTH_PARTY "http://auth.xboxlive.com"
#define USER_SITE "user.auth.xboxlive.com"
#define COOKIE_MAX 4096

typedef struct Place {
    const char *host, *path;
} Place;

static Place place_of(IdentityFamily family, IdentityKind kind)
{
    bool app = family == IDENTITY_FAMILY_APP;
    switch (kind) {
    case IDENTITY_DEVICE_CODE:
        return app ? (Place){"login.microsoftonline.com", "/consumers/oauth2/v2.0/devicecode"}
                   : (Place){"login.live.com", "/oauth20_connect.srf"};
    case IDENTITY_POLL:
    case IDENTITY_REFRESH:
        return app ? (Place){"login.microsoftonline.com", "/consumers/oauth2/v2.0/token"}
                   : (Place){"login.live.com", "/oauth20_token.srf"};
    case IDENTITY_USER:
        return (Place){"user.auth.xboxlive.com", "/user/authenticate"};
    case IDENTITY_DEVICE:
        return (Place){"device.auth.xboxlive.com", "/device/authenticate"};
    case IDENTITY_TITLE:
        return (Place){"title.auth.xboxlive.com", "/title/authenticate"};
    case IDENTITY_XSTS:
        break;
    }
    return (Place){"xsts.auth.xboxlive.com", "/xsts/authorize"};
}

static bool kind_is_form(IdentityKind kind)
{
    return kind <= IDENTITY_REFRESH;
}

/* ---- Bodies ------------------------------------------------------------------------------------------------------ */

/* A text that grows, in memory for secrets; one failure spoils it for good. */
typedef struct Body {
    char *text;
    size_t size, room;
    bool failed;
} Body;

static void body_add(Body *body, const char *text, size_t size)
{
    if (body->failed)
        return;
    if (body->size + size + 1 > body->room) {
        size_t room = 2 * (body->size + size + 1);
        if (room > SECRET_SIZE_MAX)
            room = SECRET_SIZE_MAX;
        char *larger = body->size + size + 1 > room ? NULL : secret_new(room);
        if (!larger) {
            body->failed = true;
            return;
        }
        if (body->size)
            memcpy(larger, body->text, body->size);
        secret_free(body->text);
        body->text = larger;
        body->room = room;
    }
    memcpy(body->text + body->size, text, size);
    body->size += size;
    body->text[body->size] = '\0';
}

static void body_text(Body *body, const char *text)
{
    body_add(body, text, strlen(text));
}

/* Everything but RFC 3986's unreserved characters as %XX, a space too. */
static void form_field(Body *body, const char *name, const char *value)
{
    static const char unreserved[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-._~";
    if (body->size)
        body_text(body, "&");
    body_text(body, name);
    body_text(body, "=");
    for (const char *c = value; *c; c++) {
        char escaped[4];
        if (strchr(unreserved, *c)) {
            body_add(body, c, 1);
        } else {
            snprintf(escaped, sizeof escaped, "%%%02X", (unsigned char)*c);
            body_text(body, escaped);
        }
    }
}

static void json_value(Body *body, const char *value)
{
    body_text(body, "\"");
    for (const char *c = value; *c; c++) {
        if (*c == '"' || *c == '\\')
            body_text(body, "\\");
        body_add(body, c, 1);
    }
    body_text(body, "\"");
}

/* A further member of an object that is not empty. */
static void json_member(Body *body, const char *name, const char *value)
{
    body_text(body, ",");
    json_value(body, name);
    body_text(body, ":");
    json_value(body, value);
}

static void json_begin(Body *body, const char *relying_party)
{
    body_text(body, "{\"RelyingParty\":");
    json_value(body, relying_party);
    body_text(body, ",\"TokenType\":\"JWT\",\"Properties\":{");
}

static void json_proof_key(Body *body, const Proof *proof)
{
    body_text(body, ",\"ProofKey\":");
    body_text(body, proof_jwk(proof));
}

static void json_ticket(Body *body, const IdentityConfig *config, const IdentityInput *input)
{
    body_text(body, "\"AuthMethod\":\"RPS\",\"SiteName\":\"" USER_SITE "\",\"RpsTicket\":\"");
    body_text(body, config->family == IDENTITY_FAMILY_APP ? "d=" : "t=");
    /* Visible ASCII, but maybe a quote. */
    for (const char *c = input->access_token; *c; c++) {
        if (*c == '"' || *c == '\\')
            body_text(body, "\\");
        body_add(body, c, 1);
    }
    body_text(body, "\"");
}

/* Each type of device has its own spelling of a GUID. */
static void device_id_spell(const char *type, const char *id, char spelt[39])
{
    bool braces = string_equal(type, "Win32") || string_equal(type, "Xbox") ||
                  string_equal(type, "Android") || string_equal(type, "Nintendo");
    bool upper = string_equal(type, "Win32") || string_equal(type, "Xbox") || string_equal(type, "iOS");
    snprintf(spelt, 39, braces ? "{%.36s}" : "%.36s", id);
    if (upper)
        for (char *c = spelt; *c; c++)
            *c = (char)toupper((unsigned char)*c);
}

static void body_device(Body *body, const IdentityConfig *config, const IdentityInput *input)
{
    const char *type = config->device_type ? config->device_type : IDENTITY_DEVICE_TYPE;
    char id[39];
    device_id_spell(type, config->device_id, id);
    json_begin(body, AUTH_PARTY);
    body_text(body, "\"AuthMethod\":\"ProofOfPossession\"");
    json_member(body, "Id", id);
    if (string_equal(type, "Win32") || string_equal(type, "Xbox"))
        json_member(body, "SerialNumber", id);
    json_member(body, "DeviceType", type);
    json_member(body, "Version", config->device_version ? config->device_version : IDENTITY_DEVICE_VERSION);
    json_proof_key(body, input->proof);
    body_text(body, "}}");
}

static void body_xsts(Body *body, const IdentityConfig *config, const IdentityInput *input)
{
    json_begin(body, config->relying_party ? config->relying_party : IDENTITY_RELYING_PARTY);
    body_text(body, "\"SandboxId\":");
    json_value(body, config->sandbox ? config->sandbox : IDENTITY_SANDBOX);
    body_text(body, ",\"UserTokens\":[");
    json_value(body, input->user_token);
    body_text(body, "]");
    if (config->want_device)
        json_member(body, "DeviceToken", input->device_token);
    if (config->want_title)
        json_member(body, "TitleToken", input->title_token);
    body_text(body, "}}");
}

static void body_write(Body *body, const IdentityConfig *config, IdentityKind kind,
                       const IdentityInput *input)
{
    const char *scope = config->family == IDENTITY_FAMILY_APP ? SCOPE_APP : SCOPE_TITLE;
    switch (kind) {
    case IDENTITY_DEVICE_CODE:
        form_field(body, "client_id", config->client_id);
        form_field(body, "scope", scope);
        if (config->family == IDENTITY_FAMILY_TITLE)
            form_field(body, "response_type", "device_code");
        return;
    case IDENTITY_POLL:
        form_field(body, "grant_type", GRANT_DEVICE_CODE);
        form_field(body, "client_id", config->client_id);
        form_field(body, "device_code", input->device_code);
        return;
    case IDENTITY_REFRESH:
        form_field(body, "grant_type", "refresh_token");
        form_field(body, "client_id", config->client_id);
        form_field(body, "scope", scope);
        form_field(body, "refresh_token", input->refresh_token);
        return;
    case IDENTITY_USER:
    case IDENTITY_TITLE:
        json_begin(body, AUTH_PARTY);
        json_ticket(body, config, input);
        if (kind == IDENTITY_TITLE)
            json_member(body, "DeviceToken", input->device_token);
        if (input->proof)
            json_proof_key(body, input->proof);
        body_text(body, "}}");
        return;
    case IDENTITY_DEVICE:
        body_device(body, config, input);
        return;
    case IDENTITY_XSTS:
        body_xsts(body, config, input);
        return;
    }
}

/* ---- Requests ---------------------------------------------------------------------------------------------------- */

static bool token_given(const char *token)
{
    return token && identity_text_visible(token, IDENTITY_TOKEN_MAX);
}

static bool input_complete(const IdentityConfig *config, IdentityKind kind, const IdentityInput *input)
{
    switch (kind) {
    case IDENTITY_DEVICE_CODE:
        return true;
    case IDENTITY_POLL:
        return token_given(input->device_code) &&
               (!input->cookie || identity_text_visible(input->cookie, COOKIE_MAX));
    case IDENTITY_REFRESH:
        return token_given(input->refresh_token);
    case IDENTITY_USER:
        return token_given(input->access_token);
    case IDENTITY_DEVICE:
        return config->want_device && input->proof;
    case IDENTITY_TITLE:
        return config->want_title && input->proof && token_given(input->access_token) &&
               token_given(input->device_token);
    case IDENTITY_XSTS:
        return token_given(input->user_token) && (!config->want_device || token_given(input->device_token)) &&
               (!config->want_title || token_given(input->title_token));
    }
    return false;
}

static int request_add_header(IdentityRequest *request, const char *name, const char *value)
{
    assert(request->headers_count < IDENTITY_HEADERS_MAX);
    char *line = secret_printf("%s: %s", name, value);
    if (!line)
        return -ENOMEM;
    request->headers[request->headers_count++] = line;
    return 0;
}

static int request_add_signature(IdentityRequest *request, const char *path, const IdentityInput *input)
{
    ProofRequest signed_parts = {
        .method = "POST", .path = path, .body = request->body, .body_size = request->body_size};
    char signature[PROOF_SIGNATURE_ROOM];
    int r = proof_sign(input->proof, input->unix_sec, &signed_parts, signature);
    return r < 0 ? r : request_add_header(request, "Signature", signature);
}

static int request_add_headers(IdentityRequest *request, const IdentityConfig *config, IdentityKind kind,
                               const IdentityInput *input)
{
    char agent[80];
    snprintf(agent, sizeof agent, "mpsessiond/%.40s", config->agent_version ? config->agent_version : "");
    int r = request_add_header(request, "Content-Type", request->content_type);
    if (r == 0)
        r = request_add_header(request, "Accept", "application/json");
    if (r == 0 && config->agent_version)
        r = request_add_header(request, "User-Agent", agent);
    if (r == 0 && !kind_is_form(kind))
        r = request_add_header(request, "x-xbl-contract-version", "1");
    if (r == 0 && kind == IDENTITY_POLL && input->cookie)
        r = request_add_header(request, "Cookie", input->cookie);
    if (r == 0 && !kind_is_form(kind) && input->proof)
        r = request_add_signature(request, place_of(config->family, kind).path, input);
    return r;
}

int identity_request_build(const IdentityConfig *config, IdentityKind kind, const IdentityInput *input,
                           IdentityRequest *request)
{
    char why[300];
    if (identity_check(config, why, sizeof why) < 0 || !input_complete(config, kind, input))
        return -EINVAL;
    IdentityRequest made = {.content_type = kind_is_form(kind) ? "application/x-www-form-urlencoded"
                                                               : "application/json"};
    Place place = place_of(config->family, kind);
    int size = config->base_url ? snprintf(made.url, sizeof made.url, "%s%s", config->base_url, place.path)
                                : snprintf(made.url, sizeof made.url, "https://%s%s", place.host, place.path);
    if (size < 0 || (size_t)size >= sizeof made.url)
        return -EINVAL;
    Body body = {0};
    body_write(&body, config, kind, input);
    made.body = body.text;
    made.body_size = body.size;
    int r = body.failed ? -ENOMEM : request_add_headers(&made, config, kind, input);
    if (r < 0) {
        identity_request_free(&made);
        return r;
    }
    *request = made;
    return 0;
}

void identity_request_free(IdentityRequest *request)
{
    for (size_t i = 0; i < request->headers_count; i++)
        request->headers[i] = secret_free(request->headers[i]);
    request->headers_count = 0;
    request->body = secret_free(request->body);
    request->body_size = 0;
}
