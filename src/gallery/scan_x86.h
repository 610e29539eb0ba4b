/* The loops for AVX2 and AVX-512 VNNI; each NULL on a processor without it. */
#ifndef LK_GALLERY_SCAN_X86_H
#define LK_GALLERY_SCAN_X86_H

#include "gallery/scan_loop.h"

lk_scan_fn lk_scan_avx2(void);
lk_scan_fn lk_scan_vnni(void);

#endif
