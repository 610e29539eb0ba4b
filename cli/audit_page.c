/* index.html: gives the page what the audit found. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <likeness-program/audit_page.h>

#include "audit.h"

enum { NOTES = 10 };

/* What the page borrows. */
typedef struct page_parts {
    lk_audit_page page;
    audit_steps steps;
    lk_report_note scope[NOTES], settings[NOTES];
    char *texts[2 * NOTES];
    size_t text_count;
    const char **names;
    char **sentences;
    lk_audit_page_group *groups;
    lk_audit_page_quartiles *quartiles; /* [groups, measures] */
    lk_audit_page_measure *measures;
    const char **problems;
    lk_audit_page_pair *duplicates, *near;
    lk_lesson_image *faces;
    size_t *face_group, *face_photo;
    double *distances, *pca;
} page_parts;

static void page_parts_clear(page_parts *p)
{
    audit_steps_clear(&p->steps);
    for (size_t i = 0; i < p->text_count; i++)
        free(p->texts[i]);
    for (size_t g = 0; p->sentences && g < p->page.headline->groups; g++)
        free(p->sentences[g]);
    void *const all[] = {p->names,      p->sentences,  p->groups,   p->quartiles, p->faces,
                         p->face_group, p->face_photo, p->measures, p->pca,       p->problems,
                         p->duplicates, p->near,       p->distances};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

/* ---- notes ---- */

/* Takes the text over. */
static void page_note(page_parts *p, lk_report_note *notes, size_t *count, const char *name,
                      char *text)
{
    p->texts[p->text_count++] = text;
    notes[(*count)++] = (lk_report_note){name, text};
}

/* How faces were found, as E.json has it; NULL: it does not say. */
static char *page_faces_found(const audit_data *data)
{
    const json_t *faces = json_object_get(data->about, "faces");
    const json_t *boxes = json_object_get(faces, "boxes");
    const char *file = json_string_value(json_array_get(boxes, 0));
    const char *name =
        json_string_value(json_object_get(json_object_get(faces, "detector"), "name"));
    if (file)
        return cli_format("by the boxes of %s%s", file,
                          json_array_size(boxes) > 1 ? " and other files" : "");
    if (name)
        return cli_format("by %s", name);
    return faces ? cli_strdup("photographs were taken whole") : NULL;
}

static void page_scope(page_parts *p, const audit_data *data, const audit_findings *findings)
{
    const json_t *model = json_object_get(data->about, "model");
    const char *name = json_string_value(json_object_get(model, "name"));
    const char *digest = json_string_value(json_object_get(model, "sha256"));
    const char *precision = json_string_value(json_object_get(model, "precision"));
    const lk_audit_level *first = &findings->headline.level[audit_first_level(&findings->headline)];
    size_t *count = &p->page.scope_count;
    page_note(p, p->scope, count, "Model", cli_strdup(name ? name : "not known"));
    page_note(p, p->scope, count, "Its SHA-256", cli_strdup(digest ? digest : "not known"));
    page_note(p, p->scope, count, "The network's numbers",
              cli_strdup(precision ? precision : "not known"));
    if (json_is_true(json_object_get(model, "unpublished")))
        page_note(p, p->scope, count, "Warning", cli_strdup("not the published file of this name"));
    page_note(
        p, p->scope, count, "Distance",
        cli_format("%s, of %zu numbers a face",
                   data->metric == LK_METRIC_COSINE ? "cosine (1 minus the cosine)" : "euclidean",
                   data->vectors.d));
    page_note(p, p->scope, count, "Faces found", page_faces_found(data));
    page_note(p, p->scope, count, "Threshold",
              isnan(first->target)
                  ? cli_format("%.6g, as given", first->threshold)
                  : cli_format("%.6g, set by all groups' pairs of different people: at most %g of "
                               "them match",
                               first->threshold, first->target));
    page_note(p, p->scope, count, "Groups by",
              cli_strdup(data->group_reason ? data->group_reason : "the list"));
    page_note(p, p->scope, count, "People", cli_strdup(data->rule_reason));
    p->page.scope = p->scope;
}

static void page_settings(page_parts *p, const audit_data *data)
{
    size_t *count = &p->page.setting_count;
    page_note(p, p->settings, count, "Seed",
              cli_format("%llu", (unsigned long long)data->options->embed.how.common.seed));
    page_note(p, p->settings, count, "Embeddings", cli_strdup(data->options->table));
    page_note(p, p->settings, count, "Program", cli_format("likeness %s", lk_version()));
    p->page.settings = p->settings;
}

/* ---- groups and photographs ---- */

static void page_groups(page_parts *p, const audit_data *data)
{
    size_t measures = audit_measure_count;
    p->groups = cli_alloc(data->group_count, sizeof *p->groups);
    p->quartiles = cli_alloc(data->group_count * measures, sizeof *p->quartiles);
    p->measures = cli_alloc(measures, sizeof *p->measures);
    for (size_t m = 0; m < measures; m++)
        p->measures[m] = (lk_audit_page_measure){audit_measures[m].title, audit_measures[m].unit};
    for (size_t g = 0; g < data->group_count; g++) {
        const audit_group *group = &data->groups[g];
        lk_audit_page_quartiles *own = p->quartiles + g * measures;
        for (size_t m = 0; m < measures; m++) {
            audit_quartiles q = audit_measure_of_group(data, &audit_measures[m], g, NULL);
            own[m] = (lk_audit_page_quartiles){q.count, q.low, q.middle, q.high};
        }
        p->groups[g] = (lk_audit_page_group){.name = group->name,
                                             .photographs = group->photos,
                                             .people = group->people,
                                             .no_face = group->no_face,
                                             .unreadable = group->failed,
                                             .left_out = group->left_out,
                                             .compared = group->place != SIZE_MAX,
                                             .failure = group->failure,
                                             .measures = own};
    }
    p->page.groups = p->groups;
    p->page.group_count = data->group_count;
    p->page.measures = p->measures;
    p->page.measure_count = measures;
}

/* The name of a person; NULL where it is that of the photograph. */
static const char *page_person(const audit_data *data, const audit_photo *photo)
{
    const char *name = data->persons[photo->person];
    return strcmp(name, photo->path) == 0 ? NULL : name;
}

static lk_audit_page_pair page_pair(const audit_data *data, size_t first, size_t second,
                                    const char *how, double distance)
{
    const audit_photo *a = &data->photos[first], *b = &data->photos[second];
    return (lk_audit_page_pair){.paths = {a->path, b->path},
                                .persons = {page_person(data, a), page_person(data, b)},
                                .how = how,
                                .distance = distance,
                                .faces = {SIZE_MAX, SIZE_MAX}};
}

static void page_pairs(page_parts *p, const audit_data *data)
{
    p->duplicates = cli_alloc(data->count, sizeof *p->duplicates);
    p->near = cli_alloc(data->near_count, sizeof *p->near);
    for (size_t i = 0; i < data->count; i++) {
        const audit_photo *photo = &data->photos[i];
        if (photo->same_as == SIZE_MAX)
            continue;
        p->duplicates[p->page.duplicate_count++] =
            page_pair(data, i, photo->same_as, audit_same_name(photo->how), photo->distance);
        p->page.duplicate_pairs += photo->person != data->photos[photo->same_as].person;
    }
    for (size_t i = 0; i < data->near_count; i++)
        p->near[i] = page_pair(data, data->near[i].first, data->near[i].second, NULL,
                               data->near[i].distance);
    p->page.duplicates = p->duplicates;
    p->page.near = p->near;
    p->page.near_count = data->near_count;
}

static void page_texts(page_parts *p, const audit_data *data, const lk_audit_findings *f)
{
    p->names = cli_alloc(f->groups, sizeof *p->names);
    p->sentences = cli_alloc(f->groups, sizeof *p->sentences);
    p->problems = cli_alloc(data->problem_count, sizeof *p->problems);
    for (size_t g = 0; g < f->groups; g++) {
        p->names[g] = audit_place_name(data, g);
        p->sentences[g] = audit_rate_sentence(&f->level[p->page.first].fmr[g], p->names[g]);
    }
    for (size_t i = 0; i < data->problem_count; i++)
        p->problems[i] = data->problems[i].text;
    p->page.names = p->names;
    p->page.sentences = (const char *const *)p->sentences;
    p->page.problems = p->problems;
    p->page.problem_count = data->problem_count;
}

/* ---- faces ---- */

/* The first of its groups that is compared; SIZE_MAX: none, or the photograph is left out. */
static size_t page_place(const audit_data *data, const audit_photo *photo)
{
    size_t place = SIZE_MAX;
    if (photo->row == SIZE_MAX || photo->same_as != SIZE_MAX)
        return place;
    for (size_t m = photo->first; m < photo->first + photo->count && place == SIZE_MAX; m++)
        place = data->groups[data->member[m]].place;
    return place;
}

static void page_list_faces(page_parts *p, const audit_data *data)
{
    size_t count = 0;
    p->faces = cli_alloc(data->count, sizeof *p->faces);
    p->face_group = cli_alloc(data->count, sizeof *p->face_group);
    p->face_photo = cli_alloc(data->count, sizeof *p->face_photo);
    for (size_t place = 0; place < data->compared_count; place++)
        for (size_t i = 0; i < data->count; i++) {
            const audit_photo *photo = &data->photos[i];
            if (page_place(data, photo) != place)
                continue;
            p->faces[count] = (lk_lesson_image){
                .path = photo->path, .label = page_person(data, photo), .crop = photo->picture};
            p->face_photo[count] = i;
            p->face_group[count++] = place;
        }
    p->page.faces = p->faces;
    p->page.face_group = p->face_group;
    p->page.face_count = count;
}

static void page_distances(page_parts *p, const audit_data *data)
{
    size_t n = p->page.face_count;
    p->distances = cli_alloc(n * n, sizeof *p->distances);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            p->distances[i * n + j] = p->distances[j * n + i] = audit_distance(
                data, data->photos[p->face_photo[i]].row, data->photos[p->face_photo[j]].row);
    p->page.distances = p->distances;
}

/* Whoever is to say whether two are one person has to see them. */
static void page_picture_pairs(page_parts *p, const audit_data *data)
{
    for (size_t i = 0; i < data->near_count; i++)
        for (size_t f = 0; f < p->page.face_count; f++) {
            if (p->face_photo[f] == data->near[i].first)
                p->near[i].faces[0] = f;
            if (p->face_photo[f] == data->near[i].second)
                p->near[i].faces[1] = f;
        }
}

static lk_status page_pca(page_parts *p, const audit_data *data)
{
    size_t n = p->page.face_count, *rows = cli_alloc(n, sizeof *rows);
    for (size_t i = 0; i < n; i++)
        rows[i] = data->photos[p->face_photo[i]].row;
    double *x = cli_vectors_take(&data->vectors, rows, n);
    p->pca = cli_alloc(2 * n, sizeof *p->pca);
    lk_status status = lk_stats_pca(p->pca, NULL, p->page.pca_ratio, x, n, data->vectors.d, NULL);
    if (status == LK_OK && isfinite(p->page.pca_ratio[0]))
        p->page.pca = p->pca;
    free(rows);
    free(x);
    return status;
}

static lk_status page_faces(page_parts *p, const audit_data *data)
{
    if (data->count > AUDIT_MOST_PICTURES)
        return LK_OK;
    page_list_faces(p, data);
    if (p->page.face_count < 3)
        return LK_OK;
    page_distances(p, data);
    page_picture_pairs(p, data);
    return data->vectors.d < 2 ? LK_OK : page_pca(p, data);
}

lk_status audit_page(lk_output *output, const audit_data *data, const audit_findings *findings,
                     const audit_settings *settings)
{
    const lk_audit_findings *f = &findings->headline;
    page_parts p = {.page = {.headline = f,
                             .with_all = findings->has_all ? &findings->with_all : NULL,
                             .matched = findings->has_matched ? &findings->matched : NULL,
                             .no_match = findings->no_match,
                             .first = audit_first_level(f),
                             .what_if = settings->settings,
                             .what_if_count = settings->count,
                             .what_if_start = settings->start,
                             .metric = data->metric}};
    page_scope(&p, data, findings);
    page_settings(&p, data);
    page_groups(&p, data);
    page_pairs(&p, data);
    page_texts(&p, data, f);
    lk_status status = audit_steps_find(&p.steps, data, f);
    p.page.steps = p.steps.levels;
    p.page.step_count = p.steps.count;
    if (status == LK_OK)
        status = page_faces(&p, data);
    if (status == LK_OK)
        status = lk_audit_page_write(output, &p.page);
    page_parts_clear(&p);
    return status;
}
