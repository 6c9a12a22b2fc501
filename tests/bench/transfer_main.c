/* transfer_main.c - an object of 1 GiB from one node to another: transfer NODE_ADDRESS.
 *
 * tests/bench/transfer.sh starts the two nodes; only the far one has CPUs, so that the
 * task makes its object there. Prints GB/s, a line a round, of the objects ("object")
 * and of bytes over a plain TCP connection on the loopback ("plain"). */
#include "measure.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 1 << 30, CHUNK = 1 << 18, ROUNDS = 5 };

static char chunk[CHUNK];

static void object_round(void)
{
    struct ray_ref *ref = ray_remote("make", RAY_ARGS(ray_int(SIZE)), NULL, NULL);
    struct ray_error err = { .text = "no ref" };
    struct ray_value value;
    bool ready;
    double begin;

    measure_must(ref && ray_wait(&ref, 1, 1, -1, &ready) == 1, "make", &err);
    begin = measure_now();
    measure_must(ray_get(ref, &value, -1, &err) == 0 && value.as.bytes.size == SIZE,
                 "get", &err);
    printf("object %.4f\n", SIZE / 1e9 / (measure_now() - begin));
    ray_release(ref);
}

static void send_all(const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ssize_t sent = 1;

    measure_must(connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0,
                 "connect", NULL);
    for (long left = SIZE; left > 0 && sent > 0; left -= sent)
        sent = send(fd, chunk, CHUNK, 0);
    _exit(sent > 0 ? 0 : 1);
}

static void plain_round(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0), fd;
    long received = 0;
    ssize_t got;
    double begin;

    measure_must(bind(listener, (struct sockaddr *)&address, size) == 0 &&
                     listen(listener, 1) == 0 &&
                     getsockname(listener, (struct sockaddr *)&address, &size) == 0,
                 "listen", NULL);
    if (fork() == 0)
        send_all(&address);
    fd = accept(listener, NULL, NULL);
    begin = measure_now();
    while ((got = recv(fd, chunk, CHUNK, 0)) > 0)
        received += got;
    measure_must(received >= SIZE && wait(NULL) > 0, "plain TCP", NULL);
    printf("plain %.4f\n", (double)received / 1e9 / (measure_now() - begin));
    close(fd);
    close(listener);
}

int main(int argc, char **argv)
{
    measure_must(argc == 2, "usage: transfer NODE_ADDRESS", NULL);
    for (int i = 0; i < ROUNDS; i++)
        plain_round();
    measure_connect(argv[1]);
    for (int i = 0; i < ROUNDS; i++)
        object_round();
    ray_shutdown();
    return 0;
}
