/* The shared reference files: counts and sums that PyTorch gives for them. */
#include <math.h>

#include "support.h"

#include <likeness/weights.h>

typedef struct expected {
    const char *path;
    size_t tensors, elements;
    double sum;
    const char *name;
    double name_sum;
} expected;

/* torch.load, then .double().sum() */
static const expected FILES[] = {
    {"reference/seeded_inception_resnet_v1.pt", 716, 27940039, 31472.900048849868,
     "repeat_2.4.branch0.bn.running_var", 164.598637342453},
    {"data/mtcnn/pnet.pt", 13, 6632, -43.12531704072171, "conv3.weight", -43.27973151439073},
    {"data/mtcnn/rnet.pt", 16, 100178, -178.50655001851723, "prelu3.weight", -6.750260634813458},
    {"data/mtcnn/onet.pt", 21, 389040, -354.43949631894327, "conv4.bias", 7.317367306211963},
};

static void check_sums(const lk_tensors *set, const expected *file)
{
    double sum = 0;
    size_t elements = 0;
    for (size_t i = 0; i < lk_tensors_count(set); i++) {
        sum += lk_tensor_sum(lk_tensors_get(set, i));
        elements += lk_tensors_get(set, i)->count;
    }
    assert_int_equal(lk_tensors_count(set), file->tensors);
    assert_int_equal(elements, file->elements);
    assert_true(fabs(sum - file->sum) < 1e-6);
    const lk_tensor *one = lk_tensors_find(set, file->name);
    assert_non_null(one);
    assert_true(fabs(lk_tensor_sum(one) - file->name_sum) < 1e-9);
}

static void sums_are_those_of_pytorch(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        lk_tensors *set;
        assert_ok(lk_tensors_open(&set, shared_file(FILES[i].path)));
        check_sums(set, &FILES[i]);
        lk_tensors_close(set);
    }
}

/* The MTCNN files through both of our writers and back. */
static void converted_files_keep_their_sums(void **state)
{
    (void)state;
    SKIP_WITHOUT_SHARED();
    char path[] = "/tmp/likeness-parity-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 1; i < sizeof FILES / sizeof *FILES; i++) {
        lk_tensors *set, *back;
        assert_ok(lk_tensors_open(&set, shared_file(FILES[i].path)));
        assert_ok(lk_tensors_write_pt(set, path));
        assert_ok(lk_tensors_open(&back, path));
        check_sums(back, &FILES[i]);
        lk_tensors_close(back);
        assert_ok(lk_tensors_write_safetensors(set, path));
        assert_ok(lk_tensors_open(&back, path));
        check_sums(back, &FILES[i]);
        lk_tensors_close(back);
        lk_tensors_close(set);
    }
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_pytorch),
        cmocka_unit_test(converted_files_keep_their_sums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
