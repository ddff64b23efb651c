/** Stresses as bars, the worst first: what they do in per cent and in money of a capital. */
import type { Schemas } from "../api";
import { money, signed } from "../format";
import type { Bar } from "./bars";

export const titled = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

export function stressBars(stresses: readonly Schemas["Stressed"][], capital: number): Bar[] {
  const worst = [...stresses].sort((a, b) => b.loss - a.loss);
  return worst.map((one) => ({
    name: titled(one.name), value: -one.loss, title: one.verdict,
    texts: [`${signed(-one.loss)}${one.error ? ` \u00b1 ${(100 * one.error).toFixed(1)}` : ""}`, `${-one.loss > 0 ? "+" : ""}${money(-one.loss * capital)}`],
  }));
}
