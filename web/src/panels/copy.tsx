/** "Copy as": the question behind a panel, for a shell, a program or a notebook. */
import { useId, useState } from "preact/hooks";
import type { Elsewhere } from "./asked";
import { useMenu } from "./menu";

export function CopyAs({ elsewhere }: { elsewhere: Elsewhere }) {
  const id = useId();
  const { open, setOpen, box } = useMenu();
  const [said, setSaid] = useState("");
  const copy = async (word: string, text: string): Promise<void> => {
    const done = await navigator.clipboard.writeText(text).then(() => true, () => false);
    setSaid(done ? `${word} copied.` : "This browser lets nothing be copied here.");
    setOpen(false);
  };
  const { ways, result } = elsewhere;
  return (
    <div class="menu" ref={box}>
      <button type="button" aria-expanded={open} aria-controls={id} onClick={() => { setOpen(!open); setSaid(""); }}>Copy as</button>
      <div id={id} class="choices" hidden={!open}>
        {ways.map(([word, text]) => <button key={word} type="button" onClick={() => void copy(word, text)}>{word}</button>)}
        {result && <a href={result.address} download={result.file}>JSON of the result</a>}
      </div>
      <span class="said" role="status">{said}</span>
    </div>
  );
}
