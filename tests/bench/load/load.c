/* Traders in one thread: each has a keep-alive connection for orders and a WebSocket that reads its account's events.

   load HOST PORT SECONDS MODE < one access token a line. MODE:
     post     POST a market order, wait for its answer and for `order:filled` on the trader's socket
     socket   the same with `order.create` on the socket itself
     resting  POST a limit order that rests, PATCH its quantity, DELETE it; each of them a command

   One line of JSON on standard output: what was measured after WARM_UP_S, latencies in milliseconds. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 1 << 20, TRADERS = 4096, SAMPLES = 1 << 22, ACK_EVERY = 20 };
enum mode { POST, SOCKET, RESTING };
static const double WARM_UP_S = 0.5;

typedef struct {
    int http, ws, step, answered, filled, number;
    long seq;
    double began;
    char token[2048], id[80];
    char *in, *events;
    size_t in_size, events_size;
} trader;

static enum mode mode;
static trader *traders;
static int count, poller;
static char host[64];
static struct sockaddr_in address;
static float *latencies;
static size_t measured;
static long all, errors;
static double start;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void fail(const char *why, const char *what) {
    fprintf(stderr, "load: %s: %.300s\n", why, what);
    exit(1);
}

static int connected(void) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) fail("no connection", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static void put(int fd, const char *data, size_t size) {
    while (size) {
        ssize_t wrote = write(fd, data, size);
        if (wrote < 0 && errno != EAGAIN) fail("write", strerror(errno));
        if (wrote > 0) data += wrote, size -= wrote;
    }
}

/* ---------------------------------------------------------------- what a trader says */

static void request(trader *one, const char *method, const char *path, const char *body) {
    char text[4096];
    int size = snprintf(text, sizeof text,
                        "%s /api/v1/orders%s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n"
                        "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                        method, path, host, one->token, strlen(body), body);
    put(one->http, text, size);
}

static void say(trader *one, const char *form, ...) {
    char text[1024];
    unsigned char frame[1100];
    va_list arguments;
    va_start(arguments, form);
    int size = vsnprintf(text, sizeof text, form, arguments), head = 2;
    va_end(arguments);
    frame[0] = 0x81;
    if (size < 126) frame[1] = 0x80 | size;
    else frame[1] = 0x80 | 126, frame[2] = size >> 8, frame[3] = size & 255, head = 4;
    memset(frame + head, 0, 4); /* masked by nothing */
    memcpy(frame + head + 4, text, size);
    put(one->ws, (char *)frame, head + 4 + size);
}

static void next(trader *one) {
    char body[512], path[100];
    const char *side = ++one->number % 2 ? "buy" : "sell";
    one->answered = one->filled = 0;
    if (one->number % ACK_EVERY == 0 && one->seq)
        say(one, "{\"op\":\"ack\",\"channel\":\"trading\",\"seq\":%ld}", one->seq);
    one->began = now();
    if (mode == RESTING) {
        snprintf(path, sizeof path, "/%s", one->id);
        one->filled = 1;
        if (one->step == 0) {
            int price = 40000 - one->number % 500;
            snprintf(body, sizeof body,
                     "{\"symbol\":\"BTC/USD\",\"side\":\"buy\",\"type\":\"limit\",\"quantity\":\"0.002\",\"price\":\"%d.00\"}", price);
            request(one, "POST", "", body);
        } else if (one->step == 1) request(one, "PATCH", path, "{\"quantity\":\"0.001\"}");
        else request(one, "DELETE", path, "");
        return;
    }
    snprintf(body, sizeof body, "{\"symbol\":\"BTC/USD\",\"side\":\"%s\",\"type\":\"market\",\"quantity\":\"0.001\"}", side);
    if (mode == POST) request(one, "POST", "", body);
    else say(one, "{\"op\":\"order.create\",\"id\":%d,\"data\":%s}", one->number, body);
}

static void maybe_done(trader *one) {
    if (!one->answered || !one->filled) return;
    double t = now();
    all++;
    if (t - start >= WARM_UP_S && measured < SAMPLES) latencies[measured++] = (float)((t - one->began) * 1e3);
    one->step = (one->step + 1) % 3;
    next(one);
}

/* ---------------------------------------------------------------- what a trader hears */

static void read_answer(trader *one) {
    ssize_t got = read(one->http, one->in + one->in_size, BUFFER - 1 - one->in_size);
    if (got <= 0) fail("the server closed a connection", one->token);
    one->in_size += got;
    one->in[one->in_size] = 0;
    char *end = strstr(one->in, "\r\n\r\n"), *length = strcasestr(one->in, "content-length:");
    if (!end || !length) return;
    if (one->in_size < (size_t)(end + 4 - one->in) + strtoul(length + 15, 0, 10)) return;
    if (one->in[9] != '2') {
        if (!errors++) fprintf(stderr, "load: refused: %.300s\n", one->in);
    }
    char *id = strstr(end, "\"id\":\"");
    if (id && one->step == 0) sscanf(id + 6, "%79[^\"]", one->id);
    one->in_size = 0;
    one->answered = 1;
    maybe_done(one);
}

static void hear(trader *one, char *text, size_t size) {
    char kept = text[size];
    text[size] = 0;
    if (!strncmp(text, "{\"event\":", 9)) {
        char *seq = strstr(text, "\"seq\":");
        if (seq && seq - text < 200) one->seq = strtol(seq + 6, 0, 10);
        if (!strncmp(text + 9, "\"order:filled\"", 14) && mode != RESTING) one->filled = 1;
    } else if (mode == SOCKET && !strncmp(text, "{\"op\":\"result\"", 14)) one->answered = 1;
    else if (!strncmp(text, "{\"op\":\"error\"", 13)) {
        if (!errors++) fprintf(stderr, "load: refused: %.300s\n", text);
        one->answered = one->filled = 1;
    }
    text[size] = kept;
}

static void read_events(trader *one) {
    ssize_t got = read(one->ws, one->events + one->events_size, BUFFER - 1 - one->events_size);
    if (got <= 0) fail("the server closed a socket", one->token);
    one->events_size += got;
    size_t at = 0;
    for (;;) {
        unsigned char *frame = (unsigned char *)one->events + at;
        size_t left = one->events_size - at, head = 2, size;
        if (left < 2) break;
        size = frame[1];
        if (size == 126) {
            if (left < 4) break;
            size = frame[2] << 8 | frame[3], head = 4;
        } else if (size == 127) {
            if (left < 10) break;
            size = 0, head = 10;
            for (int i = 2; i < 10; i++) size = size << 8 | frame[i];
        }
        if (left < head + size) break;
        if ((frame[0] & 15) == 8) fail("the server closed a socket", one->events + at + head + 2);
        hear(one, one->events + at + head, size);
        at += head + size;
    }
    memmove(one->events, one->events + at, one->events_size -= at);
    maybe_done(one);
}

/* ---------------------------------------------------------------- from the handshake to the figures */

static void open_trader(trader *one) {
    char text[4096], answer[4096];
    size_t size = 0;
    one->in = malloc(BUFFER), one->events = malloc(BUFFER);
    one->http = connected(), one->ws = connected();
    int length = snprintf(text, sizeof text,
                          "GET /ws HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                          "Authorization: Bearer %s\r\n\r\n",
                          host, one->token);
    put(one->ws, text, length);
    do {
        ssize_t got = read(one->ws, answer + size, 1);
        if (got <= 0) fail("no handshake", one->token);
        answer[++size] = 0;
    } while (!strstr(answer, "\r\n\r\n"));
    if (strncmp(answer + 9, "101", 3)) fail("no handshake", answer);
    say(one, "{\"op\":\"subscribe\",\"id\":1,\"channel\":\"trading\"}");
}

static void watch(trader *one, int fd, int is_socket) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)(one - traders) << 1 | is_socket};
    fcntl(fd, F_SETFL, O_NONBLOCK);
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
}

static int by_size(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void report(double seconds) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    double cpu = used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
    qsort(latencies, measured, sizeof *latencies, by_size);
    printf("{\"measured\":%zu,\"all\":%ld,\"errors\":%ld,\"seconds\":%.3f,\"p50\":%.3f,\"p99\":%.3f,\"cpu\":%.2f}\n", measured,
           all, errors, seconds, measured ? latencies[measured / 2] : 0, measured ? latencies[measured * 99 / 100] : 0, cpu);
}

int main(int argc, char **argv) {
    if (argc != 5) fail("usage", "load HOST PORT SECONDS post|socket|resting");
    double seconds = atof(argv[3]);
    mode = !strcmp(argv[4], "post") ? POST : !strcmp(argv[4], "socket") ? SOCKET : RESTING;
    snprintf(host, sizeof host, "%s:%s", argv[1], argv[2]);
    address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
    inet_pton(AF_INET, argv[1], &address.sin_addr);
    traders = calloc(TRADERS, sizeof *traders), latencies = malloc(SAMPLES * sizeof *latencies);
    poller = epoll_create1(0);
    while (count < TRADERS && scanf("%2047s", traders[count].token) == 1) open_trader(&traders[count++]);
    for (int i = 0; i < count; i++) watch(&traders[i], traders[i].http, 0), watch(&traders[i], traders[i].ws, 1);
    start = now();
    for (int i = 0; i < count; i++) next(&traders[i]);
    double until = start + WARM_UP_S + seconds;
    while (now() < until) {
        struct epoll_event events[256];
        int ready = epoll_wait(poller, events, 256, 100);
        for (int i = 0; i < ready; i++) {
            trader *one = &traders[events[i].data.u64 >> 1];
            events[i].data.u64 & 1 ? read_events(one) : read_answer(one);
        }
    }
    report(now() - start - WARM_UP_S);
    return errors != 0;
}
