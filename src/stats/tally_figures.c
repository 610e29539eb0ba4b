/* Figures and intervals from a tally.
 *
 * Every figure is a function of means over same pairs and over different pairs. What a person
 * adds to it is what it would lose if the person were taken out: her same pairs' part, plus
 * that of all different pairs she is in. The sum of its squares is the jackknife's variance; S2,
 * what pairs of people add by themselves, is added once more, which makes it as wide as a bootstrap
 * of people. The interval is on the scale of the logit, so that it stays within 0 and 1, with
 * Student's t of the people that have same pairs. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "stats/special.h"
#include "stats/tally.h"

/* A tally with what follows for each person. same_left, different_left: what would be left of
 * the pairs, on average, if a person were taken out. */
typedef struct figures {
    const lk_tally *t;
    const lk_roc *curve;
    const lk_roc_point *points;
    size_t point_count;
    double same_pairs, different_pairs, level;
    double same_left, different_left;
    size_t owners;     /* people with same pairs */
    double *own;       /* [people]: their same pairs */
    double *kept;      /* [people]: of these, what is asked of them */
    double *influence; /* [people] */
} figures;

/* ---- variance ---- */

/* sum (value - mean pairs)^2 over pairs of people. */
static double squares_about(const figures *f, const lk_tally_squares *sums, double mean)
{
    double pairs = f->t->unit[0].pairs_square;
    return fmax(0, sums->square - 2 * mean * sums->product + mean * mean * pairs);
}

static double variance_of(const figures *f, double own)
{
    double people = (double)f->t->people, sum = 0;
    for (size_t i = 0; i < f->t->people; i++)
        sum += f->influence[i] * f->influence[i];
    return sum * (people - 1) / people + own;
}

/* ---- intervals ---- */

static double expit(double x)
{
    return 1 / (1 + exp(-x));
}

/* Where a share is 0 or 1 nobody is known to differ: n people would all be alike with chance
 * 1 - level where the share is beyond the bound. */
static void set_bound(lk_estimate *out, const figures *f)
{
    double bound = pow(1 - f->level, 1 / (double)f->owners);
    if (out->mean == 1)
        *out = (lk_estimate){1, bound, 1};
    else if (out->mean == 0)
        *out = (lk_estimate){0, 0, 1 - bound};
}

static void set_interval(lk_estimate *out, const figures *f, double variance)
{
    double spread = out->mean * (1 - out->mean);
    if (f->owners < 2)
        return;
    if (!(spread > 0)) {
        set_bound(out, f);
        return;
    }
    if (!(variance > 0))
        return;
    double centre = log(out->mean / (1 - out->mean));
    double half = lk_t_two_sided(f->level, (double)f->owners - 1) * sqrt(variance) / spread;
    out->low = expit(centre - half);
    out->high = expit(centre + half);
}

/* ---- the area ---- */

/* kept[i]: over person i's same pairs the share of different pairs that are further, of equally
 * far ones half; *wrong: the people of whom not all are. */
static void place_same(const figures *f, size_t *wrong)
{
    const lk_tally *t = f->t;
    double nearer = 0, tied = 0;
    for (size_t i = 0; i < t->people; i++)
        f->kept[i] = 0;
    for (size_t s = 0; s < t->same_count; s++) {
        nearer += (double)t->between[s];
        if (s == 0 || t->same[s].distance != t->same[s - 1].distance) {
            nearer += tied;
            tied = (double)t->tied[s];
        }
        f->kept[t->same[s].person] += 1 - (nearer + tied / 2) / f->different_pairs;
    }
    *wrong = 0;
    for (size_t i = 0; i < t->people; i++)
        *wrong += f->kept[i] < f->own[i];
}

static void figure_area(lk_estimate *out, size_t *wrong, const figures *f)
{
    const lk_tally *t = f->t;
    double S = f->same_pairs, D = f->different_pairs;
    *out = (lk_estimate){lk_stats_roc_auc(f->curve), NAN, NAN};
    place_same(f, wrong);
    for (size_t i = 0; i < t->people; i++) {
        const lk_tally_person *p = &t->persons[i];
        f->influence[i] =
            (f->kept[i] - f->own[i] * out->mean) / f->same_left +
            ((double)p->nearer / (2 * S) - (double)p->pairs * out->mean) / f->different_left;
    }
    double own = squares_about(f, &t->unit[0].nearer, 2 * S * out->mean) / (4 * S * S * D * D);
    set_interval(out, f, variance_of(f, own));
}

/* ---- rates at a threshold ---- */

/* What is known at threshold k of the tally. */
typedef struct at_threshold {
    double tar, far, slope, own; /* slope: of the curve; own: S2 of the false accepts */
    size_t wrong;                /* people with a same pair that is refused */
} at_threshold;

static double tar_at(const figures *f, double far)
{
    size_t low = 0, high = f->point_count; /* the last point whose FAR is at most that */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (f->points[middle].far <= far)
            low = middle;
        else
            high = middle;
    }
    return f->points[low].tar;
}

static double false_accepts(const figures *f, size_t i, size_t k, double far)
{
    const lk_tally_person *p = &f->t->persons[i];
    return ((double)p->passing[k] - (double)p->pairs * far) / f->different_left;
}

/* The curve's slope over the rates that the threshold may really have. */
static double slope_at(const figures *f, size_t k, const at_threshold *a)
{
    for (size_t i = 0; i < f->t->people; i++)
        f->influence[i] = false_accepts(f, i, k, a->far);
    double error = fmax(sqrt(variance_of(f, a->own)), 1 / f->different_pairs);
    double low = fmax(0, a->far - error), high = fmin(1, a->far + error);
    return (tar_at(f, high) - tar_at(f, low)) / (high - low);
}

/* kept[i]: person i's same pairs that pass. */
static void look_at_threshold(at_threshold *out, const figures *f, size_t k)
{
    const lk_tally *t = f->t;
    double kept = 0, passing = 0;
    out->wrong = 0;
    for (size_t i = 0; i < t->people; i++) {
        f->kept[i] = 0;
        passing += (double)t->persons[i].passing[k] / 2;
    }
    for (size_t s = 0; s < t->same_count && t->same[s].distance <= t->thresholds[k]; s++, kept++)
        f->kept[t->same[s].person]++;
    for (size_t i = 0; i < t->people; i++)
        out->wrong += f->kept[i] < f->own[i];
    out->tar = kept / f->same_pairs;
    out->far = passing / f->different_pairs;
    out->own = squares_about(f, &t->unit[0].passing[k], out->far) /
               (f->different_pairs * f->different_pairs);
    out->slope = slope_at(f, k, out);
}

/* The largest distance of a pair at which the FAR holds; the tally's threshold lies just below
 * the next one. */
static double last_passing(const figures *f, size_t k, double different)
{
    const lk_tally *t = f->t;
    size_t kept = 0;
    while (kept < t->same_count && t->same[kept].distance <= t->thresholds[k])
        kept++;
    return fmax(different, kept ? t->same[kept - 1].distance : -INFINITY);
}

/* At a given FAR the threshold gives way: what false accepts rise by, the curve takes off TAR.
 * *threshold: the largest distance of a different pair that passes; becomes that of any. */
static void figure_rate(lk_estimate *out, size_t *wrong, const figures *f, size_t k, double far,
                        double *threshold)
{
    at_threshold a;
    *out = (lk_estimate){lk_stats_roc_tar(f->curve, far, NULL), NAN, NAN};
    look_at_threshold(&a, f, k);
    *wrong = a.wrong;
    *threshold = last_passing(f, k, *threshold);
    for (size_t i = 0; i < f->t->people; i++)
        f->influence[i] = (f->kept[i] - f->own[i] * a.tar) / f->same_left -
                          a.slope * false_accepts(f, i, k, a.far);
    set_interval(out, f, variance_of(f, a.slope * a.slope * a.own));
}

/* Where both errors are equal a change of either is shared by the slope. */
static void figure_eer(lk_estimate *out, const figures *f, size_t k)
{
    at_threshold a;
    *out = (lk_estimate){lk_stats_roc_eer(f->curve, NULL), NAN, NAN};
    look_at_threshold(&a, f, k);
    double accepts = a.slope / (1 + a.slope), misses = 1 / (1 + a.slope);
    for (size_t i = 0; i < f->t->people; i++)
        f->influence[i] = accepts * false_accepts(f, i, k, a.far) -
                          misses * (f->kept[i] - f->own[i] * a.tar) / f->same_left;
    set_interval(out, f, variance_of(f, accepts * accepts * a.own));
}

/* ---- all of them ---- */

/* How far the means of the two kinds lie apart, in root mean variances. */
static double d_prime(const figures *f)
{
    const lk_tally_unit *u = &f->t->unit[0];
    double same = 0, mean = u->distance / f->different_pairs;
    for (size_t s = 0; s < f->t->same_count; s++) {
        double off = f->t->same[s].distance - f->t->centre;
        same += off * off / f->same_pairs;
    }
    double different = u->distance_square / f->different_pairs - mean * mean;
    return mean / sqrt((same + different) / 2);
}

static void figures_set(lk_verification *out, const figures *f, const lk_verification_options *o)
{
    figure_area(&out->auc, &out->auc_people, f);
    figure_eer(&out->eer, f, o->far_count);
    out->d_prime = d_prime(f);
    for (size_t k = 0; k < o->far_count; k++) {
        if (o->far[k] * f->different_pairs < 1 - 1e-9) {
            out->tar[k] = (lk_estimate){NAN, NAN, NAN};
            out->threshold[k] = -INFINITY;
            continue;
        }
        figure_rate(&out->tar[k], &out->tar_people[k], f, k, o->far[k], &out->threshold[k]);
    }
}

static double count_different(const lk_tally *t)
{
    uint64_t twice = 0;
    for (size_t i = 0; i < t->people; i++)
        twice += t->persons[i].pairs;
    return (double)(twice / 2);
}

lk_status lk_tally_figures(lk_verification *out, const lk_tally *t, const lk_roc *curve,
                           const lk_verification_options *options)
{
    figures f = {.t = t, .curve = curve, .level = options->level};
    double *room;
    LK_TRY(lk_alloc(&room, t->people, 3 * sizeof *room));
    f.own = room;
    f.kept = room + t->people;
    f.influence = room + 2 * t->people;
    f.points = lk_stats_roc_points(curve, &f.point_count);
    f.same_pairs = (double)t->same_count;
    f.different_pairs = count_different(t);
    double people = (double)t->people;
    f.same_left = f.same_pairs * (people - 1) / people;
    f.different_left = f.different_pairs * fmax(1, people - 2) / people;
    for (size_t s = 0; s < t->same_count; s++)
        f.owners += f.own[t->same[s].person]++ == 0;
    out->people = t->people;
    out->owners = f.owners;
    out->same = t->same_count;
    out->different = (size_t)f.different_pairs;
    figures_set(out, &f, options);
    free(room);
    return LK_OK;
}
