/* Who is who: by a column, by folders, or each photograph a person of its own. */
#include <stdlib.h>
#include <string.h>

#include "audit.h"

static const char *const rule_names[] = {"auto", "photograph", "first", "last", "path"};

const char *audit_rule_name(audit_rule rule)
{
    return rule == AUDIT_COLUMN ? "column" : rule == AUDIT_FOLDER ? "folder" : rule_names[rule];
}

bool audit_rule_parse(audit_rule *out, const char *name)
{
    for (size_t i = 0; i < sizeof rule_names / sizeof *rule_names; i++)
        if (strcmp(rule_names[i], name) == 0) {
            *out = (audit_rule)i;
            return true;
        }
    return false;
}

/* The length of the folder's part of a path, 0 for a name alone. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) : 0;
}

static bool is_one_folder(const char *a, const char *b)
{
    size_t length = folder_length(a);
    return length == folder_length(b) && strncmp(a, b, length) == 0;
}

/* How many groups have all of their photographs in one folder; *groups have any. */
static size_t count_flat(const audit_data *data, size_t *groups)
{
    const char **first = cli_alloc(data->group_count, sizeof *first);
    bool *deep = cli_alloc(data->group_count, sizeof *deep);
    size_t flat = 0;
    for (size_t i = 0; i < data->count; i++)
        for (size_t m = 0; m < data->photos[i].count; m++) {
            size_t g = data->member[data->photos[i].first + m];
            if (!first[g])
                first[g] = data->photos[i].path;
            else if (!is_one_folder(first[g], data->photos[i].path))
                deep[g] = true;
        }
    *groups = 0;
    for (size_t g = 0; g < data->group_count; g++) {
        *groups += first[g] != NULL;
        flat += first[g] && !deep[g];
    }
    free(first);
    free(deep);
    return flat;
}

static void choose(audit_data *data)
{
    size_t groups, flat;
    const audit_options *o = data->options;
    bool by_path = o->glob_count || o->list;
    if (data->has_person || (!by_path && data->has_label)) {
        data->rule = AUDIT_COLUMN;
        data->rule_reason =
            cli_format("the column '%s' says who it is", data->has_person ? "person" : "label");
        return;
    }
    flat = count_flat(data, &groups);
    if (flat == groups) {
        data->rule = AUDIT_PHOTOGRAPH;
        data->rule_reason =
            cli_format("each photograph counts as a person of its own, because the photographs of "
                       "each group lie in one folder");
        return;
    }
    data->rule = AUDIT_FOLDER;
    data->rule_reason = cli_format(
        "the innermost folder is the person, because the photographs of %zu of %zu groups lie in "
        "several folders",
        groups - flat, groups);
}

/* Labels that `embed` made by the rule that is asked for. */
static bool labels_are_by(const audit_data *data, const char *rule)
{
    const json_t *labels = json_object_get(data->about, "labels");
    const char *from = json_string_value(json_object_get(labels, "from"));
    return data->has_label && from && strcmp(from, rule) == 0;
}

static int take_asked(audit_data *data)
{
    const char *name = audit_rule_name(data->rule);
    data->rule_reason = cli_format("--person %s", name);
    if (data->rule == AUDIT_PHOTOGRAPH || data->rule == AUDIT_LAST || labels_are_by(data, name))
        return CLI_OK;
    cli_error("--person %s: the labels of %s were not made so: embed with --label-from %s, or let "
              "the audit embed the photographs",
              name, data->options->table, name);
    return CLI_SOME_FAILED;
}

/* What the table says; NULL: nothing. */
static const char *said_of(const audit_data *data, const audit_photo *photo)
{
    return data->rule == AUDIT_COLUMN && data->has_person ? photo->name : photo->label;
}

/* The caller frees it. */
static char *person_of(const audit_data *data, const audit_photo *photo, size_t index)
{
    size_t length = folder_length(photo->path);
    char *folder;
    const char *said;
    switch (data->rule) {
    case AUDIT_FOLDER: return cli_format("%.*s", (int)length, photo->path);
    case AUDIT_LAST:
        folder = cli_format("%.*s", (int)length, photo->path);
        char *name = audit_name(strrchr(folder, '/') ? strrchr(folder, '/') + 1 : folder);
        free(folder);
        return name;
    case AUDIT_PHOTOGRAPH: /* of several faces each is somebody */
        return photo->print.face ? cli_format("%s#%u", photo->path, (unsigned)photo->print.face)
               : *photo->path    ? cli_strdup(photo->path)
                                 : cli_format("row %zu", index);
    default:
        said = said_of(data, photo);
        return said ? cli_strdup(said) : cli_format("line %zu", index + 2);
    }
}

/* A photograph that is listed twice is one person's, whatever the rule. */
int audit_people_find(audit_data *data)
{
    int status = CLI_OK;
    size_t nameless = 0;
    data->rule = data->options->person;
    if (data->rule == AUDIT_AUTO)
        choose(data);
    else
        status = take_asked(data);
    if (status != CLI_OK)
        return status;
    audit_index *people = audit_index_create();
    for (size_t i = 0; i < data->count; i++) {
        audit_photo *photo = &data->photos[i];
        char *name = person_of(data, photo, i);
        photo->person = audit_index_of(people, name);
        nameless += data->rule == AUDIT_COLUMN && !said_of(data, photo) && photo->count;
        free(name);
    }
    data->person_count = audit_index_count(people);
    data->persons = audit_index_finish(people);
    if (nameless)
        audit_problem_add(data, "photographs_without_person", nameless,
                          "%zu %s no person: each counts as a person of its own", nameless,
                          cli_word(nameless, "photograph has", "photographs have"));
    return CLI_OK;
}
