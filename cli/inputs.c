#include "inputs.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "labels.h"
#include "signals.h"
#include "skipped.h"

/* Takes the text. */
static void inputs_fail(cli_inputs *inputs, const char *path, char *text)
{
    cli_error("%s", text);
    inputs->failures = cli_grow(inputs->failures, &inputs->failure_capacity,
                                inputs->failure_count + 1, sizeof *inputs->failures);
    inputs->failures[inputs->failure_count++] = (cli_input_failure){cli_strdup(path), text};
    inputs->failed++;
}

void cli_inputs_add(cli_inputs *inputs, const char *path)
{
    lk_file_list *list = NULL;
    lk_file_list_options options;
    lk_file_list_options_init(&options);
    options.label = inputs->label;
    lk_status status = lk_file_list_create(&list, &path, 1, &options);
    if (status == LK_ERROR_MEMORY)
        exit(cli_fail(status));
    if (status != LK_OK) {
        inputs_fail(inputs, path, cli_strdup(lk_error_text()));
        return;
    }
    inputs->lists = cli_grow(inputs->lists, &inputs->list_capacity, inputs->list_count + 1,
                             sizeof(lk_file_list *));
    inputs->lists[inputs->list_count++] = list;
    inputs->failed += cli_skipped_report(list);
    size_t count = lk_file_list_count(list);
    if (count == 0) {
        inputs_fail(
            inputs, path,
            cli_format("%s: no photographs in this folder (.jpg, .png, .webp, .gif, .bmp, .tif, "
                       ".heic, .avif)",
                       path));
        return;
    }
    inputs->files =
        cli_grow(inputs->files, &inputs->capacity, inputs->count + count, sizeof *inputs->files);
    for (size_t i = 0; i < count; i++)
        inputs->files[inputs->count++] = *lk_file_list_get(list, i);
}

int cli_inputs_add_all(cli_inputs *inputs, const cli_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        cli_inputs_add(inputs, paths->items[i]);
    return inputs->failed ? CLI_SOME_FAILED : CLI_OK;
}

void cli_inputs_tell_skipped(const cli_inputs *inputs)
{
    cli_skipped_tell(inputs->lists, inputs->list_count, inputs->own);
}

void cli_inputs_tell_labels(const cli_inputs *inputs)
{
    cli_labels_tell(inputs->lists, inputs->list_count, inputs->label);
}

void cli_inputs_clear(cli_inputs *inputs)
{
    for (size_t i = 0; i < inputs->list_count; i++)
        lk_file_list_destroy(inputs->lists[i]);
    for (size_t i = 0; i < inputs->failure_count; i++) {
        free(inputs->failures[i].path);
        free(inputs->failures[i].error);
    }
    free(inputs->failures);
    free(inputs->lists);
    free(inputs->files);
    *inputs = (cli_inputs){0};
}

int cli_fail_input(lk_status status)
{
    cli_error("%s", lk_error_text());
    return status == LK_ERROR_MEMORY ? CLI_ENVIRONMENT : CLI_SOME_FAILED;
}

int cli_check_input(const char *path)
{
    struct stat info;
    lk_input *file;
    if (stat(path, &info) == 0 && S_ISFIFO(info.st_mode))
        return CLI_OK; /* to be read once */
    lk_status status = lk_input_open(&file, path);
    if (status != LK_OK)
        return cli_fail_input(status);
    lk_input_close(file);
    return CLI_OK;
}

int cli_output_finish(lk_output *output, bool whole, int status)
{
    if (!output)
        return status;
    if (!whole || cli_interrupted()) {
        lk_output_discard(output);
        return status;
    }
    lk_status committed = lk_output_commit(output);
    return committed == LK_OK ? status : cli_fail(committed);
}
