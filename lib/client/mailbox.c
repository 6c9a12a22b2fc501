/* mailbox.c - the crossing between threads, off the hot path. */
#include "lib/client/mailbox.h"

#include "lib/client/runtime.h"
#include "lib/net/loop.h"

void mailbox_wait(struct runtime *rt, void (*fn)(void *arg), void *arg,
                  struct mail *mail)
{
    pthread_mutex_init(&mail->lock,
                       NULL); /* neither can fail with default attributes */
    pthread_cond_init(&mail->arrived, NULL);
    mail->done = false;
    mail->err.code = ERR_OK;
    loop_post(rt->loop, fn, arg);
    pthread_mutex_lock(&mail->lock);
    while (!mail->done)
        pthread_cond_wait(&mail->arrived, &mail->lock);
    pthread_mutex_unlock(&mail->lock);
    pthread_cond_destroy(&mail->arrived);
    pthread_mutex_destroy(&mail->lock);
}

void mailbox_finish(struct mail *mail, const struct error *err)
{
    pthread_mutex_lock(&mail->lock);
    if (err != NULL)
        mail->err = *err;
    mail->done = true;
    pthread_cond_signal(&mail->arrived);
    pthread_mutex_unlock(&mail->lock);
}
