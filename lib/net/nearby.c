/* nearby.c - which machine is this? Host names and ids of machines may be the same in
 * containers that share nothing else; a folder that both see is the thing itself. */
#include "lib/net/nearby.h"

#include "lib/base/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MARK_BYTES = 8, MARK_SIZE = 2 * MARK_BYTES + 1 };

/* The kernel's boot id (random(4)); empty where there is none. */
static void read_boot_id(char *text, size_t size)
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, size - 1) : 0;

    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
}

/* The mark of the folder in which `local` is. */
static int make_mark(const char *local, char mark[MARK_SIZE], struct error *err)
{
    char folder[ADDRESS_TEXT_MAX], boot[64], all[192];
    const char *path = local + strlen("unix:"), *slash = strrchr(path, '/');
    uint8_t digest[DIGEST_SIZE];
    struct stat about;

    if (slash == NULL || (size_t)(slash - path) >= sizeof(folder))
        return fail(err, ERR_INVALID, "socket path '%s' has no folder", path);
    snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
    if (stat(folder, &about) != 0)
        return fail(err, ERR_IO, "stat %s: %s", folder, strerror(errno));
    read_boot_id(boot, sizeof(boot));
    snprintf(all, sizeof(all), "%s %llu %llu", boot, (unsigned long long)about.st_dev,
             (unsigned long long)about.st_ino);
    digest_sha256(slice(all), digest);
    digest_hex(digest, MARK_BYTES, mark);
    return 0;
}

int nearby_format(const char *tcp, const char *local, char text[NEARBY_TEXT_MAX],
                  struct error *err)
{
    char mark[MARK_SIZE];
    int status = 0;

    if (tcp == NULL) {
        snprintf(text, NEARBY_TEXT_MAX, "%s", local);
        return 0;
    }
    status = make_mark(local, mark, err);
    if (status == 0 && snprintf(text, NEARBY_TEXT_MAX, "%s,%s,%s", tcp, local, mark) >=
                           NEARBY_TEXT_MAX)
        status = fail(err, ERR_INVALID, "address '%s' is too long", tcp);
    return status;
}

void nearby_pick(const char *text, char address[NEARBY_TEXT_MAX])
{
    const char *local = strchr(text, ','), *mark = strrchr(text, ',');
    char ours[MARK_SIZE];

    snprintf(address, NEARBY_TEXT_MAX, "%s", text);
    if (local == NULL || mark == local)
        return;
    snprintf(address, NEARBY_TEXT_MAX, "%.*s", (int)(mark - local - 1), local + 1);
    if (!address_is_unix(address) || make_mark(address, ours, NULL) != 0 ||
        strcmp(ours, mark + 1) != 0)
        snprintf(address, NEARBY_TEXT_MAX, "%.*s", (int)(local - text), text);
}

struct slice nearby_public(struct slice text)
{
    const char *comma = memchr(text.data, ',', text.size);
    return comma != NULL ? slice_of(text.data, (size_t)(comma - text.data)) : text;
}
