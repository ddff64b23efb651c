/** The report's policy allows no style that stands in markup; what the charts set on text is set by script instead. */
import css from "./report.css?inline";

const set = SVGElement.prototype.setAttribute;
SVGElement.prototype.setAttribute = function (this: SVGElement, name: string, value: string): void {
  if (name === "style") this.style.cssText = value;
  else set.call(this, name, value);
};

/** The looks of the page's pictures come with them, and hold for nothing else. */
export function looking(rules: string): void {
  const looks = new CSSStyleSheet();
  looks.replaceSync(rules);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, looks];
}

looking(`.moving:not(.view){${css}}`);
