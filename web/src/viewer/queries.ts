// The studies a search finds, page by page, what they consist of, and the searches that were saved.

import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api, body, type Schemas } from "../api/client";
import { asDocument, type Filter } from "./filters";

export type Occurrence = Schemas["OccurrenceItem"];
export type Facets = Record<string, Schemas["FacetValue"][]>;
export type Distribution = Schemas["Distribution"];
export const PAGE = 100;

/** What a picture of it is a picture of. */
export const named = (item: Occurrence) => `${item.modality ?? "?"} ${item.radiology_occurrence_date}`;

export function useOccurrences(filter: Filter, sort: string | undefined) {
  return useInfiniteQuery({
    queryKey: ["occurrences", filter, sort],
    queryFn: ({ pageParam, signal }) =>
      body(
        api.GET("/api/v1/occurrences", {
          params: { query: { ...asDocument(filter), limit: PAGE, ...(sort && { sort: sort as never }), ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function useFacets(filter: Filter) {
  return useQuery({
    queryKey: ["facets", filter],
    queryFn: ({ signal }): Promise<Facets> =>
      body(api.GET("/api/v1/occurrences/facets", { params: { query: asDocument(filter) }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** After the facets: what stands beside the filters is waited for, and both at once make it wait longer. */
export function useDistribution(filter: Filter, isItsTurn: boolean) {
  return useQuery({
    queryKey: ["distribution", filter],
    enabled: isItsTurn,
    queryFn: ({ signal }) =>
      body(api.GET("/api/v1/occurrences/distribution", { params: { query: asDocument(filter) }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function useCohorts() {
  return useQuery({
    queryKey: ["cohorts"],
    queryFn: () => body(api.GET("/api/v1/cohorts", { params: { query: { limit: 1000 } } })),
  });
}
