/** Files that are made here and saved there. */

export function save(name: string, content: string, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  saveFrom(name, address);
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export function saveFrom(name: string, address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}

/** An SVG of a chart, which comes as a data address, as a file. */
export function saveSvg(name: string, address: string): void {
  save(`${name}.svg`, decodeURIComponent(address.slice(address.indexOf(",") + 1)), "image/svg+xml");
}
