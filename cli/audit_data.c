/* The vectors, their list, and who is in which group. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "json.h"
#include "sidecar.h"

/* ---- the vectors ---- */

static int check_finite(const cli_vectors *v, const char *path)
{
    size_t bad = 0, first = 0;
    for (size_t i = v->n; i-- > 0;) {
        bool finite = true;
        for (size_t k = 0; k < v->d && finite; k++)
            finite = isfinite(v->x[i * v->d + k]);
        bad += !finite;
        first = finite ? first : i;
    }
    if (!bad)
        return CLI_OK;
    char *rows = cli_count(bad, "row holds", "rows hold");
    cli_error("%s: %s NaN or infinity, the first is row %zu: a distance to it does not exist; "
              "embed again, or take it out of the table and its list",
              path, rows, first);
    free(rows);
    return CLI_SOME_FAILED;
}

/* Against E.json. */
static int check_described(const cli_sidecar *sidecar, const char *path)
{
    lk_tensors *file = NULL;
    lk_status status = lk_npy_open(&file, path);
    if (status != LK_OK)
        return cli_fail_input(status);
    int result = cli_sidecar_check_vectors(sidecar, lk_tensors_get(file, 0), path);
    lk_tensors_close(file);
    return result;
}

static int data_read_vectors(audit_data *data, const char *path)
{
    cli_sidecar sidecar = {0};
    int status = cli_vectors_read(&data->vectors, path, NULL);
    if (status == CLI_OK)
        status = cli_sidecar_read(&sidecar, path);
    if (status == CLI_OK)
        status = check_described(&sidecar, path);
    if (status == CLI_OK)
        status = check_finite(&data->vectors, path);
    data->about = json_incref(sidecar.object);
    data->metric = data->options->metric_given ? data->options->audit.metric : data->vectors.metric;
    cli_sidecar_clear(&sidecar);
    return status;
}

/* ---- groups by path ---- */

/* Where the file knows people, it is asked for all of them. */
static void take_persons(audit_data *data, audit_members *members)
{
    bool any = false;
    for (size_t i = 0; members->persons && i < data->count; i++)
        any = any || members->persons[i];
    for (size_t i = 0; any && i < data->count; i++) {
        free(data->photos[i].name);
        data->photos[i].name = members->persons[i];
        members->persons[i] = NULL;
    }
    data->has_person = data->has_person || any;
}

static void take_members(audit_data *data, audit_members *members)
{
    free(data->member);
    data->member = members->group;
    data->member_count = members->start[data->count];
    for (size_t i = 0; i < data->count; i++) {
        audit_photo *photo = &data->photos[i];
        photo->first = members->start[i];
        photo->count = members->start[i + 1] - members->start[i];
        if (members->ages && !isnan(members->ages[i]))
            photo->age = members->ages[i];
    }
    take_persons(data, members);
    members->group = NULL;
    data->groups = cli_alloc(members->name_count, sizeof *data->groups);
    data->group_count = members->name_count;
    for (size_t g = 0; g < members->name_count; g++) {
        data->groups[g] = (audit_group){.name = members->names[g]};
        members->names[g] = NULL;
    }
    data->group_reason = members->reason;
    members->reason = NULL;
}

static int find_members(audit_data *data)
{
    audit_members members;
    const char **paths = cli_alloc(data->count, sizeof *paths);
    for (size_t i = 0; i < data->count; i++)
        paths[i] = data->photos[i].path;
    int status = audit_members_find(&members, data->options, paths, data->count);
    free(paths);
    if (status != CLI_OK)
        return status;
    free(data->groups);
    take_members(data, &members);
    if (members.unmatched)
        audit_problem_add(data, "rows_without_photograph", members.unmatched,
                          "%zu %s of %s %s no photograph here; the first is %s", members.unmatched,
                          cli_word(members.unmatched, "row", "rows"), data->options->list,
                          cli_word(members.unmatched, "names", "name"), members.first_unmatched);
    audit_members_clear(&members);
    return CLI_OK;
}

/* ---- all of it ---- */

static char *list_of(const audit_options *o)
{
    return o->labels ? cli_strdup(o->labels) : cli_sidecar_path(o->table, ".csv");
}

int audit_data_read(audit_data *data, const audit_options *options)
{
    char *list = list_of(options);
    data->options = options;
    int status = data_read_vectors(data, options->table);
    if (status == CLI_OK && !options->labels && access(list, F_OK) != 0) {
        cli_error("%s: no list beside it, %s, says who is in its rows: --labels E.csv names it",
                  options->table, list);
        status = CLI_SOME_FAILED;
    }
    if (status == CLI_OK)
        status = audit_table_read(data, list);
    if (status == CLI_OK && (options->glob_count || options->list))
        status = find_members(data);
    for (size_t i = 0; status == CLI_OK && i < data->count; i++)
        data->ungrouped += data->photos[i].count == 0;
    free(list);
    return status;
}

void audit_data_clear(audit_data *data)
{
    for (size_t i = 0; i < data->count; i++) {
        free(data->photos[i].path);
        free(data->photos[i].name);
        free(data->photos[i].label);
        free(data->photos[i].trouble);
        lk_image_clear(&data->photos[i].picture);
    }
    for (size_t g = 0; g < data->group_count; g++)
        free(data->groups[g].name);
    for (size_t i = 0; i < data->person_count; i++)
        free(data->persons[i]);
    for (size_t i = 0; i < data->problem_count; i++)
        free(data->problems[i].text);
    free(data->photos);
    free(data->groups);
    free(data->member);
    free(data->persons);
    free(data->problems);
    free(data->compared);
    free(data->rule_reason);
    free(data->group_reason);
    json_decref(data->about);
    cli_vectors_clear(&data->vectors);
    *data = (audit_data){0};
}
