/* The options about reading, detecting and cropping. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "photos.h"

enum {
    KEY_DETECTOR = CLI_KEY_PHOTOS,
    KEY_BOXES,
    KEY_MIN_FACE,
    KEY_THRESHOLDS,
    KEY_FACTOR,
    KEY_SELECTION,
    KEY_SELECTION_THRESHOLD,
    KEY_CENTER_WEIGHT,
    KEY_KEEP_ALL,
    KEY_COMPAT,
    KEY_MAX_PIXELS,
    KEY_SIZE,
    KEY_MARGIN,
    KEY_RESIZE
};

static const char *const selections[] = {
    [LK_SELECT_LARGEST] = "largest",
    [LK_SELECT_PROBABILITY] = "probability",
    [LK_SELECT_LARGEST_OVER_THRESHOLD] = "largest_over_threshold",
    [LK_SELECT_CENTER_WEIGHTED_SIZE] = "center_weighted_size",
};

const char *cli_selection_name(lk_selection selection)
{
    return selections[selection];
}

static lk_selection parse_selection(struct argp_state *state, const char *text)
{
    for (size_t i = 0; i < sizeof selections / sizeof *selections; i++)
        if (strcmp(text, selections[i]) == 0)
            return (lk_selection)i;
    cli_usage(state,
              "--selection takes largest, probability, largest_over_threshold or "
              "center_weighted_size, not '%s'",
              text);
    return LK_SELECT_LARGEST;
}

static void parse_thresholds(struct argp_state *state, float out[3], const char *text)
{
    const char *at = text;
    for (int i = 0; i < 3; i++) {
        char *end;
        double value = strtod(at, &end);
        if (end == at || !(value >= 0 && value <= 1) || *end != (i < 2 ? ',' : '\0'))
            cli_usage(state, "--thresholds takes three numbers from 0 to 1, as .6,.7,.7, not '%s'",
                      text);
        out[i] = (float)value;
        at = end + 1;
    }
}

void cli_detect_set_facenet(cli_detect_options *options, bool facenet)
{
    options->facenet = facenet;
    options->image.ignore_exif = facenet;
}

static void set_compat(struct argp_state *state, cli_detect_options *options, const char *text)
{
    if (strcmp(text, "facenet-pytorch") != 0 && strcmp(text, "none") != 0)
        cli_usage(state, "--compat takes facenet-pytorch or none, not '%s'", text);
    cli_detect_set_facenet(options, strcmp(text, "none") != 0);
    options->compat_given = true;
}

static void set_defaults(cli_detect_options *options)
{
    *options = (cli_detect_options){.detector = "mtcnn"};
    lk_detector_options_init(&options->mtcnn);
    lk_image_options_init(&options->image);
}

static error_t parse_detect(int key, char *text, struct argp_state *state)
{
    cli_detect_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: set_defaults(o); break;
    case KEY_DETECTOR: o->detector = text; break;
    case KEY_BOXES:
        if (o->box_count == CLI_MOST_BOXES)
            cli_usage(state, "at most %d times --boxes", CLI_MOST_BOXES);
        o->boxes[o->box_count++] = text;
        break;
    case KEY_MIN_FACE:
        o->mtcnn.min_face_size = cli_parse_whole(state, "--min-face-size", text, 1, 100000);
        break;
    case KEY_THRESHOLDS: parse_thresholds(state, o->mtcnn.thresholds, text); break;
    case KEY_FACTOR:
        o->mtcnn.factor = (float)cli_parse_number(state, "--factor", text, 0.1, 0.99);
        break;
    case KEY_SELECTION: o->mtcnn.selection = parse_selection(state, text); break;
    case KEY_SELECTION_THRESHOLD:
        o->mtcnn.selection_threshold =
            (float)cli_parse_number(state, "--selection-threshold", text, 0, 1);
        break;
    case KEY_CENTER_WEIGHT:
        o->mtcnn.center_weight = (float)cli_parse_number(state, "--center-weight", text, 0, 1e6);
        break;
    case KEY_KEEP_ALL: o->keep_all = true; break;
    case KEY_COMPAT: set_compat(state, o, text); break;
    case KEY_MAX_PIXELS:
        o->image.max_pixels = cli_parse_whole(state, "--max-pixels", text, 1, UINT64_C(1) << 40);
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option detect_options[] = {
    {"detector", KEY_DETECTOR, "mtcnn|DIR", 0,
     "Face detector: the store's MTCNN (default) or a folder with pnet.pt, rnet.pt, onet.pt", 20},
    {"boxes", KEY_BOXES, "FILE", 0,
     "Take the faces' boxes from a CSV file (truth.csv of 'likeness synth', or what 'likeness "
     "embed' wrote) and run no detector. Repeat for more files",
     0},
    {"min-face-size", KEY_MIN_FACE, "PIXELS", 0, "Smallest face looked for (default: 20)", 0},
    {"thresholds", KEY_THRESHOLDS, "A,B,C", 0, "Of the three stages (default: .6,.7,.7)", 0},
    {"factor", KEY_FACTOR, "F", 0, "Between the pyramid's levels (default: .709)", 0},
    {"selection", KEY_SELECTION, "RULE", 0,
     "Which face, where one is taken: largest (default), probability, "
     "largest_over_threshold, center_weighted_size",
     0},
    {"selection-threshold", KEY_SELECTION_THRESHOLD, "P", 0,
     "Of largest_over_threshold (default: .9)", 0},
    {"center-weight", KEY_CENTER_WEIGHT, "W", 0, "Of center_weighted_size (default: 2)", 0},
    {"keep-all", KEY_KEEP_ALL, NULL, 0, "Take all faces of a photograph, not one", 0},
    {"compat", KEY_COMPAT, "facenet-pytorch", 0,
     "Behave as that library: do not turn photographs upright by their EXIF tag; 'none' undoes it",
     0},
    {"max-pixels", KEY_MAX_PIXELS, "N", 0, "Refuse larger images (default: 100000000)", 0},
    {0},
};

const struct argp cli_detect_argp = {.options = detect_options, .parser = parse_detect};

static const char *const resizes[] = {[LK_PILLOW_12] = "pillow-12", [LK_PILLOW_13] = "pillow-13"};

const char cli_resize_help[] =
    "Resize faces to the byte as Pillow does: pillow-12, as its versions before 13, one of which "
    "facenet-pytorch asks for (default); pillow-13, as its 13.0, where some bytes differ by one";

const char *cli_resize_name(lk_pillow version)
{
    return resizes[version];
}

lk_pillow cli_parse_resize(struct argp_state *state, const char *text)
{
    for (size_t i = 0; i < sizeof resizes / sizeof *resizes; i++)
        if (strcmp(text, resizes[i]) == 0)
            return (lk_pillow)i;
    cli_usage(state, "--resize takes pillow-12 or pillow-13, not '%s'", text);
    return LK_PILLOW_12;
}

static error_t parse_crop(int key, char *text, struct argp_state *state)
{
    cli_crop_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: *o = (cli_crop_options){.size = 160}; break;
    case KEY_SIZE: o->size = cli_parse_whole(state, "--size", text, 1, 4096); break;
    case KEY_MARGIN: o->margin = cli_parse_whole(state, "--margin", text, 0, 4095); break;
    case KEY_RESIZE: o->resize = cli_parse_resize(state, text); break;
    case ARGP_KEY_END:
        if (o->margin >= o->size)
            cli_usage(state, "--margin %zu must be smaller than --size %zu", o->margin, o->size);
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option crop_options[] = {
    {"size", KEY_SIZE, "PIXELS", 0, "Width and height of a cropped face (default: 160)", 10},
    {"margin", KEY_MARGIN, "PIXELS", 0, "Added around the box, in pixels of the crop (default: 0)",
     0},
    {"resize", KEY_RESIZE, "RULE", 0, cli_resize_help, 0},
    {0},
};

const struct argp cli_crop_argp = {.options = crop_options, .parser = parse_crop};

static int load_detector(lk_detector **out, const cli_detect_options *options)
{
    char *directory = NULL;
    lk_status status = lk_store_find(&directory, options->detector);
    if (status != LK_OK)
        return cli_fail(status);
    cli_note("detector: %s", directory);
    status = lk_detector_create(out, directory, &options->mtcnn);
    lk_string_free(directory);
    return status == LK_OK ? CLI_OK : cli_fail_input(status);
}

static char *no_box(const cli_detect_options *options)
{
    size_t more = options->box_count - 1;
    if (!more)
        return cli_format("no box for it in %s", options->boxes[0]);
    return cli_format("no box for it in %s and %zu other %s", options->boxes[0], more,
                      more == 1 ? "file" : "files");
}

int cli_finder_load(cli_finder *out, const cli_detect_options *options)
{
    cli_finder finder = {0};
    int status = CLI_OK;
    for (size_t i = 0; i < options->box_count; i++)
        status = cli_worse(status, cli_boxes_add(&finder.boxes, options->boxes[i]));
    if (options->box_count == 0)
        status = load_detector(&finder.detector, options);
    else
        finder.nothing = no_box(options);
    *out = finder;
    if (status != CLI_OK)
        cli_finder_clear(out);
    return status;
}

void cli_finder_clear(cli_finder *finder)
{
    lk_detector_destroy(finder->detector);
    cli_boxes_clear(&finder->boxes);
    free(finder->nothing);
    *finder = (cli_finder){0};
}
