/* All pairs of rows, a block of distances at a time: what looks at them (the visitor) is
 * handed 64 x 64 or so and keeps what it needs, so that no memory grows with the pairs.
 *
 * Rows are dealt out in units, which one thread takes from beginning to end. Units and the
 * order of their blocks depend on the rows alone. So a result does not depend on the number of
 * threads where a visitor adds whole numbers in room of each thread's own ([threads], summed
 * at the end), or adds others in room of each row's or unit's own. */
#ifndef LK_STATS_WALK_H
#define LK_STATS_WALK_H

#include <likeness/stats.h>

/* Rows and columns of a block, at most; a unit ends as soon as it has so many rows. */
enum { LK_WALK_SIDE = 64 };

/* A block of distances: of rows [row, row + rows) from rows [column, column + columns). */
typedef struct lk_walk_block {
    const double *distance; /* [rows, columns] */
    size_t row, rows, column, columns;
    size_t thread; /* below lk_walk.threads */
    size_t unit;   /* which unit, from 0 */
} lk_walk_block;

/* Looks at a block; called by several threads at once, each with a number of its own. Of row
 * i of the block (from 0) only distances [i][lk_walk_first(block, i)...] count where the walk
 * is among one set of rows: those before are of pairs (j, i) with i < j, seen elsewhere. */
typedef void lk_walk_visit(void *user, const lk_walk_block *block);
/* After a unit's last block, by the same thread: it held rows [row, end). */
typedef void lk_walk_leave(void *user, size_t thread, size_t unit, size_t row, size_t end);

typedef struct lk_walk {
    const char *what; /* for the errors and for `progress`: "verification" */
    const double *x;  /* [n, d] */
    size_t n, d;
    const double *y; /* [m, d]: rows of x against rows of y, all of them; NULL: among x, each
                      * pair once */
    size_t m;
    lk_metric metric;
    const size_t *ends; /* [end_count], rising, the last is n: units end there only, so that
                         * rows of one person stay together. NULL: anywhere */
    size_t end_count;
    size_t threads; /* as many as there are rooms for: lk_walk_threads() */
    lk_walk_visit *visit;
    lk_walk_leave *leave; /* NULL: not wanted */
    void *user;
    lk_progress_fn progress; /* counts pairs; NULL: none */
    void *progress_user;
} lk_walk;

/* How many threads a walk will use at most. */
size_t lk_walk_threads(void);

/* How many units there will be. */
size_t lk_walk_units(const lk_walk *walk);

/* Walks. Errors: LK_ERROR_ARGUMENT, LK_ERROR_NUMBER, LK_ERROR_MEMORY, LK_ERROR_CANCELLED (the
 * visitor has seen a part). Memory: a copy of the rows where d is no multiple of 8 or for
 * cosines, and 32 KB a thread. */
lk_status lk_walk_pairs(const lk_walk *walk) LK_MUST_USE;

/* The first column of a block's row that is a pair not seen elsewhere. */
static inline size_t lk_walk_first(const lk_walk_block *block, size_t i)
{
    size_t row = block->row + i;
    if (row < block->column)
        return 0;
    return row + 1 - block->column < block->columns ? row + 1 - block->column : block->columns;
}

#endif
