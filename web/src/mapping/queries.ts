// The desk's questions and answers.

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { api, body, type Schemas } from "../api/client";

export type Diagnosis = Schemas["DiagnosisItem"];
export type Status = NonNullable<Schemas["MappingChange"]["status"]>;
export type Equivalence = NonNullable<Schemas["MappingChange"]["equivalence"]>;
export const STATUSES: Status[] = ["UNMAPPED", "UNCHECKED", "AUTO_MAPPED", "FLAGGED", "APPROVED"];

export function useDiagnoses(status: Status) {
  return useInfiniteQuery({
    queryKey: ["diagnoses", status],
    queryFn: ({ pageParam }) =>
      body(
        api.GET("/api/v1/diagnoses", {
          params: { query: { status: [status], limit: 100, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function useSuggestions(id: number) {
  return useQuery({
    queryKey: ["diagnosis", id, "suggestions"],
    queryFn: () =>
      body(api.GET("/api/v1/diagnoses/{diagnosis_id}/suggestions", { params: { path: { diagnosis_id: id }, query: { limit: 9 } } })),
  });
}

export function useConcepts(text: string) {
  return useQuery({
    queryKey: ["concepts", text],
    enabled: text.length > 1,
    queryFn: ({ signal }) => body(api.GET("/api/v1/concepts", { params: { query: { q: text, limit: 20 } }, signal })),
  });
}

export function useConcept(id: number | undefined) {
  return useQuery({
    queryKey: ["concept", id],
    enabled: id !== undefined,
    queryFn: () => body(api.GET("/api/v1/concepts/{concept_id}", { params: { path: { concept_id: id ?? 0 } } })),
  });
}

/** A diagnosis may be a code alone. */
export function writtenAs(diagnosis: Diagnosis): string {
  return diagnosis.source_text || diagnosis.source_code;
}

/** A person looked, and SNOMED has nothing for it. */
export function isWithoutMatch(diagnosis: Diagnosis): boolean {
  return diagnosis.mapping_status === "UNMAPPED" && diagnosis.mapping_method !== null;
}
