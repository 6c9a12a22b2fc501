/* map_test.c - the three containers: map, list, heap. */
#include "tests/harness.h"

#include "lib/base/heap.h"
#include "lib/base/map.h"

#include <stdlib.h>

struct item {
    struct map_node node;
    struct list list;
    uint64_t key;
};

static void a_map_finds_and_walks_in_order(void **state)
{
    static struct item items[1000];
    struct map map = { 0 };
    struct map_node *node, *after;
    uint64_t expected = 0, absent = 5000;

    (void)state;
    for (uint64_t i = 0; i < 1000; i++) {
        items[i].key = i * 7;
        map_add(&map, &items[i].node, &items[i].key, sizeof(items[i].key));
    }
    assert_int_equal(map_count(&map), 1000);
    for (size_t i = 0; i < 1000; i++)
        assert_ptr_equal(map_find(&map, &items[i].key, 8), &items[i].node);
    assert_null(map_find(&map, &absent, 8));
    map_each(node, after, &map) {
        struct item *item = container_of(node, struct item, node);
        assert_int_equal(item->key, expected * 7);
        if (expected++ % 2 == 0)
            map_remove(&map, node);
    }
    assert_int_equal(map_count(&map), 500);
    assert_null(map_find(&map, &items[0].key, 8));
    map_each(node, after, &map)
        map_remove(&map, node);
    assert_null(map.first);
}

static void a_list_takes_from_both_ends(void **state)
{
    struct item a, b, c;
    struct list head, *at, *after;
    int count = 0;

    (void)state;
    list_init(&head);
    assert_null(list_take_first(&head));
    list_add(&head, &b.list);
    list_add(&head, &c.list);
    list_add_first(&head, &a.list);
    list_each_safe(at, after, &head) {
        count++;
        if (at == &b.list)
            list_remove(at);
    }
    assert_int_equal(count, 3);
    list_remove(&b.list); /* harmless */
    assert_ptr_equal(list_take_first(&head), &a.list);
    assert_ptr_equal(list_take_first(&head), &c.list);
    assert_true(list_is_empty(&head));
}

static bool before(const void *a, const void *b)
{
    return *(const int *)a < *(const int *)b;
}

static void a_heap_sorts(void **state)
{
    int numbers[500], last = -1;
    struct heap heap;

    (void)state;
    heap_init(&heap, before);
    assert_null(heap_take_first(&heap));
    for (int i = 0; i < 500; i++) {
        numbers[i] = i * 7919 % 503;
        heap_add(&heap, &numbers[i]);
    }
    for (int i = 0; i < 500; i++) {
        int *first = heap_first(&heap);
        assert_ptr_equal(heap_take_first(&heap), first);
        assert_true(*first >= last);
        last = *first;
    }
    assert_null(heap_first(&heap));
    heap_finish(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_finds_and_walks_in_order),
        cmocka_unit_test(a_list_takes_from_both_ends),
        cmocka_unit_test(a_heap_sorts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
