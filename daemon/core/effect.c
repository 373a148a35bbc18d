/* SPDX-License-Identifier: MIT */
/* The queue of effects. */
#include "core/internal.h"

#define EFFECTS_KEPT 1024 /* that the ring has room for when it is empty */

CoreEffect *effect_add(Core *core, CoreEffectType type, CoreRequest *request)
{
    if (core->effects_count == core->effects_room) {
        size_t room = core->effects_room ? core->effects_room * 2 : 16;
        CoreEffect *effects = calloc(room, sizeof *effects);
        /* A promise whose effect is lost would be broken in silence; the store has what is needed to go on after a restart. */
        if (!effects)
            abort();
        for (size_t i = 0; i < core->effects_count; i++)
            effects[i] = core->effects[(core->effects_first + i) % core->effects_room];
        free(core->effects);
        core->effects = effects;
        core->effects_first = 0;
        core->effects_room = room;
    }
    CoreEffect *effect = &core->effects[(core->effects_first + core->effects_count++) % core->effects_room];
    *effect = (CoreEffect){.type = type, .request = request};
    return effect;
}

const CoreEffect *core_next_effect(Core *core)
{
    if (core->dying)
        core->dying = request_free(core, core->dying);
    /* A result that was told and is in the store needs no memory. */
    if (core->current.type == CORE_EFFECT_COMPLETED && core->current.request->result_stored)
        core->current.request->result = core_result_free(core->current.request->result);
    core->current = (CoreEffect){.type = CORE_EFFECT_STATE};
    if (!core->effects_count) {
        /* A start after a power cut, or a merge, may have needed room for many. */
        if (core->effects_room > EFFECTS_KEPT) {
            free(TAKE(core->effects));
            core->effects_room = core->effects_first = 0;
        }
        return NULL;
    }
    core->current = core->effects[core->effects_first];
    core->effects_first = (core->effects_first + 1) % core->effects_room;
    core->effects_count--;
    if (core->current.type == CORE_EFFECT_REMOVED || core->current.type == CORE_EFFECT_REFUSED)
        core->dying = core->current.request;
    return &core->current;
}
