/* The options about reading, detecting and cropping. */
#include <stdlib.h>
#include <string.h>

#include "photos.h"
#include "rows.h"
#include "store.h"

enum { KEY_DETECTOR = CLI_KEY_PHOTOS, KEY_BOXES, KEY_COMPAT };

const char *cli_selection_name(lk_selection selection)
{
    return lk_option_find(lk_detector_options_table(), "selection")->choices[selection];
}

void cli_detect_set_facenet(cli_detect_options *options, bool facenet)
{
    options->facenet = facenet;
    options->image.ignore_exif = facenet;
    if (!options->border_given)
        options->mtcnn.border = facenet ? LK_BORDER_SQUEEZE : LK_BORDER_PAD;
}

static void set_compat(struct argp_state *state, cli_detect_options *options, const char *text)
{
    if (strcmp(text, "facenet-pytorch") != 0 && strcmp(text, "none") != 0)
        cli_usage(state, "--compat takes facenet-pytorch or none, not '%s'", text);
    cli_detect_set_facenet(options, strcmp(text, "none") != 0);
    options->compat_given = true;
}

/* A name of the store that stands for something else is a slip of the pen. */
static void set_detector(struct argp_state *state, cli_detect_options *options, const char *text)
{
    if (cli_store_entry(text) && strcmp(text, "mtcnn") != 0 && strcmp(text, "yunet") != 0)
        cli_usage(state,
                  "--detector takes mtcnn, yunet, a folder or a file, and '%s' is no detector",
                  text);
    options->detector = text;
}

void cli_detect_init(cli_detect_options *options)
{
    *options = (cli_detect_options){.detector = "mtcnn"};
    lk_detector_options_init(&options->mtcnn);
    lk_image_options_init(&options->image);
}

/* --keep-all is one of cutting out, of which a finder knows nothing else. */
static error_t photo_options_take_row(struct argp_state *state, int key, const char *text,
                                      cli_detect_options *o)
{
    const lk_option *row = cli_row_of(key, NULL);
    lk_extract_options extract;
    lk_extract_options_init(&extract);
    o->border_given |= row && strcmp(row->name, "border") == 0;
    extract.keep_all = o->keep_all;
    error_t result = cli_rows_take(state, key, text, lk_detector_options_table(), &o->mtcnn);
    if (result == ARGP_ERR_UNKNOWN)
        result = cli_rows_take(state, key, text, lk_image_options_table(), &o->image);
    if (result == ARGP_ERR_UNKNOWN && row && strcmp(row->name, "keep_all") == 0)
        result = cli_rows_take(state, key, text, lk_extract_options_table(), &extract);
    o->keep_all = extract.keep_all;
    return result;
}

static error_t parse_detect(int key, char *text, struct argp_state *state)
{
    cli_detect_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT: cli_detect_init(o); break;
    case KEY_DETECTOR: set_detector(state, o, text); break;
    case KEY_BOXES:
        if (o->box_count == CLI_MOST_BOXES)
            cli_usage(state, "at most %d times --boxes", CLI_MOST_BOXES);
        o->boxes[o->box_count++] = text;
        break;
    case KEY_COMPAT: set_compat(state, o, text); break;
    default: return photo_options_take_row(state, key, text, o);
    }
    return 0;
}

static struct argp_option detect_options[] = {
    {"detector", KEY_DETECTOR, "mtcnn|yunet|DIR", 0,
     "Face detector: the store's MTCNN (default) or YuNet, much faster; or a folder with pnet.pt, "
     "rnet.pt, onet.pt, or YuNet's .onnx file. Of --thresholds YuNet has the last; its makers' is "
     "0.9",
     20},
    {"boxes", KEY_BOXES, "FILE", 0,
     "Take the faces' boxes from a CSV file (truth.csv of 'likeness synth', or what 'likeness "
     "embed' wrote) and run no detector. Repeat for more files",
     0},
    CLI_ROW("min-face-size"),
    CLI_ROW("thresholds"),
    CLI_ROW("factor"),
    CLI_ROW("selection"),
    CLI_ROW("selection-threshold"),
    CLI_ROW("center-weight"),
    CLI_ROW("border"),
    CLI_ROW("keep-all"),
    {"compat", KEY_COMPAT, "facenet-pytorch", 0,
     "Behave as that library: do not turn photographs upright by their EXIF tag, and squeeze at "
     "the border where --border says nothing; 'none' undoes it",
     0},
    CLI_ROW("max-pixels"),
    {0},
};

const struct argp cli_detect_argp = {.options = detect_options, .parser = parse_detect};

const char *cli_border_name(lk_border border)
{
    return lk_option_find(lk_detector_options_table(), "border")->choices[border];
}

const char *cli_align_name(lk_align align)
{
    return lk_option_find(lk_extract_options_table(), "align")->choices[align];
}

const char *cli_resize_name(lk_pillow version)
{
    return lk_option_find(lk_extract_options_table(), "resize")->choices[version];
}

/* A template has a size of its own. */
static size_t usual_size(lk_align align)
{
    lk_extract_options usual;
    lk_extract_options_init(&usual);
    switch (align) {
    case LK_ALIGN_ARCFACE: return LK_ALIGN_ARCFACE_SIZE;
    case LK_ALIGN_DLIB: return LK_ALIGN_DLIB_SIZE;
    default: return usual.image_size;
    }
}

static error_t parse_crop(int key, char *text, struct argp_state *state)
{
    lk_extract_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        lk_extract_options_init(o);
        o->image_size = 0; /* not named */
        break;
    case ARGP_KEY_END:
        if (!o->image_size)
            o->image_size = usual_size(o->align);
        if (o->align != LK_ALIGN_NONE && o->margin)
            cli_usage(state, "--margin is of faces that are cut out by their boxes: with --align "
                             "the template says what is around a face");
        if (o->align == LK_ALIGN_DLIB && o->image_size != LK_ALIGN_DLIB_SIZE)
            cli_usage(state, "--size %zu: --align dlib gives faces of %d pixels", o->image_size,
                      LK_ALIGN_DLIB_SIZE);
        if (o->margin >= o->image_size)
            cli_usage(state, "--margin %zu must be smaller than --size %zu", o->margin,
                      o->image_size);
        break;
    default: return cli_rows_take(state, key, text, lk_extract_options_table(), o);
    }
    return 0;
}

static struct argp_option crop_options[] = {
    CLI_ROW_IN_GROUP("size", 10),
    CLI_ROW("margin"),
    CLI_ROW("resize"),
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
    lk_free(directory);
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

int cli_finder_align(cli_finder *finder, lk_align align)
{
    char *path = NULL;
    if (align != LK_ALIGN_DLIB)
        return CLI_OK;
    lk_status status = lk_store_find_predictor(&path, CLI_PREDICTOR);
    if (status != LK_OK)
        return cli_fail(status);
    cli_note("landmarks: %s", path);
    status = lk_dlib_predictor_open(&finder->predictor, path);
    lk_free(path);
    return status == LK_OK ? CLI_OK : cli_fail_input(status);
}

void cli_finder_clear(cli_finder *finder)
{
    lk_dlib_predictor_close(finder->predictor);
    lk_detector_destroy(finder->detector);
    cli_boxes_clear(&finder->boxes);
    free(finder->nothing);
    *finder = (cli_finder){0};
}
