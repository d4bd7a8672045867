/* SPDX-FileCopyrightText: 2026 The Sensorium authors
 * SPDX-License-Identifier: MIT */
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const rows = Uint8Array.from(atob(data.rows), c => c.charCodeAt(0));
const pieces = [...document.querySelectorAll("[data-p]")];
const texts = data.texts;
let pinned = null;

function rowOf(q) {
  if (q === null)
    return { levels: data.whole, most: data.wholeMost };
  return { levels: rows.subarray(q * data.n, (q + 1) * data.n), most: data.most[q] };
}

/* 0 to 1, of changes -1 to 1: bytes of these have 0 in their middle. */
function strength(level) {
  return data.isShare ? level / 255 : (level - 128) / 127;
}

/* Away from 0. */
function step(level) {
  const steps = strength(level) * data.steps;
  return steps < 0 ? Math.floor(steps) : Math.ceil(steps);
}

function cell(row, text, tag) {
  const box = document.createElement(tag);
  box.textContent = text;
  row.append(box);
}

/* A token as it can be seen in a table: line breaks and lone spaces too. */
function visible(text) {
  return text.replace(/\n/g, "↵").replace(/^ +$/, "␣") || "…";
}

function format(weight) {
  if (data.isShare)
    return (100 * weight).toPrecision(2) + " %";
  return (weight < 0 ? "\u2212" : weight > 0 ? "+" : "") + Math.abs(weight).toPrecision(2);
}

/* What was left out together with piece p, which begins it; null: an earlier piece does. */
function together(p) {
  const unit = data.units.length > 0 ? data.units[p] : -1;
  if (unit >= 0 && p > 0 && data.units[p - 1] === unit)
    return null;
  let text = texts[p];
  const isMedia = document.querySelector('span[data-p="' + p + '"]') === null;
  for (let next = p + 1; unit >= 0 && !isMedia && data.units[next] === unit; next++)
    text += texts[next];
  return text;
}

function show(q) {
  const { levels, most } = rowOf(q);
  for (const piece of pieces)
    piece.setAttribute("class", "t" + step(levels[piece.dataset.p]));
  const order = [...levels.keys()].filter(p => strength(levels[p]) !== 0 && together(p) !== null)
    .sort((a, b) => Math.abs(strength(levels[b])) - Math.abs(strength(levels[a]))).slice(0, 10);
  const table = document.getElementById("top");
  table.replaceChildren();
  for (const p of order) {
    const row = table.insertRow();
    cell(row, visible(together(p)), "td");
    cell(row, format(strength(levels[p]) * most), "td");
  }
  document.getElementById("least").textContent = data.isShare ? "0" : format(-most);
  document.getElementById("most").textContent = format(most);
  document.getElementById("asked").textContent = q === null ? data.wholeName : "“" + visible(texts[data.first + q + 1]) + "”";
  const others = document.getElementById("others");
  if (others === null)
    return;
  others.replaceChildren();
  if (q !== null && data.candidates[q])
    for (const [text, probability] of data.candidates[q]) {
      const row = others.insertRow();
      cell(row, visible(text), "td");
      cell(row, (100 * probability).toPrecision(2) + " %", "td");
    }
}

function asked(target) {
  const box = target.closest ? target.closest("[data-q]") : null;
  return box === null ? null : Number(box.dataset.q);
}

function pin(q) {
  pinned = q === pinned ? null : q;
  for (const piece of document.querySelectorAll("[data-q]"))
    piece.setAttribute("aria-pressed", pinned !== null && Number(piece.dataset.q) === pinned);
  show(pinned);
}

addEventListener("mouseover", event => { const q = asked(event.target); if (q !== null) show(q); });
addEventListener("mouseout", event => { if (asked(event.target) !== null) show(pinned); });
addEventListener("focusin", event => { const q = asked(event.target); if (q !== null) show(q); });
addEventListener("click", event => { const q = asked(event.target); if (q !== null) pin(q); });
addEventListener("keydown", event => {
  const q = asked(event.target);
  if (q !== null && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); pin(q); }
  if (event.key === "Escape") { pinned = null; show(null); }
});
show(null);
