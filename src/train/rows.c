/* What the options of the parts of training can say, each by itself. */
#include "train/rows.h"

#include <likeness/train.h>

#include "base/options.h"
#include "image/rows.h"

const char *const lk_miner_names[] = {
    [LK_MINER_ALL] = "all",
    [LK_MINER_RANDOM] = "random",
    [LK_MINER_SEMI_HARD] = "semi-hard",
    [LK_MINER_BATCH_HARD] = "batch-hard",
    [LK_MINER_BATCH_HARD + 1] = NULL,
};
const char *const lk_optimizer_names[] = {
    [LK_SGD] = "sgd",   [LK_ADAGRAD] = "adagrad", [LK_RMSPROP] = "rmsprop",
    [LK_ADAM] = "adam", [LK_ADAMW] = "adamw",     [LK_ADAMW + 1] = NULL,
};
const char *const lk_schedule_names[] = {
    [LK_SCHEDULE_CONSTANT] = "constant", [LK_SCHEDULE_STEP] = "step",
    [LK_SCHEDULE_COSINE] = "cosine",     [LK_SCHEDULE_FILE] = "file",
    [LK_SCHEDULE_FILE + 1] = NULL,
};

#define LK_PREFIX ""
#define LK_PART
#define LK_OF_RUN(of_run, by_itself) by_itself
#define LK_SEED(what)                                                                              \
    LK_WHOLE("seed", seed, .least = 0, .most = LK_OPTION_NO_BOUND, .preset = "0", .help = what)

#define LK_STRUCT lk_triplet_options
static const lk_option triplet_rows[] = {
#include "train/triplet_rows.inc"
    LK_SEED("Seed of the random miner"),
};
LK_OPTIONS_TABLE(lk_triplet_options, "triplet", triplet_rows)
#undef LK_STRUCT

#define LK_STRUCT lk_arcface_options
static const lk_option arcface_rows[] = {
#include "train/arcface_rows.inc"
};
LK_OPTIONS_TABLE(lk_arcface_options, "arcface", arcface_rows)
#undef LK_STRUCT

#define LK_STRUCT lk_sampler_options
static const lk_option sampler_rows[] = {
#include "train/sampler_rows.inc"
    LK_SEED("Seed of the order of people and photographs"),
};
LK_OPTIONS_TABLE(lk_sampler_options, "sampler", sampler_rows)
#undef LK_STRUCT

#define LK_STRUCT lk_augment_options
static const lk_option augment_rows[] = {
#include "train/augment_rows.inc"
};
LK_OPTIONS_TABLE(lk_augment_options, "augment", augment_rows)
#undef LK_STRUCT

#define LK_STRUCT lk_optimizer_options
static const lk_option optimizer_rows[] = {
#include "train/optimizer_rows.inc"
};
LK_OPTIONS_TABLE(lk_optimizer_options, "optimizer", optimizer_rows)
#undef LK_STRUCT

#define LK_STRUCT lk_schedule_options
static const lk_option schedule_rows[] = {
#include "train/schedule_rows.inc"
};
LK_OPTIONS_TABLE(lk_schedule_options, "schedule", schedule_rows)
