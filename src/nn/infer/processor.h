/* processor.h: what this processor runs. */
#ifndef LK_NN_INFER_PROCESSOR_H
#define LK_NN_INFER_PROCESSOR_H

#include <likeness/base.h>

#include "nn/kernel/amx.h"

/* Models in bf16 (lk_nn_model_set_narrow): it has AVX-512 and AVX512_BF16, and
 * ONEDNN_MAX_CPU_ISA does not hide them. */
bool lk_nn_processor_narrows(void);

/* Sums of whole numbers at once, where they are not hidden; without them plain loops give the
 * same (lk_nn_model_set_int8). */
bool lk_nn_processor_has_int8(void);

/* What convolutions in bf16 (LK_NN_BF16) or in whole numbers (LK_NN_U8) are done with: its AMX
 * tiles, where it has them beside what the above ask for and they are not hidden; else NULL. */
const lk_nn_amx *lk_nn_processor_amx(lk_nn_format format);

/* For tests: takes others in their place, in plans that are made from now on; NULL: its own
 * again. */
void lk_nn_processor_set_amx(lk_nn_format format, const lk_nn_amx *amx);

#endif
