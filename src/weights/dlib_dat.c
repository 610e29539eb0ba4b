/* dlib's serialisation. An integer has as few bytes as its magnitude needs, a float is
 * two integers, m * 2^e; so a file's size says nothing about how many there are. */
#include "weights/dlib_dat.h"

#include <float.h>
#include <math.h>

#include "base/error.h"
#include "base/memory.h"

/* Bits of an integer's control byte: its size, bits that are never set (a printable
 * character has one: floats were text once), its sign. */
enum { SIZE_BITS = 0x0f, TEXT_BITS = 0x70, SIGN_BIT = 0x80 };

/* A float's exponent beyond these: infinities and NaN. */
enum { LARGEST_EXPONENT = 31999 };

#define CUT_SHORT "is cut short: it ends at byte %zu"

lk_status lk_dlib_int(lk_cursor *file, int64_t *out)
{
    size_t start = file->at;
    uint64_t control = 0, magnitude = 0;
    LK_REQUIRE(lk_cursor_number(file, 1, &control), LK_ERROR_FORMAT, CUT_SHORT, file->size);
    size_t bytes = control & SIZE_BITS;
    LK_REQUIRE(bytes >= 1 && bytes <= 8 && !(control & TEXT_BITS), LK_ERROR_FORMAT,
               "byte %zu is 0x%02x, expected the beginning of a number", start, (unsigned)control);
    LK_REQUIRE(lk_cursor_number(file, bytes, &magnitude), LK_ERROR_FORMAT, CUT_SHORT, file->size);
    LK_REQUIRE(magnitude <= INT64_MAX, LK_ERROR_FORMAT, "the number at byte %zu is too large",
               start);
    *out = control & SIGN_BIT ? -(int64_t)magnitude : (int64_t)magnitude;
    return LK_OK;
}

lk_status lk_dlib_expect(lk_cursor *file, int64_t expected, const char *what)
{
    size_t start = file->at;
    int64_t found;
    LK_TRY(lk_dlib_int(file, &found));
    LK_REQUIRE(found == expected, LK_ERROR_UNSUPPORTED, "%s at byte %zu is %lld, expected %lld",
               what, start, (long long)found, (long long)expected);
    return LK_OK;
}

lk_status lk_dlib_bool(lk_cursor *file, bool *out)
{
    uint64_t byte = 0;
    LK_REQUIRE(lk_cursor_number(file, 1, &byte), LK_ERROR_FORMAT, CUT_SHORT, file->size);
    LK_REQUIRE(byte == '0' || byte == '1', LK_ERROR_FORMAT,
               "byte %zu is 0x%02x, expected the character 0 or 1", file->at - 1, (unsigned)byte);
    *out = byte == '1';
    return LK_OK;
}

lk_status lk_dlib_float(lk_cursor *file, float *out)
{
    size_t start = file->at;
    int64_t mantissa, exponent;
    LK_TRY(lk_dlib_int(file, &mantissa));
    LK_TRY(lk_dlib_int(file, &exponent));
    bool finite = exponent >= -LARGEST_EXPONENT && exponent <= LARGEST_EXPONENT;
    double value = finite ? ldexp((double)mantissa, (int)exponent) : INFINITY;
    LK_REQUIRE(fabs(value) <= FLT_MAX, LK_ERROR_NUMBER,
               "the number at byte %zu is %lld * 2^%lld, expected a finite float32", start,
               (long long)mantissa, (long long)exponent);
    *out = (float)value;
    return LK_OK;
}

lk_status lk_dlib_floats(lk_cursor *file, float *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        LK_TRY(lk_dlib_float(file, &out[i]));
    return LK_OK;
}

lk_status lk_dlib_count(lk_cursor *file, size_t least, size_t *out)
{
    size_t start = file->at;
    int64_t count;
    LK_TRY(lk_dlib_int(file, &count));
    LK_REQUIRE(count >= 0 && (uint64_t)count <= (file->size - file->at) / least, LK_ERROR_FORMAT,
               "%lld elements at byte %zu do not fit into the %zu bytes behind it: cut short?",
               (long long)count, start, file->size - file->at);
    *out = (size_t)count;
    return LK_OK;
}

lk_status lk_dlib_string(lk_cursor *file, const char **text, size_t *length)
{
    const uint8_t *bytes;
    LK_TRY(lk_dlib_count(file, 1, length));
    LK_REQUIRE(lk_cursor_take(file, *length, &bytes), LK_ERROR_FORMAT, CUT_SHORT, file->size);
    *text = (const char *)bytes;
    return LK_OK;
}

/* Both sizes are stored negative. */
lk_status lk_dlib_matrix(lk_cursor *file, float *out, size_t rows, size_t columns)
{
    LK_TRY(lk_dlib_expect(file, -(int64_t)rows, "a matrix's number of rows"));
    LK_TRY(lk_dlib_expect(file, -(int64_t)columns, "a matrix's number of columns"));
    return lk_dlib_floats(file, out, rows * columns);
}

static lk_status dlib_dat_read_shape(lk_cursor *file, size_t shape[4])
{
    for (int i = 0; i < 4; i++) {
        int64_t size;
        LK_TRY(lk_dlib_int(file, &size));
        LK_REQUIRE(size >= 0, LK_ERROR_FORMAT, "a tensor's size before byte %zu is %lld", file->at,
                   (long long)size);
        shape[i] = (size_t)size;
    }
    return LK_OK;
}

lk_status lk_dlib_tensor(lk_cursor *file, size_t shape[4], const uint8_t **data)
{
    LK_TRY(lk_dlib_expect(file, 2, "a tensor's version"));
    LK_TRY(dlib_dat_read_shape(file, shape));
    size_t bytes;
    bool fits = lk_mul_all(shape, 4, &bytes) && lk_mul(bytes, sizeof(float), &bytes);
    LK_REQUIRE(fits && lk_cursor_take(file, bytes, data), LK_ERROR_FORMAT,
               "a tensor of [%zu, %zu, %zu, %zu] before byte %zu does not fit into the file: cut "
               "short?",
               shape[0], shape[1], shape[2], shape[3], file->at);
    return LK_OK;
}

lk_status lk_dlib_alias(lk_cursor *file, const size_t shape[4])
{
    size_t found[4];
    LK_TRY(lk_dlib_expect(file, 1, "the version of a tensor's part"));
    LK_TRY(dlib_dat_read_shape(file, found));
    for (int i = 0; i < 4; i++)
        LK_REQUIRE(found[i] == shape[i], LK_ERROR_UNSUPPORTED,
                   "a tensor's part before byte %zu is [%zu, %zu, %zu, %zu], expected [%zu, %zu, "
                   "%zu, %zu]",
                   file->at, found[0], found[1], found[2], found[3], shape[0], shape[1], shape[2],
                   shape[3]);
    return LK_OK;
}
