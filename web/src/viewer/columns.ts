// What a study says in a row of the table.

import type { Name } from "../i18n/en";
import type { Occurrence } from "./queries";

export interface Column {
  id: string;
  title: Name;
  width: number;
  sort?: string;
  text: (item: Occurrence) => string;
}

const DAYS_PER_YEAR = 365.25;
const counted = (counts: Record<string, unknown>) => Object.keys(counts).join(", ");

export const years = (item: Occurrence) =>
  item.person_age_days == null ? "" : String(Math.floor(item.person_age_days / DAYS_PER_YEAR));

export const COLUMNS: Column[] = [
  { id: "date", title: "column.date", width: 110, sort: "date", text: (item) => item.radiology_occurrence_date },
  { id: "modality", title: "column.modality", width: 90, text: (item) => item.modality ?? item.modalities.join(", ") },
  { id: "body_part", title: "column.body_part", width: 120, text: (item) => item.anatomic_site_source_value ?? "" },
  { id: "description", title: "column.description", width: 220, text: (item) => item.study_description ?? "" },
  { id: "condition", title: "column.condition", width: 200, text: (item) => item.condition ?? "" },
  { id: "person", title: "column.person", width: 150, text: (item) => item.person },
  { id: "sex", title: "column.sex", width: 60, text: (item) => item.person_sex },
  { id: "age", title: "column.age", width: 60, text: years },
  { id: "phases", title: "column.phases", width: 180, text: (item) => counted(item.phases) },
  { id: "planes", title: "column.planes", width: 150, text: (item) => counted(item.planes) },
  { id: "images", title: "column.images", width: 90, sort: "images", text: (item) => item.image_total_count.toLocaleString() },
  { id: "series", title: "column.series", width: 80, text: (item) => item.series_total_count.toLocaleString() },
  { id: "hospital", title: "column.hospital", width: 140, text: (item) => item.hospital },
  { id: "device", title: "column.device", width: 160, text: (item) => item.device ?? "" },
  { id: "protocol", title: "column.protocol", width: 160, text: (item) => item.protocol ?? "" },
];

const KEPT = "rcdm.columns";
const FIRST = ["date", "modality", "body_part", "description", "condition", "person", "sex", "age", "phases", "planes", "images"];

export function keptColumns(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "null");
    if (Array.isArray(kept)) return COLUMNS.map(({ id }) => id).filter((id) => kept.includes(id));
  } catch {
    // Somebody else's; ours are kept at the next choice.
  }
  return FIRST;
}

export function keepColumns(ids: string[]): void {
  localStorage.setItem(KEPT, JSON.stringify(ids));
}
