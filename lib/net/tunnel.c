/* tunnel.c - a listening socket on loopback and a thread for it. The program that uses
 * it is a command that ends soon: nothing here is ever taken apart. */
#include "lib/net/tunnel.h"

#include "lib/base/log.h"
#include "lib/base/mem.h"
#include "lib/net/address.h"
#include "lib/net/ssh.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 4096 };

struct tunnel {
    struct ssh_options way; /* its text is owned */
    char host[ADDRESS_TEXT_MAX];
    int port;
    int listener;
    struct ssh *first; /* for the first connection; then NULL */
};

struct passage {
    struct tunnel *tunnel;
    struct ssh *ssh; /* NULL: to be opened */
    int fd;
};

int tunnel_write(const char *folder, const struct ssh_options *way, struct error *err)
{
    char *path = xprintf("%s/ssh", folder);
    FILE *file = fopen(path, "we");
    int status = 0;

    if (file == NULL || fprintf(file, "host %s\nport %d\n", way->host, way->port) < 0 ||
        (way->user != NULL && fprintf(file, "user %s\n", way->user) < 0) ||
        (way->key_file != NULL && fprintf(file, "key %s\n", way->key_file) < 0) ||
        (way->proxy_command != NULL &&
         fprintf(file, "proxy %s\n", way->proxy_command) < 0))
        status = fail(err, ERR_IO, "write %s: %s", path, strerror(errno));
    if (file != NULL && fclose(file) != 0 && status == 0)
        status = fail(err, ERR_IO, "write %s: %s", path, strerror(errno));
    free(path);
    return status;
}

static void take_line(struct ssh_options *way, const char *name, const char *value)
{
    if (strcmp(name, "host") == 0)
        way->host = xstrdup(value);
    else if (strcmp(name, "port") == 0)
        way->port = (int)strtol(value, NULL, 10);
    else if (strcmp(name, "user") == 0)
        way->user = xstrdup(value);
    else if (strcmp(name, "key") == 0)
        way->key_file = xstrdup(value);
    else if (strcmp(name, "proxy") == 0)
        way->proxy_command = xstrdup(value);
}

static int read_way(const char *folder, struct ssh_options *way, struct error *err)
{
    char *path = xprintf("%s/ssh", folder), line[LINE_SIZE];
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        int status = fail(err, ERR_NOT_FOUND, "%s: %s", path, strerror(errno));
        free(path);
        return status;
    }
    while (fgets(line, sizeof(line), file) != NULL) {
        char *space = strchr(line, ' ');
        line[strcspn(line, "\n")] = '\0';
        if (space == NULL)
            continue;
        *space = '\0';
        take_line(way, line, space + 1);
    }
    fclose(file);
    free(path);
    return way->host != NULL ? 0 : fail(err, ERR_INVALID, "%s/ssh: no host", folder);
}

bool tunnel_is_needless(const char *address, int ms)
{
    bool connecting = false;
    int number = 0, fd = address_dial(address, &connecting, NULL);
    struct pollfd wait = { .fd = fd, .events = POLLOUT };
    socklen_t size = sizeof(number);
    bool through;

    if (fd < 0)
        return false;
    through = (!connecting || poll(&wait, 1, ms) == 1) &&
              getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size) == 0 && number == 0;
    close(fd);
    return through;
}

static void *pass(void *arg)
{
    struct passage *passage = arg;
    struct tunnel *tunnel = passage->tunnel;
    struct error err = { 0 };

    if (passage->ssh == NULL)
        passage->ssh = ssh_open(&tunnel->way, &err);
    if (passage->ssh == NULL ||
        ssh_forward(passage->ssh, tunnel->host, tunnel->port, passage->fd, &err) != 0)
        log_warn("tunnel", "%s", err.text);
    close(passage->fd);
    ssh_close(passage->ssh);
    free(passage);
    return NULL;
}

static void start_passage(struct tunnel *tunnel, int fd)
{
    struct passage *passage = xalloc(sizeof(*passage));
    pthread_t thread;

    *passage = (struct passage){ tunnel, tunnel->first, fd };
    tunnel->first = NULL;
    if (pthread_create(&thread, NULL, pass, passage) == 0) {
        pthread_detach(thread);
        return;
    }
    ssh_close(passage->ssh);
    close(fd);
    free(passage);
}

static void *serve(void *arg)
{
    struct tunnel *tunnel = arg;

    for (;;) {
        int fd = accept4(tunnel->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            start_passage(tunnel, fd);
        else if (errno != EINTR && errno != ECONNABORTED)
            return NULL;
    }
}

static int listen_here(struct tunnel *tunnel, char *local, size_t size,
                       struct error *err)
{
    struct sockaddr_in own = { .sin_family = AF_INET,
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t own_size = sizeof(own);

    tunnel->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (tunnel->listener < 0 ||
        bind(tunnel->listener, (struct sockaddr *)&own, sizeof(own)) != 0 ||
        listen(tunnel->listener, 16) != 0 ||
        getsockname(tunnel->listener, (struct sockaddr *)&own, &own_size) != 0)
        return fail(err, ERR_IO, "tunnel: %s", strerror(errno));
    snprintf(local, size, "127.0.0.1:%d", ntohs(own.sin_port));
    return 0;
}

/* Signals are for the program's own thread. */
static int start_thread(struct tunnel *tunnel, struct error *err)
{
    sigset_t all, before;
    pthread_t thread;
    int number;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    number = pthread_create(&thread, NULL, serve, tunnel);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (number != 0)
        return fail(err, ERR_IO, "tunnel: %s", strerror(number));
    pthread_detach(thread);
    return 0;
}

/* Before the libraries clean up, which the passages still use: they end here. */
static void leave(int status, void *arg)
{
    (void)arg;
    fflush(NULL);
    _exit(status);
}

int tunnel_open(const char *folder, const char *address, char *local, size_t size,
                struct error *err)
{
    struct tunnel *tunnel = xcalloc(1, sizeof(*tunnel));
    char port[ADDRESS_TEXT_MAX];
    int status = read_way(folder, &tunnel->way, err);

    if (status == 0)
        status = address_split(address, tunnel->host, port, err);
    if (status != 0)
        return status; /* the program ends */
    tunnel->port = (int)strtol(port, NULL, 10);
    tunnel->first = ssh_open(&tunnel->way, err);
    if (tunnel->first == NULL)
        return -(int)err->code;
    if (on_exit(leave, NULL) != 0)
        return fail(err, ERR_FULL, "tunnel: no room for another exit handler");
    status = listen_here(tunnel, local, size, err);
    return status == 0 ? start_thread(tunnel, err) : status;
}
