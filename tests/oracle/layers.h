/* layers.h: the layers of the oracle's training pass. */
#ifndef LK_TESTS_ORACLE_LAYERS_H
#define LK_TESTS_ORACLE_LAYERS_H

#include "oracle/oracle.h"

/* Each fills values[layer], or adds to the gradients of the layer's inputs (which are
 * there, zeroed) and to its parameters' gradients. */
lk_status oracle_conv_forward(oracle_pass *pass, size_t layer) LK_MUST_USE;
lk_status oracle_conv_backward(oracle_pass *pass, size_t layer) LK_MUST_USE;
lk_status oracle_norm_forward(oracle_pass *pass, size_t layer) LK_MUST_USE;
void oracle_norm_backward(oracle_pass *pass, size_t layer);
lk_status oracle_plain_forward(oracle_pass *pass, size_t layer) LK_MUST_USE;
void oracle_plain_backward(oracle_pass *pass, size_t layer);

#endif
