/* workers_row.c - what is known of a process, as a row. */
#include "daemon/node/workers_row.h"

#include "daemon/node/workers.h"
#include "lib/proto/proto.h"

bool workers_is_driver(const struct worker *worker)
{
    return worker->proc == NULL && worker->log.out[0] == '\0' && !worker->awaits_env &&
           !worker->env_failed;
}

void workers_row(const struct worker *worker, const struct id *node,
                 struct worker_row *row)
{
    *row = (struct worker_row){
        .worker_id = worker->id,
        .is_alive = worker->state != WORKER_DEAD,
        .worker_type = slice(workers_is_driver(worker) ? "DRIVER" : "WORKER"),
        .node_id = *node,
        .ip = slice(workers_ip(worker->workers)),
        .pid = worker->pid,
        .start_time = worker->start_time,
        .end_time = worker->end_time,
        .job_id = worker->job_id,
        .actor_id = worker->actor_id,
        .state = slice(fsm_name(&worker_fsm, worker->state)),
    };
}
