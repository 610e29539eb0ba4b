/* What the benchmarks share: a clock, medians, the processor's measured peak and
 * a peer in another language that runs beside us. */
#ifndef LK_BENCH_SUPPORT_H
#define LK_BENCH_SUPPORT_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* Seconds; with BENCH_CLOCK=cpu in the environment, of this process' processors: for one thread
 * on a machine that does other work. */
double bench_now(void);

/* Sorts in place. */
double bench_median(double *values, size_t count);

/* What other work on the processors disturbs least. */
double bench_least(const double *values, size_t count);

/* Our time divided by the peer's, on a line that bench/run.sh shows again at the end:
 * "ratio WORK PEER VALUE". */
void bench_ratio(const char *work, const char *peer, double ratio);

/* float32 operations a second of one thread: independent fused multiply-adds on
 * the widest vectors the processor has. 0 where it is not known how. */
double bench_peak_flops(void);

/* A program that answers each line with a line. */
typedef struct bench_peer {
    pid_t process;
    FILE *to, *from;
} bench_peer;

/* Starts $PYTHON with arguments (NULL-terminated) and waits for its line "ready",
 * whose rest is copied to `greeting`. -1 when that does not come; `greeting` then is why,
 * if the peer says so ("no ..."), or empty. */
int bench_peer_start(bench_peer *peer, const char *const *arguments, char *greeting,
                     size_t greeting_size);
/* Sends a number, reads a number of seconds; negative when the peer is gone. */
double bench_peer_ask(bench_peer *peer, size_t question);
void bench_peer_stop(bench_peer *peer);

#endif
