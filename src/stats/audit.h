/* The audit's rooms: rows sorted by people, thresholds, counts of wrong pairs, findings. */
#ifndef LK_STATS_AUDIT_H
#define LK_STATS_AUDIT_H

#include <likeness/audit.h>

#include "stats/walk.h"

/* Rows in a group at least, sorted by person, and their people, numbered anew. A member is a
 * person in a group; members are sorted by person. */
typedef struct lk_audit_sorted {
    size_t n, d, people, groups, members;
    double *x;                          /* [n, d] */
    size_t *person;                     /* [n] */
    size_t *end;                        /* [people]: where a person's rows end */
    size_t *row_start, *row_member;     /* [n + 1], and the members that a row belongs to */
    size_t *member_start;               /* [people + 1]: a person's members */
    size_t *member_group;               /* [members] */
    size_t *member_rows;                /* [members] */
    size_t *member_person;              /* [members] */
    size_t *group_start, *group_member; /* [groups + 1], and the members of a group */
    bool overlap;                       /* a row is in two groups */
} lk_audit_sorted;

lk_status lk_audit_sort(lk_audit_sorted *out, const lk_audit_rows *rows,
                        lk_metric metric) LK_MUST_USE;
void lk_audit_sorted_clear(lk_audit_sorted *sorted);
/* Whether two rows are in one group. */
bool lk_audit_share_group(const lk_audit_sorted *s, size_t i, size_t j);
/* The member that is person p in group g; SIZE_MAX: there is none. */
size_t lk_audit_member(const lk_audit_sorted *s, size_t p, size_t g);

/* A level's threshold, and those of the halves that judge a pair: columns of the counts.
 * Column t < levels is level t; behind them levels + 2 t is level t's global threshold of the
 * other half, and levels + 2 t + 1 the group's own. */
typedef struct lk_audit_setting {
    size_t levels, columns; /* columns: levels, or 3 levels where there is a what-if */
    double target[LK_AUDIT_LEVELS], threshold[LK_AUDIT_LEVELS];
    bool what_if[LK_AUDIT_LEVELS];
    double least_half; /* pairs of different people in the smallest half of a group */
    double least_expected[LK_AUDIT_LEVELS];
    double global[LK_AUDIT_LEVELS][2]; /* thresholds that half 0 and half 1 set */
    double *own;                       /* [levels, groups, 2] */
    unsigned char *half;               /* [people] */
} lk_audit_setting;

/* Finds the thresholds. `walk`: rows, metric, threads, progress. Ownership: always
 * lk_audit_setting_clear. */
lk_status lk_audit_set(lk_audit_setting *out, const lk_audit_sorted *s, const lk_audit_rows *rows,
                       const lk_audit_options *options, const lk_walk *walk) LK_MUST_USE;
void lk_audit_setting_clear(lk_audit_setting *setting);

/* Places of lists of bins among those of the halves. */
static inline size_t lk_audit_half_impostor(size_t group, size_t half)
{
    return 2 * group + half;
}
static inline size_t lk_audit_half_genuine(size_t groups, size_t group, size_t half)
{
    return 2 * groups + 2 * group + half;
}
static inline size_t lk_audit_half_all(size_t groups, size_t half)
{
    return 4 * groups + half;
}
static inline size_t lk_audit_half_lists(size_t groups)
{
    return 4 * groups + 2;
}

/* Wrong pairs, by people. `wide`: with the pairs between groups. */
typedef struct lk_audit_tally {
    bool wide;
    size_t across;         /* groups that a member's counts are kept for: all, or its own */
    uint64_t *false_match; /* [members, across, levels] wrong pairs with people of a group */
    uint64_t *half_match;  /* [members, columns - levels] within the group and half */
    uint64_t *false_non;   /* [members, columns] wrong pairs of the person himself */
    double *squares;       /* [groups, across, columns, 2]: sums of k^2 and k m over pairs of
                            * people; group a before or equal b */
    uint64_t shared_pairs; /* pairs of rows that share a group, each once */
    uint64_t shared_wrong[LK_AUDIT_LEVELS];
    lk_audit_counts counts;
} lk_audit_tally;

/* Ownership: always lk_audit_tally_clear. */
lk_status lk_audit_count(lk_audit_tally *out, const lk_audit_sorted *s,
                         const lk_audit_setting *setting, const lk_walk *walk) LK_MUST_USE;
void lk_audit_tally_clear(lk_audit_tally *tally);

/* A member's wrong pairs with people of group b. */
static inline uint64_t *lk_audit_wrong(const lk_audit_tally *t, size_t levels, size_t member,
                                       size_t b)
{
    return t->false_match + (member * t->across + (t->wide ? b : 0)) * levels;
}
/* Sums of k^2 and k m of a column, a <= b. */
static inline double *lk_audit_squares(const lk_audit_tally *t, size_t columns, size_t a, size_t b,
                                       size_t column)
{
    return t->squares + ((a * t->across + (t->wide ? b : 0)) * columns + column) * 2;
}

/* What is known of the pairs of two groups (or of one) at a column of the tally. */
typedef struct lk_audit_room {
    double *pairs, *errors; /* [people] */
} lk_audit_room;

/* Of groups a and b at a level, the diagonal within a group; the arrays lie in `room`. */
lk_dyads lk_audit_dyads_of(const lk_audit_room *room, const lk_audit_sorted *s,
                           const lk_audit_setting *set, const lk_audit_tally *tally, size_t level,
                           size_t a, size_t b);
/* Of all pairs within groups at a level. */
lk_dyads lk_audit_dyads_pooled(const lk_audit_room *room, const lk_audit_sorted *s,
                               const lk_audit_setting *set, const lk_audit_tally *tally,
                               size_t level);
/* Of the pairs within either half of a group at a column behind the levels. */
lk_dyads lk_audit_dyads_of_halves(const lk_audit_room *room, const lk_audit_sorted *s,
                                  const lk_audit_setting *set, const lk_audit_tally *tally,
                                  size_t column, size_t g);
/* The pairs of one person in group g at any column. */
void lk_audit_genuine_of(lk_rate *out, const lk_audit_room *room, const lk_audit_sorted *s,
                         const lk_audit_setting *set, const lk_audit_tally *tally, size_t column,
                         size_t g);

/* How far apart the people of group g lie. */
lk_status lk_audit_spread(lk_spread *out, const lk_audit_sorted *s, size_t g) LK_MUST_USE;
/* The same of rows x[n, d], each of a person of its own. */
lk_status lk_audit_spread_of(lk_spread *out, const double *x, size_t n, size_t d) LK_MUST_USE;
/* Welch's test of two groups. */
lk_test lk_audit_welch(const lk_spread *a, const lk_spread *b);

/* What follows from a level's rates: who differs from whom. */
lk_status lk_audit_compare(lk_audit_level *level, size_t groups) LK_MUST_USE;
/* And its indices. */
lk_status lk_audit_index_all(lk_audit_level *level, size_t groups,
                             const lk_audit_options *options) LK_MUST_USE;

/* Room for what-if of so many groups, in *out. */
lk_status lk_audit_what_if_make(lk_audit_what_if *out, size_t groups) LK_MUST_USE;

/* Everything of a level that follows from the tally. */
lk_status lk_audit_find(lk_audit_level *out, size_t level, const lk_audit_sorted *s,
                        const lk_audit_setting *setting, const lk_audit_tally *tally,
                        const lk_audit_options *options) LK_MUST_USE;
void lk_audit_level_clear(lk_audit_level *level);

#endif
