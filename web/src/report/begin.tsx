/** Where this runs, each still picture of a report gives way to the one that the page draws of the same numbers. */
import "./kept";
import "./style";
import { render, type VNode } from "preact";
import { type Around, drawnAgain, type Readings, windowOf } from "./pictures";
import { resultIn } from "./read";

/** Draws them; `panels` are those that the page has for a kind of answer, where the script has any. */
export function begin(panels: Around["panels"]): void {
  const found = [...document.querySelectorAll<HTMLElement>(".chart")].flatMap((box) => {
    const numbers = [...box.children].find((one) => one.matches("script[type='application/json']"));
    return numbers ? [{ box, read: JSON.parse(numbers.textContent ?? "{}") as Readings }] : [];
  });
  const around: Around = { window: windowOf(found.map((one) => one.read)), result: resultIn(document), panels };
  for (const { box, read } of found) {
    const says = box.querySelector("[role=img]")?.getAttribute("aria-label") ?? "";
    const picture = drawnAgain(read, says, around);
    if (picture) give(box, picture, read.picture === "view" ? "moving view" : "moving");
  }
}

/** The still picture stays for paper, and on the screen too if the other cannot be drawn. */
function give(box: HTMLElement, picture: VNode, name: string): void {
  const place = document.createElement("div");
  place.className = name;
  box.append(place);
  try {
    render(picture, place);
    box.classList.add("live");
  } catch (problem) {
    place.remove();
    console.error(problem);
  }
}
