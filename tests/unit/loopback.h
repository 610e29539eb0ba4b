/* A tiny HTTP server on the loopback interface, in a thread, which serves one body
 * and misbehaves as its path says: /good/..., /cut/..., see `ways` below. Under
 * /play/... the first request is answered in the first way of the script, the second
 * in the second, and all that follow in the last. Whatever it sends is bounded. */
#ifndef LK_TESTS_LOOPBACK_H
#define LK_TESTS_LOOPBACK_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include "support.h"

enum { LOOPBACK_SCRIPT = 6 };

typedef struct loopback_script {
    const char *ways[LOOPBACK_SCRIPT]; /* NULL: no more */
} loopback_script;

typedef struct loopback {
    int listener;
    unsigned port;
    pthread_t thread;
    const unsigned char *body;
    size_t size, before; /* `before` zeros come in front of the body */
    const char *tag;     /* ETag, NULL: none */
    const char *dates;   /* Date and Last-Modified as lines, NULL: none */
    loopback_script script;
    atomic_size_t played;
    atomic_size_t last_start;   /* where the last Range began */
    atomic_bool last_condition; /* whether If-Range came with it */
    atomic_size_t requests;
} loopback;

typedef struct loopback_call {
    loopback *server;
    int client;
    size_t start;     /* of the range that is asked for */
    bool conditional; /* If-Range names the version that is here, or is not there */
} loopback_call;

static inline bool loopback_send(int client, const void *data, size_t size)
{
    const char *bytes = data;
    while (size) {
        ssize_t sent = send(client, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* The head of an answer; `extra` is whole lines. */
static inline void loopback_head(const loopback_call *c, const char *status, const char *extra)
{
    char head[2048];
    const loopback *s = c->server;
    snprintf(head, sizeof head, "HTTP/1.1 %s\r\n%s%s%s%s%sConnection: close\r\n\r\n", status,
             s->tag ? "ETag: " : "", s->tag ? s->tag : "", s->tag ? "\r\n" : "",
             s->dates ? s->dates : "", extra);
    loopback_send(c->client, head, strlen(head));
}

static inline void loopback_reply(const loopback_call *c, const char *status, const char *body)
{
    char extra[64];
    snprintf(extra, sizeof extra, "Content-Length: %zu\r\n", strlen(body));
    loopback_head(c, status, extra);
    loopback_send(c->client, body, strlen(body));
}

/* Announces the rest of the file from `start`, or all of it. */
static inline size_t loopback_announce(const loopback_call *c)
{
    char extra[256];
    const loopback *s = c->server;
    size_t whole = s->before + s->size, start = c->conditional ? c->start : 0;
    if (start > 0)
        snprintf(extra, sizeof extra, "Content-Range: bytes %zu-%zu/%zu\r\nContent-Length: %zu\r\n",
                 start, whole - 1, whole, whole - start);
    else
        snprintf(extra, sizeof extra, "Content-Length: %zu\r\n", whole);
    loopback_head(c, start > 0 ? "206 Partial Content" : "200 OK", extra);
    return start;
}

/* The bytes of the file from `start` on, `count` at most. */
static inline bool loopback_bytes(const loopback_call *c, size_t start, size_t count)
{
    static const char zeros[4096];
    const loopback *s = c->server;
    bool good = true;
    while (good && count && start < s->before + s->size) {
        bool front = start < s->before;
        size_t left = front ? s->before - start : s->before + s->size - start;
        size_t piece = left < count ? left : count;
        piece = front && piece > sizeof zeros ? sizeof zeros : piece;
        good = loopback_send(c->client, front ? (const void *)zeros : s->body + (start - s->before),
                             piece);
        start += piece;
        count -= piece;
    }
    return good;
}

static inline void loopback_pause(long milliseconds)
{
    const struct timespec pause = {.tv_nsec = milliseconds * 1000000};
    nanosleep(&pause, NULL);
}

/* ---- ways to answer ---- */

static inline void loopback_good(const loopback_call *c)
{
    if (c->start > 0 && c->start >= c->server->before + c->server->size)
        loopback_reply(c, "416 Range Not Satisfiable", "");
    else
        loopback_bytes(c, loopback_announce(c), SIZE_MAX);
}

static inline void loopback_norange(const loopback_call *c)
{
    loopback_call whole = *c;
    whole.start = 0;
    loopback_good(&whole);
}

/* Half of what it announces, then the connection ends. */
static inline void loopback_cut(const loopback_call *c)
{
    size_t start = loopback_announce(c);
    loopback_bytes(c, start, (c->server->before + c->server->size - start) / 2);
}

static inline void loopback_reset(const loopback_call *c)
{
    loopback_cut(c);
    loopback_pause(20); /* a reset overtakes what has not been read */
    const struct linger at_once = {.l_onoff = 1};
    setsockopt(c->client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once); /* see loopback_end */
}

static inline void loopback_empty(const loopback_call *c)
{
    (void)c;
}

/* Half of the file and no word about its length. */
static inline void loopback_lengthless(const loopback_call *c)
{
    loopback_head(c, "200 OK", "");
    loopback_bytes(c, 0, c->server->size / 2);
}

static inline void loopback_understated(const loopback_call *c)
{
    char extra[64];
    snprintf(extra, sizeof extra, "Content-Length: %zu\r\n", c->server->size / 2);
    loopback_head(c, "200 OK", extra);
    loopback_bytes(c, 0, SIZE_MAX);
}

/* As many other bytes. */
static inline void loopback_other(const loopback_call *c)
{
    loopback changed = *c->server;
    loopback_call call = *c;
    unsigned char *other = malloc(changed.size);
    memcpy(other, changed.body, changed.size);
    other[changed.size / 2] ^= 1;
    changed.body = other;
    call.server = &changed;
    loopback_good(&call);
    free(other);
}

/* Another version, and the range of it that was asked for, whatever If-Range said. */
static inline void loopback_changed(const loopback_call *c)
{
    loopback changed = *c->server;
    loopback_call call = *c;
    changed.tag = "\"two\"";
    call.server = &changed;
    call.conditional = true;
    loopback_other(&call);
}

static inline void loopback_range(const loopback_call *c, const char *range)
{
    loopback_head(c, "206 Partial Content", range);
    loopback_bytes(c, c->start, SIZE_MAX);
}

/* The rest but for its first byte. */
static inline void loopback_shifted(const loopback_call *c)
{
    loopback_call late = *c;
    char range[128];
    const loopback *s = c->server;
    late.start++;
    snprintf(range, sizeof range, "Content-Range: bytes %zu-%zu/%zu\r\n", late.start, s->size - 1,
             s->size);
    loopback_range(&late, range);
}

/* The rest of a file that is one byte longer. */
static inline void loopback_grown(const loopback_call *c)
{
    char range[128];
    const loopback *s = c->server;
    snprintf(range, sizeof range, "Content-Range: bytes %zu-%zu/%zu\r\n", c->start, s->size,
             s->size + 1);
    loopback_range(c, range);
    loopback_send(c->client, "x", 1);
}

static inline void loopback_rangeless(const loopback_call *c)
{
    loopback_range(c, "");
}

/* The right range, and half of it without a word about the length. */
static inline void loopback_halfrange(const loopback_call *c)
{
    char range[128];
    const loopback *s = c->server;
    snprintf(range, sizeof range, "Content-Range: bytes %zu-%zu/%zu\r\n", c->start, s->size - 1,
             s->size);
    loopback_head(c, "206 Partial Content", range);
    loopback_bytes(c, c->start, (s->size - c->start) / 2);
}

/* The right range, and more bytes than it has. */
static inline void loopback_overfull(const loopback_call *c)
{
    char range[128];
    const loopback *s = c->server;
    snprintf(range, sizeof range, "Content-Range: bytes %zu-%zu/%zu\r\n", c->start, s->size - 1,
             s->size);
    loopback_range(c, range);
    loopback_bytes(c, 0, SIZE_MAX);
}

static inline void loopback_page(const loopback_call *c)
{
    loopback_reply(c, "200 OK", "<html>Please log in</html>");
}

static inline void loopback_missing(const loopback_call *c)
{
    loopback_reply(c, "404 Not Found", "<html>Nothing here</html>");
}

static inline void loopback_nothing(const loopback_call *c)
{
    loopback_reply(c, "204 No Content", "");
}

static inline void loopback_endless(const loopback_call *c)
{
    enum { PIECE = 1 << 16, PIECES = 512 };
    static const char zeros[PIECE];
    loopback_head(c, "200 OK", "");
    for (int i = 0; i < PIECES && loopback_send(c->client, zeros, PIECE); i++)
        continue;
}

static inline void loopback_huge(const loopback_call *c)
{
    loopback_head(c, "200 OK", "Content-Length: 999999999999999\r\n");
    loopback_bytes(c, 0, SIZE_MAX);
}

static inline void loopback_drip(const loopback_call *c)
{
    enum { PIECE = 1024, MOST = 1000 };
    size_t at = loopback_announce(c);
    for (int i = 0; i < MOST && at < c->server->before + c->server->size; i++, at += PIECE) {
        if (!loopback_bytes(c, at, PIECE))
            return;
        loopback_pause(2);
    }
}

/* A few bytes, and then nothing until the client has had enough; ten seconds at most. */
static inline void loopback_stall(const loopback_call *c)
{
    char byte;
    const struct timeval most = {.tv_sec = 10};
    loopback_bytes(c, loopback_announce(c), 50);
    setsockopt(c->client, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    (void)!recv(c->client, &byte, 1, 0);
}

static inline void loopback_redirect(const loopback_call *c, const char *location)
{
    char extra[256];
    snprintf(extra, sizeof extra, "Location: %s\r\nContent-Length: 5\r\n", location);
    loopback_head(c, "302 Found", extra);
    loopback_send(c->client, "moved", 5);
}

static inline void loopback_moved(const loopback_call *c)
{
    loopback_redirect(c, "/good/file");
}

static inline void loopback_loop(const loopback_call *c)
{
    loopback_redirect(c, "/loop/again");
}

static inline void loopback_tofile(const loopback_call *c)
{
    loopback_redirect(c, "file:///etc/hostname");
}

static inline void loopback_nolocation(const loopback_call *c)
{
    loopback_reply(c, "302 Found", "moved");
}

static inline void loopback_busy(const loopback_call *c)
{
    loopback_head(c, "503 Service Unavailable", "Retry-After: 1\r\nContent-Length: 0\r\n");
}

static inline void loopback_limited(const loopback_call *c)
{
    loopback_head(c, "429 Too Many Requests", "Content-Length: 0\r\n");
}

static inline void loopback_later(const loopback_call *c)
{
    loopback_head(c, "429 Too Many Requests", "Retry-After: 100000\r\nContent-Length: 0\r\n");
}

static inline void loopback_broken(const loopback_call *c)
{
    loopback_reply(c, "500 Internal Server Error", "<html>Oh dear</html>");
}

static inline void loopback_gzip(const loopback_call *c)
{
    loopback_head(c, "200 OK", "Content-Encoding: gzip\r\n");
    loopback_bytes(c, 0, SIZE_MAX);
}

static inline void loopback_flood(const loopback_call *c)
{
    enum { LINES = 100000 };
    static const char status[] = "HTTP/1.1 200 OK\r\n",
                      line[] = "X-Filler: nothing of interest\r\n";
    bool good = loopback_send(c->client, status, strlen(status));
    for (int i = 0; i < LINES && good; i++)
        good = loopback_send(c->client, line, strlen(line));
    loopback_send(c->client, "\r\n", 2);
    loopback_bytes(c, 0, SIZE_MAX);
}

static inline void loopback_nonsense(const loopback_call *c)
{
    loopback_send(c->client, "\x16\x03 hello\n\n", 11);
}

static const struct loopback_way {
    const char *name;
    void (*answer)(const loopback_call *c);
} loopback_ways[] = {
    {"good", loopback_good},
    {"norange", loopback_norange},
    {"cut", loopback_cut},
    {"reset", loopback_reset},
    {"empty", loopback_empty},
    {"lengthless", loopback_lengthless},
    {"understated", loopback_understated},
    {"other", loopback_other},
    {"changed", loopback_changed},
    {"shifted", loopback_shifted},
    {"grown", loopback_grown},
    {"rangeless", loopback_rangeless},
    {"halfrange", loopback_halfrange},
    {"overfull", loopback_overfull},
    {"page", loopback_page},
    {"nothing", loopback_nothing},
    {"endless", loopback_endless},
    {"huge", loopback_huge},
    {"drip", loopback_drip},
    {"stall", loopback_stall},
    {"moved", loopback_moved},
    {"loop", loopback_loop},
    {"tofile", loopback_tofile},
    {"nolocation", loopback_nolocation},
    {"busy", loopback_busy},
    {"limited", loopback_limited},
    {"later", loopback_later},
    {"broken", loopback_broken},
    {"gzip", loopback_gzip},
    {"flood", loopback_flood},
    {"nonsense", loopback_nonsense},
    {NULL, loopback_missing},
};

/* ---- the server ---- */

static inline const char *loopback_play(loopback *s)
{
    size_t turn = s->played++, last = 0;
    while (last + 1 < LOOPBACK_SCRIPT && s->script.ways[last + 1])
        last++;
    return s->script.ways[turn < last ? turn : last];
}

static inline void loopback_answer(loopback *s, int client, const char *request)
{
    char name[32] = "";
    const char *range = strstr(request, "\r\nRange: bytes="), *condition;
    condition = strstr(request, "\r\nIf-Range: ");
    (void)sscanf(request, "GET /%31[a-z]/", name);
    loopback_call call = {.server = s, .client = client, .conditional = true};
    call.start = range ? strtoull(range + strlen("\r\nRange: bytes="), NULL, 10) : 0;
    if (condition && s->tag)
        call.conditional =
            strncmp(condition + strlen("\r\nIf-Range: "), s->tag, strlen(s->tag)) == 0;
    s->last_start = call.start;
    s->last_condition = condition != NULL;
    s->requests++;
    const char *way = strcmp(name, "play") == 0 ? loopback_play(s) : name;
    const struct loopback_way *found = loopback_ways;
    while (found->name && strcmp(found->name, way) != 0)
        found++;
    found->answer(&call);
}

/* Ends the connection in order, or with a reset where one was asked for. */
static inline void loopback_end(int client)
{
    struct linger linger = {0};
    socklen_t size = sizeof linger;
    getsockopt(client, SOL_SOCKET, SO_LINGER, &linger, &size);
    if (!linger.l_onoff)
        shutdown(client, SHUT_WR);
    close(client);
}

static inline void *loopback_run(void *argument)
{
    loopback *s = argument;
    for (;;) {
        int client = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0)
            return NULL;
        char request[4096] = "";
        size_t used = 0;
        while (used + 1 < sizeof request && !strstr(request, "\r\n\r\n")) {
            ssize_t count = recv(client, request + used, sizeof request - 1 - used, 0);
            if (count <= 0)
                break;
            used += (size_t)count;
            request[used] = '\0';
        }
        loopback_answer(s, client, request);
        loopback_end(client);
    }
}

static inline void loopback_start(loopback *s)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s->listener >= 0);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(s->listener, 8), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&address, &length), 0);
    s->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, loopback_run, s), 0);
}

static inline void loopback_stop(loopback *s)
{
    shutdown(s->listener, SHUT_RDWR); /* accept returns */
    pthread_join(s->thread, NULL);
    close(s->listener);
}

#endif
