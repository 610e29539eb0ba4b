// The script of the pages that can be tried out: its tools. The files of this script are put
// one after the other into one element; words are never here but in the templates, numbers
// never reckoned here that the program can reckon. Full-line comments stay out of the page.
'use strict';

const parts = {};
const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
const one = (selector, root = document) => root.querySelector(selector);

// What the program says of a part: the JSON in the element that it names.
const told = (part) => JSON.parse(document.getElementById(part.dataset.from).textContent);

// Controls wait in template elements: without this script there are none.
function unveil(root) {
    for (let veils = all('template', root); veils.length; veils = all('template', root))
        veils.forEach((veil) => veil.replaceWith(veil.content));
}

function make(name, text, attributes = {}) {
    const element = document.createElement(name);
    element.textContent = text || '';
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
}

// A number with so many decimals, in the page's language.
const fixed = (value, decimals) => value.toLocaleString(document.documentElement.lang,
    {minimumFractionDigits: decimals, maximumFractionDigits: decimals, useGrouping: false});

// A text of somebody's, which keeps its direction of writing to itself.
const named = (text) => make('bdi', text);

// A picture that stands elsewhere on the page, with a line below it.
function pictured(id, name, line) {
    const figure = make('figure', '', {class: 'one'}), image = document.getElementById(id);
    if (image)
        figure.append(make('img', '', {src: image.getAttribute('src'), alt: ''}));
    const caption = make('figcaption');
    caption.append(named(name));
    if (line)
        caption.append(make('br'), line);
    figure.append(caption);
    return figure;
}

// One stop of the tab key for many things; arrows, Home and End go from one to the next.
function rove(things, chosen) {
    const steps = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1};
    let at = 0;
    things.forEach((thing, i) => {
        thing.setAttribute('tabindex', i ? -1 : 0);
        thing.addEventListener('focus', () => {
            things[at].setAttribute('tabindex', -1);
            at = i;
            thing.setAttribute('tabindex', 0);
            chosen(i);
        });
        thing.addEventListener('click', () => thing.focus());
        thing.addEventListener('keydown', (event) => {
            let next = i + (steps[event.key] || 0);
            if (event.key === 'Home')
                next = 0;
            if (event.key === 'End')
                next = things.length - 1;
            if (next === i || !things[next])
                return;
            event.preventDefault();
            things[next].focus();
        });
    });
}

// What is wider than its place can be scrolled by keyboard.
function reach() {
    all('.scroll, .plot').forEach((box) => {
        if (box.scrollWidth > box.clientWidth + 1)
            box.setAttribute('tabindex', 0);
        else
            box.removeAttribute('tabindex');
    });
}

function begin() {
    unveil(document);
    document.body.classList.add('live');
    all('[data-part]').forEach((part) => parts[part.dataset.part](part));
    reach();
    window.addEventListener('resize', reach);
    all('details').forEach((fold) => fold.addEventListener('toggle', reach));
}
