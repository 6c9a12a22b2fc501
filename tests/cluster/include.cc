// include.cc - ray.h in C++: a program and its task library in one file, `include LIBRARY`.
#include <ray.h>

#include <cstdio>
#include <string>

RAY_FUNCTION(join, "string string")
{
    std::string text = std::string(ray_arg_string(task, 0)) + ray_arg_string(task, 1);

    return ray_return(task, 0, ray_string(text.c_str()));
}

static int log_new(struct ray_task *, void **state)
{
    *state = new std::string;
    return 0;
}

static void log_free(void *state)
{
    delete static_cast<std::string *>(state);
}

RAY_ACTOR(log, "", log_new, log_free);

RAY_METHOD(log, append, "string")
{
    auto *text = static_cast<std::string *>(state);

    *text += ray_arg_string(task, 0);
    return ray_return(task, 0, ray_string(text->c_str()));
}

static bool print(struct ray_ref *ref)
{
    struct ray_value value;
    struct ray_error err;

    if (ref == nullptr || ray_get(ref, &value, 10000, &err) != 0)
        return false;
    std::puts(static_cast<const char *>(value.as.bytes.data));
    ray_release(ref);
    return true;
}

int main(int argc, char **argv)
{
    struct ray_options options = {};
    struct ray_error err;

    options.address = "local";
    options.library = argv[argc - 1];
    if (ray_init(&options, &err) != 0)
        return 1;
    if (!print(ray_remote("join", RAY_ARGS(ray_string("a"), ray_string("b")), nullptr,
                          &err)))
        return 1;
    struct ray_actor *actor = ray_actor_create("log", RAY_NO_ARGS, nullptr, &err);
    if (actor == nullptr ||
        !print(ray_call(actor, "append", RAY_ARGS(ray_string("c")), nullptr, &err)))
        return 1;
    ray_actor_release(actor);
    ray_shutdown();
    return 0;
}
