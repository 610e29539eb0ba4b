/* processor.h: what this processor runs. */
#ifndef LK_NN_INFER_PROCESSOR_H
#define LK_NN_INFER_PROCESSOR_H

#include <likeness/base.h>

/* Models in bf16 (lk_nn_model_set_narrow): it has AVX-512 and AVX512_BF16, and
 * ONEDNN_MAX_CPU_ISA does not hide them. */
bool lk_nn_processor_narrows(void);

#endif
