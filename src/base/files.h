/* The inside of a list of files. */
#ifndef LK_BASE_FILES_H
#define LK_BASE_FILES_H

#include <likeness/files.h>

struct lk_file_list {
    lk_file *files;
    size_t count, capacity;
    lk_skipped *skipped;
    size_t skipped_count, skipped_capacity;
    lk_file_list_options options;
};

/* The path that was given, and how long it is with a slash behind it: `path` + `length`
 * is what lies below. */
typedef struct lk_file_root {
    const char *name; /* the label of what has no folder below the path */
    size_t length;
} lk_file_root;

/* The names of the rules, in their order; NULL ends them. */
extern const char *const lk_label_names[];

/* A photograph at `path`. */
lk_status lk_file_list_append(lk_file_list *list, const char *path,
                              const lk_file_root *root) LK_MUST_USE;
/* `reason` is copied. */
lk_status lk_file_list_skip(lk_file_list *list, const char *path, lk_skip_kind kind,
                            const char *reason) LK_MUST_USE;

/* Everything in the folder. LK_ERROR_IO when the folder itself cannot be read. */
lk_status lk_file_list_walk(lk_file_list *list, const char *folder,
                            const lk_file_root *root) LK_MUST_USE;

/* The name of a folder however it is spelled, in normal form C; "" for /. */
lk_status lk_folder_name(char **out, const char *folder) LK_MUST_USE;
/* The same of the folder that holds a file. */
lk_status lk_holder_name(char **out, const char *path) LK_MUST_USE;
/* The label, the group and the depth of a file. */
lk_status lk_file_name_person(lk_file *file, const char *path, const lk_file_root *root,
                              lk_label_rule rule) LK_MUST_USE;

#endif
