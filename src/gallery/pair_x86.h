/* Products by the processor's own instructions; NULL where it has none. */
#ifndef LK_GALLERY_PAIR_X86_H
#define LK_GALLERY_PAIR_X86_H

#include "gallery/pair_loop.h"

lk_pair_fn lk_pair_avx2(void);
lk_pair_fn lk_pair_vnni(void);

#endif
