/** What this browser keeps; what it has no room for, or may not keep, is known as long as the page is open. */
const unkept = new Map<string, string>();

/** Keeps a text under a name, and says whether it will be there tomorrow. */
export function keepText(where: Storage, name: string, text: string): boolean {
  try {
    where.setItem(name, text);
    unkept.delete(name);
    return true;
  } catch { // full, or forbidden
    unkept.set(name, text);
    return false;
  }
}

export function keptText(where: Storage, name: string): string | null {
  const text = unkept.get(name);
  if (text !== undefined) return text;
  try {
    return where.getItem(name);
  } catch {
    return null;
  }
}

export function dropText(where: Storage, name: string): void {
  unkept.delete(name);
  try {
    where.removeItem(name);
  } catch { // nothing is kept there
  }
}
