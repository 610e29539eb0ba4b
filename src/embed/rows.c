/* What lk_embedder_options can say. */
#include <likeness/embed.h>

#include "base/options.h"

#define LK_STRUCT lk_embedder_options
#define LK_PREFIX ""
#define LK_PART

static const lk_option rows[] = {
    LK_REAL("width", width, .least = 0, .most = 16, .preset = "0",
            .preset_words = "0, as the file's shapes say",
            .help = "Multiplies every channel count; 1 is the published network"),
    LK_FLAG("classify", classify, .preset = "off",
            .help = "Logits instead of embeddings; the file must hold them"),
    LK_WHOLE("batch", batch, .least = 1, .most = 1024, .preset = "8", .unit = "faces",
             .help = "Faces that go through the network together", .word = "batch", .argument = "N",
             .commands = "compare embed lesson"),
};

LK_OPTIONS_TABLE(lk_embedder_options, "embedder", rows)
