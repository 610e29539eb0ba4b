/* The audit as tables. */
#ifndef LK_CLI_AUDIT_CSV_H
#define LK_CLI_AUDIT_CSV_H

#include "audit.h"

/* One line a group and threshold; a threshold and two groups; a photograph left out; a
 * photograph. */
void audit_csv_groups(lk_output *output, const audit_data *data, const lk_audit_findings *f);
void audit_csv_matrix(lk_output *output, const audit_data *data, const lk_audit_findings *f);
void audit_csv_left_out(lk_output *output, const audit_data *data);
void audit_csv_quality(lk_output *output, const audit_data *data);

/* Nothing but the heading where there are none. */
void audit_csv_what_if(lk_output *output, const audit_data *data, const lk_audit_findings *f,
                       const audit_settings *settings);
/* Bins that hold anything. */
void audit_csv_distributions(lk_output *output, const audit_data *data, const lk_audit_findings *f);

#endif
