/* SPDX-License-Identifier: MIT */
/* Every field of a document: which values it takes, and which make the whole document an error. */
#include "golden.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a field may hold. */
typedef enum Kind {
    TEXT, /* a string */
    WORD, /* a string: one of a few; others are Unknown */
    TIME, /* a string with a time */
    BOOL,
    NUMBER, /* of 32 bits */
    LARGE,  /* of 64 */
    XUID,   /* of 64, as a string or a number */
    ID,     /* of 32, as a string or a number */
    OBJECT,
    NAMED, /* an object with names of the session's own */
    TEXTS, /* an array of TEXT; IDS and XUIDS likewise */
    IDS,
    XUIDS,
    ANY, /* any JSON */
    FREE /* an object whose inside is the game's */
} Kind;

typedef struct Field {
    const char *path;
    Kind kind;
} Field;

static const Field fields[] = {
    {"contractVersion", NUMBER},
    {"branch", TEXT},
    {"changeNumber", LARGE},
    {"correlationId", TEXT},
    {"searchHandle", TEXT},
    {"startTime", TIME},
    {"nextTimer", TIME},
    {"initializing", OBJECT},
    {"initializing.stage", WORD},
    {"initializing.stageStartTime", TIME},
    {"initializing.episode", NUMBER},
    {"hostCandidates", TEXTS},
    {"constants", OBJECT},
    {"constants.system", OBJECT},
    {"constants.system.maxMembersCount", NUMBER},
    {"constants.system.visibility", WORD},
    {"constants.system.initiators", XUIDS},
    {"constants.system.reservedRemovalTimeout", LARGE},
    {"constants.system.inactiveRemovalTimeout", LARGE},
    {"constants.system.readyRemovalTimeout", LARGE},
    {"constants.system.sessionEmptyTimeout", LARGE},
    {"constants.system.metrics", OBJECT},
    {"constants.system.metrics.latency", BOOL},
    {"constants.system.metrics.bandwidthDown", BOOL},
    {"constants.system.metrics.bandwidthUp", BOOL},
    {"constants.system.metrics.custom", BOOL},
    {"constants.system.capabilities", OBJECT},
    {"constants.system.capabilities.gameplay", BOOL},
    {"constants.system.capabilities.crossPlay", BOOL},
    {"constants.system.memberInitialization", OBJECT},
    {"constants.system.memberInitialization.joinTimeout", LARGE},
    {"constants.system.memberInitialization.measurementTimeout", LARGE},
    {"constants.system.memberInitialization.evaluationTimeout", LARGE},
    {"constants.system.memberInitialization.externalEvaluation", BOOL},
    {"constants.system.memberInitialization.membersNeededToStart", NUMBER},
    {"constants.system.peerToPeerRequirements", OBJECT},
    {"constants.system.peerToPeerRequirements.latencyMaximum", LARGE},
    {"constants.system.peerToPeerRequirements.bandwidthMinimum", LARGE},
    {"constants.system.peerToHostRequirements", OBJECT},
    {"constants.system.peerToHostRequirements.latencyMaximum", LARGE},
    {"constants.system.peerToHostRequirements.bandwidthDownMinimum", LARGE},
    {"constants.system.peerToHostRequirements.bandwidthUpMinimum", LARGE},
    {"constants.system.peerToHostRequirements.hostSelectionMetric", WORD},
    {"constants.system.measurementServerAddresses", ANY},
    {"constants.system.cloudComputePackage", ANY},
    {"constants.custom", ANY},
    {"membersInfo", OBJECT},
    {"membersInfo.accepted", NUMBER},
    {"members", NAMED},
    {"members.4", OBJECT},
    {"members.4.reserved", BOOL},
    {"members.4.constants", OBJECT},
    {"members.4.constants.system", OBJECT},
    {"members.4.constants.system.xuid", XUID},
    {"members.3", OBJECT},
    {"members.3.gamertag", TEXT},
    {"members.3.deviceToken", TEXT},
    {"members.3.nat", WORD},
    {"members.3.turn", BOOL},
    {"members.3.roles", NAMED},
    {"members.3.roles.squad", TEXT},
    {"members.3.activeTitleId", ID},
    {"members.3.joinTime", TIME},
    {"members.3.initializationFailure", WORD},
    {"members.3.initializationEpisode", NUMBER},
    {"members.3.constants", OBJECT},
    {"members.3.constants.system", OBJECT},
    {"members.3.constants.system.xuid", XUID},
    {"members.3.constants.system.initialize", BOOL},
    {"members.3.constants.system.matchmakingResult", OBJECT},
    {"members.3.constants.system.matchmakingResult.serverMeasurements", ANY},
    {"members.3.constants.custom", ANY},
    {"members.3.properties", OBJECT},
    {"members.3.properties.system", OBJECT},
    {"members.3.properties.system.active", BOOL},
    {"members.3.properties.system.ready", BOOL},
    {"members.3.properties.system.secureDeviceAddress", TEXT},
    {"members.3.properties.system.groups", TEXTS},
    {"members.3.properties.system.encounters", TEXTS},
    {"members.3.properties.system.initializationGroup", IDS},
    {"members.3.properties.system.measurements", ANY},
    {"members.3.properties.system.serverMeasurements", ANY},
    {"members.3.properties.system.subscription", OBJECT},
    {"members.3.properties.system.subscription.changeTypes", TEXTS},
    {"members.3.properties.custom", FREE},
    {"roleTypes", NAMED},
    {"roleTypes.squad", OBJECT},
    {"roleTypes.squad.ownerManaged", BOOL},
    {"roleTypes.squad.mutableRoleSettings", TEXTS},
    {"roleTypes.squad.roles", NAMED},
    {"roleTypes.squad.roles.medic", OBJECT},
    {"roleTypes.squad.roles.medic.count", NUMBER},
    {"roleTypes.squad.roles.medic.max", NUMBER},
    {"roleTypes.squad.roles.medic.target", NUMBER},
    {"roleTypes.squad.roles.medic.memberXuids", XUIDS},
    {"properties", OBJECT},
    {"properties.system", OBJECT},
    {"properties.system.keywords", TEXTS},
    {"properties.system.turn", IDS},
    {"properties.system.owners", IDS},
    {"properties.system.joinRestriction", WORD},
    {"properties.system.readRestriction", WORD},
    {"properties.system.closed", BOOL},
    {"properties.system.locked", BOOL},
    {"properties.system.allocateCloudCompute", BOOL},
    {"properties.system.matchmakingResubmit", BOOL},
    {"properties.system.host", TEXT},
    {"properties.system.serverConnectionStringCandidates", TEXTS},
    {"properties.system.matchmaking", OBJECT},
    {"properties.system.matchmaking.serverConnectionString", TEXT},
    {"properties.system.matchmaking.targetSessionConstants", ANY},
    {"properties.custom", FREE},
    {"servers", OBJECT},
    {"servers.matchmaking", OBJECT},
    {"servers.matchmaking.properties", OBJECT},
    {"servers.matchmaking.properties.system", OBJECT},
    {"servers.matchmaking.properties.system.status", WORD},
    {"servers.matchmaking.properties.system.statusDetails", TEXT},
    {"servers.matchmaking.properties.system.typicalWait", NUMBER},
    {"servers.matchmaking.properties.system.targetSessionRef", OBJECT},
    {"servers.matchmaking.properties.system.targetSessionRef.scid", TEXT},
    {"servers.matchmaking.properties.system.targetSessionRef.templateName", TEXT},
    {"servers.matchmaking.properties.system.targetSessionRef.name", TEXT},
};

/* Values, and the kinds that may not hold them, by a letter each (in the order of Kind): t w T b n l x i o N s d u. */
static const struct {
    const char *value;
    const char *refused_by;
} values[] = {
    {"true", "twTnlxioNsdu"},
    {"\"word\"", "TbnlxioNsdu"},
    {"\"\"", "TbnlxioNsdu"},
    {"\"12\"", "TbnloNsdu"},
    {"\"-1\"", "TbnlxioNsdu"},
    {"\"4294967296\"", "TbnlioNsdu"},
    {"\"18446744073709551616\"", "TbnlxioNsdu"},
    {"\"2014-13-17T04:43:24Z\"", "TbnlxioNsdu"},
    {"\"2014-07-17T04:43:24 in the morning\"", "TbnlxioNsdu"},
    {"\"2014-07-17T04:43:24+1\"", "TbnlxioNsdu"},
    {"1", "twTboNsdu"},
    {"-1", "twTbnlxioNsdu"},
    {"1.5", "twTbnlxioNsdu"},
    {"4294967296", "twTbnioNsdu"},
    {"18446744073709551615", "twTbnioNsdu"},
    {"1e300", "twTbnlxioNsdu"},
    {"[]", "twTbnlxioN"},
    {"[true]", "twTbnlxioNsdu"},
    {"[null]", "twTbnlxioNsdu"},
    {"[[]]", "twTbnlxioNsdu"},
    {"[\"x\"]", "twTbnlxioNdu"},
    {"[1]", "twTbnlxioNs"},
    {"[4294967296]", "twTbnlxioNsd"},
    {"{}", "twTbnlxisdu"},
};

static const char letters[] = "twTbnlxioNsdu";

/* The object that holds the last word of @path, and that word. */
static json_t *parent_of(json_t *root, const char *path, const char **key)
{
    const char *dot;

    for (; (dot = strchr(path, '.')); path = dot + 1) {
        char word[64];

        snprintf(word, sizeof(word), "%.*s", (int)(dot - path), path);
        root = json_object_get(root, word);
        cr_assert_not_null(root, "%s", path);
    }
    *key = path;
    cr_assert_not_null(json_object_get(root, path), "the document has no %s", path);
    return root;
}

/* What comes of the whole document with @value in @field; NULL: without the field. */
static HRESULT with(const Field *field, const char *value)
{
    json_t *root = json_loads(golden_document, 0, NULL), *parent;
    const char *key;
    char *text;
    HRESULT hr;

    parent = parent_of(root, field->path, &key);
    if (!value)
        json_object_del(parent, key);
    else
        json_object_set_new(parent, key, json_loads(value, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, NULL));
    text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    hr = golden_refused(text);
    free(text);
    return hr;
}

Test(session_fields, every_field_of_a_wrong_type)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        /* Members that are promised must be there. */
        const bool is_promised = strncmp(fields[i].path, "members.", 8) == 0 && strlen(fields[i].path) == 9;
        const bool may_lack = !is_promised && strcmp(fields[i].path, "members") != 0 &&
                              strcmp(fields[i].path, "membersInfo") != 0;

        cr_expect_eq(with(&fields[i], NULL) == S_OK, may_lack, "without %s", fields[i].path);
        cr_expect_eq(with(&fields[i], "null") == S_OK,
                     may_lack && strcmp(fields[i].path, "members.3.roles.squad") != 0 &&
                         strcmp(fields[i].path, "roleTypes.squad") != 0 &&
                         strcmp(fields[i].path, "roleTypes.squad.roles.medic") != 0,
                     "null in %s", fields[i].path);
        for (size_t k = 0; k < sizeof(values) / sizeof(values[0]); k++) {
            HRESULT want = S_OK;

            if (fields[i].kind == FREE)
                want = strcmp(values[k].value, "{}") == 0 ? S_OK : WEB_E_UNEXPECTED_CONTENT;
            else if (fields[i].kind != ANY && strchr(values[k].refused_by, letters[fields[i].kind]))
                want = WEB_E_UNEXPECTED_CONTENT;
            /* An empty object is an object; that members are missing in it is another matter. */
            if (strcmp(values[k].value, "{}") == 0 && (is_promised || !may_lack))
                want = WEB_E_UNEXPECTED_CONTENT;
            cr_expect_eq(with(&fields[i], values[k].value), want, "%s in %s", values[k].value,
                         fields[i].path);
        }
    }
}

/* So that a field which is added to the document is added to the list: each value in it is listed, or inside one. */
static void find_unlisted(json_t *object, const char *path)
{
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        const Field *found = NULL;
        char name[256];

        snprintf(name, sizeof(name), "%s%s%s", path, *path ? "." : "", key);
        for (size_t i = 0; !found && i < sizeof(fields) / sizeof(fields[0]); i++)
            if (strcmp(fields[i].path, name) == 0)
                found = &fields[i];
        /* Links and ids are tested by themselves; what a subscription is called nobody reads. */
        cr_expect(found || strstr(name, ".next") || strstr(name, ".first") ||
                      strcmp(name, "membersInfo.count") == 0 || strstr(name, "subscription.id"),
                  "%s is not listed", name);
        if (found && found->kind != ANY && found->kind != FREE)
            find_unlisted(value, name);
    }
}

Test(session_fields, every_field_is_listed)
{
    json_t *root = json_loads(golden_document, 0, NULL);

    find_unlisted(root, "");
    json_decref(root);
}
