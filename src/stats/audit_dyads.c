/* From the tally to dyads: what people have in common with people. How many pairs they make
 * (m_ij) follows from their numbers of photographs alone. */
#include "stats/audit.h"

static double rows_of(const lk_audit_sorted *s, size_t member)
{
    return member == SIZE_MAX ? 0 : (double)s->member_rows[member];
}

/* ---- sums over photographs ---- */

/* Over the people of a group, n photographs each. */
typedef struct powers {
    double first, second, fourth;
} powers;

static powers dyads_powers(const lk_audit_sorted *s, const unsigned char *half, int which, size_t g)
{
    powers sum = {0};
    for (size_t k = s->group_start[g]; k < s->group_start[g + 1]; k++) {
        size_t m = s->group_member[k];
        double n = (double)s->member_rows[m];
        if (half && half[s->member_person[m]] != which)
            continue;
        sum.first += n;
        sum.second += n * n;
        sum.fourth += n * n * n * n;
    }
    return sum;
}

/* The pairs within one group, or within a half of it. */
static void add_pairs_within(lk_dyads *d, powers sum)
{
    d->pairs += (sum.first * sum.first - sum.second) / 2;
    d->pairs_squared += (sum.second * sum.second - sum.fourth) / 2;
}

/* ---- within a group ---- */

static lk_dyads dyads_within(const lk_audit_room *room, const lk_audit_sorted *s,
                             const lk_audit_setting *set, const lk_audit_tally *tally, size_t level,
                             size_t g)
{
    powers sum = dyads_powers(s, NULL, 0, g);
    const double *squares = lk_audit_squares(tally, set->columns, g, g, level);
    lk_dyads d = {.errors_squared = squares[0],
                  .product = squares[1],
                  .person_pairs = room->pairs,
                  .person_errors = room->errors};
    add_pairs_within(&d, sum);
    for (size_t k = s->group_start[g]; k < s->group_start[g + 1]; k++) {
        size_t m = s->group_member[k];
        double n = (double)s->member_rows[m];
        room->pairs[d.count] = n * (sum.first - n);
        room->errors[d.count] = (double)lk_audit_wrong(tally, set->levels, m, g)[level];
        d.errors += room->errors[d.count++] / 2;
    }
    d.people[0] = d.count;
    return d;
}

/* ---- between groups ---- */

/* Adds a person who is in at least one of the groups. */
static void add_person_between(lk_dyads *d, const lk_audit_room *room, size_t a, size_t b,
                               const double *errors, const double *rows, const powers *sums)
{
    room->pairs[d->count] =
        rows[0] * (sums[1].first - rows[1]) + rows[1] * (sums[0].first - rows[0]);
    room->errors[d->count] = errors[0] + errors[1];
    d->people[0] += a != SIZE_MAX;
    d->people[1] += b != SIZE_MAX;
    d->errors += room->errors[d->count++] / 2;
}

static lk_dyads dyads_between(const lk_audit_room *room, const lk_audit_sorted *s,
                              const lk_audit_setting *set, const lk_audit_tally *tally,
                              size_t level, const size_t *groups)
{
    const powers sums[2] = {dyads_powers(s, NULL, 0, groups[0]),
                            dyads_powers(s, NULL, 0, groups[1])};
    const double *squares = lk_audit_squares(tally, set->columns, groups[0], groups[1], level);
    lk_dyads d = {.errors_squared = squares[0],
                  .product = squares[1],
                  .person_pairs = room->pairs,
                  .person_errors = room->errors};
    double both = 0, both_squared = 0;
    for (int side = 0; side < 2; side++)
        for (size_t k = s->group_start[groups[side]]; k < s->group_start[groups[side] + 1]; k++) {
            size_t p = s->member_person[s->group_member[k]], member[2];
            double errors[2] = {0}, rows[2];
            for (int i = 0; i < 2; i++) {
                member[i] = lk_audit_member(s, p, groups[i]);
                rows[i] = rows_of(s, member[i]);
                if (member[i] != SIZE_MAX)
                    errors[i] =
                        (double)lk_audit_wrong(tally, set->levels, member[i], groups[1 - i])[level];
            }
            if (side == 1 && member[0] != SIZE_MAX)
                continue; /* seen with the first group */
            both += rows[0] * rows[1];
            both_squared += rows[0] * rows[0] * rows[1] * rows[1];
            add_person_between(&d, room, member[0], member[1], errors, rows, sums);
        }
    d.pairs = sums[0].first * sums[1].first - both;
    d.pairs_squared = sums[0].second * sums[1].second + both * both - 2 * both_squared;
    return d;
}

lk_dyads lk_audit_dyads_of(const lk_audit_room *room, const lk_audit_sorted *s,
                           const lk_audit_setting *set, const lk_audit_tally *tally, size_t level,
                           size_t a, size_t b)
{
    const size_t groups[] = {a < b ? a : b, a < b ? b : a};
    return a == b ? dyads_within(room, s, set, tally, level, a)
                  : dyads_between(room, s, set, tally, level, groups);
}

/* ---- of all groups, and of halves ---- */

/* Where rows are in several groups, the sums count a pair once for each that it shares, and
 * what is wanted counts it once: the sums are scaled to that. */
static void scale_to(lk_dyads *d, const lk_audit_room *room, double pairs, double errors)
{
    double more = d->pairs > 0 ? pairs / d->pairs : 1,
           wrong = d->errors > 0 ? errors / d->errors : 1;
    for (size_t i = 0; i < d->count; i++) {
        room->pairs[i] *= more;
        room->errors[i] *= wrong;
    }
    d->pairs = pairs;
    d->errors = errors;
    d->pairs_squared *= more * more;
    d->errors_squared *= wrong * wrong;
    d->product *= more * wrong;
}

lk_dyads lk_audit_dyads_pooled(const lk_audit_room *room, const lk_audit_sorted *s,
                               const lk_audit_setting *set, const lk_audit_tally *tally,
                               size_t level)
{
    lk_dyads d = {.people = {s->people, 0},
                  .count = s->people,
                  .person_pairs = room->pairs,
                  .person_errors = room->errors};
    for (size_t p = 0; p < s->people; p++)
        room->pairs[p] = room->errors[p] = 0;
    for (size_t g = 0; g < s->groups; g++) {
        powers sum = dyads_powers(s, NULL, 0, g);
        const double *squares = lk_audit_squares(tally, set->columns, g, g, level);
        add_pairs_within(&d, sum);
        d.errors_squared += squares[0];
        d.product += squares[1];
        for (size_t k = s->group_start[g]; k < s->group_start[g + 1]; k++) {
            size_t m = s->group_member[k], p = s->member_person[m];
            double n = (double)s->member_rows[m];
            double wrong = (double)lk_audit_wrong(tally, set->levels, m, g)[level];
            room->pairs[p] += n * (sum.first - n);
            room->errors[p] += wrong;
            d.errors += wrong / 2;
        }
    }
    if (s->overlap)
        scale_to(&d, room, (double)tally->shared_pairs, (double)tally->shared_wrong[level]);
    return d;
}

lk_dyads lk_audit_dyads_of_halves(const lk_audit_room *room, const lk_audit_sorted *s,
                                  const lk_audit_setting *set, const lk_audit_tally *tally,
                                  size_t column, size_t g)
{
    const powers sums[2] = {dyads_powers(s, set->half, 0, g), dyads_powers(s, set->half, 1, g)};
    const double *squares = lk_audit_squares(tally, set->columns, g, g, column);
    size_t more = set->columns - set->levels;
    lk_dyads d = {.errors_squared = squares[0],
                  .product = squares[1],
                  .person_pairs = room->pairs,
                  .person_errors = room->errors};
    add_pairs_within(&d, sums[0]);
    add_pairs_within(&d, sums[1]);
    for (size_t k = s->group_start[g]; k < s->group_start[g + 1]; k++) {
        size_t m = s->group_member[k];
        double n = (double)s->member_rows[m];
        room->pairs[d.count] = n * (sums[set->half[s->member_person[m]]].first - n);
        room->errors[d.count] = (double)tally->half_match[m * more + column - set->levels];
        d.errors += room->errors[d.count++] / 2;
    }
    d.people[0] = d.count;
    return d;
}

void lk_audit_genuine_of(lk_rate *out, const lk_audit_room *room, const lk_audit_sorted *s,
                         const lk_audit_setting *set, const lk_audit_tally *tally, size_t column,
                         size_t g)
{
    size_t count = 0;
    for (size_t k = s->group_start[g]; k < s->group_start[g + 1]; k++) {
        size_t m = s->group_member[k];
        double n = (double)s->member_rows[m];
        room->pairs[count] = n * (n - 1) / 2;
        room->errors[count++] = (double)tally->false_non[m * set->columns + column];
    }
    lk_rate_of_people(out, room->pairs, room->errors, count);
}
