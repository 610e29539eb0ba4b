#!/bin/sh
# The lesson's page in a browser: every control by mouse and by keyboard, answers that
# survive, what is saved, what is printed, and nothing asked of anybody.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/browser.sh"
cp -r "$INPUTS"/photos .
expect 0 likeness lesson --faces photos --group 'a=photos/anna/*.png' --group 'c <script>=photos/bert' \
    --detector "$INPUTS/mtcnn" --thresholds .56,.48,.5 --weights "$INPUTS/network.safetensors" -o page
browser_begin
page=$folder/page/lesson.html
browse "$page"
is 'return document.body.classList.contains(`live`)' true
is 'return document.querySelectorAll(`template`).length' 0
is 'return document.documentElement.scrollWidth - document.documentElement.clientWidth' 0

# The threshold, by keyboard and as a mouse sets it: figure, table and verdict move together.
range='#threshold-part input[type=range]'
press "$range" HOME
is 'return document.querySelector(`#threshold-part tbody td`).textContent.startsWith(`0 of `)' true
is 'const f = JSON.parse(document.getElementById(`threshold-part-data`).textContent); return f.thresholds[0] === document.querySelector(`#threshold-part output`).textContent' true
press "$range" END
is 'const t = document.querySelector(`#threshold-part tbody td`).textContent.split(` of `); return t[0] === t[1]' true
is 'return document.querySelector(`[data-part=matrix] [data-verdict]`).textContent.startsWith(`Not above`)' true
press "$range" HOME
is 'return document.querySelector(`[data-part=matrix] [data-verdict]`).textContent.startsWith(`Above`)' true
press "$range" RIGHT
is 'const f = JSON.parse(document.getElementById(`threshold-part-data`).textContent); return [...document.querySelectorAll(`#threshold-part tbody tr`)].every((r, i) => [...r.querySelectorAll(`td`)].every((c, k) => c.textContent === f.rows[i][1][k]))' true
# At fifty places, and at both ends, the cells are those that the program counted.
is 'const f = JSON.parse(document.getElementById(`threshold-part-data`).textContent), r = document.querySelector(`#threshold-part input`), n = f.thresholds.length; let places = 0; for (let k = 0; k < 50; k++) { r.value = Math.round(k * (n - 1) / 49); r.dispatchEvent(new Event(`input`)); const s = Number(r.value); places += [...document.querySelectorAll(`#threshold-part tbody tr`)].every((w, i) => [...w.querySelectorAll(`td`)].every((c, j) => c.textContent === f.rows[i][s][j])) && document.querySelector(`#threshold-part output`).textContent === f.thresholds[s]; } r.value = 1; r.dispatchEvent(new Event(`input`)); return places' 50
click "$range"
is 'return Number(document.querySelector(`#threshold-part input`).value) > 5' true
is 'return document.querySelector(`#threshold-part input`).getAttribute(`aria-valuetext`) === document.querySelector(`#threshold-part output`).textContent' true

# A cell of the matrix.
click '[data-part=matrix] svg image'
is 'return document.querySelectorAll(`[data-part=matrix] [data-pair] img`).length' 2
press '[data-part=matrix] label:nth-of-type(1) input' HOME
press '[data-part=matrix] label:nth-of-type(2) input' END
is 'const f = JSON.parse(document.getElementById(`matrix-data`).textContent), n = f.names.length; return document.querySelector(`[data-distance]`).textContent === (f.distances[n - 2] / 1000).toFixed(3)' true
is 'const b = [...document.querySelectorAll(`[data-part=matrix] bdi`)].map((x) => x.textContent), f = JSON.parse(document.getElementById(`matrix-data`).textContent); return b[0] === f.names[0] && b[1] === f.names[f.names.length - 1]' true
press '[data-part=matrix] label:nth-of-type(2) input' HOME
is 'return document.querySelector(`[data-part=matrix] [data-distance]`).textContent' 0.000

# A point of the scatter: one stop of the tab key, arrows from there; and a click.
is 'return [...document.querySelectorAll(`[data-part=scatter] .point`)].filter((p) => p.tabIndex === 0).length' 1
js 'document.querySelector(`[data-part=scatter] .point`).focus()' >/dev/null
is 'return document.querySelectorAll(`[data-list] img`).length' 4
press '[data-part=scatter] .point' RIGHT
is 'return [...document.querySelectorAll(`[data-part=scatter] .point`)].indexOf(document.activeElement)' 1
js '[...document.querySelectorAll(`[data-part=scatter] .point`)].pop().id = `last`' >/dev/null
click '#last'
is 'return document.querySelector(`[data-part=scatter] .chosen`) === document.activeElement' true
is 'const f = JSON.parse(document.getElementById(`pca-data`).textContent), i = [...document.querySelectorAll(`[data-part=scatter] .point`)].indexOf(document.activeElement); return document.querySelector(`[data-list] figcaption`).textContent === f.names[f.near[i][0][0]] + f.near[i][0][1]' true

# Names of pictures.
click '#crop-1'
is 'return document.querySelector(`#crop [data-name]`).textContent === document.getElementById(`crop-1`).title' true
press '#crop-1' RIGHT
is 'return document.activeElement.id' crop-2

# Guesses: the answer waits, comes with its reason, and counts.
is 'return document.querySelectorAll(`#spread-results.later`).length' 1
click '[data-key=spread-guess] input'
is 'return document.querySelectorAll(`#spread-results.later`).length' 0
js 'document.querySelector(`[data-key=pairs] input`).focus()' >/dev/null
press '[data-key=quiz-pairs] input' SPACE
is 'return document.querySelector(`[data-key=quiz-pairs] .verdict`).textContent.startsWith(`Not so. Pairs share people`)' true
press '[data-key=quiz-pairs] input' DOWN
is 'return document.querySelector(`[data-key=quiz-pairs] .verdict`).textContent.startsWith(`Right. Each person`)' true
is 'return document.querySelector(`[data-score=given]`).textContent' 2

# People drawn anew.
is 'return [...document.querySelectorAll(`.dot`)].filter((d) => getComputedStyle(d).display !== `none`).length' 0
click '[data-part=redraw] button'
press '[data-part=redraw] button:nth-of-type(2)' ENTER
is 'return [...document.querySelectorAll(`.dot`)].filter((d) => getComputedStyle(d).display !== `none`).length' 21
is 'return Number(document.querySelector(`[data-low]`).textContent) + Number(document.querySelector(`[data-high]`).textContent)' 21

# The triplet: keyboard, a drag, the margin.
is 'return document.querySelector(`[data-is=loss]`).textContent' 0.92
for i in 1 2 3 4 5; do press '[data-point=n]' DOWN; done
is 'return document.querySelector(`[data-is=far]`).textContent !== `0.44`' true
ask POST "/session/$session/actions" '{"actions":[{"type":"pointer","id":"m","parameters":{"pointerType":"touch"},"actions":[
    {"type":"pointerMove","duration":0,"origin":{"element-6066-11e4-a52e-4f735466cecf":"'"$(element '[data-point=n]')"'"},"x":0,"y":0},
    {"type":"pointerDown","button":0},{"type":"pointerMove","duration":50,"origin":"pointer","x":250,"y":0},{"type":"pointerUp","button":0}]}]}' >/dev/null
is 'return document.querySelector(`[data-is=loss]`).textContent' 0.00
press '[data-part=triplet] input' END
is 'return document.querySelector(`[data-is=alpha]`).textContent' 1.00

# Answers survive a reload, hostile ones, too.
press '[data-key=embedding-see_question] textarea' 'x</script><img src=y>'
press '[data-key=name] input' 'Ann B.'
click '#pca .feedback summary'
click '#pca .feedback input'
browser_was_quiet
browse "$page"
is 'return document.querySelector(`[data-key=embedding-see_question] textarea`).value' 'x</script><img src=y>'
is 'return document.querySelector(`[data-key=quiz-pairs] input:checked`).value' 2
is 'return document.querySelectorAll(`#spread-results.later`).length' 0
is 'return document.querySelector(`[data-key=feedback-pca] input:checked`).value' clear

# They are saved as a file.
click '[data-do=save]'
tries=0
until [ -s saved/Ann-B.answers.json ] || [ $tries -ge 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
there saved/Ann-B.answers.json
expect 0 likeness lesson collect saved/Ann-B.answers.json --names -o class --json
silent err
out_has '"students":1,"questions":2,"given":2,"right":[12],"pages":1'
grep -q '<bdi>Ann B\.</bdi>' class/class.html || wrong 'the name'
grep -qF '<bdi>x&lt;/script&gt;&lt;img src=y&gt;</bdi>' class/class.html || wrong 'what was written'
grep -qE '<bdi>7\. From many dimensions to two</bdi></th><td class="n">1</td><td class="n">0</td>' class/class.html ||
    wrong 'how the section went'

# On paper: no controls, the answers of the page, what was written; as a worksheet neither.
cdp Emulation.setEmulatedMedia '{"media":"print"}'
shown='[...document.querySelectorAll(`input, textarea, button, select, summary`)].filter((x) => x.getClientRects().length).length'
is "return $shown" 0
is 'return getComputedStyle(document.querySelector(`.paper.answer`)).display' block
is 'return document.querySelector(`[data-key=embedding-see_question] .room`).textContent' 'x</script><img src=y>'
is 'return [...document.querySelectorAll(`.dot`)].filter((d) => getComputedStyle(d).display === `none`).length' 0
js 'window.print = () => {}' >/dev/null
cdp Emulation.setEmulatedMedia '{"media":"screen"}'
click '[data-do=worksheet]'
cdp Emulation.setEmulatedMedia '{"media":"print"}'
is 'return getComputedStyle(document.querySelector(`.paper.answer`)).display' none
is 'return getComputedStyle(document.querySelector(`.room`)).color' 'rgba(0, 0, 0, 0)'
cdp Emulation.setEmulatedMedia '{"media":"screen"}'

# A phone: nothing wider than it but what scrolls, which the tab key reaches.
cdp Emulation.setDeviceMetricsOverride '{"width":390,"height":800,"deviceScaleFactor":1,"mobile":true}'
browse "$page"
is 'return document.documentElement.scrollWidth' 390
is 'return [...document.querySelectorAll(`.plot, .scroll`)].filter((b) => b.scrollWidth > b.clientWidth + 1 && b.tabIndex !== 0).length' 0
is 'return [...document.querySelectorAll(`.plot svg`)].every((s) => s.getBoundingClientRect().width > 500)' true

# What is unfolded scrolls, too.
js 'document.querySelectorAll(`details`).forEach((d) => { d.open = true; })' >/dev/null
is 'return [...document.querySelectorAll(`.plot, .scroll`)].filter((b) => b.scrollWidth > b.clientWidth + 1 && b.tabIndex !== 0).length' 0

# What axe-core would look for: names, labels, ids, order of headings, contrast.
is 'return [...document.querySelectorAll(`input, textarea`)].filter((x) => !x.labels.length && !x.ariaLabel).length' 0
is 'return [...document.querySelectorAll(`img`)].filter((x) => !x.hasAttribute(`alt`)).length' 0
is 'return [...document.querySelectorAll(`th`)].filter((x) => !x.textContent.trim()).length' 0
is 'return [...document.querySelectorAll(`button`)].filter((x) => !x.textContent.trim()).length' 0
is 'const i = [...document.querySelectorAll(`[id]`)].map((x) => x.id); return i.length - new Set(i).size' 0
is 'let l = 1; return [...document.querySelectorAll(`h1, h2, h3`)].every((h) => { const n = Number(h.tagName[1]), good = n <= l + 1; l = n; return good; })' true
is 'return [...document.querySelectorAll(`svg`)].filter((x) => !x.getAttribute(`aria-label`)).length' 0
is 'return [...document.querySelectorAll(`[tabindex]`)].filter((x) => x.tabIndex > 0).length' 0
contrast='const l = (c) => c.match(/[0-9.]+/g).slice(0, 3).map((v) => v / 255).map((v) => v > 0.03928 ? ((v + 0.055) / 1.055) ** 2.4 : v / 12.92).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0); const back = (e) => { for (; e; e = e.parentElement) { const b = getComputedStyle(e).backgroundColor; if (!b.endsWith(`, 0)`)) return b; } return `rgb(255,255,255)`; }; return [...document.querySelectorAll(`p, li, td, th, a, summary, button, figcaption, caption, h2, h3, code, label, legend`)].filter((e) => { const a = l(getComputedStyle(e).color), b = l(back(e)); return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5; }).length'
is "$contrast" 0
cdp Emulation.setEmulatedMedia '{"features":[{"name":"prefers-color-scheme","value":"dark"}]}'
is "$contrast" 0

# Forgotten.
js 'window.confirm = () => true' >/dev/null
click '[data-do=forget]'
is 'return document.querySelector(`[data-key=embedding-see_question] textarea`).value' ''
browser_was_quiet

# In German, of people whose names would be scripts and pictures, quotes and marks that turn
# writing round: all of it is text, and numbers have their comma.
bad=$(printf '"><img src=x onerror=alert(1)>\342\200\256\342\201\246'"'"'</b><!--')
mkdir evil && cp -r photos/bert "evil/$(printf '%s' "$bad" | tr -d /)" && cp -r photos/anna evil/anna
expect 0 likeness lesson --lang de --faces evil --group "</script><script>alert(1)</script>$(printf '%s' "$bad" | tr -d =)=photos/bert" --group 'b=photos/anna/*.png' \
    --detector "$INPUTS/mtcnn" --thresholds .56,.48,.5 --weights "$INPUTS/network.safetensors" --weights "$INPUTS/network.safetensors" \
    --note "$bad" -q -o german
browse "$folder/german/lesson.html"
harmless() {
    is 'return [...document.scripts].filter((s) => !s.type).length' "$1"
    is 'return [...document.images].filter((i) => !i.src.startsWith(`data:`)).length' 0
    is 'return /[\u202a-\u202e\u2066-\u2069]/.test(document.documentElement.outerHTML)' "$2"
    is 'return [...document.querySelectorAll(`*`)].filter((e) => [...e.attributes].some((a) => a.name.startsWith(`on`))).length' 0
}
harmless 1 false
is 'return document.querySelectorAll(`[data-part=scatter] .point`).length' 5
press '#threshold-part input[type=range]' END
is 'return /^[0-9],[0-9]+$/.test(document.querySelector(`#threshold-part output`).textContent)' true
is 'return document.querySelector(`[data-part=matrix] [data-verdict]`).textContent.startsWith(`Nicht über`)' true
press '#threshold-part input[type=range]' HOME
is 'return document.querySelector(`[data-part=matrix] [data-verdict]`).textContent.startsWith(`Über der`)' true
is 'return /^[0-9],[0-9]{3}$/.test(document.querySelector(`[data-part=matrix] [data-distance]`).textContent)' true
is 'return document.querySelector(`[data-is=loss]`).textContent' 0,92
js 'document.querySelector(`[data-key=models-guess] input`).focus()' >/dev/null
press '[data-key=models-guess] input' SPACE
is 'return document.querySelectorAll(`#models-results.later`).length' 0
# A megabyte of such an answer: kept, shown again, saved, and on the teacher's page short.
js 'const t = document.querySelector(`[data-key=embedding-see_question] textarea`); t.value = `</textarea></script><script>alert(1)</script><img src=x onerror=alert(1)>\u202e\u2066<!--&quot;`.repeat(12000); t.dispatchEvent(new Event(`input`)); const n = document.querySelector(`[data-key=name] input`); n.value = `Evil <script>alert(1)</script>\u202e`; n.dispatchEvent(new Event(`input`))' >/dev/null
# The browser hands so much from one of its processes to the next in its own time.
tries=0
while browse "$folder/german/lesson.html" && [ $tries -lt 20 ] &&
    [ "$(js 'return document.querySelector(`[data-key=embedding-see_question] textarea`).value.length')" -lt 1000000 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
is 'return document.querySelector(`[data-key=embedding-see_question] textarea`).value.length > 1000000' true
is 'return document.querySelectorAll(`[data-key=embedding-see_question] .room *`).length' 0
is 'return [...document.scripts].filter((s) => !s.type).length' 1
click '[data-do=save]'
tries=0
until [ -s saved/Evil-script-alert-1-script.answers.json ] || [ $tries -ge 100 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
there saved/Evil-script-alert-1-script.answers.json
browser_was_quiet
expect 0 likeness lesson collect saved/*.answers.json --names -o class
[ "$(wc -c <class/class.html)" -lt 60000 ] || wrong 'a megabyte on the teachers page'
browse "$folder/class/class.html"
harmless 0 false
is 'return [...document.querySelectorAll(`.scroll`)].filter((b) => b.scrollWidth > b.clientWidth + 1 && b.tabIndex !== 0).length' 0
is 'return [...document.querySelectorAll(`h1, h2, h3`)].filter((h) => !h.textContent.trim()).length' 0
is 'return document.body.textContent.includes(`</textarea></script><script>alert(1)</script><img src=x`)' true
browser_was_quiet
finish
