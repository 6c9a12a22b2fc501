/* hello_main.c - the driver: squares in parallel, summed up by an actor. */
#include <ray.h>

#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    const struct ray_options options = {
        .library = argc > 1 ? argv[1] : "build/examples/hello/hello.so"
    };
    struct ray_ref *squares[10], *sum = NULL;
    struct ray_actor *counter = NULL;
    struct ray_value value;
    struct ray_error err;

    if (ray_init(&options, &err) == 0)
        counter = ray_actor_create("counter", RAY_ARGS(ray_int(0)), NULL, &err);
    if (counter == NULL)
        return fprintf(stderr, "hello: %s\n", err.text), 1;
    for (int i = 0; i < 10; i++) {
        squares[i] = ray_remote("square", RAY_ARGS(ray_int(i)), NULL, &err);
        ray_release(sum);
        sum = ray_call(counter, "add", RAY_ARGS(ray_ref(squares[i])), NULL, &err);
    }
    if (ray_get(sum, &value, -1, &err) != 0)
        return fprintf(stderr, "hello: %s\n", err.text), 1;
    printf("sum of squares: %" PRId64 "\n", value.as.integer);
    ray_release(sum);
    for (int i = 0; i < 10; i++)
        ray_release(squares[i]);
    ray_actor_release(counter);
    ray_shutdown();
    return 0;
}
