/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* watch.c - descriptors and posted functions as GSources of the main loop. */
#include "rpc/server/watch.h"

#include "util/lock.h"

struct Watch {
    GSource source;
    gpointer tag;
    short events;
    int fd;
    WatchFn fn;
    void *data;
};

static gboolean
dispatch(GSource *source, GSourceFunc callback G_GNUC_UNUSED, gpointer opaque G_GNUC_UNUSED)
{
    Watch *watch = (Watch *)source;
    short got = (short)(watch->tag ? g_source_query_unix_fd(source, watch->tag) : 0);

    if (got)
        watch->fn(watch->data, got);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs funcs = { .dispatch = dispatch };

Watch *
watch_new(GMainContext *context, int fd, short events, WatchFn fn, void *data)
{
    Watch *watch = (Watch *)g_source_new(&funcs, sizeof(Watch));

    watch->fd = fd;
    watch->fn = fn;
    watch->data = data;
    /* Otherwise GLib takes the descriptors out of the loop while it dispatches, and wakes itself up
     * to do so: three system calls more for every packet.  We never run the loop within a dispatch.
     */
    g_source_set_can_recurse(&watch->source, true);
    watch_set(watch, events);
    g_source_attach(&watch->source, context);
    return watch;
}

void
watch_set(Watch *watch, short events)
{
    if (watch->tag && watch->events == events)
        return;
    watch->events = events;
    if (watch->tag)
        g_source_modify_unix_fd(&watch->source, watch->tag, (GIOCondition)events);
    else
        watch->tag = g_source_add_unix_fd(&watch->source, watch->fd, (GIOCondition)events);
}

void
watch_pause(Watch *watch)
{
    /* poll() reports errors and hang-ups unasked, so the descriptor must go. */
    if (watch->tag)
        g_source_remove_unix_fd(&watch->source, watch->tag);
    watch->tag = NULL;
}

void
watch_free(Watch *watch)
{
    if (!watch)
        return;
    g_source_destroy(&watch->source);
    g_source_unref(&watch->source);
}

typedef struct Mail {
    MailFn fn;
    void *data;
} Mail;

struct Mailbox {
    Lock lock;
    GArray *mails; /* of Mail */
    GSource *source;
};

static void
run_mails(Mailbox *mailbox)
{
    g_autoptr(GArray) mails = NULL;

    lock_acquire(&mailbox->lock);
    if (mailbox->mails->len) {
        mails = mailbox->mails;
        mailbox->mails = g_array_new(false, false, sizeof(Mail));
    }
    lock_release(&mailbox->lock);
    for (guint i = 0; mails && i < mails->len; i++) {
        Mail *mail = &g_array_index(mails, Mail, i);

        mail->fn(mail->data);
    }
}

typedef struct MailSource {
    GSource source;
    Mailbox *mailbox;
} MailSource;

static gboolean
mail_dispatch(GSource *source, GSourceFunc callback G_GNUC_UNUSED, gpointer opaque G_GNUC_UNUSED)
{
    g_source_set_ready_time(source, -1);
    run_mails(((MailSource *)source)->mailbox);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs mail_funcs = { .dispatch = mail_dispatch };

Mailbox *
mailbox_new(GMainContext *context)
{
    Mailbox *mailbox = g_new0(Mailbox, 1);

    lock_init(&mailbox->lock);
    mailbox->mails = g_array_new(false, false, sizeof(Mail));
    mailbox->source = g_source_new(&mail_funcs, sizeof(MailSource));
    ((MailSource *)mailbox->source)->mailbox = mailbox;
    g_source_set_can_recurse(mailbox->source, true);
    g_source_set_ready_time(mailbox->source, -1);
    g_source_attach(mailbox->source, context);
    return mailbox;
}

void
mailbox_free(Mailbox *mailbox)
{
    if (!mailbox)
        return;
    while (mailbox->mails->len)
        run_mails(mailbox);
    g_source_destroy(mailbox->source);
    g_source_unref(mailbox->source);
    g_array_unref(mailbox->mails);
    lock_clear(&mailbox->lock);
    g_free(mailbox);
}

void
mailbox_post(Mailbox *mailbox, MailFn fn, void *data)
{
    Mail mail = { fn, data };
    bool first;

    lock_acquire(&mailbox->lock);
    first = !mailbox->mails->len;
    g_array_append_val(mailbox->mails, mail);
    lock_release(&mailbox->lock);
    if (first)
        g_source_set_ready_time(mailbox->source, 0);
}
