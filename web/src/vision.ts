/** How far apart colours are, for every kind of colour vision. */

type Triple = readonly [number, number, number];

/** What dichromats see of linear red, green and blue (Machado, Oliveira and Fernandes 2009, severity 1). */
const SEEN: Record<string, readonly Triple[]> = {
  "usual vision": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  "no red (protanopia)": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  "no green (deuteranopia)": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  "no blue (tritanopia)": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

const linear = (x: number): number => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
const coded = (x: number): number => (x <= 0.0031308 ? x * 12.92 : 1.055 * x ** (1 / 2.4) - 0.055);
const clipped = (x: number): number => Math.min(1, Math.max(0, x));
const times = (m: readonly Triple[], [r, g, b]: Triple): Triple => m.map((row) => row[0] * r + row[1] * g + row[2] * b) as unknown as Triple;

/** Linear red, green and blue of "#0072b2" or "#000". */
function rgbOf(hex: string): Triple {
  const long = hex.length === 4 ? hex.replaceAll(/[0-9a-f]/gi, "$&$&") : hex;
  return [1, 3, 5].map((at) => linear(parseInt(long.slice(at, at + 2), 16) / 255)) as unknown as Triple;
}

function labOf(rgb: Triple): Triple {
  const [x, y, z] = times([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]], rgb);
  const f = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116);
  const [a, b, c] = [f(x / 0.95047), f(y), f(z / 1.08883)];
  return [116 * b - 16, 500 * (a - b), 200 * (b - c)];
}

export interface Seen {
  vision: string;
  colours: string[]; // as they are seen
  least: number; // CIE76 distance of the two that are closest; 10 is told apart at a glance
}

export function seen(colours: readonly string[]): Seen[] {
  return Object.entries(SEEN).map(([vision, matrix]) => {
    const each = colours.map((one) => times(matrix, rgbOf(one)).map(clipped) as unknown as Triple);
    const labs = each.map(labOf);
    const apart = labs.flatMap((a, n) => labs.slice(n + 1).map((b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])));
    const hex = (rgb: Triple): string => `#${rgb.map((x) => Math.round(255 * coded(x)).toString(16).padStart(2, "0")).join("")}`;
    return { vision, colours: each.map(hex), least: Math.min(...apart) };
  });
}
