/* What lk_embedder_options and lk_model_traits can say. */
#include <likeness/embed.h>

#include "base/metric.h"
#include "base/options.h"
#include "embed/precision.h"
#include "image/rows.h"

#define LK_STRUCT lk_embedder_options
#define LK_PREFIX ""
#define LK_PART
#define LK_MOST_PIXEL 65536 /* far beyond what a byte needs */

static const lk_option rows[] = {
    LK_REAL("width", width, .least = 0, .most = 16, .preset = "0",
            .preset_words = "0, as the file's shapes say",
            .help = "Multiplies every channel count; 1 is the published network"),
    LK_FLAG("classify", classify, .preset = "off",
            .help = "Logits instead of embeddings; the file must hold them"),
    LK_WHOLE(
        "batch", batch, .least = 1, .most = 1024, .preset = "8", .unit = "faces",
        .help = "Faces that go through the network together", .word = "batch", .argument = "N",
        .commands =
            "audit calibrate cluster compare embed enroll identify lesson reembed verify watch"),
    LK_CHOICE(
        "precision", precision, .choices = lk_precision_names, .preset = "own",
        .help = "In what numbers the network runs: f32; bf16, half the bytes and nearly the "
                "same vectors, on processors that have it; int8, a quarter, of weights that "
                "'models quantize' made; auto, which is bf16 where that is faster and else f32; "
                "own, as the weights are, f32 or int8. Of weights for int8 auto is int8 with "
                "AVX512_VNNI, without which int8 is slow",
        .word = "precision", .argument = "NAME",
        .commands =
            "audit calibrate cluster compare embed enroll identify lesson reembed verify watch"),
    LK_TEXT("packed", packed, .preset_words = "none",
            .help = "Folder where laid out weights are kept"),
    LK_TEXT("packed_digest", packed_digest, .preset_words = "computed",
            .help = "SHA-256 of the file of weights"),
    LK_WHOLE("packed_limit", packed_limit, .least = 0, .most = 1e15, .preset = "1073741824",
             .unit = "bytes", .help = "What the folder of laid out weights may hold"),
};

LK_OPTIONS_TABLE(lk_embedder_options, "embedder", rows)

static const char *const colours[] = {
    [LK_COLOURS_RGB] = "rgb",
    [LK_COLOURS_BGR] = "bgr",
    [LK_COLOURS_BGR + 1] = NULL,
};

#undef LK_STRUCT
#define LK_STRUCT lk_model_traits
static const lk_option traits_rows[] = {
    LK_TEXT("name", name, .help = "Name of the model", .word = "name", .argument = "TEXT",
            .commands = "models"),
    LK_WHOLE("size", size, .least = 1, .most = 4096, .preset = "160", .unit = "pixels",
             .help = "Width and height of the faces that it takes", .word = "size",
             .argument = "PIXELS", .commands = "models"),
    LK_WHOLE("margin", margin, .least = 0, .most = 4095, .preset = "0", .unit = "pixels",
             .help = "What the face has around its box", .word = "margin", .argument = "PIXELS",
             .commands = "models"),
    LK_CHOICE("resize", resize, .choices = lk_pillow_names, .preset = "pillow-12",
              .help = "As which Pillow its faces were resized", .word = "resize",
              .argument = "RULE", .commands = "models"),
    LK_CHOICE("align", align, .choices = lk_align_names, .preset = "none",
              .help = "How its faces are turned and scaled by their landmarks", .word = "align",
              .argument = "TEMPLATE", .commands = "models"),
    LK_CHOICE("colours", colours, .choices = colours, .preset = "rgb",
              .help = "The order of its colours", .word = "colours", .argument = "ORDER",
              .commands = "models"),
    LK_REAL("mean", mean, .count = 3, .least = -LK_MOST_PIXEL, .most = LK_MOST_PIXEL,
            .preset = "127.5,127.5,127.5", .help = "What is taken off each colour", .word = "mean",
            .argument = "A,B,C", .commands = "models"),
    LK_REAL("deviation", deviation, .count = 3, .least = 0.001, .most = LK_MOST_PIXEL,
            .preset = "128,128,128", .help = "What each colour is divided by then",
            .word = "deviation", .argument = "A,B,C", .commands = "models"),
    LK_WHOLE("width", width, .least = 0, .most = 65536, .preset = "0", .preset_words = "not known",
             .unit = "numbers", .help = "Numbers of a vector", .word = "width", .argument = "N",
             .commands = "models"),
    LK_FLAG("unit", unit, .preset = "off", .help = "Its vectors have length 1", .word = "unit",
            .commands = "models"),
    LK_CHOICE("metric", metric, .choices = lk_metric_names, .preset = "euclidean",
              .help = "How its vectors are compared", .word = "metric", .argument = "NAME",
              .commands = "models"),
    LK_REAL("threshold", threshold, .least = 0, .most = 1e6, .preset = "0", .preset_words = "none",
            .help = "The distance by that metric from which on two faces "
                    "usually are taken for two people",
            .word = "threshold", .argument = "T", .commands = "models"),
    LK_TEXT("threshold_source", threshold_source, .help = "Who says so", .word = "threshold-source",
            .argument = "TEXT", .commands = "models"),
    LK_TEXT("quantised_from", quantised_from,
            .help = "SHA-256 of the weights that whole numbers were made from"),
};

LK_OPTIONS_TABLE(lk_model_traits, "model", traits_rows)
