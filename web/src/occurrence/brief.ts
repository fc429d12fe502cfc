/** A value before or after a correction: a word, a diagnosis, or of images how many had which. */
export function saidBriefly(value: unknown): string {
  if (value === null || value === undefined || value === "") return "–";
  if (typeof value === "string") return value;
  if (typeof value !== "object") return JSON.stringify(value);
  const known = value as Record<string, unknown>;
  if ("text" in known || "code" in known) return [known.text, known.code].filter(Boolean).join(" ");
  return Object.entries(known)
    .map(([one, count]) => `${one} (${String(count)})`)
    .join(", ");
}
