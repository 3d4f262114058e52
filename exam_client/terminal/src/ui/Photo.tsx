/** The candidate's photo as registered, or a plain frame that says there is none. */

import type { Me } from "../core/types";
import { useWords } from "./words";

export function Photo({ me }: { me: Me }) {
  const words = useWords();
  if (!me.photo) return <div class="photo none">{words("confirm.no_photo")}</div>;
  return <img class="photo" src={me.photo} alt={words("confirm.photo", { name: me.name })} />;
}
