#!/bin/sh
# The lesson on made-up pictures: what it needs, what it says, what it leaves.
samples=$(cd "$(dirname "$0")/../fuzz/corpus/image" && pwd)
. "$(dirname "$0")/lib.sh"
cp -r "$INPUTS"/photos .
find_="--detector $INPUTS/mtcnn --thresholds .56,.48,.5"
net_="--weights $INPUTS/network.safetensors"

# Nothing is here yet: one line for all of it, which says what to type.
expect 3 likeness lesson -o page
err_is <<'END'
likeness: the models "mtcnn" and "vggface2" and the data sets "faces" and "face-sample" are not here yet: 'likeness models pull mtcnn vggface2 && likeness data pull faces face-sample' gets them; where GitHub is out of reach, 'likeness models pull dlib' gets another (--weights dlib); the built-in synthetic has seen only computer-drawn people and does not recognise real ones
END
expect 3 likeness lesson --faces photos --group 'a=photos/anna/*' -o page
err_is <<'END'
likeness: the models "mtcnn" and "vggface2" are not here yet: 'likeness models pull mtcnn vggface2' gets them; where GitHub is out of reach, 'likeness models pull dlib' gets another (--weights dlib); the built-in synthetic has seen only computer-drawn people and does not recognise real ones
END
expect 3 likeness lesson $find_ $net_ -o page
err_is <<'END'
likeness: the data sets "faces" and "face-sample" are not here yet: 'likeness data pull faces face-sample' gets them
END
expect 3 likeness lesson --faces nowhere --group 'a=nothing/*' $find_ --weights no/such.pt -o page
[ "$(wc -l <err)" -eq 3 ] || wrong 'not a line for each of three things'
# So does every other command, before it does anything.
expect 3 likeness embed nowhere -o E.npy
err_is <<'END'
likeness: nowhere: No such file or directory
likeness: the models "mtcnn" and "vggface2" are not here yet: 'likeness models pull mtcnn vggface2' gets them; where GitHub is out of reach, 'likeness models pull dlib' gets another (--weights dlib); the built-in synthetic has seen only computer-drawn people and does not recognise real ones
END
expect 3 likeness embed photos --no-detect --weights casia-webface -o E.npy
err_is <<'END'
likeness: the model "casia-webface" is not here yet: 'likeness models pull casia-webface' gets it; where GitHub is out of reach, 'likeness models pull dlib' gets another (--weights dlib); the built-in synthetic has seen only computer-drawn people and does not recognise real ones
END
absent E.npy E.csv
expect 3 likeness compare nowhere photos/anna/1.png
err_is <<'END'
likeness: nowhere: No such file or directory
likeness: the models "mtcnn" and "vggface2" are not here yet: 'likeness models pull mtcnn vggface2' gets them; where GitHub is out of reach, 'likeness models pull dlib' gets another (--weights dlib); the built-in synthetic has seen only computer-drawn people and does not recognise real ones
END
for command in detect 'crop -o faces'; do
    expect 3 likeness $command nowhere
    err_is <<'END'
likeness: nowhere: No such file or directory
likeness: the model "mtcnn" is not here yet: 'likeness models pull mtcnn' gets it
END
done
expect 1 likeness detect photos --boxes one.csv --boxes two.csv
[ "$(wc -l <err)" -eq 2 ] || wrong 'not a line for each list of boxes'
expect 3 likeness train nowhere --init vggface2 -o run
[ "$(wc -l <err)" -eq 2 ] || wrong 'not a line for each of two things'
err_has 'the model "vggface2" is not here yet'
err_has 'nowhere: No such file or directory'
absent run
expect 3 likeness lesson --faces photos --group 'a=photos/anna/*' $find_ -o page
err_is <<'END'
likeness: the model "vggface2" is not here yet: 'likeness models pull vggface2' gets it; where GitHub is out of reach, 'likeness models pull dlib' gets another (--weights dlib); the built-in synthetic has seen only computer-drawn people and does not recognise real ones
END
absent page

# Wrong usage.
expect 2 likeness lesson
err_has 'name the folder to write into: -o DIR'
expect 2 likeness lesson photos -o page
err_has "'photos': photographs are named by --faces DIR"
expect 2 likeness lesson --group photos -o page
err_has "group takes NAME=PATTERN, as 'A=photos/a\*\.jpg', not 'photos'"
expect 2 likeness lesson --group 'a=x*' --group 'a=y*' -o page
err_has "group names 'a' twice"
expect 1 likeness lesson --faces photos --group 'a=nothing/*' $find_ $net_ -o page
err_is <<'END'
likeness: --group a: no file matches 'nothing/*'
END
expect 1 likeness lesson --faces nowhere --group 'a=photos/anna/*' $find_ $net_ -o page
err_is <<'END'
likeness: nowhere: No such file or directory
END
absent page

# The whole of it; a pattern may also match a folder.
expect 0 likeness lesson --faces photos --group 'a & b=photos/anna/*.png' --group 'c=photos/bert' \
    $find_ $net_ -o page
silent err
out_has '^people      5 photographs of 2 people embedded$'
out_has '^group       a & b: n 2, WSS [0-9.]+, WSS/\(n-1\) [0-9.]+, mean cosine -?[0-9.]+$'
out_has '^group       c: n 3, '
out_has '^page        page/lesson\.html$'
there page/lesson.html page/lesson.json
tr -d '\n' <page/lesson.json >out
out_has '"Detector: thresholds": *"0\.56, 0\.48, 0\.5"'
out_has '"EXIF orientation": *"applied"' # these are no photographs of the tutorial's
out_has '"Faces at the border": *"padded with black"'
grep -q 'With --border pad' page/lesson.html && wrong 'padded, the page compares with padding'
out_has '"warning": *"The embeddings come from a weight file of your own'
one_object_a_line
grep -q 'a &amp; b' page/lesson.html || wrong "the group's name is not escaped"
[ "$(ls -A page | wc -l)" -eq 2 ] || wrong "more than two files: $(ls -A page)"

# By hand: the commands as they stand on the page give its numbers.
mkdir bin
ln -s "$LIKENESS" bin/likeness
by_hand() { # PAGE: its commands, one a line
    grep -o '<code class="command">[^<]*' "$1" |
        sed "s/.*>//; s/&#39;/'/g; s/&quot;/\"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g"
}
ln -s "$INPUTS/mtcnn" finder
ln -s "$INPUTS/network.safetensors" net.safetensors
expect 0 likeness lesson --faces photos --group 'a=photos/anna/*.png' --group 'c=photos/bert' --detector finder \
    --thresholds=.56,.48,.5 --weights "$folder/net.safetensors" --note 'a note' -q -o hand
by_hand hand/lesson.html >commands
for command in crop embed pca distances wss audit; do
    grep -q "^likeness $command " commands || wrong "no command shows $command"
done
[ "$(wc -l <commands)" -eq 11 ] || wrong "commands by hand: $(cat commands)"
while read -r line; do
    checks=$((checks + 1))
    PATH=$folder/bin:$PATH sh -c "$line" >out 2>err </dev/null || wrong "$line"
    case $line in *' wss '*) cat out >>spreads ;; esac
done <commands
there crops people.npy plane.npy pca.svg groups.npy matrix.svg audit/index.html
# At the threshold that the page began with the audit counts what the page counts.
at=$(tr '\n' ' ' <hand/lesson.html | sed -n 's/.*--threshold *\([0-9.]*\)<.*/\1/p')
PATH=$folder/bin:$PATH sh -c "$(grep '^likeness audit' commands) --threshold $at" >out 2>err || wrong 'at the threshold'
for group in a c; do
    cut -d, -f1,14,15 audit/groups.csv | sed -n "s/^$group,\(.*\),\(.*\)/\1 of \2/p" >counted
    [ "$(wc -l <counted)" -eq 1 ] || wrong "lines of group $group"
    tr -d '\n' <hand/lesson.html | grep -q "<bdi>$group</bdi></th><td class=\"n\">$(cat counted)</td>" ||
        wrong "group $group: the audit counts $(cat counted)"
done
shown=$(tr -d '\n' <hand/lesson.json | grep -oE '"n": *[23], *"wss": *[0-9.]+' | sed 's/.*: *//')
set -- $shown
[ $# -eq 2 ] || wrong "the page's two sums of squares: $shown"
for wss; do
    four=$(printf '%.4f' "$wss")
    grep -qE "(^|[^0-9])$four" spreads || wrong "by hand there is no WSS of $four: $(cat spreads)"
done
[ "$("$LIKENESS" distances people.npy -o again.npy --json | grep -c .)" -ge 1 ] || wrong 'distances'
# The tilde of a home stays outside the quotes; a folder elsewhere loses its way.
mkdir -p "home/it's here"
cp -r photos/anna photos/bert "home/it's here"
(mkdir away && cd away && likeness lesson --faces "$HOME/it's here" --group "x=$HOME/it's here/ann*" \
    --group "y=$HOME/it's here/bert" \
    --detector="$folder/finder" --thresholds .56,.48,.5 --weights "$folder/net.safetensors" -o page >/dev/null 2>&1)
by_hand away/page/lesson.html >out
out_has "^likeness crop ~/'it'.''s here' --size 256 --margin 32 --detector=finder --thresholds \.56,\.48,\.5 -o crops$"
out_has "^likeness embed ~/it.'s. here/ann\* --size 150 --margin 32 .*--weights net\.safetensors -o group-1\.npy$"
# An audit's patterns are compared with what the shell makes of the tilde.
ln -s ../finder ../net.safetensors away
grep '^likeness audit' out >audit.sh
checks=$((checks + 1))
(cd away && PATH=$folder/bin:$PATH sh ../audit.sh >../audited 2>&1) || wrong "$(cat audit.sh audited)"
cut -d, -f1,4 away/audit/groups.csv | sort -u >out
out_is <<'END'
group,people
x,2
y,3
END

# As facenet-pytorch reads them, photographs from a phone lie on their side: said on the
# terminal and on the page. Nothing in a name ends the command that the page repeats.
mkdir -p "phone/it's me"
for name in a b; do cp "$samples/exif_6.jpg" "phone/it's me/$name.jpg"; done
echo path,x1,y1,x2,y2 >phone.csv
for name in a b; do echo "phone/it's me/$name.jpg,2,2,12,12"; done >>phone.csv
expect 0 likeness lesson --faces phone --boxes phone.csv --compat facenet-pytorch --note "it's" $net_ -o side
err_has "a\.jpg: is used as it is stored, turned or mirrored, as facenet-pytorch does it; --compat none"
grep -q '2 photographs are turned or mirrored by EXIF' side/lesson.html || wrong 'the page does not say it'
grep -qF "it&#39;\\&#39;&#39;s" side/lesson.html || wrong 'the command cannot be pasted'
expect 0 likeness lesson --faces phone --boxes phone.csv $net_ -o up
grep -q 'turned or mirrored' up/lesson.html err && wrong 'turned all the same'

# A folder that is there under just this name is meant, and not what its name would match
# as a pattern. Of the folders of this machine the page says nothing; the numbers know
# their page.
mkdir -p 'far/c[1]' far/c1 home
cp photos/anna/*.png 'far/c[1]' && cp photos/bert/*.png far/c1
head -c 60 photos/bert/3.jpg >'far/c[1]/cut.jpg'
(cd home && expect 1 likeness lesson --faces "$folder/photos" --group "a=$folder/far/c[1]" \
    --group "b=$folder/far/c1/*" --detector "$INPUTS/mtcnn" --thresholds .56,.48,.5 $net_ \
    -o "$folder/home/page" && cp out err .. && [ "$failures" -eq 0 ]) || wrong 'in a folder of its own'
out_has '^group       a: n 2, '
grep -n "$folder" home/page/lesson.html && wrong 'the page names a folder of this machine'
grep -qF 'likeness lesson --faces photos --group &#39;a=far/c[1]&#39; --group &#39;b=c1/*&#39;' \
    home/page/lesson.html || wrong 'the command is not the one that was given'
grep -q -- '-o page</td>' home/page/lesson.html || wrong 'a path below the working directory'
grep -q '<code><bdi>.*/cut\.jpg</bdi></code>: cut\.jpg: ' home/page/lesson.html || wrong 'a photograph without its problem'
digest=$(sed -n 's/.*"page_sha256": *"\([0-9a-f]*\)".*/\1/p' home/page/lesson.json)
[ "$digest" = "$(sha256sum <home/page/lesson.html | cut -d' ' -f1)" ] || wrong 'not the digest of the page'

# One of a thing is one thing.
mkdir -p one/ann && cp photos/anna/1.png one/ann
expect 0 likeness lesson --faces one --group 'x=one/ann/1.png' $find_ $net_ -o single
out_has '^people      1 photograph of 1 person embedded$'
out_has '^group       x: n 1, WSS 0\.0000, WSS/\(n-1\) -, mean cosine -$'
sed 's/<[^>]*>/ /g' single/lesson.html >out
grep -nE '(^|[^0-9.])1 (photographs|people|images|faces|embeddings|pairs|groups)' out && wrong 'one of a thing'
out_has 'We start with 1 photograph\.'

expect 0 likeness lesson --faces photos --group 'x=photos/anna/*' --group 'y=photos/bert/*' \
    $find_ $net_ --compat none -o page --json
one_object_a_line
grep -q '"EXIF orientation": *"applied"' page/lesson.json || wrong '--compat none: EXIF is not applied'
out_has '"people_embedded":5,"persons":2,.*"groups":\[\{"name":"x","n":2,'

# As facenet-pytorch has them, boxes at the border lie beside the face: said on the page,
# with what padding changes. --border says otherwise, alone.
expect 0 likeness lesson --faces photos --group 'x=photos/anna/*' $find_ $net_ --compat facenet-pytorch -o page
grep -q '<th scope="row">Faces at the border</th><td class="mono">squeezed, as facenet-pytorch does it' page/lesson.html ||
    wrong 'the page does not say that faces are squeezed'
grep -qE '<th scope="row">With --border pad</th><td class="mono">[1-7] of 7 boxes would move by more than a tenth of their side, the median one by [0-9]+ % of it<' \
    page/lesson.html || wrong 'the page does not say what padding changes'
cp -r photos mixed
cp "$samples/exif_6.jpg" mixed/anna/phone.jpg
expect 0 likeness lesson --faces mixed --group 'x=photos/anna/*' $find_ $net_ --compat facenet-pytorch -o page
grep -q '[^0-9]1 photograph is turned' page/lesson.html || wrong 'the second look counts photographs again'
expect 0 likeness lesson --faces photos --group 'x=photos/anna/*' $find_ $net_ --border pad --compat facenet-pytorch -o page
grep -q '"Faces at the border": *"padded with black"' page/lesson.json || wrong '--border does not outlive --compat'
expect 0 likeness lesson --faces photos --group 'x=photos/anna/*' $find_ $net_ --border squeeze -o page
grep -q '"Faces at the border": *"squeezed' page/lesson.json || wrong '--border does not count by itself'

# Without groups the page says what is missing; bad photographs are named.
printf 'no photograph' >photos/anna/bad.jpg
cp "$INPUTS/dot.png" photos/anna/dot.png
expect 1 likeness lesson --faces photos $find_ $net_ -o alone
[ "$(wc -l <err)" -eq 3 ] || wrong "three lines were expected"
err_has '^likeness: warning: the data set "face-sample" is not here yet: .*; the lesson goes on without it$'
err_has '^likeness: photos/anna/bad\.jpg: not a JPEG'
err_has '^likeness: warning: photos/anna/dot\.png: no face found$'
out_has '^people      5 photographs of 2 people embedded$'
there alone/lesson.html alone/lesson.json

# In German where that is asked for, or the locale's; English else.
expect 2 likeness lesson --lang fr -o page
err_has 'lang takes en or de, not .fr.'
spoken() { # LANGUAGE TITLE ARGUMENT...
    language=$1
    title=$2
    shift 2
    expect 0 "$@" "$LIKENESS" lesson --faces photos/bert --group 'c=photos/bert' $find_ $net_ -q -o spoken
    grep -q "<html lang=\"$language\">" spoken/lesson.html || wrong "not in $language"
    grep -q "<h1>$title</h1>" spoken/lesson.html || wrong "the title is not $title"
}
spoken en 'Recognising faces' env LC_ALL=fr_FR.UTF-8
spoken de 'Gesichter erkennen' env LC_ALL=de_AT.UTF-8
grep -q '<h2>8\. Ein Telefon entsperren</h2>' spoken/lesson.html || wrong 'a heading in German'
spoken en 'Recognising faces' env LC_ALL= LC_MESSAGES=den LANG=de_DE

# What a class saved: bad files are named, the others counted, nobody is.
cat >a.answers.json <<'END'
{"kind":"likeness answers","version":1,"page":"p","name":"Ann","asked":2,"answers":[
{"key":"q","title":"1. Q","question":"Which?","answer":"1","chosen":"this","right":true}]}
END
sed 's/Ann/Bo/; s/"p"/"r"/; s/true/false/' a.answers.json >b.answers.json
echo '{"kind":"likeness answers","version":2,"answers":[]}' >c.answers.json
expect 2 likeness lesson collect -o class
err_has 'name the files of answers'
expect 2 likeness lesson collect a.answers.json
err_has 'name the folder to write into'
expect 0 likeness lesson collect a.answers.json b.answers.json -o class
out_is <<'END'
students    2
right       1 of 2 answers, to 1 question
page        class/class.html
numbers     class/class.json
END
err_is <<'END'
likeness: warning: the answers belong to 2 different lessons
END
grep -q 'Ann\|Bo' class/class.html class/class.json && wrong 'a name, unasked'
expect 1 likeness lesson collect c.answers.json none.answers.json a.answers.json --names -o class
err_is <<'END'
likeness: c.answers.json: found answers of version 2, expected 1
likeness: none.answers.json: No such file or directory
END
grep -q '<bdi>Ann</bdi>' class/class.html || wrong 'no name, though asked for'
expect 1 likeness lesson collect c.answers.json -o bad
absent bad
mkdir school && cp a.answers.json school/class.json
expect 2 likeness lesson collect school/class.json -o school

# A folder that cannot be written: status 4, and no half page.
printf x >file
expect 4 likeness lesson --faces photos/bert --group 'c=photos/bert' $find_ $net_ -o file/page
one_line err

no_leftovers .
finish
