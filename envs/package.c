/* package.c - libarchive behind our own words. See package.h. */
#include "envs/package.h"

#include "lib/base/map.h"
#include "lib/base/mem.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 256 * 1024, OPEN_FOLDERS = 32 };
static const time_t fixed_time = 315532800; /* 1980-01-01, the oldest that zip has */
static const int64_t size_default = 64LL << 30; /* of all files in an archive */

/* ---- packing ---- */

static bool is_zip(const char *path)
{
    size_t size = strlen(path);
    return size > 4 && strcmp(path + size - 4, ".zip") == 0;
}

static int copy_file(struct archive *archive, const struct tree *tree,
                     const struct tree_entry *from, struct error *err)
{
    char *path = xprintf("%s/%s", tree->root, from->path), *bytes = xalloc(BLOCK);
    int status = 0, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int64_t left = from->size;
    ssize_t got = 0;

    while (fd >= 0 && left > 0 && status == 0 && (got = read(fd, bytes, BLOCK)) > 0) {
        left -= got;
        if (archive_write_data(archive, bytes, (size_t)got) != got)
            status = fail(err, ERR_IO, "pack %s: %s", from->path,
                          archive_error_string(archive));
    }
    if (status == 0 && (fd < 0 || got < 0))
        status = fail(err, ERR_IO, "read %s: %s", path, strerror(errno));
    if (status == 0 && left != 0)
        status = fail(err, ERR_IO, "%s changes while it is packed", path);
    if (fd >= 0)
        close(fd);
    free(bytes);
    free(path);
    return status;
}

static int pack_entry(struct archive *archive, const struct tree *tree,
                      const struct tree_entry *from, struct error *err)
{
    static const mode_t types[] = { AE_IFDIR, AE_IFREG, AE_IFLNK };
    struct archive_entry *entry = archive_entry_new();
    int status = 0;

    if (entry == NULL)
        return fail(err, ERR_FULL, "no memory to pack");
    archive_entry_set_pathname(entry, from->path);
    archive_entry_set_filetype(entry, types[from->kind]);
    archive_entry_set_perm(
        entry, from->kind != TREE_FILE || from->is_executable ? 0755 : 0644);
    archive_entry_set_mtime(entry, fixed_time, 0);
    archive_entry_set_size(entry, from->size);
    if (from->kind == TREE_LINK)
        archive_entry_set_symlink(entry, from->target);
    if (archive_write_header(archive, entry) != ARCHIVE_OK)
        status =
            fail(err, ERR_IO, "pack %s: %s", from->path, archive_error_string(archive));
    archive_entry_free(entry);
    if (status == 0 && from->kind == TREE_FILE)
        status = copy_file(archive, tree, from, err);
    return status;
}

static int open_new(struct archive *archive, const char *path, struct error *err)
{
    int status = is_zip(path) ? archive_write_set_format_zip(archive)
                              : archive_write_set_format_pax_restricted(archive);

    if (status == ARCHIVE_OK && !is_zip(path))
        status = archive_write_add_filter_zstd(archive);
    if (status == ARCHIVE_OK) /* in a pipe, too, nothing behind its end */
        status = archive_write_set_bytes_in_last_block(archive, 1);
    if (status == ARCHIVE_OK)
        status = archive_write_open_filename(archive, path);
    return status == ARCHIVE_OK ? 0
                                : fail(err, ERR_IO, "create %s: %s", path,
                                       archive_error_string(archive));
}

static int pack_to(const struct tree *tree, const char *path, struct error *err)
{
    struct archive *archive = archive_write_new();
    int status;

    if (archive == NULL)
        return fail(err, ERR_FULL, "no memory to pack");
    status = open_new(archive, path, err);
    for (size_t i = 0; i < tree->count && status == 0; i++)
        status = pack_entry(archive, tree, &tree->entries[i], err);
    if (archive_write_close(archive) != ARCHIVE_OK && status == 0)
        status = fail(err, ERR_IO, "write %s: %s", path, archive_error_string(archive));
    archive_write_free(archive);
    return status;
}

int package_pack(const struct tree *tree, const char *path, struct error *err)
{
    struct stat about;
    char *part;
    int status;

    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) /* a pipe, a device */
        return pack_to(tree, path, err);
    part = xprintf("%s.part%s", path, is_zip(path) ? ".zip" : "");
    status = pack_to(tree, part, err);
    if (status == 0 && rename(part, path) != 0)
        status = fail(err, ERR_IO, "%s: %s", path, strerror(errno));
    if (status != 0)
        (void)unlink(part);
    free(part);
    return status;
}

/* ---- checking ---- */

struct seen {
    struct map_node node;
    char *path;
    bool is_folder;
};

struct checking {
    const char *archive_path;
    struct map seen;
    int64_t size, max_size;
    size_t count;
    package_entry_fn *fn;
    void *arg;
    struct error *err;
};

static struct archive *open_archive(const char *path, struct error *err)
{
    struct archive *archive = archive_read_new();

    if (archive == NULL) {
        fail(err, ERR_FULL, "no memory to read %s", path);
        return NULL;
    }
    (void)archive_read_support_filter_zstd(archive);
    (void)archive_read_support_filter_gzip(archive);
    (void)archive_read_support_format_tar(archive);
    (void)archive_read_support_format_zip(archive);
    if (archive_read_open_filename(archive, path, BLOCK) == ARCHIVE_OK)
        return archive;
    fail(err, access(path, R_OK) != 0 ? ERR_NOT_FOUND : ERR_FAILED, "%s: %s", path,
         archive_error_string(archive));
    archive_read_free(archive);
    return NULL;
}

static int refuse(struct checking *checking, const char *name, const char *why)
{
    return fail(checking->err, ERR_REFUSED, "%s: entry '%.200s': %s",
                checking->archive_path, name, why);
}

static struct seen *find_seen(struct checking *checking, const char *path, size_t size)
{
    struct map_node *node = map_find(&checking->seen, path, size);
    return node != NULL ? container_of(node, struct seen, node) : NULL;
}

static void add_seen(struct checking *checking, const char *path, bool is_folder)
{
    struct seen *seen = xcalloc(1, sizeof(*seen));

    seen->path = xstrdup(path);
    seen->is_folder = is_folder;
    map_add(&checking->seen, &seen->node, seen->path, strlen(seen->path));
}

/* Relative, without "." and "..", and only folders on the way. */
static int check_path(struct checking *checking, const char *path)
{
    const char *at = path;

    if (path[0] == '/' || path[0] == '\0')
        return refuse(checking, path, "its path is not relative");
    while (*at != '\0') {
        size_t size = strcspn(at, "/");
        struct seen *above;
        if (size == 0 || (size == 1 && at[0] == '.') ||
            (size == 2 && at[0] == '.' && at[1] == '.'))
            return refuse(checking, path, "its path has '..' or '.' or nothing in it");
        above = at[size] == '/' ? find_seen(checking, path, (size_t)(at + size - path))
                                : NULL;
        if (above != NULL && !above->is_folder)
            return refuse(checking, path, "what is above it is no folder");
        at += size + (at[size] == '/');
    }
    if (find_seen(checking, path, strlen(path)) != NULL)
        return refuse(checking, path, "it comes twice");
    return 0;
}

/* The name without the slash that tar puts behind folders; NULL when it has none. */
static char *entry_path(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    char *path = name != NULL ? xstrdup(name) : NULL;
    size_t size = path != NULL ? strlen(path) : 0;

    while (size > 1 && path[size - 1] == '/')
        path[--size] = '\0';
    return path;
}

static int check_kind(struct checking *checking, struct archive_entry *entry,
                      struct tree_entry *found)
{
    mode_t type = archive_entry_filetype(entry);

    if (archive_entry_hardlink(entry) != NULL)
        return refuse(checking, found->path, "a hard link");
    if (type == AE_IFLNK) {
        found->kind = TREE_LINK;
        found->target = xstrdup(archive_entry_symlink(entry));
        if (!tree_link_is_inside(found->path, found->target))
            return refuse(checking, found->path, "a link that leads outside");
    } else if (type == AE_IFDIR) {
        found->kind = TREE_FOLDER;
    } else if (type == AE_IFREG) {
        found->kind = TREE_FILE;
        found->is_executable = (archive_entry_perm(entry) & 0111) != 0;
    } else {
        return refuse(checking, found->path, "neither a file, a folder nor a link");
    }
    return 0;
}

/* Reads its bytes; what the header says of their number is not believed. */
static int check_data(struct checking *checking, struct archive *archive,
                      struct tree_entry *found)
{
    const void *block;
    size_t size;
    la_int64_t offset;
    int status;

    while ((status = archive_read_data_block(archive, &block, &size, &offset)) ==
           ARCHIVE_OK) {
        found->size = offset + (int64_t)size;
        if (checking->size + found->size > checking->max_size)
            return refuse(checking, found->path, "more bytes than are allowed");
    }
    if (status != ARCHIVE_EOF)
        return fail(checking->err, ERR_FAILED, "%s: entry '%.200s': damaged: %s",
                    checking->archive_path, found->path, archive_error_string(archive));
    checking->size += found->size;
    return 0;
}

static int check_entry(struct checking *checking, struct archive *archive,
                       struct archive_entry *entry)
{
    struct tree_entry found = { .path = entry_path(entry) };
    int status;

    if (found.path == NULL || found.path[0] == '\0')
        status = refuse(checking, "", "it has no name");
    else
        status = check_path(checking, found.path);
    if (status == 0 && ++checking->count > PACKAGE_ENTRIES_MAX)
        status = refuse(checking, found.path, "more entries than are allowed");
    if (status == 0)
        status = check_kind(checking, entry, &found);
    if (status == 0 && found.kind == TREE_FILE)
        status = check_data(checking, archive, &found);
    if (status == 0) {
        add_seen(checking, found.path, found.kind == TREE_FOLDER);
        if (checking->fn != NULL)
            checking->fn(checking->arg, &found);
    }
    free(found.path);
    free(found.target);
    return status;
}

int package_check(const char *path, int64_t max_size, package_entry_fn *fn, void *arg,
                  struct error *err)
{
    struct checking checking = { .archive_path = path,
                                 .max_size = max_size > 0 ? max_size : size_default,
                                 .fn = fn,
                                 .arg = arg,
                                 .err = err };
    struct archive *archive = open_archive(path, err);
    struct archive_entry *entry;
    struct map_node *node, *after;
    int status = 0, got = ARCHIVE_OK;

    if (archive == NULL)
        return -(int)err->code;
    while (status == 0 &&
           (got = archive_read_next_header(archive, &entry)) == ARCHIVE_OK)
        status = check_entry(&checking, archive, entry);
    if (status == 0 && got != ARCHIVE_EOF)
        status = fail(err, ERR_FAILED, "%s: no archive, or damaged: %s", path,
                      archive_error_string(archive));
    map_each(node, after, &checking.seen) {
        struct seen *seen = container_of(node, struct seen, node);
        map_remove(&checking.seen, node);
        free(seen->path);
        free(seen);
    }
    archive_read_free(archive);
    return status;
}

/* ---- unpacking ---- */

/* The folders above a path, which an archive need not name. */
static void make_parents(char *path, size_t root)
{
    for (char *at = path + root + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        (void)mkdir(path, 0755); /* what fails here fails again below */
        *at = '/';
    }
}

static int write_file(struct archive *archive, const char *path, mode_t mode,
                      struct error *err)
{
    int status = 0, got = 0;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

    if (fd < 0)
        return fail(err, ERR_IO, "create %s: %s", path, strerror(errno));
    got = archive_read_data_into_fd(archive, fd);
    if (got != ARCHIVE_OK)
        status = fail(err, ERR_IO, "write %s: %s", path, archive_error_string(archive));
    if (fchmod(fd, mode) != 0 && status == 0)
        status = fail(err, ERR_IO, "chmod %s: %s", path, strerror(errno));
    if (close(fd) != 0 && status == 0)
        status = fail(err, ERR_IO, "write %s: %s", path, strerror(errno));
    return status;
}

/* What was checked; what has changed since fails on O_EXCL and O_NOFOLLOW. */
static int unpack_entry(struct archive *archive, struct archive_entry *entry,
                        const char *root, struct error *err)
{
    char *name = entry_path(entry), *path = xprintf("%s/%s", root, name);
    mode_t type = archive_entry_filetype(entry);
    int status = 0;

    make_parents(path, strlen(root));
    if (type == AE_IFREG)
        status = write_file(archive, path,
                            (archive_entry_perm(entry) & 0111) != 0 ? 0755 : 0644, err);
    else if (type == AE_IFDIR && mkdir(path, 0755) != 0 && errno != EEXIST)
        status = fail(err, ERR_IO, "create %s: %s", path, strerror(errno));
    else if (type == AE_IFLNK && symlink(archive_entry_symlink(entry), path) != 0)
        status = fail(err, ERR_IO, "link %s: %s", path, strerror(errno));
    free(path);
    free(name);
    return status;
}

static int unpack_all(const char *path, const char *root, struct error *err)
{
    struct archive *archive = open_archive(path, err);
    struct archive_entry *entry;
    int status = 0, got = ARCHIVE_OK;

    if (archive == NULL)
        return -(int)err->code;
    while (status == 0 &&
           (got = archive_read_next_header(archive, &entry)) == ARCHIVE_OK)
        status = unpack_entry(archive, entry, root, err);
    if (status == 0 && got != ARCHIVE_EOF)
        status = fail(err, ERR_FAILED, "%s: damaged: %s", path,
                      archive_error_string(archive));
    archive_read_free(archive);
    return status;
}

static int compare(const char *folder, const char *digest, struct error *err)
{
    const struct tree_options all = { .takes_all = true };
    char found[DIGEST_HEX_MAX];
    struct tree tree;
    int status = tree_read(&tree, folder, &all, err);

    if (status != 0)
        return status;
    status = tree_digest(&tree, found, err);
    tree_finish(&tree);
    if (status == 0 && strcmp(found, digest) != 0)
        status = fail(err, ERR_FAILED,
                      "the package is damaged: its content is %.12s, not %.12s", found,
                      digest);
    return status;
}

static int remove_one(const char *path, const struct stat *about, int kind,
                      struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    (void)remove(path); /* what stays makes its folder stay, and is seen there */
    return 0;
}

void package_remove(const char *folder)
{
    (void)nftw(folder, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
}

int package_unpack(const char *path, const char *folder, const char *digest,
                   struct error *err)
{
    char *made = xprintf("%s.new.XXXXXX", folder);
    int status = package_check(path, 0, NULL, NULL, err);

    if (status == 0 && mkdtemp(made) == NULL)
        status = fail(err, ERR_IO, "create %s: %s", made, strerror(errno));
    if (status != 0) {
        free(made);
        return status;
    }
    status = unpack_all(path, made, err);
    if (status == 0 && chmod(made, 0755) != 0)
        status = fail(err, ERR_IO, "chmod %s: %s", made, strerror(errno));
    if (status == 0 && digest != NULL)
        status = compare(made, digest, err);
    if (status == 0 && access(folder, F_OK) == 0)
        status = fail(err, ERR_EXISTS, "%s is there already", folder);
    if (status == 0 && rename(made, folder) != 0)
        status = fail(err, ERR_IO, "rename %s: %s", made, strerror(errno));
    if (status != 0)
        package_remove(made);
    free(made);
    return status;
}
