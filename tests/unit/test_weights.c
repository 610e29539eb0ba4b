/* Element types, the set of named tensors, checked loading. */
#include <math.h>

#include "support.h"

#include <likeness/weights.h>

#include "weights/dtype.h"
#include "weights/tensors.h"

static void element_types_have_names_and_sizes(void **state)
{
    (void)state;
    assert_string_equal(lk_dtype_name(LK_BF16), "bfloat16");
    assert_string_equal(lk_dtype_name((lk_dtype)99), "unknown");
    assert_int_equal(lk_dtype_size(LK_F64), 8);
    assert_int_equal(lk_dtype_size((lk_dtype)99), 0);
    for (int i = 0; i < LK_DTYPE_COUNT; i++)
        assert_true(lk_dtype_size((lk_dtype)i) > 0);
}

/* One, -2, the largest half, the smallest subnormal half, minus zero. */
static void halves_are_widened_exactly(void **state)
{
    (void)state;
    const uint16_t halves[] = {0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0x7c00, 0x7e00};
    float out[7];
    lk_convert_f32(out, halves, LK_F16, 7);
    assert_true(out[0] == 1.0f && out[1] == -2.0f && out[2] == 65504.0f);
    assert_true(out[3] == 0x1p-24f);
    assert_true(out[4] == 0.0f && signbit(out[4]));
    assert_true(isinf(out[5]) && isnan(out[6]));
    const uint16_t brains[] = {0x3f80, 0xc049};
    lk_convert_f32(out, brains, LK_BF16, 2);
    assert_true(out[0] == 1.0f && out[1] == -3.140625f);
}

/* Every half comes back; between two neighbours the nearer one is taken, in the
 * middle the even one. */
static void numbers_are_rounded_to_the_nearest_half(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits < 0x7bff; bits++) {
        uint16_t pair[2] = {(uint16_t)bits, (uint16_t)(bits + 1)};
        double at[2];
        lk_convert_f64(at, pair, LK_F16, 2);
        double middle = (at[0] + at[1]) / 2, little = (at[1] - at[0]) / 64;
        assert_int_equal(lk_half_from_double(at[0]), bits);
        assert_int_equal(lk_half_from_double(-at[0]), bits | 0x8000);
        assert_int_equal(lk_half_from_double(middle - little), bits);
        assert_int_equal(lk_half_from_double(middle + little), bits + 1);
        assert_int_equal(lk_half_from_double(middle), bits + (bits & 1));
    }
    assert_int_equal(lk_half_from_double(65519.9), 0x7bff);
    assert_int_equal(lk_half_from_double(-65520), 0xfc00);
    assert_int_equal(lk_half_from_double(1e-9), 0);
}

static void filters_become_half_and_vectors_stay(void **state)
{
    (void)state;
    const float numbers[4] = {1.0f, -0.333333343f, 1e-3f, 70000};
    const int64_t steps = 5;
    lk_tensors *set, *half = NULL;
    float back[4];
    assert_ok(lk_tensors_create(&set));
    assert_ok(lk_tensors_add(set, "a.weight", LK_F32, numbers, (size_t[]){3, 1}, 2));
    assert_ok(lk_tensors_add(set, "a.bias", LK_F32, numbers, (size_t[]){4}, 1));
    assert_ok(lk_tensors_add(set, "steps", LK_I64, &steps, NULL, 0));
    assert_ok(lk_tensors_to_half(&half, set));
    assert_int_equal(lk_tensors_count(half), 3);
    assert_int_equal(lk_tensors_find(half, "a.weight")->dtype, LK_F16);
    assert_int_equal(lk_tensors_find(half, "a.bias")->dtype, LK_F32);
    assert_int_equal(lk_tensors_find(half, "steps")->dtype, LK_I64);
    assert_ok(lk_tensors_load_f32(half, "a.weight", (size_t[]){3, 1}, 2, back));
    for (int i = 0; i < 3; i++)
        assert_true(fabs((double)back[i] - (double)numbers[i]) <=
                    fabs((double)numbers[i]) * 0x1p-11);
    assert_ok(lk_tensors_add(set, "b.weight", LK_F32, numbers, (size_t[]){2, 2}, 2));
    lk_tensors *none = NULL;
    assert_fails(lk_tensors_to_half(&none, set), LK_ERROR_NUMBER, "b.weight");
    assert_null(none);
    lk_tensors_close(half);
    lk_tensors_close(set);
}

/* What rounds to 65504 is kept, what would round to infinity is refused. */
static void halves_end_where_rounding_would_leave_them(void **state)
{
    (void)state;
    const double numbers[] = {65504, 65519.99, 65520, -65519.99, -65520, INFINITY};
    for (size_t i = 0; i < 6; i++) {
        bool fits = fabs(numbers[i]) < 65520;
        lk_tensors *set, *half = NULL;
        double back;
        assert_ok(lk_tensors_create(&set));
        assert_ok(lk_tensors_add(set, "w", LK_F64, &numbers[i], (size_t[]){1, 1}, 2));
        if (fits) {
            assert_ok(lk_tensors_to_half(&half, set));
            lk_tensor_copy_f64(lk_tensors_find(half, "w"), &back);
            assert_true(back == copysign(65504, numbers[i]));
        } else {
            assert_fails(lk_tensors_to_half(&half, set), LK_ERROR_NUMBER,
                         "at element 0, float16 ends at 65504");
        }
        lk_tensors_close(half);
        lk_tensors_close(set);
    }
}

static void unaligned_integers_are_converted(void **state)
{
    (void)state;
    uint8_t bytes[17] = {0};
    int64_t values[] = {-3, INT64_C(1) << 40};
    memcpy(bytes + 1, values, sizeof values);
    double out[2];
    lk_convert_f64(out, bytes + 1, LK_I64, 2);
    assert_true(out[0] == -3.0 && out[1] == 0x1p40);
}

static lk_tensors *small_set(void)
{
    lk_tensors *set;
    assert_ok(lk_tensors_create(&set));
    const float weights[] = {1, 2, 3, 4, 5, 6};
    const double bias[] = {0.5, -0.5};
    const int64_t steps = 7;
    assert_ok(lk_tensors_add(set, "b.weight", LK_F32, weights, (size_t[]){2, 3}, 2));
    assert_ok(lk_tensors_add(set, "a.bias", LK_F64, bias, (size_t[]){2}, 1));
    assert_ok(lk_tensors_add(set, "c.steps", LK_I64, &steps, NULL, 0));
    return set;
}

static void a_set_keeps_its_order_and_finds_by_name(void **state)
{
    (void)state;
    lk_tensors *set = small_set();
    assert_int_equal(lk_tensors_count(set), 3);
    assert_string_equal(lk_tensors_get(set, 0)->name, "b.weight");
    assert_string_equal(lk_tensors_get(set, 1)->name, "a.bias");
    assert_null(lk_tensors_get(set, 3));
    assert_ptr_equal(lk_tensors_find(set, "c.steps"), lk_tensors_get(set, 2));
    assert_null(lk_tensors_find(set, "c.step"));
    assert_true(lk_tensor_sum(lk_tensors_find(set, "b.weight")) == 21.0);
    assert_fails(lk_tensors_add(set, "a.bias", LK_F32, "1234", (size_t[]){1}, 1), LK_ERROR_ARGUMENT,
                 "\"a.bias\" is there already");
    assert_fails(lk_tensors_add(set, "huge", LK_F32, "", (size_t[]){SIZE_MAX, 2}, 2),
                 LK_ERROR_MEMORY, "overflows");
    lk_tensors_close(set);
    lk_tensors_close(NULL);
}

static void loading_checks_name_shape_and_type(void **state)
{
    (void)state;
    lk_tensors *set = small_set();
    float out[6];
    assert_ok(lk_tensors_load_f32(set, "b.weight", (size_t[]){2, 3}, 2, out));
    assert_true(out[5] == 6.0f);
    assert_ok(lk_tensors_load_f32(set, "a.bias", (size_t[]){2}, 1, out));
    assert_true(out[1] == -0.5f);
    assert_fails(lk_tensors_load_f32(set, "nothing", (size_t[]){2}, 1, out), LK_ERROR_MISSING,
                 "has no tensor \"nothing\" among its 3");
    assert_fails(lk_tensors_load_f32(set, "b.weight", (size_t[]){3, 2}, 2, out), LK_ERROR_SHAPE,
                 "tensor \"b.weight\" has the shape [2,3], expected [3,2]");
    assert_fails(lk_tensors_load_f32(set, "c.steps", NULL, 0, out), LK_ERROR_SHAPE,
                 "has the type int64, expected a float type");
    lk_tensors_close(set);
}

static void numbers_that_are_not_finite_are_refused(void **state)
{
    (void)state;
    enum { COUNT = 10000 };
    static float values[COUNT], out[COUNT];
    values[9876] = NAN;
    lk_tensors *set;
    assert_ok(lk_tensors_create(&set));
    assert_ok(lk_tensors_add(set, "w", LK_F32, values, (size_t[]){COUNT}, 1));
    const double large = 1e300;
    assert_ok(lk_tensors_add(set, "large", LK_F64, &large, (size_t[]){1}, 1));
    assert_fails(lk_tensors_load_f32(set, "w", (size_t[]){COUNT}, 1, out), LK_ERROR_NUMBER,
                 "tensor \"w\" has nan at element 9876");
    assert_fails(lk_tensors_load_f32(set, "large", (size_t[]){1}, 1, out), LK_ERROR_NUMBER,
                 "inf at element 0");
    lk_tensors_close(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(element_types_have_names_and_sizes),
        cmocka_unit_test(halves_are_widened_exactly),
        cmocka_unit_test(numbers_are_rounded_to_the_nearest_half),
        cmocka_unit_test(filters_become_half_and_vectors_stay),
        cmocka_unit_test(halves_end_where_rounding_would_leave_them),
        cmocka_unit_test(unaligned_integers_are_converted),
        cmocka_unit_test(a_set_keeps_its_order_and_finds_by_name),
        cmocka_unit_test(loading_checks_name_shape_and_type),
        cmocka_unit_test(numbers_that_are_not_finite_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
