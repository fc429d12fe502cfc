import { describe, expect, it } from "vitest";

import openapi from "../../../services/front/pages/openapi.json";
import { LISTS, SINGLE, asDocument, asks, filterOf, filterOfDocument, isEmpty, turned, withFilter } from "./filters";

describe("a search in the address", () => {
  it("is read as it was written, and what else stands there is kept", () => {
    const address = "phase=ARTERIAL&phase=DELAYED&q=liver&age_min=50&view=gallery";
    const filter = filterOf(new URLSearchParams(address));
    expect(filter).toEqual({ phase: ["ARTERIAL", "DELAYED"], q: "liver", age_min: "50" });
    const again = withFilter(new URLSearchParams("view=gallery"), filter);
    expect(filterOf(again)).toEqual(filter);
    expect(again.get("view")).toBe("gallery");
  });

  it("leaves out what is empty, and words nobody knows", () => {
    expect(isEmpty(filterOf(new URLSearchParams("q=&modality=&colour=red")))).toBe(true);
    expect(withFilter(new URLSearchParams("modality=CT"), { modality: [] }).toString()).toBe("");
  });

  it("has numbers where the API wants numbers", () => {
    expect(asDocument({ age_min: "50", condition_concept_id: ["4", "5"], tag: ["EchoTime<50"] })).toEqual({
      age_min: 50,
      condition_concept_id: [4, 5],
      tag: ["EchoTime<50"],
    });
  });

  it("knows every filter of the API: one left out would be another cohort", () => {
    const names = openapi.paths["/api/v1/occurrences"].get.parameters.map(({ name }) => name);
    const filters = names.filter((name) => !["sort", "limit", "cursor"].includes(name));
    expect([...LISTS, ...SINGLE].sort()).toEqual(filters.sort());
  });

  it("is what a saved search says, lists or not", () => {
    const saved = { modality: "CT", condition_concept_id: [4], age_max: 60, age_min: null, sex: [], kvp_max: 80.5 };
    expect(filterOfDocument(saved)).toEqual({
      kvp_max: "80.5",
      modality: ["CT"],
      condition_concept_id: ["4"],
      age_max: "60",
    });
  });
});

it("a part said once more is said no longer, and takes the place of another", () => {
  const decade = { age_min: "40", age_max: "49", sex: ["F"] };
  const filter = turned({ modality: ["CT"], sex: ["M"] }, decade);
  expect(filter).toEqual({ modality: ["CT"], ...decade });
  expect(asks(filter, decade)).toBe(true);
  expect(turned(filter, decade)).toEqual({ modality: ["CT"] });
});
