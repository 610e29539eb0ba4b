/* What lk_synth_album_options can say. */
#include <likeness/synth.h>

#include "base/options.h"

#define LK_STRUCT lk_synth_album_options
#define LK_PREFIX ""
#define LK_PART

static const lk_option rows[] = {
    LK_WHOLE("people", people, .least = 1, .most = 1000000, .preset = "10", .unit = "people",
             .help = "How many people", .word = "people", .argument = "N", .commands = "synth"),
    LK_WHOLE("photos", photos, .least = 1, .most = 10000, .preset = "10", .unit = "photographs",
             .help = "Photographs of each", .word = "photos", .argument = "K", .commands = "synth"),
    LK_WHOLE("size", size, .least = 32, .most = 1024, .preset = "160", .unit = "pixels",
             .help = "Width and height", .word = "size", .argument = "PIXELS", .commands = "synth"),
    LK_WHOLE("seed", seed, .least = 0, .most = LK_OPTION_NO_BOUND, .preset = "1",
             .help = "Seed of people and photographs"),
    LK_WHOLE("first_person", first_person, .least = 0, .most = UINT32_MAX, .preset = "0",
             .help = "Start with person I of the seed", .word = "first", .argument = "I",
             .commands = "synth"),
    LK_FLAG("png", png, .preset = "off", .help = "Write PNG, which loses nothing", .word = "png",
            .commands = "synth"),
};

LK_OPTIONS_TABLE(lk_synth_album_options, "album", rows)
