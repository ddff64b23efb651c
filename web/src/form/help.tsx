/** Help beside a setting: a sentence, in which some words are what is typed. */
import { phrase } from "../format";

/** Names of kinds as the lists of choices write them. */
const named = (text: string): string => text.replaceAll(/(?<![\w.{])[a-z]+(?:_[a-z]+)+(?![\w.(])/g, phrase);

/** A sentence whose words in backticks are what is typed. */
export function Help({ text }: { text: string }) {
  return <>{text.split("`").map((part, n) => (n % 2 ? <code key={n}>{part}</code> : named(part)))}</>;
}
