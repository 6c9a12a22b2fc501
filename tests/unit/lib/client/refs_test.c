/* refs_test.c - loans are counted, and no order of messages makes an owner drop what
 * somebody still holds, or keep what nobody does.
 *
 * The second half is a model: processes that put, send tasks, keep what came with them,
 * answer with refs, ask for values, release and die, all at random, with messages that
 * arrive in any order. The model counts holds itself and leaves all else to refs.c. */
#include "tests/harness.h"

#include "lib/client/refs.h"

#include <stdlib.h>
#include <string.h>

static struct id process_id(size_t number)
{
    uint8_t bytes[ID_WORKER] = { 1, (uint8_t)number };
    return id_from_bytes(bytes, sizeof(bytes));
}

static struct id object_id(size_t number)
{
    uint8_t bytes[ID_OBJECT] = { 2, (uint8_t)number, (uint8_t)(number >> 8) };
    return id_from_bytes(bytes, sizeof(bytes));
}

static void loans_are_counted(void **state)
{
    struct refs refs = { .self = process_id(0) };
    struct id one = process_id(1), other = process_id(2), id = object_id(1);
    struct shared *shared = refs_add(&refs, &id, &refs.self);

    (void)state;
    assert_ptr_equal(refs_find(&refs, &id), shared);
    assert_false(refs_is_lent(shared));
    refs_lend(&refs, shared, &one);
    refs_lend(&refs, shared, &one);
    refs_mark_read(shared, &one, true);
    refs_lend(&refs, shared, &other);
    assert_int_equal(refs.borrowed, 1);
    refs_return(&refs, shared, &one, 1);
    assert_true(refs_is_read(shared));
    refs_return(&refs, shared, &one, 1);
    assert_false(refs_is_read(shared));
    assert_true(refs_is_lent(shared));
    refs_return(&refs, shared, &one, 1); /* of one that has none */
    refs_return(&refs, shared, &other, 1);
    assert_false(refs_is_lent(shared));
    assert_int_equal(refs.borrowed, 0);
    refs_finish(&refs);
}

static void answers_need_a_loan_unless_it_came_with_the_task(void **state)
{
    struct refs refs = { .self = process_id(0) };
    struct id one = process_id(1), a = object_id(1), b = object_id(2);
    struct shared *mine = refs_add(&refs, &a, &refs.self);
    struct shared *theirs = refs_add(&refs, &b, &one);

    (void)state;
    assert_int_equal(refs_hand_over(&refs, mine, &one, true), REFS_SEND);
    assert_false(refs_is_lent(mine));
    assert_int_equal(refs_hand_over(&refs, mine, &one, false), REFS_LENT);
    assert_true(refs_is_lent(mine));
    assert_int_equal(refs_hand_over(&refs, theirs, &one, false), REFS_ASK);
    assert_true(refs_must_borrow(&refs, theirs));
    refs_credit(&refs, theirs, 2);
    assert_false(refs_must_borrow(&refs, theirs));
    assert_int_equal(refs_settle(theirs), 2);
    assert_int_equal(refs_settle(theirs), 0);
    assert_false(refs_must_borrow(&refs, mine));
    refs_finish(&refs);
}

/* ---- the model ---- */

enum { PROCESSES = 4, OBJECTS = 300, TASKS = 24, MESSAGES = 4096, STEPS = 1500 };
enum { NONE = -1 };

enum kind { BORROW, BORROWED, GIVE_BACK, ASK, ANSWERED, DEATH };

struct message {
    enum kind kind;
    int from, to, object, process, count, task;
};

enum task_state { FREE, SENT, RUNNING, ASKING, ANSWER };

struct task {
    enum task_state state;
    int sender, worker, argument, result, asks;
    int credit; /* of the result */
};

struct process {
    struct refs refs;
    bool is_dead;
    int holds[OBJECTS],
        kept[OBJECTS]; /* kept: those of `holds` that are the program's */
};

static struct {
    struct process processes[PROCESSES];
    int owner[OBJECTS]; /* NONE: freed, or not made yet */
    int made;
    struct task tasks[TASKS];
    struct message messages[MESSAGES];
    int messages_count;
    uint64_t seed;
} world;

static int number_below(int limit)
{
    world.seed ^= world.seed << 13;
    world.seed ^= world.seed >> 7;
    world.seed ^= world.seed << 17;
    return (int)(world.seed % (uint64_t)limit);
}

static void send(struct message message)
{
    assert_true(world.messages_count < MESSAGES);
    world.messages[world.messages_count++] = message;
}

static struct shared *entry(int process, int object)
{
    struct refs *refs = &world.processes[process].refs;
    struct id id = object_id((size_t)object);
    struct id owner;

    if (refs_find(refs, &id) != NULL)
        return refs_find(refs, &id);
    if (world.owner[object] == NONE)
        fail_msg("object %d was freed while a ref to it was on its way", object);
    owner = process_id((size_t)world.owner[object]);
    return refs_add(refs, &id, &owner);
}

/* Somebody in `process` needs it no more. */
static void unhold(int process, int object)
{
    struct process *p = &world.processes[process];
    struct shared *shared = entry(process, object);
    int owner = world.owner[object];
    int64_t owed;

    p->holds[object]--;
    if (p->holds[object] > 0 || refs_is_lent(shared))
        return;
    owed = refs_settle(shared);
    if (owed > 0)
        send((struct message){ GIVE_BACK, process, owner, object, process, (int)owed,
                               0 });
    refs_remove(&p->refs, shared);
    if (owner != process)
        return;
    for (int i = 0; i < PROCESSES; i++)
        if (world.processes[i].holds[object] > 0 && !world.processes[i].is_dead)
            fail_msg("object %d was freed while process %d holds it", object, i);
    world.owner[object] = NONE;
}

static void receive(int process, int object, int credit)
{
    refs_credit(&world.processes[process].refs, entry(process, object), credit);
    world.processes[process].holds[object]++;
}

/* One that a living process holds, or NONE. */
static int any_held(int process)
{
    int first = number_below(world.made + 1);

    for (int i = 0; i < world.made; i++) {
        int object = (first + i) % world.made;
        if (world.processes[process].holds[object] > 0 && world.owner[object] != NONE &&
            !world.processes[world.owner[object]].is_dead)
            return object;
    }
    return NONE;
}

static void ask_owner(int worker, int object, int borrower, struct task *task)
{
    world.processes[worker].holds[object]++; /* until the owner has answered */
    task->asks++;
    send((struct message){ BORROW, worker, world.owner[object], object, borrower, 1,
                           (int)(task - world.tasks) });
}

/* A function has returned, perhaps a ref. */
static void end_task(struct task *task)
{
    int worker = task->worker, argument = task->argument;
    struct process *p = &world.processes[worker];
    struct id sender = process_id((size_t)task->sender);

    task->result = number_below(2) ? any_held(worker) : NONE;
    task->asks = task->credit = 0;
    task->state = ASKING;
    if (task->result != NONE) {
        switch (refs_hand_over(&p->refs, entry(worker, task->result), &sender,
                               task->result == argument)) {
        case REFS_ASK:
            ask_owner(worker, task->result, task->sender, task);
            task->credit = 1;
            break;
        case REFS_LENT:
            task->credit = 1;
            break;
        case REFS_SEND:
            break;
        }
    }
    if (p->holds[argument] > 1 && refs_must_borrow(&p->refs, entry(worker, argument)))
        ask_owner(worker, argument, worker, task);
    unhold(worker, argument);
}

static void lend(int owner, int object, int borrower)
{
    struct process *p = &world.processes[owner];
    struct id process = process_id((size_t)borrower);

    refs_lend(&p->refs, entry(owner, object), &process);
    if (world.processes[borrower].is_dead) /* whoever watches it hears at once */
        send((struct message){ DEATH, borrower, owner, 0, borrower, 0, 0 });
}

static void on_back(void *arg, struct shared *shared)
{
    int owner = *(int *)arg;
    int object = shared->id.bytes[1] + 256 * shared->id.bytes[2];

    if (world.processes[owner].holds[object] > 0 || refs_is_lent(shared))
        return;
    world.processes[owner].holds[object] = 1;
    unhold(owner, object);
}

static void give_back(int owner, const struct message *m)
{
    struct refs *refs = &world.processes[owner].refs;
    struct id process = process_id((size_t)m->process);
    struct id id = object_id((size_t)m->object);
    struct shared *shared = refs_find(refs, &id);

    if (shared == NULL)
        return;
    refs_return(refs, shared, &process, m->count);
    if (!refs_is_lent(shared))
        on_back(&owner, shared);
}

static void deliver(int i)
{
    struct message m = world.messages[i];
    struct id process = process_id((size_t)m.process);

    world.messages[i] = world.messages[--world.messages_count];
    if (world.processes[m.to].is_dead) {
        if (m.kind == BORROW && !world.processes[m.from].is_dead)
            world.tasks[m.task].asks--; /* the owner has died: so be it */
        return;
    }
    switch (m.kind) {
    case BORROW:
        lend(m.to, m.object, m.process);
        send(
            (struct message){ BORROWED, m.to, m.from, m.object, m.process, 1, m.task });
        break;
    case BORROWED:
        if (m.process == m.to)
            refs_credit(&world.processes[m.to].refs, entry(m.to, m.object), 1);
        world.tasks[m.task].asks--;
        unhold(m.to, m.object);
        break;
    case GIVE_BACK:
        give_back(m.to, &m);
        break;
    case ASK:
        lend(m.to, m.object, m.from);
        send((struct message){ ANSWERED, m.to, m.from, m.object, m.from, 1, 0 });
        break;
    case ANSWERED:
        refs_credit(&world.processes[m.to].refs, entry(m.to, m.object), 1);
        unhold(m.to, m.object);
        break;
    case DEATH:
        refs_forget_process(&world.processes[m.to].refs, &process, on_back, &m.to);
        break;
    }
}

static struct task *free_task(void)
{
    for (int i = 0; i < TASKS; i++)
        if (world.tasks[i].state == FREE)
            return &world.tasks[i];
    return NULL;
}

static bool owner_lives(int object)
{
    return world.owner[object] != NONE && !world.processes[world.owner[object]].is_dead;
}

static void act(int process)
{
    struct process *p = &world.processes[process];
    int object = any_held(process);
    struct task *task = free_task();
    int other = number_below(PROCESSES);

    switch (number_below(6)) {
    case 0:
        if (world.made < OBJECTS) {
            world.owner[world.made] = process;
            entry(process, world.made);
            p->kept[world.made] = p->holds[world.made] = 1;
            world.made++;
        }
        break;
    case 1: /* it is stored somewhere */
        if (object != NONE)
            p->kept[object]++, p->holds[object]++;
        break;
    case 2:
    case 3:
        if (object != NONE && p->kept[object] > 0)
            p->kept[object]--, unhold(process, object);
        break;
    case 4:
        if (object == NONE || task == NULL || other == process ||
            world.processes[other].is_dead)
            break;
        p->holds[object]++;
        *task = (struct task){ SENT, process, other, object, NONE, 0, 0 };
        break;
    default: /* ray_get() of a borrowed ref */
        if (object == NONE || world.owner[object] == process)
            break;
        p->holds[object]++;
        send((struct message){ ASK, process, world.owner[object], object, process, 0,
                               0 });
    }
}

static void answer(struct task *task)
{
    if (task->result != NONE && owner_lives(task->result)) {
        receive(task->sender, task->result, task->credit);
        if (number_below(2))
            world.processes[task->sender].kept[task->result]++;
        else
            unhold(task->sender, task->result);
    }
    unhold(task->sender, task->argument);
    task->state = FREE;
}

static void advance(struct task *task)
{
    switch (task->state) {
    case SENT:
        if (owner_lives(task->argument))
            receive(task->worker, task->argument, 0), task->state = RUNNING;
        break;
    case RUNNING:
        if (owner_lives(task->argument))
            end_task(task);
        break;
    case ASKING:
        if (task->asks == 0)
            task->state = ANSWER;
        break;
    case ANSWER:
        answer(task);
        break;
    case FREE:
        break;
    }
}

/* Two moments in which an end costs something, and by design: what others have got with
 * tasks of this process they hold by its holds until they have taken a loan, so it may
 * be lost to them; a loan that it has asked for, to go with an answer that will not
 * come, is kept until the receiver ends. */
static bool is_between(int process)
{
    for (int i = 0; i < TASKS; i++) {
        const struct task *task = &world.tasks[i];
        if (task->state != FREE &&
            (task->sender == process || (task->worker == process && task->credit > 0)))
            return true;
    }
    return false;
}

/* Ends a process, with the tasks that it runs. */
static void kill_process(int process)
{
    world.processes[process].is_dead = true;
    for (int i = 0; i < TASKS; i++) {
        struct task *task = &world.tasks[i];
        if (task->state == FREE || task->worker != process)
            continue;
        task->state = FREE;
        if (owner_lives(task->argument))
            unhold(task->sender, task->argument);
    }
    for (int i = 0; i < PROCESSES; i++)
        if (i != process)
            send((struct message){ DEATH, process, i, 0, process, 0, 0 });
}

static void settle(void)
{
    bool is_busy = true;

    while (is_busy) {
        is_busy = world.messages_count > 0;
        for (int i = 0; i < TASKS; i++) {
            is_busy |=
                world.tasks[i].state != FREE && owner_lives(world.tasks[i].argument);
            advance(&world.tasks[i]);
        }
        while (world.messages_count > 0)
            deliver(number_below(world.messages_count));
        for (int p = 0; p < PROCESSES; p++)
            for (int i = 0; i < world.made && !world.processes[p].is_dead; i++)
                while (world.processes[p].kept[i] > 0 && owner_lives(i))
                    world.processes[p].kept[i]--, unhold(p, i);
    }
}

static void check_nothing_left(void)
{
    for (int i = 0; i < world.made; i++)
        if (owner_lives(i))
            fail_msg("object %d is kept for nobody", i);
    for (int p = 0; p < PROCESSES; p++) {
        if (!world.processes[p].is_dead)
            assert_int_equal(world.processes[p].refs.borrowed, 0);
        refs_finish(&world.processes[p].refs);
    }
}

static void live(uint64_t seed, int dies_at)
{
    memset(&world, 0, sizeof(world));
    world.seed = seed * 0x9e3779b97f4a7c15u + 1;
    for (size_t i = 0; i < PROCESSES; i++)
        world.processes[i].refs.self = process_id(i);
    for (int step = 0; step < STEPS; step++) {
        int process = number_below(PROCESSES);
        bool is_dying = dies_at != NONE && step >= dies_at && process == PROCESSES - 1;
        if (is_dying && !world.processes[process].is_dead && !is_between(process))
            kill_process(process);
        if (!is_dying)
            act(process);
        advance(&world.tasks[number_below(TASKS)]);
        if (world.messages_count > 0 && number_below(3) > 0)
            deliver(number_below(world.messages_count));
    }
}

static void any_order_is_right(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        live(seed, NONE);
        settle();
        check_nothing_left();
    }
}

static void nor_do_deaths_change_that(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        live(seed, STEPS / 2);
        settle();
        for (int i = PROCESSES - 2; i > 0; i--) {
            kill_process(i);
            settle();
        }
        check_nothing_left();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loans_are_counted),
        cmocka_unit_test(answers_need_a_loan_unless_it_came_with_the_task),
        cmocka_unit_test(any_order_is_right),
        cmocka_unit_test(nor_do_deaths_change_that),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
