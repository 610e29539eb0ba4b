/* Groups added up: photographs, people, and who could not be enrolled. */
#include <stdlib.h>

#include "audit.h"

/* A photograph in a group. */
typedef struct placed_photo {
    size_t group, person;
    const audit_photo *photo;
} placed_photo;

static int sums_by_person(const void *a, const void *b)
{
    const placed_photo *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return (x->person > y->person) - (x->person < y->person);
}

static placed_photo *sums_list(const audit_data *data)
{
    placed_photo *all = cli_alloc(data->member_count, sizeof *all);
    size_t n = 0;
    for (size_t i = 0; i < data->count; i++)
        for (size_t m = 0; m < data->photos[i].count; m++)
            all[n++] = (placed_photo){data->member[data->photos[i].first + m],
                                      data->photos[i].person, &data->photos[i]};
    if (n)
        qsort(all, n, sizeof *all, sums_by_person);
    return all;
}

static void sums_add(audit_group *group, const audit_photo *photo)
{
    group->photos += photo->print.face == 0; /* its other faces have lines of their own */
    group->enrolled += photo->row != SIZE_MAX;
    group->no_face += photo->enrolment == AUDIT_NO_FACE;
    group->failed += photo->enrolment == AUDIT_FAILED;
    group->several += photo->found > 1 && photo->print.face == 0;
    group->left_out += photo->row != SIZE_MAX && photo->same_as != SIZE_MAX;
}

/* all[first, end) are a group's. */
static void sum_group(audit_data *data, audit_group *group, const placed_photo *all, size_t first,
                      size_t end)
{
    double *tried = cli_alloc(end - first, sizeof *tried);
    double *failed = cli_alloc(end - first, sizeof *failed);
    size_t usable = 0;
    for (size_t at = first; at < end; group->people++) {
        size_t person = all[at].person;
        bool enrolled = false, counts = false;
        for (; at < end && all[at].person == person; at++) {
            const audit_photo *photo = all[at].photo;
            sums_add(group, photo);
            tried[group->people] += photo->print.face == 0;
            failed[group->people] += photo->row == SIZE_MAX;
            enrolled = enrolled || photo->row != SIZE_MAX;
            counts = counts || (photo->row != SIZE_MAX && photo->same_as == SIZE_MAX);
        }
        group->enrolled_people += enrolled;
        usable += counts;
    }
    lk_rate_of_people(&group->failure, tried, failed, group->people);
    free(tried);
    free(failed);
    group->place = SIZE_MAX;
    if (usable < 2)
        return;
    group->place = data->compared_count;
    data->compared[data->compared_count++] = (size_t)(group - data->groups);
}

void audit_groups_sum(audit_data *data)
{
    placed_photo *all = sums_list(data);
    data->compared = cli_alloc(data->group_count, sizeof *data->compared);
    for (size_t g = 0, at = 0; g < data->group_count; g++) {
        size_t end = at;
        while (end < data->member_count && all[end].group == g)
            end++;
        sum_group(data, &data->groups[g], all, at, end);
        at = end;
    }
    free(all);
    for (size_t i = 0; i < data->count; i++)
        data->failed += data->photos[i].count && data->photos[i].enrolment == AUDIT_FAILED;
}

const char *audit_place_name(const audit_data *data, size_t place)
{
    return data->groups[data->compared[place]].name;
}
