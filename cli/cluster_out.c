/* What is left of a clustering: a list, and folders of links. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cluster.h"
#include "csv.h"
#include "inputs.h"

static const char CLUSTER_PREFIX[] = "person-";

static void out_write_face(lk_output *output, const cluster_face *face)
{
    const float box[] = {face->box.x1, face->box.y1, face->box.x2, face->box.y2};
    char *numbers[5] = {cli_format("%zu", face->number)};
    for (size_t i = 0; i < 4; i++)
        numbers[i + 1] = cli_format("%.2f", (double)box[i]);
    const char *const fields[] = {face->name, face->source, numbers[0], numbers[1],
                                  numbers[2], numbers[3],   numbers[4]};
    cli_csv_write_row(output, fields, sizeof fields / sizeof *fields);
    for (size_t i = 0; i < 5; i++)
        free(numbers[i]);
}

int cluster_write_list(const char *directory, const cluster_face *faces, size_t count)
{
    lk_output *output;
    char *path = cli_format("%s/clusters.csv", directory);
    lk_status opened = lk_output_open(&output, path);
    free(path);
    if (opened != LK_OK)
        return cli_fail(opened);
    static const char *const head[] = {"person", "path", "face", "x1", "y1", "x2", "y2"};
    cli_csv_write_row(output, head, sizeof head / sizeof *head);
    for (size_t i = 0; i < count; i++)
        out_write_face(output, &faces[i]);
    return cli_output_finish(output, true, CLI_OK);
}

static int out_fail(const char *path)
{
    cli_error("%s: cannot write: %s", path, strerror(errno));
    return CLI_ENVIRONMENT;
}

/* Only links go, of names that this command gives; and a folder that they leave empty. */
static void out_clear_folder(const char *folder)
{
    DIR *directory = opendir(folder);
    struct stat info;
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char *path = cli_format("%s/%s", folder, entry->d_name);
        if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode) && strchr(entry->d_name, '-'))
            unlink(path);
        free(path);
    }
    if (directory)
        closedir(directory);
    rmdir(folder);
}

static void out_clear(const char *directory)
{
    DIR *open = opendir(directory);
    for (struct dirent *entry; open && (entry = readdir(open));)
        if (strncmp(entry->d_name, CLUSTER_PREFIX, sizeof CLUSTER_PREFIX - 1) == 0) {
            char *folder = cli_format("%s/%s", directory, entry->d_name);
            out_clear_folder(folder);
            free(folder);
        }
    if (open)
        closedir(open);
}

static int out_link(const char *directory, const cluster_face *face)
{
    char *target = realpath(face->source, NULL);
    const char *slash = strrchr(face->source, '/');
    char *folder = cli_format("%s/%s", directory, face->name);
    char *path =
        cli_format("%s/%06lld-%s", folder, (long long)face->id, slash ? slash + 1 : face->source);
    int status = CLI_OK;
    lk_status made = lk_directory_create(folder);
    if (made != LK_OK)
        status = cli_fail(made);
    else if (target && symlink(target, path) != 0)
        status = out_fail(path);
    free(target);
    free(folder);
    free(path);
    return status;
}

int cluster_write_folders(const char *directory, const cluster_face *faces, size_t count)
{
    int status = CLI_OK;
    out_clear(directory);
    for (size_t i = 0; i < count && status == CLI_OK; i++)
        status = out_link(directory, &faces[i]);
    return status;
}
