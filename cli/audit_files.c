/* The files of an audit, written as one: the tables, the page, and audit.json last, which says that
 * they are whole. */
#include <stdlib.h>

#include "audit_csv.h"
#include "json.h"

const char *const audit_file_names[AUDIT_FILES] = {
    "groups.csv",  "matrix.csv",        "left_out.csv", "quality.csv",
    "what_if.csv", "distributions.csv", "index.html",   "audit.json"};

static lk_status files_open(lk_output **outputs, const char *folder)
{
    for (size_t i = 0; i < AUDIT_FILES; i++) {
        char *path = cli_format("%s/%s", folder, audit_file_names[i]);
        lk_status status = lk_output_open(&outputs[i], path);
        free(path);
        if (status != LK_OK)
            return status;
    }
    return LK_OK;
}

static int files_fail(lk_output **outputs, lk_status status)
{
    for (size_t i = 0; i < AUDIT_FILES; i++)
        lk_output_discard(outputs[i]);
    return cli_fail(status);
}

static void files_write_tables(lk_output **outputs, const audit_data *data,
                               const audit_findings *findings, const audit_settings *settings)
{
    json_t *object = audit_json(data, findings);
    audit_csv_groups(outputs[0], data, &findings->headline);
    audit_csv_matrix(outputs[1], data, &findings->headline);
    audit_csv_left_out(outputs[2], data);
    audit_csv_quality(outputs[3], data);
    audit_csv_what_if(outputs[4], data, &findings->headline, settings);
    audit_csv_distributions(outputs[5], data, &findings->headline);
    cli_json_put(outputs[7], object, JSON_INDENT(1));
    json_decref(object);
}

int audit_write(const audit_data *data, const audit_findings *findings)
{
    lk_output *outputs[AUDIT_FILES] = {0};
    audit_settings settings = {0};
    lk_status status = files_open(outputs, data->options->output);
    if (status == LK_OK)
        status = audit_settings_find(&settings, data, &findings->headline);
    if (status == LK_OK)
        status = audit_page(outputs[6], data, findings, &settings);
    if (status == LK_OK)
        files_write_tables(outputs, data, findings, &settings);
    audit_settings_clear(&settings);
    if (status != LK_OK)
        return files_fail(outputs, status);
    status = lk_output_commit_all(outputs, AUDIT_FILES);
    return status == LK_OK ? CLI_OK : cli_fail(status);
}
