/* likeness/train.h: teaching an embedding network: losses, people and batches,
 * augmentation, optimisers, schedules, checkpoints.
 *
 * Everything random here is a pure function of a seed and of counters (epoch,
 * batch, image), never of the thread that runs it or of what ran before: a run
 * that is resumed from its counters continues bit for bit.
 *
 * SPDX-License-Identifier: MIT */
#ifndef LIKENESS_TRAIN_H
#define LIKENESS_TRAIN_H

#include <string.h>

#include <likeness/base.h>
#include <likeness/files.h>
#include <likeness/image.h>
#include <likeness/options.h>
#include <likeness/weights.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Losses ------------------------------------------------------------- */

/* What a loss reports beside its gradient. */
typedef struct lk_loss {
    double value;  /* the mean over `terms`; 0 when there are none */
    size_t terms;  /* triplets, or rows of a classification loss */
    size_t active; /* triplets with d(a,n) < d(a,p) + margin (margin 0 under
                    * `soft`); rows whose highest logit is not their label's */
} lk_loss;

/* Which triplets (anchor, positive, negative) of a batch are taken. Unless it
 * says otherwise a < p, both of one person, n of another, in lexicographic
 * order. Where the choice looks at distances, equal ones go to the lower index. */
typedef enum lk_miner {
    LK_MINER_ALL = 0,       /* every triplet */
    LK_MINER_RANDOM = 1,    /* every pair (a, p), one n drawn evenly */
    LK_MINER_SEMI_HARD = 2, /* every pair (a, p), the nearest n with
                             * d(a,p) < d(a,n) < d(a,p) + margin; pairs without
                             * such an n give no triplet (under `soft` there is
                             * no upper bound). Source: Schroff et al. 2015, 3.2 */
    LK_MINER_BATCH_HARD = 3 /* every anchor, its farthest positive (p may be below
                             * a), its nearest negative. Source: Hermans et al. 2017 */
} lk_miner;

typedef struct lk_triplet_options {
    size_t struct_size; /* set by lk_triplet_options_init */
    lk_miner miner;     /* default LK_MINER_SEMI_HARD */
    double margin;      /* alpha; default 0.2 */
    bool squared;       /* d = |x-y|^2 (default true) or |x-y| */
    bool soft;          /* ln(1 + e^(d(a,p) - d(a,n))) in place of the hinge; default false */
    uint64_t seed;      /* of LK_MINER_RANDOM; give every step its own */
} lk_triplet_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_triplet_options_table(void);
static inline void lk_triplet_options_init(lk_triplet_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_triplet_options_table(), options);
}

typedef struct lk_triplet {
    uint32_t anchor, positive, negative; /* rows of the batch */
} lk_triplet;

/* Lists the triplets that the options choose from embeddings[n, d]; label[n]
 * numbers the people, in any way. Ownership: *out is the caller's, lk_free releases it.
 * Errors: LK_ERROR_ARGUMENT (n above 2^32-1), LK_ERROR_NUMBER, LK_ERROR_MEMORY.
 * Threads: any. */
LK_API LK_MUST_USE lk_status lk_triplets_mine(lk_triplet **out, size_t *out_count,
                                              const float *embeddings, const size_t *label,
                                              size_t n, size_t d,
                                              const lk_triplet_options *options);

/* Triplet loss: mean over the mined triplets of max(0, d(a,p) - d(a,n) + margin),
 * or of the soft form. gradient[n, d] (NULL: not wanted) is that of the mean;
 * where d = |x-y| is 0 its gradient is taken as 0, where the hinge is exactly 0,
 * too. embeddings[n, d], of unit length as the network gives them (not checked).
 * Computed in float64. No triplet at all is no error: loss 0, gradient 0.
 * Errors: LK_ERROR_ARGUMENT, LK_ERROR_NUMBER (an embedding is NaN or infinite),
 * LK_ERROR_MEMORY. Threads: any.
 * Source: Schroff, Kalenichenko, Philbin: FaceNet, 2015, formula 2; soft margin:
 * Hermans, Beyer, Leibe: In Defense of the Triplet Loss, 2017, 2.1. */
LK_API LK_MUST_USE lk_status lk_loss_triplet(lk_loss *out, float *gradient, const float *embeddings,
                                             const size_t *label, size_t n, size_t d,
                                             const lk_triplet_options *options);

/* Softmax cross-entropy: mean over rows of -ln(e^z[y] / sum_j e^z[j]).
 * logits[n, classes]; label[n] below `classes`; gradient[n, classes] (NULL: not
 * wanted) = (softmax(z) - onehot(y)) / n. Errors: LK_ERROR_ARGUMENT (a label out
 * of range), LK_ERROR_NUMBER, LK_ERROR_MEMORY. Threads: any.
 * Source: Bishop: Pattern Recognition and Machine Learning, 2006, 4.3.4. */
LK_API LK_MUST_USE lk_status lk_loss_softmax(lk_loss *out, float *gradient, const float *logits,
                                             const size_t *label, size_t n, size_t classes);

typedef struct lk_arcface_options {
    size_t struct_size; /* set by lk_arcface_options_init */
    double scale;       /* s; default 64 */
    double margin;      /* m, radians; default 0.5 */
} lk_arcface_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_arcface_options_table(void);
static inline void lk_arcface_options_init(lk_arcface_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_arcface_options_table(), options);
}

/* ArcFace: softmax cross-entropy of z[j] = s cos t[j] and z[y] = s cos(t[y] + m),
 * cos t[j] = x.w[j] / (|x| |w[j]|). Where t[y] + m would pass pi, z[y] = s
 * (cos t[y] - m sin m), which keeps falling. embeddings[n, d], weights[classes, d],
 * neither need be of unit length; gradients of the same shapes (NULL: not wanted).
 * sin t below 1e-6 counts as 1e-6 in the gradient. lk_loss.active counts by the
 * cosines without the margin. Errors: LK_ERROR_ARGUMENT, LK_ERROR_NUMBER (also
 * for a row of length 0), LK_ERROR_MEMORY. Threads: any.
 * Source: Deng, Guo, Xue, Zafeiriou: ArcFace, 2019, formula 3. */
LK_API LK_MUST_USE lk_status lk_loss_arcface(lk_loss *out, float *embedding_gradient,
                                             float *weight_gradient, const float *embeddings,
                                             const float *weights, const size_t *label, size_t n,
                                             size_t d, size_t classes,
                                             const lk_arcface_options *options);

/* ---- People, splits and batches ----------------------------------------- */

/* People and their photographs, a person's photographs side by side. People lie
 * in bytewise order of their names, photographs in the order of the list. */
typedef struct lk_people lk_people;

/* Groups a file list by label. Keeps its own copies. Errors: LK_ERROR_MISSING
 * (no photograph at all; a file that lies in no folder), LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_people_create(lk_people **out, const lk_file_list *files);
LK_API void lk_people_destroy(lk_people *people);

/* How many people there are, and photographs of all of them; a name. Threads: any. */
LK_API size_t lk_people_count(const lk_people *people);
LK_API size_t lk_people_photo_count(const lk_people *people);
LK_API const char *lk_people_name(const lk_people *people, size_t person);
/* The photographs of a person are [*first, *first + returned count). Threads: any. */
LK_API size_t lk_people_photos(const lk_people *people, size_t person, size_t *first);
LK_API const char *lk_people_path(const lk_people *people, size_t photo);

/* Cuts people in two disjoint sets: round(fraction * people) of them, at least
 * two, into *validation, the rest into *training. Who goes where depends on seed
 * and name alone, so that a folder that grows moves few people. fraction 0:
 * *validation is NULL. Errors: LK_ERROR_ARGUMENT (fraction outside [0, 1)),
 * LK_ERROR_MISSING (fewer than two people would be left on a side). Threads: any. */
LK_API LK_MUST_USE lk_status lk_people_split(lk_people **training, lk_people **validation,
                                             const lk_people *people, double fraction,
                                             uint64_t seed);

/* Leaves out the people with fewer than `least` photographs. *dropped (NULL: not
 * wanted) counts them, and *note (NULL: not wanted; released with lk_free) is one
 * line that names the first few of them, or NULL when nobody was dropped.
 * Errors: LK_ERROR_MISSING (nobody is left), LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_people_with_photos(lk_people **out, size_t *dropped,
                                                   char **signals_note, const lk_people *people,
                                                   size_t least);

/* Batches of P people with K photographs each. Goes through everybody in
 * shuffled rounds, and through each person's photographs in shuffled rounds, so
 * that all come equally often; a person with fewer than K repeats some. */
typedef struct lk_sampler_options {
    size_t struct_size; /* set by lk_sampler_options_init */
    size_t people;      /* P, per batch; default 8 */
    size_t photos;      /* K a person; default 4; triplets need 2 */
    uint64_t seed;      /* default 0 */
} lk_sampler_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_sampler_options_table(void);
static inline void lk_sampler_options_init(lk_sampler_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_sampler_options_table(), options);
}

/* Where a run is: all the state that sampling has. */
typedef struct lk_position {
    uint64_t epoch; /* from 0 */
    uint64_t batch; /* from 0, below lk_sampler_batches() */
} lk_position;

/* Batches an epoch: so many that as many photographs pass as there are; 1 where the
 * options are not valid, which lk_sampler_get tells. Threads: any. */
LK_API size_t lk_sampler_batches(const lk_people *people, const lk_sampler_options *options);

/* The batch at a position: photo[P*K] and person[P*K], row k of the i-th person
 * at i*K + k. Errors: LK_ERROR_ARGUMENT (P or K below 1), LK_ERROR_MISSING (fewer
 * than P people), LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_sampler_get(size_t *photo, size_t *person, const lk_people *people,
                                            const lk_sampler_options *options,
                                            lk_position position);

/* The next position; wraps into the next epoch. Threads: any. */
LK_API lk_position lk_sampler_next(const lk_people *people, const lk_sampler_options *options,
                                   lk_position position);

/* ---- Augmentation -------------------------------------------------------- */

/* Each step has its own switch and its own random stream: turning one off does
 * not change what the others do. 0 (and false) turns a step off. */
typedef struct lk_augment_options {
    size_t struct_size; /* set by lk_augment_options_init */
    bool flip;          /* mirror half of the images; default true */
    double shift;       /* the crop's centre moves by up to this share of the side,
                         * evenly in both directions; default 0.06 */
    double scale;       /* the crop's side is 1/(1 + u) of the image's, u even in
                         * [0, scale]; default 0.12 */
    double colour;      /* brightness, contrast and saturation each times even
                         * [1 - c, 1 + c]; default 0.2 */
    double blur;        /* Gaussian blur of half of the images, sigma in pixels even in
                         * [0, blur]; default 1 */
    int jpeg;           /* half of the images go through JPEG of a quality even in
                         * [jpeg, 95]; default 40 */
    double erase;       /* a quarter of the images lose a grey box of up to this share
                         * of the area; default 0.15 */

    lk_pillow resize; /* default LK_PILLOW_12; validation goes by it, too */
} lk_augment_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_augment_options_table(void);
static inline void lk_augment_options_init(lk_augment_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_augment_options_table(), options);
}
/* Everything off: the image is only resized, by LK_PILLOW_12. Threads: any. */
static inline void lk_augment_options_none(lk_augment_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
}

/* Makes the [size, size] picture that image `index` has in `epoch` under `seed`.
 * A crop that would leave the image is moved back inside. `options` NULL: none.
 * Ownership: *out is the caller's. Errors: LK_ERROR_ARGUMENT, LK_ERROR_MEMORY.
 * Threads: any; the result depends on the arguments alone. */
LK_API LK_MUST_USE lk_status lk_augment_apply(lk_image *out, const lk_image *image, size_t size,
                                              const lk_augment_options *options, uint64_t seed,
                                              uint64_t epoch, uint64_t index);

/* ---- Decoding ahead ------------------------------------------------------ */

/* A batch that is ready to be fed. Belongs to the loader, until the next call. */
typedef struct lk_batch {
    lk_position position;
    size_t count;         /* P * K, or lk_loader_options.rows */
    const float *planes;  /* [count, 3, size, size] NCHW, (x - 127.5) / 128 */
    const size_t *person; /* [count] */
    const size_t *photo;  /* [count]; what was read, after replacements */
} lk_batch;

enum { LK_LOADER_THREADS = 8 };
typedef struct lk_loader_options {
    size_t struct_size; /* set by lk_loader_options_init */
    size_t size;        /* pixels; default 160 */
    size_t ahead;       /* batches that wait at most; default 3 */
    /* Threads that read, at most LK_LOADER_THREADS; default 0: one for every four that
     * compute. */
    size_t threads;
    size_t first; /* the batch's first row to make, and how many from there on; */
    size_t rows;  /* default 0 and 0: all. For one of several processes */
    lk_sampler_options sampler;
    lk_augment_options augment;
    lk_image_options image;
} lk_loader_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_loader_options_table(void);
static inline void lk_loader_options_init(lk_loader_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    options->sampler.struct_size = sizeof options->sampler;
    options->augment.struct_size = sizeof options->augment;
    options->image.struct_size = sizeof options->image;
    lk_options_defaults(lk_loader_options_table(), options);
}

/* Threads that read, decode and augment the batches from `start` on, without end.
 * What is delivered, and in what order, depends neither on timing nor on how many
 * threads there are. */
typedef struct lk_loader lk_loader;

/* `people` must outlive the loader. Errors: those of lk_sampler_get,
 * LK_ERROR_MEMORY, LK_ERROR_INTERNAL (no thread). Threads: any. */
LK_API LK_MUST_USE lk_status lk_loader_create(lk_loader **out, const lk_people *people,
                                              const lk_loader_options *options,
                                              lk_position train_start);
LK_API void lk_loader_destroy(lk_loader *loader);

/* Waits for the next batch. A photograph that cannot be read is recorded, and
 * the person's next one takes its place. Errors: LK_ERROR_FORMAT when a person
 * has no readable photograph at all, LK_ERROR_MEMORY. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_loader_next(lk_loader *loader, lk_batch *out);

/* Photographs that could not be read so far, each once, in the order in which
 * they were met. Threads: one at a time. */
LK_API size_t lk_loader_error_count(const lk_loader *loader);
/* The reason, beginning with the path; owned by the loader. Threads: one at a time. */
LK_API const char *lk_loader_error(const lk_loader *loader, size_t index);

/* ---- Optimisers ---------------------------------------------------------- */

typedef enum lk_optimizer_kind {
    LK_SGD = 0,     /* v = mu v + g; x -= lr v   (nesterov: x -= lr (g + mu v)) */
    LK_ADAGRAD = 1, /* s += g^2; x -= lr g / (sqrt s + eps) */
    LK_RMSPROP = 2, /* s = rho s + (1-rho) g^2; u = g / (sqrt s + eps);
                     * x -= lr u, or with momentum v = mu v + u; x -= lr v */
    LK_ADAM = 3,    /* m = b1 m + (1-b1) g; s = b2 s + (1-b2) g^2;
                     * x -= lr/(1-b1^t) m / (sqrt s / sqrt(1-b2^t) + eps) */
    LK_ADAMW = 4    /* Adam after x *= 1 - lr decay; elsewhere g += decay x */
} lk_optimizer_kind;

typedef struct lk_optimizer_options {
    size_t struct_size; /* set by lk_optimizer_options_init */
    lk_optimizer_kind kind;
    double momentum;     /* mu, of SGD and RMSProp; default 0 */
    bool nesterov;       /* of SGD; default false */
    double beta1, beta2; /* of Adam; default 0.9, 0.999 */
    double rho;          /* of RMSProp; default 0.99 */
    double epsilon;      /* default 1e-10 (Adagrad), 1e-8 */
    double weight_decay; /* default 0; AdamW 0.01 */
} lk_optimizer_options;

/* The defaults of PyTorch 2.2 for a kind. Threads: any. */
LK_API const lk_options_table *lk_optimizer_options_table(void);
/* Makes them those of another kind, with its defaults of epsilon and weight decay. Threads: any. */
LK_API void lk_optimizer_options_set_kind(lk_optimizer_options *options, lk_optimizer_kind kind);

/* The defaults of a kind. Threads: any. */
static inline void lk_optimizer_options_init(lk_optimizer_options *options, lk_optimizer_kind kind)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_optimizer_options_table(), options);
    lk_optimizer_options_set_kind(options, kind);
}

/* A tensor that learns. The optimiser borrows all of it. */
typedef struct lk_parameter {
    const char *name;
    float *value;
    const float *gradient;
    size_t count;
    bool decays; /* weight decay applies; lk_parameter_decays() knows by name */
} lk_parameter;

/* False for batch norm's scale and shift (".bn." or "last_bn." in the name). Threads: any. */
LK_API bool lk_parameter_decays(const char *name);

/* Moments in float32, one or two numbers an element; arithmetic in float64. */
typedef struct lk_optimizer lk_optimizer;

/* Errors: LK_ERROR_ARGUMENT (an option out of its range), LK_ERROR_MEMORY.
 * Source of all: PyTorch 2.2 torch.optim (formulas), within float32 rounding. Threads: any. */
LK_API LK_MUST_USE lk_status lk_optimizer_create(lk_optimizer **out,
                                                 const lk_optimizer_options *options,
                                                 const lk_parameter *parameters, size_t count);
LK_API void lk_optimizer_destroy(lk_optimizer *optimizer);
/* One update of every parameter; a frozen one is simply not in the list. Threads: one at a time. */
LK_API void lk_optimizer_step(lk_optimizer *optimizer, double learning_rate);
/* Adds the moments ("optimizer.NAME.m", "optimizer.NAME.s") and the step count
 * ("optimizer.step") to a set of tensors, or takes them from one: bit for bit.
 * Loading changes nothing unless all of it is there. Errors: LK_ERROR_MISSING,
 * LK_ERROR_SHAPE, LK_ERROR_MEMORY. Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_optimizer_save(const lk_optimizer *optimizer, lk_tensors *tensors);
LK_API LK_MUST_USE lk_status lk_optimizer_load(lk_optimizer *optimizer, const lk_tensors *tensors);

/* The Euclidean norm of all gradients together; with `most` > 0 gradients are
 * scaled by most / (norm + 1e-6) where that is below 1 (PyTorch's
 * clip_grad_norm_). gradients[count] point to sizes[count] numbers. The norm is
 * NaN or infinite when a gradient is; then nothing is scaled. Threads: any. */
LK_API double lk_gradients_clip(float *const *gradients, const size_t *sizes, size_t count,
                                double most);

/* average = decay * average + (1 - decay) * value, element by element. Threads: any. */
LK_API void lk_average_update(float *average, const float *value, size_t count, double decay);

/* ---- Learning rate ------------------------------------------------------- */

typedef enum lk_schedule_kind {
    LK_SCHEDULE_CONSTANT = 0,
    LK_SCHEDULE_STEP = 1,   /* rate * gamma^floor(epoch / every) */
    LK_SCHEDULE_COSINE = 2, /* from rate to least by half a cosine over `epochs` */
    LK_SCHEDULE_FILE = 3    /* what the file says */
} lk_schedule_kind;

typedef struct lk_schedule_options {
    size_t struct_size; /* set by lk_schedule_options_init */
    lk_schedule_kind kind;
    double rate;      /* default 0.05 */
    double gamma;     /* of STEP; default 0.1 */
    double every;     /* of STEP, epochs; default 10 */
    double epochs;    /* of COSINE; default 30 */
    double least;     /* of COSINE; default 0 */
    double warmup;    /* epochs over which the rate rises from 0 in a straight
                       * line, whatever the kind; default 0 */
    const char *path; /* of FILE: lines "EPOCH RATE" (a ':' between them is fine),
                       * EPOCH rising, '#' comments; a rate holds from its epoch on,
                       * the first one also before */
} lk_schedule_options;

/* The rows of these options, and their defaults. Threads: any. */
LK_API const lk_options_table *lk_schedule_options_table(void);
static inline void lk_schedule_options_init(lk_schedule_options *options)
{
    memset(options, 0, sizeof *options);
    options->struct_size = sizeof *options;
    lk_options_defaults(lk_schedule_options_table(), options);
}

typedef struct lk_schedule lk_schedule;

/* Errors: LK_ERROR_ARGUMENT, LK_ERROR_IO, LK_ERROR_FORMAT (path, line, what was
 * found), LK_ERROR_MEMORY. Threads: any. */
LK_API LK_MUST_USE lk_status lk_schedule_create(lk_schedule **out,
                                                const lk_schedule_options *options);
LK_API void lk_schedule_destroy(lk_schedule *schedule);
/* The rate of the step that starts at `epoch` (3.5: in the middle of the fourth)
 * with `steps` steps an epoch; warm-up reaches the full rate with its last step. Threads: any. */
LK_API double lk_schedule_rate(const lk_schedule *schedule, double epoch, size_t steps);

/* ---- Checkpoints --------------------------------------------------------- */

/* Writes tensors and a state text (JSON, the caller's) as one safetensors file,
 * so that `path` is at every moment the old or the new file as a whole: written
 * beside it, flushed to the disk, renamed, the directory flushed. The state is
 * kept as a uint8 tensor "state.json". What a killed writer left behind is
 * removed by the next one. `tensors` gains the state tensor.
 * Errors: LK_ERROR_IO (path and reason; the old file stays), LK_ERROR_MEMORY,
 * LK_ERROR_ARGUMENT (a "state.json" is there already). Threads: one at a time. */
LK_API LK_MUST_USE lk_status lk_checkpoint_write(const char *path, lk_tensors *tensors,
                                                 const char *state);

/* Opens one. *state is the text, released with lk_free. Errors: those of
 * lk_tensors_open, LK_ERROR_FORMAT (no state in it). Threads: any. */
LK_API LK_MUST_USE lk_status lk_checkpoint_read(lk_tensors **tensors, char **state,
                                                const char *path);

#ifdef __cplusplus
}
#endif

#endif
