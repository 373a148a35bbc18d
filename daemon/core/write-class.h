/* SPDX-License-Identifier: MIT */
/* What a write does, told from its document: it gives the deadline and the durability. */
#pragma once

#include "base/util.h"
#include "core/request.h"

typedef enum WriteClass {
    WRITE_CLASS_NONE,        /* not a write */
    WRITE_CLASS_JOIN,        /* members.me joins or becomes active */
    WRITE_CLASS_LEAVE,       /* members.me is null */
    WRITE_CLASS_OWN,         /* own member's properties alone */
    WRITE_CLASS_SHARED,      /* properties, constants or roles of the session */
    WRITE_CLASS_RESERVATION, /* other members' places */
    WRITE_CLASS_ENCOUNTER,   /* encounters, which no read shows again */
} WriteClass;

/* What the core keeps of a document that it does not read again until it has to. */
typedef struct WriteFacts {
    WriteClass write_class;
    bool own_only; /* it touches nothing but the writer's own member: a leave behind it makes it pointless */
    bool encounters; /* it has encounters, beside whatever else: to send it twice is to meet twice */
} WriteFacts;

/*
 * write_class_check() - whether a document may be sent, and what it does
 * @session: session_size bytes and a NUL
 * @message: at least 300 bytes: what to change
 *
 * An object of at most 1 MiB and 64 levels, with members that the service knows. Returns 0; -EINVAL with a message; -ENOMEM.
 */
int write_class_check(const char *session, size_t session_size, WriteFacts *facts, char *message,
                      size_t message_size);

/* write_facts_pack(), write_facts_unpack() - as the small number that the store keeps. */
unsigned write_facts_pack(const WriteFacts *facts);
WriteFacts write_facts_unpack(unsigned packed);

/* write_class_lifetime() - how long such a request may wait when nobody says so, in microseconds. */
uint64_t write_class_lifetime(CoreKind kind, WriteClass write_class);

/* write_class_durability() - what a request is worth, by its lifetime in microseconds. */
CoreDurability write_class_durability(CoreKind kind, uint64_t lifetime_usec);

/* core_kind_is_write() - whether it is stored and may change a session. */
bool core_kind_is_write(CoreKind kind);
