/* A tiny HTTP server on the loopback interface, in a thread, which serves one
 * body and misbehaves as its path says:
 *
 *   /good/...     the body; a Range request gets the rest
 *   /norange/...  the whole body, whatever the request says
 *   /cut/...      half of what it announces, then the connection ends
 *   /other/...    as many other bytes
 *   /page/...     an HTML page
 *   anything else 404
 */
#ifndef LK_TESTS_LOOPBACK_H
#define LK_TESTS_LOOPBACK_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "support.h"

typedef struct loopback {
    int listener;
    unsigned port;
    pthread_t thread;
    const unsigned char *body;
    size_t size;
    atomic_size_t last_start; /* where the last Range began */
    atomic_size_t requests;
} loopback;

static inline void loopback_send(int client, const void *data, size_t size)
{
    const char *bytes = data;
    while (size) {
        ssize_t sent = send(client, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        bytes += sent;
        size -= (size_t)sent;
    }
}

static inline void loopback_reply(int client, const char *status, const char *extra,
                                  const void *body, size_t announced, size_t sent)
{
    char head[512];
    snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%sConnection: close\r\n\r\n",
             status, announced, extra);
    loopback_send(client, head, strlen(head));
    loopback_send(client, body, sent);
}

static inline void loopback_body(loopback *server, int client, size_t start)
{
    char range[128] = "";
    if (start >= server->size && start > 0) {
        loopback_reply(client, "416 Range Not Satisfiable", "", "", 0, 0);
        return;
    }
    if (start)
        snprintf(range, sizeof range, "Content-Range: bytes %zu-%zu/%zu\r\n", start,
                 server->size - 1, server->size);
    loopback_reply(client, start ? "206 Partial Content" : "200 OK", range, server->body + start,
                   server->size - start, server->size - start);
}

static inline void loopback_answer(loopback *server, int client, const char *request)
{
    static const char PAGE[] = "<html>Please log in</html>";
    const char *range = strstr(request, "Range: bytes=");
    size_t start = range ? strtoull(range + strlen("Range: bytes="), NULL, 10) : 0;
    server->last_start = start;
    server->requests++;
    if (strncmp(request, "GET /good/", 10) == 0) {
        loopback_body(server, client, start);
    } else if (strncmp(request, "GET /norange/", 13) == 0) {
        loopback_body(server, client, 0);
    } else if (strncmp(request, "GET /cut/", 9) == 0) {
        loopback_reply(client, "200 OK", "", server->body, server->size, server->size / 2);
    } else if (strncmp(request, "GET /other/", 11) == 0) {
        unsigned char *other = malloc(server->size);
        memcpy(other, server->body, server->size);
        other[server->size / 2] ^= 1;
        loopback_reply(client, "200 OK", "", other, server->size, server->size);
        free(other);
    } else if (strncmp(request, "GET /page/", 10) == 0) {
        loopback_reply(client, "200 OK", "", PAGE, sizeof PAGE - 1, sizeof PAGE - 1);
    } else {
        loopback_reply(client, "404 Not Found", "", "", 0, 0);
    }
}

static inline void *loopback_run(void *argument)
{
    loopback *server = argument;
    for (;;) {
        int client = accept(server->listener, NULL, NULL);
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
        loopback_answer(server, client, request);
        shutdown(client, SHUT_WR);
        close(client);
    }
}

static inline void loopback_start(loopback *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(server->listener >= 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server->listener, 8), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &length), 0);
    server->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&server->thread, NULL, loopback_run, server), 0);
}

static inline void loopback_stop(loopback *server)
{
    shutdown(server->listener, SHUT_RDWR); /* accept returns */
    pthread_join(server->thread, NULL);
    close(server->listener);
}

#endif
