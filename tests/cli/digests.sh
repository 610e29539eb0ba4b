#!/bin/sh
# The digest of a file of weights is remembered as long as the file stays as it is.
. "$(dirname "$0")/lib.sh"
net_=network.safetensors
known="$XDG_CACHE_HOME/likeness/digests.txt"
# embed_says DIGEST: what E.json says of the weights.
embed_says() {
    expect 0 likeness embed "$INPUTS/dot.png" --no-detect --weights $net_ --size 80 --threads 1 -q -o E.npy
    silent err
    grep -qF "\"sha256\": \"$1\"" E.json || wrong "E.json does not say that the weights are $1"
}
settle() { sleep 4; }

# A file that changed a moment ago is not remembered, an older one is.
cp "$INPUTS/network.safetensors" $net_
right=$(sha256sum <$net_ | cut -c1-64)
embed_says "$right"
absent "$known"
settle
embed_says "$right"
there "$known"
one_line "$known"
embed_says "$right"
one_line "$known"
# That it is not computed again shows when the list lies.
other=$(printf '%064d' 7)
sed -i "s/^$right/$other/" "$known"
embed_says "$other"

# Other bytes of the same size and time are another file: written over, or put in its place.
touch -r $net_ time
printf '\001' | dd of=$net_ bs=1 seek=1900000 conv=notrunc 2>/dev/null
touch -r time $net_
embed_says "$(sha256sum <$net_ | cut -c1-64)"
cp "$INPUTS/network.safetensors" new
touch -r time new
mv new $net_
embed_says "$right"
settle
embed_says "$right"
[ "$(wc -l <"$known")" -eq 2 ] || wrong 'not two files are remembered'

# A list that is none, and a store that cannot be written, are in nobody's way.
head -c 100000 /dev/zero | tr '\0' a >"$known"
embed_says "$right"
one_line "$known"
head -c 40 "$known" >cut
cp cut "$known"
embed_says "$right"
rm -rf "$XDG_CACHE_HOME"
: >"$XDG_CACHE_HOME"
embed_says "$right"

finish
