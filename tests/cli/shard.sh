#!/bin/sh
# Shares of a collection, embedded by several processes, and the one table of them.
. "$(dirname "$0")/lib.sh"
likeness synth --people 5 --photos 4 --size 96 --seed 3 -q -o people >/dev/null || wrong synth
cp people/p0001/001.jpg 'people/p0001/a, "b"
c.jpg'
: >people/p0002/broken.jpg
net='--weights synthetic --no-detect'
expect 1 likeness embed people $net -o E.npy

# ---- every photograph is in one share, the same one each time
for i in 1 2 3; do
    likeness embed people $net --shard $i/3 -o $i.npy >out 2>err
    there $i.npy $i.csv $i.json
done
paths() { likeness_paths=$(for f; do tail -n +2 "$f" | grep -o 'people/[^,]*'; done | sort); printf '%s\n' "$likeness_paths"; }
checks=$((checks + 2))
[ "$(paths 1.csv 2.csv 3.csv)" = "$(paths E.csv)" ] || wrong 'the shares are not the whole'
likeness embed people $net --shard 2/3 -o again.npy >out 2>err
cmp -s again.csv 2.csv || wrong 'a share is another one the second time'
checks=$((checks + 1))
grep -q '"shard"' E.json && wrong 'a whole table says that it is a share'

# ---- together they are the table that one process makes
expect 0 likeness embed --join 3.npy 1.npy 2.npy -o J.npy
out_has '^21 faces of 3 shares in J.npy$'
checks=$((checks + 2))
[ "$(paths J.csv)" = "$(paths E.csv)" ] || wrong 'the table of all shares lacks a photograph'
sed 's/^ *//' J.json | grep -v -e sha256 -e program >j.about
sed 's/^ *//' E.json | grep -v -e sha256 -e program >e.about
cmp -s j.about e.about || wrong 'the table of all shares says something else than one of all at once'
expect 0 likeness wss J.npy
mv out j.out
expect 0 likeness wss E.npy
sort j.out >j.rounded # the order is that of the shares
sort out >e.rounded
checks=$((checks + 1))
cmp -s j.rounded e.rounded || wrong 'the distances are others'

# ---- a share without a photograph is a table without a row
mkdir one
cp people/p0001/001.jpg one/
for i in 1 2 3 4; do
    expect 0 likeness embed one $net --shard $i/4 -o one$i.npy
done
expect 0 likeness embed --join one1.npy one2.npy one3.npy one4.npy -o one.npy
out_has '^1 face of 4 shares in one.npy$'

# ---- what is refused
for shard in 0/3 4/3 1 1/0 /3 1/ x/y -1/3 1/3x 1/999999999; do
    expect 2 likeness embed people $net --shard "$shard" -o F.npy
done
expect 2 likeness embed --join 1.npy
expect 2 likeness embed --join 1.npy 2.npy 3.npy -o 1.npy
expect 1 likeness embed --join 1.npy 3.npy -o F.npy
err_has "^likeness: share 2 of 3 is missing: 'likeness embed --shard 2/3' makes it$"
expect 1 likeness embed --join 1.npy 2.npy 2.npy -o F.npy
err_has 'are both share 2 of 3$'
expect 1 likeness embed --join E.npy 1.npy -o F.npy
err_has 'E.npy: is no share of a table'
expect 1 likeness embed --join 1.npy one1.npy -o F.npy
err_has 'one1.npy: is one of 4 shares, and 1.npy one of 3$'
likeness embed people $net --size 80 --shard 2/3 -o other.npy >out 2>err
expect 1 likeness embed --join 1.npy other.npy 3.npy -o F.npy
err_has 'other.json: was not made like 1.json: they differ in "faces"$'
cp 1.json 4.json
cp 1.csv 4.csv
cp 2.npy 4.npy
expect 1 likeness embed --join 4.npy 2.npy 3.npy -o F.npy
err_has '4.npy: these are not the vectors'
expect 1 likeness embed --join none.npy -o F.npy
absent F.npy F.csv F.json

# ---- the examples: an array of jobs, and GNU parallel, as far as both are here
mkdir bin
ln -s "$LIKENESS" bin/likeness
examples=$(cd "$(dirname "$0")/../../docs/examples" && pwd)
cat >bin/sbatch <<'END'
#!/bin/sh
# Stands for Slurm: runs an array of jobs as processes of this machine, all at once.
for word; do
    case $word in
    --array=*) first=${word#--array=} last=${first#*-} ;;
    --wrap=*) job=${word#--wrap=} ;;
    esac
done
[ -n "${last:-}" ] || { sh -c "$job" >>jobs.log 2>&1; exit; }
for i in $(seq "$last"); do
    SLURM_ARRAY_TASK_ID=$i SLURM_CPUS_PER_TASK=1 sh -c "$job" >>jobs.log 2>&1 &
done
wait
echo 17
END
chmod +x bin/sbatch
if ! command -v parallel >/dev/null 2>&1; then
    cat >bin/parallel <<'END'
#!/bin/sh
# Stands for GNU parallel: two processes, {} is the line.
while [ "$1" != likeness ]; do shift; done
exec xargs -P 2 -I '{}' "$@"
END
    chmod +x bin/parallel
    echo 'note: no GNU parallel here: xargs stands for it'
fi
# The examples embed what a detector finds; the built-in model and whole photographs do here.
cat >bin/embed <<END
#!/bin/sh
case "\$*" in *--join*) exec "$LIKENESS" "\$@" ;; esac
exec "$LIKENESS" "\$@" $net
END
chmod +x bin/embed
mv bin/embed bin/likeness.new && rm bin/likeness && mv bin/likeness.new bin/likeness
rm people/p0002/broken.jpg
for example in embed-slurm embed-parallel; do
    PATH=$folder/bin:$PATH expect 0 "$examples/$example.sh" people 2 "$example.npy"
    there "$example.npy" "$example.csv" "$example.json"
    checks=$((checks + 1))
    [ "$(paths "$example.csv")" = "$(paths E.csv | grep -v broken)" ] || wrong "$example: not all photographs"
done
finish
