/* SPDX-License-Identifier: MIT */
/* The fixed schemas of the system objects. */
#include "directory/schema.h"

#include <string.h>

#include "directory/util.h"

typedef enum FieldType {
    FIELD_BOOL,
    FIELD_INTEGER, /* not negative */
    FIELD_TEXT,
    FIELD_TEXTS,
    FIELD_INTEGERS,
    FIELD_OBJECT,
    FIELD_FLAGS, /* an object of booleans */
    FIELD_XUID,
    FIELD_READ_ONLY,
} FieldType;

typedef struct Field {
    const char *name;
    FieldType type;
    const char
        *values; /* of a text: the allowed ones; of flags: the allowed names; comma separated, or NULL */
} Field;

#define RESTRICTIONS "none,local,followed"

static const Field constants_fields[] = {
    {"version", FIELD_INTEGER, NULL},
    {"maxMembersCount", FIELD_INTEGER, NULL},
    {"visibility", FIELD_TEXT, "private,visible,open"},
    {"initiators", FIELD_TEXTS, NULL},
    {"inviteProtocol", FIELD_TEXT, "game,tournamentgame,chat,gameparty,party"},
    {"reservedRemovalTimeout", FIELD_INTEGER, NULL},
    {"inactiveRemovalTimeout", FIELD_INTEGER, NULL},
    {"readyRemovalTimeout", FIELD_INTEGER, NULL},
    {"sessionEmptyTimeout", FIELD_INTEGER, NULL},
    {"capabilities", FIELD_FLAGS,
     "connectivity,suppressPresenceActivityCheck,gameplay,large,connectionRequiredForActiveMembers,"
     "cloudCompute,"
     "autoPopulateServerCandidates,userAuthorizationStyle,crossPlay,broadcast,team,arbitration,hasOwners,"
     "searchable"},
    {"metrics", FIELD_FLAGS, "latency,bandwidthDown,bandwidthUp,custom"},
    {"memberInitialization", FIELD_OBJECT, NULL},
    {"peerToPeerRequirements", FIELD_OBJECT, NULL},
    {"peerToHostRequirements", FIELD_OBJECT, NULL},
    {"measurementServerAddresses", FIELD_OBJECT, NULL},
    {"cloudComputePackage", FIELD_OBJECT, NULL},
    {"arbitration", FIELD_OBJECT, NULL},
    {"broadcastViewerTitleIds", FIELD_TEXTS, NULL},
    {"ownershipPolicies", FIELD_OBJECT, NULL},
    {NULL, FIELD_BOOL, NULL},
};

static const Field properties_fields[] = {
    {"keywords", FIELD_TEXTS, NULL},
    {"turn", FIELD_INTEGERS, NULL},
    {"owners", FIELD_READ_ONLY, NULL},
    {"joinRestriction", FIELD_TEXT, RESTRICTIONS},
    {"readRestriction", FIELD_TEXT, RESTRICTIONS},
    {"closed", FIELD_BOOL, NULL},
    {"locked", FIELD_BOOL, NULL},
    {"allocateCloudCompute", FIELD_BOOL, NULL},
    {"matchmaking", FIELD_OBJECT, NULL},
    {"matchmakingResubmit", FIELD_BOOL, NULL},
    {"initializationSucceeded", FIELD_BOOL, NULL},
    {"host", FIELD_TEXT, NULL},
    {"serverConnectionStringCandidates", FIELD_TEXTS, NULL},
    {NULL, FIELD_BOOL, NULL},
};

static const Field member_constants_fields[] = {
    {"xuid", FIELD_XUID, NULL},
    {"initialize", FIELD_BOOL, NULL},
    {NULL, FIELD_BOOL, NULL},
};

static const Field member_properties_fields[] = {
    {"active", FIELD_BOOL, NULL},
    {"ready", FIELD_BOOL, NULL},
    {"connection", FIELD_TEXT, NULL},
    {"subscription", FIELD_OBJECT, NULL},
    {"secureDeviceAddress", FIELD_TEXT, NULL},
    {"initializationGroup", FIELD_INTEGERS, NULL},
    {"groups", FIELD_TEXTS, NULL},
    {"encounters", FIELD_TEXTS, NULL},
    {"measurements", FIELD_OBJECT, NULL},
    {"serverMeasurements", FIELD_OBJECT, NULL},
    {"RolePreference", FIELD_OBJECT, NULL},
    {NULL, FIELD_BOOL, NULL},
};

static const Field *const schemas[SCHEMA_PARTS] = {
    [SCHEMA_CONSTANTS] = constants_fields,
    [SCHEMA_PROPERTIES] = properties_fields,
    [SCHEMA_MEMBER_CONSTANTS] = member_constants_fields,
    [SCHEMA_MEMBER_PROPERTIES] = member_properties_fields,
};

static const Field *schema_field(SchemaPart part, const char *name)
{
    for (const Field *field = schemas[part]; field->name; field++)
        if (strcmp(field->name, name) == 0)
            return field;
    return NULL;
}

bool schema_knows(SchemaPart part, const char *field)
{
    return schema_field(part, field) != NULL;
}

static int check_list(const Field *field, const json_t *value, json_type type, Refusal *refusal)
{
    json_t *item;
    size_t i;

    if (!json_is_array(value))
        return refuse(refusal, 400, "%s must be an array.", field->name);
    json_array_foreach(value, i,
                       item) if (json_typeof(item) != type ||
                                 (type == JSON_INTEGER &&
                                  json_integer_value(item) <
                                      0)) return refuse(refusal, 400, "%s must hold %s only.", field->name,
                                                        type == JSON_STRING ? "strings" : "member indices");
    return 0;
}

static int check_flags(const Field *field, const json_t *value, Refusal *refusal)
{
    const char *key;
    json_t *flag;

    if (!json_is_object(value))
        return refuse(refusal, 400, "%s must be an object.", field->name);
    json_object_foreach((json_t *)(uintptr_t)value, key, flag)
    {
        if (!text_list_has(field->values, key))
            return refuse(refusal, 400, "Unrecognised member '%.60s' in %s.", key, field->name);
        if (!json_is_boolean(flag) && !json_is_null(flag))
            return refuse(refusal, 400, "%s.%s must be a boolean.", field->name, key);
    }
    return 0;
}

static int check_text(const Field *field, const json_t *value, Refusal *refusal)
{
    if (!json_is_string(value))
        return refuse(refusal, 400, "%s must be a string.", field->name);
    if (field->values && json_string_length(value) > 0 &&
        !text_list_has(field->values, json_string_value(value)))
        return refuse(refusal, 400, "%s must be one of %s.", field->name, field->values);
    return 0;
}

static int check_field(const Field *field, const json_t *value, Refusal *refusal)
{
    OWN_TEXT char *xuid = NULL;

    if (field->type == FIELD_READ_ONLY)
        return refuse(refusal, 400, "%s is set by the service.", field->name);
    if (json_is_null(value))
        return 0;
    switch (field->type) {
    case FIELD_BOOL:
        if (!json_is_boolean(value))
            return refuse(refusal, 400, "%s must be a boolean.", field->name);
        return 0;
    case FIELD_INTEGER:
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return refuse(refusal, 400, "%s must be a number that is not negative.", field->name);
        return 0;
    case FIELD_TEXT:
        return check_text(field, value, refusal);
    case FIELD_TEXTS:
        return check_list(field, value, JSON_STRING, refusal);
    case FIELD_INTEGERS:
        return check_list(field, value, JSON_INTEGER, refusal);
    case FIELD_OBJECT:
        if (!json_is_object(value))
            return refuse(refusal, 400, "%s must be an object.", field->name);
        return 0;
    case FIELD_FLAGS:
        return check_flags(field, value, refusal);
    case FIELD_XUID:
        xuid = json_xuid(value);
        return xuid ? 0 : refuse(refusal, 400, "%s must be a decimal XUID.", field->name);
    case FIELD_READ_ONLY:
        break;
    }
    return 0;
}

int schema_check(SchemaPart part, const json_t *system, bool ignore_unknown, Refusal *refusal)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)system, key, value)
    {
        const Field *field = schema_field(part, key);
        int r;

        if (!field && ignore_unknown)
            continue;
        if (!field)
            return refuse(refusal, 400, "Unrecognised member '%.60s' in a system object.", key);
        r = check_field(field, value, refusal);
        if (r != 0)
            return r;
    }
    return 0;
}

int schema_check_shape(const json_t *object, const char *where, const char *allowed, Refusal *refusal)
{
    const char *key;
    json_t *value;

    if (!json_is_object(object))
        return refuse(refusal, 400, "%s must be an object.", where);
    json_object_foreach((json_t *)(uintptr_t)object, key,
                        value) if (!text_list_has(allowed, key)) return refuse(refusal, 400,
                                                                               "Unrecognised member '%.60s'.",
                                                                               key);
    return 0;
}
