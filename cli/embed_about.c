/* E.json: how a table was made; and the job, by which a later run knows that it goes on
 * with the same. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "embed_shard.h"
#include "json.h"
#include "metric.h"
#include "model_json.h"
#include "needs.h"
#include "sidecar.h"

static json_t *describe_detector(const cli_detect_options *o)
{
    json_t *about = json_object();
    const lk_detector_options *m = &o->mtcnn;
    cli_json_set(about, "name", cli_json_text(o->detector));
    cli_json_set(about, "min_face_size", json_integer((json_int_t)m->min_face_size));
    if (cli_detector_is_yunet(o->detector)) { /* has one stage, and no pyramid */
        cli_json_set(about, "threshold", cli_json_float(m->thresholds[2]));
    } else {
        json_t *thresholds = json_array();
        for (int i = 0; i < 3; i++)
            cli_json_append(thresholds, cli_json_float(m->thresholds[i]));
        cli_json_set(about, "thresholds", thresholds);
        cli_json_set(about, "factor", cli_json_number(m->factor));
    }
    cli_json_set(about, "selection", json_string(cli_selection_name(m->selection)));
    cli_json_set(about, "border", json_string(cli_border_name(m->border)));
    return about;
}

static json_t *describe_boxes(const cli_detect_options *o)
{
    json_t *files = json_array();
    for (size_t i = 0; i < o->box_count; i++)
        cli_json_append(files, cli_json_text(o->boxes[i]));
    return files;
}

/* "(x - 127.5) / 128", or of each colour its own. */
static json_t *describe_preprocessing(const lk_model_traits *t)
{
    const double *m = t->mean, *d = t->deviation;
    bool one = m[0] == m[1] && m[1] == m[2] && d[0] == d[1] && d[1] == d[2];
    char *text = one ? cli_format("(x - %.9g) / %.9g", m[0], d[0])
                     : cli_format("(x - [%.9g, %.9g, %.9g]) / [%.9g, %.9g, %.9g]", m[0], m[1], m[2],
                                  d[0], d[1], d[2]);
    char *whole = cli_format("%s%s", text, t->colours == LK_COLOURS_BGR ? ", blue first" : "");
    json_t *value = cli_json_text(whole);
    free(whole);
    free(text);
    return value;
}

static json_t *describe_faces(const embed_options *o)
{
    json_t *about = json_object();
    bool boxes = o->how.detect.box_count && !o->how.no_detect, found = !boxes && !o->how.no_detect;
    const lk_extract_options *crop = &o->how.faces.crop;
    cli_json_set(about, "size", json_integer((json_int_t)crop->image_size));
    cli_json_set(about, "margin", json_integer(o->how.no_detect ? 0 : (json_int_t)crop->margin));
    cli_json_set(about, "resize", json_string(cli_resize_name(crop->resize)));
    cli_json_set(about, "detector", found ? describe_detector(&o->how.detect) : json_null());
    cli_json_set(about, "boxes", boxes ? describe_boxes(&o->how.detect) : json_null());
    cli_json_set(about, "keep_all", json_boolean(o->how.detect.keep_all && !o->how.no_detect));
    cli_json_set(about, "alignment", json_string(cli_align_name(crop->align)));
    cli_json_set(about, "turned_by_exif", json_boolean(!o->how.detect.image.ignore_exif));
    cli_json_set(about, "preprocessing", describe_preprocessing(o->traits));
    return about;
}

/* Who has groups of people has the people one folder further down. */
lk_label_rule embed_label_rule(const embed_options *o)
{
    return o->groups && !o->labels.chosen ? LK_LABEL_LAST : o->labels.rule;
}

static json_t *describe_labels(const embed_options *o)
{
    json_t *about = json_object();
    cli_json_set(about, "from", json_string(cli_label_rule_name(embed_label_rule(o))));
    cli_json_set(about, "group_from", o->groups ? json_string("first") : json_null());
    return about;
}

json_t *embed_describe(const embed_options *o, const float *rows, size_t count, size_t width,
                       const char *rows_digest, const char *model_digest)
{
    json_t *about = cli_sidecar_make(rows, count, width, rows_digest);
    json_t *model = json_object();
    cli_json_set(model, "name", cli_json_text(o->how.network.weights));
    cli_json_set(model, "sha256", json_string(model_digest));
    cli_json_set(model, "unpublished",
                 json_boolean(cli_needs_is_unpublished(o->how.network.weights)));
    cli_json_set(model, "precision", json_string(o->precision));
    cli_json_set(model, "metric", json_string(cli_metric_name(o->traits->metric)));
    cli_json_set(model, "traits", cli_model_json(o->traits));
    cli_json_set(about, "model", model);
    cli_json_set(about, "faces", describe_faces(o));
    cli_json_set(about, "labels", describe_labels(o));
    cli_json_set(about, "compat",
                 o->how.detect.facenet ? json_string("facenet-pytorch") : json_null());
    if (o->shard.of)
        cli_json_set(about, "shard", embed_shard_json(&o->shard));
    return about;
}

/* ---- the job ---- */

static int add_digest(json_t *object, const char *name, const char *path)
{
    char *digits;
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) { /* a pipe has been read already */
        cli_json_set(object, name, json_integer(getpid()));
        return CLI_OK;
    }
    int status = cli_digest_file(&digits, path);
    if (status != CLI_OK)
        return status;
    cli_json_set(object, name, json_string(digits));
    free(digits);
    return CLI_OK;
}

/* Of its files, under whichever names they lie in the folder. */
static int add_detector(json_t *files, const char *detector)
{
    char *paths[CLI_DETECTOR_FILES], *place = NULL;
    lk_status found = lk_store_find(&place, detector);
    if (found != LK_OK)
        return cli_fail(found);
    lk_free(place);
    size_t count = cli_detector_files(paths, detector);
    int status = CLI_OK;
    for (size_t i = 0; i < count; i++) {
        const char *slash = strrchr(paths[i], '/');
        if (status == CLI_OK)
            status = add_digest(files, slash ? slash + 1 : paths[i], paths[i]);
        free(paths[i]);
    }
    return status;
}

static int add_predictor(json_t *files)
{
    char *path = NULL;
    lk_status found = lk_store_find_predictor(&path, CLI_PREDICTOR);
    if (found != LK_OK)
        return cli_fail(found);
    int status = add_digest(files, "landmarks", path);
    lk_free(path);
    return status;
}

static int add_finder(json_t *files, const embed_options *o)
{
    int status = o->how.faces.crop.align == LK_ALIGN_DLIB ? add_predictor(files) : CLI_OK;
    if (o->how.no_detect)
        return CLI_OK;
    if (o->how.detect.box_count == 0)
        return cli_worse(status, add_detector(files, o->how.detect.detector));
    for (size_t i = 0; i < o->how.detect.box_count && status == CLI_OK; i++)
        status = add_digest(files, o->how.detect.boxes[i], o->how.detect.boxes[i]);
    return status;
}

/* Everything but the photographs that a vector depends on to the bit. */
int embed_job(json_t **out, const embed_options *o, const char *model_digest)
{
    json_t *job = json_object(), *files = json_object();
    const lk_detector_options *m = &o->how.detect.mtcnn;
    int status = add_finder(files, o);
    cli_json_set(job, "program", json_string(lk_version()));
    cli_json_set(job, "weights", json_string(model_digest));
    cli_json_set(job, "precision", json_string(o->precision));
    cli_json_set(job, "faces", describe_faces(o));
    cli_json_set(job, "files", files);
    cli_json_set(job, "batch", json_integer((json_int_t)o->how.network.embedder.batch));
    cli_json_set(job, "selection_threshold", cli_json_float(m->selection_threshold));
    cli_json_set(job, "center_weight", cli_json_number(m->center_weight));
    cli_json_set(job, "max_pixels", json_integer((json_int_t)o->how.detect.image.max_pixels));
    if (status == CLI_OK)
        *out = job;
    else
        json_decref(job);
    return status;
}
