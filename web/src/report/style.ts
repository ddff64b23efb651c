/** The report's policy allows no style that stands in markup; what the charts set on text is set by script instead. */
const set = SVGElement.prototype.setAttribute;
SVGElement.prototype.setAttribute = function (this: SVGElement, name: string, value: string): void {
  if (name === "style") this.style.cssText = value;
  else set.call(this, name, value);
};
