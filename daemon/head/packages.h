/* packages.h - the archives of runtime environments that were uploaded.
 *
 * Files in <session>/packages, named by their content (lib/proto/pkg.h): who has the
 * name has the content, and uploads it once. An upload grows in a hidden file, which
 * gets its name when it is whole, and is removed when it does not grow for ten minutes;
 * nodes read the files in chunks. Loop thread only. */
#pragma once

struct dispatch;
struct packages;

/* Removes uploads that an earlier head has left. */
struct packages *packages_create(const char *session);
void packages_destroy(struct packages *packages);
void packages_serve(struct packages *packages, struct dispatch *dispatch);
