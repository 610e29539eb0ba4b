/* From an unpickled state dict to tensors. */
#ifndef LK_WEIGHTS_STATE_DICT_H
#define LK_WEIGHTS_STATE_DICT_H

#include "weights/pickle.h"
#include "weights/tensors.h"

/* Where the bytes of a storage lie in the file; LK_ERROR_FORMAT when they are
 * not there, or are not count x size of dtype bytes. */
typedef lk_status (*lk_find_storage)(void *user, const lk_value *storage, const uint8_t **out);

/* Appends the tensors of `root` to the set and finishes it. The root is a dict
 * of tensors, or a dict that holds one under "state_dict", "model_state_dict", "model",
 * "net" or "weights", as training scripts save it beside other things. */
lk_status lk_state_dict_read(lk_tensors *tensors, const lk_value *root, lk_find_storage pt_zip_find,
                             void *user) LK_MUST_USE;

#endif
