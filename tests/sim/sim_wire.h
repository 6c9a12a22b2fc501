/* sim_wire.h - what sim_peer.c (connections) and sim_call.c (calls over them) share. */
#pragma once

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/list.h"
#include "lib/base/map.h"
#include "lib/net/peer.h"
#include "tests/sim/sim.h"

enum { SIM_ADDRESS_SIZE = 512 };

struct server {
    struct list list; /* of its process */
    struct loop *loop;
    struct peer_options options;
    char address[SIM_ADDRESS_SIZE];
};

struct peer {
    struct list list; /* of its process */
    struct loop *loop;
    struct peer *other;    /* NULL: not connected, or the other end is gone */
    struct server *server; /* that accepted it */
    struct peer_options options;
    struct map asked;    /* calls that we made, by number */
    struct list owed;    /* calls that we were asked */
    struct list waiting; /* parcels that wait for the connection */
    struct sim_event *timeout;
    struct arena arena;
    struct error why;
    uint32_t next_call;
    int refs;
    int64_t last_arrival; /* of what this end has sent */
    bool is_open, is_closing, is_gone;
    struct id other_id;
    int64_t other_pid;
    char role[16]; /* of the other end */
    char name[SIM_ADDRESS_SIZE];
    void *data;
};

struct asked_call {
    struct map_node node;
    uint32_t number;
    struct peer *peer;
    const struct method *method;
    struct sim_event *deadline;
    peer_done *done;
    void *arg;
};

struct call {
    struct list list;
    struct peer *peer;
    const struct method *method;
    uint32_t number;
    bool is_note;
};

enum parcel_kind {
    PARCEL_REQUEST,
    PARCEL_NOTE,
    PARCEL_REPLY,
    PARCEL_FAILURE,
    PARCEL_END
};

struct parcel {
    struct list list; /* while it waits for the connection */
    struct peer *to;
    enum parcel_kind kind;
    uint32_t number;
    const struct method *method;
    struct buf body;
    struct error err;
};

/* Sends a copy of `content` to the other end, now or when there is a connection. */
void sim_send_parcel(struct peer *from, const struct parcel *content);
/* The same with a message as its body. */
void sim_send_message(struct peer *peer, struct parcel *parcel, const struct desc *desc,
                      const void *message);
/* The end of a call that was made: frees it, then runs its callback. */
void sim_asked_end(struct asked_call *asked, const struct error *err,
                   const void *reply);
