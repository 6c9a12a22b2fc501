/* topics_test.c - subscribers by id. Connections are only told apart here. */
#include "tests/harness.h"

#include "daemon/head/topics.h"

enum { PEERS = 20 };

/* Numbers in place of connections, which topics never looks into. */
static struct peer *peer(size_t number)
{
    static char places[PEERS];

    return (struct peer *)(void *)&places[number];
}

struct heard {
    size_t count[PEERS], all;
};

static void hear(void *arg, struct peer *from)
{
    struct heard *heard = arg;

    heard->all++;
    for (size_t i = 0; i < PEERS; i++)
        if (from == peer(i))
            heard->count[i]++;
}

static struct heard heard_of(struct topics *topics, uint32_t number)
{
    struct id id = id_job(number);
    struct heard heard = { .all = 0 };

    topics_each(topics, &id, hear, &heard);
    return heard;
}

static void subscribe(struct topics *topics, uint32_t number, size_t who)
{
    struct id id = id_job(number);

    topics_subscribe(topics, &id, peer(who)); /* the id is copied */
}

static void unsubscribe(struct topics *topics, uint32_t number, size_t who)
{
    struct id id = id_job(number);

    topics_unsubscribe(topics, &id, peer(who));
}

static void subscribers_hear_of_their_ids_alone(void **state)
{
    struct topics *topics = topics_create();
    struct heard heard;

    (void)state;
    subscribe(topics, 1, 0);
    subscribe(topics, 1, 1);
    subscribe(topics, 2, 1);
    heard = heard_of(topics, 1);
    assert_int_equal(heard.all, 2);
    assert_int_equal(heard.count[0], 1);
    assert_int_equal(heard.count[1], 1);
    heard = heard_of(topics, 2);
    assert_int_equal(heard.all, 1);
    assert_int_equal(heard.count[1], 1);
    assert_int_equal(heard_of(topics, 3).all, 0);
    topics_destroy(topics);
}

static void twice_is_once(void **state)
{
    struct topics *topics = topics_create();

    (void)state;
    subscribe(topics, 1, 0);
    subscribe(topics, 1, 0);
    assert_int_equal(heard_of(topics, 1).all, 1);
    unsubscribe(topics, 1, 0);
    assert_int_equal(heard_of(topics, 1).all, 0);
    topics_destroy(topics);
}

static void who_leaves_leaves_alone(void **state)
{
    struct topics *topics = topics_create();
    struct heard heard;

    (void)state;
    for (size_t i = 0; i < PEERS; i++)
        subscribe(topics, 1, i);
    for (size_t i = 0; i < PEERS; i += 3)
        unsubscribe(topics, 1, i);
    heard = heard_of(topics, 1);
    for (size_t i = 0; i < PEERS; i++)
        assert_int_equal(heard.count[i], i % 3 == 0 ? 0 : 1);
    /* Strangers to the id, and ids that nobody asked for. */
    unsubscribe(topics, 1, 0);
    unsubscribe(topics, 9, 1);
    assert_int_equal(heard_of(topics, 1).all, heard.all);
    topics_destroy(topics);
}

static void a_lost_connection_leaves_all_ids(void **state)
{
    struct topics *topics = topics_create();

    (void)state;
    for (uint32_t number = 0; number < 100; number++) {
        subscribe(topics, number, 0);
        if (number % 2 == 0)
            subscribe(topics, number, 1);
    }
    topics_on_peer_closed(topics, peer(0));
    topics_on_peer_closed(topics, peer(2)); /* never subscribed */
    for (uint32_t number = 0; number < 100; number++) {
        struct heard heard = heard_of(topics, number);
        assert_int_equal(heard.count[0], 0);
        assert_int_equal(heard.all, number % 2 == 0 ? 1 : 0);
    }
    subscribe(topics, 7, 0); /* back again */
    assert_int_equal(heard_of(topics, 7).count[0], 1);
    topics_destroy(topics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subscribers_hear_of_their_ids_alone),
        cmocka_unit_test(twice_is_once),
        cmocka_unit_test(who_leaves_leaves_alone),
        cmocka_unit_test(a_lost_connection_leaves_all_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
