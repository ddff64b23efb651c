/** The pictures of the report: where this runs, each still picture gives way to the one that the page draws of the same numbers. */
import "./style";
import { render, type VNode } from "preact";
import { type Around, drawnAgain, type Readings, windowOf } from "./pictures";
import { resultIn } from "./read";

const found = [...document.querySelectorAll<HTMLElement>(".chart")].flatMap((box) => {
  const numbers = [...box.children].find((one) => one.matches("script[type='application/json']"));
  return numbers ? [{ box, read: JSON.parse(numbers.textContent ?? "{}") as Readings }] : [];
});
const around: Around = { window: windowOf(found.map((one) => one.read)), result: resultIn(document) };

for (const { box, read } of found) {
  const says = box.querySelector("[role=img]")?.getAttribute("aria-label") ?? "";
  const picture = drawnAgain(read, says, around);
  if (picture) give(box, picture);
}

/** The still picture stays for paper, and on the screen too if the other cannot be drawn. */
function give(box: HTMLElement, picture: VNode): void {
  const place = document.createElement("div");
  place.className = "moving";
  box.append(place);
  try {
    render(picture, place);
    box.classList.add("live");
  } catch (problem) {
    place.remove();
    console.error(problem);
  }
}
