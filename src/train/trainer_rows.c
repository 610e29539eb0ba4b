/* What lk_trainer_options can say. Every row is a line of a checkpoint, and says whether
 * a resumed run may change it. Not here: run, replace, fit_people and parallel, which are
 * no part of what a run is. */
#include <likeness/trainer.h>

#include "base/files.h"
#include "base/options.h"
#include "image/rows.h"
#include "train/rows.h"

static const char *const losses[] = {
    [LK_TRAINER_TRIPLET] = "triplet",
    [LK_TRAINER_SOFTMAX] = "softmax",
    [LK_TRAINER_ARCFACE] = "arcface",
    [LK_TRAINER_ARCFACE + 1] = NULL,
};
static const char *const precisions[] = {
    [LK_PRECISION_F32] = "f32",
    [LK_PRECISION_BF16] = "bf16",
    [LK_PRECISION_BF16 + 1] = NULL,
};
#define LK_STRUCT                    lk_trainer_options
#define LK_OF_RUN(of_run, by_itself) of_run
#define LK_PREFIX                    ""
#define LK_PART

static const lk_option rows[] = {
    /* only the first session looks at it */
    LK_TEXT("init", init, .preset_words = "random",
            .help = "Start from these weights: a name of 'likeness models list', or a file",
            .free = true, .word = "init", .argument = "NAME|FILE", .commands = "train"),
    LK_CHOICE("label", label, .choices = lk_label_names, .preset = "first",
              .help = "Whose photograph it is: first, the folder directly under DIR; last, the "
                      "innermost folder; path, all folders below DIR",
              .word = "label-from", .argument = "RULE", .commands = "train"),
    LK_REAL("width", width, .least = 0, .most = 16, .preset = "0",
            .preset_words = "1, the published network, or as --init says",
            .help = "Multiplies every channel count", .word = "width", .argument = "W",
            .commands = "train"),
    LK_WHOLE("size", size, .least = 75, .most = 4096, .preset = "160",
             .preset_words = "as --init says, else 160", .unit = "pixels",
             .help = "Resize faces to PIXELS", .word = "size", .argument = "PIXELS",
             .commands = "train"),
    LK_WHOLE("face_margin", face_margin, .least = 0, .most = 4095, .preset = "0", .unit = "pixels",
             .help = "What each face has around its box; the weights say it further"),
    LK_CHOICE("face_align", face_align, .choices = lk_align_names, .preset = "none",
              .help = "How faces were turned by their landmarks; the weights say it further"),
    LK_WHOLE("seed", seed, .least = 0, .most = LK_OPTION_NO_BOUND, .preset = "0",
             .help = "Seed of all random choices"),
    LK_CHOICE("loss", loss, .choices = losses, .preset = "triplet", .help = "Loss to minimise",
              .word = "loss", .argument = "NAME", .commands = "train"),
#undef LK_PREFIX
#undef LK_PART
#define LK_PREFIX "triplet."
#define LK_PART   triplet.
#include "train/triplet_rows.inc"
#undef LK_PREFIX
#undef LK_PART
#define LK_PREFIX "arcface."
#define LK_PART   arcface.
#include "train/arcface_rows.inc"
#undef LK_PREFIX
#undef LK_PART
#define LK_PREFIX "sampler."
#define LK_PART   sampler.
#include "train/sampler_rows.inc"
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
#undef LK_PREFIX
#undef LK_PART
#define LK_PREFIX "optimizer."
#define LK_PART   optimizer.
#include "train/optimizer_rows.inc"
#undef LK_PREFIX
#undef LK_PART
#define LK_PREFIX "schedule."
#define LK_PART   schedule.
#include "train/schedule_rows.inc"
#undef LK_PREFIX
#undef LK_PART
#define LK_PREFIX ""
#define LK_PART
    LK_FLAG("dropout", dropout, .preset = "off",
            .help = "The published network's dropout before the last layer", .word = "dropout",
            .commands = "train"),
    LK_REAL("clip", clip, .least = 0, .most = LK_OPTION_NO_BOUND, .preset = "0",
            .preset_words = "no clipping", .help = "Scale gradients down to this norm",
            .word = "clip", .argument = "NORM", .commands = "train"),
    LK_REAL("average", average, .least = 0, .most = 1, .below = true, .preset = "0",
            .preset_words = "none",
            .help =
                "Validate and keep a moving average of the weights with this decay, such as 0.99",
            .word = "average", .argument = "DECAY", .commands = "train"),
    LK_TEXTS("frozen", frozen,
             .help = "Layers whose names begin with PREFIX do not learn; repeat it for more",
             .word = "freeze", .argument = "PREFIX", .commands = "train"),
    LK_CHOICE("precision", precision, .choices = precisions, .preset = "f32",
              .help = "In what numbers convolutions multiply: f32, or bf16 on processors that "
                      "have it; weights and sums are f32 in both",
              .word = "precision", .argument = "NAME", .commands = "train"),
    LK_WHOLE("epochs", epochs, .least = 1, .most = 1000000, .preset = "30", .unit = "epochs",
             .help = "Passes over the photographs", .free = true, .word = "epochs", .argument = "N",
             .commands = "train"),
    LK_WHOLE("steps", steps, .least = 0, .most = 1000000000, .preset = "0",
             .preset_words = "no limit", .unit = "steps",
             .help = "Stop after N steps at the latest", .free = true, .word = "steps",
             .argument = "N", .commands = "train"),
    LK_REAL("validation", validation, .least = 0, .most = 1, .below = true, .preset = "0.1",
            .preset_words = "0.1; with fewer than 8 people none",
            .help = "Share of the people who are held out, at least two; 0: none",
            .word = "validation", .argument = "SHARE", .commands = "train"),
    LK_WHOLE("validation_photos", validation_photos, .least = 4, .most = 1000000, .preset = "2000",
             .unit = "photographs",
             .help = "Compare at most this many photographs, taken evenly from the people"),
    LK_WHOLE("save_epochs", save_epochs, .least = 0, .most = 1000000, .preset = "1",
             .unit = "epochs", .help = "Epochs between saves; 0: epochs are not counted",
             .free = true),
    LK_WHOLE("save_steps", save_steps, .least = 0, .most = 1000000000, .preset = "0",
             .preset_words = "every epoch and every 10 minutes", .unit = "steps",
             .help = "Save every STEPS steps as well", .free = true, .word = "checkpoint",
             .argument = "STEPS", .commands = "train"),
    LK_REAL("save_seconds", save_seconds, .least = 0, .most = LK_OPTION_NO_BOUND, .preset = "600",
            .unit = "seconds", .help = "Time between saves; 0: time is not counted", .free = true),
    LK_WHOLE("ahead", ahead, .least = 1, .most = 1000, .preset = "3", .unit = "batches",
             .help = "Batches that are decoded ahead", .free = true),
};

#define PART(member)                                                                               \
    {                                                                                              \
        offsetof(lk_trainer_options, member), sizeof(((lk_trainer_options *)0)->member)            \
    }

static const lk_options_part parts[] = {
    PART(triplet), PART(arcface),   PART(sampler),  PART(augment),
    PART(image),   PART(optimizer), PART(schedule),
};

LK_OPTIONS_TABLE_WITH_PARTS(lk_trainer_options, "trainer", rows, parts,
                            sizeof parts / sizeof *parts)
