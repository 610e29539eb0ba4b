// Answers: kept in the browser, shown again after a reload, saved as a file.

const place = 'likeness ' + document.body.dataset.page;
let kept = {};

function recall() {
    try {
        kept = JSON.parse(localStorage.getItem(place)) || {};
    } catch (error) {
        kept = {};
    }
}

function keep(key, value) {
    if (value)
        kept[key] = value;
    else
        delete kept[key];
    try {
        localStorage.setItem(place, JSON.stringify(kept));
    } catch (error) {
        // A browser that keeps nothing: the answers live as long as the page.
    }
    count();
}

// Right answers, of those given, of all.
function count() {
    const asks = all('[data-part=ask][data-right]');
    const given = asks.filter((ask) => kept[ask.dataset.key]);
    const right = given.filter((ask) => kept[ask.dataset.key] === ask.dataset.right);
    all('[data-score=right]').forEach((place) => { place.textContent = right.length; });
    all('[data-score=given]').forEach((place) => { place.textContent = given.length; });
    all('[data-score=all]').forEach((place) => { place.textContent = asks.length; });
}

// Room for a text. On paper it is a frame with what was written.
parts.text = (part) => {
    const box = one('textarea, input', part), paper = one('.room', part);
    const show = () => {
        if (paper)
            paper.textContent = box.value;
    };
    box.value = kept[part.dataset.key] || '';
    show();
    box.addEventListener('input', () => {
        keep(part.dataset.key, box.value);
        show();
    });
};

// A choice. The answer, and what data-opens names, wait for the guess.
parts.ask = (part) => {
    const {key, right, opens} = part.dataset, verdict = one('.verdict', part);
    const later = [...all('details', part), ...(opens ? all(opens) : [])];
    later.forEach((thing) => thing.classList.add('opened'));
    const show = (value) => {
        later.forEach((thing) => thing.classList.toggle('later', !value));
        const why = one('[data-why="' + value + '"]', part);
        if (!verdict || !value)
            return;
        verdict.classList.toggle('right', value === right);
        verdict.replaceChildren();
        if (right)
            verdict.append(make('b', verdict.dataset[value === right ? 'yes' : 'no']), ' ');
        if (why)
            verdict.append(...why.cloneNode(true).childNodes);
    };
    all('input[type=radio]', part).forEach((input) => {
        input.checked = kept[key] === input.value;
        input.addEventListener('change', () => {
            keep(key, input.value);
            show(input.value);
            reach();
        });
    });
    show(kept[key] || '');
};

const words = (element) => (element ? element.textContent.replace(/\s+/g, ' ').trim() : '');

// One line of the file that is saved.
function item(part) {
    const {key, right} = part.dataset, section = part.closest('section');
    const chosen = one('input:checked', part);
    const line = {
        key: key,
        section: section ? section.id : '',
        title: section ? words(one('h2', section)) : '',
        question: words(one('.question', part)).slice(0, 2000),
        answer: kept[key] || '',
    };
    if (chosen)
        line.chosen = words(chosen.closest('label')).slice(0, 2000);
    if (right)
        line.right = kept[key] === right;
    if (part.dataset.feedback)
        line.feedback = true;
    return line;
}

function answers() {
    const given = all('section [data-key]').filter((part) => kept[part.dataset.key]);
    return {
        kind: 'likeness answers',
        version: 1,
        page: document.body.dataset.page,
        title: document.title,
        language: document.documentElement.lang,
        name: kept.name || '',
        asked: all('[data-part=ask][data-right]').length,
        answers: given.map(item),
    };
}

function save() {
    const plain = (kept.name || '').replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '');
    const blob = new Blob([JSON.stringify(answers(), null, 1) + '\n'], {type: 'application/json'});
    const link = make('a', '', {
        href: URL.createObjectURL(blob),
        download: (plain.slice(0, 60) || 'my') + '.answers.json',
    });
    document.body.append(link);
    link.click();
    link.remove();
}

// The same paper without answers, those of the page and those that were given.
function worksheet() {
    document.body.classList.add('worksheet');
    window.print();
}

function forget(button) {
    if (!window.confirm(button.dataset.sure))
        return;
    kept = {};
    try {
        localStorage.removeItem(place);
    } catch (error) {
        // Nothing was kept.
    }
    location.reload();
}

parts.bar = (part) => {
    one('[data-do=save]', part).addEventListener('click', save);
    one('[data-do=worksheet]', part).addEventListener('click', worksheet);
    one('[data-do=forget]', part).addEventListener('click', (event) => forget(event.target));
    window.addEventListener('afterprint', () => document.body.classList.remove('worksheet'));
    count();
};

recall();
