/** A machine without a seat: staff give it one, and it stays on the machine. */

import { useState } from "preact/hooks";
import { makeSeat, readSeat } from "../core/machine";
import { useHeadingFocus, useKeys, useTerminal } from "./context";
import { LanguageButton } from "./Header";
import { Icon } from "./Icon";
import { Keypad } from "./Keypad";
import { useWords } from "./words";

type Field = "room" | "seat";
const LONGEST: Record<Field, number> = { room: 4, seat: 3 };

export function SeatScreen() {
  const terminal = useTerminal();
  const words = useWords();
  const heading = useHeadingFocus();
  const [value, setValue] = useState<Record<Field, string>>({ room: "", seat: "" });
  const [field, setField] = useState<Field>("room");
  const seat = makeSeat(value.room, value.seat);
  const before = readSeat();

  const onKey = (key: string) => {
    const held = value[field];
    const next = key === "del" ? held.slice(0, -1) : `${held}${key}`.slice(0, LONGEST[field]);
    setValue({ ...value, [field]: next });
  };
  const save = () => seat && terminal.setSeat(seat);
  useKeys((event) => {
    if (/^[0-9]$/.test(event.key)) onKey(event.key);
    else if (event.key === "Backspace") onKey("del");
    else if (event.key === "Enter" && !(event.target instanceof HTMLButtonElement)) save();
  });

  return (
    <main class="seat-setup" data-test="seat-setup">
      <div class="seat-head">
        <h1 ref={heading} tabIndex={-1}>{words(before ? "seat.title_change" : "seat.title")}</h1>
        {before && (
          <button type="button" class="tool" data-test="seat-back" onClick={() => terminal.setSeat(before)}>
            {words("seat.back")}
          </button>
        )}
        <LanguageButton />
      </div>
      <p class="lead">{words("seat.staff")}</p>
      <div class="login-form">
        <div class="login-fields">
          <SeatField name="room" label={words("seat.room")} value={value.room} active={field === "room"} onSelect={setField} />
          <SeatField name="seat" label={words("seat.number")} value={value.seat} active={field === "seat"} onSelect={setField} />
          <button type="button" class="primary login-go" data-test="seat-save" disabled={!seat} onClick={save}>
            {words(seat ? "seat.save" : "seat.need")}
          </button>
        </div>
        <Keypad onKey={onKey} />
      </div>
      <div class="login-foot">
        <Icon name="screen" size={28} />
        <p>{words("seat.kept")}</p>
      </div>
    </main>
  );
}

function SeatField({ name, label, value, active, onSelect }: {
  name: Field;
  label: string;
  value: string;
  active: boolean;
  onSelect: (field: Field) => void;
}) {
  return (
    <div class="number-field">
      <div class="number-label"><b>{label}</b></div>
      <button
        type="button"
        class={active ? "number-box active" : "number-box"}
        data-test={`field-${name}`}
        aria-label={`${label} ${value}`}
        aria-current={active ? "true" : undefined}
        onClick={() => onSelect(name)}
      >
        <span class="places" aria-hidden="true">
          <span class="place-group">
            {Array.from(value, (sign, index) => <span class="sign" key={index}>{sign}</span>)}
            {active && <span class="sign next" />}
          </span>
        </span>
      </button>
    </div>
  );
}
