// What can be moved, pointed at and chosen. Each part is declared by its element's data-part.

// Who wants to know where a slider stands, and where it stands: by the slider's id.
const listeners = {}, standing = {};

function listen(id, hear) {
    listeners[id] = [...(listeners[id] || []), hear];
    if (id in standing)
        hear(standing[id]);
}

// data-from: thresholds (texts), at (0-1, where each lies in the figure), rows: for each row
// of its tables and each threshold the texts of its cells, those that stand on few errors with a
// star at the end.
parts.threshold = (part) => {
    const facts = told(part), range = one('input[type=range]', part);
    const values = all('[data-value]', part), rows = all('tbody tr', part);
    const marks = all('[data-mark]', part);
    const show = () => {
        const step = Number(range.value);
        values.forEach((value) => { value.textContent = facts.thresholds[step]; });
        range.setAttribute('aria-valuetext', facts.thresholds[step]);
        rows.forEach((row, r) => all('td', row).forEach((cell, c) => {
            cell.textContent = facts.rows[r][step][c];
            cell.classList.toggle('few', cell.textContent.endsWith('*'));
        }));
        marks.forEach((mark) => {
            const x = Number(mark.dataset.left) + facts.at[step] * Number(mark.dataset.width);
            mark.setAttribute('transform', 'translate(' + x + ' 0)');
        });
        standing[part.id] = Number(facts.thresholds[step].replace(',', '.'));
        (listeners[part.id] || []).forEach((hear) => hear(standing[part.id]));
    };
    range.addEventListener('input', show);
    show();
};

// data-from: names, images (ids), near: for each point five of [other, distance].
parts.scatter = (part) => {
    const facts = told(part), list = one('[data-list]', part), svg = one('svg', part);
    const title = one('[data-chosen]', part);
    const points = all('title', svg).map((text) => text.parentNode);
    svg.setAttribute('role', 'group');
    points.forEach((point, i) => {
        point.setAttribute('role', 'img');
        point.setAttribute('aria-label', facts.names[i]);
        point.classList.add('point');
    });
    rove(points, (i) => {
        points.forEach((point, k) => {
            point.classList.toggle('chosen', k === i);
            point.classList.toggle('near', facts.near[i].some(([other]) => other === k));
        });
        title.replaceChildren(pictured(facts.images[i], facts.names[i]));
        list.replaceChildren(...facts.near[i].map(([other, distance]) =>
            pictured(facts.images[other], facts.names[other], distance)));
    });
};

// Pictures in rows: the name of the one that is pointed at, also by keyboard and touch.
parts.names = (part) => {
    const pictures = all('img', part), line = one('[data-name]', part);
    const show = (i) => line.replaceChildren(named(pictures[i].title || pictures[i].alt));
    if (!pictures.length)
        return;
    rove(pictures, show);
    pictures.forEach((picture, i) => picture.addEventListener('pointerenter', () => show(i)));
};

// data-from: names, images, distances (texts without their point, upper triangle by rows),
// decimals. data-threshold: the id of the slider that says which are below it.
parts.matrix = (part) => {
    const facts = told(part), picture = one('svg image', part), frame = one('[data-cell]', part);
    const [row, column] = all('input[type=range]', part), n = facts.names.length;
    const pair = one('[data-pair]', part), line = one('[data-verdict]', part);
    const svg = one('svg', part), cell = svg.ownerDocument.createElementNS(svg.namespaceURI, 'rect');
    let threshold = NaN;
    cell.setAttribute('class', 'cell');
    cell.setAttribute('fill', 'none');
    svg.append(cell);
    const place = (name) => Number(picture.getAttribute(name));
    // Rows of the upper triangle become shorter by one each.
    const between = (i, j) => facts.distances[i * (2 * n - i - 1) / 2 + j - i - 1];
    const show = () => {
        const i = Number(row.value) - 1, j = Number(column.value) - 1, side = place('width') / n;
        const distance = i === j ? 0 : between(Math.min(i, j), Math.max(i, j)) / facts.unit;
        cell.setAttribute('x', place('x') + j * side);
        cell.setAttribute('y', place('y') + i * side);
        cell.setAttribute('width', side);
        cell.setAttribute('height', side);
        row.setAttribute('aria-valuetext', row.value + ', ' + facts.names[i]);
        column.setAttribute('aria-valuetext', column.value + ', ' + facts.names[j]);
        pair.replaceChildren(pictured(facts.images[i], facts.names[i]),
            pictured(facts.images[j], facts.names[j]));
        one('[data-distance]', part).textContent = fixed(distance, facts.decimals);
        const verdict = i === j ? 'same' : !(distance > threshold) ? 'below' : 'above';
        line.textContent = i !== j && isNaN(threshold) ? '' : line.dataset[verdict];
    };
    const point = (event) => {
        const box = picture.getBoundingClientRect();
        const step = (at, from, length) =>
            Math.min(n, Math.max(1, Math.floor((at - from) / length * n) + 1));
        column.value = step(event.clientX, box.left, box.width);
        row.value = step(event.clientY, box.top, box.height);
        show();
    };
    [row, column].forEach((input) => input.addEventListener('input', show));
    picture.addEventListener('click', point);
    cell.addEventListener('click', point);
    const hear = (value) => {
        threshold = value;
        show();
    };
    show();
    if (part.dataset.threshold)
        listen(part.dataset.threshold, hear);
};

// The dots of the figure are hidden and come back one by one: each is a redraw of the
// people, made by the program. data-side says on which side of zero a dot lies.
parts.redraw = (part) => {
    const dots = all('[data-side]', part), line = one('[data-told]', part);
    const [once, often] = all('button', part);
    let drawn = 0;
    const show = (more) => {
        drawn = Math.min(dots.length, drawn + more);
        dots.forEach((dot, i) => {
            dot.classList.toggle('later', i >= drawn);
            dot.classList.toggle('last', i === drawn - 1);
        });
        const last = dots[drawn - 1], shown = dots.slice(0, drawn);
        one('[data-drawn]', part).textContent = drawn;
        one('[data-low]', part).textContent = shown.filter((dot) => dot.dataset.side === 'low').length;
        one('[data-high]', part).textContent = shown.filter((dot) => dot.dataset.side === 'high').length;
        one('[data-latest]', part).textContent = last ? last.dataset.value : '';
        line.hidden = !drawn;
        once.disabled = often.disabled = drawn === dots.length;
    };
    once.addEventListener('click', () => show(1));
    often.addEventListener('click', () => show(20));
    show(0);
};

// An anchor, a positive and a negative in a plane, 150 pixels to the unit.
parts.triplet = (part) => {
    const unit = 150, svg = one('svg', part), margin = one('input[type=range]', part);
    const points = ['a', 'p', 'n'].map((name) => one('[data-point=' + name + ']', part));
    const at = points.map((point) => [Number(point.dataset.x), Number(point.dataset.y)]);
    const box = svg.viewBox.baseVal;
    const set = (name, text) => { one('[data-is=' + name + ']', part).textContent = text; };
    const square = (i) =>
        ((at[0][0] - at[i][0]) ** 2 + (at[0][1] - at[i][1]) ** 2) / (unit * unit);
    const show = () => {
        const alpha = Number(margin.value), near = square(1), far = square(2);
        const loss = Math.max(0, near - far + alpha);
        points.forEach((point, i) => {
            point.setAttribute('transform', 'translate(' + at[i].join(' ') + ')');
            if (i)
                one('[data-line=' + point.dataset.point + ']', part).setAttribute('d',
                    'M' + at[0].join(' ') + 'L' + at[i].join(' '));
            point.setAttribute('aria-valuenow', Math.sqrt(square(i)).toFixed(2));
        });
        const ring = one('[data-ring]', part);
        ring.setAttribute('cx', at[0][0]);
        ring.setAttribute('cy', at[0][1]);
        ring.setAttribute('r', Math.sqrt(near + alpha) * unit);
        set('near', fixed(near, 2));
        set('far', fixed(far, 2));
        set('alpha', fixed(alpha, 2));
        set('loss', fixed(loss, 2));
        one('[data-kind]', part).textContent =
            one('[data-kind]', part).dataset[loss === 0 ? 'easy' : far > near ? 'semihard' : 'hard'];
    };
    const move = (i, x, y) => {
        at[i] = [Math.min(box.width - 14, Math.max(14, x)), Math.min(box.height - 14, Math.max(14, y))];
        show();
    };
    points.forEach((point, i) => {
        const steps = {ArrowRight: [8, 0], ArrowLeft: [-8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8]};
        let held = false;
        point.addEventListener('keydown', (event) => {
            const step = steps[event.key];
            if (!step)
                return;
            event.preventDefault();
            move(i, at[i][0] + step[0], at[i][1] + step[1]);
        });
        point.addEventListener('pointerdown', (event) => {
            held = true;
            point.setPointerCapture(event.pointerId);
            event.preventDefault();
            point.focus();
        });
        point.addEventListener('pointermove', (event) => {
            const place = svg.getBoundingClientRect();
            if (held)
                move(i, (event.clientX - place.left) * box.width / place.width,
                    (event.clientY - place.top) * box.height / place.height);
        });
        // Else a finger would scroll the page, or turn back to the one before.
        ['touchstart', 'touchmove'].forEach((name) =>
            point.addEventListener(name, (event) => event.preventDefault(), {passive: false}));
        ['pointerup', 'pointercancel'].forEach((name) =>
            point.addEventListener(name, () => { held = false; }));
    });
    margin.addEventListener('input', show);
    show();
};

begin();
