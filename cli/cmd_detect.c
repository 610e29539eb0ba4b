/* likeness detect: boxes, probabilities and landmarks of the faces in photographs. */
#include <stdlib.h>

#include "draw.h"
#include "face_json.h"
#include "json.h"
#include "labels.h"
#include "names.h"
#include "needs.h"
#include "outputs.h"
#include "photo_command.h"
#include "progress.h"
#include "signals.h"

enum { KEY_JSON = CLI_KEY_OWN, KEY_ANNOTATE };

typedef struct detect_options {
    cli_common common;
    cli_detect_options detect;
    const char *output, *annotate;
    bool json;
    cli_label_options labels;
    cli_paths paths;
} detect_options;

static error_t detect_parse(int key, char *text, struct argp_state *state)
{
    detect_options *o = state->input;
    switch (key) {
    case 'o': o->output = text; break;
    case KEY_JSON: o->json = true; break;
    case KEY_ANNOTATE: o->annotate = text; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static const struct argp_option options[] = {
    {"json", KEY_JSON, NULL, 0,
     "Print one JSON object per photograph, each on its own line; one that could not be used has "
     "an "
     "\"error\" in "
     "it",
     1},
    {"output", 'o', "FILE", 0, "Write the results into FILE instead of standard output", 0},
    {"annotate", KEY_ANNOTATE, "DIR", 0,
     "Write copies with boxes and landmarks drawn in, DIR/LABEL/NAME.png", 0},
    {0},
};

static const char doc[] =
    "Finds the faces in photographs: boxes, probabilities and five landmarks, in pixels from the "
    "top-left corner. Folders are searched for photographs."
    "\vExamples:\n"
    "  likeness detect holiday/ --json > faces.jsonl\n"
    "  likeness detect group.jpg --annotate drawn/\n";

typedef struct detect_run {
    const detect_options *options;
    lk_output *output;
    cli_names names;
    int status;
} detect_run;

static void detect_print_json(lk_output *output, const cli_photo *photo,
                              const cli_detect_options *how)
{
    json_t *object = json_object(), *faces = json_array();
    cli_json_set_path(object, "path", photo->file->path);
    cli_json_set(object, "width", json_integer((json_int_t)photo->width));
    cli_json_set(object, "height", json_integer((json_int_t)photo->height));
    for (size_t i = 0; i < photo->faces.count; i++) {
        json_t *face = json_object();
        cli_json_set_face(face, &photo->faces.faces[i]);
        cli_json_append(faces, face);
    }
    cli_json_set(object, "faces", faces);
    cli_json_set(object, "border", cli_json_border(how));
    cli_json_send(output, object);
}

static void detect_print_text(lk_output *output, const cli_photo *photo)
{
    cli_output_line(output, "%s: %zux%zu, %zu %s", photo->file->path, photo->width, photo->height,
                    photo->faces.count, photo->faces.count == 1 ? "face" : "faces");
    for (size_t i = 0; i < photo->faces.count; i++) {
        const lk_face *face = &photo->faces.faces[i];
        cli_output_line(output, "  probability %.4f, box %.1f %.1f %.1f %.1f",
                        (double)face->probability, (double)face->box.x1, (double)face->box.y1,
                        (double)face->box.x2, (double)face->box.y2);
    }
    (void)lk_output_flush(output); /* in one piece, too, unless there are many faces */
}

static void annotate(detect_run *run, cli_photo *photo)
{
    cli_draw_faces(&photo->image, &photo->faces);
    char *path = cli_names_take(&run->names, run->options->annotate, photo->file, 0);
    lk_status status = lk_image_write_png(&photo->image, path);
    if (status != LK_OK)
        run->status = cli_worse(run->status, cli_fail(status));
    free(path);
}

static void detect_done(void *user, cli_photo *photo)
{
    detect_run *run = user;
    if (photo->problem) {
        cli_error("%s", photo->problem);
        run->status = cli_worse(run->status, CLI_SOME_FAILED);
        if (run->options->json)
            cli_json_send(run->output, cli_json_failure(photo->file->path, photo->problem));
        return;
    }
    cli_progress_hide();
    if (run->options->detect.box_count && photo->faces.count == 0)
        cli_warn("%s: %s", photo->file->path, photo->nothing);
    if (run->options->json)
        detect_print_json(run->output, photo, &run->options->detect);
    else
        detect_print_text(run->output, photo);
    if (run->options->annotate)
        annotate(run, photo);
}

static int detect_files(const detect_options *o, const cli_finder *finder, const cli_inputs *inputs,
                        lk_output *output)
{
    detect_run run = {.options = o, .output = output};
    if (o->json)
        cli_json_failures(output, inputs);
    cli_photos_run(
        &(cli_photo_job){
            .finder = finder,
            .image = &o->detect.image,
            .keep_all = true,
            .keep_image = o->annotate,
            .done = detect_done,
            .user = &run,
            .what = "detecting",
        },
        inputs->files, inputs->count);
    cli_names_clear(&run.names);
    return run.status;
}

static int detect_into_output(void *detect, const cli_inputs *inputs)
{
    const detect_options *o = detect;
    cli_finder finder;
    lk_output *output = NULL;
    lk_lock *lock = NULL; /* two at once would take each other's names */
    int status = cli_finder_load(&finder, &o->detect);
    if (status != CLI_OK)
        return status;
    lk_status opened = o->annotate ? lk_lock_folder(&lock, o->annotate, 0) : LK_OK;
    if (opened == LK_OK)
        opened = lk_output_open(&output, o->output);
    if (opened == LK_OK)
        status = detect_files(o, &finder, inputs, output);
    else
        status = cli_fail(opened);
    cli_finder_clear(&finder);
    status = cli_output_finish(output, true, status);
    lk_lock_release(lock);
    return status;
}

static int detect_check_files(void *detect, const cli_inputs *inputs)
{
    const detect_options *o = detect;
    cli_outputs outputs = {0};
    int missing = cli_needs_models(&o->detect, LK_ALIGN_NONE, NULL);
    cli_outputs_read_photos(&outputs, inputs, &o->paths);
    cli_outputs_read_finder(&outputs, &o->detect);
    cli_outputs_write(&outputs, o->output);
    if (o->annotate)
        cli_outputs_write_pictures(&outputs, o->annotate, inputs);
    return cli_worse(missing, cli_outputs_check(&outputs));
}

int cmd_detect(int argc, char **argv)
{
    detect_options o = {.output = "-"};
    static const cli_part parts[] = {{&cli_detect_argp, offsetof(detect_options, detect)},
                                     {&cli_labels_argp, offsetof(detect_options, labels)},
                                     {&cli_common_argp, offsetof(detect_options, common)},
                                     {&cli_paths_argp, offsetof(detect_options, paths)},
                                     {&cli_photographs_argp, offsetof(detect_options, paths)},
                                     {0}};
    const struct argp argp = {
        .options = options, .parser = detect_parse, .args_doc = "PATH...", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_signals_catch();
    const cli_photo_command command = {.paths = &o.paths,
                                       .label = o.labels.rule,
                                       .labels = o.annotate,
                                       .failures = o.json,
                                       .check = detect_check_files,
                                       .run = detect_into_output};
    return cli_photo_command_run(&command, &o);
}
