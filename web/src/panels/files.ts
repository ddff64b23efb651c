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

const SHARP = 2; // pixels of the file for one of the page

/** The same as a picture of pixels, for where an SVG cannot be used. */
export async function savePng(name: string, address: string): Promise<void> {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = SHARP * image.naturalWidth;
  canvas.height = SHARP * image.naturalHeight;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  saveFrom(`${name}.png`, canvas.toDataURL("image/png"));
}

/** An SVG of a chart, which comes as a data address, as a file. */
export function saveSvg(name: string, address: string): void {
  save(`${name}.svg`, decodeURIComponent(address.slice(address.indexOf(",") + 1)), "image/svg+xml");
}
