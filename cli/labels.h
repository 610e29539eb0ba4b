/* Whose photograph a file is: the rule, and what it did. */
#ifndef LK_CLI_LABELS_H
#define LK_CLI_LABELS_H

#include "cli.h"

/* --label-from. */
typedef struct cli_label_options {
    lk_label_rule rule;
    bool chosen; /* given, not the default */
} cli_label_options;

extern const struct argp cli_labels_argp;

/* "first", "last" or "path". */
const char *cli_label_rule_name(lk_label_rule rule);

/* One line when the rule matters: photographs lie deeper than one folder, or folders of
 * different places have one label. Says what each rule would have given. */
void cli_labels_tell(lk_file_list *const *lists, size_t count, lk_label_rule rule);

#endif
