"use strict";
// The line that follows the pointer or the arrow keys, and the values under it.
for (const chart of document.querySelectorAll(".chart")) {
  const data = chart.querySelector("script");
  if (!data) continue;
  const { kind, days, x, values } = JSON.parse(data.textContent);
  if (!x) continue;
  const canvas = chart.querySelector(".canvas"), cursor = chart.querySelector(".cursor");
  const time = chart.querySelector("time"), cells = [...chart.querySelectorAll(".legend b")];
  const last = cells.map((cell) => cell.textContent);
  const percent = (v) => (Math.round(v * 1000) / 10 || 0).toFixed(1).replace("-", "\u2212") + "\u00a0%";
  const write = { share: ([v]) => percent(v), growth: ([v, f]) => v.toFixed(2) + "\u00d7, " + percent(f), ratio: ([v]) => v.toFixed(2).replace("-", "\u2212") }[kind];
  let at = x.length - 1;
  const show = (row) => {
    at = Math.max(0, Math.min(x.length - 1, row));
    cursor.style.visibility = "visible";
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, x[at] / 10 + "%");
    time.textContent = days[at];
    cells.forEach((cell, k) => { cell.textContent = write(values[k][at]); });
  };
  const hide = () => {
    cursor.style.visibility = "hidden";
    time.textContent = "";
    cells.forEach((cell, k) => { cell.textContent = last[k]; });
  };
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const wanted = ((event.clientX - box.left) / box.width) * 1000;
    const after = x.findIndex((value) => value >= wanted);
    if (after < 0) return show(x.length - 1);
    show(after > 0 && wanted - x[after - 1] < x[after] - wanted ? after - 1 : after);
  });
  canvas.addEventListener("pointerleave", hide);
  canvas.addEventListener("blur", hide);
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[event.key];
    if (step) { event.preventDefault(); show(at + step); }
  });
}
// Paper shows what is folded on the screen.
addEventListener("beforeprint", () => { for (const fold of document.querySelectorAll("details")) fold.open = true; });
// A word that is asked for shows its entry.
const unfold = () => { const entry = location.hash.length > 1 && document.getElementById(location.hash.slice(1)); const fold = entry && entry.closest("details"); if (fold) { fold.open = true; entry.scrollIntoView(); } };
addEventListener("hashchange", unfold); unfold();
