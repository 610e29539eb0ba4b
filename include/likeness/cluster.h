/* likeness/cluster.h: photographs of people nobody has named, into people.
 *
 * All threads are used inside, and the result does not depend on how many there are.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_CLUSTER_H
#define LIKENESS_CLUSTER_H

#include <string.h>

#include <likeness/base.h>
#include <likeness/options.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum lk_cluster_method {
    LK_CLUSTER_WHISPERS = 0, /* chinese whispers: every face takes, time and again, the name
                              * that those near it have most of (Biemann 2006) */
    LK_CLUSTER_DBSCAN = 1    /* who is near a face with neighbours enough is of its people
                              * (Ester et al. 1996) */
} lk_cluster_method;

typedef struct lk_cluster_options {
    size_t struct_size; /* set by lk_cluster_options_init */
    lk_cluster_method method;
    double threshold;  /* Euclidean; faces below it are near each other; default 0.9 */
    size_t neighbours; /* DBSCAN: enough, the face itself among them; default 3 */
    size_t rounds;     /* chinese whispers: at most so many; default 30 */
    uint64_t seed;     /* of the order in which faces are asked; default 0 */
} lk_cluster_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_cluster_options_table(void);
static inline void lk_cluster_options_init(lk_cluster_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_cluster_options_table(), options);
}

/* What somebody knows of two rows. */
typedef struct lk_cluster_link {
    size_t a, b;
    bool same; /* one person; false: two */
} lk_cluster_link;

/* Groups the rows of x[n, d]: group[n] from 0, in the order of each group's first row;
 * *groups (NULL: not wanted) is how many there are. A row that is near nobody is a group by
 * itself. What the links say holds in the result. `options` NULL: the defaults. Exact: all
 * pairs nearer than the threshold count, and no other. Memory: 12 bytes a near pair.
 * Errors: LK_ERROR_ARGUMENT (a link out of range, links that contradict each other),
 * LK_ERROR_NUMBER, LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_cluster(size_t *group, size_t *groups, const float *x, size_t n,
                                        size_t d, const lk_cluster_options *options,
                                        const lk_cluster_link *links, size_t link_count);

#ifdef __cplusplus
}
#endif

#endif
