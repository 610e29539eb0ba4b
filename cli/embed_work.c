#include "embed_work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json.h"

static size_t row_bytes(const embed_work *work)
{
    return work->width * sizeof(float);
}

static char *path_in(const embed_work *work, const char *name)
{
    return cli_format("%s/%s", work->folder, name);
}

static int fail_io(const embed_work *work, const char *what)
{
    cli_error("%s: cannot %s: %s", work->folder, what, strerror(errno ? errno : EIO));
    return CLI_ENVIRONMENT;
}

/* ---- the files ---- */

static int embed_work_open_file(const embed_work *work, const char *name, int flags)
{
    char *path = path_in(work, name);
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0600);
    int reason = errno;
    struct stat info;
    if (fd >= 0 && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))) {
        close(fd);
        fd = -1;
        reason = EEXIST;
    }
    free(path);
    errno = reason;
    return fd;
}

/* False where they are not there, or where they cannot be made. */
static bool embed_work_open_files(embed_work *work, int flags)
{
    int fd = embed_work_open_file(work, "list", flags);
    work->list = fd < 0 ? NULL : fdopen(fd, "r+");
    work->rows = work->list ? embed_work_open_file(work, "rows", flags) : -1;
    if (work->rows >= 0)
        return true;
    int reason = errno;
    if (work->list)
        fclose(work->list);
    else if (fd >= 0)
        close(fd);
    work->list = NULL;
    errno = reason;
    return false;
}

static void close_files(embed_work *work)
{
    if (work->mapped)
        munmap(work->mapped, work->row_count * row_bytes(work));
    work->mapped = NULL;
    if (!work->list)
        return;
    fclose(work->list);
    close(work->rows);
    work->list = NULL;
}

void embed_work_close(embed_work *work)
{
    close_files(work);
    free(work->folder);
    *work = (embed_work){0};
}

/* The next run must not take one file for that of the other's work: the list goes
 * first, without which the rows are nothing. */
static void remove_files(const embed_work *work)
{
    static const char *const names[] = {"list", "rows"};
    for (int i = 0; i < 2; i++) {
        char *path = path_in(work, names[i]);
        unlink(path);
        free(path);
    }
    rmdir(work->folder);
}

static void forget(embed_work *work)
{
    close_files(work);
    work->photo_count = work->face_count = work->row_count = 0;
    remove_files(work);
}

void embed_work_remove(embed_work *work)
{
    if (work->folder)
        forget(work);
    embed_work_close(work);
}

/* ---- is it the same job? ---- */

static char *embed_work_shown(const json_t *value)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    if (text)
        lk_json_shorten(text);
    return text ? text : cli_strdup("nothing");
}

/* Says which of the settings is another one, if one is. */
static bool tell_difference(const char *name, const json_t *had, const json_t *has)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)has, key, value)
    {
        const json_t *old = json_object_get(had, key);
        if (json_equal(old, value))
            continue;
        if (json_is_object(old) && json_is_object(value) && tell_difference(name, old, value))
            return true;
        char *before = embed_work_shown(old), *now = embed_work_shown(value);
        cli_warn("%s: what was begun has another %s (%s, now %s): all is done anew", name, key,
                 before, now);
        free(before);
        free(now);
        return true;
    }
    return false;
}

static bool is_same_job(const embed_work *work, const char *output, const char *line)
{
    json_t *job = cli_json_parse(line, strlen(line));
    bool same = json_equal(job, (json_t *)work->job);
    if (!same && !tell_difference(output, job, work->job))
        cli_warn("%s: what was begun is another job: all is done anew", output);
    json_decref(job);
    return same;
}

/* ---- what is there ---- */

/* A line with its end, which a kill may have kept from being written. */
static bool embed_work_read_line(FILE *stream, char **line, size_t *room)
{
    errno = 0;
    ssize_t length = getline(line, room, stream);
    if (length < 0 && errno == ENOMEM)
        cli_out_of_memory();
    return length > 0 && (*line)[length - 1] == '\n' && strlen(*line) == (size_t)length;
}

/* Counts the records that hold, as long as no more than so many rows are needed. */
static void count_records(embed_work *work, const cli_inputs *inputs, size_t rows)
{
    char *line = NULL;
    size_t room = 0;
    bool good = true;
    work->photo_count = work->face_count = 0;
    work->end = ftell(work->list);
    while (good && work->photo_count < inputs->count &&
           embed_work_read_line(work->list, &line, &room)) {
        const lk_file *file = &inputs->files[work->photo_count];
        embed_photo photo = {0};
        good = embed_record_holds(line, file);
        if (!good)
            cli_warn("%s: is new or has changed: only what was done before it counts", file->path);
        good =
            good && embed_record_read(&photo, line, file) && photo.count <= rows - work->face_count;
        if (good) {
            work->face_count += photo.count;
            work->photo_count++;
            work->end = ftell(work->list);
        }
        embed_photo_clear(&photo);
    }
    free(line);
}

static int embed_work_take_over(embed_work *work, const cli_inputs *inputs, size_t batch)
{
    struct stat info;
    if (fstat(work->rows, &info) != 0)
        return fail_io(work, "read");
    long embed_work_begin = ftell(work->list);
    count_records(work, inputs, (size_t)info.st_size / row_bytes(work));
    work->row_count = work->face_count;
    if (work->photo_count == inputs->count)
        return CLI_OK;
    work->row_count -= work->row_count % batch;
    fseek(work->list, embed_work_begin, SEEK_SET);
    if (work->row_count < work->face_count)
        count_records(work, inputs, work->row_count);
    return CLI_OK;
}

static int embed_work_resume(embed_work *work, const char *output, const cli_inputs *inputs,
                             size_t batch)
{
    char *line = NULL;
    size_t room = 0;
    int status = CLI_OK;
    bool same = embed_work_read_line(work->list, &line, &room) && is_same_job(work, output, line);
    if (same)
        status = embed_work_take_over(work, inputs, batch);
    free(line);
    if (status == CLI_OK && work->photo_count == 0 && work->row_count == 0)
        forget(work);
    return status;
}

static int embed_work_find(embed_work *work, const char *output, const cli_inputs *inputs,
                           size_t batch, bool force)
{
    if (force)
        remove_files(work);
    else if (embed_work_open_files(work, 0))
        return embed_work_resume(work, output, inputs, batch);
    else if (errno != ENOENT && errno != ENOTDIR)
        return fail_io(work, "read");
    else
        remove_files(work);
    return CLI_OK;
}

int embed_work_open(embed_work *work, const char *output, const json_t *job,
                    const cli_inputs *inputs, size_t width, size_t batch, bool force)
{
    const char *slash = strrchr(output, '/');
    int length = slash ? (int)(slash - output) + 1 : 0;
    *work = (embed_work){.job = job, .rows = -1, .width = width};
    work->folder = cli_format("%.*s.%s.lk-work", length, output, output + length);
    int status = embed_work_find(work, output, inputs, batch, force);
    if (status != CLI_OK)
        embed_work_close(work);
    return status;
}

/* ---- going on ---- */

static int begin(embed_work *work)
{
    if (mkdir(work->folder, 0700) != 0 && errno != EEXIST)
        return fail_io(work, "create");
    if (!embed_work_open_files(work, O_CREAT | O_TRUNC))
        return fail_io(work, "write");
    cli_json_write(work->list, work->job, JSON_COMPACT);
    return CLI_OK;
}

/* What lies behind the saved records is to be done anew. */
static int embed_work_go_on(const embed_work *work)
{
    if (fflush(work->list) != 0 || ftruncate(fileno(work->list), work->end) != 0 ||
        fseek(work->list, work->end, SEEK_SET) != 0)
        return fail_io(work, "write");
    return CLI_OK;
}

static bool write_rows(const embed_work *work, const float *rows, size_t count)
{
    const char *bytes = (const char *)rows;
    size_t left = count * row_bytes(work);
    off_t at = (off_t)(work->row_count * row_bytes(work));
    while (left) {
        ssize_t written = pwrite(work->rows, bytes, left, at);
        if (written < 0 && errno != EINTR)
            return false;
        size_t step = written > 0 ? (size_t)written : 0;
        bytes += step;
        at += (off_t)step;
        left -= step;
    }
    return count == 0 || fdatasync(work->rows) == 0 || errno == EINVAL;
}

int embed_work_save(embed_work *work, const float *rows, size_t row_count,
                    const embed_photo *photos, size_t photo_count)
{
    int status = work->list ? embed_work_go_on(work) : begin(work);
    if (status == CLI_OK && !write_rows(work, rows, row_count))
        status = fail_io(work, "write");
    for (size_t i = 0; status == CLI_OK && i < photo_count; i++) {
        embed_record_write(work->list, &photos[i]);
        if (ferror(work->list)) /* of a long record nothing may be left to be flushed */
            status = fail_io(work, "write");
    }
    if (status == CLI_OK && fflush(work->list) != 0)
        status = fail_io(work, "write");
    if (status != CLI_OK)
        return status;
    work->end = ftell(work->list);
    work->row_count += row_count;
    work->photo_count += photo_count;
    for (size_t i = 0; i < photo_count; i++)
        work->face_count += photos[i].count;
    return CLI_OK;
}

/* ---- reading it again ---- */

int embed_work_read_rows(const embed_work *work, float *rows, size_t first, size_t count)
{
    size_t done = 0, wanted = count * row_bytes(work);
    while (done < wanted) {
        ssize_t got = pread(work->rows, (char *)rows + done, wanted - done,
                            (off_t)(first * row_bytes(work) + done));
        if (got == 0)
            errno = EIO;
        if (got == 0 || (got < 0 && errno != EINTR))
            return fail_io(work, "read");
        done += got > 0 ? (size_t)got : 0;
    }
    return CLI_OK;
}

int embed_work_map_rows(embed_work *work, const float **rows)
{
    *rows = NULL;
    if (work->row_count == 0)
        return CLI_OK;
    void *memory =
        mmap(NULL, work->row_count * row_bytes(work), PROT_READ, MAP_SHARED, work->rows, 0);
    if (memory == MAP_FAILED)
        return fail_io(work, "read");
    *rows = work->mapped = memory;
    return CLI_OK;
}

int embed_work_walk(const embed_work *work, const cli_inputs *inputs, embed_work_fn visit,
                    void *user)
{
    char *line = NULL;
    size_t room = 0, row = 0;
    int status = CLI_OK;
    if (!work->list)
        return CLI_OK;
    rewind(work->list);
    bool good = embed_work_read_line(work->list, &line, &room);
    for (size_t i = 0; good && status == CLI_OK && i < work->photo_count; i++) {
        embed_photo photo = {0};
        good = embed_work_read_line(work->list, &line, &room) &&
               embed_record_read(&photo, line, &inputs->files[i]);
        if (!good)
            break;
        status = visit(user, &photo, row);
        row += photo.count;
        embed_photo_clear(&photo);
    }
    free(line);
    if (good)
        return status;
    errno = EIO;
    return fail_io(work, "read");
}
