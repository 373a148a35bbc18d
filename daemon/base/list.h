/* SPDX-License-Identifier: MIT */
/* A doubly linked list whose head does not know what it links: for heads in rooms below. */
#pragma once

#include "base/util.h"

typedef struct ListNode {
    struct ListNode *next, *previous; /* NULL: in no list */
} ListNode;

static inline void list_init(ListNode *head)
{
    head->next = head->previous = head;
}

/* list_add() - at the end. */
static inline void list_add(ListNode *head, ListNode *node)
{
    node->next = head;
    node->previous = head->previous;
    head->previous->next = node;
    head->previous = node;
}

/* list_remove() - out of the list it is in; one that is in none stays so. */
static inline void list_remove(ListNode *node)
{
    if (!node->next)
        return;
    node->next->previous = node->previous;
    node->previous->next = node->next;
    node->next = node->previous = NULL;
}

/* list_first() - NULL: it is empty. */
static inline ListNode *list_first(const ListNode *head)
{
    return head->next == head ? NULL : head->next;
}
