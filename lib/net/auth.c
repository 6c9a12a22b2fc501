/* auth.c - secrets, keys and the judgement of a HELLO. */
#include "lib/net/auth.h"

#include "lib/base/digest.h"
#include "lib/proto/proto.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int secret_path(const char *folder, char *path, size_t size, struct error *err)
{
    if (snprintf(path, size, "%s/secret", folder) >= (int)size)
        return fail(err, ERR_INVALID, "path %s/secret is too long", folder);
    return 0;
}

static int read_secret(int fd, const char *path, uint8_t *secret, struct error *err)
{
    struct stat about;

    if (fstat(fd, &about) != 0)
        return fail(err, ERR_IO, "stat %s: %s", path, strerror(errno));
    if (about.st_uid != geteuid() || (about.st_mode & 077) != 0)
        return fail(err, ERR_REFUSED,
                    "%s can be read by others; it must be yours with mode 0600", path);
    if (about.st_size != AUTH_SECRET_SIZE ||
        read(fd, secret, AUTH_SECRET_SIZE) != AUTH_SECRET_SIZE)
        return fail(err, ERR_INVALID, "%s does not hold %d bytes", path,
                    AUTH_SECRET_SIZE);
    return 0;
}

int auth_load_file(struct identity *self, const char *path, struct error *err)
{
    int status, fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return fail(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "open %s: %s", path,
                    strerror(errno));
    status = read_secret(fd, path, self->secret, err);
    self->has_secret = status == 0;
    close(fd);
    return status;
}

int auth_load_secret(struct identity *self, const char *folder, struct error *err)
{
    char path[4096];
    int status = secret_path(folder, path, sizeof(path), err);

    return status == 0 ? auth_load_file(self, path, err) : status;
}

static int write_secret(const char *path, const uint8_t secret[AUTH_SECRET_SIZE],
                        struct error *err)
{
    int status = 0, fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return fail(err, errno == EEXIST ? ERR_EXISTS : ERR_IO, "create %s: %s", path,
                    strerror(errno));
    if (write(fd, secret, AUTH_SECRET_SIZE) != AUTH_SECRET_SIZE)
        status = fail(err, ERR_IO, "write %s: %s", path, strerror(errno));
    if (close(fd) != 0 && status == 0)
        status = fail(err, ERR_IO, "close %s: %s", path, strerror(errno));
    if (status != 0)
        unlink(path);
    return status;
}

int auth_create_secret(const char *folder, struct error *err)
{
    uint8_t secret[AUTH_SECRET_SIZE];
    char path[4096];
    int status = secret_path(folder, path, sizeof(path), err);

    if (status != 0)
        return status;
    digest_random(secret, sizeof(secret));
    return write_secret(path, secret, err);
}

int auth_install_secret(const char *folder, const char *from, struct error *err)
{
    struct identity given = { .has_secret = false }, there = given;
    char path[4096];
    int status = secret_path(folder, path, sizeof(path), err);

    if (status == 0)
        status = auth_load_file(&given, from, err);
    if (status != 0)
        return status;
    status = write_secret(path, given.secret, err);
    if (status == -ERR_EXISTS && auth_load_secret(&there, folder, NULL) == 0 &&
        digest_equal(given.secret, there.secret, AUTH_SECRET_SIZE))
        status = 0;
    return status;
}

static bool is_role(struct slice role)
{
    static const char *const roles[] = { "admin", "node", "worker", "viewer" };

    for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
        if (slice_is(role, roles[i]))
            return true;
    return false;
}

int auth_has_key(const struct identity *self, struct slice role, struct error *err)
{
    if (!is_role(role))
        return fail(err, ERR_REFUSED, "unknown role '%.*s'", SLICE_ARGS(role));
    if (self->has_secret || (self->has_worker_key && slice_is(role, "worker")))
        return 0;
    return fail(err, ERR_REFUSED, "no cluster secret here to be %.*s by",
                SLICE_ARGS(role));
}

int auth_key(const struct identity *self, struct slice role, uint8_t key[AUTH_KEY_SIZE],
             struct error *err)
{
    char text[64];
    int status = auth_has_key(self, role, err);

    if (status != 0)
        return status;
    if (self->has_secret) {
        snprintf(text, sizeof(text), "rayctl-%d %.*s", PROTO_MAJOR, SLICE_ARGS(role));
        digest_hkdf(slice_of(self->secret, sizeof(self->secret)), slice(text), key);
    } else {
        memcpy(key, self->worker_key, AUTH_KEY_SIZE);
    }
    return 0;
}

void auth_take_worker_key(struct identity *self, struct slice key)
{
    if (key.size != AUTH_KEY_SIZE)
        return;
    memcpy(self->worker_key, key.data, AUTH_KEY_SIZE);
    self->has_worker_key = true;
}

const char *auth_role(const struct identity *self)
{
    return self->has_secret ? self->role : "worker";
}

void auth_hello(const struct identity *self, const char *role, struct hello *hello)
{
    *hello = (struct hello){
        .major = PROTO_MAJOR,
        .minor = PROTO_MINOR,
        .release = slice(PROTO_RELEASE),
        .cluster = slice(self->cluster),
        .role = slice(role),
        .id = self->id,
        .pid = getpid(),
    };
}

int auth_check(const struct identity *self, const struct hello *hello,
               struct auth_proof proof, struct error *err)
{
    if (hello->major != PROTO_MAJOR)
        return fail(
            err, ERR_VERSION,
            "protocol %lld (release %.*s) on the other side, %d (release %s) here",
            (long long)hello->major, SLICE_ARGS(hello->release), PROTO_MAJOR,
            PROTO_RELEASE);
    if (self->cluster[0] != '\0' && hello->cluster.size > 0 &&
        !slice_is(hello->cluster, self->cluster))
        return fail(err, ERR_REFUSED, "belongs to cluster '%.*s', not to '%s'",
                    SLICE_ARGS(hello->cluster), self->cluster);
    if (!is_role(hello->role))
        return fail(err, ERR_REFUSED, "unknown role '%.*s'", SLICE_ARGS(hello->role));
    if (proof.uid < 0 && proof.role != NULL && !slice_is(hello->role, proof.role))
        return fail(err, ERR_REFUSED, "says it is %.*s with the key of %s",
                    SLICE_ARGS(hello->role), proof.role);
    if (proof.uid >= 0 && proof.uid != (int64_t)geteuid() && proof.uid != 0)
        return fail(err, ERR_REFUSED, "user %lld may not use this socket of user %u",
                    (long long)proof.uid, geteuid());
    return 0;
}
