/* What lk_image_options can say, and names that other rooms' rows share. */
#include "image/rows.h"

#include <likeness/detect.h>
#include <likeness/image.h>

#include "base/options.h"

const char *const lk_pillow_names[] = {
    [LK_PILLOW_12] = "pillow-12",
    [LK_PILLOW_13] = "pillow-13",
    [LK_PILLOW_13 + 1] = NULL,
};

const char *const lk_align_names[] = {
    [LK_ALIGN_NONE] = "none",
    [LK_ALIGN_ARCFACE] = "arcface",
    [LK_ALIGN_DLIB] = "dlib",
    [LK_ALIGN_DLIB + 1] = NULL,
};

#define LK_STRUCT lk_image_options
#define LK_PREFIX ""
#define LK_PART

static const lk_option rows[] = {
#include "image/image_rows.inc"
};

LK_OPTIONS_TABLE(lk_image_options, "image", rows)
