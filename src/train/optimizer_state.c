/* An optimiser's moments, saved and loaded as named tensors. */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "train/optimizer.h"

enum { NAME_SIZE = 256 };

static void moment_name(char name[NAME_SIZE], const lk_parameter *parameter, char which)
{
    snprintf(name, NAME_SIZE, "optimizer.%s.%c", parameter->name, which);
}

static lk_status save_moment(lk_tensors *tensors, const lk_parameter *p, char which,
                             const float *moment)
{
    char name[NAME_SIZE];
    moment_name(name, p, which);
    return moment ? lk_tensors_add(tensors, name, LK_F32, moment, &p->count, 1) : LK_OK;
}

lk_status lk_optimizer_save(const lk_optimizer *optimizer, lk_tensors *tensors)
{
    size_t one = 1;
    LK_REQUIRE(optimizer && tensors, LK_ERROR_ARGUMENT, "lk_optimizer_save: NULL argument");
    LK_TRY(lk_tensors_add(tensors, "optimizer.step", LK_I64, &optimizer->steps, &one, 1));
    for (size_t i = 0; i < optimizer->count; i++) {
        const lk_parameter *p = &optimizer->parameters[i];
        LK_TRY(save_moment(tensors, p, 'm', optimizer->m[i]));
        LK_TRY(save_moment(tensors, p, 's', optimizer->s[i]));
    }
    return LK_OK;
}

/* Finds a tensor of the right type and size; NULL with an error text otherwise. */
static lk_status optimizer_state_find(const lk_tensor **out, const lk_tensors *tensors,
                                      const char *name, lk_dtype dtype, size_t count)
{
    const char *path = lk_tensors_path(tensors);
    const lk_tensor *tensor = lk_tensors_find(tensors, name);
    LK_REQUIRE(tensor, LK_ERROR_MISSING, "%s: no tensor \"%s\"", path, name);
    LK_REQUIRE(tensor->dtype == dtype && tensor->count == count, LK_ERROR_SHAPE,
               "%s: \"%s\" holds %zu x %s, expected %zu x %s", path, name, tensor->count,
               lk_dtype_name(tensor->dtype), count, lk_dtype_name(dtype));
    *out = tensor;
    return LK_OK;
}

static lk_status load_moment(const lk_tensors *tensors, const lk_parameter *p, char which,
                             float *moment, bool copy)
{
    if (!moment)
        return LK_OK;
    char name[NAME_SIZE];
    const lk_tensor *tensor;
    moment_name(name, p, which);
    LK_TRY(optimizer_state_find(&tensor, tensors, name, LK_F32, p->count));
    if (copy)
        memcpy(moment, tensor->data, p->count * sizeof *moment);
    return LK_OK;
}

/* First pass: is all there? Second: copy. */
static lk_status load_moments(lk_optimizer *optimizer, const lk_tensors *tensors, bool copy)
{
    for (size_t i = 0; i < optimizer->count; i++) {
        const lk_parameter *p = &optimizer->parameters[i];
        LK_TRY(load_moment(tensors, p, 'm', optimizer->m[i], copy));
        LK_TRY(load_moment(tensors, p, 's', optimizer->s[i], copy));
    }
    return LK_OK;
}

lk_status lk_optimizer_load(lk_optimizer *optimizer, const lk_tensors *tensors)
{
    LK_REQUIRE(optimizer && tensors, LK_ERROR_ARGUMENT, "lk_optimizer_load: NULL argument");
    const lk_tensor *step;
    LK_TRY(optimizer_state_find(&step, tensors, "optimizer.step", LK_I64, 1));
    LK_TRY(load_moments(optimizer, tensors, false));
    LK_TRY(load_moments(optimizer, tensors, true));
    memcpy(&optimizer->steps, step->data, sizeof optimizer->steps);
    return LK_OK;
}
