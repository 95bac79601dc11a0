// What the pages do beyond plain links and forms. Every task works without it.
const root = document.documentElement, body = document.body;
const say = document.getElementById('kabar');

// The summary of errors is read first.
document.getElementById('salah')?.focus();

// Drafts: the node keeps what is typed, 0.8 s after the last key.
for (const form of document.querySelectorAll('form[data-draft]')) {
  const line = form.querySelector('.draft');
  let timer, dirty = false, sent = false;
  const save = leaving => {
    clearTimeout(timer);
    if (!dirty || sent) return;
    dirty = false;
    const fields = new URLSearchParams();
    for (const [k, v] of new FormData(form)) if (typeof v === 'string') fields.append(k, v);
    for (const p of form.querySelectorAll('[type=password]')) fields.delete(p.name);
    fetch(form.dataset.draft, {method: 'POST', body: fields, keepalive: leaving}).then(
      r => { if (r.ok) line.textContent = form.dataset.saved; else throw r; }
    ).catch(() => { dirty = true; line.textContent = form.dataset.lost; if (!leaving) timer = setTimeout(save, 5000); });
  };
  form.addEventListener('input', () => { dirty = true; clearTimeout(timer); timer = setTimeout(save, 800); });
  form.addEventListener('submit', e => {
    if (!navigator.onLine) { e.preventDefault(); say.textContent = body.dataset.offline; return; }
    sent = true;
    setTimeout(() => { sent = false; }, 10000);
  });
  addEventListener('pagehide', () => save(true));
}

// News: a count, a banner and one spoken line. What is being read stays as it is.
if (body.dataset.live && window.EventSource) {
  let stream, told;
  const news = (words, label) => {
    const again = document.createElement('a');
    again.href = location.pathname + location.search;
    again.textContent = label;
    say.replaceChildren(words + ' ', again);
  };
  const open = () => {
    stream = new EventSource(body.dataset.live);
    stream.addEventListener('inbox', e => {
      const n = +e.data, link = document.querySelector('nav [data-count]');
      if (told === undefined) { told = n; }
      if (link) {
        let c = link.querySelector('.count');
        if (!c && n) { c = document.createElement('span'); c.className = 'count'; link.append(' ', c); }
        if (c) { if (n) c.textContent = n; else c.remove(); }
      }
      document.title = document.title.replace(/^\(\d+\) /, '');
      if (n) document.title = '(' + n + ') ' + document.title;
      if (n > told) news(body.dataset.news, body.dataset.reload);
      told = n;
    });
    stream.addEventListener('state', e => {
      const now = JSON.parse(e.data);
      for (const place of document.querySelectorAll('[data-figure]')) {
        const f = now.figures[place.dataset.figure], at = place.firstElementChild || place;
        if (!f) continue;
        at.textContent = f.t;
        if (f.k) at.className = 'tag tag-' + f.k;
      }
      if (now.state !== body.dataset.state) {
        body.dataset.state = now.state;
        news(body.dataset.changed, body.dataset.again);
      }
    });
  };
  open();
  addEventListener('pagehide', () => stream.close());
  addEventListener('pageshow', e => { if (e.persisted) open(); });
}

// A text is copied by one press, where the browser lets pages do so.
for (const copy of document.querySelectorAll('[data-copy]')) {
  copy.hidden = !navigator.clipboard;
  copy.addEventListener('click', () => navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).innerText).then(() => { say.textContent = copy.dataset.done; }));
}

// Quick exit: Escape twice locks the session and leaves a neutral page.
const quick = document.querySelector('[data-quick]');
let escaped = 0;
if (quick) addEventListener('keydown', e => {
  if (e.key !== 'Escape') return;
  const now = Date.now();
  if (now - escaped < 800) { body.hidden = true; quick.click(); }
  escaped = now;
});

// A list on the page narrows while one types; Enter still asks the node.
for (const box of document.querySelectorAll('[data-narrows]')) {
  const list = document.getElementById(box.dataset.narrows);
  box.addEventListener('input', () => {
    const want = box.value.toLowerCase();
    for (const row of list?.children || []) row.hidden = !row.textContent.toLowerCase().includes(want);
  });
}

// Shortcuts, for those who switched them on.
if (root.hasAttribute('data-keys')) {
  let g = 0;
  const go = {h: '/', k: '/kasus', r: '/rujukan', s: '/surat'};
  addEventListener('keydown', e => {
    if (e.ctrlKey || e.altKey || e.metaKey || e.target.closest('input,textarea,select,[contenteditable]')) return;
    const links = [...document.querySelectorAll('main [data-item] a, main .cards h3 a, main tbody th a')];
    const at = links.indexOf(document.activeElement);
    if (Date.now() - g < 1000 && go[e.key]) { location.href = go[e.key]; }
    else if (e.key === 'g') { g = Date.now(); return; }
    else if (e.key === 'j') links[Math.min(at + 1, links.length - 1)]?.focus();
    else if (e.key === 'k') links[Math.max(at - 1, 0)]?.focus();
    else if (e.key === '/') { const s = document.querySelector('[type=search]'); if (s) { e.preventDefault(); s.focus(); } else location.href = '/kasus'; }
    else if (e.key === 'c') document.querySelector('main [data-key=c]')?.click();
    else if (e.key === 'r' && location.pathname.startsWith('/kasus/')) document.querySelector('main [data-key=r]')?.click();
    else if (e.key === '?') location.href = '/bantuan#pintasan';
    g = 0;
  });
}
