/* What lk_file_list_options can say. */
#include "base/files.h"
#include "base/options.h"

#define LK_STRUCT lk_file_list_options
#define LK_PREFIX ""
#define LK_PART

const char *const lk_label_names[] = {
    [LK_LABEL_FIRST] = "first",
    [LK_LABEL_LAST] = "last",
    [LK_LABEL_PATH] = "path",
    [LK_LABEL_PATH + 1] = NULL,
};

static const lk_option rows[] = {
    LK_CHOICE("label", label, .choices = lk_label_names, .preset = "first",
              .help =
                  "Whose photograph it is: first, the folder directly under the argument; last, "
                  "the innermost folder; path, all folders below the argument",
              .word = "label-from", .argument = "RULE",
              .commands = "calibrate crop detect embed enroll lesson"),
};

LK_OPTIONS_TABLE(lk_file_list_options, "files", rows)
