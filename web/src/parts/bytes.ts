// Lengths of files, as people say them.

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"];

/** 1,500,000 → "1.5 MB", in the language of the page. */
export function bytes(count: number, language?: string): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  const format = new Intl.NumberFormat(language, { style: "unit", unit: UNITS[power] ?? "byte", maximumFractionDigits: 1 });
  return format.format(count / 1000 ** power);
}
