#!/bin/sh
# models and data: the store without a network, weight files good and hostile.
. "$(dirname "$0")/lib.sh"
tests=$(cd "$(dirname "$0")/.." && pwd)
samples=$tests/fuzz/corpus
crashers=$tests/crashers
pnet_line='^conv\.weight +float32 +\[2,3\] +15$'

expect 2 likeness models
err_has 'an action is missing'
expect 2 likeness models bla
silent out
err_is <<'END'
likeness: 'models bla' is not there; the actions are list, pull, info, describe, convert, quantize and cache
END
expect 2 likeness data convert
err_is <<'END'
likeness: 'data convert' is not there; the actions are list and pull
END
expect 2 likeness models pull
expect 2 likeness models list more
expect 2 likeness models convert one

# Nothing is here yet.
expect 0 likeness models list
silent err
out_has '^vggface2 '
out_has '^ +not here yet$'
expect 0 likeness data list --json
out_has '^\{"name":"faces",.*"path":null,"trust":"trusted on first use: '
expect 3 likeness models info vggface2
silent out
err_is <<'END'
likeness: the model "vggface2" is not here yet: 'likeness models pull vggface2' gets it
END
expect 3 likeness models info mtcnn
err_is <<'END'
likeness: the model "mtcnn" is not here yet: 'likeness models pull mtcnn' gets it
END
expect 3 likeness models info no/such.pt
one_line err
err_has 'no/such\.pt: is neither a file nor a name of the store'

# What a file holds.
expect 0 likeness models info "$samples/pt/plain_legacy.pt"
silent err
out_has "$pnet_line"
out_has ': 2 tensors, 8 elements, 32 bytes, sum 15$'
expect 0 likeness models info "$samples/pt/plain.pt" --json
out_has '^\{"name":"conv.weight","dtype":"float32","shape":\[2,3\],"sum":15\.0\}$'
out_has '"tensors":2,"elements":8,"bytes":32,"sum":15\.0\}$'

# One bad file does not stop the others.
expect 1 likeness models info "$crashers/pt/os_system.pt" "$samples/pt/plain.pt"
out_has "$pnet_line"
one_line err
err_has 'os_system\.pt: refuses to load global os\.system: only state dicts are read$'

# There and back.
expect 0 likeness models convert "$samples/pt/every_legacy.pt" one.safetensors
silent out
silent err
expect 0 likeness models convert one.safetensors two.pt
expect 0 likeness models convert two.pt three.safetensors
cmp -s one.safetensors three.safetensors || wrong "the conversion there and back differs"
expect 0 likeness models info two.pt
out_has ': 13 tensors, '
expect 0 likeness models convert "$INPUTS/network.safetensors" half.safetensors --half
expect 0 likeness models info half.safetensors
out_has '^conv2d_1a\.conv\.weight +float16 '
out_has '^conv2d_1a\.bn\.weight +float32 '
expect 2 likeness models convert "$samples/pt/plain.pt" four.bin
absent four.bin
expect 1 likeness models convert "$crashers/pt/truncated.pt" five.pt
one_line err
absent five.pt
expect 4 likeness models convert "$samples/pt/plain.pt" /proc/none/six.pt
one_line err

# Pulling: a mirror on the disk, and none.
mkdir mirror
cp "$samples/pt/plain.pt" mirror/20180402-114759-vggface2.pt
export LIKENESS_MIRROR="file://$folder/mirror"
expect 1 likeness models pull vggface2
silent out
one_line err
err_has 'vggface2\.pt\.part: is not the published file: it has [0-9]+ bytes and the SHA-256 [0-9a-f]{64}, expected 111898327 bytes and 281cebca'
absent cache/likeness/models/20180402-114759-vggface2.pt
export LIKENESS_MIRROR_UNPINNED=1 # it is meant
expect 0 likeness models pull vggface2
silent err
out_is <<END
$folder/cache/likeness/models/20180402-114759-vggface2.pt
END
expect 0 likeness models pull vggface2
expect 0 likeness models list
out_has '/models/20180402-114759-vggface2\.pt$'
expect 0 likeness models info vggface2
out_has "$pnet_line"
mkdir cache/likeness/models/mtcnn && cp "$INPUTS"/mtcnn/* cache/likeness/models/mtcnn
expect 0 likeness models info mtcnn
[ "$(grep -c 'models/mtcnn/[pro]net\.pt: [0-9]* tensors' out)" -eq 3 ] || wrong 'not all three networks'
cp "$samples/pt/every.pt" cache/likeness/models/20180402-114759-vggface2.pt
expect 1 likeness models pull vggface2
one_line err
err_has 'has the SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64} as recorded in'
expect 1 likeness models info vggface2
one_line err
err_has '/20180402-114759-vggface2\.pt: has the SHA-256 [0-9a-f]{64}, expected '
expect 0 likeness models list
out_has '/20180402-114759-vggface2\.pt: has the SHA-256 .*; remove it and pull again, or remove that line if the new file is meant$'
cp "$samples/pt/plain.pt" cache/likeness/models/20180402-114759-vggface2.pt
expect 0 likeness models info vggface2
out_has "$pnet_line"
[ "$(wc -l <cache/likeness/checksums.txt)" -eq 4 ] || wrong 'not one line per file'
expect 4 likeness models pull casia-webface
one_line err
err_has "run 'likeness models pull casia-webface' to continue$"
expect 2 likeness models pull faces
err_is <<'END'
likeness: 'faces' is a data set: 'likeness data pull faces' gets it
END

# Failures are told together, after everything was tried.
mkdir -p cache/torch/hub/checkpoints
echo '<html>' >cache/torch/hub/checkpoints/20180408-102900-casia-webface.pt
expect 4 likeness models pull casia-webface vggface2
out_is <<END
$folder/cache/likeness/models/20180402-114759-vggface2.pt
END
[ "$(wc -l <err)" -eq 2 ] || wrong 'not two lines'
err_has '^likeness: warning: .*/torch/hub/checkpoints/20180408-102900-casia-webface\.pt: is an HTML page.* it is left there and not used$'
cp "$samples/pt/plain.pt" mirror/20180408-102900-casia-webface.pt
expect 0 likeness models pull casia-webface
err_has 'it is left there and not used$'
out_is <<END
$folder/cache/likeness/models/20180408-102900-casia-webface.pt
END
expect 0 likeness models pull casia-webface
silent err
unset LIKENESS_MIRROR_UNPINNED
expect 0 likeness models list
[ "$(grep -c '^ *not the published file$' out)" -eq 2 ] || wrong 'not two marks'
out_has '^ *trusted on first use: no published checksum is known$'
out_has '^ *comes with the program$'

# A mirror on the disk may be named as what it is, a folder.
mkdir 'a mirror [1]%41é'
cp mirror/20180408-102900-casia-webface.pt 'a mirror [1]%41é'
rm -r cache
for mirror in "$folder/a mirror [1]%41é" "$folder/a mirror [1]%41é/" "file:$folder/mirror"; do
    rm -f cache/likeness/models/*casia*
    expect 0 env LIKENESS_MIRROR="$mirror" "$LIKENESS" models pull casia-webface
    silent err
done
for mirror in mirror ./mirror ' ' localhost:80; do
    for name in vggface2 mtcnn; do
        expect 2 env LIKENESS_MIRROR="$mirror" "$LIKENESS" models pull $name
        one_line err
        err_has "^likeness: LIKENESS_MIRROR=$mirror is no address: expected one such as https://"
    done
    expect 2 env LIKENESS_MIRROR="$mirror" "$LIKENESS" data pull faces
    err_has "^likeness: LIKENESS_MIRROR=$mirror is no address"
done
expect 2 likeness data pull nonsense
one_line err
no_leftovers "$folder/cache"
finish
