// The keys of a page.

import { useEffect, useEffectEvent } from "react";

/** Each acts when its key is pressed, unless something is being typed. */
export function useKeys(keys: Readonly<Record<string, () => unknown>>) {
  const press = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const act = keys[keyOf(event)];
    if (act) {
      event.preventDefault();
      act();
    }
  });
  useEffect(() => {
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}

/** What a key says; where it lies on the keyboard while it says a letter of another script, or nothing yet (한글). */
export function keyOf({ key, code }: Pick<KeyboardEvent, "key" | "code">): string {
  const isOfAnotherScript = key === "Process" || (key.length === 1 && key > "~");
  return isOfAnotherScript ? code.replace(/^(Key|Digit)/, "").toLowerCase() : key.length === 1 ? key.toLowerCase() : key;
}

const PRESSED = ["checkbox", "radio", "button", "submit"];

export function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !PRESSED.includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
