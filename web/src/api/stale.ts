import type { QueryClient } from "@tanstack/react-query";

const OF_STUDIES = ["occurrence", "occurrences", "facets", "distribution", "diagnoses"];

/** Studies are told otherwise than before: whatever shows them asks again. */
export function studiesChanged(queries: QueryClient): void {
  for (const key of OF_STUDIES) void queries.invalidateQueries({ queryKey: [key] });
}
