/* amx_direct.h: convolutions in bf16 by AMX, those with conv->amx. */
#ifndef LK_NN_KERNEL_AMX_DIRECT_H
#define LK_NN_KERNEL_AMX_DIRECT_H

#include "nn/kernel/amx.h"
#include "nn/kernel/conv.h"

/* Floats of scratch memory that each thread wants (conv->own), a multiple of 16. */
size_t lk_nn_amx_direct_own(const lk_nn_direct *conv);

/* This thread's part. */
void lk_nn_amx_direct_run(const lk_nn_direct *conv, size_t thread, size_t threads);

#endif
