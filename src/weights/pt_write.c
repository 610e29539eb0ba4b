/* Writes PyTorch's zip .pt format (see pt_zip.c). Members are stored and their
 * data start at multiples of 64 bytes, as torch.save lays them out, by padding
 * in the local header's extra field. The same set gives the same bytes. */
#include <minizip/zip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/output.h"
#include "weights/dtype.h"
#include "weights/tensors.h"

/* What is written can be read: a tensor takes up to 38 of LK_PICKLE_MAX_PUSHES. (From
 * 65,535 members on, minizip writes a directory that no one can read, either.) */
enum { ALIGNMENT = 64, MOST_TENSORS = 25000 };

static const char *const STORAGE_TYPES[LK_DTYPE_COUNT] = {
    [LK_F32] = "FloatStorage", [LK_F64] = "DoubleStorage",    [LK_F16] = "HalfStorage",
    [LK_I64] = "LongStorage",  [LK_BF16] = "BFloat16Storage", [LK_I32] = "IntStorage",
    [LK_U8] = "ByteStorage",   [LK_BOOL] = "BoolStorage",     [LK_I8] = "CharStorage",
    [LK_I16] = "ShortStorage",
};

static void put_number(FILE *out, uint64_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        fputc((int)(number >> (8 * i) & 0xff), out);
}

static void put_string(FILE *out, const char *text)
{
    size_t length = strlen(text);
    fputc('X', out);
    put_number(out, length, 4);
    fwrite(text, 1, length, out);
}

/* BININT, or LONG1 with eight bytes. */
static void put_integer(FILE *out, size_t number)
{
    bool fits = number <= INT32_MAX;
    fputs(fits ? "J" : "\x8a\x08", out);
    put_number(out, number, fits ? 4 : 8);
}

static void put_shape(FILE *out, const lk_tensor *tensor)
{
    fputc('(', out);
    for (size_t i = 0; i < tensor->rank; i++)
        put_integer(out, tensor->shape[i]);
    fputc('t', out);
}

static void put_strides(FILE *out, const lk_tensor *tensor)
{
    lk_tensor_view view = {.rank = tensor->rank};
    memcpy(view.shape, tensor->shape, sizeof view.shape);
    lk_contiguous_strides(&view);
    fputc('(', out);
    for (size_t i = 0; i < view.rank; i++)
        put_integer(out, view.strides[i]);
    fputc('t', out);
}

/* name, _rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()) */
static void put_tensor(FILE *out, const lk_tensor *tensor, size_t key)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%zu", key);
    put_string(out, tensor->name);
    fputs("ctorch._utils\n_rebuild_tensor_v2\n((", out);
    put_string(out, "storage");
    fprintf(out, "ctorch\n%s\n", STORAGE_TYPES[tensor->dtype]);
    put_string(out, digits);
    put_string(out, "cpu");
    put_integer(out, tensor->count);
    fputs("tQ", out);
    put_integer(out, 0);
    put_shape(out, tensor);
    put_strides(out, tensor);
    fputs("\x89"
          "ccollections\nOrderedDict\n)RtR",
          out);
}

static lk_status make_pickle(char **out, size_t *size, const lk_tensors *tensors)
{
    FILE *stream = open_memstream(out, size);
    LK_REQUIRE(stream, LK_ERROR_MEMORY, "cannot open a stream in memory");
    fputs("\x80\x02"
          "ccollections\nOrderedDict\n)R(",
          stream);
    for (size_t i = 0; i < tensors->count; i++)
        put_tensor(stream, &tensors->entries[i].tensor, i);
    fputs("u.", stream);
    bool good = !ferror(stream);
    good = fclose(stream) == 0 && good;
    if (!good) {
        free(*out);
        return lk_fail(LK_ERROR_MEMORY, "cannot write the pickle in memory");
    }
    return LK_OK;
}

/* minizip's view of the output: it seeks back to complete headers, and must not
 * close what lk_output closes. */
static void *pt_write_stream_open(void *user, const void *name, int mode)
{
    (void)name;
    (void)mode;
    return user;
}

static unsigned long pt_write_stream_read(void *user, void *stream, void *out, unsigned long size)
{
    (void)user;
    return fread(out, 1, size, stream);
}

static unsigned long stream_write(void *user, void *stream, const void *data, unsigned long size)
{
    (void)user;
    return fwrite(data, 1, size, stream);
}

static ZPOS64_T pt_write_stream_tell(void *user, void *stream)
{
    (void)user;
    return (ZPOS64_T)ftello(stream);
}

static long pt_write_stream_seek(void *user, void *stream, ZPOS64_T offset, int origin)
{
    (void)user;
    return fseeko(stream, (off_t)offset, origin); /* minizip's origins are C's */
}

static int stream_close(void *user, void *stream)
{
    (void)user;
    (void)stream;
    return 0;
}

static int stream_error(void *user, void *stream)
{
    (void)user;
    return ferror((FILE *)stream);
}

static zipFile pt_write_open_zip(FILE *stream)
{
    zlib_filefunc64_def functions = {
        .zopen64_file = pt_write_stream_open,
        .zread_file = pt_write_stream_read,
        .zwrite_file = stream_write,
        .ztell64_file = pt_write_stream_tell,
        .zseek64_file = pt_write_stream_seek,
        .zclose_file = stream_close,
        .zerror_file = stream_error,
        .opaque = stream,
    };
    return zipOpen2_64("", APPEND_STATUS_CREATE, NULL, &functions);
}

/* An extra field that moves the data behind this header to the alignment. */
static size_t make_padding(unsigned char *field, size_t header_at, size_t name_length, bool large)
{
    enum { LOCAL_HEADER = 30, FIELD_HEADER = 4, ZIP64_FIELD = 20 };
    size_t data_at =
        header_at + LOCAL_HEADER + name_length + (large ? ZIP64_FIELD : 0) + FIELD_HEADER;
    size_t padding = (ALIGNMENT - data_at % ALIGNMENT) % ALIGNMENT;
    field[0] = 'F', field[1] = 'B'; /* the field that PyTorch pads with */
    field[2] = (unsigned char)padding, field[3] = 0;
    memset(field + FIELD_HEADER, 'Z', padding);
    return FIELD_HEADER + padding;
}

/* minizip takes sizes of unsigned int. */
static bool write_all(zipFile zip, const void *data, size_t size)
{
    enum { PIECE = 1 << 30 };
    const char *bytes = data;
    while (size) {
        unsigned piece = size < PIECE ? (unsigned)size : PIECE;
        if (zipWriteInFileInZip(zip, bytes, piece) != ZIP_OK)
            return false;
        bytes += piece;
        size -= piece;
    }
    return true;
}

static lk_status pt_write_add_member(zipFile zip, FILE *stream, const char *name, const void *data,
                                     size_t size)
{
    unsigned char padding[ALIGNMENT + 4];
    const zip_fileinfo info = {.tmz_date = {.tm_mday = 1, .tm_year = 1980}};
    bool large = size >= UINT32_MAX;
    size_t length = make_padding(padding, (size_t)ftello(stream), strlen(name), large);
    int result = zipOpenNewFileInZip64(zip, name, &info, padding, (unsigned)length, NULL, 0, NULL,
                                       0, 0, large);
    bool good = result == ZIP_OK && write_all(zip, data, size);
    good = result == ZIP_OK && zipCloseFileInZip(zip) == ZIP_OK && good;
    LK_REQUIRE(good, LK_ERROR_IO, "cannot write zip member \"%s\"", name);
    return LK_OK;
}

static lk_status add_tensors(zipFile zip, FILE *stream, const lk_tensors *tensors)
{
    for (size_t i = 0; i < tensors->count; i++) {
        const lk_tensor *tensor = &tensors->entries[i].tensor;
        char name[64];
        snprintf(name, sizeof name, "archive/data/%zu", i);
        LK_TRY(pt_write_add_member(zip, stream, name, tensor->data,
                                   tensor->count * lk_dtype_size(tensor->dtype)));
    }
    return LK_OK;
}

static lk_status pt_write_add_members(zipFile zip, FILE *stream, const lk_tensors *tensors)
{
    char *pickle;
    size_t size;
    LK_TRY(make_pickle(&pickle, &size, tensors));
    lk_status status = pt_write_add_member(zip, stream, "archive/data.pkl", pickle, size);
    free(pickle);
    LK_TRY(status);
    LK_TRY(pt_write_add_member(zip, stream, "archive/byteorder", "little", 6));
    LK_TRY(add_tensors(zip, stream, tensors));
    return pt_write_add_member(zip, stream, "archive/version", "3\n", 2);
}

static lk_status write_zip(FILE *stream, const lk_tensors *tensors)
{
    zipFile zip = pt_write_open_zip(stream);
    LK_REQUIRE(zip, LK_ERROR_MEMORY, "cannot start a zip file");
    lk_status status = pt_write_add_members(zip, stream, tensors);
    int closed = zipClose(zip, NULL);
    LK_TRY(status);
    LK_REQUIRE(closed == ZIP_OK, LK_ERROR_IO, "cannot write the zip directory");
    return LK_OK;
}

/* A pipe cannot go back to a member's header: the file is made in memory first. */
static lk_status write_zip_to_pipe(FILE *pipe, const lk_tensors *tensors)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&bytes, &size);
    LK_REQUIRE(stream, LK_ERROR_MEMORY, "cannot make the file in memory");
    lk_status status = write_zip(stream, tensors);
    if (fclose(stream) != 0 && status == LK_OK)
        status = lk_fail(LK_ERROR_MEMORY, "cannot make the file in memory");
    if (status == LK_OK)
        fwrite(bytes, 1, size, pipe); /* commit checks */
    free(bytes);
    return status;
}

lk_status lk_tensors_write_pt(const lk_tensors *tensors, const char *path)
{
    LK_REQUIRE(tensors && path, LK_ERROR_ARGUMENT, "lk_tensors_write_pt: NULL argument");
    LK_REQUIRE(strcmp(path, "-") != 0, LK_ERROR_ARGUMENT,
               "lk_tensors_write_pt: a .pt file cannot go to standard output");
    LK_REQUIRE(lk_tensors_count(tensors) <= MOST_TENSORS, LK_ERROR_LIMIT,
               "%s: %zu tensors, at most %d fit into a .pt file: write .safetensors", path,
               lk_tensors_count(tensors), MOST_TENSORS);
    lk_output *output;
    LK_TRY(lk_output_open(&output, path));
    FILE *stream = lk_output_stream(output);
    struct stat info;
    bool plain = fstat(fileno(stream), &info) == 0 && S_ISREG(info.st_mode) && stream != stdout;
    lk_status status = (plain ? write_zip : write_zip_to_pipe)(stream, tensors);
    if (status == LK_OK || ferror(stream)) /* commit says why it cannot be written */
        return lk_output_commit(output);
    lk_output_discard(output);
    return lk_fail_prefix(status, path);
}
