/** Telephone order, X and 删除. */

import { useWords } from "./words";

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

export function Keypad({ onKey, withX = false }: { onKey: (key: string) => void; withX?: boolean }) {
  const words = useWords();
  return (
    <div class="keypad" role="group" aria-label={words("login.keypad")}>
      {DIGITS.map((digit) => <Key key={digit} name={digit} onKey={onKey}>{digit}</Key>)}
      {withX ? <Key name="x" onKey={onKey}>X</Key> : <span />}
      <Key name="0" onKey={onKey}>0</Key>
      <Key name="del" onKey={onKey}>{words("login.delete")}</Key>
    </div>
  );
}

function Key({ name, children, onKey }: { name: string; children: string; onKey: (key: string) => void }) {
  return (
    <button type="button" class={name === "del" ? "key word" : "key"} data-test={`key-${name}`} onClick={() => onKey(name)}>
      {children}
    </button>
  );
}
