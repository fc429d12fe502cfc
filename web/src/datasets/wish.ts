// What is wished of a data set: as an address says it, and as the API is asked for it.

import type { Schemas } from "../api/client";
import { asDocument, filterOfDocument, withFilter, type Filter } from "../viewer/filters";
import type { Version } from "./queries";

export type Request = Schemas["DatasetRequest"];
export const MODES = ["phase", "plane", "both", "series", "flat"] as const;
export const FORMATS = ["png", "png16", "dicom", "nifti"] as const;
export const STRATA = ["sex", "modality", "hospital"] as const;
export const SIDES = ["train", "validation", "test"] as const;
type Shares = Record<(typeof SIDES)[number], number>;

export interface Wish {
  name: string;
  mode: (typeof MODES)[number];
  format: (typeof FORMATS)[number];
  isRegular: boolean;
  isSplit: boolean;
  /** In percent. */
  shares: Shares;
  strata: (typeof STRATA)[number][];
}

const USUAL: Shares = { train: 70, validation: 15, test: 15 };
const NO_SPLIT = "none";

/** The words of the API and of the command line; what is not said is as usual. */
export function wishOf(params: URLSearchParams): Wish {
  const split = params.get("split");
  return {
    name: params.get("name") ?? "",
    mode: MODES.find((one) => one === params.get("mode")) ?? "phase",
    format: FORMATS.find((one) => one === params.get("format")) ?? "png",
    isRegular: params.get("regular_volumes") === "true",
    isSplit: split !== NO_SPLIT,
    shares: sharesOf(split) ?? USUAL,
    strata: STRATA.filter((one) => params.getAll("stratify").includes(one)),
  };
}

/** The same once more, to be changed and frozen. */
export function again({ name, rule }: Pick<Version, "name" | "rule">): string {
  const { filter, mode, format, split, stratify, regular_volumes: isRegular } = rule as Partial<Request>;
  const params = new URLSearchParams({ name, ...(mode && { mode }), ...(format && { format }) });
  params.set("split", split ? SIDES.map((side) => split[side]).join("/") : NO_SPLIT);
  for (const stratum of stratify ?? []) params.append("stratify", stratum);
  if (isRegular) params.set("regular_volumes", "true");
  return `/datasets/new?${withFilter(params, filterOfDocument({ ...filter }))}`;
}

/** Null while it cannot be asked for. */
export function requestOf(wish: Wish, filter: Filter): Request | null {
  const { mode, format, shares } = wish;
  const name = wish.name.trim();
  if (!name || (wish.isSplit && !isWhole(shares))) return null;
  return {
    name,
    filter: asDocument(filter),
    mode,
    format,
    regular_volumes: wish.isRegular,
    split: wish.isSplit ? { train: shares.train / 100, validation: shares.validation / 100, test: shares.test / 100 } : null,
    stratify: wish.isSplit ? wish.strata : [],
  };
}

/** Thirds are written with an end. */
export function isWhole({ train, validation, test }: Shares): boolean {
  return Math.abs(train + validation + test - 100) < 1e-6;
}

/** Of 0.7/0.15/0.15. */
function sharesOf(split: string | null): Shares | undefined {
  const [train, validation, test, ...more] = (split ?? "").split("/").map((share) => percent(Number(share || NaN)));
  if (train === undefined || validation === undefined || test === undefined || more.length) return undefined;
  return [train, validation, test].every((share) => share >= 0 && share <= 100) ? { train, validation, test } : undefined;
}

/** 0.07 × 100 is a little more than 7. */
const percent = (share: number) => Number((100 * share).toFixed(6));
