/* What lk_detector_options and lk_extract_options can say. */
#include <likeness/detect.h>

#include "base/options.h"
#include "image/rows.h"

#define PHOTOS                                                                                     \
    "audit calibrate cluster compare crop detect embed enroll identify lesson reembed train "      \
    "verify watch"
#define LK_PREFIX ""
#define LK_PART

static const char *const selections[] = {
    [LK_SELECT_LARGEST] = "largest",
    [LK_SELECT_PROBABILITY] = "probability",
    [LK_SELECT_LARGEST_OVER_THRESHOLD] = "largest_over_threshold",
    [LK_SELECT_CENTER_WEIGHTED_SIZE] = "center_weighted_size",
    [LK_SELECT_CENTER_WEIGHTED_SIZE + 1] = NULL,
};

static const char *const borders[] = {
    [LK_BORDER_PAD] = "pad",
    [LK_BORDER_SQUEEZE] = "squeeze",
    [LK_BORDER_SQUEEZE + 1] = NULL,
};

#define LK_STRUCT lk_detector_options
static const lk_option detector_rows[] = {
    LK_WHOLE("min_face_size", min_face_size, .least = 1, .most = 100000, .preset = "20",
             .unit = "pixels", .help = "Smallest face looked for", .word = "min-face-size",
             .argument = "PIXELS", .commands = PHOTOS),
    LK_REAL("thresholds", thresholds, .count = 3, .least = 0, .most = 1, .preset = "0.6,0.7,0.7",
            .help = "How sure each of the three stages must be", .word = "thresholds",
            .argument = "A,B,C", .commands = PHOTOS),
    /* Close to 1 a pyramid has no end worth waiting for. */
    LK_REAL("factor", factor, .least = 0, .above = true, .most = 0.99, .preset = "0.709",
            .help = "Scale from one level of the pyramid to the next", .word = "factor",
            .argument = "F", .commands = PHOTOS),
    LK_FLAG("select_largest", select_largest, .preset = "on",
            .help = "Faces come largest first; off: most probable first"),
    LK_CHOICE("selection", selection, .choices = selections, .preset = "largest",
              .help = "Which face, where one is taken", .word = "selection", .argument = "RULE",
              .commands = PHOTOS),
    LK_REAL("selection_threshold", selection_threshold, .least = 0, .most = 1, .preset = "0.9",
            .help = "For largest_over_threshold: how probable a face must be",
            .word = "selection-threshold", .argument = "P", .commands = PHOTOS),
    LK_REAL("center_weight", center_weight, .least = 0, .most = LK_OPTION_NO_BOUND, .preset = "2",
            .help = "For center_weighted_size: how much the distance from the centre counts",
            .word = "center-weight", .argument = "W", .commands = PHOTOS),
    LK_WHOLE("max_faces", max_faces, .least = 0, .most = 1000000, .preset = "0",
             .preset_words = "no limit", .unit = "faces",
             .help = "Keep at most this many faces of an image"),
    LK_CHOICE("border", border, .choices = borders, .preset = "pad",
              .help = "Where a face reaches over the border of its photograph: pad with black, so "
                      "that box and landmarks are where the face is; or squeeze, as "
                      "facenet-pytorch does",
              .word = "border", .argument = "RULE", .commands = PHOTOS),
};
LK_OPTIONS_TABLE(lk_detector_options, "detector", detector_rows)

#undef LK_STRUCT
#define LK_STRUCT lk_extract_options
static const lk_option extract_rows[] = {
    LK_WHOLE("image_size", image_size, .least = 1, .most = 4096, .preset = "160",
             .preset_words = "as the model says, else 160", .unit = "pixels",
             .help = "Width and height of a cropped face", .word = "size", .argument = "PIXELS",
             .commands =
                 "audit calibrate cluster compare crop embed enroll identify reembed verify watch"),
    LK_WHOLE("margin", margin, .least = 0, .most = 4095, .preset = "0",
             .preset_words = "as the model says, else 0", .unit = "pixels",
             .help = "Added around the box, in pixels of the crop", .word = "margin",
             .argument = "PIXELS",
             .commands =
                 "audit calibrate cluster compare crop embed enroll identify reembed verify watch"),
    LK_FLAG("post_process", post_process, .preset = "on",
            .help = "Standardise, (value - 127.5) / 128; off: values 0 to 255"),
    LK_FLAG("keep_all", keep_all, .preset = "off",
            .help = "Take every face in a photograph, not just one", .word = "keep-all",
            .commands = PHOTOS),
    LK_CHOICE(
        "resize", resize, .choices = lk_pillow_names, .preset = "pillow-12",
        .preset_words = "as the model says, else pillow-12",
        .help =
            "Resize faces to the byte as Pillow does: pillow-12, as its versions before 13, one "
            "of which facenet-pytorch asks for; pillow-13, as its 13.0, where some bytes differ "
            "by one",
        .word = "resize", .argument = "RULE",
        .commands = "audit calibrate cluster compare crop embed enroll identify lesson reembed "
                    "verify watch"),
    LK_CHOICE(
        "align", align, .choices = lk_align_names, .preset = "none",
        .preset_words = "as the model says, else none",
        .help = "Turn and scale each face by its five landmarks: arcface, as the ArcFace "
                "family and SFace want it, 112 pixels a side unless --size says otherwise; dlib, "
                "as its network wants it, 150 pixels (its landmarks come with 'likeness models "
                "pull dlib'); none: cut it out by its box",
        .word = "align", .argument = "TEMPLATE",
        .commands =
            "audit calibrate cluster compare crop embed enroll identify reembed verify watch"),
};
LK_OPTIONS_TABLE(lk_extract_options, "extract", extract_rows)
