// The image viewer: stored values, not pictures. Windows, measures, cuts through a volume, two stacks side by side.

import { RenderingEngine, StackViewport, VolumeViewport } from "@cornerstonejs/core";
import { Alert, Button, Group, NativeSelect, SegmentedControl, Text } from "@mantine/core";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import classes from "../occurrence/occurrence.module.css";
import type { Image, Series } from "../occurrence/queries";
import { Place, Play, useScrolling } from "../occurrence/scrolling";
import { isGrey, type Slice } from "../occurrence/slices";
import { Loading } from "../parts/states";
import { Toggle } from "../parts/toggle";
import { choices, haveOneScale, link, useCompared } from "./compared";
import { choose, forget, groupOf, idOf, start, type Tool } from "./cornerstone";
import { Measures } from "./measures";
import { Mpr } from "./mpr";
import { isSame, Pane, type VOIRange } from "./pane";
import { nearest } from "./position";
import { PRESETS, rangeOf, windowOf, type Preset } from "./presets";

const GROUP = "stacks";
const TOOL_NAMES: Tool[] = ["window", "zoom", "pan", "length", "angle", "rectangle", "ellipse"];

interface Props {
  occurrence: number;
  slices: Slice[];
  all: Series[];
  isRegular: boolean;
  onShow: (image: Image) => void;
  onFail: () => void;
}

export default function Deep(props: Props) {
  const [engine, setEngine] = useState<RenderingEngine>();
  const { onFail } = props;
  useEffect(() => {
    let made: RenderingEngine | undefined;
    const soon = requestAnimationFrame(() => {
      try {
        start();
        made = new RenderingEngine(`rcdm-${Date.now()}`);
        setEngine(made);
      } catch {
        onFail(); // no WebGL and no canvas either
      }
    });
    return () => {
      cancelAnimationFrame(soon);
      made?.destroy();
      forget();
    };
  }, [onFail]);
  return engine ? <Viewer {...props} engine={engine} /> : <Loading />;
}

function Viewer({ occurrence, slices, all, isRegular, onShow, onFail, engine }: Props & { engine: RenderingEngine }) {
  const { t } = useTranslation();
  const scrolling = useScrolling(slices.length);
  const { place, setPlace, step } = scrolling;
  const [tool, setTool] = useState<Tool>("window");
  const [window, setWindow] = useState<VOIRange>();
  const onWindow = useCallback((next: VOIRange) => setWindow((now) => (isSame(now, next) ? now : next)), []);
  const [cuts, setCuts] = useState(false);
  const [other, setOther] = useState("");
  const slice = slices[place];
  const [failed, setFailed] = useState("");
  const images = useCompared(occurrence, other);
  const cannot = images && (failed === other || !isGrey(images));
  const compared = cannot ? undefined : images;
  const notCompared = useCallback(() => setFailed(other), [other]);
  const shared = compared && haveOneScale(slices, compared);

  useEffect(() => {
    if (slice) onShow(slice.image);
  }, [slice, onShow]);
  useEffect(() => choose(groupOf(GROUP), tool), [tool]);
  useEffect(() => (compared && !cuts ? link(engine, ["main", "other"]) : undefined), [engine, compared, cuts]);

  const each = (change: (viewport: Shown) => void) => {
    for (const viewport of engine.getViewports()) {
      if (!(viewport instanceof StackViewport || viewport instanceof VolumeViewport)) continue;
      change(viewport);
      viewport.render();
    }
  };
  if (!slice) return null;
  return (
    <div className={classes.stack}>
      <Bar>
        {!cuts && (
          <SegmentedControl
            size="xs"
            aria-label={t("deep.tool")}
            value={tool}
            onChange={setTool}
            data={TOOL_NAMES.map((name) => ({ value: name, label: t(`deep.${name}`) }))}
          />
        )}
        {isRegular && (
          <Toggle isOn={cuts} onClick={() => setCuts(!cuts)}>
            {t("deep.mpr")}
          </Toggle>
        )}
        {slice.image.modality === "CT" && <Presets onChange={(range) => each((one) => one.setProperties({ voiRange: range }))} />}
        {!cuts && (
          <NativeSelect
            size="xs"
            maw={220}
            aria-label={t("deep.compare")}
            value={other}
            onChange={(event) => setOther(event.currentTarget.value)}
            data={[{ value: "", label: t("deep.alone") }, ...choices(all)]}
          />
        )}
      </Bar>
      {cuts ? (
        <>
          <Mpr engine={engine} slices={slices} onFail={onFail} />
          <Text size="sm" c="dimmed" px="md">
            {t("deep.mprHelp")}
          </Text>
        </>
      ) : (
        <>
          <div className={classes.panes}>
            <Pane
              id="main" engine={engine} group={GROUP} slices={slices} place={place} window={shared ? window : undefined}
              onStep={step} onWindow={onWindow} onFail={onFail}
            />
            {compared && (
              <Pane
                id="other" engine={engine} group={GROUP} slices={compared} window={shared ? window : undefined}
                onStep={step} onWindow={shared ? onWindow : ignored} onFail={notCompared}
                place={nearest(compared, slice, place / Math.max(1, slices.length - 1))}
              />
            )}
          </div>
          {cannot && <Alert m="md">{t("deep.notCompared")}</Alert>}
          <Place {...scrolling} />
          <Bar>
            <Play {...scrolling} />
            {CHANGES.map(([name, change]) => (
              <Button key={name} size="compact-sm" variant="default" onClick={() => each(change)}>
                {t(`occurrence.${name}`)}
              </Button>
            ))}
            {window && (
              <Text size="sm" c="dimmed" data-testid="window">
                {t("deep.shows", windowOf(window))}
              </Text>
            )}
          </Bar>
          <Measures onShow={(id) => setPlace(placeOf(slices, id) ?? place)} />
        </>
      )}
    </div>
  );
}

function Presets({ onChange }: { onChange: (range: { lower: number; upper: number }) => void }) {
  const { t } = useTranslation();
  return (
    <NativeSelect
      size="xs"
      aria-label={t("deep.preset")}
      value=""
      onChange={(event) => onChange(rangeOf(PRESETS[event.currentTarget.value as Preset]))}
      data={[
        { value: "", label: t("deep.preset"), disabled: true },
        ...Object.keys(PRESETS).map((name) => ({ value: name, label: t(`preset.${name as Preset}`) })),
      ]}
    />
  );
}

function Bar({ children }: { children: React.ReactNode }) {
  return (
    <Group gap="xs" px="md" py="xs">
      {children}
    </Group>
  );
}

function ignored(): void {
  // Its numbers mean something else: what is seen of them changes nothing in the first stack.
}

type Shown = StackViewport | VolumeViewport;

const CHANGES: ["invert" | "rotate" | "flip" | "reset", (viewport: Shown) => void][] = [
  ["invert", (one) => one.setProperties({ invert: !one.getProperties()?.invert })],
  ["rotate", (one) => one.setViewPresentation({ rotation: ((one.getViewPresentation().rotation ?? 0) + 90) % 360 })],
  ["flip", (one) => one.setCamera({ flipHorizontal: !one.getCamera().flipHorizontal })],
  ["reset", (one) => {
    one.resetProperties();
    one.resetCamera();
    one.setViewPresentation({ rotation: 0 });
  }],
];

function placeOf(slices: Slice[], id: string): number | undefined {
  const place = slices.findIndex((one) => idOf(one) === id);
  return place < 0 ? undefined : place;
}
