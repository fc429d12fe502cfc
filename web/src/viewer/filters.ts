// What is searched for stands in the address, by the names of the API, and nowhere else.

import { useCallback, useMemo } from "react";
import { useSearchParams } from "wouter";

/** Words of which several may be said. */
export const LISTS = [
  "condition_concept_id", "condition", "modality", "body_part", "phase", "plane", "sequence", "sex", "hospital", "device",
  "manufacturer", "protocol", "tag",
] as const;
/** Of each a least and a most. */
export const RANGES = ["age", "slice_thickness", "pixel_spacing", "kvp", "field_strength"] as const;
export type RangeName = (typeof RANGES)[number];
export type Bound = `${RangeName}_min` | `${RangeName}_max`;
export const boundsOf = (name: RangeName): [Bound, Bound] => [`${name}_min`, `${name}_max`];
const BOUNDS = RANGES.flatMap(boundsOf);

export type ListName = (typeof LISTS)[number];
export type SingleName = "q" | "date_from" | "date_to" | Bound;
export const SINGLE: readonly SingleName[] = ["q", "date_from", "date_to", ...BOUNDS];
export type Filter = Partial<Record<ListName, string[]>> & Partial<Record<SingleName, string>>;

export function filterOf(params: URLSearchParams): Filter {
  const found: Filter = {};
  for (const name of LISTS) {
    const values = params.getAll(name).filter(Boolean);
    if (values.length) found[name] = values;
  }
  for (const name of SINGLE) {
    const value = params.get(name);
    if (value) found[name] = value;
  }
  return found;
}

/** The same search as an address; what else stands in it, such as the view, is kept. */
export function withFilter(params: URLSearchParams, filter: Filter): URLSearchParams {
  const next = new URLSearchParams(params);
  for (const name of [...LISTS, ...SINGLE]) next.delete(name);
  for (const name of LISTS) for (const value of filter[name] ?? []) next.append(name, value);
  for (const name of SINGLE) if (filter[name]) next.set(name, filter[name]);
  return next;
}

export const isEmpty = (filter: Filter) => Object.keys(filter).length === 0;

/** Whether a search says all that a part of one says. */
export function asks(filter: Filter, part: Filter): boolean {
  return (Object.keys(part) as (keyof Filter)[]).every((name) => String(filter[name] ?? "") === String(part[name]));
}

/** The part said instead of what was said by its names; where it was said already, they are said no more. */
export function turned(filter: Filter, part: Filter): Filter {
  if (!asks(filter, part)) return { ...filter, ...part };
  return Object.fromEntries(Object.entries(filter).filter(([name]) => !(name in part)));
}

/** As the body of a request has it: numbers are numbers. */
export function asDocument(filter: Filter): Record<string, unknown> {
  const numeric = new Set<string>([...BOUNDS, "condition_concept_id"]);
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(filter)) {
    if (!numeric.has(name)) found[name] = value;
    else found[name] = Array.isArray(value) ? value.map(Number) : Number(value);
  }
  return found;
}

/** Of a saved search, whose values may be one text, a number or lists. */
export function filterOfDocument(document: Record<string, unknown>): Filter {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(document)) {
    const values = (Array.isArray(value) ? value : [value]) as (string | number | null)[];
    for (const one of values) if (one !== null) params.append(name, String(one));
  }
  return filterOf(params);
}

export function useFilter() {
  const [params, setParams] = useSearchParams();
  const filter = useMemo(() => filterOf(params), [params]);
  const change = useCallback(
    (next: Filter) => setParams((now) => withFilter(now, next)),
    [setParams],
  );
  const toggle = useCallback(
    (name: ListName, value: string) =>
      setParams((now) => {
        const before = filterOf(now);
        const said = before[name] ?? [];
        const values = said.includes(value) ? said.filter((one) => one !== value) : [...said, value];
        return withFilter(now, { ...before, [name]: values });
      }),
    [setParams],
  );
  const put = useCallback(
    (name: SingleName, value: string) =>
      setParams((now) => {
        return withFilter(now, { ...filterOf(now), [name]: value });
      }),
    [setParams],
  );
  const turn = useCallback(
    (part: Filter) => setParams((now) => withFilter(now, turned(filterOf(now), part))),
    [setParams],
  );
  return { filter, change, toggle, put, turn };
}
