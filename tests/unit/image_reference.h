/* Written by tools/image_reference.py with PyTorch 2.2.2 and Pillow 10.2.0. */
static const struct resize_case {
    size_t in_width, in_height, width, height;
    uint32_t area_crc, bilinear_crc;
} resize_cases[] = {
    {1, 1, 1, 1, 0xc40d913au, 0x6cb7068au},         {1, 1, 3, 2, 0x8cd77d43u, 0x10d0f20eu},
    {2, 3, 1, 1, 0x1171d119u, 0x36960aefu},         {7, 5, 3, 4, 0x8507dd07u, 0xf8696ef2u},
    {16, 16, 8, 8, 0x5c3d2243u, 0xa17e2db3u},       {17, 23, 24, 24, 0x0d39743au, 0x88a23918u},
    {20, 31, 48, 48, 0x28379b1au, 0x93216f5bu},     {48, 48, 24, 24, 0x09fc52ddu, 0x2a3e3b4cu},
    {64, 40, 64, 20, 0x9ede41dau, 0x8daece3bu},     {64, 40, 32, 40, 0x40c0e87fu, 0x597fe4d5u},
    {101, 77, 60, 46, 0x8efb8b05u, 0x4cc0fe06u},    {250, 250, 151, 151, 0xe9e807d2u, 0x51bca09eu},
    {250, 250, 107, 107, 0x7af06ec1u, 0xf4a4a23bu}, {250, 250, 13, 13, 0x01c7b0bfu, 0xa32d5bd3u},
    {300, 20, 7, 19, 0x7eca4210u, 0x9f4c31deu},     {20, 300, 19, 1, 0x7c69acb1u, 0xc883acadu},
    {41, 37, 1, 1, 0xc9bcdba7u, 0x2d105838u},       {29, 610, 5, 2, 0xa75966b1u, 0x91fad59cu},
    {590, 290, 2, 1, 0x7a905117u, 0x40240cfbu},     {260, 530, 2, 2, 0x9b237d97u, 0x801c1eb0u},
    {160, 160, 160, 160, 0x5fa8a700u, 0xf33dc9e5u}, {33, 65, 66, 65, 0x1e7851dfu, 0x1e8833c1u},
    {90, 70, 160, 160, 0xcc4416f4u, 0x852519c0u},   {123, 321, 160, 160, 0x1b7f7ebcu, 0x86cd68fbu},
    {400, 300, 150, 150, 0x0fd1ea25u, 0x4814ecf2u}, {5, 5, 256, 256, 0x3e8d762bu, 0x83750100u},
};
