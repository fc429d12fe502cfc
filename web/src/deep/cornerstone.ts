// Cornerstone3D, told where our images come from and what is known of them. Loaded when somebody looks at an image.

import { cache, Enums, init, imageLoader, metaData, utilities, type Types } from "@cornerstonejs/core";
import {
  addTool, AngleTool, annotation, CrosshairsTool, EllipticalROITool, Enums as ToolEnums, init as initTools, LengthTool, PanTool,
  RectangleROITool, StackScrollTool, ToolGroupManager, WindowLevelTool, ZoomTool,
} from "@cornerstonejs/tools";

import { drawnAs, type Slice } from "../occurrence/slices";
import { readNpy, type Values } from "./npy";

/** Cornerstone leaves the type of its names open. */
export function nameOf(tool: { toolName: unknown }): string {
  return String(tool.toolName);
}

export const TOOLS = {
  window: nameOf(WindowLevelTool),
  zoom: nameOf(ZoomTool),
  pan: nameOf(PanTool),
  length: nameOf(LengthTool),
  angle: nameOf(AngleTool),
  rectangle: nameOf(RectangleROITool),
  ellipse: nameOf(EllipticalROITool),
};
export type Tool = keyof typeof TOOLS;
export const MEASURES = new Set([TOOLS.length, TOOLS.angle, TOOLS.rectangle, TOOLS.ellipse]);

const SCHEME = "rcdm";
const known = new Map<string, Slice>();
const NO_TEXT: object = { textBoxVisibility: false };
let isStarted = false;

export const idOf = ({ image, frame }: Slice) => `${SCHEME}:${image.image_id}:${frame}`;

/** The ids under which Cornerstone finds these slices. */
export function tell(slices: Slice[]): string[] {
  for (const slice of slices) known.set(idOf(slice), slice);
  return slices.map(idOf);
}

/** Once, however often it is called. */
export function start(): void {
  if (isStarted) return;
  isStarted = true;
  init();
  initTools();
  // What was measured stands below the image: the text that Cornerstone draws needs styles our policy forbids.
  const { style } = annotation.config;
  const styles = style.getDefaultToolStyles();
  style.setDefaultToolStyles({ ...styles, global: { ...styles.global, ...NO_TEXT } });
  for (const tool of [
    WindowLevelTool, ZoomTool, PanTool, StackScrollTool, CrosshairsTool,
    LengthTool, AngleTool, RectangleROITool, EllipticalROITool,
  ]) addTool(tool);
  imageLoader.registerImageLoader(SCHEME, load);
  metaData.addProvider((type: string, id: unknown) => (typeof id === "string" ? told(type, id) : undefined), 1000);
}

/** The tools of the panes that are seen together; what a drag does is chosen apart. */
export function groupOf(id: string): NonNullable<ReturnType<typeof ToolGroupManager.createToolGroup>> {
  const group = ToolGroupManager.getToolGroup(id) ?? ToolGroupManager.createToolGroup(id);
  if (!group) throw new Error("There is no group of tools.");
  for (const name of Object.values(TOOLS)) if (!group.hasTool(name)) group.addTool(name);
  return group;
}

/** What a drag does, by its button: the first as chosen, the second moves, the third makes larger. */
export function choose(group: NonNullable<ReturnType<typeof ToolGroupManager.createToolGroup>>, tool: Tool): void {
  const { Primary, Auxiliary, Secondary } = ToolEnums.MouseBindings;
  for (const name of Object.values(TOOLS)) group.setToolPassive(name);
  const buttons = new Map<string, ToolEnums.MouseBindings[]>([[TOOLS.pan, [Auxiliary]], [TOOLS.zoom, [Secondary]]]);
  buttons.set(TOOLS[tool], [...(buttons.get(TOOLS[tool]) ?? []), Primary]);
  for (const [name, mouse] of buttons) {
    group.setToolActive(name, { bindings: mouse.map((mouseButton) => ({ mouseButton })) });
  }
}

/** Of who closes the viewer: what was measured, and volumes, which are large. Slices stay until room is needed. */
export function forget(): void {
  annotation.state.removeAllAnnotations();
  cache.purgeVolumeCache();
}

/** Not cancelled when somebody scrolls on: a slice is small, and most who left come back. */
const load = (imageId: string) => ({ promise: fetched(imageId) });

async function fetched(imageId: string): Promise<Types.IImage> {
  const slice = known.get(imageId);
  if (!slice) throw new Error("There is no such slice.");
  const { image, frame } = slice;
  const answer = await fetch(`/api/v1/images/${image.image_id}/values?frame=${frame}`);
  if (!answer.ok) throw new Error(`The values were not given: ${answer.status}.`);
  const { rows, columns, values } = readNpy(await answer.arrayBuffer());
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({
    height: rows, width: columns, numberOfComponents: 1, scalarData: values, id: imageId,
  });
  const [low, high] = endsOf(values);
  const { center, width, photometric } = drawnAs(image);
  const [rowSpacing, columnSpacing] = image.pixel_spacing ?? [1, 1];
  return {
    imageId, rows, columns, height: rows, width: columns, voxelManager, slope: 1, intercept: 0,
    minPixelValue: low, maxPixelValue: high,
    windowCenter: center ?? (low + high) / 2, windowWidth: width ?? Math.max(1, high - low),
    voiLUTFunction: Enums.VOILUTFunctionType.LINEAR,
    getPixelData: () => voxelManager.getScalarData(),
    getCanvas: () => document.createElement("canvas"),
    color: false, rgba: false, numberOfComponents: 1, invert: photometric === "MONOCHROME1",
    rowPixelSpacing: rowSpacing ?? 1, columnPixelSpacing: columnSpacing ?? 1,
    sizeInBytes: values.byteLength, dataType: values.constructor.name as Types.PixelDataTypedArrayString,
  };
}

function endsOf(values: Values): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/** The modules Cornerstone asks for, of what the catalogue knows. */
function told(type: string, imageId: string): unknown {
  const slice = known.get(imageId);
  if (!slice) return undefined;
  const { image, frame } = slice;
  const { photometric, center, width } = drawnAs(image);
  switch (type) {
    case "imagePixelModule":
      return {
        samplesPerPixel: 1, photometricInterpretation: photometric ?? "MONOCHROME2",
        rows: image.image_resolution_rows, columns: image.image_resolution_columns,
        bitsAllocated: 16, bitsStored: 16, highBit: 15, pixelRepresentation: 1,
      };
    case "imagePlaneModule":
      return planeOf(slice, frame);
    case "voiLutModule":
      return center !== undefined && width !== undefined ? { windowCenter: [center], windowWidth: [width] } : undefined;
    case "modalityLutModule":
      return { rescaleSlope: 1, rescaleIntercept: 0 };
    case "generalSeriesModule":
      return { modality: image.modality, seriesInstanceUID: image.series_instance_uid };
    default:
      return undefined;
  }
}

/** Frames of one object lie where nothing says: one after the other, and no length can be measured between them. */
function planeOf({ image }: Slice, frame: number): Record<string, unknown> {
  const single = image.number_of_frames <= 1;
  const orientation = (single && image.image_orientation_patient) || [1, 0, 0, 0, 1, 0];
  const position = (single && image.image_position_patient) || [0, 0, frame - 1];
  const [rowSpacing = 1, columnSpacing = 1] = image.pixel_spacing ?? [];
  return {
    frameOfReferenceUID: image.frame_of_reference_uid ?? image.series_instance_uid,
    rows: image.image_resolution_rows, columns: image.image_resolution_columns,
    imageOrientationPatient: orientation, rowCosines: orientation.slice(0, 3), columnCosines: orientation.slice(3, 6),
    imagePositionPatient: position, sliceThickness: image.image_slice_thickness,
    pixelSpacing: [rowSpacing, columnSpacing], rowPixelSpacing: rowSpacing, columnPixelSpacing: columnSpacing,
    usingDefaultValues: !image.pixel_spacing,
  };
}
