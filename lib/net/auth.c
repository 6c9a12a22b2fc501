/* auth.c - secrets, tokens and the judgement of a HELLO. */
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

int auth_load_secret(struct identity *self, const char *folder, struct error *err)
{
    char path[4096];
    int status = secret_path(folder, path, sizeof(path), err);
    int fd;

    if (status != 0)
        return status;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "open %s: %s", path,
                    strerror(errno));
    status = read_secret(fd, path, self->secret, err);
    self->has_secret = status == 0;
    close(fd);
    return status;
}

int auth_create_secret(const char *folder, struct error *err)
{
    uint8_t secret[AUTH_SECRET_SIZE];
    char path[4096];
    int status = secret_path(folder, path, sizeof(path), err);
    int fd;

    if (status != 0)
        return status;
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(err, errno == EEXIST ? ERR_EXISTS : ERR_IO, "create %s: %s", path,
                    strerror(errno));
    digest_random(secret, sizeof(secret));
    if (write(fd, secret, sizeof(secret)) != (ssize_t)sizeof(secret))
        status = fail(err, ERR_IO, "write %s: %s", path, strerror(errno));
    if (close(fd) != 0 && status == 0)
        status = fail(err, ERR_IO, "close %s: %s", path, strerror(errno));
    if (status != 0)
        unlink(path);
    return status;
}

/* RFC 2104 over a fixed label and the role: one key a role, none of which gives the
 * secret away. */
static void derive_token(const struct identity *self, struct slice role,
                         uint8_t token[AUTH_TOKEN_SIZE])
{
    char text[64];

    snprintf(text, sizeof(text), "rayctl-%d %.*s", PROTO_MAJOR, SLICE_ARGS(role));
    digest_hmac(slice_of(self->secret, sizeof(self->secret)), slice(text), token);
}

void auth_hello(const struct identity *self, uint8_t token[AUTH_TOKEN_SIZE],
                struct hello *hello)
{
    *hello = (struct hello){
        .major = PROTO_MAJOR,
        .minor = PROTO_MINOR,
        .release = slice(PROTO_RELEASE),
        .cluster = slice(self->cluster),
        .role = slice(self->role),
        .id = self->id,
        .pid = getpid(),
    };
    if (self->has_secret) {
        derive_token(self, hello->role, token);
        hello->token = slice_of(token, AUTH_TOKEN_SIZE);
    }
}

static bool is_role(struct slice role)
{
    static const char *const roles[] = { "admin", "node", "worker", "viewer" };

    for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
        if (slice_is(role, roles[i]))
            return true;
    return false;
}

static int check_token(const struct identity *self, const struct hello *hello,
                       struct error *err)
{
    uint8_t token[AUTH_TOKEN_SIZE];

    if (!self->has_secret)
        return fail(err, ERR_REFUSED,
                    "no cluster secret here to check the other side by");
    derive_token(self, hello->role, token);
    if (hello->token.size != AUTH_TOKEN_SIZE ||
        !digest_equal((const uint8_t *)hello->token.data, token, AUTH_TOKEN_SIZE))
        return fail(err, ERR_REFUSED, "wrong or missing cluster secret");
    return 0;
}

int auth_check(const struct identity *self, const struct hello *hello,
               int64_t local_uid, struct error *err)
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
    if (local_uid < 0)
        return check_token(self, hello, err);
    if (local_uid != (int64_t)geteuid() && local_uid != 0)
        return fail(err, ERR_REFUSED, "user %lld may not use this socket of user %u",
                    (long long)local_uid, geteuid());
    return 0;
}
