/* SGD, Adagrad, RMSProp, Adam, AdamW with PyTorch's formulas.
 *
 * Values and moments are float32; an element's update is computed in float64 and
 * rounded once, so results lie closer to PyTorch's float64 than its float32 do.
 * `m` is the first moment or momentum buffer, `s` the sum or mean of squares. */
#include "train/optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/threads.h"

void lk_optimizer_options_set_kind(lk_optimizer_options *options, lk_optimizer_kind kind)
{
    if (!options)
        return;
    options->kind = kind;
    options->epsilon = kind == LK_ADAGRAD ? 1e-10 : 1e-8;
    options->weight_decay = kind == LK_ADAMW ? 0.01 : 0;
}

bool lk_parameter_decays(const char *name)
{
    if (!name)
        return false;
    return !strstr(name, ".bn.") && strncmp(name, "last_bn.", 8) != 0;
}

static bool has_m(const lk_optimizer_options *o)
{
    return o->kind == LK_ADAM || o->kind == LK_ADAMW ||
           ((o->kind == LK_SGD || o->kind == LK_RMSPROP) && o->momentum > 0);
}

static lk_status optimizer_fill(lk_optimizer *optimizer, const lk_parameter *parameters,
                                size_t count)
{
    LK_TRY(lk_alloc(&optimizer->parameters, count, sizeof *parameters));
    LK_TRY(lk_alloc(&optimizer->m, count, sizeof *optimizer->m));
    LK_TRY(lk_alloc(&optimizer->s, count, sizeof *optimizer->s));
    optimizer->count = count;
    for (size_t i = 0; i < count; i++) {
        optimizer->parameters[i] = parameters[i];
        if (has_m(&optimizer->options))
            LK_TRY(lk_alloc(&optimizer->m[i], parameters[i].count, sizeof(float)));
        if (optimizer->options.kind != LK_SGD)
            LK_TRY(lk_alloc(&optimizer->s[i], parameters[i].count, sizeof(float)));
    }
    return LK_OK;
}

lk_status lk_optimizer_create(lk_optimizer **out, const lk_optimizer_options *options,
                              const lk_parameter *parameters, size_t count)
{
    LK_REQUIRE(out && options && (parameters || count == 0), LK_ERROR_ARGUMENT,
               "lk_optimizer_create: NULL argument");
    lk_optimizer_options taken;
    LK_TRY(lk_options_take(lk_optimizer_options_table(), &taken, options));
    LK_REQUIRE(!taken.nesterov || (taken.kind == LK_SGD && taken.momentum > 0), LK_ERROR_ARGUMENT,
               "Nesterov needs SGD with a momentum above 0");
    lk_optimizer *optimizer;
    LK_TRY(lk_alloc(&optimizer, 1, sizeof *optimizer));
    optimizer->options = taken;
    lk_status status = optimizer_fill(optimizer, parameters, count);
    if (status != LK_OK) {
        lk_optimizer_destroy(optimizer);
        return status;
    }
    *out = optimizer;
    return LK_OK;
}

void lk_optimizer_destroy(lk_optimizer *optimizer)
{
    if (!optimizer)
        return;
    for (size_t i = 0; i < optimizer->count; i++) {
        free(optimizer->m[i]);
        free(optimizer->s[i]);
    }
    free(optimizer->parameters);
    free(optimizer->m);
    free(optimizer->s);
    free(optimizer);
}

/* One tensor's update: its arrays and the step's numbers. */
typedef struct update {
    float *x, *m, *s;
    const float *g;
    size_t count;
    double rate, decay;
    double correction1, correction2; /* Adam: 1 - b1^t, sqrt(1 - b2^t) */
    const lk_optimizer_options *o;
} update;

static void update_sgd(const update *u)
{
    double mu = u->o->momentum;
#pragma omp parallel for simd num_threads(lk_threads()) schedule(static)
    for (size_t i = 0; i < u->count; i++) {
        double x = u->x[i], g = u->g[i] + u->decay * x;
        if (u->m) {
            double v = mu * u->m[i] + g;
            u->m[i] = (float)v;
            g = u->o->nesterov ? g + mu * v : v;
        }
        u->x[i] = (float)(x - u->rate * g);
    }
}

static void update_adagrad(const update *u)
{
    double epsilon = u->o->epsilon;
#pragma omp parallel for simd num_threads(lk_threads()) schedule(static)
    for (size_t i = 0; i < u->count; i++) {
        double x = u->x[i], g = u->g[i] + u->decay * x;
        double s = u->s[i] + g * g;
        u->s[i] = (float)s;
        u->x[i] = (float)(x - u->rate * g / (sqrt(s) + epsilon));
    }
}

static void update_rmsprop(const update *u)
{
    double rho = u->o->rho, mu = u->o->momentum, epsilon = u->o->epsilon;
#pragma omp parallel for simd num_threads(lk_threads()) schedule(static)
    for (size_t i = 0; i < u->count; i++) {
        double x = u->x[i], g = u->g[i] + u->decay * x;
        double s = rho * u->s[i] + (1 - rho) * g * g;
        double step = g / (sqrt(s) + epsilon);
        u->s[i] = (float)s;
        if (u->m) {
            step = mu * u->m[i] + step;
            u->m[i] = (float)step;
        }
        u->x[i] = (float)(x - u->rate * step);
    }
}

/* Adam adds the decay to the gradient, AdamW shrinks the weight beside it. */
static void update_adam(const update *u)
{
    bool apart = u->o->kind == LK_ADAMW;
    double b1 = u->o->beta1, b2 = u->o->beta2, epsilon = u->o->epsilon;
    double shrink = apart ? 1 - u->rate * u->decay : 1, decay = apart ? 0 : u->decay;
#pragma omp parallel for simd num_threads(lk_threads()) schedule(static)
    for (size_t i = 0; i < u->count; i++) {
        double x = u->x[i], g = u->g[i] + decay * x;
        double m = b1 * u->m[i] + (1 - b1) * g;
        double s = b2 * u->s[i] + (1 - b2) * g * g;
        u->m[i] = (float)m;
        u->s[i] = (float)s;
        double step = m / u->correction1 / (sqrt(s) / u->correction2 + epsilon);
        u->x[i] = (float)(x * shrink - u->rate * step);
    }
}

void lk_optimizer_step(lk_optimizer *optimizer, double learning_rate)
{
    if (!optimizer)
        return;
    const lk_optimizer_options *o = &optimizer->options;
    double t = (double)++optimizer->steps;
    for (size_t i = 0; i < optimizer->count; i++) {
        const lk_parameter *p = &optimizer->parameters[i];
        update u = {p->value,
                    optimizer->m[i],
                    optimizer->s[i],
                    p->gradient,
                    p->count,
                    learning_rate,
                    p->decays ? o->weight_decay : 0,
                    1 - pow(o->beta1, t),
                    sqrt(1 - pow(o->beta2, t)),
                    o};
        switch (o->kind) {
        case LK_SGD: update_sgd(&u); break;
        case LK_ADAGRAD: update_adagrad(&u); break;
        case LK_RMSPROP: update_rmsprop(&u); break;
        case LK_ADAM:
        case LK_ADAMW: update_adam(&u); break;
        }
    }
}
