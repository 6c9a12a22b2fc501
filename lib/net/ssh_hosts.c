/* ssh_hosts.c - known_hosts: which machine is which.
 *
 * libssh2 compares host names, hashed or plain, and keys. A machine has several keys of
 * different kinds, and known_hosts may have only one of them: asking for an entry of
 * each kind with an empty key tells which ones are there (they "mismatch"), and those
 * are preferred in the handshake. */
#include "lib/net/ssh.h"
#include "lib/net/ssh_session.h"

#include "lib/base/buf.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SSH_PORT = 22, LINE_SIZE = 16 * 1024, PREFERENCE_SIZE = 256 };

/* libssh2's number for a kind of key, what sshd calls it, and the methods that use it.
 */
static const struct kind {
    int known, shown;
    const char *methods;
} kinds[] = {
    { LIBSSH2_KNOWNHOST_KEY_ED25519, LIBSSH2_HOSTKEY_TYPE_ED25519, "ssh-ed25519" },
    { LIBSSH2_KNOWNHOST_KEY_ECDSA_256, LIBSSH2_HOSTKEY_TYPE_ECDSA_256,
      "ecdsa-sha2-nistp256" },
    { LIBSSH2_KNOWNHOST_KEY_ECDSA_384, LIBSSH2_HOSTKEY_TYPE_ECDSA_384,
      "ecdsa-sha2-nistp384" },
    { LIBSSH2_KNOWNHOST_KEY_ECDSA_521, LIBSSH2_HOSTKEY_TYPE_ECDSA_521,
      "ecdsa-sha2-nistp521" },
    { LIBSSH2_KNOWNHOST_KEY_SSHRSA, LIBSSH2_HOSTKEY_TYPE_RSA,
      "rsa-sha2-512,rsa-sha2-256,ssh-rsa" },
};

enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

static char *known_hosts_path(void)
{
    const char *home = getenv("HOME");
    return xprintf("%s/.ssh/known_hosts", home != NULL ? home : "");
}

static LIBSSH2_KNOWNHOSTS *read_hosts(struct ssh *ssh, const char *path)
{
    LIBSSH2_KNOWNHOSTS *hosts = libssh2_knownhost_init(ssh->session);

    if (hosts != NULL) /* no file: nobody is known */
        (void)libssh2_knownhost_readfile(hosts, path, LIBSSH2_KNOWNHOST_FILE_OPENSSH);
    return hosts;
}

static int port_of(const struct ssh_options *options)
{
    return options->port != 0 ? options->port : SSH_PORT;
}

void ssh_hosts_prefer(struct ssh *ssh, const struct ssh_options *options)
{
    char *path = known_hosts_path(), list[PREFERENCE_SIZE] = "";
    LIBSSH2_KNOWNHOSTS *hosts = read_hosts(ssh, path);
    size_t used = 0;

    for (size_t i = 0; hosts != NULL && i < KINDS; i++) {
        struct libssh2_knownhost *found;
        int mask = LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_BASE64 |
                   kinds[i].known;
        if (libssh2_knownhost_checkp(hosts, options->host, port_of(options), "", 0,
                                     mask, &found) == LIBSSH2_KNOWNHOST_CHECK_MISMATCH)
            used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
                                     used > 0 ? "," : "", kinds[i].methods);
    }
    if (used > 0) /* what this libssh2 does not know is left out by itself */
        (void)libssh2_session_method_pref(ssh->session, LIBSSH2_METHOD_HOSTKEY, list);
    if (hosts != NULL)
        libssh2_knownhost_free(hosts);
    free(path);
}

/* ssh-keygen's form of a key. */
static void fingerprint(struct ssh *ssh, char text[64])
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *hash = (const unsigned char *)libssh2_hostkey_hash(
        ssh->session, LIBSSH2_HOSTKEY_HASH_SHA256);
    size_t used = (size_t)snprintf(text, 64, "SHA256:");

    for (size_t bit = 0; hash != NULL && bit < 256; bit += 6) {
        unsigned pair =
            (unsigned)hash[bit / 8] << 8 | (bit / 8 + 1 < 32 ? hash[bit / 8 + 1] : 0);
        text[used++] = digits[pair >> (10 - bit % 8) & 63];
    }
    text[used] = '\0';
}

/* One line at the end of the file; the others stay as they are. */
static int append_line(const char *path, const char *line, size_t size,
                       struct error *err)
{
    char *folder = xslicedup(slice_of(path, strlen(path) - strlen("/known_hosts")));
    int status = 0, fd;

    (void)mkdir(folder, 0700);
    free(folder);
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, size) != (ssize_t)size)
        status = fail(err, ERR_IO, "write %s: %s", path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return status;
}

static int add_host(struct ssh *ssh, LIBSSH2_KNOWNHOSTS *hosts, const char *path,
                    const struct ssh_options *options, struct error *err)
{
    struct libssh2_knownhost *entry = NULL;
    char name[300], *line = malloc(LINE_SIZE);
    size_t size, written;
    int type, mask = LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW;
    const char *key = libssh2_session_hostkey(ssh->session, &size, &type);
    int status;

    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].shown == type)
            mask |= kinds[i].known;
    snprintf(name, sizeof(name), port_of(options) == SSH_PORT ? "%s" : "[%s]:%d",
             options->host, port_of(options));
    if (line == NULL || key == NULL ||
        libssh2_knownhost_addc(hosts, name, NULL, key, size, NULL, 0, mask, &entry) !=
            0 ||
        libssh2_knownhost_writeline(hosts, entry, line, LINE_SIZE, &written,
                                    LIBSSH2_KNOWNHOST_FILE_OPENSSH) != 0)
        status = fail(err, ERR_IO, "%s: cannot write its key: %s", ssh->host,
                      ssh_reason(ssh));
    else
        status = append_line(path, line, written, err);
    free(line);
    return status;
}

static int judge(struct ssh *ssh, LIBSSH2_KNOWNHOSTS *hosts, const char *path,
                 const struct ssh_options *options, struct error *err)
{
    struct libssh2_knownhost *found = NULL;
    size_t size;
    int type, mask = LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW;
    const char *key = libssh2_session_hostkey(ssh->session, &size, &type);
    char print[64];

    fingerprint(ssh, print);
    if (key == NULL)
        return fail(err, ERR_REFUSED, "%s: shows no key", ssh->host);
    switch (libssh2_knownhost_checkp(hosts, options->host, port_of(options), key, size,
                                     mask, &found)) {
    case LIBSSH2_KNOWNHOST_CHECK_MATCH:
        return 0;
    case LIBSSH2_KNOWNHOST_CHECK_MISMATCH:
        return fail(err, ERR_REFUSED,
                    "%s: its host key has changed (%s now): another machine, or "
                    "installed anew; then `ssh-keygen -R %s`",
                    ssh->host, print, options->host);
    case LIBSSH2_KNOWNHOST_CHECK_NOTFOUND:
        if (options->accept_new)
            return add_host(ssh, hosts, path, options, err);
        return fail(err, ERR_REFUSED,
                    "%s: not in %s (its key is %s): --accept-new-host-keys adds it",
                    ssh->host, path, print);
    default:
        return fail(err, ERR_REFUSED, "%s: its key cannot be checked: %s", ssh->host,
                    ssh_reason(ssh));
    }
}

int ssh_hosts_check(struct ssh *ssh, const struct ssh_options *options,
                    struct error *err)
{
    char *path = known_hosts_path();
    LIBSSH2_KNOWNHOSTS *hosts = read_hosts(ssh, path);
    int status = hosts != NULL
                     ? judge(ssh, hosts, path, options, err)
                     : fail(err, ERR_IO, "%s: no memory for %s", ssh->host, path);

    if (hosts != NULL)
        libssh2_knownhost_free(hosts);
    free(path);
    return status;
}
