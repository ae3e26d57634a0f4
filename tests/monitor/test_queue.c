#include "queue.h"

#include "serve_kit.h"

#include <pthread.h>

typedef struct item {
    koop_queue_node node;
    int value;
} item;

static item *new_item(int value, size_t bytes) {
    item *made = calloc(1, sizeof *made);
    assert_non_null(made);
    made->node.bytes = bytes;
    made->value = value;
    return made;
}

static int released;

static void release(koop_queue_node *node) {
    released++;
    free(node);
}

static koop_queue *new_queue(size_t bytes) {
    koop_queue *queue = NULL;
    assert_int_equal(koop_queue_new(&queue, bytes), KOOP_OK);
    return queue;
}

static int pop_value(koop_queue *queue) {
    koop_queue_node *node = NULL;
    assert_int_equal(koop_queue_pop(queue, 0, &node), KOOP_OK);
    int value = ((item *)node)->value;
    free(node);
    return value;
}

static void items_come_out_in_the_order_they_went_in(void **state) {
    (void)state;
    koop_queue *queue = new_queue(100);
    for (int i = 0; i < 5; i++)
        assert_int_equal(koop_queue_push(queue, &new_item(i, 1)->node, 0), KOOP_OK);
    for (int i = 0; i < 5; i++) assert_int_equal(pop_value(queue), i);
    koop_queue_free(queue, release);
}

static void it_holds_at_most_its_bytes_and_one_item(void **state) {
    (void)state;
    koop_queue *queue = new_queue(100);
    item *extra = new_item(3, 1);
    assert_int_equal(koop_queue_push(queue, &new_item(1, 99)->node, 0), KOOP_OK);
    assert_true(koop_queue_wait_room(queue, 0));
    assert_int_equal(koop_queue_push(queue, &new_item(2, 500)->node, 0), KOOP_OK);
    assert_int_equal(koop_queue_bytes(queue), 599);
    assert_false(koop_queue_wait_room(queue, 0));
    assert_int_equal(koop_queue_push(queue, &extra->node, 0), KOOP_TIMED_OUT);
    assert_int_equal(koop_queue_push(queue, &extra->node, 10), KOOP_TIMED_OUT);
    assert_int_equal(pop_value(queue), 1);
    assert_int_equal(pop_value(queue), 2);
    assert_int_equal(koop_queue_push(queue, &extra->node, 0), KOOP_OK);
    assert_int_equal(koop_queue_bytes(queue), 1);
    released = 0;
    koop_queue_free(queue, release);
    assert_int_equal(released, 1);
}

static void an_empty_queue_times_out(void **state) {
    (void)state;
    koop_queue *queue = new_queue(100);
    koop_queue_node *node = NULL;
    assert_int_equal(koop_queue_pop(queue, 0, &node), KOOP_TIMED_OUT);
    assert_int_equal(koop_queue_pop(queue, 10, &node), KOOP_TIMED_OUT);
    assert_null(node);
    koop_queue_free(queue, release);
}

static void a_closed_queue_gives_what_it_holds_and_takes_no_more(void **state) {
    (void)state;
    koop_queue *queue = new_queue(100);
    koop_queue_node *node = NULL;
    item *late = new_item(2, 1);
    assert_int_equal(koop_queue_push(queue, &new_item(1, 1)->node, 0), KOOP_OK);
    koop_queue_close(queue);
    assert_int_equal(koop_queue_push(queue, &late->node, 0), KOOP_DISABLED);
    assert_false(koop_queue_wait_room(queue, 1000));
    assert_int_equal(pop_value(queue), 1);
    assert_int_equal(koop_queue_pop(queue, 1000, &node), KOOP_DISABLED);
    free(late);
    koop_queue_free(queue, release);
}

enum { MANY = 20000 };

static void *produce(void *context) {
    koop_queue *queue = context;
    for (int i = 0; i < MANY; i++) {
        item *made = new_item(i, (size_t)(i % 7));
        if (koop_queue_push(queue, &made->node, KIT_DEADLINE_MS) != KOOP_OK) {
            free(made);
            return (void *)"push failed";
        }
    }
    koop_queue_close(queue);
    return NULL;
}

static void two_threads_lose_nothing(void **state) {
    (void)state;
    koop_queue *queue = new_queue(64);
    pthread_t producer;
    void *complaint = NULL;
    koop_queue_node *node = NULL;
    assert_int_equal(pthread_create(&producer, NULL, produce, queue), 0);
    int expected = 0;
    while (koop_queue_pop(queue, KIT_DEADLINE_MS, &node) == KOOP_OK) {
        assert_int_equal(((item *)node)->value, expected++);
        free(node);
    }
    pthread_join(producer, &complaint);
    assert_null(complaint);
    assert_int_equal(expected, MANY);
    koop_queue_free(queue, release);
}

static void *close_soon(void *context) {
    kit_sleep_ms(20);
    koop_queue_close(context);
    return NULL;
}

static void closing_wakes_who_waits(void **state) {
    (void)state;
    koop_queue *queue = new_queue(64);
    pthread_t closer;
    koop_queue_node *node = NULL;
    assert_int_equal(pthread_create(&closer, NULL, close_soon, queue), 0);
    assert_int_equal(koop_queue_pop(queue, KIT_DEADLINE_MS, &node), KOOP_DISABLED);
    pthread_join(closer, NULL);
    koop_queue_free(queue, release);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_the_order_they_went_in),
        cmocka_unit_test(it_holds_at_most_its_bytes_and_one_item),
        cmocka_unit_test(an_empty_queue_times_out),
        cmocka_unit_test(a_closed_queue_gives_what_it_holds_and_takes_no_more),
        cmocka_unit_test(two_threads_lose_nothing),
        cmocka_unit_test(closing_wakes_who_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
