/* Written by tools/image_photos.py with Pillow 10.2.0. */
static const struct photo {
    const char *path;
    size_t width, height;
    uint32_t pixels_crc, resized_crc;
} photos[] = {
    {"data/tutorial/face_sample2/18_0_0_20170110232121048.jpg.chip.jpg", 200, 200, 0x405f7d14u,
     0xfcb6d406u},
    {"data/tutorial/face_sample2/21_1_0_20170109213126942.jpg.chip.jpg", 200, 200, 0x1913c438u,
     0xa80c1082u},
    {"data/tutorial/face_sample2/22_1_1_20170105183837056.jpg.chip.jpg", 200, 200, 0x25ecae1cu,
     0xbeaaf54du},
    {"data/tutorial/face_sample2/25_0_0_20170110231839623.jpg.chip.jpg", 200, 200, 0x4bfe5671u,
     0x08aed50eu},
    {"data/tutorial/face_sample2/26_1_0_20170103181940954.jpg.chip.jpg", 200, 200, 0xed723abau,
     0xa48239ecu},
    {"data/tutorial/face_sample2/27_1_0_20170103210530706.jpg.chip.jpg", 200, 200, 0xf973d7a8u,
     0xaca533ccu},
    {"data/tutorial/face_sample2/28_1_1_20170105003322373.jpg.chip.jpg", 200, 200, 0x3ea5c85au,
     0x0e49ae2eu},
    {"data/tutorial/face_sample2/29_1_1_20170103183648691.jpg.chip.jpg", 200, 200, 0x22d46502u,
     0x4cdc8eaeu},
    {"data/tutorial/face_sample2/31_1_1_20170103183224642.jpg.chip.jpg", 200, 200, 0x39677680u,
     0x0cbd81e2u},
    {"data/tutorial/face_sample2/34_1_1_20170104011329697.jpg.chip.jpg", 200, 200, 0x58a5cba8u,
     0x2a0d8573u},
    {"data/tutorial/faces/bruce/014.jpg", 250, 250, 0x40e53515u, 0x86a3641cu},
    {"data/tutorial/faces/neil/015.jpg", 250, 250, 0x18c373bdu, 0x265ceb1au},
};
