#!/bin/sh
# Photographs of every kind and under every name, in one folder: each is used, or
# named with the reason and what to do.
. "$(dirname "$0")/lib.sh"
samples=$(cd "$(dirname "$0")/../fuzz/corpus/image" && pwd)
find_="--detector $INPUTS/mtcnn"

mkdir kinds
# put SAMPLE NAME WIDTH HEIGHT
put() {
    cp "$samples/$1" "kinds/$2"
    echo "{\"path\":\"kinds/$2\",\"width\":$3,\"height\":$4,\"faces\":[" >>wanted
}
put plain.gif a.GIF 21 13
put animated.gif b.gif 21 13
put rgb.bmp c.bmp 21 13
put rle8.bmp d.dib 21 13
put plain.tif e.tif 21 13
put pages.tif f.Tiff 21 13
put animated.webp g.webp 21 13
put animated.png h.PNG 21 13
put trailer.jpg i.jfif 21 13
put no_end.png j.png 21 13
put exif_long_6.jpg k.jpe 13 21
put xmp_6.jpg l.JPEG 13 21
put xmp_5.webp m.webp 13 21
put profile_6.png n.png 13 21
put orientation_6.tif o.tif 13 21
put plain.tif p.jpg 21 13

expect 0 likeness detect kinds $find_ --json
silent err
sed 's/\("faces":\[\).*/\1/' out >seen
cmp -s seen wanted || {
    wrong 'not every kind was read'
    diff seen wanted
}

# As they are stored, but for TIFF, whose orientation is its own.
expect 0 likeness detect kinds $find_ --json --compat facenet-pytorch
[ "$(grep -c '"width":13,' out)" -eq 1 ] || wrong 'more than the TIFF was turned'
out_has 'o\.tif","width":13,'

# HEIC and AVIF are read, or said to need a build with libheif.
mkdir phone
cp "$samples/plain.heic" phone/1.HEIC
cp "$samples/plain.avif" phone/2.avif
likeness detect phone/* $find_ --json >out 2>err
last="detect phone/*"
if grep -q libheif err; then
    [ "$(wc -l <err)" -eq 2 ] || wrong 'not two lines'
    err_has '^likeness: phone/1\.HEIC: HEIC images need a build with libheif \(apt-get '
    err_has '^likeness: phone/2\.avif: AVIF images need a build with libheif \(apt-get '
    cp "$samples/plain.heic" phone/3.heic
    cp "$samples/plain.heic" phone/4
    cp kinds/a.GIF phone/5.gif
    expect 1 likeness detect phone $find_ --json -q
    one_line err
    err_has '^likeness: 4 files were skipped: 4, 2\.avif, 2 \.HEIC \(only read by a build with libheif \(apt-get .*JPEG\)$'
    one_line out
else
    silent err
    [ "$(grep -c '"width":96,"height":64' out)" -eq 2 ] || wrong 'not two photographs'
fi

# The limit is named by the option that sets it.
expect 1 likeness embed kinds/a.GIF --no-detect --max-pixels 100 -q -o no.npy \
    --weights "$INPUTS/network.safetensors"
err_is <<'END'
likeness: kinds/a.GIF: 21 x 13 pixels, over the limit of 100 (--max-pixels)
END
finish
