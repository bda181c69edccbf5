'use strict';
// One websocket: messages {do, value} go out; moments come in as a header in JSON and pictures as PNG (messages.py).

const $ = (id) => document.getElementById(id);
const SHOWN = 300; // moments in a chart
const CHARTS = [
  ['reward, as it is learned', [['real', 'one', (m) => m.left.reward], ['expected', 'three-line', (m) => m.left.predicted], ['dream', 'two-line', (m) => m.right.predicted]]],
  ['the episode goes on, probability', [['real', 'one', (m) => m.left.goes_on], ['dream', 'two-line', (m) => m.right.goes_on]]],
  ['value', [['real', 'one', (m) => m.left.value], ['dream', 'two-line', (m) => m.right.value]]],
  ['entropy of the policy, nats', [['real', 'one', (m) => m.left.entropy], ['dream', 'two-line', (m) => m.right.entropy]]],
  ['surprise: KL(seen, expected), nats', [['real', 'one', (m) => m.left.surprise]]],
  ['error of the reconstruction', [['real', 'one', (m) => m.left.error]]],
  ['chances of actions: real above, dream below', null],
];
const KEYS = { KeyP: 'go', Period: 'step', Backspace: 'back', KeyN: 'new', KeyD: 'dream', KeyB: 'branch' };

let socket, hello, now, looked = null; // `looked` is an earlier moment that is shown in place of `now`
let moments = [];
let held = [], asked = -1, busy = false, pinned = false, stepping = false;

const say = (text, trouble = false) => { $('status').textContent = text; $('status').classList.toggle('trouble', trouble); };
const send = (what, value) => socket.readyState === 1 && socket.send(JSON.stringify(value === undefined ? { do: what } : { do: what, value }));

function connect() {
  socket = new WebSocket(`ws://${location.host}/live${location.search}`);
  socket.binaryType = 'arraybuffer';
  socket.onmessage = ({ data }) => receive(data);
  socket.onclose = ({ reason }) => { say(reason || 'The server has ended. Start it again and reload this page.', true); document.body.dataset.state = 'closed'; };
}

function receive(data) {
  const length = new DataView(data).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  let at = 4 + length;
  header.pictures = header.sizes.map((size) => { at += size; return new Blob([new Uint8Array(data, at - size, size)], { type: 'image/png' }); });
  if (header.kind === 'hello') greet(header);
  else if (header.kind === 'trouble') say(header.text, true);
  else if (header.kind === 'saved') say(`saved: ${header.text}`);
  else if (header.kind === 'looked') { if (asked >= 0) { looked = header; draw(); if (pinned) tell(header.numbers); } }
  else update(header);
}

function tell({ time, left, right }) {
  say(`step ${time}: reward ${left.reward}, expected ${left.predicted}, dreamt ${right.predicted}; value ${left.value}, dreamt ${right.value}`);
}

function greet(header) {
  hello = header;
  $('task').textContent = header.task;
  $('agent').textContent = header.agent;
  const constants = header.names.map((name, index) => [`constant:${index}`, `always ${name}`]);
  const drivers = [['you', 'you'], ['agent', 'the agent'], ['random', 'random'], ...constants];
  fill($('left'), drivers);
  fill($('right'), [['same', 'the same action'], ...drivers]);
  fill($('branches'), Array.from({ length: 9 }, (_, i) => [i + 1, `${i + 1}`]));
  $('branches').value = '9';
  fill($('episodes'), header.episodes.toReversed().map((name) => [name, name]));
  $('watch').disabled = !header.episodes.length;
  if (header.without_game) $('no-game').textContent = `Without the real game: ${header.without_game}`;
  $('no-game').hidden = !header.without_game;
  for (const [index, move] of header.moves.entries()) $('moves').append(moveButton(move, index));
  say('Press Play, or an arrow to take over.');
}

function fill(select, options) {
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
}

function update(header) {
  stepping = false;
  if (asked > header.cut) { pinned = false; asked = -1; looked = null; }
  moments = moments.filter((m) => m.time <= header.cut).concat(header.numbers).slice(-2000);
  now = { ...header, numbers: header.numbers.at(-1) };
  document.body.dataset.state = header.playing ? 'playing' : 'paused';
  document.body.dataset.time = now.numbers.time;
  document.body.dataset.dreams = now.dreams;
  $('go').firstElementChild.textContent = header.playing ? 'Pause' : 'Play';
  $('left-title').textContent = header.watching ? 'Saved episode' : 'Real game';
  $('sample').checked = header.sample;
  for (const side of ['left', 'right']) if (document.activeElement !== $(side)) $(side).value = header.drivers[side];
  $('left').disabled = header.watching;
  $('save-episode').disabled = header.watching;
  $('new').firstChild.textContent = header.watching && !hello.without_game ? 'Back to the game ' : header.watching ? 'From the start ' : 'New game ';
  draw();
}

// ---- pictures

let scheduled = false;
function draw() {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(async () => {
    scheduled = false;
    const seen = looked || now;
    if (busy || !seen) return;
    busy = true;
    try { await drawScenes(seen); drawCharts(); } finally { busy = false; }
    if ((looked || now) !== seen) draw();
  });
}

async function drawScenes(seen) {
  const [real, ...others] = await Promise.all(seen.pictures.map((blob) => createImageBitmap(blob)));
  const dreams = others.slice(0, seen.dreams), latents = others.slice(seen.dreams);
  const { left, right, time } = seen.numbers;
  paint($('real'), real);
  const stage = $('dreams');
  if (stage.childElementCount !== dreams.length) {
    stage.replaceChildren(...dreams.map((_, i) => Object.assign(document.createElement('canvas'), { role: 'img', ariaLabel: `dream ${i + 1}` })));
    stage.classList.toggle('two', dreams.length > 1 && dreams.length < 5);
    stage.classList.toggle('three', dreams.length > 4);
  }
  dreams.forEach((bitmap, i) => { paint(stage.children[i], bitmap); stage.children[i].classList.toggle('ended', right.ended[i]); });
  const past = looked ? `step ${time}, earlier` : `step ${time}`;
  $('left-badge').textContent = left.over ? `${past}: over` : past;
  const ended = right.ended.filter(Boolean).length;
  $('right-badge').textContent = ended === 0 ? '' : right.ended.length > 1 ? `${ended} of ${right.ended.length} ended` : 'the dream has ended';
  for (const [side, numbers] of [['left', left], ['right', right]]) {
    const name = hello.names[numbers.action] ?? '';
    $(`${side}-doing`).textContent = numbers.action < 0 ? 'begins' : `${name && `${name}; `}value ${numbers.value}`;
  }
  paintLatent($('left-latent'), latents[0], left.changed);
  paintLatent($('right-latent'), latents[1], right.changed);
}

function paint(canvas, bitmap) {
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) Object.assign(canvas, { width: bitmap.width, height: bitmap.height });
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
}

function paintLatent(canvas, bitmap, changed) {
  paint(canvas, bitmap);
  const context = canvas.getContext('2d');
  context.fillStyle = 'rgba(255, 170, 40, .28)';
  for (const row of changed) context.fillRect(0, row, bitmap.width, 1);
}

// ---- charts

function makeCharts() {
  for (const [title, lines] of CHARTS) {
    const figure = document.createElement('figure'), caption = document.createElement('figcaption'), canvas = document.createElement('canvas');
    caption.innerHTML = '<b></b>';
    caption.firstChild.textContent = title;
    for (const [name, look] of lines || []) caption.append(Object.assign(document.createElement('span'), { textContent: `${name} `, className: look }));
    Object.assign(canvas, { tabIndex: 0, role: 'img', ariaLabel: `${title}; arrow keys look at earlier moments` });
    canvas.onpointermove = (event) => { if (!pinned) lookAt(momentUnder(canvas, event)); };
    canvas.onpointerleave = () => { if (!pinned) lookAt(null); };
    canvas.onclick = (event) => { pinned = !pinned || event.pointerType === 'touch'; lookAt(momentUnder(canvas, event)); };
    canvas.onblur = () => { pinned = false; lookAt(null); };
    canvas.onkeydown = (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.code];
      if (event.code === 'Escape') { pinned = false; lookAt(null); }
      if (!by) return;
      event.preventDefault(); event.stopPropagation();
      const index = moments.findIndex((m) => m.time === (asked >= 0 ? asked : moments.at(-1).time));
      pinned = true; lookAt(moments[Math.max(0, Math.min(moments.length - 1, index + by))]);
    };
    figure.append(caption, canvas);
    if (!lines) figure.className = 'whole';
    $('charts').append(figure);
  }
}

const visible = () => moments.slice(-SHOWN);

function momentUnder(canvas, event) {
  const shown = visible();
  return shown[Math.max(0, Math.min(shown.length - 1, Math.round((event.offsetX / canvas.clientWidth) * (SHOWN - 1)) - (SHOWN - shown.length)))];
}

function lookAt(moment) {
  const time = moment ? moment.time : -1;
  if (time === asked) return;
  asked = time;
  if (time < 0) { looked = null; draw(); } else throttledLook();
}

let waiting = false;
function throttledLook() { // at most 20 a second
  if (waiting) return;
  waiting = true;
  setTimeout(() => { waiting = false; if (asked >= 0) send('look', asked); }, 50);
}

function drawCharts() {
  const style = getComputedStyle(document.documentElement), colour = (name) => style.getPropertyValue(name);
  const colours = { one: colour('--real'), 'two-line': colour('--dream'), 'three-line': colour('--third') };
  const shown = visible();
  [...$('charts').querySelectorAll('canvas')].forEach((canvas, index) => {
    const ratio = devicePixelRatio, width = canvas.clientWidth, height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * ratio)) Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
    const context = canvas.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const x = (i) => ((i + SHOWN - shown.length) / (SHOWN - 1)) * width;
    if (CHARTS[index][1]) drawLines(context, CHARTS[index][1], shown, x, width, height, colours, colour('--soft'));
    else drawChances(context, shown, x, width, height, colours);
    const at = shown.findIndex((m) => m.time === asked);
    if (at >= 0) { context.fillStyle = colour('--focus'); context.fillRect(x(at) - 1, 0, 2, height); }
  });
}

function drawLines(context, lines, shown, x, width, height, colours, soft) {
  const values = lines.flatMap(([, , get]) => shown.map(get)).filter(Number.isFinite);
  let low = Math.min(0, ...values), high = Math.max(low + 1e-3, ...values);
  const y = (value) => height - 4 - ((value - low) / (high - low)) * (height - 8);
  context.strokeStyle = soft; context.globalAlpha = .4; context.lineWidth = 1;
  context.beginPath(); context.moveTo(0, y(0)); context.lineTo(width, y(0)); context.stroke();
  context.globalAlpha = 1; context.lineWidth = 1.6;
  for (const [, look, get] of lines) {
    context.strokeStyle = colours[look];
    context.beginPath();
    let drawn = false; // numbers that are not finite leave a gap
    shown.forEach((m, i) => { if (Number.isFinite(get(m))) { context[drawn ? 'lineTo' : 'moveTo'](x(i), y(get(m))); drawn = true; } else drawn = false; });
    context.stroke();
  }
  context.fillStyle = soft; context.font = '11px system-ui';
  context.fillText(+high.toPrecision(3), 2, 11);
  context.fillText(+low.toPrecision(3), 2, height - 2);
}

function drawChances(context, shown, x, width, height, colours) {
  const half = height / 2, step = Math.max(1, width / SHOWN);
  for (const [side, top, look] of [['left', 0, 'one'], ['right', half + 1, 'two-line']]) {
    context.fillStyle = colours[look];
    shown.forEach((m, i) => m[side].chances.forEach((chance, row, all) => {
      context.globalAlpha = Math.min(1, Math.abs(chance));
      context.fillRect(x(i) - step, top + (row * (half - 1)) / all.length, step, (half - 1) / all.length);
    }));
  }
  context.globalAlpha = 1;
}

// ---- what a person does

function moveButton(move) {
  const button = document.createElement('button'), key = document.createElement('kbd');
  button.className = 'move';
  key.textContent = { ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Space: 'space' }[move.key] ?? move.key.replace(/^(Digit|Key)/, '');
  button.append(`${move.name} `, key);
  button.setAttribute('aria-pressed', 'false');
  button.dataset.move = move.name;
  button.onpointerdown = (event) => { button.setPointerCapture(event.pointerId); hold(move.name, true); };
  button.onpointerup = button.onpointercancel = () => hold(move.name, false);
  button.onkeydown = (event) => { if (event.code === 'Enter' || event.code === 'Space') { event.preventDefault(); event.stopPropagation(); hold(move.name, true); } };
  button.onblur = () => hold(move.name, false);
  button.onkeyup = (event) => { if (event.code === 'Enter' || event.code === 'Space') hold(move.name, false); };
  return button;
}

function hold(name, down) {
  if (down === held.includes(name)) return;
  held = down ? [...held, name] : held.filter((each) => each !== name);
  document.querySelector(`[data-move="${CSS.escape(name)}"]`).setAttribute('aria-pressed', down);
  send('hold', held);
  if (down && now && now.drivers.left !== 'you' && now.drivers.right !== 'you') send(now.watching ? 'right' : 'left', 'you');
}

const act = {
  go: () => send('go', !now.playing), step: () => { if (!stepping) { stepping = true; send('step'); } }, back: () => send('back'), new: () => send('new'),
  dream: () => send('dream'), branch: () => send('branch', +$('branches').value), watch: () => send('watch', $('episodes').value),
  'save-episode': () => send('save', 'episode'), 'save-film': () => send('save', 'film'), 'save-strip': () => send('save', 'strip'),
};

for (const [id, action] of Object.entries(act)) $(id).onclick = (event) => {
  if (!now) return;
  action();
  if (event.detail) event.currentTarget.blur(); // after a mouse, so that the space bar is a move again
};
for (const side of ['left', 'right']) $(side).onchange = (event) => { send(side, event.target.value); event.target.blur(); };
$('sample').onchange = (event) => send('sample', event.target.checked);
$('speed').oninput = (event) => { $('speed-shown').value = event.target.value; send('speed', +event.target.value); };

document.addEventListener('keydown', (event) => {
  if (!hello || !now || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest('select, input')) return;
  const move = hello.moves.find((each) => each.key === event.code);
  const plays = event.target === document.body || event.target === $('stage');
  if (move && plays) { event.preventDefault(); hold(move.name, true); }
  else if (KEYS[event.code] && !event.repeat) { event.preventDefault(); act[KEYS[event.code]](); }
});
document.addEventListener('keyup', (event) => {
  const move = hello?.moves.find((each) => each.key === event.code);
  if (move) hold(move.name, false);
});
window.addEventListener('blur', () => [...held].forEach((name) => hold(name, false)));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
new ResizeObserver(draw).observe($('charts'));
makeCharts();
connect();
