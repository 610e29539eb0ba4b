#!/bin/sh
# The audit's page in a browser: the threshold moves rates, matrix, figure and verdicts
# together, cells and points show their photographs, and nothing is asked of anybody.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/browser.sh"
expect 0 likeness synth --people 19 --photos 2 --size 96 -o people
expect 0 likeness audit people --weights synthetic --no-detect --size 96 --fmr .1 -o page \
    --group 'A <script>=people/p000*' --group 'B=people/p001*'
browser_begin
browse "$folder/page/index.html"
is 'return document.body.classList.contains(`live`)' true
is 'return document.querySelectorAll(`template`).length' 0
is 'return document.querySelector(`tbody bdi`).textContent' 'A <script>'

# Every row of the part is what the program worded for that step.
range='#threshold-part input[type=range]'
rows='const f = JSON.parse(document.getElementById(`threshold-data`).textContent), s = Number(document.querySelector(`#threshold-part input`).value)'
same="$rows; return [...document.querySelectorAll(\`#threshold-part tbody tr\`)].every((r, i) => [...r.querySelectorAll(\`td\`)].every((c, k) => c.textContent === f.rows[i][s][k] && c.classList.contains(\`few\`) === f.rows[i][s][k].endsWith(\`*\`)))"
is 'return document.querySelectorAll(`#threshold-part tbody tr`).length' 5
is "$same" true
start=$(js 'return document.querySelector(`[data-mark]`).getAttribute(`transform`)')
press "$range" END
is "$same" true
is 'const t = document.querySelector(`#threshold-part tbody td`).textContent.split(/\\sof\\s/); return t[0] === t[1]' true
is 'return document.querySelector(`[data-part=matrix] [data-verdict]`).textContent.startsWith(`Not above`)' true
[ "$(js 'return document.querySelector(`[data-mark]`).getAttribute(`transform`)')" != "$start" ] ||
    wrong 'the line in the figure stays where it was'
press "$range" HOME
press "$range" RIGHT
is "$same" true
is 'return document.querySelector(`[data-part=matrix] [data-verdict]`).textContent.startsWith(`Above`)' true

click '[data-part=matrix] svg image'
is 'return document.querySelectorAll(`[data-part=matrix] [data-pair] img`).length' 2
press '[data-part=scatter] .point' RIGHT
is 'return document.querySelectorAll(`[data-list] img`).length' 5

# The other slider shows what is written at all of its rates, and its table what what_if.csv says.
expect 0 likeness synth --people 60 --photos 2 --size 64 -o many
expect 0 likeness audit many --weights synthetic --no-detect --size 96 --threshold 1 -o more \
    --group 'A=many/p000*' --group 'A=many/p001*' --group 'A=many/p002*' --group 'B=many/*'
browse "$folder/more/index.html"
all_steps='const p = document.getElementById(`what-if-part`), r = p.querySelector(`input`), f = JSON.parse(document.getElementById(`what-if-data`).textContent); let good = 0; for (let s = 0; s <= Number(r.max); s++) { r.value = s; r.dispatchEvent(new Event(`input`)); good += [...p.querySelectorAll(`tbody tr`)].every((t, i) => [...t.querySelectorAll(`td`)].every((c, k) => c.textContent === f.rows[i][s][k])) && p.querySelector(`output`).textContent === f.thresholds[s]; }'
is "$all_steps return good === Number(r.max) + 1 && good > 20" true
rate=$(awk -F, '$2 == "each_group" && $3 == "B" { last = $8 } END { printf "%.3g", 100 * last }' more/what_if.csv)
is "$all_steps return p.querySelector(\`tbody tr:last-child td:nth-child(6)\`).textContent.startsWith(\`$rate\`)" true

cdp Emulation.setDeviceMetricsOverride '{"width":390,"height":844,"deviceScaleFactor":1,"mobile":true}'
browse "$folder/page/index.html"
is 'return document.documentElement.scrollWidth - document.documentElement.clientWidth' 0
browser_was_quiet

finish
