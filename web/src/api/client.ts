// The one way to the server: typed by the OpenAPI document, errors as sentences of the server itself.

import createClient from "openapi-fetch";

import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

/** What the server said no with (RFC 9457); status 0: it did not answer. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly requestId: string | undefined,
  ) {
    super(detail);
  }
}

export const api = createClient<paths>({
  baseUrl: "",
  // Repeated names stand for "any of".
  querySerializer: { array: { style: "form", explode: true } },
});

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of an answer. Throws Problem. */
export async function body<T>(asked: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await asked;
  } catch {
    throw new Problem(0, "", undefined);
  }
  if (answer.response.ok) return answer.data as T;
  throw problemOf(answer.response.status, answer.error);
}

export function problemOf(status: number, said: unknown): Problem {
  const known = typeof said === "object" && said !== null ? (said as Record<string, unknown>) : {};
  const text = (name: string) => (typeof known[name] === "string" ? known[name] : undefined);
  return new Problem(status, text("detail") ?? `HTTP ${status}`, text("request_id"));
}
