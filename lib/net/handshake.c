/* handshake.c - who we say we are depends on whose key we use: to a worker one speaks
 * as a worker, since it has no other key. */
#include "lib/net/handshake.h"

#include "lib/base/buf.h"
#include "lib/net/auth.h"
#include "lib/net/conn.h"
#include "lib/net/tls.h"
#include "lib/proto/proto.h"

static void send_hello(struct conn *conn, const struct identity *self, const char *role)
{
    struct frame frame = { .kind = FRAME_HELLO, .method = PROTO_METHOD_HELLO };
    struct hello hello;

    auth_hello(self, role, &hello);
    conn_send(conn, &frame, &hello_desc, &hello, NULL);
}

/* `role`: whom a client connects as; NULL: a server. */
static int begin_tls(struct conn *conn, const struct handshake *shake, const char *role,
                     struct error *err)
{
    struct frame frame = { .kind = FRAME_ROUTE };
    struct route route = { .worker_id = shake->route };
    struct tls *tls;
    struct buf preface = { 0 };

    if (role != NULL && auth_has_key(shake->self, slice(role), err) != 0)
        return -ERR_REFUSED;
    tls = tls_create(shake->self, role);
    if (tls == NULL)
        return fail(err, ERR_FULL, "no memory for TLS");
    if (id_is_set(&shake->route)) /* always fits: it has no ceiling */
        (void)frame_pack(&preface, &frame, &route_desc, &route);
    conn_set_tls(conn, tls, buf_slice(&preface));
    buf_finish(&preface);
    return 0;
}

int handshake_begin(struct conn *conn, const struct handshake *shake, bool is_tcp,
                    struct error *err)
{
    const char *role = shake->self->role;
    int status = 0;

    if (is_tcp && !shake->is_server)
        role = id_is_set(&shake->route) ? "worker" : auth_role(shake->self);
    if (is_tcp)
        status = begin_tls(conn, shake, shake->is_server ? NULL : role, err);
    if (status == 0)
        send_hello(conn, shake->self, role);
    return status;
}
