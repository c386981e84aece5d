/* The floor: what a fan-out costs on this machine in plain C, to hold our own figures against.

   PAIRS sender processes with CONNECTIONS each write one frame of LENGTH bytes to every connection by send(); as many
   receivers read by epoll and recv(). All over loopback TCP, TCP_NODELAY, no WebSocket, no plan, no parsing.
   Connects in PORTIONS equal parts, one where nothing is said. Says "ready" after each, and awaits a line of standard
   input before the next: others may connect meanwhile. Then each line is a round, answered by one JSON line: times are
   seconds from the word "go", which is `start_ns` of the monotonic clock, CPU times microseconds a delivery. ORDER is
   how each sender goes through its connections: as they connected, or shuffled, which is what a dispatch by urgency
   looks like to the processor's caches.

   With LISTENER, the number of a descriptor that listens already, there are senders alone, which share it: each accepts
   CONNECTIONS from whoever comes, and who receives is not told of.

   cc -O2 -o floor floor.c && yes | head -5 | ./floor PAIRS CONNECTIONS LENGTH connected [PORTIONS [LISTENER]] */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { PER_SOURCE = 10000, EVENTS = 1024, PATIENCE_S = 60 };

typedef struct {
    _Atomic long ready, sent, received, last_sent, last_received, send_cpu, send_system, receive_cpu, receive_system;
    _Atomic int step, port[4096];
} Shared;

/* Of a process, and the kernel's part of that. */
typedef struct {
    long all, system;
} Cpu;

static Shared *shared;
static long pairs, processes, connections, length, portions = 1;
static int shuffled, given = -1;

static void die(const char *what) {
    perror(what);
    kill(0, SIGTERM);
    _exit(1);
}

static long now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000L + t.tv_nsec;
}

static long micros(struct timeval t) {
    return t.tv_sec * 1000000L + t.tv_usec;
}

static Cpu cpu_us(void) {
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (Cpu){micros(r.ru_utime) + micros(r.ru_stime), micros(r.ru_stime)};
}

static void count_since(Cpu before, _Atomic long *all, _Atomic long *system) {
    Cpu now = cpu_us();
    *all += now.all - before.all, *system += now.system - before.system;
}

static void at_least(_Atomic long *what, long value) {
    long old = *what;
    while (value > old && !atomic_compare_exchange_weak(what, &old, value)) { }
}

/* The steps: each portion is one, and then each round. Asleep until this one: a bench has this running beside others,
   whose time a poll would take. */
static void await_step(int step) {
    for (int seen; (seen = shared->step) < step;) syscall(SYS_futex, &shared->step, FUTEX_WAIT, seen, 0, 0, 0);
}

static void begin_step(int step) {
    shared->step = step;
    syscall(SYS_futex, &shared->step, FUTEX_WAKE, INT_MAX, 0, 0, 0);
}

static long first_of(int portion) {
    return connections * portion / portions;
}

static int listen_on_loopback(int pair) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (void *)&address, size) || listen(listener, 4096)) die("listen");
    getsockname(listener, (void *)&address, &size);
    shared->port[pair] = ntohs(address.sin_port);
    return listener;
}

static int accept_from(int listener) {
    int fd = accept4(listener, 0, 0, SOCK_NONBLOCK), one = 1;
    if (fd < 0) die("accept");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    /* Or the kernel would go on with its farewells to receivers that are no sockets, and no more there. */
    if (given >= 0) setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    return fd;
}

static void sender(int pair) {
    int listener = given >= 0 ? given : listen_on_loopback(pair), *held = calloc(connections, sizeof *held), step = 0;
    char *frame = calloc(1, length);
    for (; step < portions; step++) {
        await_step(step);
        for (long i = first_of(step); i < first_of(step + 1); i++) {
            int fd = accept_from(listener);
            long j = shuffled ? random() % (i + 1) : i;
            held[i] = held[j], held[j] = fd;
        }
        shared->ready++;
    }
    for (;; step++) {
        await_step(step);
        Cpu before = cpu_us();
        for (long i = 0; i < connections; i++)
            if (send(held[i], frame, length, MSG_DONTWAIT | MSG_NOSIGNAL) != length) die("send");
        count_since(before, &shared->send_cpu, &shared->send_system);
        at_least(&shared->last_sent, now_ns());
        shared->sent += connections;
    }
}

static int connect_to(int pair, long i) {
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in source = {.sin_family = AF_INET}, target = source;
    source.sin_addr.s_addr = htonl(0x7f0a0001 + (pair << 8) + i / PER_SOURCE);
    target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    target.sin_port = htons(shared->port[pair]);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    if (bind(fd, (void *)&source, sizeof source) || connect(fd, (void *)&target, sizeof target)) die("connect");
    return fd;
}

static void receiver(int pair) {
    int epoll = epoll_create1(0), step = 0;
    while (!shared->port[pair]) usleep(100);
    for (; step < portions; step++) {
        await_step(step);
        for (long i = first_of(step); i < first_of(step + 1); i++) {
            struct epoll_event event = {.events = EPOLLIN, .data.fd = connect_to(pair, i)};
            epoll_ctl(epoll, EPOLL_CTL_ADD, event.data.fd, &event);
        }
        shared->ready++;
    }
    static struct epoll_event events[EVENTS];
    static char buffer[65536];
    for (;; step++) {
        await_step(step);
        Cpu before = cpu_us();
        for (long got = 0; got < connections * length;) {
            int count = epoll_wait(epoll, events, EVENTS, -1);
            for (int j = 0; j < count; j++) {
                long read = recv(events[j].data.fd, buffer, sizeof buffer, MSG_DONTWAIT);
                if (read > 0) got += read;
                else if (!read || errno != EAGAIN) die("recv");
            }
        }
        count_since(before, &shared->receive_cpu, &shared->receive_system);
        at_least(&shared->last_received, now_ns());
        shared->received += connections;
    }
}

static void connect_portion(int step) {
    begin_step(step);
    while (shared->ready < processes * (step + 1)) usleep(1000);
    puts("ready");
}

static void play_round(int step) {
    double all = (double)pairs * connections;
    shared->sent = shared->received = shared->send_cpu = shared->receive_cpu = 0;
    shared->send_system = shared->receive_system = 0;
    shared->last_sent = shared->last_received = 0;
    long start = now_ns();
    begin_step(step);
    while (shared->sent < all || (given < 0 && shared->received < all)) {
        usleep(500);
        if (now_ns() - start > PATIENCE_S * 1000000000L) {
            fprintf(stderr, "floor: gave up\n");
            kill(0, SIGTERM);
            _exit(1);
        }
    }
    printf("{\"connections\":%.0f,\"length\":%ld,\"start_ns\":%ld,\"sent_s\":%.4f,\"send_us\":%.3f", all, length, start,
           (shared->last_sent - start) / 1e9, shared->send_cpu / all);
    printf(",\"send_system_us\":%.3f", shared->send_system / all);
    if (given < 0)
        printf(",\"received_s\":%.4f,\"receive_us\":%.3f,\"receive_system_us\":%.3f",
               (shared->last_received - start) / 1e9, shared->receive_cpu / all, shared->receive_system / all);
    puts("}");
}

int main(int count, char **arguments) {
    if (count > 5) portions = atol(arguments[5]);
    if (count > 6) given = atoi(arguments[6]);
    if (count < 5 || count > 7 || portions < 1)
        return fprintf(stderr, "usage: floor PAIRS CONNECTIONS LENGTH connected|shuffled [PORTIONS [LISTENER]]\n"), 2;
    /* Of the open file, so whoever handed it over finds it so too. */
    if (given >= 0 && fcntl(given, F_SETFL, fcntl(given, F_GETFL) & ~O_NONBLOCK)) die("LISTENER");
    pairs = atol(arguments[1]), connections = atol(arguments[2]), length = atol(arguments[3]);
    shuffled = !strcmp(arguments[4], "shuffled");
    shared = mmap(0, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    setpgid(0, 0);
    processes = given < 0 ? 2 * pairs : pairs;
    for (int i = 0; i < processes; i++)
        if (!fork()) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (i < pairs) sender(i);
            else receiver(i - pairs);
            _exit(0);
        }
    char line[64];
    for (int step = 0; !step || fgets(line, sizeof line, stdin); step++) {
        if (step < portions) connect_portion(step);
        else play_round(step);
        fflush(stdout);
    }
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    return 0;
}
