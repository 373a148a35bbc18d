/* SPDX-License-Identifier: MIT */
/* What users are doing, as the service tells it. */
#include "session/activity.h"

#include "session/object.h"

#include <stdlib.h>
#include <string.h>

static uint32_t word(JsonReader *reader, const json_t *parent, const char *key, const char *const *words)
{
    const int index = json_reader_word(reader, parent, key, words);

    return index < 0 ? 0 : (uint32_t)index;
}

static void activity_read(JsonReader *reader, const json_t *object, XblMultiplayerActivityDetails *activity)
{
    const json_t *reference = json_reader_object(reader, object, "sessionRef");
    const json_t *related = json_reader_object(reader, object, "relatedInfo");

    if (!json_is_object(object))
        reader->malformed = true;
    activity->SessionReference = XblMultiplayerSessionReferenceCreate(
        json_reader_text(reader, reference, "scid"), json_reader_text(reader, reference, "templateName"),
        json_reader_text(reader, reference, "name"));
    json_reader_copy(reader, object, "id", activity->HandleId, sizeof(activity->HandleId));
    activity->TitleId = json_reader_id(reader, json_object_get(object, "titleId"));
    activity->OwnerXuid = json_reader_xuid(reader, json_object_get(object, "ownerXuid"));
    activity->Visibility = word(reader, related, "visibility", visibility_words);
    activity->JoinRestriction = word(reader, related, "joinRestriction", restriction_words);
    activity->Closed = json_reader_bool(reader, related, "closed");
    activity->MaxMembersCount = (uint32_t)json_reader_number(reader, related, "maxMembersCount", UINT32_MAX);
    activity->MembersCount = (uint32_t)json_reader_number(reader, related, "membersCount", UINT32_MAX);
}

HRESULT activities_from_json(const char *text, XblMultiplayerActivityDetails **activities, size_t *count)
{
    XblMultiplayerActivityDetails *made;
    JsonReader reader = {0};
    json_t *root, *item;
    size_t index;
    HRESULT hr;

    root = json_parse(text, strlen(text), &hr);
    if (!root)
        return hr;
    made = calloc(json_array_size(root) + 1, sizeof(*made));
    if (!made) {
        json_decref(root);
        return E_OUTOFMEMORY;
    }
    if (!json_is_array(root))
        reader.malformed = true;
    json_array_foreach(root, index, item) activity_read(&reader, item, &made[index]);
    if (reader.malformed) {
        free(made);
        json_decref(root);
        return WEB_E_UNEXPECTED_CONTENT;
    }
    *activities = made;
    *count = json_array_size(root);
    json_decref(root);
    return S_OK;
}
