import { describe, expect, it } from "vitest";

import { en } from "./en";
import { ko } from "./ko";

const places = (text: string) => [...text.matchAll(/{{(\w+)/g)].map((found) => found[1]).sort();

describe("Korean", () => {
  it("says everything that English says, with the same places for numbers and names", () => {
    expect(Object.keys(ko).sort()).toEqual(Object.keys(en).sort());
    for (const [name, text] of Object.entries(ko)) {
      expect(text.trim(), name).not.toBe("");
      expect(places(text), name).toEqual(places(en[name as keyof typeof en]));
    }
  });

  it("is Korean where there is a word to say", () => {
    const same = new Set(["app.title", "nav.docs", "shell.language"]);
    const untranslated = Object.entries(ko).filter(([name, text]) => !same.has(name) && !/[가-힣]/.test(text));
    expect(untranslated).toEqual([]);
  });
});
