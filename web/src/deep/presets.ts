// Windows by name, in Hounsfield units: what a radiologist looks at an organ with.

export const PRESETS = {
  softTissue: { center: 40, width: 400 },
  lung: { center: -600, width: 1500 },
  bone: { center: 480, width: 2500 },
  brain: { center: 40, width: 80 },
  liver: { center: 80, width: 150 },
  mediastinum: { center: 50, width: 350 },
} as const;

export type Preset = keyof typeof PRESETS;

/** What is black and what is white (PS3.3 C.11.2.1.2.1). */
export const rangeOf = ({ center, width }: { center: number; width: number }) => ({
  lower: center - 0.5 - (width - 1) / 2,
  upper: center - 0.5 + (width - 1) / 2,
});

export const windowOf = ({ lower, upper }: { lower: number; upper: number }) => ({
  center: Math.round((lower + upper + 1) / 2),
  width: Math.round(upper - lower + 1),
});
