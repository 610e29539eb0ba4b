#include "audit_csv.h"

#include <math.h>
#include <string.h>

#include "csv.h"

/* ---- cells ---- */

static void cell_text(lk_output *output, const char *text)
{
    cli_csv_write(output, text, false);
    lk_output_write(output, ",", 1);
}

/* Empty for a number that does not exist. */
static void cell_number(lk_output *output, double value)
{
    if (!isnan(value))
        lk_output_printf(output, "%.9g", value);
    lk_output_write(output, ",", 1);
}

static void cell_count(lk_output *output, size_t value)
{
    lk_output_printf(output, "%zu,", value);
}

static void end_row(lk_output *output, const char *last)
{
    cli_csv_write(output, last, false);
    lk_output_write(output, "\n", 1);
}

static void csv_header(lk_output *output, const char *names)
{
    lk_output_printf(output, "%s\n", names);
}

static void cells_of_rate(lk_output *output, const lk_rate *rate)
{
    cell_number(output, rate->errors);
    cell_number(output, rate->pairs);
    cell_number(output, rate->rate);
    cell_number(output, rate->low);
    cell_number(output, rate->high);
    cell_text(output, audit_state_name(rate->state));
}

/* ---- groups ---- */

static void csv_group(lk_output *output, const audit_data *data, const lk_audit_level *level,
                      size_t g)
{
    const audit_group *group = &data->groups[g];
    cell_text(output, group->name);
    cell_number(output, level ? level->target : NAN);
    cell_number(output, level ? level->threshold : NAN);
    cell_count(output, group->people);
    cell_count(output, group->photos);
    cell_count(output, group->enrolled);
    cell_count(output, group->no_face);
    cell_count(output, group->failed);
    cell_count(output, group->several);
    cell_count(output, group->left_out);
    cell_number(output, group->failure.rate);
    cell_number(output, group->failure.low);
    cell_number(output, group->failure.high);
    if (level) {
        cells_of_rate(output, &level->fmr[group->place]);
        cells_of_rate(output, &level->fnmr[group->place]);
    } else {
        lk_output_printf(output, ",,,,,,,,,,,,");
    }
    for (size_t m = 0; m < audit_measure_count; m++)
        cell_number(output, audit_measure_of_group(data, &audit_measures[m], g, NULL).middle);
    end_row(output, level ? "yes" : "no");
}

void audit_csv_groups(lk_output *output, const audit_data *data, const lk_audit_findings *f)
{
    lk_output_printf(output,
                     "group,fmr_target,threshold,people,photographs,faces,no_face,unreadable,"
                     "several_faces,left_out,failure_to_enrol,failure_low,failure_high,"
                     "false_matches,pairs_of_different_people,fmr,fmr_low,fmr_high,fmr_state,"
                     "false_non_matches,pairs_of_one_person,fnmr,fnmr_low,fnmr_high,fnmr_state,");
    for (size_t m = 0; m < audit_measure_count; m++)
        lk_output_printf(output, "median_%s,", audit_measures[m].name);
    csv_header(output, "compared");
    for (size_t g = 0; g < data->group_count; g++)
        if (data->groups[g].place == SIZE_MAX)
            csv_group(output, data, NULL, g);
        else
            for (size_t i = 0; i < f->levels; i++)
                csv_group(output, data, &f->level[i], g);
}

/* ---- matrix ---- */

void audit_csv_matrix(lk_output *output, const audit_data *data, const lk_audit_findings *f)
{
    csv_header(output, "fmr_target,threshold,group,other_group,false_matches,"
                       "pairs_of_different_people,fmr,fmr_low,fmr_high,fmr_state,few_errors");
    for (size_t i = 0; i < f->levels; i++)
        for (size_t at = 0; f->level[i].matrix && at < f->groups * f->groups; at++) {
            const lk_rate *rate = &f->level[i].matrix[at];
            cell_number(output, f->level[i].target);
            cell_number(output, f->level[i].threshold);
            cell_text(output, audit_place_name(data, at / f->groups));
            cell_text(output, audit_place_name(data, at % f->groups));
            cells_of_rate(output, rate);
            end_row(output, rate->few_errors ? "yes" : "no");
        }
}

/* ---- what if ---- */

static void csv_setting(lk_output *output, const audit_data *data,
                        const lk_audit_page_setting *setting, size_t g, bool own)
{
    const lk_audit_what_if *w = setting->found;
    const double *thresholds = own ? w->own[g] : w->global;
    cell_number(output, setting->fmr);
    cell_text(output, own ? "each_group" : "all_groups");
    cell_text(output, audit_place_name(data, g));
    cell_number(output, thresholds[0]);
    cell_number(output, thresholds[1]);
    cells_of_rate(output, own ? &w->own_fmr[g] : &w->global_fmr[g]);
    const lk_rate *fnmr = own ? &w->own_fnmr[g] : &w->global_fnmr[g];
    cell_number(output, fnmr->errors);
    cell_number(output, fnmr->pairs);
    cell_number(output, fnmr->rate);
    cell_number(output, fnmr->low);
    cell_number(output, fnmr->high);
    end_row(output, audit_state_name(fnmr->state));
}

void audit_csv_what_if(lk_output *output, const audit_data *data, const lk_audit_findings *f,
                       const audit_settings *settings)
{
    csv_header(output, "fmr_set,threshold_for,group,threshold_of_first_half,"
                       "threshold_of_second_half,false_matches,pairs_of_different_people,fmr,"
                       "fmr_low,fmr_high,fmr_state,false_non_matches,pairs_of_one_person,fnmr,"
                       "fnmr_low,fnmr_high,fnmr_state");
    for (size_t s = 0; s < settings->count; s++)
        for (size_t g = 0; g < f->groups; g++) {
            csv_setting(output, data, &settings->settings[s], g, false);
            csv_setting(output, data, &settings->settings[s], g, true);
        }
}

/* ---- distributions ---- */

static void csv_bins(lk_output *output, const audit_data *data, const lk_audit_findings *f,
                     const double *bins, size_t g, size_t h, const char *kind)
{
    for (size_t b = 0; b < LK_AUDIT_BINS; b++) {
        if (!(bins[b] > 0))
            continue;
        cell_text(output, kind);
        cell_text(output, audit_place_name(data, g));
        cell_text(output, audit_place_name(data, h));
        cell_number(output, f->counts.edges[b]);
        lk_output_printf(output, "%.0f\n", bins[b]);
    }
}

void audit_csv_distributions(lk_output *output, const audit_data *data, const lk_audit_findings *f)
{
    csv_header(output, "pairs_of,group,other_group,distance_at_most,pairs");
    for (size_t g = 0; f->counts.impostor && g < f->groups; g++) {
        for (size_t h = g; h < f->groups; h++)
            csv_bins(output, data, f, f->counts.impostor + (g * f->groups + h) * LK_AUDIT_BINS, g,
                     h, "different_people");
        csv_bins(output, data, f, f->counts.genuine + g * LK_AUDIT_BINS, g, g, "one_person");
    }
}

/* ---- photographs ---- */

void audit_csv_left_out(lk_output *output, const audit_data *data)
{
    csv_header(output, "path,row,person,same_as,same_as_row,same_as_person,how,correlation,"
                       "distance");
    for (size_t i = 0; i < data->count; i++) {
        const audit_photo *photo = &data->photos[i];
        if (photo->same_as == SIZE_MAX)
            continue;
        const audit_photo *first = &data->photos[photo->same_as];
        cell_text(output, photo->path);
        cell_count(output, photo->row);
        cell_text(output, data->persons[photo->person]);
        cell_text(output, first->path);
        cell_count(output, first->row);
        cell_text(output, data->persons[first->person]);
        cell_text(output, audit_same_name(photo->how));
        cell_number(output, photo->correlation);
        lk_output_printf(output, "%.9g\n", photo->distance);
    }
}

static void csv_photo(lk_output *output, const audit_data *data, const audit_photo *photo,
                      const char *group)
{
    static const char *const states[] = {"ok", "no_face", "failed"};
    cell_text(output, photo->path);
    if (photo->row != SIZE_MAX)
        lk_output_printf(output, "%zu", photo->row);
    lk_output_write(output, ",", 1);
    cell_text(output, data->persons[photo->person]);
    cell_text(output, group);
    cell_text(output, states[photo->enrolment]);
    cell_number(output, photo->found ? (double)photo->found : NAN);
    cell_number(output, photo->was_read ? (double)photo->width : NAN);
    cell_number(output, photo->was_read ? (double)photo->height : NAN);
    for (size_t m = 0; m < audit_measure_count; m++)
        cell_number(output, audit_measures[m].of(photo));
    cell_number(output, photo->measured ? photo->quality.yaw : NAN);
    cell_number(output, photo->measured ? photo->quality.roll : NAN);
    end_row(output, photo->same_as == SIZE_MAX ? "" : audit_same_name(photo->how));
}

void audit_csv_quality(lk_output *output, const audit_data *data)
{
    lk_output_printf(output, "path,row,person,group,status,faces_found,width,height,");
    for (size_t m = 0; m < audit_measure_count; m++)
        lk_output_printf(output, "%s,", audit_measures[m].name);
    csv_header(output, "yaw,roll,left_out");
    for (size_t i = 0; i < data->count; i++)
        for (size_t m = 0; m < data->photos[i].count; m++)
            csv_photo(output, data, &data->photos[i],
                      data->groups[data->member[data->photos[i].first + m]].name);
}
