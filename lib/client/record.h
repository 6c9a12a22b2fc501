/* record.h - what a record on a ring between an owner and a worker begins with. */
#pragma once

enum record_kind {
    /* owner -> worker: a task_spec follows */
    RECORD_TASK = 1,
    /* worker -> owner: a task_result follows */
    RECORD_RESULT = 2,
    /* worker -> owner: its task waits; take back what is queued behind */
    RECORD_BLOCKED = 3,
    /* bridge -> owner: the id follows of a task that never began */
    RECORD_RETURNED = 4,
    /* owner -> worker, first of all: a process_ref follows */
    RECORD_OWNER = 5,
    /* owner's bridge -> worker's: give back what was sent ahead */
    RECORD_RECALL = 6,
};
