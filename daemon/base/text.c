/* SPDX-License-Identifier: MIT */
/* Interned texts. */
#include "base/text.h"

Text *text_ref(Texts *texts, const char *value)
{
    MapNode *node = map_find(&texts->map, value);
    if (node) {
        Text *text = container_of(node, Text, node);
        text->references++;
        return text;
    }
    size_t size = strlen(value) + 1;
    Text *text = malloc(sizeof *text + size);
    if (!text)
        return NULL;
    memcpy(text->value, value, size);
    text->references = 1;
    text->count = 0;
    text->bytes = 0;
    list_init(&text->list);
    if (map_add(&texts->map, &text->node, text->value) < 0) {
        free(text);
        return NULL;
    }
    return text;
}

Text *text_unref(Texts *texts, Text *text)
{
    if (text && --text->references == 0) {
        map_remove(&texts->map, &text->node);
        free(text);
    }
    return NULL;
}

void texts_deinit(Texts *texts)
{
    assert(texts->map.count == 0);
    map_deinit(&texts->map);
}
