/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bench-wire.c - times calls over a daemon's socket, and the same bytes over a bare one
 *
 *     bench-wire call|connect|rate|flight SOCKET URI COUNT [CONNECTIONS]
 *     bench-wire raw-call|raw-connect|raw-rate|raw-flight COUNT [CONNECTIONS]
 *
 * Prints one line: minimum, median and maximum in nanoseconds, or calls a second for rate and
 * flight (one connection with CONNECTIONS calls under way).  The raw ones talk to a process that
 * answers each 28 bytes with 36, as the call measured is answered: ConnectGetType, the smallest.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 28, ANSWER = 36, PROC_OPEN = 1, PROC_CLOSE = 2, PROC_TYPE = 3, PROC_AUTH_LIST = 66, BODY_MAX = 4096 };

static const char *path, *uri;
static bool raw;

static void
die(const char *what)
{
    fprintf(stderr, "bench-wire: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static void
send_all(int fd, const void *data, size_t len)
{
    if (send(fd, data, len, MSG_NOSIGNAL) != (ssize_t)len)
        die("send");
}

static void
receive_all(int fd, void *data, size_t len)
{
    for (size_t got = 0; got < len;) {
        ssize_t n = recv(fd, (char *)data + got, len - got, 0);

        if (n <= 0)
            die("the peer has closed");
        got += (size_t)n;
    }
}

static size_t
make_call(uint8_t *out, int proc, uint32_t serial, const void *body, size_t len)
{
    const uint32_t header[] = { htonl((uint32_t)(HEADER + len)), htonl(0x20008086), htonl(1), htonl((uint32_t)proc), 0,
                                htonl(serial), 0 };

    memcpy(out, header, HEADER);
    if (len)
        memcpy(out + HEADER, body, len);
    return HEADER + len;
}

/* Reads one reply; true when it tells of success. */
static bool
take_reply(int fd)
{
    uint8_t data[BODY_MAX];
    uint32_t length, status;

    receive_all(fd, data, HEADER);
    memcpy(&length, data, 4);
    memcpy(&status, data + 24, 4);
    length = ntohl(length);
    if (length < HEADER || length > sizeof(data)) {
        errno = EMSGSIZE;
        die("reply");
    }
    receive_all(fd, data + HEADER, length - HEADER);
    return status == 0;
}

static void
one_call(int fd, int proc, const void *body, size_t len)
{
    uint8_t out[BODY_MAX];

    send_all(fd, out, make_call(out, proc, 1, body, len));
    if (!take_reply(fd)) {
        errno = EPROTO;
        die("the call was refused");
    }
}

static int
dial(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        die(path);
    return fd;
}

static int
open_connection(void)
{
    uint8_t body[512] = { 0, 0, 0, 1 };
    size_t len, padded;
    uint32_t word;
    int fd = dial();

    if (raw)
        return fd;
    len = strlen(uri);
    padded = (len + 3) & ~3u;
    word = htonl((uint32_t)len);
    memcpy(body + 4, &word, 4);
    memcpy(body + 8, uri, len);
    one_call(fd, PROC_AUTH_LIST, NULL, 0);
    one_call(fd, PROC_OPEN, body, 8 + padded + 4);
    return fd;
}

static void
trivial_call(int fd)
{
    uint8_t data[ANSWER];

    if (!raw) {
        one_call(fd, PROC_TYPE, NULL, 0);
        return;
    }
    make_call(data, PROC_TYPE, 1, NULL, 0);
    send_all(fd, data, HEADER);
    receive_all(fd, data, ANSWER);
}

static int
compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static void
print_samples(int64_t *samples, size_t n)
{
    qsort(samples, n, sizeof(*samples), compare);
    printf("%lld %lld %lld\n", (long long)samples[0], (long long)samples[n / 2], (long long)samples[n - 1]);
}

static void
time_calls(size_t n)
{
    int64_t *samples = calloc(n, sizeof(*samples));
    int fd = open_connection();

    for (size_t i = 0; i < 100; i++)
        trivial_call(fd);
    for (size_t i = 0; i < n; i++) {
        int64_t start = now();

        trivial_call(fd);
        samples[i] = now() - start;
    }
    print_samples(samples, n);
    free(samples);
    close(fd);
}

static void
time_connects(size_t n)
{
    int64_t *samples = calloc(n, sizeof(*samples));

    for (size_t i = 0; i < n; i++) {
        int64_t start = now();
        int fd = open_connection();

        trivial_call(fd);
        if (!raw)
            one_call(fd, PROC_CLOSE, NULL, 0);
        close(fd);
        samples[i] = now() - start;
    }
    print_samples(samples, n);
    free(samples);
}

static size_t calls_each;

static void *
caller(void *data)
{
    int fd = *(int *)data;

    for (size_t i = 0; i < calls_each; i++)
        trivial_call(fd);
    return NULL;
}

/* @n calls in all, over @connections of them, each with a thread. */
static void
measure_rate(size_t n, size_t connections)
{
    pthread_t *threads = calloc(connections, sizeof(*threads));
    int *fds = calloc(connections, sizeof(*fds));
    int64_t start;

    for (size_t i = 0; i < connections; i++) {
        fds[i] = open_connection();
        trivial_call(fds[i]);
    }
    calls_each = n / connections;
    start = now();
    for (size_t i = 0; i < connections; i++)
        if (pthread_create(&threads[i], NULL, caller, &fds[i]) != 0)
            die("pthread_create");
    for (size_t i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    printf("%.0f\n", (double)(calls_each * connections) * 1e9 / (double)(now() - start));
    for (size_t i = 0; i < connections; i++)
        close(fds[i]);
    free(threads);
    free(fds);
}

/* One connection with @window calls under way, as when threads share it. */
static void
measure_flight(size_t n, size_t window)
{
    uint8_t data[BODY_MAX];
    int fd = open_connection();
    int64_t start = now();

    for (size_t sent = 0, done = 0; done < n;) {
        for (; sent < n && sent - done < window; sent++)
            send_all(fd, data, make_call(data, PROC_TYPE, (uint32_t)sent + 10, NULL, 0));
        if (raw)
            receive_all(fd, data, ANSWER);
        else if (!take_reply(fd))
            die("the call was refused");
        done++;
    }
    printf("%.0f\n", (double)n * 1e9 / (double)(now() - start));
    close(fd);
}

/* The bare peer: answers every request at once, on one thread, as a daemon's main loop would. */
static void
serve_raw(int listener)
{
    static uint8_t in[65536], out[65536 / HEADER * ANSWER];
    int poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    while (epoll_wait(poller, &event, 1, -1) == 1) {
        int fd = event.data.fd;
        ssize_t n;

        if (fd == listener) {
            event.data.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            event.events = EPOLLIN;
            epoll_ctl(poller, EPOLL_CTL_ADD, event.data.fd, &event);
            continue;
        }
        n = recv(fd, in, sizeof(in), 0);
        if (n <= 0)
            close(fd);
        else
            send(fd, out, (size_t)n / HEADER * ANSWER, MSG_NOSIGNAL);
    }
}

int
main(int argc, char **argv)
{
    static char raw_path[64];
    const char *mode = argc > 1 ? argv[1] : "";
    pid_t server = 0;
    size_t n, extra;
    int at = 2;

    raw = strncmp(mode, "raw-", 4) == 0;
    if (argc < (raw ? 3 : 5)) {
        fprintf(stderr, "usage: bench-wire call|connect|rate|flight SOCKET URI COUNT [CONNECTIONS]\n"
                        "       bench-wire raw-call|raw-connect|raw-rate|raw-flight COUNT [CONNECTIONS]\n");
        return 64;
    }
    if (raw) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        mode += 4;
        snprintf(raw_path, sizeof(raw_path), "/tmp/bench-wire.%d", (int)getpid());
        memcpy(address.sun_path, raw_path, sizeof(raw_path));
        if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 1024) < 0)
            die(raw_path);
        path = raw_path;
        server = fork();
        if (server == 0) {
            serve_raw(listener);
            _exit(0);
        }
    } else {
        path = argv[at++];
        uri = argv[at++];
    }
    n = strtoul(argv[at], NULL, 10);
    extra = argc > at + 1 ? strtoul(argv[at + 1], NULL, 10) : 1;
    if (strcmp(mode, "call") == 0)
        time_calls(n);
    else if (strcmp(mode, "connect") == 0)
        time_connects(n);
    else if (strcmp(mode, "rate") == 0)
        measure_rate(n, extra);
    else
        measure_flight(n, extra);
    if (server > 0) {
        kill(server, SIGKILL);
        waitpid(server, NULL, 0);
        unlink(raw_path);
    }
    return 0;
}
