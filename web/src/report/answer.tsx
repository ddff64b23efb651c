/** The script of the report of any other answer: the panels that the page has for its kind. */
import answer from "./answer.css?inline";
import page from "../style.css?inline";
import { begin } from "./begin";
import { answerIn } from "./read";
import { looking } from "./style";
import { isSeen, View } from "./views";

looking(`.view{${page}}.view{${answer}}`);
const carried = answerIn(document);
begin((kind) => (isSeen(kind) ? <View kind={kind} answer={carried} /> : null));
