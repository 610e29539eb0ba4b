/* likeness crop: cuts faces out into DIR/LABEL/NAME.png. */
#include <stdlib.h>

#include "labels.h"
#include "names.h"
#include "needs.h"
#include "outputs.h"
#include "photo_command.h"
#include "progress.h"
#include "rows.h"
#include "signals.h"

typedef struct crop_options {
    cli_common common;
    cli_detect_options detect;
    lk_extract_options crop;
    const char *output;
    cli_label_options labels;
    cli_paths paths;
} crop_options;

static error_t crop_parse(int key, char *text, struct argp_state *state)
{
    crop_options *o = state->input;
    switch (key) {
    case 'o': o->output = text; break;
    case ARGP_KEY_END: cli_need_folder(state, o->output); break;
    default: return cli_rows_take(state, key, text, lk_extract_options_table(), &o->crop);
    }
    return 0;
}

static struct argp_option options[] = {
    {"output", 'o', "DIR", 0, "Write the faces into DIR", 1},
    CLI_ROW("align"),
    {0},
};

static const char doc[] =
    "Finds a face in every photograph, cuts it out and writes it as a square PNG: "
    "DIR/LABEL/NAME.png, where the label is the person's folder (--label-from). Further faces "
    "(--keep-all) get _2, _3; a name that is taken gets -2, -3."
    "\vExamples:\n"
    "  likeness crop holiday/ -o faces/ --size 160 --margin 16\n"
    "  likeness crop holiday/ -o faces/ --align arcface\n";

typedef struct crop_run {
    const char *directory;
    cli_names names;
    size_t faces, photos, without, several;
    int status;
} crop_run;

static void write_crops(crop_run *run, const cli_photo *photo)
{
    for (size_t i = 0; i < photo->crop_count; i++) {
        char *path = cli_names_take(&run->names, run->directory, photo->file, i);
        lk_status status = lk_image_write_png(&photo->crops[i], path);
        if (status == LK_OK) {
            run->faces++;
            cli_note("%s: face %zu of %s", path, i + 1, photo->file->path);
        } else {
            run->status = cli_worse(run->status, cli_fail(status));
        }
        free(path);
    }
}

static void crop_done(void *user, cli_photo *photo)
{
    crop_run *run = user;
    if (photo->problem) {
        cli_error("%s", photo->problem);
        run->status = cli_worse(run->status, CLI_SOME_FAILED);
        return;
    }
    run->photos++;
    if (photo->crop_count == 0) {
        cli_warn("%s: %s", photo->file->path, photo->nothing);
        run->without++;
    }
    run->several += photo->faces.count < photo->found && photo->faces.count;
    write_crops(run, photo);
}

static int crop_files(const crop_options *o, const cli_finder *finder, const cli_inputs *inputs)
{
    crop_run run = {.directory = o->output};
    cli_photos_run(
        &(cli_photo_job){
            .finder = finder,
            .image = &o->detect.image,
            .keep_all = o->detect.keep_all,
            .crop = o->crop,
            .done = crop_done,
            .user = &run,
            .what = "cropping",
        },
        inputs->files, inputs->count);
    cli_progress_end();
    cli_line(stdout, "%zu %s from %zu %s written to %s; %zu without a face", run.faces,
             cli_word(run.faces, "face", "faces"), run.photos,
             cli_word(run.photos, "photograph", "photographs"), o->output, run.without);
    cli_photos_tell_several(run.several);
    cli_names_clear(&run.names);
    return run.status;
}

/* Two at once would take each other's names. */
static int crop_alone(void *crop, const cli_inputs *inputs)
{
    const crop_options *o = crop;
    cli_finder finder;
    lk_lock *lock = NULL;
    int status = cli_finder_load(&finder, &o->detect);
    if (status != CLI_OK)
        return status;
    status = cli_finder_align(&finder, o->crop.align);
    lk_status locked = status == CLI_OK ? lk_lock_folder(&lock, o->output, 0) : LK_OK;
    if (status == CLI_OK)
        status = locked == LK_OK ? crop_files(o, &finder, inputs) : cli_fail(locked);
    lk_lock_release(lock);
    cli_finder_clear(&finder);
    return status;
}

static int crop_check_files(void *crop, const cli_inputs *inputs)
{
    const crop_options *o = crop;
    cli_outputs outputs = {0};
    int missing = cli_needs_models(&o->detect, o->crop.align, NULL);
    cli_outputs_read_photos(&outputs, inputs, &o->paths);
    cli_outputs_read_finder(&outputs, &o->detect);
    cli_outputs_read_predictor(&outputs, o->crop.align);
    cli_outputs_write_pictures(&outputs, o->output, inputs);
    return cli_worse(missing, cli_outputs_check(&outputs));
}

int cmd_crop(int argc, char **argv)
{
    crop_options o = {0};
    static const cli_part parts[] = {{&cli_crop_argp, offsetof(crop_options, crop)},
                                     {&cli_detect_argp, offsetof(crop_options, detect)},
                                     {&cli_labels_argp, offsetof(crop_options, labels)},
                                     {&cli_common_argp, offsetof(crop_options, common)},
                                     {&cli_paths_argp, offsetof(crop_options, paths)},
                                     {&cli_photographs_argp, offsetof(crop_options, paths)},
                                     {0}};
    const struct argp argp = {
        .options = options, .parser = crop_parse, .args_doc = "PATH...", .doc = doc};
    cli_parse(&argp, parts, argc, argv, &o);
    cli_signals_catch();
    const cli_photo_command command = {.paths = &o.paths,
                                       .label = o.labels.rule,
                                       .labels = true,
                                       .check = crop_check_files,
                                       .run = crop_alone};
    return cli_photo_command_run(&command, &o);
}
