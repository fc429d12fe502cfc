import { describe, expect, test } from "vitest";

import { isTyping, keyOf } from "./keys";

describe("a key", () => {
  test.each([
    ["j", "KeyJ", "j"],
    ["J", "KeyJ", "j"],
    ["j", "KeyC", "j"], // Dvorak
    ["ㅓ", "KeyJ", "j"],
    ["Process", "KeyU", "u"],
    ["3", "Digit3", "3"],
    ["Escape", "Escape", "Escape"],
    ["/", "Slash", "/"],
  ])("%s on %s is %s", (key, code, said) => expect(keyOf({ key, code })).toBe(said));
});

test("who ticks a box does not type", () => {
  const input = (type: string) => Object.assign(document.createElement("input"), { type });
  expect(["text", "search", "date", "checkbox", "radio"].map((type) => isTyping(input(type)))).toEqual([true, true, true, false, false]);
  expect(isTyping(document.createElement("textarea"))).toBe(true);
  expect(isTyping(document.body)).toBe(false);
});
