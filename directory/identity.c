/* SPDX-License-Identifier: MIT */
/* What the identity services know. */
#include "directory/identity.h"

#include <errno.h>
#include <string.h>

#include "directory/util.h"

void identity_default_knobs(bool auto_approve, Knobs *out)
{
    knob_defaults(out);
    out->values[KNOB_POLL_AUTO_APPROVE] = auto_approve;
    if (auto_approve)
        out->values[KNOB_POLL_INTERVAL] = 1;
}

void identity_defaults(Identity *identity)
{
    json_decref(identity->unknown_clients);
    json_decref(identity->titles);
    json_decref(identity->sandboxes);
    json_decref(identity->parties);
    json_decref(identity->failures);
    json_decref(identity->latencies);
    identity->unknown_clients = json_array();
    identity->titles = json_object();
    identity->sandboxes = json_pack("{s:n, s:n, s:n, s:n}", "RETAIL", "EMUBOX.1", "XDKS.1", "CERT");
    identity->parties = json_array();
    identity->failures = json_array();
    identity->latencies = json_object();
}

void identity_open(Identity *identity, bool auto_approve)
{
    *identity = (Identity){.used = auto_approve};
    identity->codes = json_object();
    identity->tokens = json_object();
    identity->hashes = json_object();
    identity->next = json_array();
    identity->endpoints = json_object();
    identity->accounts = json_object();
    identity_default_knobs(auto_approve, &identity->knobs);
    identity_defaults(identity);
}

void identity_close(Identity *identity)
{
    json_decref(identity->codes);
    json_decref(identity->tokens);
    json_decref(identity->hashes);
    json_decref(identity->next);
    json_decref(identity->unknown_clients);
    json_decref(identity->titles);
    json_decref(identity->sandboxes);
    json_decref(identity->parties);
    json_decref(identity->endpoints);
    json_decref(identity->accounts);
    json_decref(identity->failures);
    json_decref(identity->latencies);
    *identity = (Identity){0};
}

json_t *identity_save(const Identity *identity)
{
    return json_pack("{s:b, s:O, s:O, s:O, s:O, s:I, s:I}", "used", identity->used, "codes", identity->codes,
                     "tokens", identity->tokens, "hashes", identity->hashes, "next", identity->next, "turn",
                     identity->turn, "generation", identity->generation);
}

int identity_load(Identity *identity, const json_t *saved)
{
    json_t **const parts[] = {&identity->codes, &identity->tokens, &identity->hashes, &identity->next};
    static const char *const names[] = {"codes", "tokens", "hashes", "next"};

    if (!saved)
        return 0;
    for (size_t i = 0; i < 4; i++)
        if (i == 3 ? !json_is_array(json_object_get(saved, names[i]))
                   : !json_is_object(json_object_get(saved, names[i])))
            return -EINVAL;
    for (size_t i = 0; i < 4; i++) {
        json_decref(*parts[i]);
        *parts[i] = json_incref(json_object_get(saved, names[i]));
    }
    identity->used = identity->used || json_is_true(json_object_get(saved, "used"));
    identity->turn = json_number(saved, "turn", 0);
    identity->generation = json_number(saved, "generation", 0);
    return 0;
}

json_int_t identity_knob(const Identity *identity, Knob knob)
{
    return identity->knobs.values[knob];
}
