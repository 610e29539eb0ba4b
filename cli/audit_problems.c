/* What is wrong with the data, or worth knowing, in sentences. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"

void audit_problem_add(audit_data *data, const char *kind, size_t count, const char *format, ...)
{
    va_list arguments;
    char *text = NULL;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        cli_out_of_memory();
    data->problems = cli_grow(data->problems, &data->problem_capacity, data->problem_count + 1,
                              sizeof *data->problems);
    data->problems[data->problem_count++] = (audit_problem){kind, text, count};
}

static void find_duplicates(audit_data *data)
{
    size_t twice = 0, people = 0, groups = 0, how[LK_SAME_VECTOR + 1] = {0};
    for (size_t i = 0; i < data->count; i++) {
        const audit_photo *photo = &data->photos[i];
        if (photo->same_as == SIZE_MAX)
            continue;
        const audit_photo *first = &data->photos[photo->same_as];
        twice++;
        how[photo->how]++;
        people += photo->person != first->person;
        groups += photo->count && first->count &&
                  data->member[photo->first] != data->member[first->first];
    }
    if (!twice)
        return;
    char *across = groups ? cli_format(", %zu in another group", groups) : cli_strdup("");
    audit_problem_add(data, "duplicates", twice,
                      "%zu %s an earlier one (same bytes %zu, same pixels %zu, same picture %zu, "
                      "same vector %zu; %zu under another person's name%s) and left out of the "
                      "figures that come first",
                      twice, cli_word(twice, "photograph repeats", "photographs repeat"),
                      how[LK_SAME_BYTES], how[LK_SAME_PIXELS], how[LK_SAME_PICTURE],
                      how[LK_SAME_VECTOR], people, across);
    free(across);
}

static void find_in_two_groups(audit_data *data)
{
    size_t several = 0, first = 0;
    for (size_t i = data->count; i-- > 0;)
        if (data->photos[i].count > 1) {
            several++;
            first = i;
        }
    if (several)
        audit_problem_add(data, "in_several_groups", several,
                          "%zu %s in more than one group and %s in each; the first is %s", several,
                          cli_word(several, "photograph is", "photographs are"),
                          cli_word(several, "counts", "count"), data->photos[first].path);
    if (data->ungrouped)
        audit_problem_add(data, "in_no_group", data->ungrouped, "%zu %s in no group and left out",
                          data->ungrouped,
                          cli_word(data->ungrouped, "photograph is", "photographs are"));
}

/* Names of groups, a few of them; the caller frees it. */
static char *some_names(const audit_data *data, const size_t *groups, size_t count)
{
    enum { SHOWN = 5 };
    char *text = cli_strdup("");
    for (size_t i = 0; i < count && i < SHOWN; i++) {
        char *longer = cli_format("%s%s%s", text, i ? ", " : "", data->groups[groups[i]].name);
        free(text);
        text = longer;
    }
    if (count <= SHOWN)
        return text;
    char *all = cli_format("%s and %zu more", text, count - SHOWN);
    free(text);
    return all;
}

static void find_small_groups(audit_data *data)
{
    size_t *empty = cli_alloc(data->group_count, sizeof *empty), empties = 0;
    size_t *lone = cli_alloc(data->group_count, sizeof *lone), lones = 0;
    for (size_t g = 0; g < data->group_count; g++) {
        const audit_group *group = &data->groups[g];
        if (group->enrolled == 0)
            empty[empties++] = g;
        else if (group->place == SIZE_MAX)
            lone[lones++] = g;
    }
    char *names = some_names(data, empty, empties), *others = some_names(data, lone, lones);
    if (empties)
        audit_problem_add(data, "empty_groups", empties,
                          "%zu %s no photograph with a face, and %s left out of the comparison: %s",
                          empties, cli_word(empties, "group has", "groups have"),
                          cli_word(empties, "is", "are"), names);
    if (lones)
        audit_problem_add(data, "one_person_groups", lones,
                          "%zu %s one person only, so no two people to be mistaken for each other, "
                          "and left out of the comparison: %s%s",
                          lones, cli_word(lones, "group has", "groups have"), others,
                          data->rule == AUDIT_FOLDER
                              ? "; --person photograph takes each photograph as a person"
                              : "");
    free(names);
    free(others);
    free(empty);
    free(lone);
}

static void tell_alike(void *user, size_t a, size_t b)
{
    audit_data *data = user;
    audit_problem_add(data, "group_names_alike", 1,
                      "the groups '%s' and '%s' differ by capitals, accents or blanks only: are "
                      "they one?",
                      data->groups[a].name, data->groups[b].name);
}

static void find_alike_groups(audit_data *data)
{
    char **names = cli_alloc(data->group_count, sizeof *names);
    for (size_t g = 0; g < data->group_count; g++)
        names[g] = data->groups[g].name;
    audit_names_alike(names, data->group_count, tell_alike, data);
    free(names);
}

static void find_unenrolled(audit_data *data)
{
    size_t photos = 0, people = 0, troubles = 0, cut = 0;
    bool *seen = cli_alloc(data->person_count, sizeof *seen);
    bool *listed = cli_alloc(data->person_count, sizeof *listed);
    for (size_t i = 0; i < data->count; i++) {
        const audit_photo *photo = &data->photos[i];
        if (!photo->count)
            continue;
        listed[photo->person] = true;
        seen[photo->person] = seen[photo->person] || photo->row != SIZE_MAX;
        photos += photo->row == SIZE_MAX;
        troubles += photo->trouble != NULL;
        cut += photo->measured && photo->quality.inside < .99;
    }
    for (size_t i = 0; i < data->person_count; i++)
        people += listed[i] && !seen[i];
    if (photos)
        audit_problem_add(data, "labels_without_rows", photos,
                          "%zu %s no vector (no face, or not readable), and %zu %s none at all",
                          photos, cli_word(photos, "photograph has", "photographs have"), people,
                          cli_word(people, "person has", "people have"));
    if (troubles)
        audit_problem_add(data, "photographs_not_measured", troubles,
                          "%zu %s not be opened again to be measured", troubles,
                          cli_word(troubles, "photograph could", "photographs could"));
    if (cut)
        audit_problem_add(
            data, "faces_cut_by_the_border", cut, "%zu %s over the border of %s photograph", cut,
            cli_word(cut, "face reaches", "faces reach"), cli_word(cut, "its", "their"));
    free(seen);
    free(listed);
}

static void find_missing_files(audit_data *data)
{
    size_t absent = 0, named = 0;
    for (size_t i = 0; i < data->count; i++) {
        named += *data->photos[i].path != '\0';
        absent += data->photos[i].count && !data->photos[i].was_read && !data->photos[i].trouble &&
                  data->photos[i].enrolment != AUDIT_FAILED;
    }
    if (!named)
        audit_problem_add(data, "photographs_not_named", data->count,
                          "the list names no photographs: copies among them that do not have equal "
                          "vectors, and their quality, are not known");
    else if (data->options->no_photos)
        audit_problem_add(data, "photographs_not_looked_at", absent,
                          "the photographs were not looked at (--no-photos): copies that do not "
                          "have equal vectors, and their quality, are not known");
    else if (absent)
        audit_problem_add(data, "photographs_not_there", absent,
                          "%zu %s not where the list says: copies among them that do not have "
                          "equal vectors, and their quality, are not known",
                          absent, cli_word(absent, "photograph is", "photographs are"));
}

void audit_problems_find(audit_data *data)
{
    find_duplicates(data);
    find_in_two_groups(data);
    find_alike_groups(data);
    find_small_groups(data);
    find_unenrolled(data);
    find_missing_files(data);
    if (data->compared_count == 1)
        audit_problem_add(data, "one_group", 1,
                          "there is one group to look at, and nothing to compare it with");
}
