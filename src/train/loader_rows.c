/* What lk_loader_options can say: reading ahead, and the parts that it is made of. */
#include <likeness/train.h>

#include "base/options.h"
#include "image/rows.h"

#define LK_STRUCT lk_loader_options

static const lk_option rows[] = {
#define LK_PREFIX ""
#define LK_PART
    LK_WHOLE("size", size, .least = 1, .most = 4096, .preset = "160", .unit = "pixels",
             .help = "Side of a picture"),
    LK_WHOLE("ahead", ahead, .least = 1, .most = 1000, .preset = "3", .unit = "batches",
             .help = "Batches that wait at most"),
    LK_WHOLE("threads", threads, .least = 0, .most = 1024, .preset = "0",
             .preset_words = "0, one for every four that compute", .help = "Threads that read"),
    LK_WHOLE("first", first, .least = 0, .most = LK_OPTION_NO_BOUND, .preset = "0",
             .help = "The first row of a batch to make"),
    LK_WHOLE("rows", rows, .least = 0, .most = LK_OPTION_NO_BOUND, .preset = "0",
             .preset_words = "0, all", .help = "How many rows from there on"),
#undef LK_PREFIX
#undef LK_PART
#define LK_PREFIX "sampler."
#define LK_PART   sampler.
#include "train/sampler_rows.inc"
    LK_WHOLE("seed", seed, .least = 0, .most = LK_OPTION_NO_BOUND, .preset = "0",
             .help = "Seed of the order of people and photographs"),
#undef LK_PREFIX
#undef LK_PART
#define LK_PREFIX "augment."
#define LK_PART   augment.
#include "train/augment_rows.inc"
#undef LK_PREFIX
#undef LK_PART
#define LK_PREFIX "image."
#define LK_PART   image.
#include "image/image_rows.inc"
};

static const lk_options_part parts[] = {
    {offsetof(lk_loader_options, sampler), sizeof(lk_sampler_options)},
    {offsetof(lk_loader_options, augment), sizeof(lk_augment_options)},
    {offsetof(lk_loader_options, image), sizeof(lk_image_options)},
};

LK_OPTIONS_TABLE_WITH_PARTS(lk_loader_options, "loader", rows, parts, sizeof parts / sizeof *parts)
