/* Cutting faces out before training: what is to be done, what is there, the rest. */
#include "train_faces.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "face_json.h"
#include "names.h"
#include "needs.h"
#include "progress.h"
#include "signals.h"

static const char *const folder_names[] = {"faces", "faces-2"};
enum { FOLDERS = 2 };

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static char *description_of(const char *folder)
{
    return cli_format("%s.json", folder);
}

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

/* ---- which folder ---- */

char *train_faces_find(const char *run, const char *path)
{
    for (size_t i = 0; i < FOLDERS; i++) {
        char *folder = cli_format("%s/%s", run, folder_names[i]);
        char *description = description_of(folder);
        bool found = strcmp(last_name(path), folder_names[i]) == 0 && is_there(description);
        free(description);
        if (found)
            return folder;
        free(folder);
    }
    return NULL;
}

/* The faces of the run that stands in RUN, or NULL. */
static char *faces_that_stand(const char *run)
{
    lk_trainer_saved *saved = NULL;
    char *checkpoint = cli_format("%s/checkpoint.safetensors", run), *found = NULL;
    if (is_there(checkpoint) && lk_trainer_saved_open(&saved, run) == LK_OK) {
        size_t count;
        const char *const *paths = lk_trainer_saved_paths(saved, &count);
        found = count == 1 ? train_faces_find(run, paths[0]) : NULL;
        lk_trainer_saved_close(saved);
    }
    free(checkpoint);
    return found;
}

char *train_faces_folder(const char *run)
{
    char *standing = faces_that_stand(run);
    bool taken = standing && strcmp(last_name(standing), folder_names[0]) == 0;
    free(standing);
    return cli_format("%s/%s", run, folder_names[taken ? 1 : 0]);
}

/* ---- removing ---- */

static bool train_faces_is_picture(const char *path)
{
    size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, ".png") == 0;
}

/* Pictures, whole or not, and folders that are empty without them: nothing else is ours. */
static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)at;
    if (kind == FTW_F && (train_faces_is_picture(path) || strstr(last_name(path), ".lk-part")))
        unlink(path);
    else if (kind == FTW_DP)
        rmdir(path);
    return 0;
}

static void drop_folder(const char *folder)
{
    enum { OPEN = 16 };
    char *description = description_of(folder);
    if (is_there(description)) {
        nftw(folder, remove_entry, OPEN, FTW_DEPTH | FTW_PHYS);
        unlink(description);
    }
    free(description);
}

void train_faces_drop_other(const char *run, const char *folder)
{
    for (size_t i = 0; i < FOLDERS; i++) {
        char *other = cli_format("%s/%s", run, folder_names[i]);
        if (strcmp(last_name(folder), folder_names[i]) != 0)
            drop_folder(other);
        free(other);
    }
}

/* ---- what is to be done ---- */

typedef struct faces_job {
    const train_options *o;
    const char *folder;
    size_t size;
    lk_pillow resize;
    cli_inputs inputs;
    char **names;          /* [inputs.count], of the faces */
    lk_file *missing;      /* [missing_count], photographs whose face is to be made */
    size_t *missing_index; /* their places among the inputs */
    size_t missing_count, without;
    bool made; /* there are faces */
    int status;
} faces_job;

static void clear_job(faces_job *job)
{
    for (size_t i = 0; job->names && i < job->inputs.count; i++)
        free(job->names[i]);
    free(job->names);
    free(job->missing);
    free(job->missing_index);
    cli_inputs_clear(&job->inputs);
}

/* Which photographs these are: another file of a name is another photograph. */
static char *digest_photos(const cli_inputs *inputs)
{
    cli_digest *digest = cli_digest_begin();
    for (size_t i = 0; i < inputs->count; i++) {
        struct stat info = {0};
        (void)!stat(inputs->files[i].path, &info); /* whoever cannot be read is told later */
        const int64_t about[] = {info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec};
        cli_digest_add_text(digest, inputs->files[i].path);
        cli_digest_add_text(digest, inputs->files[i].label);
        cli_digest_add(digest, about, sizeof about);
    }
    return cli_digest_end(digest);
}

static json_t *given_options(const train_options *o)
{
    json_t *array = json_array();
    for (size_t i = 0; i < o->face_option_count; i++)
        cli_json_append(array, cli_json_text(o->face_options[i]));
    return array;
}

/* How the faces are made, *out the caller's. Returns an exit status. */
static int train_faces_describe(json_t **out, const faces_job *job)
{
    json_t *object = json_object();
    char *photos = digest_photos(&job->inputs);
    int status = CLI_OK;
    cli_json_set(object, "format", cli_json_text("likeness train --detect"));
    cli_json_set(object, "size", json_integer((json_int_t)job->size));
    cli_json_set(object, "margin", json_integer((json_int_t)job->o->crop_margin));
    cli_json_set(object, "resize", json_string(cli_resize_name(job->resize)));
    cli_json_set(object, "options", given_options(job->o));
    cli_json_set(object, "border", cli_json_border(&job->o->detect));
    cli_json_set(object, "photographs", json_integer((json_int_t)job->inputs.count));
    cli_json_set(object, "photographs_sha256", cli_json_text(photos));
    json_t *boxes = json_array();
    for (size_t i = 0; i < job->o->detect.box_count && status == CLI_OK; i++) {
        char *digest = NULL;
        status = cli_digest_file(&digest, job->o->detect.boxes[i]);
        if (status == CLI_OK)
            cli_json_append(boxes, cli_json_text(digest));
        free(digest);
    }
    cli_json_set(object, "boxes_sha256", boxes);
    free(photos);
    *out = object;
    return status;
}

static bool train_faces_holds(const char *path, const json_t *description)
{
    enum { MOST = 1 << 20 };
    json_t *found = NULL;
    char *there = NULL;
    size_t count;
    bool same = is_there(path) && lk_input_read(&there, &count, path, MOST) == LK_OK &&
                (found = cli_json_parse(there, count)) && json_equal(found, description);
    json_decref(found);
    lk_free(there);
    return same;
}

static int write_description(const char *path, const json_t *description)
{
    lk_output *output = NULL;
    lk_status status = lk_output_open(&output, path);
    if (status == LK_OK) {
        cli_json_put(output, description, JSON_INDENT(1));
        status = lk_output_commit(output);
    }
    return status == LK_OK ? CLI_OK : cli_fail(status);
}

/* Keeps the faces that are there where they are what would be made again. */
static int settle_description(const faces_job *job)
{
    json_t *description = NULL;
    char *path = description_of(job->folder);
    int status = train_faces_describe(&description, job);
    if (status == CLI_OK && !train_faces_holds(path, description)) {
        drop_folder(job->folder);
        status = write_description(path, description);
    }
    json_decref(description);
    free(path);
    return status;
}

static void list_missing(faces_job *job)
{
    cli_names names = {0};
    size_t count = job->inputs.count;
    job->names = cli_alloc(count, sizeof *job->names);
    job->missing = cli_alloc(count, sizeof *job->missing);
    job->missing_index = cli_alloc(count, sizeof *job->missing_index);
    for (size_t i = 0; i < count; i++) {
        job->names[i] = cli_names_take(&names, job->folder, &job->inputs.files[i], 0);
        if (is_there(job->names[i]))
            continue;
        job->missing_index[job->missing_count] = i;
        job->missing[job->missing_count++] = job->inputs.files[i];
    }
    cli_names_clear(&names);
}

/* ---- doing it ---- */

static void train_faces_done(void *user, cli_photo *photo)
{
    faces_job *job = user;
    if (photo->problem) {
        cli_error("%s", photo->problem);
        job->status = cli_worse(job->status, CLI_SOME_FAILED);
        return;
    }
    if (photo->crop_count == 0) {
        cli_warn("%s: %s", photo->file->path, photo->nothing);
        job->without++;
        return;
    }
    const char *name = job->names[job->missing_index[photo->index]];
    lk_status status = lk_image_write_png(&photo->crops[0], name);
    if (status != LK_OK && job->status < CLI_ENVIRONMENT)
        job->status = cli_worse(job->status, cli_fail(status));
}

static void run_finder(faces_job *job, const cli_finder *finder)
{
    cli_photos_run(
        &(cli_photo_job){
            .finder = finder,
            .image = &job->o->detect.image,
            .crop = {.image_size = job->size, .margin = job->o->crop_margin, .resize = job->resize},
            .done = train_faces_done,
            .user = job,
            .what = "cutting faces out",
        },
        job->missing, job->missing_count);
    cli_progress_end();
}

static int train_faces_tell(faces_job *job)
{
    size_t faces = 0;
    for (size_t i = 0; i < job->inputs.count; i++)
        faces += is_there(job->names[i]);
    char *made = cli_count(faces, "face", "faces");
    char *photos = cli_count(job->inputs.count, "photograph", "photographs");
    if (cli_interrupted())
        cli_line(stderr, "stopped with %s of %s; the same command goes on", made, photos);
    else if (!job->o->json && !job->o->common.quiet)
        cli_line(stdout, "%s from %s in %s; %zu without a face", made, photos, job->folder,
                 job->without);
    free(made);
    free(photos);
    job->made = faces > 0;
    if (job->made || cli_interrupted() || job->status > CLI_SOME_FAILED)
        return job->status;
    cli_error("no face was found in any photograph: there is nothing to train on");
    return cli_worse(job->status, CLI_SOME_FAILED);
}

static int make_missing(faces_job *job)
{
    cli_finder finder;
    job->status = settle_description(job);
    if (job->status != CLI_OK)
        return job->status;
    list_missing(job);
    if (job->missing_count) {
        job->status = cli_finder_load(&finder, &job->o->detect);
        if (job->status != CLI_OK)
            return job->status;
        run_finder(job, &finder);
        cli_finder_clear(&finder);
    }
    return train_faces_tell(job);
}

/* A folder of that name which is somebody else's stays as it is. */
static int check_folder(const char *folder)
{
    char *description = description_of(folder);
    bool others = is_there(folder) && !is_there(description) && rmdir(folder) != 0;
    free(description);
    if (!others)
        return CLI_OK;
    cli_error("%s: is there already and was not made by train --detect", folder);
    return CLI_USAGE;
}

/* Two at once would take each other's names. */
static int make_alone(faces_job *job)
{
    lk_lock *lock = NULL;
    int status = check_folder(job->folder);
    if (status != CLI_OK)
        return status;
    lk_status locked = lk_lock_folder(&lock, job->folder, 0);
    status = locked == LK_OK ? make_missing(job) : cli_fail(locked);
    lk_lock_release(lock);
    return status;
}

int train_faces_make(char **folder, const train_options *o, const lk_trainer_options *trainer)
{
    faces_job job = {.o = o,
                     .size = trainer->size,
                     .resize = trainer->augment.resize,
                     .inputs.label = trainer->label};
    int status = cli_needs_models(&o->detect, LK_ALIGN_NONE, NULL);
    if (status != CLI_OK)
        return status;
    char *made = train_faces_folder(o->run);
    job.folder = made;
    status = cli_inputs_add_all(&job.inputs, &o->paths);
    if (job.inputs.failure_count == 0)
        status = cli_worse(status, make_alone(&job));
    if (job.made)
        *folder = made;
    else
        free(made);
    clear_job(&job);
    return status;
}
