import { afterEach, describe, expect, it, test, vi } from "vitest";

import { forget, remember, remembered, type Remembered } from "./remembered";

const UPLOAD: Remembered = { uploadId: "0190163d-8694-739b-aea5-966c26f8ad91", total: 60, at: "2026-11-30T18:00:00.000Z" };
const KEY = "rcdm.upload";

afterEach(() => {
  vi.restoreAllMocks();
  localStorage.clear();
});

describe("an upload that is under way", () => {
  it("is remembered, with its hospital where one was said, until it is forgotten", () => {
    for (const upload of [UPLOAD, { ...UPLOAD, hospital: "WKUH" }]) {
      remember(upload);
      expect(remembered()).toEqual(upload);
    }
    forget();
    expect(remembered()).toBeUndefined();
  });

  it("is not forgotten for another's end", () => {
    remember(UPLOAD);
    forget("0190163d-0000-739b-aea5-966c26f8ad91");
    expect(remembered()).toEqual(UPLOAD);
    forget(UPLOAD.uploadId);
    expect(localStorage.length).toBe(0);
  });
});

test.each([
  "", "nonsense", "null", "[]", "7", '"text"', "{}",
  JSON.stringify({ ...UPLOAD, uploadId: "../../session" }),
  JSON.stringify({ ...UPLOAD, uploadId: 7 }),
  JSON.stringify({ ...UPLOAD, total: "60" }),
  JSON.stringify({ ...UPLOAD, total: 0 }),
  JSON.stringify({ ...UPLOAD, at: "yesterday" }),
])("what is kept and not ours is nothing: %s", (text) => {
  localStorage.setItem(KEY, text);
  expect(remembered()).toBeUndefined();
});

test("a browser that keeps nothing does no harm", () => {
  for (const name of ["getItem", "setItem", "removeItem"] as const) {
    vi.spyOn(Storage.prototype, name).mockImplementation(() => {
      throw new DOMException("denied", "SecurityError");
    });
  }
  remember(UPLOAD);
  expect(remembered()).toBeUndefined();
  forget();
});
