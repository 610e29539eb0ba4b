/* ArcFace: an additive angular margin on the true class's cosine.
 *
 * The paper's cos(t + m) rises again once t + m passes pi, which would reward
 * moving away. As its authors' code does, the curve goes on there as
 * cos t - m sin m, which keeps falling (but jumps at the seam). Both embeddings and
 * class centres are normalised inside, and the gradients go through that. */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/threads.h"
#include "train/loss.h"
#include "train/product.h"

/* Rows of unit length and what they were divided by. */
typedef struct unit_rows {
    double *rows;   /* [n, d] */
    double *length; /* [n] */
    size_t n, d;
} unit_rows;

typedef struct work {
    unit_rows x, w;
    double *z;          /* [n, classes]: cosines, then logits, then dL/dcos */
    double *derivative; /* [n]: d phi / d cos of the true class */
} work;

static double loss_arcface_dot(const double *a, const double *b, size_t d)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t k = 0; k < d; k++)
        sum += a[k] * b[k];
    return sum;
}

static lk_status loss_arcface_normalise(unit_rows *out, const char *what, const double *x, size_t n,
                                        size_t d)
{
    out->n = n;
    out->d = d;
    LK_TRY(lk_alloc(&out->rows, n * d, sizeof *out->rows));
    LK_TRY(lk_alloc(&out->length, n, sizeof *out->length));
#pragma omp parallel for num_threads(lk_threads()) schedule(static)
    for (size_t i = 0; i < n; i++) {
        out->length[i] = sqrt(loss_arcface_dot(x + i * d, x + i * d, d));
        for (size_t k = 0; k < d; k++)
            out->rows[i * d + k] = x[i * d + k] / out->length[i];
    }
    for (size_t i = 0; i < n; i++)
        LK_REQUIRE(out->length[i] > 0, LK_ERROR_NUMBER,
                   "%s: row %zu has length 0 and so no direction", what, i);
    return LK_OK;
}

static void loss_arcface_free_work(work *s)
{
    free(s->x.rows);
    free(s->x.length);
    free(s->w.rows);
    free(s->w.length);
    free(s->z);
    free(s->derivative);
}

/* z = x w' */
static lk_status cosines(work *s)
{
    size_t d = s->x.d;
    return lk_product(s->z, (lk_matrix){s->x.rows, d, 1}, (lk_matrix){s->w.rows, 1, d}, s->x.n,
                      s->w.n, d);
}

/* phi(c) and its derivative at the true class. */
static double with_margin(double c, double margin, double *derivative)
{
    double sine = sqrt(fmax(0, 1 - c * c));
    if (c <= -cos(margin)) {
        *derivative = 1;
        return c - margin * sin(margin);
    }
    *derivative = cos(margin) + c * sin(margin) / fmax(sine, 1e-6);
    return c * cos(margin) - sine * sin(margin);
}

/* Cosines become logits; returns how many rows' nearest centre is another's. */
static size_t make_logits(work *s, const size_t *label, const lk_arcface_options *options)
{
    size_t classes = s->w.n, wrong = 0;
    for (size_t i = 0; i < s->x.n; i++) {
        double *z = s->z + i * classes;
        double own = z[label[i]];
        bool beaten = false;
        for (size_t j = 0; j < classes; j++)
            beaten = beaten || (j != label[i] && z[j] > own);
        wrong += beaten;
        z[label[i]] = with_margin(own, options->margin, &s->derivative[i]);
        for (size_t j = 0; j < classes; j++)
            z[j] *= options->scale;
    }
    return wrong;
}

/* Takes a gradient at a unit row back through x / |x|. */
static void through_length(double *g, const double *unit, double length, size_t d)
{
    double along = loss_arcface_dot(g, unit, d);
    for (size_t k = 0; k < d; k++)
        g[k] = (g[k] - along * unit[k]) / length;
}

/* out[to.n, d] from gradient[to.n, from.n] between `to` and `from`. */
static lk_status loss_arcface_pull_back(double *out, const unit_rows *to, const unit_rows *from,
                                        lk_matrix gradient)
{
    size_t d = to->d;
    LK_TRY(lk_product(out, gradient, (lk_matrix){from->rows, d, 1}, to->n, d, from->n));
#pragma omp parallel for num_threads(lk_threads()) schedule(static)
    for (size_t i = 0; i < to->n; i++)
        through_length(out + i * d, to->rows + i * d, to->length[i], d);
    return LK_OK;
}

static lk_status loss_arcface_run(work *s, lk_loss *out, double *embedding_gradient,
                                  double *weight_gradient, const double *embeddings,
                                  const double *weights, const size_t *label, size_t n, size_t d,
                                  size_t classes, const lk_arcface_options *options)
{
    LK_TRY(loss_arcface_normalise(&s->x, "embeddings", embeddings, n, d));
    LK_TRY(loss_arcface_normalise(&s->w, "class centres", weights, classes, d));
    LK_TRY(lk_alloc(&s->z, n * classes, sizeof *s->z));
    LK_TRY(lk_alloc(&s->derivative, n, sizeof *s->derivative));
    LK_TRY(cosines(s));
    size_t wrong = make_logits(s, label, options);
    LK_TRY(lk_loss_softmax_f64(out, s->z, s->z, label, n, classes));
    out->active = wrong;
    for (size_t i = 0; i < n; i++) {
        s->z[i * classes + label[i]] *= s->derivative[i];
        for (size_t j = 0; j < classes; j++)
            s->z[i * classes + j] *= options->scale;
    }
    if (embedding_gradient)
        LK_TRY(loss_arcface_pull_back(embedding_gradient, &s->x, &s->w,
                                      (lk_matrix){s->z, classes, 1}));
    if (weight_gradient)
        LK_TRY(
            loss_arcface_pull_back(weight_gradient, &s->w, &s->x, (lk_matrix){s->z, 1, classes}));
    return LK_OK;
}

static lk_status loss_arcface_check(const double *embeddings, const double *weights,
                                    const size_t *label, size_t n, size_t d, size_t classes)
{
    size_t cells;
    LK_REQUIRE(lk_mul(n, classes, &cells), LK_ERROR_MEMORY, "%zu x %zu logits are too many", n,
               classes);
    LK_TRY(lk_loss_check_finite("embeddings", embeddings, n * d, d));
    LK_TRY(lk_loss_check_finite("class centres", weights, classes * d, d));
    for (size_t i = 0; i < n; i++)
        LK_REQUIRE(label[i] < classes, LK_ERROR_ARGUMENT,
                   "row %zu has label %zu, expected one below %zu", i, label[i], classes);
    return LK_OK;
}

lk_status lk_loss_arcface_f64(lk_loss *out, double *embedding_gradient, double *weight_gradient,
                              const double *embeddings, const double *weights, const size_t *label,
                              size_t n, size_t d, size_t classes, const lk_arcface_options *options)
{
    LK_TRY(loss_arcface_check(embeddings, weights, label, n, d, classes));
    work s = {0};
    lk_loss loss;
    lk_status status = loss_arcface_run(&s, &loss, embedding_gradient, weight_gradient, embeddings,
                                        weights, label, n, d, classes, options);
    loss_arcface_free_work(&s);
    if (status == LK_OK)
        *out = loss;
    return status;
}

/* The float64 copies of one call. */
typedef struct wide {
    double *x, *w, *gx, *gw;
} wide;

static lk_status run_wide(wide *v, lk_loss *out, const float *embeddings, const float *weights,
                          const size_t *label, size_t n, size_t d, size_t classes,
                          const lk_arcface_options *options)
{
    LK_TRY(lk_loss_widen(&v->x, embeddings, n, d));
    LK_TRY(lk_loss_widen(&v->w, weights, classes, d));
    LK_TRY(lk_alloc(&v->gx, n * d, sizeof *v->gx));
    LK_TRY(lk_alloc(&v->gw, classes * d, sizeof *v->gw));
    return lk_loss_arcface_f64(out, v->gx, v->gw, v->x, v->w, label, n, d, classes, options);
}

lk_status lk_loss_arcface(lk_loss *out, float *embedding_gradient, float *weight_gradient,
                          const float *embeddings, const float *weights, const size_t *label,
                          size_t n, size_t d, size_t classes, const lk_arcface_options *options)
{
    LK_REQUIRE(out && embeddings && weights && label && d && classes, LK_ERROR_ARGUMENT,
               "lk_loss_arcface: NULL or empty argument");
    lk_arcface_options taken;
    LK_TRY(lk_options_take(lk_arcface_options_table(), &taken, options));
    wide v = {0};
    lk_status status = run_wide(&v, out, embeddings, weights, label, n, d, classes, &taken);
    if (status == LK_OK && embedding_gradient)
        lk_loss_narrow(embedding_gradient, v.gx, n * d);
    if (status == LK_OK && weight_gradient)
        lk_loss_narrow(weight_gradient, v.gw, classes * d);
    free(v.x);
    free(v.w);
    free(v.gx);
    free(v.gw);
    return status;
}
