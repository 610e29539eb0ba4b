/* Operators on constants alone, number by number: computed at once, in float64. */
#include "onnx/fold.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

lk_status lk_onnx_fold_input(lk_onnx_build *build, size_t index, const lk_onnx_array **out)
{
    const lk_onnx_item *item = lk_onnx_input(build, index);
    LK_ONNX_REQUIRE(item->kind == LK_ONNX_ARRAY, build, LK_ERROR_FORMAT,
                    "its input %zu is not there", index);
    *out = item->array;
    return LK_OK;
}

double lk_onnx_number(const lk_onnx_array *array, size_t i)
{
    return array->real ? (double)array->real[i] : (double)array->whole[i];
}

/* A whole number of any size, from one that may be none. */
static int64_t fold_whole(double x)
{
    const double most = 9e18;
    return isnan(x) ? 0 : x > most ? INT64_MAX : x < -most ? INT64_MIN : (int64_t)x;
}

void lk_onnx_set(lk_onnx_array *array, size_t i, double x)
{
    if (array->real)
        array->real[i] = (float)x;
    else
        array->whole[i] = fold_whole(x);
}

/* ---- number by number ---- */

static lk_status fold_stretched(const lk_onnx_build *build, const lk_onnx_array *a,
                                const lk_onnx_array *b, size_t shape[LK_MAX_RANK], size_t *rank)
{
    *rank = a->rank > b->rank ? a->rank : b->rank;
    for (size_t i = 0; i < *rank; i++) {
        size_t x = i + a->rank < *rank ? 1 : a->shape[i + a->rank - *rank];
        size_t y = i + b->rank < *rank ? 1 : b->shape[i + b->rank - *rank];
        LK_ONNX_REQUIRE(x == y || x == 1 || y == 1, build, LK_ERROR_SHAPE,
                        "joins %zu and %zu numbers in direction %zu", x, y, i);
        shape[i] = x == 1 ? y : x;
    }
    return LK_OK;
}

/* Where in `array`, aligned to the last directions, number `index` of the result comes from. */
static size_t fold_from(const lk_onnx_array *array, const lk_onnx_array *result, size_t index)
{
    size_t at = 0, step = 1;
    for (size_t i = 0; i < array->rank; i++) {
        size_t axis = array->rank - 1 - i;
        size_t extent = result->shape[result->rank - 1 - i], place = index % extent;
        index /= extent;
        at += (array->shape[axis] == 1 ? 0 : place) * step;
        step *= array->shape[axis];
    }
    return at;
}

typedef double (*fold_two)(double a, double b);

static lk_status fold_binary(lk_onnx_build *build, fold_two function)
{
    const lk_onnx_array *a, *b;
    lk_onnx_array *made;
    size_t shape[LK_MAX_RANK] = {0}, rank;
    LK_TRY(lk_onnx_fold_input(build, 0, &a));
    LK_TRY(lk_onnx_fold_input(build, 1, &b));
    LK_TRY(fold_stretched(build, a, b, shape, &rank));
    LK_TRY(lk_onnx_array_new(build, &made, a->whole && b->whole, shape, rank));
    for (size_t i = 0; i < made->count; i++)
        lk_onnx_set(made, i,
                    function(lk_onnx_number(a, fold_from(a, made, i)),
                             lk_onnx_number(b, fold_from(b, made, i))));
    return lk_onnx_make_array(build, made);
}

static double fold_sum_of(double a, double b)
{
    return a + b;
}

static double fold_difference_of(double a, double b)
{
    return a - b;
}

static double fold_product_of(double a, double b)
{
    return a * b;
}

static double fold_quotient_of(double a, double b)
{
    return a / b;
}

static double fold_equal_of(double a, double b)
{
    return a == b;
}

static lk_status fold_add(lk_onnx_build *build)
{
    return fold_binary(build, fold_sum_of);
}

static lk_status fold_subtract(lk_onnx_build *build)
{
    return fold_binary(build, fold_difference_of);
}

static lk_status fold_multiply(lk_onnx_build *build)
{
    return fold_binary(build, fold_product_of);
}

static lk_status fold_divide(lk_onnx_build *build)
{
    return fold_binary(build, fold_quotient_of);
}

static lk_status fold_power(lk_onnx_build *build)
{
    return fold_binary(build, pow);
}

static lk_status fold_max(lk_onnx_build *build)
{
    return fold_binary(build, fmax);
}

static lk_status fold_min(lk_onnx_build *build)
{
    return fold_binary(build, fmin);
}

static lk_status fold_equal(lk_onnx_build *build)
{
    return fold_binary(build, fold_equal_of);
}

/* The second or the third, where the first holds or not. */
static lk_status fold_where(lk_onnx_build *build)
{
    const lk_onnx_array *in[3];
    lk_onnx_array *made;
    for (size_t i = 0; i < 3; i++)
        LK_TRY(lk_onnx_fold_input(build, i, &in[i]));
    LK_ONNX_REQUIRE(in[0]->count == in[1]->count && in[0]->count == in[2]->count, build,
                    LK_ERROR_UNSUPPORTED, "chooses among %zu, %zu and %zu numbers", in[0]->count,
                    in[1]->count, in[2]->count);
    LK_TRY(lk_onnx_array_new(build, &made, in[1]->whole != NULL, in[0]->shape, in[0]->rank));
    for (size_t i = 0; i < made->count; i++)
        lk_onnx_set(made, i, lk_onnx_number(in[lk_onnx_number(in[0], i) != 0 ? 1 : 2], i));
    return lk_onnx_make_array(build, made);
}

typedef double (*fold_one)(double x);

static lk_status fold_unary(lk_onnx_build *build, fold_one function)
{
    const lk_onnx_array *in;
    lk_onnx_array *made;
    LK_TRY(lk_onnx_fold_input(build, 0, &in));
    LK_TRY(lk_onnx_array_new(build, &made, in->whole != NULL, in->shape, in->rank));
    for (size_t i = 0; i < made->count; i++)
        lk_onnx_set(made, i, function(lk_onnx_number(in, i)));
    return lk_onnx_make_array(build, made);
}

static double fold_negative_of(double x)
{
    return -x;
}

static double fold_reciprocal_of(double x)
{
    return 1 / x;
}

static lk_status fold_sqrt(lk_onnx_build *build)
{
    return fold_unary(build, sqrt);
}

static lk_status fold_exp(lk_onnx_build *build)
{
    return fold_unary(build, exp);
}

static lk_status fold_floor(lk_onnx_build *build)
{
    return fold_unary(build, floor);
}

static lk_status fold_negative(lk_onnx_build *build)
{
    return fold_unary(build, fold_negative_of);
}

static lk_status fold_reciprocal(lk_onnx_build *build)
{
    return fold_unary(build, fold_reciprocal_of);
}

static lk_status fold_cast(lk_onnx_build *build)
{
    const lk_onnx_array *in;
    lk_onnx_array *made;
    LK_TRY(lk_onnx_fold_input(build, 0, &in));
    lk_onnx_tensor type = {.type = (lk_onnx_type)lk_onnx_integer(build, "to", 0)};
    LK_TRY(lk_onnx_array_new(build, &made, lk_onnx_is_whole(&type), in->shape, in->rank));
    for (size_t i = 0; i < made->count; i++)
        lk_onnx_set(made, i,
                    type.type == LK_ONNX_BOOL ? lk_onnx_number(in, i) != 0 : lk_onnx_number(in, i));
    return lk_onnx_make_array(build, made);
}

/* ---- quantised numbers ---- */

/* How a DequantizeLinear's scales lie beside its numbers. */
typedef struct scales {
    const lk_onnx_array *numbers, *scale, *zero;
    size_t axis, block; /* block: numbers of one scale along the axis; 0: one scale in all */
} scales;

static lk_status fold_read_scales(lk_onnx_build *build, scales *s)
{
    int64_t block = lk_onnx_integer(build, "block_size", 0);
    const lk_onnx_item *zero = lk_onnx_input(build, 2);
    LK_TRY(lk_onnx_wholes(build, 0, false, &s->numbers));
    LK_TRY(lk_onnx_reals(build, 1, false, &s->scale));
    s->zero = NULL;
    if (zero->kind != LK_ONNX_NOTHING)
        LK_TRY(lk_onnx_wholes(build, 2, true, &s->zero));
    LK_ONNX_REQUIRE(s->scale->count && (!s->zero || s->zero->count == s->scale->count), build,
                    LK_ERROR_SHAPE, "%zu scales and %zu zero points", s->scale->count,
                    s->zero ? s->zero->count : 0);
    s->block = 0;
    if (s->scale->count == 1 || s->numbers->rank == 0)
        return LK_OK;
    LK_TRY(lk_onnx_axis(build, lk_onnx_integer(build, "axis", 1), s->numbers->rank, &s->axis));
    LK_ONNX_REQUIRE(block >= 0, build, LK_ERROR_SHAPE, "block_size %lld", (long long)block);
    s->block = block ? (size_t)block : 1;
    return LK_OK;
}

/* The scales' shape: that of the numbers, along the axis a block each; or one direction. */
static lk_status fold_check_scales(const lk_onnx_build *build, const scales *s)
{
    size_t extent = s->numbers->shape[s->axis];
    size_t blocks = extent / s->block + (extent % s->block != 0);
    bool fits = s->scale->rank == 1 && s->block == 1 && s->scale->count == extent;
    if (!fits && s->scale->rank == s->numbers->rank) {
        fits = true;
        for (size_t i = 0; i < s->numbers->rank; i++)
            fits &= s->scale->shape[i] == (i == s->axis ? blocks : s->numbers->shape[i]);
    }
    LK_ONNX_REQUIRE(fits, build, LK_ERROR_SHAPE,
                    "%zu scales do not fit %zu numbers in blocks of %zu", s->scale->count,
                    s->numbers->count, s->block);
    return LK_OK;
}

static lk_status fold_dequantise(lk_onnx_build *build)
{
    scales s = {0};
    lk_onnx_array *made;
    LK_TRY(fold_read_scales(build, &s));
    if (s.block)
        LK_TRY(fold_check_scales(build, &s));
    LK_TRY(lk_onnx_array_new(build, &made, false, s.numbers->shape, s.numbers->rank));
    size_t inner = 1, extent = s.block ? made->shape[s.axis] : 1;
    for (size_t i = s.axis + 1; s.block && i < made->rank; i++)
        inner *= made->shape[i];
    size_t blocks = s.block ? extent / s.block + (extent % s.block != 0) : 1;
    for (size_t i = 0; i < made->count; i++) {
        size_t at = 0;
        if (s.block == 1 && s.scale->rank == 1)
            at = i / inner % extent;
        else if (s.block)
            at = (i / inner / extent * blocks + i / inner % extent / s.block) * inner + i % inner;
        int64_t zero = s.zero ? s.zero->whole[at] : 0;
        made->real[i] = (float)(s.numbers->whole[i] - zero) * s.scale->real[at];
    }
    if (!s.block || (s.block == 1 && s.axis == 0 && s.scale->rank == 1))
        lk_onnx_note_steps(made, s.numbers, s.scale, s.zero);
    lk_onnx_let_go(build, 0);
    return lk_onnx_make_array(build, made);
}

lk_onnx_operator_fn lk_onnx_folding_operator(lk_onnx_text name)
{
    static const lk_onnx_operator table[] = {
        {"Add", fold_add},      {"Sub", fold_subtract},
        {"Mul", fold_multiply}, {"Div", fold_divide},
        {"Pow", fold_power},    {"Max", fold_max},
        {"Min", fold_min},      {"Equal", fold_equal},
        {"Where", fold_where},  {"Sqrt", fold_sqrt},
        {"Exp", fold_exp},      {"Floor", fold_floor},
        {"Neg", fold_negative}, {"Reciprocal", fold_reciprocal},
        {"Cast", fold_cast},    {"DequantizeLinear", fold_dequantise},
    };
    return lk_onnx_find_operator(table, COUNT(table), name);
}
