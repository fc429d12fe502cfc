import { describe, expect, it } from "vitest";

import { rowsOf } from "./elements";

describe("elements", () => {
  it("have their names, and every value as text", () => {
    const rows = rowsOf({
      "00180050": { vr: "DS", Value: [5] },
      "00200037": { vr: "DS", Value: [1, 0, 0] },
      "00280002": { vr: "US" },
      "00081070": { vr: "PN", Value: [{ Alphabetic: "Hong^Gildong", Ideographic: "洪^吉洞" }, null] },
      "00111010": { vr: "LO", Value: ["<b>bold</b>"] },
    });
    expect(rows.map(({ name, value }) => [name, value])).toEqual([
      ["SliceThickness", "5"],
      ["ImageOrientationPatient", "1 \\ 0 \\ 0"],
      ["SamplesPerPixel", ""],
      ["OperatorsName", "Hong^Gildong = 洪^吉洞 \\ "],
      ["00111010", "<b>bold</b>"],
    ]);
  });

  it("of a sequence stand below it, and are found by its name", () => {
    const item = (uid: string) => ({ "00081155": { vr: "UI", Value: [uid] } });
    const rows = rowsOf({ "00081140": { vr: "SQ", Value: [item("1.2"), item("1.3")] }, "00081111": { vr: "SQ" } });
    expect(rows.map(({ name, value, depth }) => [depth, name, value])).toEqual([
      [0, "ReferencedImageSequence", ""],
      [1, "1 / 2", ""],
      [1, "ReferencedSOPInstanceUID", "1.2"],
      [1, "2 / 2", ""],
      [1, "ReferencedSOPInstanceUID", "1.3"],
      [0, "ReferencedPerformedProcedureStepSequence", ""],
    ]);
    expect(rows.filter(({ text }) => text.includes("referencedimagesequence"))).toHaveLength(5);
  });
});
