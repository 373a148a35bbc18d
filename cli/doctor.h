/* SPDX-License-Identifier: MIT */
/* What mpsessionctl doctor looks at: one line for each hop of a write. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-bus.h>

typedef enum DoctorState {
    DOCTOR_OK,
    DOCTOR_WARN,
    DOCTOR_FAIL,
    DOCTOR_SKIP, /* it could not be looked at; why is another line's business */
    DOCTOR_STATES,
} DoctorState;

/* Where session writes go, as the agent says, or as its configuration does. */
typedef struct DoctorDirectory {
    char url[300];
    char host[256]; /* without brackets */
    bool tls;
    bool loopback;
    char ca_file[4096]; /* "": none */
    char proxy[300];
} DoctorDirectory;

typedef struct Doctor {
    json_t *checks; /* [{"check", "state", "text", "fix"}, …] */
    sd_bus *bus;    /* NULL: there is none */
    bool agent;     /* one runs */
    bool activatable;
    json_t *facts;    /* what Diagnose told; NULL: nothing */
    json_t *accounts; /* as account_list() has them; NULL: nobody told */
    uint64_t now;     /* µs since the epoch */
    DoctorDirectory directory;
} Doctor;

/* doctor_add() - one line. fix: what to do; NULL: nothing is to be done. */
void doctor_add(Doctor *doctor, const char *check, DoctorState state, const char *fix, const char *format,
                ...) __attribute__((format(printf, 5, 6)));

/* doctor_state_name() - "ok", "warn", "fail", "skip". */
const char *doctor_state_name(DoctorState state);
/* doctor_count() - lines of this state. */
size_t doctor_count(const Doctor *doctor, DoctorState state);

/* ---- doctor-bus.c: the bus, what starts the agent, the sandbox, the agent itself -------------------------------------- */

/* doctor_bus() - sets bus, activatable, agent and facts where there are such. */
void doctor_bus(Doctor *doctor);

/* ---- doctor-facts.c: what the agent told of itself; looks at nothing else --------------------------------------------- */

void doctor_store(Doctor *doctor);
void doctor_limiters(Doctor *doctor);
void doctor_health(Doctor *doctor);
void doctor_quarantine(Doctor *doctor);

/* doctor_free_space() - the line of the disk; reserve: it is there, or nobody knows. */
void doctor_free_space(Doctor *doctor, const char *folder, uint64_t free_bytes, bool reserve);

/* ---- doctor-accounts.c: who is signed in; looks at accounts and facts alone ------------------------------------------- */

void doctor_accounts(Doctor *doctor);

/* ---- doctor-network.c: clock, route, name, TLS ------------------------------------------------------------------------- */

/* doctor_find_directory() - fills directory from the facts, or from agent.conf. */
void doctor_find_directory(Doctor *doctor);
void doctor_network(Doctor *doctor);
